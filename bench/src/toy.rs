//! The command that is measured: one guarded update, one insert, the idempotency row, one event.

use db::{Batch, Expected, Idempotency, Migration, NewEvent, Schema, Table};
use kernel::{Actor, Cause, ModuleCode, Uuid};
use serde_json::json;

db::statements! {
    /// The guard.
    BUMP = write("UPDATE item SET version = version + 1, body = ?3 WHERE id = ?1 AND version = ?2").row("item", &[1]).keyed();
    /// A line beside it.
    LINE = write("INSERT INTO line (id, item_id, body) VALUES (?1, ?2, ?3)").keyed();
    /// A new item.
    ADD = write("INSERT INTO item (id, version, body) VALUES (?1, 0, ?2)").row("item", &[1]).keyed();
    /// A view.
    COUNT = write("INSERT INTO seen (generation, stream, events) VALUES (?1, ?2, 1) ON CONFLICT (generation, stream) DO UPDATE SET events = seen.events + 1").keyed();
    /// Its end.
    FORGET = write("DELETE FROM seen WHERE generation = ?1");
}

/// The tables of the command.
pub const TABLES: &str = "CREATE TABLE item (id {id} NOT NULL PRIMARY KEY, version {int} NOT NULL, body {text} NOT NULL){strict};
    CREATE TABLE line (id {id} NOT NULL PRIMARY KEY, item_id {id} NOT NULL, body {text} NOT NULL){strict};
    CREATE TABLE seen (generation {int} NOT NULL, stream {text} NOT NULL, events {int} NOT NULL, PRIMARY KEY (generation, stream)){strict};
    CREATE TABLE bare (id {id} NOT NULL PRIMARY KEY, body {text} NOT NULL){strict};";

/// A schema of this name.
pub fn schema(code: &str) -> Schema {
    let tables = vec![
        Table::state("item"),
        Table::technical("line"),
        Table::derived("seen"),
        Table::technical("bare"),
    ];
    Schema::new(ModuleCode::new(code).unwrap(), tables, vec![Migration::new(1, "all", TABLES)], all())
        .unwrap()
}

/// A text of about the size of an event's data.
pub fn body() -> String {
    "x".repeat(240)
}

fn empty() -> Batch {
    Batch::new(testkit::now(), Cause::new(&Actor::system("bench"), testkit::id()))
}

fn event(item: Uuid, version: u64) -> NewEvent {
    NewEvent {
        expected: Expected::Version(version),
        ..NewEvent::new(
            testkit::id(),
            "item.bumped",
            format!("item/{item}"),
            json!({ "version": version, "body": body() }),
        )
    }
}

/// The whole command.
pub fn command(item: Uuid, version: u64) -> Batch {
    let mut batch = empty();
    batch.expect_one(&BUMP, db::params![item, version, body()]);
    batch.expect_one(&LINE, db::params![testkit::id(), item, body()]);
    batch.event(event(item, version));
    let key = testkit::id().to_string();
    batch.idempotency = Some(Idempotency { key, fingerprint: [0; 32], status: 200, reply: "{}".into() });
    batch
}

/// Many new items at once.
pub fn items(ids: &[Uuid]) -> Batch {
    let mut batch = empty();
    for id in ids {
        batch.write(&ADD, db::params![*id, body()]);
    }
    batch
}

/// Events only.
pub fn events(stream: usize, count: usize, from: u64) -> Batch {
    let mut batch = empty();
    for n in 0..count as u64 {
        batch.event(event(Uuid::from_u128(stream as u128), from + n));
    }
    batch
}
