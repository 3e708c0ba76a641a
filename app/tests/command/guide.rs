//! The guide to adding a module, followed: each of its commands, and what it says is there afterwards.

use crate::running::{archipel, ran, up};
use std::path::Path;

#[test]
fn adding_a_module_goes_as_the_guide_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let guide = std::fs::read_to_string(root.join("docs/guides/add-a-module.md")).unwrap();
    let blocks = guide.split("```").skip(1).step_by(2);
    let commands: Vec<&str> =
        blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("archipel ")).collect();
    assert!(commands.len() >= 2, "{commands:?}");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let running = up(&data, &[]);
    for command in commands {
        let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let module = words.iter_mut().find(|word| word.starts_with("modules/")).unwrap();
        *module = root.join(&*module).display().to_string();
        words.extend(["--data".to_owned(), data.display().to_string()]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (succeeded, said) = ran(archipel(&words));
        assert!(succeeded, "{command}: {said}");
    }
    let (_, status) = ran(archipel(&["db", "status", "--data", data.to_str().unwrap()]));
    assert!(status.contains("demandes"), "{status}");
    let token = running.sign_in("lea");
    for path in ["/demandes", "/api/v1/demandes/forms", "/api/v1/demandes/instances"] {
        let (status, body) = running.ask("GET", path, Some(&token), None);
        assert_eq!(status, 200, "{path}: {body}");
    }
    let (succeeded, log) = ran(archipel(&["log", "demandes", "--data", data.to_str().unwrap()]));
    assert!(succeeded && log.contains("form.definition.published"), "{log}");
    assert!(running.stop().success());
}
