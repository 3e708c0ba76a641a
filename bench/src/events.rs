//! The event store: appending, storing what a log holds, reading a stream, folding it, replaying everything, and moving
//! a month into a file and back.

use crate::measure;
use crate::toy;
use bus::Bus;
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Expected, NewEvent};
use flow::{Flow, Fold, Rows};
use kernel::{Actor, Cause, Clock, SystemClock, TestClock};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use system::events::{self, Known, Order, Store, Wanted};
use testkit::{Island, Kind};

/// Events of one stream.
const STREAM: usize = 1000;

fn rate(what: &str, events: usize, start: Instant) {
    println!("{what}: {:.0} events/s", events as f64 / start.elapsed().as_secs_f64());
}

/// A fold that keeps the last word of each stream.
fn fold() -> Fold {
    let apply = |event: &db::Event, data: &Json, rows: &mut Rows| {
        let row = rows.entry(("item".into(), event.stream.clone())).or_default();
        row.insert("version".into(), data["version"].clone());
    };
    Fold { tables: Vec::new(), apply: Arc::new(apply) }
}

/// Single events, each to a stream of the caller's own at its expected version.
async fn append(island: &Island, callers: usize) {
    let db = island.db.clone();
    let rate = measure::callers(callers, move |caller, round| {
        let db = db.clone();
        async move {
            let mut batch = Batch::new(testkit::now(), Cause::new(&Actor::system("bench"), testkit::id()));
            let stream = format!("events/bench/{callers}/{caller}");
            let data = json!({ "version": round, "body": toy::body() });
            let event = NewEvent::new(testkit::id(), "bench.item.counted", stream, data);
            batch.event(NewEvent { expected: Expected::Version(round), ..event });
            db.write(batch).await.unwrap();
        }
    });
    let rate = rate.await;
    println!(
        "append, {callers} callers, one event each with its expected version: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms",
        rate.per_second, rate.p50_ms, rate.p99_ms
    );
}

/// Prints the figures over so many events.
pub async fn run(kind: Kind, count: usize) -> anyhow::Result<()> {
    let own = Island::durable(kind, events::schema()?).await;
    for callers in [1, 32] {
        append(&own, callers).await;
    }
    let place = Place::Sqlite { file: "source.sqlite".into() };
    let (id, schema, key) = ("source".parse()?, Arc::new(toy::schema("source")), Key::random()?);
    let new = NewDatabase { id, schema, place, key, password: None };
    let source = own.databases.create(new, testkit::now()).await?;
    for stream in 0..count / STREAM {
        source.write(toy::events(stream, STREAM, 0)).await?;
    }
    let known = Arc::new(Known::default());
    known.learn("source", "bench", Some(&fold()), &[]);
    known.keep_archives_in(own.folder().join("archives"));
    let flow = Flow::start(own.databases.clone(), Bus::default(), Arc::new(SystemClock));
    let start = Instant::now();
    flow.follow(own.db.clone(), Arc::new(Store { clock: Arc::new(SystemClock), known: known.clone() }));
    while !flow.lags().await?.iter().all(|lag| lag.position == lag.head && lag.head > 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stored = count + usize::try_from(own.db.head().await?.0)?;
    rate("catch-up: stored, checked for gaps, months and snapshots kept", stored, start);
    flow.stop().await;
    streams(&own, &known, count).await?;
    replay(&own, stored).await?;
    months(&own, &known, stored).await
}

async fn streams(own: &Island, known: &Known, count: usize) -> anyhow::Result<()> {
    let folding = known.folding("source").expect("it was learnt");
    let (mut read, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..100 {
        let name = format!("item/{}", kernel::Uuid::from_u128((n % (count / STREAM)) as u128));
        let start = Instant::now();
        let page = events::stream(&own.db, ("source", &name), 0, STREAM as u32).await?;
        let decoded = page.events.iter().filter(|event| event.json().is_ok()).count();
        assert_eq!(decoded, STREAM);
        read.push(start.elapsed().as_secs_f64() * 1000.0);
        for (times, snapshots) in [(&mut with, true), (&mut without, false)] {
            let start = Instant::now();
            let state = events::state(&own.db, &folding, ("source", &name), 950, snapshots).await?;
            assert_eq!(state.version, 950);
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    for times in [&mut read, &mut with, &mut without] {
        times.sort_by(f64::total_cmp);
    }
    println!("a stream of 1,000, JSON decoded: p50 {:.1} ms, p99 {:.1} ms", read[50], read[98]);
    println!(
        "its state after 950: p50 {:.1} ms from a snapshot, {:.1} ms from the beginning",
        with[50], without[50]
    );
    Ok(())
}

async fn replay(own: &Island, stored: usize) -> anyhow::Result<()> {
    let (start, mut beyond, mut seen) = (Instant::now(), None, 0);
    loop {
        let found = events::find(&own.db, &Wanted::default(), Order::Oldest, beyond, 1000).await?;
        seen += found.events.iter().filter(|stored| stored.event.json().is_ok()).count();
        beyond = found.next;
        if beyond.is_none() {
            break;
        }
    }
    assert_eq!(seen, stored);
    rate("replay of everything, pages of 1,000, JSON decoded", stored, start);
    Ok(())
}

/// Next month, this one is over.
async fn months(own: &Island, known: &Known, stored: usize) -> anyhow::Result<()> {
    let clock = TestClock::at(SystemClock.now().plus_seconds(40 * 86_400));
    let by = || (&clock as &dyn Clock, Cause::new(&Actor::system("bench"), testkit::id()));
    let name = events::partitions(&own.db).await?.first().expect("a month").name.clone();
    let start = Instant::now();
    let month = events::archive(&own.db, known, &name, by()).await?;
    rate("a month into its file, rows removed", stored, start);
    println!("its file: {} kB", month.file_bytes.unwrap_or(0) / 1024);
    let start = Instant::now();
    events::thaw(&own.db, known, &name, by()).await?;
    rate("back from its file", stored, start);
    Ok(())
}
