//! The browser story: Node's test runner over `tools/browser`, with Chromium and the binary that was just built.

use crate::libtest::Tests;
use crate::{servers, shell};
use anyhow::{Result, anyhow, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the stories. Node's packages are installed when they are missing or older than their lock file.
pub fn run(all: &mut Tests) -> Result<()> {
    let folder = shell::root().join("tools/browser");
    servers::install::node().map_err(anyhow::Error::msg)?;
    let chromium = servers::chromium::find().map_err(anyhow::Error::msg)?;
    if !installed(&folder) {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
        shell::run(&mut npm)?;
    }
    let target = target_folder()?;
    let binary = Path::new(&target).join("debug/archipel");
    if !binary.exists() {
        bail!("there is no {}: run the stage `build` first", binary.display());
    }
    let shots = Path::new(&target).join("browser");
    fs::create_dir_all(&shots)?;
    let mut node = Command::new("node");
    // One story at a time: two take as long side by side as one after the other, and disturb each other's clocks.
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).current_dir(&folder);
    node.env_remove("FORCE_COLOR");
    node.env("ARCHIPEL_BIN", binary).env("ARCHIPEL_CHROMIUM", chromium).env("ARCHIPEL_SHOTS", &shots);
    let (succeeded, output) = shell::watch(&mut node)?;
    let tests = Tests::read_node(&output);
    let (ran, failed, ignored) = (tests.ran(), tests.failed(), tests.ignored().len());
    all.add(tests);
    println!("   pictures: {}", shots.display());
    if ran == 0 {
        bail!("no browser test ran");
    }
    if ignored > 0 {
        bail!("{ignored} browser tests do not run, and so prove nothing");
    }
    if failed > 0 || !succeeded {
        bail!("{failed} of {ran} browser tests failed");
    }
    Ok(())
}

fn installed(folder: &Path) -> bool {
    let modified = |name: &str| fs::metadata(folder.join(name)).and_then(|file| file.modified()).ok();
    match (modified("node_modules/.package-lock.json"), modified("package-lock.json")) {
        (Some(done), Some(lock)) => done >= lock,
        _ => false,
    }
}

fn target_folder() -> Result<String> {
    let metadata = crate::tidy::metadata(&["--no-deps"])?;
    let folder = metadata["target_directory"].as_str().map(str::to_owned);
    folder.ok_or_else(|| anyhow!("cargo metadata names no target directory"))
}
