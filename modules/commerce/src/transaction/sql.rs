//! Every statement on transactions, and what their rows mean.

use super::model::{Routing, State, Transaction};
use contracts::commerce::Line;
use db::{DbError, DbResult, Row, Value};

/// The columns of a transaction, in the order of [`transaction`].
const COLUMNS: &str = "t.id, t.shop, t.customer_id, t.total_cents, t.state, t.reason, t.reserved_early, t.paid, t.settled, t.delivered, t.returned_cents, t.reroute, t.round, t.routing, t.version, t.created_at, t.updated_at";

db::statements! {
    ADD = write("INSERT INTO transactions (id, shop, customer_id, total_cents, state, reason, reserved_early, paid, settled, delivered, returned_cents, reroute, round, routing, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)").row("transactions", &[1]).keyed();
    ADD_LINE = write("INSERT INTO transaction_line (transaction_id, product_id, quantity, unit_price_cents) VALUES (?1, ?2, ?3, ?4)").row("transaction_line", &[1, 2]).keyed();
    /// Moves a transaction on from a version.
    MOVE = write("UPDATE transactions SET state = ?3, reason = ?4, reserved_early = ?5, paid = ?6, settled = ?7, delivered = ?8, returned_cents = ?9, version = ?10, updated_at = ?11, shop = ?12, round = ?13, routing = ?14 WHERE id = ?1 AND version = ?2").row("transactions", &[1]).keyed();
    ONE = read(format!("SELECT {COLUMNS} FROM transactions t WHERE t.id = ?1"));
    SEVERAL = read(format!("SELECT {COLUMNS} FROM transactions t WHERE among(t.id, ?1)"));
    LINES = read("SELECT product_id, quantity, unit_price_cents FROM transaction_line WHERE transaction_id = ?1 ORDER BY product_id");
    /// A page, newest first. Parameters: the reach; a state or nothing; the place to begin after; rows.
    PAGE = read(format!("SELECT {COLUMNS} FROM transactions t WHERE {} AND (?4 = '' OR t.state = ?4) AND (t.created_at < ?5 OR (t.created_at = ?5 AND t.id < ?6)) ORDER BY t.created_at DESC, t.id DESC LIMIT ?7", web::predicate("t.customer_id", "t.customer_id", 1)));
    OFFERS = read("SELECT product_id, price_cents, name FROM offer WHERE generation = ?1 AND among(product_id, ?2)");
    PUT_OFFER = write("INSERT INTO offer (generation, product_id, price_cents, name) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, product_id) DO UPDATE SET price_cents = ?3, name = ?4");
    /// Counts what the table of states has no line for.
    COUNT_UNEXPECTED = write("INSERT INTO unexpected (state, heard, times) VALUES (?1, ?2, 1) ON CONFLICT (state, heard) DO UPDATE SET times = unexpected.times + 1");
    UNEXPECTED = read("SELECT state, heard, times FROM unexpected ORDER BY state, heard");
    /// How many are in each state, and since when the oldest.
    COUNTS = read("SELECT state, count(*), min(updated_at) FROM transactions GROUP BY state ORDER BY state");
    /// What has waited for longer than it may. Parameters: the instants before which a transaction that was created,
    /// paid, reserved, or cancelled and not settled, is overdue; rows.
    OVERDUE = read(format!("SELECT {COLUMNS} FROM transactions t WHERE (t.state = 'created' AND t.updated_at < ?1) OR (t.state = 'paid' AND t.updated_at < ?2) OR (t.state = 'reserved' AND t.updated_at < ?3) OR (t.state = 'cancelled' AND t.settled = 0 AND t.updated_at < ?4) ORDER BY t.updated_at, t.id LIMIT ?5"));
    FORGET_OFFERS = write("DELETE FROM offer WHERE generation = ?1");
}

pub(super) fn add_params(t: &Transaction) -> Vec<Value> {
    db::params![
        t.id,
        &t.shop,
        t.customer,
        t.total_cents,
        t.state.word(),
        t.reason.as_deref(),
        i64::from(t.reserved_early),
        i64::from(t.paid),
        i64::from(t.settled),
        i64::from(t.delivered),
        t.returned_cents,
        i64::from(t.reroute),
        i64::from(t.round),
        t.routing.word(),
        t.version,
        t.created_at,
        t.updated_at,
    ]
}

/// Of a transaction that has moved on from the version before its own.
pub(super) fn move_params(t: &Transaction) -> Vec<Value> {
    db::params![
        t.id,
        t.version - 1,
        t.state.word(),
        t.reason.as_deref(),
        i64::from(t.reserved_early),
        i64::from(t.paid),
        i64::from(t.settled),
        i64::from(t.delivered),
        t.returned_cents,
        t.version,
        t.updated_at,
        &t.shop,
        i64::from(t.round),
        t.routing.word(),
    ]
}

pub(super) fn transaction(row: &Row) -> DbResult<Transaction> {
    let word = row.text(4)?;
    let routing = row.text(13)?;
    let round = u32::try_from(row.int(12)?).map_err(|e| DbError::internal(e.to_string()))?;
    Ok(Transaction {
        id: row.uuid(0)?,
        shop: row.text(1)?,
        customer: row.uuid(2)?,
        total_cents: row.int(3)?,
        state: State::parse(&word).ok_or_else(|| DbError::internal(format!("no state `{word}`")))?,
        reason: row.opt_text(5)?,
        reserved_early: row.bool(6)?,
        paid: row.bool(7)?,
        settled: row.bool(8)?,
        delivered: row.bool(9)?,
        returned_cents: row.int(10)?,
        reroute: row.bool(11)?,
        round,
        routing: Routing::parse(&routing)
            .ok_or_else(|| DbError::internal(format!("no routing `{routing}`")))?,
        version: row.count(14)?,
        created_at: row.instant(15)?,
        updated_at: row.instant(16)?,
    })
}

pub(super) fn line(row: &Row) -> DbResult<Line> {
    let quantity = u32::try_from(row.int(1)?).map_err(|e| DbError::internal(e.to_string()))?;
    Ok(Line { product_id: row.uuid(0)?, quantity, unit_price_cents: row.int(2)? })
}
