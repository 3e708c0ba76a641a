//! Negative controls: each known way to break a promise is planted, and the promise's test must notice.
//!
//! The planted bugs are compiled in by the kernel's feature `planted` and switched on, one at a time, by
//! `ARCHIPEL_PLANT=<name>`. All of xtask's test builds have the feature, because a build without it would be a second
//! build of everything; without the variable they do what the shipped code does.

use crate::{servers, shell};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A test that does not end within this time has not caught anything.
const BOUND: Duration = Duration::from_secs(180);

/// The arguments that compile the planted bugs in.
pub const FEATURES: [&str; 2] = ["--features", "archipel-kernel/planted"];

/// The variable that names the bug to commit.
pub const PLANT: &str = "ARCHIPEL_PLANT";

/// The kills of a crash test under a planted bug, when the control does not say.
const KILLS: i64 = 5;

/// The planted bugs, from `controls.toml`.
pub struct Controls(Vec<Control>);

struct Control {
    name: String,
    package: String,
    test: String,
    kills: i64,
}

/// How the tests that a filter matches ended.
enum Outcome {
    Passed,
    Failed,
    Other(String),
}

impl Controls {
    /// Reads the list.
    pub fn read() -> Result<Self> {
        let path = shell::root().join("tools/xtask/controls.toml");
        let text = fs::read_to_string(&path).context("controls.toml")?;
        Self::parse(&text).context("controls.toml")
    }

    fn parse(text: &str) -> Result<Self> {
        let table: toml::Table = text.parse()?;
        let list = table.get("control").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let read = |entry: &toml::Value| {
            let field = |key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            let kills = entry.get("kills").and_then(toml::Value::as_integer).unwrap_or(KILLS);
            Some(Control { name: field("name")?, test: field("test")?, package: field("package")?, kills })
        };
        let controls = list.iter().map(|entry| {
            read(entry).ok_or_else(|| anyhow!("a [[control]] needs name, package and test: {entry}"))
        });
        let controls: Vec<Control> = controls.collect::<Result<_>>()?;
        let names: BTreeSet<&str> = controls.iter().map(|control| control.name.as_str()).collect();
        if names.len() < controls.len() {
            bail!("two controls have the same name");
        }
        Ok(Self(controls))
    }

    /// Keeps one control.
    pub fn keep_only(&mut self, name: &str) -> Result<()> {
        self.0.retain(|control| control.name == name);
        if self.0.is_empty() { bail!("controls.toml has no control named `{name}`") } else { Ok(()) }
    }

    /// The names of the bugs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|control| control.name.as_str())
    }

    /// Plants each bug and looks whether its test fails, and passes without it.
    pub fn run(&self) -> Result<()> {
        if self.0.is_empty() {
            bail!("controls.toml is empty: nothing shows that the promises' tests can fail");
        }
        let binaries = self.binaries()?;
        let server = servers::start(false)?;
        let run = |control: &Control, planted: bool| -> Result<Outcome> {
            let binaries = binaries.get(&control.package).map(Vec::as_slice).unwrap_or_default();
            let mut seen = Vec::new();
            for (binary, folder) in binaries {
                let mut command = Command::new(binary);
                command.arg(&control.test).current_dir(folder).env("CARGO_MANIFEST_DIR", folder);
                command.env_remove(PLANT).env("ARCHIPEL_CRASH_KILLS", control.kills.to_string());
                if planted {
                    command.env(PLANT, &control.name);
                }
                seen.push(run_bounded(servers::offer(&server, &mut command))?);
            }
            Ok(judge(&seen))
        };
        let mut healthy: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        let mut problems = Vec::new();
        let mut caught = 0;
        for control in &self.0 {
            let key = (control.package.as_str(), control.test.as_str());
            if let std::collections::btree_map::Entry::Vacant(entry) = healthy.entry(key) {
                let outcome = run(control, false)?;
                entry.insert(matches!(outcome, Outcome::Passed));
                if !matches!(outcome, Outcome::Passed) {
                    problems.push(format!("{} {}: {} without any bug", key.0, key.1, outcome.word()));
                }
            }
            let outcome = run(control, true)?;
            println!("  {:<40} {}", control.name, outcome.verdict());
            if matches!(outcome, Outcome::Failed) {
                caught += 1;
            } else {
                problems.push(format!("{}: {} {} {}", control.name, key.0, key.1, outcome.word()));
            }
        }
        println!("{} planted, {caught} caught", self.0.len());
        if problems.is_empty() { Ok(()) } else { bail!("{}", problems.join("\n")) }
    }

    /// The test binaries of each package that has a control, with the package's folder.
    fn binaries(&self) -> Result<BTreeMap<String, Vec<(PathBuf, PathBuf)>>> {
        let mut found: BTreeMap<String, Vec<(PathBuf, PathBuf)>> = BTreeMap::new();
        let mut command = shell::cargo();
        command.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-run"]);
        command.args(["--message-format=json-render-diagnostics"]).args(FEATURES);
        let messages = shell::read(command.stderr(Stdio::inherit()))?;
        for line in messages.lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let Some(binary) = message["executable"].as_str() else { continue };
            if message["profile"]["test"] != true {
                continue;
            }
            let Some(manifest) = message["manifest_path"].as_str().map(PathBuf::from) else { continue };
            let Some(folder) = manifest.parent() else { continue };
            let text = fs::read_to_string(&manifest)?;
            let table: toml::Table = text.parse()?;
            let name =
                table.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
            if let Some(name) = name {
                found.entry(name.to_owned()).or_default().push((binary.into(), folder.to_owned()));
            }
        }
        for control in &self.0 {
            if !found.contains_key(&control.package) {
                bail!("control `{}`: there is no package `{}`", control.name, control.package);
            }
        }
        Ok(found)
    }
}

impl Outcome {
    fn word(&self) -> &str {
        match self {
            Self::Passed => "passes",
            Self::Failed => "fails",
            Self::Other(text) => text,
        }
    }

    fn verdict(&self) -> String {
        match self {
            Self::Failed => "caught".to_owned(),
            Self::Passed => "ESCAPED: the test passes".to_owned(),
            Self::Other(text) => format!("ESCAPED: the test {text}"),
        }
    }
}

/// Every test that the filter matched, in all binaries of the package, must agree.
fn judge(outputs: &[Option<String>]) -> Outcome {
    if outputs.iter().any(Option::is_none) {
        return Outcome::Other(format!("does not end within {} s", BOUND.as_secs()));
    }
    let mut tests = crate::libtest::Tests::default();
    for output in outputs.iter().flatten() {
        tests.add(crate::libtest::Tests::read_libtest(output));
    }
    match (tests.passed(), tests.failed()) {
        (0, 0) => Outcome::Other("did not run: the filter matches none, or the process died".to_owned()),
        (_, 0) => Outcome::Passed,
        (0, _) => Outcome::Failed,
        (passed, _) => Outcome::Other(format!("passes in {passed} of its forms")),
    }
}

/// The program's standard output, or nothing when it did not end in time.
fn run_bounded(command: &mut Command) -> Result<Option<String>> {
    let output = tempfile()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(fs::File::create(&output)?)
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run a test binary")?;
    let begin = Instant::now();
    let ended = loop {
        if child.try_wait()?.is_some() {
            break true;
        }
        if begin.elapsed() > BOUND {
            child.kill()?;
            child.wait()?;
            break false;
        }
        pause();
    };
    let text = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
    fs::remove_file(&output)?;
    Ok(ended.then_some(text))
}

fn tempfile() -> Result<PathBuf> {
    let folder = shell::root().join("target/xtask");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("control-{}", std::process::id())))
}

#[expect(clippy::disallowed_methods, reason = "the pause of a bounded wait")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(output: &str) -> Outcome {
        judge(&[Some(output.to_owned())])
    }

    #[test]
    fn a_bug_is_caught_only_when_every_form_of_the_test_fails() {
        assert!(matches!(
            outcome("test a::sqlite ... FAILED\ntest a::postgres ... FAILED\n"),
            Outcome::Failed
        ));
        assert!(matches!(outcome("test a::sqlite ... FAILED\ntest a::postgres ... ok\n"), Outcome::Other(_)));
        assert!(matches!(outcome("test a::sqlite ... ok\n"), Outcome::Passed));
        assert!(matches!(outcome("running 0 tests\n"), Outcome::Other(_)));
        assert!(matches!(judge(&[None]), Outcome::Other(_)));
    }

    #[test]
    fn the_list_is_read() {
        let controls = Controls::parse(
            "[[control]]\nname = 'a'\npackage = 'p'\ntest = 't'\n\
             [[control]]\nname = 'b'\npackage = 'p'\ntest = 't'\nkills = 40\n",
        )
        .unwrap();
        assert_eq!(controls.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(controls.0[1].kills, 40);
        assert!(Controls::parse("[[control]]\nname = 'a'\n").is_err());
        assert!(Controls::parse("").unwrap().run().is_err());
    }
}
