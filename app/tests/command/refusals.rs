//! What keeps the program from starting is told with its place and what to do, and nothing is changed.

use crate::running::{archipel, ran, up};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Tries to start; what it said, which must be short and no panic.
fn refused(data: &Path, more: &[&str]) -> String {
    let mut arguments = vec!["up", "--data", data.to_str().unwrap(), "--no-sample"];
    arguments.extend(more);
    let (succeeded, said) = ran(archipel(&arguments));
    assert!(!succeeded, "it started: {said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    said
}

#[test]
fn a_port_in_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let said = refused(&data, &["--listen", &taken.local_addr().unwrap().to_string()]);
    assert!(said.contains("is another program there?") && said.contains("--listen"), "{said}");
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn a_folder_without_rights() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o555)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = archipel(&["up", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        // Rights do not hold root back: somebody else tries, with a program that everybody may run.
        let program = folder.path().join("archipel");
        std::fs::copy(env!("CARGO_BIN_EXE_archipel"), &program).unwrap();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = std::process::Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program).args(arguments);
    }
    let (succeeded, said) = ran(command);
    assert!(!succeeded && said.contains("check its rights"), "{said}");
    assert!(said.contains(data.to_str().unwrap()), "{said}");
}

#[test]
fn a_file_in_the_place_of_the_folder_and_files_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "mine").unwrap();
    assert!(refused(&file, &["--listen", "127.0.0.1:0"]).contains("cannot make the folder"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    let data = folder.path().join("other");
    let missing = folder.path().join("missing.pem").display().to_string();
    let said = refused(&data, &["--listen", "127.0.0.1:0", "--tls-cert", &missing, "--tls-key", &missing]);
    assert!(said.contains("missing.pem"), "{said}");
    let said = refused(&data, &["--listen", "nowhere"]);
    assert!(said.contains("nowhere") && said.contains("listen"), "{said}");
    let said = refused(&data, &["--listen", "127.0.0.1:0", "--database", "mysql://localhost/x"]);
    assert!(said.contains("postgres"), "{said}");
    let (succeeded, said) = ran(archipel(&["fly"]));
    assert!(!succeeded && said.contains("Usage"), "{said}");
}

#[test]
fn a_database_file_that_is_not_ours_or_newer() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(up(&data, &["--no-sample"]).stop().success());
    let heures = data.join("databases/heures.sqlite");
    let kept = std::fs::read(&heures).unwrap();

    std::fs::write(&heures, "This is a letter, not a database.".repeat(200)).unwrap();
    let said = refused(&data, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("heures"), "{said}");

    // Of some other program.
    std::fs::remove_file(&heures).unwrap();
    testkit::tamper_file(&heures, "CREATE TABLE letter (id INTEGER)");
    let said = refused(&data, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("heures"), "{said}");

    std::fs::write(&heures, &kept).unwrap();
    testkit::tamper_file(&heures, "INSERT INTO schema_version VALUES ('module', 999, 'later', 'x', 0)");
    let said = refused(&data, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("newer"), "{said}");

    std::fs::write(&heures, &kept).unwrap();
    assert!(up(&data, &["--no-sample"]).stop().success(), "with its own file it starts as before");
}
