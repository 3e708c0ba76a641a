//! Transactions: who buys what, and how it ended.
//!
//! It owns `transactions`, `transaction_line` and `incident`; `offer` is a copy of what `inventory` sells, `journal` of
//! what happened to each transaction in all modules, and `unexpected` counts what the table of states has no line for.
//! It decides; payment, inventory and the shops answer (`model.rs` is the table of states, `saga.rs` hears the answers).
//!
//! Invariants:
//! - A transaction ends once, completed or cancelled, and no event brings it back.
//! - What does not come in time cancels it: the timer is in this database, set in the commit of the state it guards.
//! - A cancelled transaction owes nobody anything once it is settled.
//! - An order that its shop cannot prepare, or not in time, goes to another shop where its customer allows it: first the
//!   shop has given it back, then another one is asked for, and each shop has it once.
//! - What is heard is applied, known, counted, or an incident that somebody closes with a reason: never dropped.
//!
//! Events out: `transaction.created`, `transaction.cancelled`, `transaction.completed`, `transaction.advanced`,
//! `transaction.recall.requested`, `transaction.reroute.requested`, `transaction.rerouted`, on the stream
//! `transaction/ID`; `transaction.incident.opened`, `transaction.incident.resolved`,
//! `transaction.compensation.requested` on `incident/ID`; `transaction.unexpected`. Events in: those of `payment`,
//! `inventory` and `retail`, and the orders of `ecommerce`.

mod commands;
mod events;
mod http;
#[cfg(not(test))]
mod incidents;
#[cfg(test)]
pub(crate) mod incidents;
mod journal;
#[cfg(not(test))]
mod model;
#[cfg(test)]
pub(crate) mod model;
mod offers;
mod pages;
mod placed;
mod saga;
mod sql;
mod sql_journal;
mod totals;

use contracts::references::{self, Reference};
use db::{Migration, Schema, Table};
use flow::{Consumer, Fold, Projection};
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "transaction";
/// To order.
const CREATE: &str = "transaction.order.create";
/// To see orders.
const READ: &str = "transaction.order.read";
/// To take an order back.
const WITHDRAW: &str = "transaction.order.cancel";

/// To see what is stuck.
const INCIDENTS: &str = "transaction.incident.read";
/// To do something about it.
const ACT: &str = "transaction.incident.act";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let tables = vec![
        Table::state("transactions"),
        Table::state("transaction_line"),
        Table::state("incident"),
        Table::derived("offer"),
        Table::derived("journal"),
        Table::technical("unexpected"),
        Table::technical("timer"),
    ];
    let steps = vec![
        Migration::new(1, "transactions", include_str!("migrations/1.sql")),
        Migration::new(2, "another shop", include_str!("migrations/2.sql")),
    ];
    let own =
        [sql::all(), sql_journal::all(), incidents::sql::all(), totals::all(), flow::timer_statements()];
    let statements = own.concat();
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, statements)?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Commandes", "Orders"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        menu: pages::menu(),
        contracts: events::contracts(),
        checks: Vec::new(),
        declares: BTreeMap::from([(
            references::DECLARATION.to_owned(),
            serde_json::json!([Reference::new(
                ("transaction_line", "product_id"),
                "inventory",
                ("products", "id")
            )]),
        )]),
        start: Box::new(|wiring| {
            let saga = Arc::new(saga::Saga(wiring.edge.clock.clone()));
            let placed = Arc::new(placed::Placed(wiring.edge.clock.clone()));
            let consumers: Vec<Arc<dyn Consumer>> = vec![
                saga.clone(),
                placed,
                Arc::new(Projection(offers::offers())),
                Arc::new(Projection(journal::Journal)),
            ];
            let api = http::api(&wiring.db)
                .merge(totals::api(&wiring.db))
                .merge(incidents::http::api(&wiring.db))
                .merge(pages::api(&wiring.db));
            Parts { api, consumers, timers: Some(saga) }
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
        grant("customer", WITHDRAW, Scope::Own),
        grant("cashier", READ, Scope::All),
        grant("shop_manager", READ, Scope::All),
        grant("shop_manager", WITHDRAW, Scope::All),
        grant("shop_manager", INCIDENTS, Scope::All),
        grant("shop_manager", ACT, Scope::All),
        grant("operator", READ, Scope::All),
        grant("operator", WITHDRAW, Scope::All),
        grant("operator", INCIDENTS, Scope::All),
        grant("operator", ACT, Scope::All),
    ]
}
