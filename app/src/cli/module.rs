//! `archipel module check` and `archipel module add`: a folder of declarations.

use super::print;
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Bytes of a declaration, at most.
const LARGEST: u64 = 1 << 20;

/// Reads the TOML files of a folder, by their paths in it.
pub(super) fn read(dir: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    collect(dir, dir, &mut files)?;
    if files.is_empty() {
        bail!("{} holds no declaration: a module has at least module.toml", dir.display());
    }
    files.sort();
    Ok(files)
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) -> Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            if path.metadata()?.len() > LARGEST {
                bail!("{} is larger than 1 MB", path.display());
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            files.push((name, text));
        }
    }
    Ok(())
}

/// Checks a folder and prints every error; `false` when there is one.
pub(super) fn check(dir: &Path, json: bool) -> Result<bool> {
    let files = read(dir)?;
    let diagnostics = crate::ops::modules::check(&files).err().unwrap_or_default();
    if json {
        print::say(&serde_json::to_string_pretty(&diagnostics)?);
    } else {
        for diagnostic in &diagnostics {
            print::say(&format!("{}/{diagnostic}", dir.display()));
        }
        if diagnostics.is_empty() {
            print::say(&format!("{}: nothing to correct in {} files", dir.display(), files.len()));
        }
    }
    Ok(diagnostics.is_empty())
}
