//! The dashboard: how things stand across all modules.
//!
//! It owns `kpi_item` (figures by reader's key and period), `kpi_thing` (things that a figure counts), `backlog_item`
//! (what awaits somebody) and `dashboard_source` (how far each source is in them). All are derived: made from the workflow
//! events of every module, from the events that figures are declared to count, and from the declarations, nothing else,
//! and built anew at any time with the same result.
//!
//! Invariants:
//! - An event adds or subtracts; no row is read to write another, so that the order of sources makes no difference.
//! - What a reader sees is decided in SQL, by the keys of their roles; nobody sees their own request as to decide.
//! - A module's workflow counts for itself only; a figure over the events of others names their module.
//!
//! Events in: `form.workflow.*`, and those that a figure counts. Events out: `dashboard.rebuild_requested`.

mod cards;
mod counted;
mod declared;
mod figures;
mod http;
mod model;
mod pages;
mod period;
mod queries;
mod sql;
mod verify;
mod view_dashboard;

#[cfg(test)]
mod tests;

pub use declared::{Declarations, Declared};
pub use figures::{Figure, Point};
pub use period::Period;
pub use queries::{Counts, Readers};
pub use verify::verify;
pub use view_dashboard::{NAME, View};

use db::{DbResult, Migration, Schema, Table};
use kernel::{Error, ModuleCode, Result, Text};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Contract, Grant, MenuGroup, MenuItem, Module, Parts, RoleGrant, Scope};

/// The module's code.
pub const CODE: &str = "dashboard";

/// What the dashboard's database is made of.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub fn schema() -> DbResult<Schema> {
    let code = ModuleCode::new(CODE).map_err(|e| db::DbError::Schema(e.to_string()))?;
    let tables = ["kpi_item", "backlog_item", "dashboard_source", "kpi_thing"].map(Table::derived).to_vec();
    let steps = vec![
        Migration::new(1, "figures and backlog", include_str!("migrations/1.sql")),
        Migration::new(2, "things that are as said", include_str!("migrations/2.sql")),
    ];
    Schema::new(code, tables, steps, sql::all())
}

/// The module. The declarations may grow after it has started; call `Flow::look_everywhere` then.
///
/// # Errors
/// As [`schema`].
pub fn module(declarations: Arc<Declarations>) -> Result<Module> {
    let schema = schema()?;
    let may = |role: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: http::REBUILD.into(), scope: Scope::All },
    };
    let home = MenuItem {
        group: MenuGroup::Top,
        label: Text::new("Accueil", "Home"),
        href: "/".into(),
        icon: "house".into(),
        permission: None,
    };
    Ok(Module {
        code: ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Tableau de bord", "Dashboard"),
        schema: Arc::new(schema),
        fold: None,
        grants: vec![may("operator"), may("admin")],
        menu: vec![home],
        contracts: vec![Contract {
            kind: http::REBUILD_REQUESTED.into(),
            version: 1,
            schema: json!({ "type": "object", "required": ["projection", "by"], "properties": {
                "projection": { "type": "string" }, "by": { "type": "string", "format": "uuid" } } }),
        }],
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(move |wiring| {
            let readers = Readers::new(wiring.db, declarations.clone());
            let api = http::api(&readers).merge(pages::api(&readers));
            Parts { api, consumers: vec![Arc::new(View(declarations))], timers: None }
        }),
    })
}
