//! The toy module that the suite runs on: items with a version, and lines that belong to nobody's state.

use db::{Batch, Expected, Migration, NewEvent, Schema, Table};
use kernel::{Actor, Cause, ModuleCode, Uuid};
use serde_json::json;

db::statements! {
    ITEM = read("SELECT id, name, version FROM item WHERE id = ?1");
    ITEMS = read("SELECT id, name, version FROM item ORDER BY name");
    ITEMS_AMONG = read("SELECT name FROM item WHERE among(id, ?1) ORDER BY name");
    NAMED_AMONG = read("SELECT name FROM item WHERE among_text(name, ?1) ORDER BY name");
    LINES = read("SELECT count(*) FROM line");
    ADD_ITEM = write("INSERT INTO item (id, name, version) VALUES (?1, ?2, 1)").row("item", &[1]).keyed();
    RENAME = write("UPDATE item SET name = ?3, version = version + 1 WHERE id = ?1 AND version = ?2").row("item", &[1]).keyed();
    REMOVE = write("DELETE FROM item WHERE id = ?1").deletes("item", &[1]);
    ADD_LINE = write("INSERT INTO line (id, item_id, body) VALUES (?1, ?2, ?3)").keyed();
    KEEP = write("INSERT INTO thing (id, a_bool, an_int, a_real, a_text, some_json, some_bytes, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").row("thing", &[1]);
    KEPT = read("SELECT a_bool, an_int, a_real, a_text, some_json, some_bytes, at, id FROM thing WHERE id = ?1");
}

pub fn migrations() -> Vec<Migration> {
    vec![Migration::new(
        1,
        "items",
        "CREATE TABLE item (id {id} NOT NULL PRIMARY KEY, name {text} NOT NULL UNIQUE, version {int} NOT NULL){strict};
         CREATE TABLE line (id {id} NOT NULL PRIMARY KEY, item_id {id} NOT NULL, body {text} NOT NULL){strict};
         CREATE TABLE thing (id {id} NOT NULL PRIMARY KEY, a_bool {bool}, an_int {int}, a_real {real}, a_text {text},
                             some_json {json}, some_bytes {bytes}, at {instant}){strict};",
    )]
}

pub fn schema() -> Schema {
    schema_of(migrations())
}

pub fn schema_of(migrations: Vec<Migration>) -> Schema {
    let tables = vec![Table::state("item"), Table::technical("line"), Table::state("thing")];
    Schema::new(ModuleCode::new("toy").unwrap(), tables, migrations, all()).unwrap()
}

pub fn batch() -> Batch {
    Batch::new(testkit::now(), Cause::new(&Actor::system("test"), testkit::id()))
}

pub fn event(stream: &str, expected: Expected) -> NewEvent {
    NewEvent { expected, ..NewEvent::new(testkit::id(), "item.renamed", stream, json!({ "stream": stream })) }
}

/// A command that creates an item, with one event in the item's stream.
pub fn create(id: Uuid, name: &str) -> Batch {
    let mut batch = batch();
    batch
        .expect_one(&ADD_ITEM, db::params![id, name])
        .event(event(&format!("item/{id}"), Expected::Version(0)));
    batch
}

/// A command that renames an item at a version, with its event.
pub fn rename(id: Uuid, version: u64, name: &str) -> Batch {
    let mut batch = batch();
    batch.expect_one(&RENAME, db::params![id, version, name]);
    batch.event(event(&format!("item/{id}"), Expected::Version(version)));
    batch
}
