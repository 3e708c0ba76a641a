//! A consumer with effect and cursor in one Batch, from a log that is already there.

use crate::toy::{self, COUNT, FORGET};
use bus::Bus;
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Expect, Write};
use flow::{Delivery, Fault, Flow, Projection, Projector, Sources};
use kernel::SystemClock;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::{Island, Kind};

/// Events to consume.
const EVENTS: usize = 50_000;

struct Counter;

impl Projector for Counter {
    fn name(&self) -> &str {
        "counter"
    }
    fn version(&self) -> u32 {
        1
    }
    fn sources(&self) -> Sources {
        Sources::Everyone
    }
    fn wants(&self, _kind: &str) -> bool {
        true
    }
    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let params = db::params![generation, &delivery.event.stream];
        writes.push(Write { statement: COUNT.clone(), params, expect: Expect::Any });
        Ok(())
    }
    fn forget(&self, generation: u64) -> Vec<Write> {
        vec![Write { statement: FORGET.clone(), params: db::params![generation], expect: Expect::Any }]
    }
}

/// Prints the rate.
pub async fn run(kind: Kind) -> anyhow::Result<()> {
    let own = Island::durable(kind, toy::schema("own")).await;
    let place = Place::Sqlite { file: "source.sqlite".into() };
    let (id, schema, key) = ("source".parse()?, Arc::new(toy::schema("source")), Key::random()?);
    let new = NewDatabase { id, schema, place, key, password: None };
    let source = own.databases.create(new, testkit::now()).await?;
    for stream in 0..EVENTS / 500 {
        source.write(toy::events(stream, 500, 0)).await?;
    }
    let flow = Flow::start(own.databases.clone(), Bus::default(), Arc::new(SystemClock));
    let start = Instant::now();
    flow.follow(own.db.clone(), Arc::new(Projection(Counter)));
    while !flow.lags().await?.iter().all(|lag| lag.position == lag.head && lag.head > 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!(
        "consumer, effect and cursor in one Batch: {:.0} events/s",
        EVENTS as f64 / start.elapsed().as_secs_f64()
    );
    flow.stop().await;
    Ok(())
}
