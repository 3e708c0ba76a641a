//! The planted bugs in the code and the list of controls are the same.

use super::source::Source;
use crate::controls::Controls;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = "tools/xtask/controls.toml";

/// Finds bugs that no control plants, and controls that plant nothing.
pub fn check(sources: &[Source], findings: &mut Vec<String>) -> Result<()> {
    let controls = Controls::read()?;
    compare(sources, &controls.names().collect(), findings);
    Ok(())
}

fn compare(sources: &[Source], listed: &BTreeSet<&str>, findings: &mut Vec<String>) {
    let mut planted: BTreeMap<&str, &str> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("tools/xtask/")) {
        for call in source.uncommented.split("planted(\"").skip(1) {
            if let Some((name, _)) = call.split_once('"') {
                planted.entry(name).or_insert(&source.path);
            }
        }
    }
    for (name, path) in planted.iter().filter(|(name, _)| !listed.contains(*name)) {
        findings.push(format!("{path}: no control in {LIST} plants `{name}`"));
    }
    for name in listed.iter().filter(|name| !planted.contains_key(*name)) {
        findings.push(format!("{LIST}: no code asks planted(\"{name}\")"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_and_the_code_are_compared_both_ways() {
        let source =
            Source::new("platform/db/src/a.rs", "if planted(\"one\") {}\n// planted(\"three\")".to_owned());
        let mut findings = Vec::new();
        compare(&[source], &BTreeSet::from(["two"]), &mut findings);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
