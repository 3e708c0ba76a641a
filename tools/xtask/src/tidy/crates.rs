//! Crates that must not come in, by any way: a second TLS provider, OpenSSL, a second way to do what we do.

use crate::shell;
use anyhow::Result;
use serde_json::Value;
use std::collections::BTreeSet;

/// Each with its reason.
const BANNED: [(&str, &str); 6] = [
    ("ring", "one TLS and crypto provider: aws-lc-rs"),
    ("openssl", "nothing but a C compiler is needed to build"),
    ("openssl-sys", "nothing but a C compiler is needed to build"),
    ("native-tls", "one TLS provider: rustls with aws-lc-rs"),
    ("sqlx", "batches through platform/db; and it cannot share a lock file with current rusqlite"),
    ("chrono", "one calendar: jiff"),
];

/// Asks `cargo tree`, because `cargo metadata` also lists optional crates that nobody switches on.
pub fn check(metadata: &Value, findings: &mut Vec<String>) -> Result<()> {
    let listed = |name: &str| {
        metadata["packages"].as_array().is_some_and(|all| all.iter().any(|package| package["name"] == name))
    };
    if !BANNED.iter().any(|(name, _)| listed(name)) {
        return Ok(()); // not even optional: spare the question
    }
    let tree = ["tree", "--workspace", "--target", "x86_64-unknown-linux-gnu", "--edges", "normal,build,dev"];
    let tree = shell::read(shell::cargo().args(tree).args(["--prefix", "none", "--format", "{p}"]))?;
    findings.extend(banned_in(&tree));
    Ok(())
}

fn banned_in(tree: &str) -> Vec<String> {
    let real: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let banned = BANNED.iter().filter(|(name, _)| real.contains(name));
    banned
        .map(|(name, why)| format!("Cargo.lock: `{name}` came in ({why}); see `cargo tree -i {name}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_found_in_the_tree() {
        assert_eq!(banned_in("serde v1.0.0\nring v0.17.0\nstring v1.0.0\n").len(), 1);
        assert!(banned_in("serde v1.0.0\naws-lc-rs v1.0.0\n").is_empty());
    }
}
