//! Inventory: the source of truth for products and stock.
//!
//! It owns `products`, `stock_level` (what a shop has, and how much of it is promised), `stock_movement` (the ledger
//! whose sum is what is on hand), `reservation` and `reservation_line` (the promise to a transaction), `transfer` and
//! `transfer_line` (goods on their way between shops).
//!
//! Invariants:
//! - A level only moves from the version that the decision has seen, in the commit of the promise and of the ledger
//!   (`shelves.rs`): what is free is never read first and written later. The database itself refuses less than nothing.
//! - A transaction is promised everything or nothing, once; a promise ends released or consumed. A hold that was not
//!   paid for in time is given back by a timer of this database, and may be confirmed later as far as there is enough.
//! - What a shop does not prepare is given back there and set aside in another one in one commit, never in one that has
//!   had it before; each question for another shop is answered once, and none after a cancellation.
//! - A cancellation that comes before its order leaves a tombstone: the order is never promised anything.
//! - What a till has sold is gone, whatever the books said: a count before it keeps the ledger's sum and the promises
//!   true, and somebody is told.
//!
//! Events in: `transaction.created` (held), `payment.processed` (firm), `transaction.cancelled` (given back),
//! `retail.order.fulfilled` (gone), `retail.sale.recorded` (sold or taken back at a till), `returns.goods.restocked`
//! (sent back), `transaction.reroute.requested` (moved to another shop). Events out:
//! `inventory.rerouted`, `inventory.reroute.failed`, `inventory.reserved`, `inventory.unavailable`, `inventory.released`, `inventory.promise.moved`,
//! `inventory.stock.changed`, `inventory.stock.low`, `.recovered`, `.miscounted`, `inventory.product.changed`,
//! `inventory.transfer.changed`.

mod commands;
mod events;
mod http;
mod http_stock;
mod http_transfers;
#[cfg(not(test))]
mod model;
#[cfg(test)]
pub(crate) mod model;
mod pages;
mod restock;
mod saga;
mod sample;
mod shelves;
mod sql;
#[cfg(test)]
mod tests;
mod tills;
mod transfer;
mod vat;

pub use sample::seed;

use contracts::references::{self, Reference};
use db::{Migration, Schema, Table};
use flow::{Consumer, Fold};
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "inventory";
/// To see products and stock.
const READ: &str = "inventory.product.read";
/// To see the ledger and what moves between shops.
const STOCK: &str = "inventory.stock.read";
/// To add products and change prices.
const WRITE: &str = "inventory.product.write";
/// To take goods in, to count them and to send them to another shop.
const RECEIVE: &str = "inventory.stock.receive";
/// To ask for goods of another shop.
const REQUEST: &str = "inventory.transfer.request";
/// To let goods go to another shop.
const APPROVE: &str = "inventory.transfer.approve";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let names = [
        "products",
        "stock_level",
        "stock_movement",
        "reservation",
        "reservation_line",
        "transfer",
        "transfer_line",
    ];
    let tables = names.map(Table::state).into_iter().chain([Table::technical("timer")]).collect();
    let steps = vec![
        Migration::new(1, "products and stock", include_str!("migrations/1.sql")),
        Migration::new(2, "bar codes, thresholds, transfers", include_str!("migrations/2.sql")),
        Migration::new(3, "another shop", include_str!("migrations/3.sql")),
    ];
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, sql::all())?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Stock", "Stock"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        menu: pages::menu(),
        contracts: events::contracts(),
        checks: Vec::new(),
        declares: BTreeMap::from([(references::DECLARATION.to_owned(), serde_json::json!(references()))]),
        start: Box::new(|wiring| {
            let clock = &wiring.edge.clock;
            let (saga, tills) = (Arc::new(saga::Saga(clock.clone())), Arc::new(tills::Tills(clock.clone())));
            let api = http::api(&wiring.db)
                .merge(http_stock::api(&wiring.db))
                .merge(http_transfers::api(&wiring.db))
                .merge(pages::api(&wiring.db));
            let restock = Arc::new(restock::Restock(clock.clone()));
            let consumers: Vec<Arc<dyn Consumer>> = vec![saga.clone(), tills, restock];
            Parts { api, consumers, timers: Some(saga) }
        }),
    })
}

/// What stock names in other databases.
fn references() -> Vec<Reference> {
    vec![
        Reference::new(("reservation", "transaction_id"), "transaction", ("transactions", "id")),
        Reference::new(("reservation_line", "product_id"), CODE, ("products", "id")),
        Reference::new(("stock_level", "product_id"), CODE, ("products", "id")),
        Reference::new(("stock_level", "shop"), "retail", ("shops", "code")).loose(),
    ]
}

fn grants() -> Vec<RoleGrant> {
    let grant = |role: &str, permission: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope: Scope::All },
    };
    vec![
        grant("customer", READ),
        grant("cashier", READ),
        grant("cashier", STOCK),
        grant("cashier", REQUEST),
        grant("shop_manager", READ),
        grant("shop_manager", STOCK),
        grant("shop_manager", WRITE),
        grant("shop_manager", RECEIVE),
        grant("shop_manager", REQUEST),
        grant("shop_manager", APPROVE),
    ]
}
