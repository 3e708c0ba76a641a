//! Every statement on payments, and what their rows mean.

use super::model::{Account, Back, Payment, Refund, Stage};
use db::{Batch, Db, DbError, DbResult, Row, Value};
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;

/// The columns of a payment, in the order of [`payment`].
const COLUMNS: &str = "transaction_id, amount_cents, method, stage, attempt, cancelled, captured_cents, refunded_cents, returning_cents, hand_cents, version, created_at";

db::statements! {
    ADD = write(format!("INSERT INTO payment ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")).row("payment", &[1]).keyed();
    /// Moves a payment on from the version before its own.
    MOVE = write("UPDATE payment SET stage = ?3, attempt = ?4, cancelled = ?5, captured_cents = ?6, refunded_cents = ?7, returning_cents = ?8, hand_cents = ?9, version = ?10 WHERE transaction_id = ?1 AND version = ?2").row("payment", &[1]).keyed();
    ADD_REFUND = write("INSERT INTO payment_refund (id, transaction_id, amount_cents, reason, state, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)").row("payment_refund", &[1]).keyed();
    MOVE_REFUND = write("UPDATE payment_refund SET state = ?3, version = ?4 WHERE id = ?1 AND version = ?2").row("payment_refund", &[1]).keyed();
    SEVERAL = read(format!("SELECT {COLUMNS} FROM payment WHERE among(transaction_id, ?1)"));
    REFUNDS = read("SELECT transaction_id, id, amount_cents, reason, state, version FROM payment_refund WHERE among(transaction_id, ?1) ORDER BY id");
    /// A page, newest first. Parameters: a stage or nothing; the place to begin after; rows.
    PAGE = read(format!("SELECT {COLUMNS} FROM payment WHERE (?1 = '' OR stage = ?1) AND (created_at < ?2 OR (created_at = ?2 AND transaction_id < ?3)) ORDER BY created_at DESC, transaction_id DESC LIMIT ?4"));
    /// Payments whose sums are not those of their refunds.
    ODD_AMOUNTS = read("SELECT p.transaction_id, p.refunded_cents, p.returning_cents, p.hand_cents FROM payment p WHERE p.refunded_cents <> (SELECT coalesce(sum(r.amount_cents), 0) FROM payment_refund r WHERE r.transaction_id = p.transaction_id AND r.state = 'done') OR p.returning_cents <> (SELECT coalesce(sum(q.amount_cents), 0) FROM payment_refund q WHERE q.transaction_id = p.transaction_id AND q.state IN ('asked', 'manual')) ORDER BY p.transaction_id LIMIT 100");
}

/// Adds a payment after a change to a Batch: the rows that differ from before.
pub(super) fn write(batch: &mut Batch, after: &Account, refund: Option<Uuid>) {
    let p = &after.payment;
    let amounts = db::params![p.captured_cents, p.refunded_cents, p.returning_cents, p.hand_cents, p.version];
    if p.version == 1 {
        let cancelled = i64::from(p.cancelled);
        let mut params =
            db::params![p.transaction, p.amount_cents, &p.method, p.stage.word(), p.attempt, cancelled];
        params.extend(amounts);
        params.push(Value::from(batch.at));
        batch.expect_one(&ADD, params);
    } else {
        let cancelled = i64::from(p.cancelled);
        let mut params = db::params![p.transaction, p.version - 1, p.stage.word(), p.attempt, cancelled];
        params.extend(amounts);
        batch.expect_one(&MOVE, params);
    }
    let Some(r) = refund.and_then(|id| after.refunds.get(&id)) else { return };
    match r.version {
        1 => {
            let params =
                db::params![r.id, p.transaction, r.amount_cents, &r.reason, r.state.word(), r.version];
            batch.expect_one(&ADD_REFUND, params)
        }
        _ => batch.expect_one(&MOVE_REFUND, db::params![r.id, r.version - 1, r.state.word(), r.version]),
    };
}

fn word<T>(row: &Row, column: usize, parse: impl Fn(&str) -> Option<T>) -> DbResult<T> {
    let word = row.text(column)?;
    parse(&word).ok_or_else(|| DbError::internal(format!("no state `{word}`")))
}

/// A payment, and when it began.
pub(super) fn payment(row: &Row) -> DbResult<(Payment, Timestamp)> {
    let payment = Payment {
        transaction: row.uuid(0)?,
        amount_cents: row.int(1)?,
        method: row.text(2)?,
        stage: word(row, 3, Stage::parse)?,
        attempt: u32::try_from(row.int(4)?).unwrap_or(1),
        cancelled: row.bool(5)?,
        captured_cents: row.int(6)?,
        refunded_cents: row.int(7)?,
        returning_cents: row.int(8)?,
        hand_cents: row.int(9)?,
        version: row.count(10)?,
    };
    Ok((payment, row.instant(11)?))
}

fn refund(row: &Row) -> DbResult<Refund> {
    Ok(Refund {
        id: row.uuid(1)?,
        amount_cents: row.int(2)?,
        reason: row.text(3)?,
        state: word(row, 4, Back::parse)?,
        version: row.count(5)?,
    })
}

/// The payments of some transactions, as far as there are any.
pub(super) async fn accounts(db: &Db, ids: serde_json::Value) -> DbResult<BTreeMap<Uuid, Account>> {
    let mut accounts = BTreeMap::new();
    for row in db.query(&SEVERAL, db::params![ids.clone()]).await? {
        let (payment, _) = payment(&row)?;
        accounts.insert(payment.transaction, Account { payment, refunds: BTreeMap::new() });
    }
    for row in db.query(&REFUNDS, db::params![ids]).await? {
        if let Some(account) = accounts.get_mut(&row.uuid(0)?) {
            let refund = refund(&row)?;
            account.refunds.insert(refund.id, refund);
        }
    }
    Ok(accounts)
}

/// What does not add up: the sums of a payment are those of its refunds, and what is left of it is never negative.
pub(super) async fn odd(db: Db) -> DbResult<Vec<flow::Finding>> {
    let rows = db.query(&ODD_AMOUNTS, Vec::new()).await?;
    let finding = |row: &Row| {
        let place = format!("payment {}", row.uuid(0)?);
        let message = format!(
            "{} cents were given back and {} are to be, and its refunds say otherwise",
            row.int(1)?,
            row.int(2)?
        );
        Ok(flow::Finding::new(&db, place, message))
    };
    rows.iter().map(finding).collect()
}
