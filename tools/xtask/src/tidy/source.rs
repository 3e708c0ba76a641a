//! The files of the repository, and a Rust file seen as code without its strings, comments and tests.

use super::rust;
use crate::shell;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The folders whose code is ours to keep small and tidy.
const OURS: [&str; 6] = ["platform/", "modules/", "app/", "contracts/", "tools/", "bench/"];

/// A Rust file.
pub struct Source {
    /// Its path from the root.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The same text and lines with comments blanked.
    pub uncommented: String,
    /// The same with strings blanked too.
    pub code: String,
    /// Per line: whether it belongs to a test.
    pub test_lines: Vec<bool>,
    /// Whether all of it is test.
    pub all_test: bool,
    /// Whether it is generated or a table of test data, by a mark in its first lines.
    pub generated: bool,
}

impl Source {
    pub fn read(root: &Path, path: &str) -> Result<Self> {
        let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        Ok(Self::new(path, text))
    }

    pub fn new(path: &str, text: String) -> Self {
        let marks = ["@generated", "@test-table"];
        let generated = text.lines().take(5).any(|line| marks.iter().any(|mark| line.contains(mark)));
        let uncommented = rust::blank(&text, false);
        let code = rust::blank(&text, true);
        let all_test = is_test_file(path);
        let test_lines = rust::test_lines(&code).into_iter().map(|test| test || all_test).collect();
        Self { path: path.to_owned(), text, uncommented, code, test_lines, all_test, generated }
    }

    /// The lines outside tests, with their numbers from 1.
    pub fn production_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.lines().zip(&self.test_lines).enumerate();
        lines.filter(|(_, (_, test))| !**test).map(|(index, (line, _))| (index + 1, line))
    }

    /// Whether the line of a byte offset belongs to a test.
    pub fn is_test_at(&self, offset: usize) -> bool {
        let line = self.text[..offset].matches('\n').count();
        self.test_lines.get(line).copied().unwrap_or(false)
    }
}

/// Whether a file is code of ours, vendored files left out.
pub fn is_ours(path: &str) -> bool {
    OURS.iter().any(|folder| path.starts_with(folder)) && !path.contains("/vendor/")
}

fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_folder = ["/tests/", "/benches/"].iter().any(|folder| path.contains(folder));
    in_folder || name == "tests.rs" || name.ends_with("_tests.rs") || path.starts_with("tools/testkit/")
}

/// The files that git tracks or would, and that exist.
pub fn tracked(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = shell::read(&mut git)?;
    let mut files: Vec<String> = list
        .split('\0')
        .filter(|path| !path.is_empty() && root.join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}
