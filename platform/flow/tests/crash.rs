//! `kill -9` at any moment: what was acknowledged is there, nothing is half there, an event is there exactly when its
//! change is, and consumers go on from where they were.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]
#![expect(missing_docs, reason = "statements of a test")]
#![expect(clippy::print_stdout, reason = "the child's acknowledgements")]

use bus::{Bus, Signal};
use db::{Batch, Db, Expected, GENESIS, Migration, NewEvent, Schema, Table, Write};
use flow::{Delivery, Fault, Flow, Projection, Projector, Sources};
use kernel::{Actor, Cause, ModuleCode, SystemClock, Uuid};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use testkit::crash::{self, Delays, Victim};
use testkit::{Handed, Island, Kind};

db::statements! {
    ITEMS = read("SELECT id, version FROM item");
    ADD = write("INSERT INTO item (id, version) VALUES (?1, 1)").row("item", &[1]).keyed();
    BUMP = write("UPDATE item SET version = version + 1 WHERE id = ?1 AND version = ?2").row("item", &[1]).keyed();
    COUNT = write("INSERT INTO counted (generation, stream, events) VALUES (?1, ?2, 1) ON CONFLICT (generation, stream) DO UPDATE SET events = counted.events + 1");
    COUNTED = read("SELECT stream, events FROM counted WHERE generation = 1");
    FORGET = write("DELETE FROM counted WHERE generation = ?1");
}

const CALLERS: u128 = 8;

fn schema(code: &str) -> Schema {
    let sql = "CREATE TABLE item (id {id} NOT NULL PRIMARY KEY, version {int} NOT NULL){strict};
        CREATE TABLE counted (generation {int} NOT NULL, stream {text} NOT NULL, events {int} NOT NULL, PRIMARY KEY (generation, stream)){strict};";
    let tables = vec![Table::state("item"), Table::derived("counted")];
    Schema::new(ModuleCode::new(code).unwrap(), tables, vec![Migration::new(1, "all", sql)], all()).unwrap()
}

/// Counts the events of each stream; counting twice would show.
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
        writes.push(Write { statement: COUNT.clone(), params, expect: db::Expect::Any });
        Ok(())
    }
    fn forget(&self, generation: u64) -> Vec<Write> {
        vec![Write { statement: FORGET.clone(), params: db::params![generation], expect: db::Expect::Any }]
    }
}

fn hook(bus: &Bus) -> db::OnCommit {
    let bus = bus.clone();
    Arc::new(move |database, position| bus.announce(Signal::Log { database: database.clone(), position }))
}

/// Two databases: one that is written, one that counts what was written.
async fn open(handed: &Handed, bus: &Bus) -> (Db, Db, Arc<Flow>) {
    let source = handed.database(schema("source"), false).await;
    let own = handed.database(schema("own"), true).await;
    let flow = Flow::start(handed.databases.clone(), bus.clone(), Arc::new(SystemClock));
    flow.follow(own.clone(), Arc::new(Projection(Counter)));
    (source, own, flow)
}

fn command(item: Uuid, version: u64) -> Batch {
    let mut batch = Batch::new(testkit::now(), Cause::new(&Actor::system("crash"), testkit::id()));
    let params = db::params![item, version];
    if version == 0 {
        batch.expect_one(&ADD, db::params![item])
    } else {
        batch.expect_one(&BUMP, params)
    };
    batch.event(NewEvent {
        expected: Expected::Version(version),
        ..NewEvent::new(testkit::id(), "item.bumped", item.to_string(), json!({ "version": version + 1 }))
    });
    batch
}

/// The child: eight callers bump their items for ever and print what was acknowledged.
async fn child() {
    let bus = Bus::default();
    let (source, _own, _flow) = open(&Handed::take(hook(&bus)), &bus).await;
    let mut versions = BTreeMap::new();
    for row in source.query(&ITEMS, Vec::new()).await.unwrap() {
        versions.insert(row.uuid(0).unwrap(), row.count(1).unwrap());
    }
    let mut callers = tokio::task::JoinSet::new();
    for caller in 1..=CALLERS {
        let (db, item) = (source.clone(), Uuid::from_u128(caller));
        let mut version = versions.get(&item).copied().unwrap_or(0);
        callers.spawn(async move {
            loop {
                let receipt = db.write(command(item, version)).await.unwrap();
                version += 1;
                println!("ack {item} {version} {}", receipt.position);
            }
        });
    }
    callers.join_all().await;
}

/// The head of the log, the positions of each stream, and the items with their versions, at one moment. A server may
/// still be at the commit of a client that is no more: then it is looked at again.
async fn settled(source: &Db) -> (u64, BTreeMap<String, Vec<u64>>, Vec<(Uuid, u64)>) {
    for _ in 0..100 {
        let head = source.head().await.unwrap();
        let (mut position, mut hash) = (0, GENESIS);
        let mut streams: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        while position < head.0 {
            for event in source.log_after(position, 1000).await.unwrap() {
                event.follows(position, &hash).expect("the chain holds");
                (position, hash) = (event.position, event.hash);
                streams.entry(event.stream).or_default().push(event.position);
            }
        }
        let rows = source.query(&ITEMS, Vec::new()).await.unwrap();
        let items = rows.iter().map(|row| (row.uuid(0).unwrap(), row.count(1).unwrap())).collect();
        if source.head().await.unwrap() == head && position == head.0 {
            return (head.0, streams, items);
        }
    }
    panic!("the log does not come to rest");
}

/// What must hold after every kill.
async fn survives(handed: &Handed, acknowledged: &BTreeMap<Uuid, (u64, u64)>) {
    let bus = Bus::default();
    let (source, own, flow) = open(handed, &bus).await;
    let (head, streams, items) = settled(&source).await;
    for (item, version) in items {
        let events = streams.get(&item.to_string()).map_or(0, Vec::len) as u64;
        assert_eq!(events, version, "{item}: a change without its event, or an event without its change");
    }
    for (item, (version, at)) in acknowledged {
        let positions = streams.get(&item.to_string()).expect("an acknowledged stream");
        assert_eq!(positions.get(*version as usize - 1), Some(at), "{item} {version} was acknowledged");
    }
    for _ in 0..2000 {
        if flow.lags().await.unwrap().iter().all(|l| l.position == l.head) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    flow.stop().await;
    let mut counted = 0;
    for row in own.query(&COUNTED, Vec::new()).await.unwrap() {
        let (stream, events) = (row.text(0).unwrap(), row.count(1).unwrap());
        let expected = streams.get(&stream).map_or(0, Vec::len) as u64;
        assert_eq!(events, expected, "{stream}: counted {events} of {expected}");
        counted += events;
    }
    assert_eq!(counted, head, "every event has its effect once");
    handed.databases.close().await;
}

async fn crash(kind: Kind, test: &str) {
    if crash::role().is_some() {
        return child().await;
    }
    let island = Island::new(kind, schema("source")).await;
    if kind == Kind::Postgres {
        island.tamper("CREATE SCHEMA own").await;
    }
    island.databases.close().await;
    let mut delays = Delays::new();
    let mut acknowledged: BTreeMap<Uuid, (u64, u64)> = BTreeMap::new();
    for kill in 0..crash::kills() {
        let mut child = crash::reenter(test, "writer").unwrap();
        child.envs(island.hand_over());
        let victim = Victim::spawn(child).unwrap();
        victim.wait_for_count("ack ", 1, Duration::from_secs(30)).unwrap();
        let delay = delays.next_between(Duration::from_millis(1), Duration::from_millis(150));
        let remains = tokio::task::spawn_blocking(move || victim.kill_after(delay)).await.unwrap().unwrap();
        for line in remains.lines.iter().filter_map(|line| line.strip_prefix("ack ")) {
            let words: Vec<&str> = line.split(' ').collect();
            let entry = (words[1].parse().unwrap(), words[2].parse().unwrap());
            acknowledged.insert(words[0].parse().unwrap(), entry);
        }
        assert!(!acknowledged.is_empty(), "kill {kill}: {}", remains.stderr);
        survives(&island.handed(testkit::quiet()), &acknowledged).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_sqlite() {
    crash(Kind::Sqlite, "crash_sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_postgres() {
    crash(Kind::Postgres, "crash_postgres").await;
}
