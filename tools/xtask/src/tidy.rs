//! Tidiness: what a house needs so that a newcomer can live in it, measured.
//!
//! Invariant: a rule is a function from the repository to findings; a finding names its file and what to do.

mod crates;
mod errors;
mod graph;
mod habits;
mod licences;
mod plants;
mod rust;
mod sizes;
mod source;
mod words;

use crate::shell;
use anyhow::{Context, Result, bail};
use source::Source;
use std::path::Path;
use std::process::ExitCode;

/// Checks everything, prints the measures and the findings.
pub fn run(root: &Path) -> Result<()> {
    let files = source::tracked(root)?;
    let rust = rust_sources(root, &files)?;
    let metadata = metadata(&["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"])?;
    let mut findings = Vec::new();
    for line in sizes::check(root, &files, &rust, &mut findings)? {
        println!("{line}");
    }
    habits::check(&rust, &mut findings);
    errors::check(root, &rust, &mut findings);
    plants::check(&rust, &mut findings)?;
    let graph = graph::Graph::read(&metadata)?;
    graph.check(&mut findings);
    graph.compare(root, &mut findings);
    licences::check(root, &metadata, &files, &mut findings)?;
    crates::check(&metadata, &mut findings)?;
    words::check(root, &files, &mut findings)?;
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    bail!("{} findings", findings.len())
}

/// Rewrites the checked-in module graph.
pub fn bless() -> Result<ExitCode> {
    let metadata = metadata(&["--filter-platform", "x86_64-unknown-linux-gnu"])?;
    graph::Graph::read(&metadata)?.write(shell::root())?;
    println!("api/module-graph.txt written");
    Ok(ExitCode::SUCCESS)
}

/// What `cargo metadata` says.
pub fn metadata(arguments: &[&str]) -> Result<serde_json::Value> {
    let text = shell::read(shell::cargo().args(["metadata", "--format-version", "1"]).args(arguments))?;
    serde_json::from_str(&text).context("cargo metadata")
}

/// Our own Rust files, generated ones left out.
fn rust_sources(root: &Path, files: &[String]) -> Result<Vec<Source>> {
    let ours = files.iter().filter(|path| path.ends_with(".rs") && source::is_ours(path));
    let sources: Result<Vec<Source>> = ours.map(|path| Source::read(root, path)).collect();
    Ok(sources?.into_iter().filter(|source| !source.generated).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        run(shell::root()).unwrap();
    }
}
