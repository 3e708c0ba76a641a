//! The program that was just built, as a process.

pub use testkit::product::{Running, free_address, parsed, request};

use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_archipel");

/// The program with its arguments.
pub fn archipel(arguments: &[&str]) -> Command {
    testkit::product::command(Path::new(PROGRAM), arguments)
}

/// Runs it to its end: whether it succeeded, and all that it said.
pub fn ran(command: Command) -> (bool, String) {
    testkit::product::ran(&command)
}

/// `archipel up` on a data folder, ready.
pub fn up(data: &Path, more: &[&str]) -> Running {
    Running::up(Path::new(PROGRAM), data, more)
}
