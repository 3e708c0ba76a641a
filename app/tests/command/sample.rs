//! A first start that is broken off: the next one goes on until the sample company is whole.

use crate::running::{archipel, ran, up};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// After how many seconds each start is killed: from before the registry is there to the middle of the requests.
const KILLS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0];

#[test]
fn a_first_start_that_is_killed_is_made_good_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    let mut unfinished = 0;
    for seconds in KILLS {
        up_for(&broken, seconds);
        let manifest = std::fs::read_to_string(broken.join("archipel.json")).unwrap_or_default();
        unfinished += u32::from(manifest.contains("sample_due"));
    }
    assert!(unfinished > 0, "no kill fell into the making of the sample");
    let (again, once) = (up(&broken, &[]), up(&whole, &[]));
    assert_eq!(told(&broken), told(&whole));
    let _ = again.sign_in("lea");
    assert!(again.stop().success() && once.stop().success());
}

/// Starts the program on a folder, and kills it.
fn up_for(data: &Path, seconds: f64) {
    let listen = testkit::product::free_address().to_string();
    let program = archipel(&["up", "--data", data.to_str().unwrap(), "--listen", &listen]);
    let mut bounded = Command::new("timeout");
    bounded.arg("--signal=KILL").arg(seconds.to_string()).arg(program.get_program()).args(program.get_args());
    let _ = bounded.env_clear().current_dir("/").output().unwrap();
}

/// How often each thing happened in the modules that the sample fills. What time brings by itself is left out.
fn told(data: &Path) -> BTreeMap<String, usize> {
    let mut happened = BTreeMap::new();
    for module in ["auth", "heures"] {
        let all = ["log", module, "--data", data.to_str().unwrap(), "--limit", "100000", "--json"];
        let (succeeded, said) = ran(archipel(&all));
        assert!(succeeded, "{said}");
        for line in said.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            // The last line counts the others.
            let Some(kind) = event["type"].as_str() else { continue };
            if !kind.contains("overdue") && !kind.contains("signed_in") {
                *happened.entry(format!("{module} {kind}")).or_default() += 1;
            }
        }
    }
    happened
}
