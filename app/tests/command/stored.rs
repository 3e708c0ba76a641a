//! Data folders that earlier versions left behind are opened by this one, and everything in them still holds. Each
//! release adds its own; none is ever changed.

use crate::running::{archipel, ran, up};
use std::path::Path;
use std::process::Command;

#[test]
fn every_earlier_data_folder_is_opened() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored");
    let mut opened = 0;
    for entry in std::fs::read_dir(stored).unwrap() {
        let file = entry.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        let untar = Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(folder.path()).status().unwrap();
        assert!(untar.success());
        let data = folder.path().join("data");
        let running = up(&data, &[]);
        let place = data.to_str().unwrap();
        let (whole, said) = ran(archipel(&["verify", "--data", place]));
        assert!(whole, "{}: {said}", file.display());
        let (_, people) = ran(archipel(&["user", "list", "--data", place]));
        assert!(people.contains("anne@example.org"), "{people}");
        let (_, databases) = ran(archipel(&["db", "status", "--data", place]));
        assert!(databases.contains("demandes"), "{databases}");
        assert!(running.stop().success());
        opened += 1;
    }
    assert!(opened > 0);
}

#[test]
fn an_upgrade_copies_what_it_changes_and_says_so() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored/0.1.0.tar.gz");
    let folder = tempfile::tempdir().unwrap();
    let untar = Command::new("tar").arg("-xzf").arg(&stored).arg("-C").arg(folder.path()).status().unwrap();
    assert!(untar.success());
    let data = folder.path().join("data");
    let running = up(&data, &[]);
    assert!(running.said().contains("before-upgrade"), "{}", running.said());
    let copies: Vec<_> =
        std::fs::read_dir(data.join("before-upgrade")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(copies.len(), 6, "{copies:?}");
    let heures = copies.iter().find(|copy| copy.to_string_lossy().contains("heures")).unwrap();
    // A table that the upgrade has taken away.
    testkit::tamper_file(heures, "SELECT 1 FROM hs_form_instance, log_row");
    let (whole, said) = ran(archipel(&["verify", "--data", data.to_str().unwrap()]));
    assert!(whole, "{said}");
    assert!(running.stop().success());
    let again = up(&data, &[]);
    assert!(!again.said().contains("before-upgrade"), "nothing is left to upgrade");
    assert!(again.stop().success());
}
