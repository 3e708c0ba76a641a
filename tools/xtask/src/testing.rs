//! `cargo xtask test` and the commands that run parts of it.

use crate::controls::{self, Controls};
use crate::libtest::Tests;
use crate::report::Report;
use crate::{browser, servers, shell, tidy};
use anyhow::{Result, bail};
use std::process::{Command, ExitCode};

/// The kills of each crash test in an ordinary run; each test runs on both engines.
const KILLS: u32 = 20;
/// The same in a soak.
const SOAK_KILLS: u32 = 300;
/// Simulated runs of commerce in a soak.
const SOAK_RUNS: u64 = 100_000;

const STAGES: [&str; 9] =
    ["install", "fmt", "tidy", "clippy", "build", "tests", "crash", "controls", "browser"];
/// What cannot run without a build.
const NEEDS_BUILD: [&str; 4] = ["tests", "crash", "controls", "browser"];

/// Everything that must hold.
pub fn test(arguments: &[String]) -> Result<ExitCode> {
    let wanted = Wanted::parse(arguments)?;
    let mut report = Report::default();
    report.engines = wanted.has("tests");
    let controls = Controls::read()?;
    if wanted.has("install") && !report.stage("install", |_| install(!wanted.no_browser)) {
        return Ok(report.close());
    }
    quick(&mut report, &wanted);
    let built = !wanted.needs_build() || report.stage("build", |_| build());
    if built {
        slow(&mut report, &wanted, &controls);
    }
    if wanted.no_browser {
        println!("\nThe browser story did NOT run (--no-browser): this run proves nothing about the pages.");
    }
    Ok(report.close())
}

/// The quick part: what an editor could say.
pub fn check() -> Result<ExitCode> {
    let mut report = Report::default();
    quick(&mut report, &Wanted::only(&["fmt", "tidy", "clippy"]));
    Ok(report.close())
}

/// The tidiness alone.
pub fn tidy() -> Result<ExitCode> {
    let mut report = Report::default();
    quick(&mut report, &Wanted::only(&["tidy"]));
    Ok(report.close())
}

/// The planted bugs alone, or one of them.
pub fn only_controls(arguments: &[String]) -> Result<ExitCode> {
    let mut controls = Controls::read()?;
    if let [name] = arguments {
        controls.keep_only(name)?;
    }
    let mut report = Report::default();
    report.stage("controls", |_| controls.run());
    Ok(report.close())
}

/// The crash tests for long.
pub fn soak(arguments: &[String]) -> Result<ExitCode> {
    let kills = match arguments {
        [] => SOAK_KILLS,
        [flag, number] if flag == "--kills" => number.parse()?,
        _ => bail!("soak takes --kills N"),
    };
    let mut report = Report::default();
    report.stage("crash", |tests| crash(tests, kills));
    report.stage("simulation", simulation);
    Ok(report.close())
}

/// The simulated runs of commerce, for long.
fn simulation(tests: &mut Tests) -> Result<()> {
    let mut command = cargo_test();
    command.arg("--lib").env("ARCHIPEL_RUNS", SOAK_RUNS.to_string());
    command.args(["--", "simulation::every_run_ends_in_agreement"]);
    run_tests(tests, &mut command)?;
    println!("   {SOAK_RUNS} simulated runs");
    Ok(())
}

struct Wanted {
    stages: Vec<String>,
    no_browser: bool,
}

impl Wanted {
    fn only(stages: &[&str]) -> Self {
        Self { stages: stages.iter().map(ToString::to_string).collect(), no_browser: false }
    }

    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self { stages: Vec::new(), no_browser: false };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match (argument.as_str(), rest.as_slice().first()) {
                ("--no-browser", _) => wanted.no_browser = true,
                ("--only", Some(stage)) if STAGES.contains(&stage.as_str()) => {
                    wanted.stages.push(stage.clone());
                    rest.next();
                }
                ("--only", _) => bail!("--only takes one of: {}", STAGES.join(", ")),
                _ => bail!("`test` does not know `{argument}`"),
            }
        }
        Ok(wanted)
    }

    fn has(&self, stage: &str) -> bool {
        if stage == "browser" && self.no_browser {
            return false;
        }
        self.stages.is_empty() || self.stages.iter().any(|name| name == stage)
    }

    fn needs_build(&self) -> bool {
        self.has("build") || NEEDS_BUILD.iter().any(|stage| self.has(stage))
    }
}

fn quick(report: &mut Report, wanted: &Wanted) {
    if wanted.has("fmt") {
        report.stage("fmt", |_| shell::run(shell::cargo().args(["fmt", "--all", "--check"])));
    }
    if wanted.has("tidy") {
        report.stage("tidy", |_| tidy::run(shell::root()));
    }
    if wanted.has("clippy") {
        report.stage("clippy", |_| {
            let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
            shell::run(shell::cargo().args(arguments))
        });
    }
}

fn slow(report: &mut Report, wanted: &Wanted, controls: &Controls) {
    if wanted.has("tests") {
        report.stage("tests", |tests| {
            let server = servers::start(false)?;
            // Doc tests too. The crash tests have a stage of their own, on a server that flushes.
            let mut command = cargo_test();
            // Stories wait for consumers and timers more than they reckon: two on each core.
            let threads = std::thread::available_parallelism().map_or(4, |cores| cores.get() * 2);
            command.env("RUST_TEST_THREADS", threads.to_string());
            servers::offer(&server, &mut command).args(["--", "--skip", "crash_"]);
            run_tests(tests, &mut command)
        });
    }
    if wanted.has("crash") {
        report.stage("crash", |tests| crash(tests, KILLS));
    }
    if wanted.has("controls") {
        report.stage("controls", |_| controls.run());
    }
    if wanted.has("browser") {
        report.stage("browser", browser::run);
    }
}

fn install(with_browser: bool) -> Result<()> {
    match servers::install::servers(with_browser).map_err(anyhow::Error::msg)? {
        servers::install::Installed::Already => println!("servers: all present"),
        servers::install::Installed::Now(packages) => println!("installed: {}", packages.join(", ")),
    }
    if with_browser {
        println!("node {}", servers::install::node().map_err(anyhow::Error::msg)?);
    }
    Ok(())
}

/// Everything that the later stages run, in one build, so that no crate is built for two sets of features.
fn build() -> Result<()> {
    shell::run(shell::cargo().args(["build", "--workspace", "--all-targets"]).args(controls::FEATURES))
}

fn cargo_test() -> Command {
    let mut command = shell::cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).args(controls::FEATURES);
    command.env_remove(controls::PLANT);
    command
}

fn crash(tests: &mut Tests, kills: u32) -> Result<()> {
    let server = servers::start(true)?;
    let mut command = cargo_test();
    command.args(["--lib", "--bins", "--tests"]).env("ARCHIPEL_CRASH_KILLS", kills.to_string());
    servers::offer(&server, &mut command).args(["--", "crash_"]);
    run_tests(tests, &mut command)?;
    println!("   {kills} kills for each crash test and engine");
    Ok(())
}

fn run_tests(all: &mut Tests, command: &mut Command) -> Result<()> {
    let (succeeded, output) = shell::watch(command)?;
    let tests = Tests::read_libtest(&output);
    let (ran, failed, ignored) = (tests.ran(), tests.failed(), tests.ignored().join(", "));
    all.add(tests);
    if failed > 0 {
        bail!("{failed} of {ran} tests failed");
    }
    if !succeeded {
        bail!("cargo test failed, but no test did: a build error, or a test process that died");
    }
    if !ignored.is_empty() {
        bail!("tests that do not run prove nothing: {ignored}");
    }
    if ran == 0 {
        bail!("no test ran");
    }
    Ok(())
}
