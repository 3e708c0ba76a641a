//! Payment: what the bank holds, takes and gives back for each transaction.
//!
//! It owns `payment` and `payment_refund`. An amount is authorised when the order is placed and captured when the goods
//! have left, so that a cancellation lets go of money that nobody had. Goods that come back give a part of it back.
//!
//! Invariants:
//! - One payment for each transaction; an authorisation under its id, a second one when the first has expired.
//! - No answer is no refusal: what came of a key is looked up before the same is asked again under the same key.
//! - Never more is given back than was taken: the row itself refuses it.
//! - A cancellation that comes before its order leaves a tombstone: the bank is never asked.
//! - What the bank does not do for a day where somebody waits for their money, an operator sees (`payment.manual`).
//!
//! Events in: `transaction.created`, `transaction.cancelled`, `transaction.compensation.requested`,
//! `retail.order.fulfilled`, `returns.refund.requested`. Events out: `payment.processed`, `payment.failed`,
//! `payment.refunded`, `payment.refund.refused`, `payment.manual`, `payment.settled`, `payment.advanced`, on the stream
//! `payment/TRANSACTION`.

mod events;
mod http;
#[cfg(not(test))]
mod model;
#[cfg(test)]
pub(crate) mod model;
mod saga;
mod sql;

use crate::bank::Bank;
use db::{Migration, Schema, Table};
use flow::Fold;
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "payment";
/// To see payments.
const READ: &str = "payment.payment.read";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module(bank: Arc<Bank>) -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let tables = vec![Table::state("payment"), Table::state("payment_refund"), Table::technical("timer")];
    let steps = vec![Migration::new(1, "payments", include_str!("migrations/1.sql"))];
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, sql::all())?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Paiements", "Payments"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        menu: Vec::new(),
        contracts: events::contracts(),
        checks: vec![flow::Check::new("refunds", sql::odd)],
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let saga = Arc::new(saga::Saga { clock: wiring.edge.clock.clone(), bank });
            Parts { api: http::api(&wiring.db), consumers: vec![saga.clone()], timers: Some(saga) }
        }),
    })
}

fn grants() -> Vec<RoleGrant> {
    let grant = |role: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: READ.into(), scope: Scope::All },
    };
    ["shop_manager", "operator"].map(grant).to_vec()
}
