//! Catching up with a log, and reading one stream.

use crate::measure::REPEAT;
use crate::toy;
use kernel::Uuid;
use std::time::Instant;
use testkit::{Island, Kind};

/// Events in the log.
const EVENTS: usize = 100_000;

/// Prints both figures.
pub async fn run(kind: Kind) -> anyhow::Result<()> {
    let island = Island::new(kind, toy::schema("bench")).await;
    for stream in 0..EVENTS / 1000 {
        island.db.write(toy::events(stream, 1000, 0)).await?;
    }
    let (mut rates, mut streams) = (Vec::new(), Vec::new());
    for repetition in 0..REPEAT {
        let start = Instant::now();
        let (mut position, mut decoded) = (0, 0);
        while position < EVENTS as u64 {
            let page = island.db.log_after(position, 1000).await?;
            for event in &page {
                decoded += usize::from(event.json()?.is_object());
                position = event.position;
            }
        }
        assert_eq!(decoded, EVENTS);
        rates.push(EVENTS as f64 / start.elapsed().as_secs_f64());
        for stream in 0..20_usize {
            let start = Instant::now();
            let name = format!("item/{}", Uuid::from_u128((repetition * 20 + stream) as u128 % 100));
            let events = island.db.stream(&name, 0, 1000).await?;
            let decoded = events.iter().filter(|e| e.json().is_ok()).count();
            assert_eq!(decoded, 1000);
            streams.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    rates.sort_by(f64::total_cmp);
    streams.sort_by(f64::total_cmp);
    println!("catch up, pages of 1,000, JSON decoded: {:.0} events/s", rates[REPEAT / 2]);
    println!("a stream of 1,000, JSON decoded: p50 {:.1} ms, p99 {:.1} ms", streams[50], streams[98]);
    Ok(())
}
