//! Licences: everything that we build with may be given on under ours.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Licences that ask for no more than a notice (MPL-2.0: changed files of that library stay open).
const ALLOWED: [&str; 13] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "MPL-2.0",
    "CC0-1.0",
    "0BSD",
    "BSL-1.0",
    "Unlicense",
];

/// Checks the crates of the graph and the packages of each npm lock file.
pub fn check(root: &Path, metadata: &Value, files: &[String], findings: &mut Vec<String>) -> Result<()> {
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        judge("Cargo.lock", name, package["license"].as_str(), findings);
    }
    for path in files.iter().filter(|path| path.ends_with("package-lock.json")) {
        let text = fs::read_to_string(root.join(path))?;
        let lock: Value = serde_json::from_str(&text).with_context(|| path.clone())?;
        for (name, package) in lock["packages"].as_object().into_iter().flatten() {
            if !name.is_empty() {
                judge(path, name, package["license"].as_str(), findings);
            }
            if package.get("resolved").is_some() {
                findings.push(format!(
                    "{path}: {name} names a download address (omit-lockfile-registry-resolved)"
                ));
            }
        }
    }
    Ok(())
}

fn judge(file: &str, name: &str, licence: Option<&str>, findings: &mut Vec<String>) {
    match licence {
        None => findings.push(format!("{file}: {name} states no licence")),
        Some(text) if !is_allowed(text) => findings.push(format!("{file}: {name} is under {text}")),
        Some(_) => {}
    }
}

/// Whether an SPDX expression (and the older `A/B`, which means "or") can be met with allowed licences alone.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut tokens = spaced.split_whitespace().peekable();
    let allowed = any(&mut tokens);
    allowed && tokens.next().is_none()
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(tokens: &mut Tokens<'_>) -> bool {
    let mut allowed = all(tokens);
    while tokens.next_if_eq(&"OR").is_some() {
        allowed |= all(tokens);
    }
    allowed
}

fn all(tokens: &mut Tokens<'_>) -> bool {
    let mut allowed = one(tokens);
    while tokens.next_if_eq(&"AND").is_some() {
        allowed &= one(tokens);
    }
    allowed
}

fn one(tokens: &mut Tokens<'_>) -> bool {
    let allowed = match tokens.next() {
        Some("(") => {
            let inner = any(tokens);
            tokens.next_if_eq(&")").is_some() && inner
        }
        Some(licence) => ALLOWED.contains(&licence),
        None => false,
    };
    // An exception only gives more rights.
    if tokens.next_if_eq(&"WITH").is_some() {
        tokens.next();
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn expressions_are_read_as_their_authors_mean_them() {
        let good = [
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0-only",
            "GPL-2.0-only OR MIT",
            "ISC AND (Apache-2.0 OR ISC) AND Apache-2.0 AND MIT AND BSD-3-Clause AND (Apache-2.0 OR ISC OR MIT-0)",
        ];
        let bad = ["GPL-3.0-only", "MIT AND GPL-3.0-only", "(MIT OR ISC) AND OpenSSL", "", "MIT Apache-2.0"];
        assert!(good.into_iter().all(is_allowed));
        assert!(!bad.into_iter().any(is_allowed));
    }
}
