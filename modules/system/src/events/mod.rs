//! The event store: every event of every database in one place, to search, to replay, to look back with.
//!
//! It owns `event_store` (each event as its log has it), `event_source` and `event_gap` (how far each log has come in,
//! and where one was not dense), `event_partition` and `event_archived_stream` (the months, in reach or in files),
//! `event_snapshot` (what streams come to, every hundred events) and `event_type` (what can be appended). All but the
//! last are technical: they are made from the logs, which stay the truth.
//!
//! Invariants:
//! - Each event once, in the order of its log: events and cursor are one Batch. What is not dense or not chained is a
//!   finding.
//! - What is personal stays sealed, here, in snapshots and in archives; the keys are in the databases that wrote it.
//! - A state with snapshots is the state without.
//! - A month in a file is named wherever its events are missing; its file has a checksum, its events a chain.
//! - Only streams that begin with `events/` are appended to from outside, and only with types that were declared.
//!
//! Events in: all. Events out: those that were appended, and `events.exported`, `events.partition.archived`,
//! `events.partition.thawed`, `events.type.declared`.

mod append;
mod archive;
mod file;
mod fits;
mod http;
mod known;
mod model;
mod queries;
mod sql;
mod state;
mod store;
mod streams;
mod verify;

#[cfg(test)]
mod tests;

pub use archive::{archive, thaw};
pub use http::{APPEND, ARCHIVE, DECLARE, EXPORT, READ, event_view};
pub use known::{Folding, Known};
pub use model::{Gap, OWN_STREAMS, Partition, PartitionState, Stored};
pub use queries::{Found, Order, Wanted, at_hand, find, gaps, instant, one, partitions, sources};
pub use state::{EVERY, State, state};
pub use store::{NAME, Store};
pub use streams::{Moment, StreamPage, source_of, state_of, stream};
pub use verify::verify;

use db::{DbResult, Event, Migration, Schema, Table};
use flow::{Fold, FoldTable, Rows};
use kernel::{Error, ModuleCode, Result, Text};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Contract, Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
pub const CODE: &str = "events";

/// What the event store's database is made of.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub fn schema() -> DbResult<Schema> {
    let code = ModuleCode::new(CODE).map_err(|e| db::DbError::Schema(e.to_string()))?;
    let technical = [
        "event_store",
        "event_source",
        "event_gap",
        "event_partition",
        "event_archived_stream",
        "event_snapshot",
    ];
    let tables = technical.map(Table::technical).into_iter().chain([Table::state("event_type")]).collect();
    let steps = vec![Migration::new(1, "events and months", include_str!("migrations/1.sql"))];
    Schema::new(code, tables, steps, sql::all())
}

/// How the declared types follow from events.
fn fold() -> Fold {
    let columns = ["schema", "declared_at"].map(String::from).to_vec();
    let key = ["type", "version"].map(String::from).to_vec();
    Fold { tables: vec![FoldTable { name: "event_type".into(), key, columns }], apply: Arc::new(apply) }
}

fn apply(event: &Event, data: &Json, rows: &mut Rows) {
    if event.kind != append::DECLARED {
        return;
    }
    let key = format!("{}/{}", data["type"].as_str().unwrap_or_default(), data["version"]);
    let columns = [("schema", data["schema"].clone()), ("declared_at", data["at"].clone())];
    rows.insert(("event_type".into(), key), columns.map(|(name, value)| (name.to_owned(), value)).into());
}

fn grants() -> Vec<RoleGrant> {
    let grant = |role: &str, permission: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope: Scope::All },
    };
    let all = [READ, EXPORT, APPEND, DECLARE, ARCHIVE];
    ["operator", "admin"]
        .into_iter()
        .flat_map(|role| all.map(|permission| grant(role, permission)))
        .chain([grant("security", READ), grant("security", EXPORT)])
        .collect()
}

fn contracts() -> Vec<Contract> {
    let text = json!({ "type": "string" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let contract = |kind: &str, required: &[&str], properties: Json| Contract {
        kind: kind.into(),
        version: 1,
        schema: json!({ "type": "object", "required": required, "properties": properties }),
    };
    vec![
        contract(http::EXPORTED, &["filters"], json!({ "filters": { "type": "object" } })),
        contract(
            archive::ARCHIVED,
            &["partition", "events", "file", "sha256", "bytes"],
            json!({ "partition": text, "events": count, "file": text, "sha256": text, "bytes": count }),
        ),
        contract(archive::THAWED, &["partition", "events"], json!({ "partition": text, "events": count })),
        contract(
            append::DECLARED,
            &["type", "version", "schema", "at"],
            json!({ "type": text, "version": count, "schema": { "type": "object" }, "at": { "type": "integer" } }),
        ),
    ]
}

/// The module. What it is told of the others may grow after it has started.
///
/// # Errors
/// As [`schema`].
pub fn module(known: Arc<Known>) -> Result<Module> {
    Ok(Module {
        code: ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Événements", "Events"),
        schema: Arc::new(schema()?),
        fold: Some(fold()),
        grants: grants(),
        menu: Vec::new(),
        contracts: contracts(),
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(move |wiring| {
            let api = http::api(&wiring.db, &known);
            let store = Store { clock: wiring.edge.clock.clone(), known };
            Parts { api, consumers: vec![Arc::new(store)], timers: None }
        }),
    })
}
