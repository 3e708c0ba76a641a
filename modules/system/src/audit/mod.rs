//! The audit: who did what, when and where, in one chain over every log.
//!
//! It owns `audit_log` (one entry for each event of every database, its own included) and `audit_anchor` (the hash that
//! each log had when it was read so far). Both are technical: nobody follows them, and their own chain of hashes guards
//! them. It keeps references and tags, never what an event says.
//!
//! Invariants:
//! - One entry for each event, in the order of its log: entries and cursor are one Batch.
//! - An entry's hash contains the entry before it and the hash that the event has in its own log.
//! - Whoever exports the audit is in it.
//!
//! Events in: all. Events out: `audit.exported`.

mod http;
mod journal;
mod model;
mod pages;
mod queries;
mod sql;
mod tags;
mod verify;

#[cfg(test)]
mod tests;

pub use journal::{Journal, NAME};
pub use model::Entry;
pub use tags::Tag;
pub use verify::verify;

use db::{DbResult, Migration, Schema, Table};
use kernel::{Error, ModuleCode, Result, Text};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Contract, Grant, MenuGroup, MenuItem, Module, Parts, RoleGrant, Scope};

/// The module's code.
pub const CODE: &str = "audit";

/// What the audit's database is made of.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub fn schema() -> DbResult<Schema> {
    let code = ModuleCode::new(CODE).map_err(|e| db::DbError::Schema(e.to_string()))?;
    let tables = ["audit_log", "audit_anchor"].map(Table::technical).to_vec();
    let steps = vec![Migration::new(1, "entries and anchors", include_str!("migrations/1.sql"))];
    Schema::new(code, tables, steps, sql::all())
}

/// The module.
///
/// # Errors
/// As [`schema`].
pub fn module() -> Result<Module> {
    let schema = schema()?;
    let may = |role: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: http::READ.into(), scope: Scope::All },
    };
    Ok(Module {
        code: ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Audit", "Audit"),
        schema: Arc::new(schema),
        fold: None,
        grants: ["security", "operator", "admin"].map(may).to_vec(),
        menu: vec![MenuItem {
            group: MenuGroup::Console,
            label: Text::new("Audit", "Audit"),
            href: pages::PATH.into(),
            icon: "shield-check".into(),
            permission: Some(http::READ.into()),
        }],
        contracts: vec![Contract {
            kind: http::EXPORTED.into(),
            version: 1,
            schema: json!({ "type": "object", "required": ["filters", "rows"], "properties": {
                "filters": { "type": "object" }, "rows": { "type": "integer", "minimum": 0 } } }),
        }],
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let api = http::api(&wiring.db).merge(pages::api(&wiring.db));
            Parts { api, consumers: vec![Arc::new(Journal(wiring.edge.clock.clone()))], timers: None }
        }),
    })
}
