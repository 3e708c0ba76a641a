//! Retail: what the shops sell at their tills ([`till`]), and what they prepare, hand over and send.
//!
//! It owns `shop_order`, `shop_order_line` and `shop_order_past` (what the shops had that have given an order back), and
//! the tables of the tills. The lock that decides between a cancellation or a recall and a hand-over is the order's row;
//! one row, so that one shop has it at a time.
//!
//! Events in: `inventory.reserved`, `inventory.rerouted`, `inventory.product.changed`, `inventory.stock.changed`,
//! `transaction.cancelled`, `transaction.recall.requested`.
//! Events out: `retail.order.fulfilled`, `retail.order.delivered`, `retail.order.refused`, `retail.order.advanced`, on
//! the stream `order/TRANSACTION`; `retail.sale.recorded` and `retail.till.*` on `till/SHOP/CODE`; `retail.shop.changed`
//! on `shop/CODE`.

mod events;
mod http;
#[cfg(not(test))]
mod model;
#[cfg(test)]
pub(crate) mod model;
mod orders;
mod pages;
mod saga;
mod sample;
mod sql;
mod till;

pub use sample::{SampleTills, seed};

use db::{Migration, Schema, Table};
use flow::{Fold, Projection};
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
/// To know which shops there are.
const SHOP_READ: &str = "retail.shop.read";
/// To add shops and tills.
const SHOP_WRITE: &str = "retail.shop.write";
/// To open a till, to sell and to take back.
const SELL: &str = "retail.sale.write";
/// To see receipts, readings and closings.
const REPORT: &str = "retail.report.read";
/// To know what all receipts come to: for whoever adds modules up.
const SUMS: &str = "retail.totals.read";
/// To count the drawer and close.
const CLOSE: &str = "retail.till.close";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let steps = vec![
        Migration::new(1, "orders of shops", include_str!("migrations/1.sql")),
        Migration::new(2, "shops, tills and their records", include_str!("migrations/2.sql")),
        Migration::new(3, "another shop", include_str!("migrations/3.sql")),
    ];
    let orders = ["shop_order", "shop_order_line", "shop_order_past"];
    let tills = ["shops", "tills", "till_session", "till_record", "sale_line"];
    let derived = ["till_offer", "till_price", "till_stock"];
    let tables =
        orders.into_iter().chain(tills).map(Table::state).chain(derived.map(Table::derived)).collect();
    let statements = sql::all().into_iter().chain(till::sql::all()).collect();
    let schema = Schema::new(code.clone(), tables, steps, statements)?;
    Ok(Module {
        schema: Arc::new(schema),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Boutiques", "Shops"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        menu: pages::menu(),
        contracts: events::contracts(),
        checks: till::checks(),
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let saga = Arc::new(saga::Saga(wiring.edge.clock.clone()));
            let tills = till::Tills::new(wiring.db.clone());
            let api = http::api(&wiring.db)
                .merge(till::http::api(&tills))
                .merge(till::sums::api(&tills.db))
                .merge(pages::api(&tills));
            Parts { api, consumers: vec![saga, Arc::new(Projection(till::Offers))], timers: None }
        }),
    })
}

fn grants() -> Vec<RoleGrant> {
    let cashier = [READ, WRITE, SHOP_READ, SELL];
    let manager = [READ, WRITE, SHOP_READ, SHOP_WRITE, SELL, REPORT, CLOSE, SUMS];
    let grant = |role: &str, permission: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope: Scope::All },
    };
    let cashier = cashier.map(|permission| grant("cashier", permission)).into_iter();
    let manager = manager.map(|permission| grant("shop_manager", permission));
    cashier.chain(manager).chain([grant("customer", SHOP_READ)]).collect()
}
