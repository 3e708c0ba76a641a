//! Inventory: the source of truth for products and stock.
//!
//! It owns `products`, `stock_level` (what a shop has, and how much of it is promised), `stock_movement` (the ledger
//! whose sum is what is on hand), `reservation` and `reservation_line` (the promise to a transaction).
//!
//! Invariants:
//! - A level only moves from the version that the decision has seen, in the commit of the promise and of the ledger:
//!   what is free is never read first and written later. The database itself refuses less than nothing.
//! - A transaction is promised everything or nothing, once; a promise ends released or consumed.
//! - A cancellation that comes before its order leaves a tombstone: the order is never promised anything.
//!
//! Events in: `transaction.created` (held), `payment.processed` (firm), `transaction.cancelled` (given back),
//! `retail.order.fulfilled` (gone). Events out: `inventory.reserved`, `inventory.unavailable`, `inventory.released`,
//! `inventory.promise.moved`, `inventory.stock.changed`, `inventory.product.changed`.

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
const CODE: &str = "inventory";
/// To see products and stock.
const READ: &str = "inventory.product.read";
/// To add products and change prices.
const WRITE: &str = "inventory.product.write";
/// To take goods in.
const RECEIVE: &str = "inventory.stock.receive";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let names = ["products", "stock_level", "stock_movement", "reservation", "reservation_line"];
    let steps = vec![Migration::new(1, "products and stock", include_str!("migrations/1.sql"))];
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), names.map(Table::state).to_vec(), steps, sql::all())?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Stock", "Stock"),
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
    let grant = |role: &str, permission: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope: Scope::All },
    };
    vec![
        grant("customer", READ),
        grant("cashier", READ),
        grant("shop_manager", READ),
        grant("shop_manager", WRITE),
        grant("shop_manager", RECEIVE),
    ]
}
