//! Every statement on products, stock and promises, and what their rows mean.

use super::model::{Level, Place, Reservation, Stage};
use contracts::commerce::Line;
use db::{DbError, DbResult, Row, Value};
use kernel::{Timestamp, Uuid};

db::statements! {
    ADD_PRODUCT = write("INSERT INTO products (id, sku, name, price_cents, version) VALUES (?1, ?2, ?3, ?4, 1)").row("products", &[1]).keyed();
    SET_PRICE = write("UPDATE products SET price_cents = ?3, version = version + 1 WHERE id = ?1 AND version = ?2").row("products", &[1]).keyed();
    PRODUCT = read("SELECT id, sku, name, price_cents, version FROM products WHERE id = ?1");
    PRODUCT_BY_SKU = read("SELECT id, sku, name, price_cents, version FROM products WHERE sku = ?1");
    /// A page of products by number. Parameters: after which; rows.
    PRODUCTS = read("SELECT id, sku, name, price_cents, version FROM products WHERE sku > ?1 ORDER BY sku LIMIT ?2");
    ADD_LEVEL = write("INSERT INTO stock_level (shop, product_id, on_hand, reserved, version) VALUES (?1, ?2, ?3, ?4, ?5)").row("stock_level", &[1, 2]).keyed();
    /// Moves a level on from a version.
    SET_LEVEL = write("UPDATE stock_level SET on_hand = ?3, reserved = ?4, version = ?5 WHERE shop = ?1 AND product_id = ?2 AND version = ?6").row("stock_level", &[1, 2]).keyed();
    LEVELS = read("SELECT shop, product_id, on_hand, reserved, version FROM stock_level WHERE among(product_id, ?1)");
    /// A page of one shop's levels. Parameters: the shop; after which product; rows.
    LEVELS_OF_SHOP = read("SELECT shop, product_id, on_hand, reserved, version FROM stock_level WHERE shop = ?1 AND product_id > ?2 ORDER BY product_id LIMIT ?3");
    ADD_MOVEMENT = write("INSERT INTO stock_movement (id, shop, product_id, kind, quantity, transaction_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").row("stock_movement", &[1]).keyed();
    ADD_RESERVATION = write("INSERT INTO reservation (transaction_id, shop, stage, paid, version) VALUES (?1, ?2, ?3, ?4, ?5)").row("reservation", &[1]).keyed();
    MOVE_RESERVATION = write("UPDATE reservation SET shop = ?3, stage = ?4, paid = ?5, version = ?6 WHERE transaction_id = ?1 AND version = ?2").row("reservation", &[1]).keyed();
    ADD_RESERVATION_LINE = write("INSERT INTO reservation_line (transaction_id, product_id, quantity, unit_price_cents) VALUES (?1, ?2, ?3, ?4)").row("reservation_line", &[1, 2]).keyed();
    RESERVATIONS = read("SELECT transaction_id, shop, stage, paid, version FROM reservation WHERE among(transaction_id, ?1)");
    RESERVATION_LINES = read("SELECT transaction_id, product_id, quantity, unit_price_cents FROM reservation_line WHERE among(transaction_id, ?1) ORDER BY transaction_id, product_id");
}

/// A product as its row says it.
pub(super) struct Product {
    pub(super) id: Uuid,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) price_cents: i64,
    pub(super) version: u64,
}

pub(super) fn product(row: &Row) -> DbResult<Product> {
    Ok(Product {
        id: row.uuid(0)?,
        sku: row.text(1)?,
        name: row.text(2)?,
        price_cents: row.int(3)?,
        version: row.count(4)?,
    })
}

pub(super) fn level(row: &Row) -> DbResult<(Place, Level)> {
    let level = Level { on_hand: row.int(2)?, reserved: row.int(3)?, version: row.count(4)? };
    Ok(((row.text(0)?, row.uuid(1)?), level))
}

/// A promise, its lines still missing.
pub(super) fn reservation(row: &Row) -> DbResult<Reservation> {
    let word = row.text(2)?;
    Ok(Reservation {
        transaction: row.uuid(0)?,
        shop: row.text(1)?,
        stage: Stage::parse(&word).ok_or_else(|| DbError::internal(format!("no stage `{word}`")))?,
        paid: row.bool(3)?,
        lines: Vec::new(),
        version: row.count(4)?,
    })
}

pub(super) fn reservation_line(row: &Row) -> DbResult<(Uuid, Line)> {
    let quantity = u32::try_from(row.int(2)?).map_err(|e| DbError::internal(e.to_string()))?;
    Ok((row.uuid(0)?, Line { product_id: row.uuid(1)?, quantity, unit_price_cents: row.int(3)? }))
}

/// Of a level that has come from a version.
pub(super) fn set_level(place: &Place, level: &Level, from: u64) -> Vec<Value> {
    db::params![&place.0, place.1, level.on_hand, level.reserved, level.version, from]
}

pub(super) fn movement(
    id: Uuid,
    place: &Place,
    kind: &str,
    quantity: i64,
    transaction: Option<Uuid>,
    at: Timestamp,
) -> Vec<Value> {
    db::params![id, &place.0, place.1, kind, quantity, transaction, at]
}
