//! A stop leaves nothing open; a log is followed; every command explains itself.

use crate::running::{archipel, ran, up};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn a_clean_stop_leaves_nothing_open() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let running = up(&data, &[]);
    let _ = running.sign_in("lea");
    assert!(running.stop().success());
    for entry in std::fs::read_dir(data.join("databases")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.ends_with(".sqlite"), "{name} was left behind");
    }
    assert!(!data.join("admin.sock").exists());
    assert!(up(&data, &[]).stop().success());
}

#[test]
fn the_log_is_followed_as_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let running = up(&data, &[]);
    let at = ["log", "auth", "--data", data.to_str().unwrap(), "--json"];
    let (succeeded, before) = ran(archipel(&at));
    assert!(succeeded && before.contains("role.created"), "{before}");
    let follow: Vec<&str> = at.iter().copied().chain(["--after", "0", "--follow"]).collect();
    let mut follower = archipel(&follow).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let _ = running.sign_in("marc");
    let seen = lines.map_while(Result::ok).find(|line| line.contains("user.signed_in"));
    assert!(seen.is_some());
    follower.kill().unwrap();
    follower.wait().unwrap();
    assert!(running.stop().success());
}

#[test]
fn every_command_explains_itself() {
    let commands = [
        "up",
        "migrate",
        "verify",
        "backup",
        "restore",
        "config",
        "log",
        "db",
        "db status",
        "db rebuild",
        "module",
        "module check",
        "module add",
        "user",
        "user add",
        "user list",
        "user import",
        "user reset",
        "user disable",
    ];
    for command in commands {
        let mut words: Vec<&str> = command.split(' ').collect();
        words.push("--help");
        let (succeeded, said) = ran(archipel(&words));
        assert!(succeeded && said.contains("Usage"), "{command}: {said}");
        let is_group = matches!(command, "db" | "module" | "user");
        assert!(is_group || said.contains("Examples:"), "{command} has no examples:\n{said}");
    }
}
