//! What a run of several stages found, and how it is said at the end.

use crate::libtest::Tests;
use anyhow::Result;
use std::process::ExitCode;
use std::time::Instant;

/// The results so far.
#[derive(Default)]
pub struct Report {
    stages: Vec<Stage>,
    /// The tests of all stages.
    pub tests: Tests,
    /// Whether the end must name the tests per engine.
    pub engines: bool,
}

struct Stage {
    name: &'static str,
    seconds: u64,
    failure: Option<String>,
}

impl Report {
    /// Runs a stage under its heading; a failure is kept for the end. Returns whether it succeeded.
    pub fn stage(&mut self, name: &'static str, run: impl FnOnce(&mut Tests) -> Result<()>) -> bool {
        println!("\n── {name} ──");
        let begin = Instant::now();
        let failed_before = self.tests.failed();
        let result = run(&mut self.tests);
        let seconds = begin.elapsed().as_secs();
        let failure = result.err().map(|error| format!("{error:#}"));
        match &failure {
            None => println!("   {name}: ok, {seconds} s"),
            Some(text) => println!("   {name}: FAILED, {seconds} s\n{text}"),
        }
        if failure.is_some() && self.tests.failed() == failed_before {
            // The closing line must not say "0 failed" when something other than a test did.
            self.tests.add_failure(format!("stage {name}"));
        }
        self.stages.push(Stage { name, seconds, failure });
        self.stages.last().is_some_and(|stage| stage.failure.is_none())
    }

    /// Prints the result: stages, tests per engine, and the line that machines read.
    pub fn close(mut self) -> ExitCode {
        println!("\n── result ──");
        for stage in &self.stages {
            let word = if stage.failure.is_none() { "ok" } else { "FAILED" };
            println!("{:>9}  {word}, {} s", stage.name, stage.seconds);
        }
        let total: u64 = self.stages.iter().map(|stage| stage.seconds).sum();
        println!("{:>9}  {total} s", "total");
        for name in self.tests.failures() {
            println!("failed: {name}");
        }
        if self.engines {
            match self.tests.engines() {
                Ok(line) => println!("{line}"),
                Err(problem) => {
                    println!("{problem}");
                    if self.tests.failed() == 0 {
                        self.tests.add_failure("both engines".to_owned());
                    }
                }
            }
        }
        println!("{} passed, {} failed", self.tests.passed(), self.tests.failed());
        if self.tests.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
