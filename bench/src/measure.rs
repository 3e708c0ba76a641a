//! Rates, percentiles, and what one flush costs here.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// What a number of callers did in a while.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Seconds that a cell runs.
pub const CELL: Duration = Duration::from_millis(1200);
/// Repetitions, interleaved.
pub const REPEAT: usize = 5;

/// The median of repetitions, by rate.
pub fn median(mut rates: Vec<Rate>) -> Rate {
    rates.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Runs `callers` tasks of `work` for a while; `work` gets the caller's number and the round.
pub async fn callers<F, W>(callers: usize, work: F) -> Rate
where
    F: Fn(usize, u64) -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let work = work.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            let mut round = 0;
            while begin.elapsed() < CELL {
                let start = Instant::now();
                work(caller, round).await;
                times.push(start.elapsed());
                round += 1;
            }
            times
        });
    }
    let mut times: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let elapsed = begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at =
        |share: f64| times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)));
    let ms = |share| at(share).map_or(0.0, |d| d.as_secs_f64() * 1000.0);
    Rate { per_second: times.len() as f64 / elapsed, p50_ms: ms(0.5), p99_ms: ms(0.99) }
}

/// The median time of a write of 4 kB with fdatasync, in microseconds.
pub fn flush_micros() -> anyhow::Result<u128> {
    let dir = tempfile::tempdir()?;
    let mut file = File::create(dir.path().join("flush"))?;
    let mut times = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed().as_micros());
    }
    times.sort_unstable();
    Ok(times[100])
}
