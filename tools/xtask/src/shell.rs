//! Running other programs: from the repository's root, with their output shown as it comes and kept.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The repository's root.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // Cargo says at run time where this package is, so that a moved checkout needs no new build.
        let here = std::env::var_os("CARGO_MANIFEST_DIR");
        let here = here.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        here.ancestors().nth(2).map(Path::to_owned).unwrap_or(here)
    })
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a program whose output nobody needs to parse; an error names it when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let what = describe(command);
    let status = command.status().with_context(|| format!("cannot run {what}"))?;
    if status.success() { Ok(()) } else { bail!("{what}: {status}") }
}

/// Runs a program quietly and returns its standard output; an error holds what it said when it fails.
pub fn read(command: &mut Command) -> Result<String> {
    let what = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {what}"))?;
    if !output.status.success() {
        bail!("{what}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what}: not UTF-8"))
}

/// Runs a program, shows its standard output line by line and keeps it. Returns whether it succeeded.
pub fn watch(command: &mut Command) -> Result<(bool, String)> {
    let what = describe(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run {what}"))?;
    let mut kept = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            // A closed terminal must not end the run.
            drop(std::io::stdout().write_all(&line));
            kept.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    Ok((child.wait()?.success(), kept))
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut text = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
