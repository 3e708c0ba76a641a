//! Returns: what customers send back of their web orders; the money goes back, the goods into stock.
//!
//! It owns `return_request` and `return_line`, and the runs of the process that sees a return through
//! (`process.rs`: accepted, money back, goods back, closed). `known_order` and `known_line` are copies of what was
//! ordered and delivered, `article` of what products are called.
//!
//! Invariants:
//! - Only what was delivered can be sent back, by whoever bought it, and each piece once: requests for an order go one
//!   after the other through the version of their stream.
//! - A return that was accepted ends closed, its money given back once and its goods taken in once; or, when the money
//!   cannot be given back, refused, and nothing has happened.
//!
//! Events in: `inventory.product.changed`, `transaction.created`, `transaction.completed`, `retail.order.delivered`, `payment.refunded`,
//! `payment.refund.refused`. Events out: `returns.requested` on the stream `returns-of/TRANSACTION`;
//! `returns.approved`, `returns.accepted`, `returns.withdrawn`, `returns.refund.requested`, `returns.goods.restocked`,
//! `returns.refused`, `returns.closed` on `return/ID`.

mod articles;
mod commands;
mod events;
mod http;
mod model;
mod orders;
mod pages;
mod process;
mod sql;

use db::{Migration, Schema, Table};
use flow::{Fold, Projection, process as machinery};
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "returns";
/// To send something back.
const CREATE: &str = "returns.return.create";
/// To see returns.
const READ: &str = "returns.return.read";
/// To accept or refuse one.
const DECIDE: &str = "returns.return.decide";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let mut tables = ["return_request", "return_line"].map(Table::state).to_vec();
    tables.extend(["known_order", "known_line", "article"].map(Table::derived));
    tables.extend(["timer", "process_run", "process_step"].map(Table::technical));
    let steps = vec![
        Migration::new(1, "returns", include_str!("migrations/1.sql")),
        Migration::new(2, "their process", machinery::MIGRATION),
        Migration::new(3, "names of products", include_str!("migrations/3.sql")),
    ];
    let statements = [sql::all(), flow::timer_statements(), machinery::statements()].concat();
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, statements)?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Retours", "Returns"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        checks: Vec::new(),
        grants: grants(),
        menu: pages::menu(),
        contracts: events::contracts(),
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let saga = Arc::new(process::Saga::new(wiring.edge.clock.clone()));
            let orders = Arc::new(Projection(orders::Orders));
            let articles = Arc::new(Projection(articles::articles()));
            let api = http::api(&wiring.db).merge(pages::api(&wiring.db));
            Parts { api, consumers: vec![saga.clone(), orders, articles], timers: Some(saga) }
        }),
    })
}

fn grants() -> Vec<RoleGrant> {
    let grant = |role: &str, permission: &str, scope| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope },
    };
    vec![
        grant("customer", CREATE, Scope::Own),
        grant("customer", READ, Scope::Own),
        grant("cashier", READ, Scope::All),
        grant("shop_manager", READ, Scope::All),
        grant("shop_manager", DECIDE, Scope::All),
        grant("operator", READ, Scope::All),
    ]
}
