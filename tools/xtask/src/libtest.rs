//! Reads what Rust's test harness and Node's test runner print.

use std::collections::BTreeSet;

/// Tests that ran, by name and outcome.
#[derive(Default, Debug)]
pub struct Tests {
    passed: u64,
    failures: Vec<String>,
    ignored: Vec<String>,
    sqlite: BTreeSet<String>,
    postgres: BTreeSet<String>,
    engine_failures: u64,
}

impl Tests {
    /// Reads the output of `cargo test` or of one test binary.
    pub fn read_libtest(output: &str) -> Self {
        let mut tests = Self::default();
        for line in output.lines() {
            let Some((name, outcome)) = test_line(line) else { continue };
            match outcome {
                "ok" => tests.passed += 1,
                "FAILED" => tests.failures.push(name.to_owned()),
                _ => tests.ignored.push(name.to_owned()),
            }
            let engine = if let Some(test) = name.strip_suffix("::sqlite") {
                tests.sqlite.insert(test.to_owned())
            } else if let Some(test) = name.strip_suffix("::postgres") {
                tests.postgres.insert(test.to_owned())
            } else {
                false
            };
            if engine && outcome != "ok" {
                tests.engine_failures += 1;
            }
        }
        tests
    }

    /// Reads the summary that `node --test` prints with its `spec` reporter.
    pub fn read_node(output: &str) -> Self {
        let mut tests = Self::default();
        for line in output.lines() {
            let Some((word, number)) = line.strip_prefix("ℹ ").and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            let number: u64 = number.trim().parse().unwrap_or(0);
            let repeated = |what: &str| (0..number).map(|n| format!("{what} {}", n + 1)).collect();
            match word {
                "pass" => tests.passed = number,
                "fail" | "cancelled" => tests.failures.extend::<Vec<_>>(repeated("browser test")),
                "skipped" | "todo" => tests.ignored.extend::<Vec<_>>(repeated("browser test")),
                _ => {}
            }
        }
        tests
    }

    /// Adds what another run found.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failures.extend(other.failures);
        self.ignored.extend(other.ignored);
        self.sqlite.extend(other.sqlite);
        self.postgres.extend(other.postgres);
        self.engine_failures += other.engine_failures;
    }

    /// Adds a failure that is no test's.
    pub fn add_failure(&mut self, name: String) {
        self.failures.push(name);
    }

    /// Tests that ran.
    pub fn ran(&self) -> u64 {
        self.passed + self.failed()
    }

    /// Tests that passed.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Failures of any kind.
    pub fn failed(&self) -> u64 {
        self.failures.len() as u64
    }

    /// The names of what failed.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// The names of what did not run.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The line about the two engines, or why it cannot be said that both are green.
    pub fn engines(&self) -> Result<String, String> {
        let counts = format!("sqlite: {} tests, postgres: {} tests", self.sqlite.len(), self.postgres.len());
        let lonely: Vec<&str> =
            self.sqlite.symmetric_difference(&self.postgres).map(String::as_str).collect();
        if self.sqlite.is_empty() {
            Err(format!("{counts}: no test ran on both engines"))
        } else if !lonely.is_empty() {
            Err(format!("{counts}: on one engine only: {}", lonely.join(", ")))
        } else if self.engine_failures > 0 {
            Err(format!("{counts}, {} failed", self.engine_failures))
        } else {
            Ok(format!("{counts}, both green"))
        }
    }
}

/// `test path::name ... ok`; the outcome may be followed by a time or a reason.
fn test_line(line: &str) -> Option<(&str, &str)> {
    let (name, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    let outcome = outcome.split([' ', ',', '(']).next()?;
    matches!(outcome, "ok" | "FAILED" | "ignored").then_some((name, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREEN: &str = "\
running 3 tests
test log::dense::sqlite ... ok
test log::dense::postgres ... ok
test plain - should panic ... ok

test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    #[test]
    fn engines_are_counted_by_the_end_of_the_path() {
        let tests = Tests::read_libtest(GREEN);
        assert_eq!((tests.passed(), tests.failed()), (3, 0));
        assert_eq!(tests.engines().unwrap(), "sqlite: 1 tests, postgres: 1 tests, both green");
    }

    #[test]
    fn a_test_on_one_engine_only_is_told() {
        let tests = Tests::read_libtest("test log::dense::sqlite ... ok\n");
        assert!(tests.engines().unwrap_err().contains("on one engine only: log::dense"));
        assert!(Tests::default().engines().unwrap_err().contains("no test ran"));
    }

    #[test]
    fn failures_and_ignored_tests_are_told_apart() {
        let tests = Tests::read_libtest(
            "test a::postgres ... FAILED\ntest a::sqlite ... ignored, slow\ntest b ... ok\n",
        );
        assert_eq!((tests.passed(), tests.failures()), (1, &["a::postgres".to_owned()][..]));
        assert_eq!(tests.ignored(), ["a::sqlite"]);
        assert!(tests.engines().unwrap_err().ends_with("2 failed"));
    }

    #[test]
    fn node_says_how_many() {
        let tests = Tests::read_node("✔ signs in (12ms)\nℹ tests 4\nℹ pass 2\nℹ fail 1\nℹ skipped 1\n");
        assert_eq!((tests.passed(), tests.failed(), tests.ignored().len()), (2, 1, 1));
    }
}
