//! The developer's tool: `cargo xtask test` runs everything that must hold, the other commands are its parts.
//!
//! Invariants: nothing is skipped in silence; what is missing on the machine is installed or named with the command
//! that installs it; a server that was started is stopped, however the run ends.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool talks to a terminal")]

mod browser;
mod controls;
mod libtest;
mod new_module;
mod report;
mod servers;
mod shell;
mod testing;
mod tidy;

use anyhow::{Context, Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  test [--only STAGE]... [--no-browser]   everything that must hold, on both engines
  check                                   format, lints and tidiness: the quick part
  tidy                                    sizes, arrows between crates, licences, words, error pages
  controls [NAME]                         plants each known bug and sees a test catch it
  soak [--kills N]                        the crash tests for long (300 kills each), 100,000 simulated runs
  bench [ARGUMENTS]                       the benchmarks, in release
  bless [--breaking]                      publishes in api/ what the program offers now
  new-module FAMILY/NAME                  the folder of a new module

Stages of `test`: install, fmt, tidy, clippy, build, tests, crash, controls, browser";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = arguments.split_first() else { bail!("no command\n\n{USAGE}") };
    match command.as_str() {
        "test" => testing::test(rest),
        "check" => testing::check(),
        "tidy" => testing::tidy(),
        "controls" => testing::only_controls(rest),
        "soak" => testing::soak(rest),
        "bench" => bench(rest),
        "bless" => bless(rest),
        "new-module" => new_module::create(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("unknown command `{other}`\n\n{USAGE}"),
    }
}

/// Rewrites what is generated and checked in. What breaks those who read the version before needs to be said.
fn bless(arguments: &[String]) -> Result<ExitCode> {
    let how = match arguments {
        [] => "1",
        [only] if only == "--breaking" => "breaking",
        _ => bail!("bless takes --breaking or nothing\n\n{USAGE}"),
    };
    tidy::bless()?;
    let mut test = shell::cargo();
    test.args(["test", "--workspace", "--test", "stories", "published::what_is_published"]);
    test.args(controls::FEATURES).env("ARCHIPEL_BLESS", how);
    shell::run(&mut test)?;
    println!("api/ written");
    Ok(ExitCode::SUCCESS)
}

fn bench(arguments: &[String]) -> Result<ExitCode> {
    if !shell::root().join("bench/Cargo.toml").exists() {
        bail!("there is no bench/ yet");
    }
    let status = shell::cargo()
        .args(["run", "--release", "--package", "archipel-bench", "--"])
        .args(arguments)
        .status()
        .context("cargo run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
