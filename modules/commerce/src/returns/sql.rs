//! Every statement on returns, and what their rows mean.

use super::model::{Known, Return, SentBack, State};
use contracts::commerce::Line;
use db::{Batch, Db, DbError, DbResult, Row};
use kernel::Uuid;
use std::collections::BTreeMap;

/// The columns of a return, in the order of [`found`].
const COLUMNS: &str = "r.id, r.transaction_id, r.customer_id, r.shop, r.reason, r.amount_cents, r.state, r.refusal, r.version, r.created_at, r.updated_at";

db::statements! {
    ADD = write("INSERT INTO return_request (id, transaction_id, customer_id, shop, reason, amount_cents, state, refusal, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)").row("return_request", &[1]).keyed();
    ADD_LINE = write("INSERT INTO return_line (return_id, product_id, quantity, unit_price_cents, restock) VALUES (?1, ?2, ?3, ?4, ?5)").row("return_line", &[1, 2]).keyed();
    MOVE = write("UPDATE return_request SET state = ?3, refusal = ?4, version = ?5, updated_at = ?6 WHERE id = ?1 AND version = ?2").row("return_request", &[1]).keyed();
    ONE = read(format!("SELECT {COLUMNS} FROM return_request r WHERE r.id = ?1"));
    OF_TRANSACTION = read(format!("SELECT {COLUMNS} FROM return_request r WHERE r.transaction_id = ?1 ORDER BY r.id"));
    LINES = read("SELECT return_id, product_id, quantity, unit_price_cents, restock FROM return_line WHERE among(return_id, ?1) ORDER BY return_id, product_id");
    /// A page, newest first. Parameters: the reach; a state or nothing; the place to begin after; rows.
    PAGE = read(format!("SELECT {COLUMNS} FROM return_request r WHERE {} AND (?4 = '' OR r.state = ?4) AND (r.created_at < ?5 OR (r.created_at = ?5 AND r.id < ?6)) ORDER BY r.created_at DESC, r.id DESC LIMIT ?7", web::predicate("r.customer_id", "r.customer_id", 1)));
    ORDER = read("SELECT customer_id, shop, completed, delivered FROM known_order WHERE generation = ?1 AND transaction_id = ?2");
    ORDER_LINES = read("SELECT product_id, quantity, unit_price_cents FROM known_line WHERE generation = ?1 AND transaction_id = ?2 ORDER BY product_id");
    PUT_ORDER = write("INSERT INTO known_order (generation, transaction_id, customer_id, shop, completed, delivered) VALUES (?1, ?2, ?3, ?4, 0, 0) ON CONFLICT (generation, transaction_id) DO UPDATE SET customer_id = ?3, shop = ?4");
    PUT_LINE = write("INSERT INTO known_line (generation, transaction_id, product_id, quantity, unit_price_cents) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, transaction_id, product_id) DO NOTHING");
    COMPLETED = write("INSERT INTO known_order (generation, transaction_id, customer_id, shop, completed, delivered) VALUES (?1, ?2, NULL, '', 1, 0) ON CONFLICT (generation, transaction_id) DO UPDATE SET completed = 1");
    AT_SHOP = write("UPDATE known_order SET shop = ?3 WHERE generation = ?1 AND transaction_id = ?2");
    DELIVERED = write("INSERT INTO known_order (generation, transaction_id, customer_id, shop, completed, delivered) VALUES (?1, ?2, NULL, '', 0, 1) ON CONFLICT (generation, transaction_id) DO UPDATE SET delivered = 1");
    PUT_ARTICLE = write("INSERT INTO article (generation, product_id, name) VALUES (?1, ?2, ?3) ON CONFLICT (generation, product_id) DO UPDATE SET name = ?3");
    FORGET_ARTICLES = write("DELETE FROM article WHERE generation = ?1");
    ARTICLES = read("SELECT product_id, name FROM article WHERE generation = ?1 AND among(product_id, ?2)");
    FORGET_ORDERS = write("DELETE FROM known_order WHERE generation = ?1");
    FORGET_LINES = write("DELETE FROM known_line WHERE generation = ?1");
}

/// Adds a new return to a Batch.
pub(super) fn add(batch: &mut Batch, r: &Return) {
    let params = db::params![
        r.id,
        r.transaction,
        r.customer,
        &r.shop,
        &r.reason,
        r.amount_cents,
        r.state.word(),
        r.refusal.as_deref(),
        r.version,
        r.created_at,
        r.updated_at
    ];
    batch.expect_one(&ADD, params);
    for line in &r.lines {
        let (quantity, restock) = (i64::from(line.quantity), i64::from(line.restock));
        let params = db::params![r.id, line.product, quantity, line.unit_price_cents, restock];
        batch.expect_one(&ADD_LINE, params);
    }
}

/// The parameters of [`MOVE`] for a return that has moved on from the version before its own.
pub(super) fn move_params(r: &Return) -> Vec<db::Value> {
    db::params![r.id, r.version - 1, r.state.word(), r.refusal.as_deref(), r.version, r.updated_at]
}

fn found(row: &Row) -> DbResult<Return> {
    let word = row.text(6)?;
    Ok(Return {
        id: row.uuid(0)?,
        transaction: row.uuid(1)?,
        customer: row.uuid(2)?,
        shop: row.text(3)?,
        reason: row.text(4)?,
        amount_cents: row.int(5)?,
        state: State::parse(&word).ok_or_else(|| DbError::internal(format!("no state `{word}`")))?,
        refusal: row.opt_text(7)?,
        version: row.count(8)?,
        created_at: row.instant(9)?,
        updated_at: row.instant(10)?,
        lines: Vec::new(),
    })
}

fn pieces(row: &Row, column: usize) -> DbResult<u32> {
    u32::try_from(row.int(column)?).map_err(|e| DbError::internal(e.to_string()))
}

/// Returns with their lines, in the order of the rows.
pub(super) async fn whole(db: &Db, rows: &[Row]) -> DbResult<Vec<Return>> {
    let mut returns = rows.iter().map(found).collect::<DbResult<Vec<_>>>()?;
    let ids: Vec<Uuid> = returns.iter().map(|r| r.id).collect();
    let mut lines: BTreeMap<Uuid, Vec<SentBack>> = BTreeMap::new();
    for row in db.query(&LINES, db::params![crate::reading::list(&ids)]).await? {
        let (product, unit_price_cents) = (row.uuid(1)?, row.int(3)?);
        let line = SentBack { product, quantity: pieces(&row, 2)?, unit_price_cents, restock: row.bool(4)? };
        lines.entry(row.uuid(0)?).or_default().push(line);
    }
    for r in &mut returns {
        r.lines = lines.remove(&r.id).unwrap_or_default();
    }
    Ok(returns)
}

/// The returns of an order, in the order of their beginning.
pub(super) async fn of_transaction(db: &Db, transaction: Uuid) -> DbResult<Vec<Return>> {
    let rows = db.query(&OF_TRANSACTION, db::params![transaction]).await?;
    whole(db, &rows).await
}

/// One return.
pub(super) async fn one(db: &Db, id: Uuid) -> DbResult<Option<Return>> {
    let rows = db.query(&ONE, db::params![id]).await?;
    Ok(whole(db, &rows).await?.pop())
}

/// An order that something can be sent back of, as far as it is known.
pub(super) async fn order(db: &Db, generation: u64, transaction: Uuid) -> DbResult<Option<Known>> {
    let Some(row) = db.query_one(&ORDER, db::params![generation, transaction]).await? else {
        return Ok(None);
    };
    let mut lines = Vec::new();
    for row in db.query(&ORDER_LINES, db::params![generation, transaction]).await? {
        let (product_id, unit_price_cents) = (row.uuid(0)?, row.int(2)?);
        lines.push(Line { product_id, quantity: pieces(&row, 1)?, unit_price_cents });
    }
    Ok(Some(Known {
        customer: row.opt_uuid(0)?,
        shop: row.text(1)?,
        completed: row.bool(2)?,
        delivered: row.bool(3)?,
        lines,
    }))
}
