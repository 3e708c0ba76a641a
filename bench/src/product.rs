//! The whole product as its users feel it: start, first page, memory at rest, and how long a figure takes to change.

use anyhow::{Context, Result, bail};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use testkit::product::Running;

/// Requests of overtime that are sent, and pages that are fetched.
const ROUNDS: usize = 100;

/// The program beside this one, built with the same settings.
fn program() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("archipel");
    if !path.exists() {
        bail!("build the program first: cargo build --release -p archipel");
    }
    Ok(path)
}

/// Prints what each costs.
pub fn run() -> Result<()> {
    let program = program()?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let first = timed(|| Running::up(&program, &data, &[]));
    println!("start on a new folder, sample included: {:.2} s", first.1.as_secs_f64());
    if !first.0.stop().success() {
        bail!("it did not stop well");
    }
    let (running, again) = timed(|| Running::up(&program, &data, &[]));
    println!("start on an existing folder: {:.2} s", again.as_secs_f64());
    #[expect(clippy::disallowed_methods, reason = "rest is what is measured")]
    std::thread::sleep(Duration::from_secs(5));
    println!("memory at rest (VmRSS): {} MB", resident(running.pid())? / 1024);
    home(&running);
    figures(&running)?;
    drop(running);
    let bare = Running::up(&program, &folder.path().join("bare"), &["--no-sample"]);
    println!("memory at rest without the sample: {} MB", resident(bare.pid())? / 1024);
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Kilobytes that a process holds in memory.
fn resident(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The manager's home page: time at the server's door, and bytes of the document and of what it loads.
fn home(running: &Running) {
    let token = running.sign_in("marc");
    let mut times = Vec::new();
    let mut page = String::new();
    for _ in 0..ROUNDS {
        let ((status, body), time) = timed(|| running.ask("GET", "/", Some(&token), None));
        assert_eq!(status, 200);
        times.push(time);
        page = body;
    }
    let quoted = page.split('"').filter(|part| part.starts_with("/assets/"));
    let mut assets: Vec<&str> = quoted.collect();
    assets.sort_unstable();
    assets.dedup();
    let loaded: usize = assets.iter().map(|path| running.ask("GET", path, None, None).1.len()).sum();
    println!(
        "home page: p50 {:.1} ms, p95 {:.1} ms; {} kB of document, {} kB of {} assets, before compression",
        at(&mut times, 0.5),
        at(&mut times, 0.95),
        page.len() / 1024,
        loaded / 1024,
        assets.len()
    );
}

/// From the answer to a request for overtime until the manager's figure has changed.
fn figures(running: &Running) -> Result<()> {
    let (lea, marc) = (running.sign_in("lea"), running.sign_in("marc"));
    let waiting = || -> Result<i64> {
        let (_, body) = running.ask("GET", "/api/v1/dashboard/kpis", Some(&marc), None);
        let list: Json = serde_json::from_str(&body)?;
        let items = list["items"].as_array().context("items")?;
        let figure = items.iter().find(|item| item["id"] == "heures.decisions_chef").context("the figure")?;
        Ok(figure["value"].as_i64().unwrap_or(0))
    };
    let today = jiff::Timestamp::from_second(
        std::time::UNIX_EPOCH.elapsed().map(|since| since.as_secs().cast_signed())?,
    )?
    .to_zoned(jiff::tz::TimeZone::UTC)
    .date();
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let before = waiting()?;
        let (hour, minute) = (round % 12, round % 4);
        let values = json!({ "jour": today.yesterday()?.to_string(), "debut": format!("{hour:02}:{minute:02}"),
            "fin": format!("{:02}:30", hour + 1), "motif": "mesure", "compensation": "repos" });
        let body = json!({ "form": "HEURE_SUP", "values": values, "submit": true });
        let (status, answer) = running.ask("POST", "/api/v1/heures/instances", Some(&lea), Some(&body));
        if status != 201 && status != 200 {
            bail!("{status}: {answer}");
        }
        let start = Instant::now();
        while waiting()? == before {}
        times.push(start.elapsed());
    }
    println!(
        "event committed to figure visible, asked over HTTP: p50 {:.1} ms, p99 {:.1} ms",
        at(&mut times, 0.5),
        at(&mut times, 0.99)
    );
    Ok(())
}

fn at(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = (times.len() as f64 * share) as usize;
    times.get(place.min(times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
