//! A password that is typed, chosen, used and mistyped is nowhere afterwards: not in the data folder, not in a backup,
//! not in the log at its most talkative, not in an answer.

use crate::running::{archipel, free_address, ran};
use serde_json::json;
use std::path::{Path, PathBuf};
use testkit::postgres::fresh_database;
use testkit::product::Running;

const CANARY: &str = "canari-Xq7-jaune-42";

fn leaves_no_trace(more: &[&str], dump: impl FnOnce() -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (place, address) = (data.to_str().unwrap(), free_address());
    let listen = address.to_string();
    let mut up = archipel(&["up", "--data", place, "--listen", &listen, "--no-sample"]);
    let running = Running::of(
        {
            up.args(more).env("ARCHIPEL_LOG", "debug");
            up
        },
        address,
    );
    let add =
        ["user", "add", "anne@example.org", "--name", "Anne Bihan", "--admin", "--data", place, "--json"];
    let (succeeded, said) = ran(archipel(&add));
    assert!(succeeded, "{said}");
    let given: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    let once = given["one_time_password"].as_str().unwrap_or_else(|| panic!("{given}"));
    let email = "anne@example.org";
    let mut answers = String::new();
    let mut post = |path: &str, body: serde_json::Value| {
        let (status, text) = running.ask("POST", path, None, Some(&body));
        answers.push_str(&text);
        status
    };
    let chosen = json!({ "email": email, "password": once, "new_password": CANARY });
    assert_eq!(post("/api/v1/auth/password", chosen), 200);
    assert_eq!(post("/api/v1/auth/login", json!({ "email": email, "password": CANARY })), 200);
    assert_eq!(post("/api/v1/auth/login", json!({ "email": "nobody@example.org", "password": CANARY })), 401);
    assert_eq!(post("/api/v1/auth/login", json!({ "email": CANARY, "password": "wrong" })), 401);
    assert_eq!(post("/api/v1/auth/login", json!({ "email": email, "password": CANARY, "more": 1 })), 422);
    let backup = folder.path().join("backup");
    let (succeeded, said) = ran(archipel(&["backup", backup.to_str().unwrap(), "--data", place]));
    assert!(succeeded, "{said}");
    assert!(!answers.contains(CANARY) && !said.contains(CANARY));
    let log = running.said();
    assert!(log.contains("/api/v1/auth/login") && !log.contains(CANARY), "{log}");
    assert!(!holds(&dump()), "in a dump of the server");
    assert!(running.stop().success());
    let files = walk(folder.path());
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        assert!(!holds(&std::fs::read(&file).unwrap()), "{}", file.display());
    }
}

fn holds(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .filter(|p| p.is_file())
        .collect()
}

#[test]
fn a_canary_password_is_nowhere_sqlite() {
    leaves_no_trace(&[], Vec::new);
}

#[test]
fn a_canary_password_is_nowhere_postgres() {
    let server = fresh_database("canary").unwrap();
    let url = server.url();
    leaves_no_trace(&["--database", &url, "--placement", "schema"], || {
        let output = std::process::Command::new("pg_dump").arg(&url).output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 1000, "{output:?}");
        output.stdout
    });
}
