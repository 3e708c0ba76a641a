//! Retail: what the shops prepare, hand over and send.
//!
//! It owns `shop_order`. The lock that decides between a cancellation and a hand-over is this row.
//!
//! Events in: `inventory.reserved`, `transaction.cancelled`. Events out: `retail.order.fulfilled`,
//! `retail.order.delivered`, `retail.order.refused`, `retail.order.advanced`, on the stream `order/TRANSACTION`.

mod events;
mod http;
#[cfg(not(test))]
mod model;
#[cfg(test)]
pub(crate) mod model;
mod saga;
mod sql;

use db::{Migration, Schema, Table};
use flow::Fold;
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "retail";
/// To see what a shop has to prepare.
const READ: &str = "retail.order.read";
/// To prepare it, or to refuse.
const WRITE: &str = "retail.order.write";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let steps = vec![Migration::new(1, "orders of shops", include_str!("migrations/1.sql"))];
    let schema = Schema::new(code.clone(), vec![Table::state("shop_order")], steps, sql::all())?;
    Ok(Module {
        schema: Arc::new(schema),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Boutiques", "Shops"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        menu: Vec::new(),
        contracts: events::contracts(),
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let saga = Arc::new(saga::Saga(wiring.edge.clock.clone()));
            Parts { api: http::api(&wiring.db), consumers: vec![saga], timers: None }
        }),
    })
}

fn grants() -> Vec<RoleGrant> {
    ["cashier", "shop_manager"]
        .into_iter()
        .flat_map(|role| {
            [READ, WRITE].map(|permission| RoleGrant {
                role: role.into(),
                grant: Grant { permission: permission.into(), scope: Scope::All },
            })
        })
        .collect()
}
