//! Payment: what the bank holds, takes and gives back for each transaction.
//!
//! It owns `payment`. An amount is authorised when the order is placed and captured when the goods have left, so that
//! a cancellation lets go of money that nobody had.
//!
//! Invariants:
//! - One payment for each transaction, and one authorisation at the bank, under the transaction's id.
//! - No answer is no refusal: the bank is asked again with the same key until it answers.
//! - A cancellation that comes before its order leaves a tombstone: the bank is never asked.
//!
//! Events in: `transaction.created`, `transaction.cancelled`, `retail.order.fulfilled`. Events out:
//! `payment.processed`, `payment.failed`, `payment.refunded`, `payment.advanced`, on the stream `payment/TRANSACTION`.

mod events;
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
use web::{Api, Module, Parts};

/// The module's code.
const CODE: &str = "payment";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module(bank: Arc<Bank>) -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let tables = vec![Table::state("payment"), Table::technical("timer")];
    let steps = vec![Migration::new(1, "payments", include_str!("migrations/1.sql"))];
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, sql::all())?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Paiements", "Payments"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: Vec::new(),
        menu: Vec::new(),
        contracts: events::contracts(),
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(|wiring| {
            let saga = Arc::new(saga::Saga { clock: wiring.edge.clock.clone(), bank });
            Parts { api: Api::new(), consumers: vec![saga.clone()], timers: Some(saga) }
        }),
    })
}
