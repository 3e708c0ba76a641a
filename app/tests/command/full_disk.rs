//! A disk that takes no more: what was acknowledged is there, what was refused says so, and the others go on.

use crate::running::{Running, archipel, free_address, ran, up};
use serde_json::{Value as Json, json};
use std::process::Command;

#[test]
fn what_was_acknowledged_is_there_and_the_rest_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = up(&data, &[]);
    let token = first.sign_in("lea");
    let (_, list) = first.ask("GET", "/api/v1/heures/instances?limit=1", Some(&token), None);
    let list: Json = serde_json::from_str(&list).unwrap();
    let path = format!("/api/v1/heures/instances/{}/comment", list["items"][0]["id"].as_str().unwrap());
    assert!(first.stop().success());

    // No file may grow beyond what the largest has, and a little: the disk is full for those that do.
    let size = std::fs::metadata(data.join("databases/heures.sqlite")).unwrap().len();
    let address = free_address();
    let program = archipel(&["up", "--data", data.to_str().unwrap(), "--listen", &address.to_string()]);
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f "$1"; shift; exec "$@""#, "sh"]);
    limited
        .arg((size / 512 + 64).to_string())
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear();
    let full = Running::of(limited, address);
    let token = full.sign_in("lea");
    let mut taken = 0;
    let refusal = loop {
        let comment = json!({ "comment": format!("{taken} {}", "x".repeat(3900)) });
        let (status, body) = full.ask("POST", &path, Some(&token), Some(&comment));
        match status {
            200 | 201 => taken += 1,
            429 => std::thread::yield_now(),
            _ => break (status, body),
        }
        assert!(taken < 20_000, "it never fills up");
    };
    assert_eq!(refusal.0, 503, "{}", refusal.1);
    assert!(refusal.1.contains("\"unavailable\""), "{}", refusal.1);
    // Another database has room: its module goes on.
    let (status, _) = full.ask("GET", "/api/v1/me", Some(&token), None);
    assert_eq!(status, 200);
    drop(full);

    let again = up(&data, &[]);
    let token = again.sign_in("lea");
    let (_, history) = again.ask("GET", &path.replace("comment", "history"), Some(&token), None);
    let said = (0..taken).filter(|n| history.contains(&format!("\"{n} xxx"))).count();
    assert_eq!(said, taken, "each comment that was acknowledged");
    let (status, body) = again.ask("POST", &path, Some(&token), Some(&json!({ "comment": "room again" })));
    assert!(status < 300, "{body}");
    let (whole, said) = ran(archipel(&["verify", "--data", data.to_str().unwrap()]));
    assert!(whole, "{said}");
    assert!(again.stop().success());
}
