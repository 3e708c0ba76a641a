//! Every statement on payments, and what their rows mean.

use super::model::{Payment, Stage};
use db::{DbError, DbResult, Row, Value};

db::statements! {
    ADD = write("INSERT INTO payment (transaction_id, amount_cents, method, stage, version) VALUES (?1, ?2, ?3, ?4, ?5)").row("payment", &[1]).keyed();
    /// Moves a payment on from the version before its own.
    MOVE = write("UPDATE payment SET stage = ?3, version = ?4 WHERE transaction_id = ?1 AND version = ?2").row("payment", &[1]).keyed();
    ONE = read("SELECT transaction_id, amount_cents, method, stage, version FROM payment WHERE transaction_id = ?1");
    SEVERAL = read("SELECT transaction_id, amount_cents, method, stage, version FROM payment WHERE among(transaction_id, ?1)");
}

pub(super) fn add_params(p: &Payment) -> Vec<Value> {
    db::params![p.transaction, p.amount_cents, &p.method, p.stage.word(), p.version]
}

pub(super) fn move_params(p: &Payment) -> Vec<Value> {
    db::params![p.transaction, p.version - 1, p.stage.word(), p.version]
}

pub(super) fn payment(row: &Row) -> DbResult<Payment> {
    let word = row.text(3)?;
    Ok(Payment {
        transaction: row.uuid(0)?,
        amount_cents: row.int(1)?,
        method: row.text(2)?,
        stage: Stage::parse(&word).ok_or_else(|| DbError::internal(format!("no stage `{word}`")))?,
        version: row.count(4)?,
    })
}
