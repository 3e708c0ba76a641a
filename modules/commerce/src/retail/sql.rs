//! Every statement on the orders of shops, and what their rows mean.

use super::model::{ShopOrder, Stage};
use db::{DbError, DbResult, Row, Value};

/// The columns of an order, in the order of [`shop_order`].
const COLUMNS: &str = "transaction_id, shop, stage, pieces, version, assigned_at, note, round, ended";

/// The orders of a shop at a stage after a place, in one of the tables.
fn of_shop(columns: &str, table: &str) -> String {
    format!(
        "SELECT {columns} FROM {table} WHERE shop = ?1 AND stage = ?2 AND (assigned_at > ?3 OR (assigned_at = ?3 AND transaction_id > ?4))"
    )
}

db::statements! {
    ADD = write("INSERT INTO shop_order (transaction_id, shop, stage, pieces, version, assigned_at, round, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").row("shop_order", &[1]).keyed();
    /// Moves an order on from the version before its own.
    MOVE = write("UPDATE shop_order SET stage = ?3, version = ?4, note = ?5, shop = ?6, pieces = ?7, assigned_at = ?8, round = ?9, ended = ?10 WHERE transaction_id = ?1 AND version = ?2").row("shop_order", &[1]).keyed();
    ONE = read(format!("SELECT {COLUMNS} FROM shop_order WHERE transaction_id = ?1"));
    ADD_LINE = write("INSERT INTO shop_order_line (transaction_id, product_id, quantity) VALUES (?1, ?2, ?3)").row("shop_order_line", &[1, 2]).keyed();
    LINES = read("SELECT product_id, quantity FROM shop_order_line WHERE transaction_id = ?1 ORDER BY product_id");
    SEVERAL = read(format!("SELECT {COLUMNS} FROM shop_order WHERE among(transaction_id, ?1)"));
    /// What a shop had that has given an order back.
    ADD_PAST = write("INSERT INTO shop_order_past (transaction_id, round, shop, stage, pieces, assigned_at, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").row("shop_order_past", &[1, 2]).keyed();
    /// A page of a shop's orders at a stage, oldest first, with those that another one has now. Parameters: shop, stage;
    /// the place to begin after; rows.
    PAGE = read(format!(
        "SELECT o.transaction_id, o.shop, o.stage, o.pieces, o.version, o.assigned_at, o.note, o.round, o.ended FROM ({} UNION ALL {}) o ORDER BY o.assigned_at, o.transaction_id, o.round LIMIT ?5",
        of_shop(COLUMNS, "shop_order"),
        of_shop("transaction_id, shop, stage, pieces, 0 AS version, assigned_at, note, round, 1 AS ended", "shop_order_past"),
    ));
}

pub(super) fn add_params(o: &ShopOrder) -> Vec<Value> {
    let (round, ended) = (i64::from(o.round), i64::from(o.ended));
    db::params![o.transaction, &o.shop, o.stage.word(), o.pieces, o.version, o.assigned_at, round, ended]
}

pub(super) fn move_params(o: &ShopOrder) -> Vec<Value> {
    let (stage, note) = (o.stage.word(), o.note.as_deref());
    let (round, ended) = (i64::from(o.round), i64::from(o.ended));
    let now = db::params![&o.shop, o.pieces, o.assigned_at, round, ended];
    [db::params![o.transaction, o.version - 1, stage, o.version, note], now].concat()
}

/// Of an order as a shop had it that has given it back.
pub(super) fn past_params(o: &ShopOrder) -> Vec<Value> {
    let (round, note) = (i64::from(o.round), o.note.as_deref());
    db::params![o.transaction, round, &o.shop, o.stage.word(), o.pieces, o.assigned_at, note]
}

pub(super) fn shop_order(row: &Row) -> DbResult<ShopOrder> {
    let word = row.text(2)?;
    Ok(ShopOrder {
        transaction: row.uuid(0)?,
        shop: row.text(1)?,
        stage: Stage::parse(&word).ok_or_else(|| DbError::internal(format!("no stage `{word}`")))?,
        pieces: row.int(3)?,
        version: row.count(4)?,
        assigned_at: row.instant(5)?,
        note: row.opt_text(6)?,
        round: u32::try_from(row.int(7)?).map_err(|e| DbError::internal(e.to_string()))?,
        ended: row.bool(8)?,
    })
}
