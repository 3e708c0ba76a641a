//! The audit: who did what, when and where, in one chain over every log.
//!
//! It owns `audit_log` (one entry for each event of every database, its own included) and `audit_anchor` (the hash that
//! each log had when it was read so far). Both are technical: nobody follows them, and their own chain of hashes guards
//! them. `audit_alert` holds the critical events that somebody must look at (`rules.rs` says which), and who did. The
//! audit keeps references and tags, never what an event says.
//!
//! Invariants:
//! - One entry for each event, in the order of its log: entries and cursor are one Batch.
//! - An entry's hash contains the entry before it and the hash that the event has in its own log.
//! - Whoever exports the audit is in it.
//!
//! Events in: all. Events out: `audit.exported`, `audit.alert.raised`, `audit.alert.acknowledged`.

mod alerts;
mod http;
mod http_alerts;
mod journal;
mod model;
mod pages;
mod pages_alerts;
mod queries;
mod report;
mod rules;
mod sql;
mod tags;
mod verify;

#[cfg(test)]
mod tests;

pub use alerts::{Alert, open_alerts};
pub use journal::{Journal, NAME};
pub use model::Entry;
pub use tags::Tag;
pub use verify::verify;

use db::{DbResult, Migration, Schema, Table};
use flow::Fold;
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
    let technical = ["audit_log", "audit_anchor"].map(Table::technical).into_iter();
    let tables = technical.chain([Table::state("audit_alert")]).collect();
    let steps = vec![
        Migration::new(1, "entries and anchors", include_str!("migrations/1.sql")),
        Migration::new(2, "alerts", include_str!("migrations/2.sql")),
    ];
    Schema::new(code, tables, steps, sql::all())
}

/// The module.
///
/// # Errors
/// As [`schema`].
pub fn module() -> Result<Module> {
    let schema = schema()?;
    let may = |role: &str, permission: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope: Scope::All },
    };
    let grants = ["security", "operator", "admin"]
        .into_iter()
        .flat_map(|role| [http::READ, http_alerts::SEE_TO].map(|permission| may(role, permission)));
    let exported = Contract {
        kind: http::EXPORTED.into(),
        version: 1,
        schema: json!({ "type": "object", "required": ["filters", "rows"], "properties": {
            "filters": { "type": "object" }, "rows": { "type": "integer", "minimum": 0 } } }),
    };
    Ok(Module {
        code: ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Audit", "Audit"),
        schema: Arc::new(schema),
        fold: Some(Fold { tables: vec![alerts::fold_table()], apply: Arc::new(alerts::fold) }),
        grants: grants.collect(),
        menu: vec![MenuItem {
            group: MenuGroup::Console,
            label: Text::new("Audit", "Audit"),
            href: pages::PATH.into(),
            icon: "shield-check".into(),
            permission: Some(http::READ.into()),
        }],
        contracts: [exported].into_iter().chain(alerts::contracts()).collect(),
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let db = &wiring.db;
            let api = http::api(db).merge(http_alerts::api(db)).merge(report::api(db));
            let api = api.merge(pages::api(db)).merge(pages_alerts::api(db));
            Parts { api, consumers: vec![Arc::new(Journal(wiring.edge.clock.clone()))], timers: None }
        }),
    })
}
