//! How long files and functions are. Short ones are read; long ones are searched.

use super::rust;
use super::source::{self, Source};
use anyhow::Result;
use std::fs;
use std::path::Path;

const FILE_LONGEST: usize = 600;
const FILE_95TH: usize = 400;
const FUNCTION_LONGEST: usize = 70;
const FUNCTION_MEDIAN: usize = 12;

/// Other files of code than Rust's.
const SCRIPTS: [&str; 6] = [".js", ".mjs", ".css", ".sh", ".py", ".sql"];

/// Measures, reports, and finds what is too long.
pub fn check(
    root: &Path,
    files: &[String],
    rust: &[Source],
    findings: &mut Vec<String>,
) -> Result<[String; 2]> {
    let mut lengths: Vec<(usize, String)> =
        rust.iter().map(|source| (source.text.lines().count(), source.path.clone())).collect();
    let is_script = |path: &&String| SCRIPTS.iter().any(|end| path.ends_with(end)) && source::is_ours(path);
    for path in files.iter().filter(is_script) {
        let text = fs::read_to_string(root.join(path))?;
        if !text.lines().take(5).any(|line| line.contains("@generated")) {
            lengths.push((text.lines().count(), path.clone()));
        }
    }
    let mut functions: Vec<(usize, String)> = Vec::new();
    for source in rust {
        for function in rust::functions(&source.code) {
            functions.push((function.lines, format!("{}:{} {}", source.path, function.line, function.name)));
        }
    }
    for (lines, path) in lengths.iter().filter(|(lines, _)| *lines > FILE_LONGEST) {
        findings.push(format!("{path}: {lines} lines; split it, {FILE_LONGEST} is the limit"));
    }
    for (lines, place) in functions.iter().filter(|(lines, _)| *lines > FUNCTION_LONGEST) {
        findings.push(format!("{place}: {lines} lines; {FUNCTION_LONGEST} is the limit for a function"));
    }
    let (files, functions) = (Spread::of(lengths), Spread::of(functions));
    if files.percentile_95 >= FILE_95TH {
        let at = files.percentile_95;
        findings.push(format!("files: the 95th percentile is {at} lines, it must be under {FILE_95TH}"));
    }
    if functions.median >= FUNCTION_MEDIAN {
        let at = functions.median;
        findings.push(format!("functions: the median is {at} lines, it must be under {FUNCTION_MEDIAN}"));
    }
    Ok([format!("files:     {files}"), format!("functions: {functions}")])
}

struct Spread {
    count: usize,
    median: usize,
    percentile_95: usize,
    longest: (usize, String),
}

impl Spread {
    fn of(mut lengths: Vec<(usize, String)>) -> Self {
        lengths.sort();
        let at = |share: usize| lengths.get(lengths.len() * share / 100).map_or(0, |(lines, _)| *lines);
        let (median, percentile_95) = (at(50), at(95));
        Self { count: lengths.len(), median, percentile_95, longest: lengths.pop().unwrap_or_default() }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (lines, place) = &self.longest;
        let Self { count, median, percentile_95, .. } = self;
        write!(f, "{count}, median {median} lines, 95th {percentile_95}, longest {lines} ({place})")
    }
}
