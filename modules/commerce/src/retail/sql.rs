//! Every statement on the orders of shops, and what their rows mean.

use super::model::{ShopOrder, Stage};
use db::{DbError, DbResult, Row, Value};

/// The columns of an order, in the order of [`shop_order`].
const COLUMNS: &str = "transaction_id, shop, stage, pieces, version, assigned_at, note";

db::statements! {
    ADD = write("INSERT INTO shop_order (transaction_id, shop, stage, pieces, version, assigned_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)").row("shop_order", &[1]).keyed();
    /// Moves an order on from the version before its own.
    MOVE = write("UPDATE shop_order SET stage = ?3, version = ?4, note = ?5 WHERE transaction_id = ?1 AND version = ?2").row("shop_order", &[1]).keyed();
    ONE = read(format!("SELECT {COLUMNS} FROM shop_order WHERE transaction_id = ?1"));
    ADD_LINE = write("INSERT INTO shop_order_line (transaction_id, product_id, quantity) VALUES (?1, ?2, ?3)").row("shop_order_line", &[1, 2]).keyed();
    LINES = read("SELECT product_id, quantity FROM shop_order_line WHERE transaction_id = ?1 ORDER BY product_id");
    SEVERAL = read(format!("SELECT {COLUMNS} FROM shop_order WHERE among(transaction_id, ?1)"));
    /// A page of a shop's orders at a stage, oldest first. Parameters: shop, stage; the place to begin after; rows.
    PAGE = read(format!("SELECT {COLUMNS} FROM shop_order WHERE shop = ?1 AND stage = ?2 AND (assigned_at > ?3 OR (assigned_at = ?3 AND transaction_id > ?4)) ORDER BY assigned_at, transaction_id LIMIT ?5"));
}

pub(super) fn add_params(o: &ShopOrder) -> Vec<Value> {
    db::params![o.transaction, &o.shop, o.stage.word(), o.pieces, o.version, o.assigned_at]
}

pub(super) fn move_params(o: &ShopOrder) -> Vec<Value> {
    db::params![o.transaction, o.version - 1, o.stage.word(), o.version, o.note.as_deref()]
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
    })
}
