//! Every statement on products, stock and promises, and what their rows mean.

use super::model::{Level, Place, Reservation, Stage};
use super::transfer::{State, Transfer, TransferLine};
use crate::catalogue::words_of;
use contracts::commerce::Line;
use contracts::inventory::Movement;
use db::{DbError, DbResult, Row, Value};
use kernel::Uuid;

/// The columns of a product, in the order of [`product`].
const PRODUCT_COLUMNS: &str = "id, sku, name, price_cents, ean13, category, vat, version";
/// The columns of a level, in the order of [`level`].
const LEVEL_COLUMNS: &str = "shop, product_id, on_hand, reserved, low_at, low, to_count, version";
/// The columns of a transfer, in the order of [`transfer`].
const TRANSFER_COLUMNS: &str = "id, from_shop, to_shop, state, requested_by, version, created_at, updated_at";

db::statements! {
    ADD_PRODUCT = write("INSERT INTO products (id, sku, name, price_cents, ean13, category, vat, words, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)").row("products", &[1]).keyed();
    SET_PRODUCT = write("UPDATE products SET name = ?3, price_cents = ?4, ean13 = ?5, category = ?6, vat = ?7, words = ?8, version = version + 1 WHERE id = ?1 AND version = ?2").row("products", &[1]).keyed();
    PRODUCT = read(format!("SELECT {PRODUCT_COLUMNS} FROM products WHERE id = ?1"));
    PRODUCT_BY_SKU = read(format!("SELECT {PRODUCT_COLUMNS} FROM products WHERE sku = ?1"));
    /// Another product with a bar code. Parameters: the code; whose it may be.
    PRODUCT_BY_EAN13 = read(format!("SELECT {PRODUCT_COLUMNS} FROM products WHERE ean13 = ?1 AND id <> ?2"));
    PRODUCTS_OF = read(format!("SELECT {PRODUCT_COLUMNS} FROM products WHERE among(id, ?1)"));
    /// A page of products by number. Parameters: after which; a category or nothing; a pattern or nothing; rows.
    PRODUCTS = read(format!("SELECT {PRODUCT_COLUMNS} FROM products WHERE sku > ?1 AND (?2 = '' OR category = ?2) AND (?3 = '' OR words LIKE ?3) ORDER BY sku LIMIT ?4"));
    CATEGORIES = read("SELECT category FROM products WHERE category <> '' GROUP BY category ORDER BY category");
    ADD_LEVEL = write("INSERT INTO stock_level (shop, product_id, on_hand, reserved, low_at, low, to_count, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").row("stock_level", &[1, 2]).keyed();
    /// Moves a level on from a version.
    SET_LEVEL = write("UPDATE stock_level SET on_hand = ?3, reserved = ?4, low_at = ?5, low = ?6, to_count = ?7, version = ?8 WHERE shop = ?1 AND product_id = ?2 AND version = ?9").row("stock_level", &[1, 2]).keyed();
    LEVELS = read(format!("SELECT {LEVEL_COLUMNS} FROM stock_level WHERE among(product_id, ?1)"));
    /// A page of one shop's levels. Parameters: the shop; after which product; rows.
    LEVELS_OF_SHOP = read(format!("SELECT {LEVEL_COLUMNS} FROM stock_level WHERE shop = ?1 AND product_id > ?2 ORDER BY product_id LIMIT ?3"));
    /// A page of levels with their products, by number and shop. Parameters: a shop or nothing; a category or nothing;
    /// a pattern or nothing; 1 for those that need somebody; number and shop to begin after; rows.
    STOCK = read("SELECT l.shop, l.product_id, l.on_hand, l.reserved, l.low_at, l.low, l.to_count, l.version, p.sku, p.name, p.category FROM stock_level l JOIN products p ON p.id = l.product_id WHERE (?1 = '' OR l.shop = ?1) AND (?2 = '' OR p.category = ?2) AND (?3 = '' OR p.words LIKE ?3) AND (?4 = 0 OR l.low = 1 OR l.to_count = 1) AND (p.sku > ?5 OR (p.sku = ?5 AND l.shop > ?6)) ORDER BY p.sku, l.shop LIMIT ?7");
    /// How many levels need somebody.
    NEEDY = read("SELECT count(*) FROM stock_level WHERE low = 1 OR to_count = 1");
    SHOPS = read("SELECT shop FROM stock_level GROUP BY shop ORDER BY shop");
    ADD_MOVEMENT = write("INSERT INTO stock_movement (id, shop, product_id, kind, quantity, transaction_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").row("stock_movement", &[1]).keyed();
    /// A page of the ledger, newest first. Parameters: a shop or nothing; a product; the place to begin after; rows.
    MOVEMENTS = read("SELECT id, shop, product_id, kind, quantity, transaction_id, at FROM stock_movement WHERE (?1 = '' OR shop = ?1) AND product_id = ?2 AND (at < ?3 OR (at = ?3 AND id < ?4)) ORDER BY at DESC, id DESC LIMIT ?5");
    /// Which of these have moved goods.
    MOVED_BY = read("SELECT transaction_id FROM stock_movement WHERE among(transaction_id, ?1) GROUP BY transaction_id");
    ADD_RESERVATION = write("INSERT INTO reservation (transaction_id, shop, stage, paid, version, round, refused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").row("reservation", &[1]).keyed();
    MOVE_RESERVATION = write("UPDATE reservation SET shop = ?3, stage = ?4, paid = ?5, version = ?6, round = ?7, refused = ?8 WHERE transaction_id = ?1 AND version = ?2").row("reservation", &[1]).keyed();
    ADD_RESERVATION_LINE = write("INSERT INTO reservation_line (transaction_id, product_id, quantity, unit_price_cents) VALUES (?1, ?2, ?3, ?4)").row("reservation_line", &[1, 2]).keyed();
    RESERVATIONS = read("SELECT transaction_id, shop, stage, paid, version, round, refused FROM reservation WHERE among(transaction_id, ?1)");
    RESERVATION_LINES = read("SELECT transaction_id, product_id, quantity, unit_price_cents FROM reservation_line WHERE among(transaction_id, ?1) ORDER BY transaction_id, product_id");
    ADD_TRANSFER = write("INSERT INTO transfer (id, from_shop, to_shop, state, requested_by, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").row("transfer", &[1]).keyed();
    MOVE_TRANSFER = write("UPDATE transfer SET state = ?3, version = ?4, updated_at = ?5 WHERE id = ?1 AND version = ?2").row("transfer", &[1]).keyed();
    ADD_TRANSFER_LINE = write("INSERT INTO transfer_line (transfer_id, product_id, asked, received) VALUES (?1, ?2, ?3, 0)").row("transfer_line", &[1, 2]).keyed();
    SET_TRANSFER_LINE = write("UPDATE transfer_line SET received = ?3 WHERE transfer_id = ?1 AND product_id = ?2").row("transfer_line", &[1, 2]).keyed();
    TRANSFER = read(format!("SELECT {TRANSFER_COLUMNS} FROM transfer WHERE id = ?1"));
    TRANSFER_LINES = read("SELECT transfer_id, product_id, asked, received FROM transfer_line WHERE among(transfer_id, ?1) ORDER BY transfer_id, product_id");
    /// A page of transfers, newest first. Parameters: a state or nothing; the place to begin after; rows.
    TRANSFERS = read(format!("SELECT {TRANSFER_COLUMNS} FROM transfer WHERE (?1 = '' OR state = ?1) AND (created_at < ?2 OR (created_at = ?2 AND id < ?3)) ORDER BY created_at DESC, id DESC LIMIT ?4"));
    /// Pieces on their way to a shop. Parameter: the products.
    UNDER_WAY = read("SELECT t.to_shop, l.product_id, sum(l.asked) FROM transfer t JOIN transfer_line l ON l.transfer_id = t.id WHERE t.state = 'shipped' AND among(l.product_id, ?1) GROUP BY t.to_shop, l.product_id");
}

/// A product as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Product {
    pub(super) id: Uuid,
    pub(super) sku: String,
    pub(super) name: String,
    /// The price of one, taxes included.
    pub(super) price_cents: i64,
    pub(super) ean13: Option<String>,
    pub(super) category: String,
    /// The class of its VAT.
    pub(super) vat: String,
    pub(super) version: u64,
}

pub(super) fn product(row: &Row) -> DbResult<Product> {
    Ok(Product {
        id: row.uuid(0)?,
        sku: row.text(1)?,
        name: row.text(2)?,
        price_cents: row.int(3)?,
        ean13: row.opt_text(4)?,
        category: row.text(5)?,
        vat: row.text(6)?,
        version: row.count(7)?,
    })
}

fn words(p: &Product) -> String {
    words_of(&p.sku, &p.name, p.ean13.as_deref(), &p.category)
}

pub(super) fn add_product(p: &Product) -> Vec<Value> {
    let ean13 = p.ean13.as_deref();
    db::params![p.id, &p.sku, &p.name, p.price_cents, ean13, &p.category, &p.vat, words(p)]
}

/// Of a product that has moved on from the version before its own.
pub(super) fn set_product(p: &Product) -> Vec<Value> {
    let ean13 = p.ean13.as_deref();
    db::params![p.id, p.version - 1, &p.name, p.price_cents, ean13, &p.category, &p.vat, words(p)]
}

pub(super) fn level(row: &Row) -> DbResult<(Place, Level)> {
    let level = Level {
        on_hand: row.int(2)?,
        reserved: row.int(3)?,
        low_at: row.int(4)?,
        low: row.bool(5)?,
        to_count: row.bool(6)?,
        version: row.count(7)?,
    };
    Ok(((row.text(0)?, row.uuid(1)?), level))
}

/// The shops that a promise was taken from, as its row says them.
pub(super) fn refused(of: &Reservation) -> String {
    serde_json::json!(of.refused).to_string()
}

/// A promise, its lines still missing.
pub(super) fn reservation(row: &Row) -> DbResult<Reservation> {
    let word = row.text(2)?;
    let refused = serde_json::from_str(&row.text(6)?).map_err(|e| DbError::internal(e.to_string()))?;
    Ok(Reservation {
        transaction: row.uuid(0)?,
        shop: row.text(1)?,
        stage: Stage::parse(&word).ok_or_else(|| DbError::internal(format!("no stage `{word}`")))?,
        paid: row.bool(3)?,
        lines: Vec::new(),
        round: u32::try_from(row.int(5)?).map_err(|e| DbError::internal(e.to_string()))?,
        refused,
        version: row.count(4)?,
    })
}

pub(super) fn reservation_line(row: &Row) -> DbResult<(Uuid, Line)> {
    let quantity = u32::try_from(row.int(2)?).map_err(|e| DbError::internal(e.to_string()))?;
    Ok((row.uuid(0)?, Line { product_id: row.uuid(1)?, quantity, unit_price_cents: row.int(3)? }))
}

/// Of a level that is new.
pub(super) fn add_level(place: &Place, level: &Level) -> Vec<Value> {
    let Level { on_hand, reserved, low_at, low, to_count, version } = *level;
    db::params![&place.0, place.1, on_hand, reserved, low_at, i64::from(low), i64::from(to_count), version]
}

/// Of a level that has come from a version.
pub(super) fn set_level(place: &Place, level: &Level, from: u64) -> Vec<Value> {
    let mut params = add_level(place, level);
    params.extend(db::params![from]);
    params
}

pub(super) fn movement(place: &Place, m: &Movement) -> Vec<Value> {
    db::params![m.id, &place.0, place.1, m.kind.as_str(), m.quantity, m.transaction_id, m.at]
}

/// A row of the ledger with its place.
pub(super) fn moved(row: &Row) -> DbResult<(Place, Movement)> {
    let movement = Movement {
        id: row.uuid(0)?,
        kind: row.text(3)?,
        quantity: row.int(4)?,
        transaction_id: row.opt_uuid(5)?,
        at: row.instant(6)?,
    };
    Ok(((row.text(1)?, row.uuid(2)?), movement))
}

/// A transfer, its lines still missing.
pub(super) fn transfer(row: &Row) -> DbResult<Transfer> {
    let word = row.text(3)?;
    Ok(Transfer {
        id: row.uuid(0)?,
        from: row.text(1)?,
        to: row.text(2)?,
        state: State::parse(&word).ok_or_else(|| DbError::internal(format!("no state `{word}`")))?,
        requested_by: row.uuid(4)?,
        version: row.count(5)?,
        created_at: row.instant(6)?,
        updated_at: row.instant(7)?,
        lines: Vec::new(),
    })
}

pub(super) fn transfer_line(row: &Row) -> DbResult<(Uuid, TransferLine)> {
    Ok((row.uuid(0)?, TransferLine { product: row.uuid(1)?, asked: row.int(2)?, received: row.int(3)? }))
}
