//! The arrows between our crates point one way. The table here is the rule; `api/module-graph.txt` is what is.

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FILE: &str = "api/module-graph.txt";

/// Which of our crates a crate may use. Modules and the app have their own lines in [`may_use`].
const PLATFORM: [(&str, &[&str]); 10] = [
    ("platform/kernel", &[]),
    ("platform/forms-model", &["platform/kernel"]),
    ("platform/sync-core", &["platform/kernel"]),
    ("contracts", &["platform/kernel"]),
    ("platform/db", &["platform/kernel"]),
    ("platform/bus", &["platform/kernel"]),
    ("platform/flow", &["platform/kernel", "platform/db", "platform/bus"]),
    ("platform/web", &["platform/kernel", "platform/db", "platform/bus", "platform/flow"]),
    (
        "platform/forms",
        &[
            "platform/kernel",
            "platform/db",
            "platform/bus",
            "platform/flow",
            "platform/web",
            "platform/forms-model",
        ],
    ),
    (
        "platform/sync",
        &[
            "platform/kernel",
            "platform/db",
            "platform/bus",
            "platform/flow",
            "platform/web",
            "platform/sync-core",
        ],
    ),
];

/// The crates that talk to an SQL driver; testkit makes and drops the tests' databases, the benchmarks measure
/// against the bare driver.
const SQL_CRATES: [&str; 3] = ["platform/db", "tools/testkit", "bench"];
const SQL_DRIVERS: [&str; 2] = ["rusqlite", "tokio-postgres"];

/// Our crates by folder, and what each uses.
#[derive(Default)]
pub struct Graph {
    crates: BTreeMap<String, Uses>,
}

#[derive(Default)]
struct Uses {
    /// Our crates, as they are shipped.
    ours: BTreeSet<String>,
    /// Our crates, in tests only.
    in_tests: BTreeSet<String>,
    /// Crates of others, in tests or not.
    others: BTreeSet<String>,
}

impl Graph {
    /// Reads what `cargo metadata` says.
    pub fn read(metadata: &Value) -> Result<Self> {
        let root = PathBuf::from(metadata["workspace_root"].as_str().context("no workspace_root")?);
        let packages = metadata["packages"].as_array().context("no packages")?;
        let mut graph = Self::default();
        for package in packages.iter().filter(|package| package["source"].is_null()) {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
            let folder = relative(&root, manifest.parent().unwrap_or(manifest))?;
            let uses = graph.crates.entry(folder).or_default();
            for dependency in package["dependencies"].as_array().into_iter().flatten() {
                let Some(path) = dependency["path"].as_str() else {
                    uses.others.insert(dependency["name"].as_str().unwrap_or_default().to_owned());
                    continue;
                };
                let in_tests = dependency["kind"] == "dev";
                let set = if in_tests { &mut uses.in_tests } else { &mut uses.ours };
                set.insert(relative(&root, Path::new(path))?);
            }
        }
        Ok(graph)
    }

    /// Finds arrows that point the wrong way.
    pub fn check(&self, findings: &mut Vec<String>) {
        for (name, uses) in &self.crates {
            for used in uses.ours.iter().filter(|used| !may_use(name, used)) {
                findings.push(format!("{name}: must not depend on {used}: arrows point one way"));
            }
            for used in uses.in_tests.iter().filter(|used| !may_use_in_tests(name, used)) {
                findings.push(format!("{name}: must not depend on {used}, not even in tests"));
            }
            for driver in SQL_DRIVERS.iter().filter(|driver| uses.others.contains(**driver)) {
                if !SQL_CRATES.contains(&name.as_str()) {
                    findings.push(format!("{name}: must not depend on {driver}: only platform/db knows SQL"));
                }
            }
        }
    }

    /// Compares with the checked-in graph.
    pub fn compare(&self, root: &Path, findings: &mut Vec<String>) {
        let kept = fs::read_to_string(root.join(FILE)).unwrap_or_default();
        let real = self.to_string();
        if kept == real {
            return;
        }
        let (kept, real): (BTreeSet<&str>, BTreeSet<&str>) = (kept.lines().collect(), real.lines().collect());
        findings.push(format!("{FILE} is not the real graph; look at the change, then `cargo xtask bless`:"));
        findings.extend(kept.difference(&real).map(|line| format!("  - {line}")));
        findings.extend(real.difference(&kept).map(|line| format!("  + {line}")));
    }

    /// Writes the checked-in graph.
    pub fn write(&self, root: &Path) -> Result<()> {
        fs::create_dir_all(root.join("api"))?;
        fs::write(root.join(FILE), self.to_string()).context(FILE)
    }
}

impl std::fmt::Display for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "# Which of our crates uses which, tests left out. Written by `cargo xtask bless`.")?;
        for (name, uses) in &self.crates {
            let used: Vec<&str> = uses.ours.iter().map(String::as_str).collect();
            writeln!(
                f,
                "{name} -> {}",
                if used.is_empty() { "nothing".to_owned() } else { used.join(", ") }
            )?;
        }
        Ok(())
    }
}

fn may_use(name: &str, used: &str) -> bool {
    if let Some((_, allowed)) = PLATFORM.iter().find(|(folder, _)| *folder == name) {
        return allowed.contains(&used);
    }
    let shared = PLATFORM.iter().any(|(folder, _)| *folder == used);
    match name.split('/').next() {
        Some("modules") => shared,
        Some("app") => shared || used.starts_with("modules/"),
        Some("bench") => shared || used.starts_with("modules/") || used == "app" || used == "tools/testkit",
        Some("tools") => shared && used != "contracts" && name != "tools/xtask",
        _ => false,
    }
}

/// Tests may use testkit besides; the platform's tests know no module either.
fn may_use_in_tests(name: &str, used: &str) -> bool {
    used == "tools/testkit" || may_use(name, used) || (name == "app" && used != "tools/xtask")
}

fn relative(root: &Path, folder: &Path) -> Result<String> {
    let inside = folder.strip_prefix(root).map_err(|_| anyhow!("{} is outside", folder.display()))?;
    Ok(inside.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn graph(name: &str, dependency: Value) -> Vec<String> {
        let package = json!({"source": null, "manifest_path": format!("/r/{name}/Cargo.toml"), "dependencies": [dependency]});
        let mut findings = Vec::new();
        let metadata = json!({"workspace_root": "/r", "packages": [package]});
        Graph::read(&metadata).unwrap().check(&mut findings);
        findings
    }

    #[test]
    fn arrows_point_one_way() {
        let ours = |path: &str, kind: Value| json!({"name": "x", "path": format!("/r/{path}"), "kind": kind});
        assert!(graph("platform/web", ours("platform/flow", Value::Null)).is_empty());
        assert_eq!(graph("platform/flow", ours("platform/web", Value::Null)).len(), 1);
        assert_eq!(graph("platform/bus", ours("platform/db", Value::Null)).len(), 1);
        assert_eq!(graph("platform/forms-model", ours("platform/db", Value::Null)).len(), 1);
        assert_eq!(graph("platform/forms", ours("modules/people", json!("dev"))).len(), 1);
        assert_eq!(graph("modules/people", ours("modules/system", Value::Null)).len(), 1);
        assert_eq!(graph("modules/people", ours("tools/testkit", Value::Null)).len(), 1);
        assert!(graph("modules/people", ours("tools/testkit", json!("dev"))).is_empty());
    }

    #[test]
    fn only_the_database_crate_knows_a_driver() {
        let driver = json!({"name": "rusqlite", "kind": null});
        assert_eq!(graph("platform/web", driver.clone()).len(), 1);
        assert!(graph("platform/db", driver).is_empty());
    }
}
