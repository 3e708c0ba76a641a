//! Every statement on carts, web orders and the shop's copies, and what their rows mean.

use super::model::{Article, Cart, CartLine, OrderLine, Step, WebOrder};
use db::{DbError, DbResult, Row, Value};
use kernel::Uuid;
use std::collections::BTreeMap;

/// The columns of a cart, in the order of [`cart`].
const CART: &str = "id, customer_id, shop, order_id, version, created_at, updated_at";
/// The columns of an order, in the order of [`order`].
const ORDER: &str = "o.id, o.cart_id, o.customer_id, o.shop, o.total_cents, o.payment_method, o.reroute, o.withdrawn, o.version, o.placed_at";
/// The columns of an article, in the order of [`article`].
const ARTICLE: &str = "product_id, sku, name, price_cents, vat_rate_bp, category";

db::statements! {
    CUSTOMER = read("SELECT seen_at, version FROM customer WHERE id = ?1");
    ADD_CUSTOMER = write("INSERT INTO customer (id, seen_at, version) VALUES (?1, ?2, 1)").row("customer", &[1]).keyed();
    SET_CUSTOMER = write("UPDATE customer SET seen_at = ?3, version = version + 1 WHERE id = ?1 AND version = ?2").row("customer", &[1]).keyed();
    ADD_CART = write("INSERT INTO cart (id, customer_id, shop, state, order_id, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").row("cart", &[1]).keyed();
    MOVE_CART = write("UPDATE cart SET shop = ?3, state = ?4, order_id = ?5, version = ?6, updated_at = ?7 WHERE id = ?1 AND version = ?2").row("cart", &[1]).keyed();
    PUT_CART_LINE = write("INSERT INTO cart_line (cart_id, product_id, quantity, unit_price_cents) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = ?3, unit_price_cents = ?4").row("cart_line", &[1, 2]);
    DROP_CART_LINE = write("DELETE FROM cart_line WHERE cart_id = ?1 AND product_id = ?2").deletes("cart_line", &[1, 2]);
    CART_BY_ID = read(format!("SELECT {CART} FROM cart WHERE id = ?1"));
    OPEN_CART = read(format!("SELECT {CART} FROM cart WHERE customer_id = ?1 AND state = 'open'"));
    /// A page of somebody's carts, newest first. Parameters: whose; the place to begin after; rows.
    CARTS = read(format!("SELECT {CART} FROM cart WHERE customer_id = ?1 AND (created_at < ?2 OR (created_at = ?2 AND id < ?3)) ORDER BY created_at DESC, id DESC LIMIT ?4"));
    CART_LINES = read("SELECT cart_id, product_id, quantity, unit_price_cents FROM cart_line WHERE among(cart_id, ?1)");
    ADD_ORDER = write("INSERT INTO web_order (id, cart_id, customer_id, shop, total_cents, payment_method, reroute, withdrawn, version, placed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?8, 0, 1, ?7)").row("web_order", &[1]).keyed();
    WITHDRAW = write("UPDATE web_order SET withdrawn = 1, version = ?3 WHERE id = ?1 AND version = ?2").row("web_order", &[1]).keyed();
    ADD_ORDER_LINE = write("INSERT INTO web_order_line (order_id, product_id, sku, name, quantity, unit_price_cents, vat_rate_bp) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").row("web_order_line", &[1, 2]).keyed();
    ORDER_BY_ID = read(format!("SELECT {ORDER} FROM web_order o WHERE o.id = ?1"));
    /// A page of orders, newest first. Parameters: the reach; the place to begin after; rows.
    ORDERS = read(format!("SELECT {ORDER} FROM web_order o WHERE {} AND (o.placed_at < ?4 OR (o.placed_at = ?4 AND o.id < ?5)) ORDER BY o.placed_at DESC, o.id DESC LIMIT ?6", web::predicate("o.customer_id", "o.customer_id", 1)));
    ORDER_LINES = read("SELECT product_id, sku, name, quantity, unit_price_cents, vat_rate_bp FROM web_order_line WHERE order_id = ?1 ORDER BY sku");
    /// What became of orders. Parameters: the generation; which.
    STEPS = read("SELECT order_id, kind, at, detail FROM order_step WHERE generation = ?1 AND among(order_id, ?2) ORDER BY at, kind");
    /// What became of somebody's orders, newest first. Parameters: the generation; whose; kinds of steps; the place to
    /// begin after; rows.
    NOTICES = read("SELECT s.order_id, s.kind, s.at, s.detail FROM order_step s JOIN web_order o ON o.id = s.order_id WHERE s.generation = ?1 AND o.customer_id = ?2 AND among_text(s.kind, ?3) AND (s.at < ?4 OR (s.at = ?4 AND (s.order_id < ?5 OR (s.order_id = ?5 AND s.kind < ?6)))) ORDER BY s.at DESC, s.order_id DESC, s.kind DESC LIMIT ?7");
    /// How much of that somebody has not seen. Parameters: the generation; whose; kinds of steps; since when.
    UNSEEN = read("SELECT count(*) FROM order_step s JOIN web_order o ON o.id = s.order_id WHERE s.generation = ?1 AND o.customer_id = ?2 AND among_text(s.kind, ?3) AND s.at > ?4");
    PUT_STEP = write("INSERT INTO order_step (generation, order_id, kind, at, detail) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, order_id, kind) DO NOTHING");
    /// A step that can happen again: the last one is what holds.
    PUT_LAST_STEP = write("INSERT INTO order_step (generation, order_id, kind, at, detail) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, order_id, kind) DO UPDATE SET at = ?4, detail = ?5");
    FORGET_STEPS = write("DELETE FROM order_step WHERE generation = ?1");
    PUT_ARTICLE = write("INSERT INTO article (generation, product_id, sku, name, price_cents, vat_rate_bp, category, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (generation, product_id) DO UPDATE SET sku = ?3, name = ?4, price_cents = ?5, vat_rate_bp = ?6, category = ?7, words = ?8");
    FORGET_ARTICLES = write("DELETE FROM article WHERE generation = ?1");
    ARTICLES_OF = read(format!("SELECT {ARTICLE} FROM article WHERE generation = ?1 AND among(product_id, ?2)"));
    /// A page of articles, by number. Parameters: the generation; after which; a category or nothing; a pattern or
    /// nothing; rows.
    ARTICLES = read(format!("SELECT {ARTICLE} FROM article WHERE generation = ?1 AND sku > ?2 AND (?3 = '' OR category = ?3) AND (?4 = '' OR words LIKE ?4) ORDER BY sku LIMIT ?5"));
    CATEGORIES = read("SELECT category FROM article WHERE generation = ?1 AND category <> '' GROUP BY category ORDER BY category");
    PUT_AVAILABLE = write("INSERT INTO availability (generation, shop, product_id, available) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, product_id, shop) DO UPDATE SET available = ?4");
    FORGET_AVAILABLE = write("DELETE FROM availability WHERE generation = ?1");
    AVAILABLE = read("SELECT shop, product_id, available FROM availability WHERE generation = ?1 AND among(product_id, ?2) ORDER BY shop");
    SHOPS = read("SELECT shop FROM availability WHERE generation = ?1 GROUP BY shop ORDER BY shop");
}

/// A cart, its lines still missing.
pub(super) fn cart(row: &Row) -> DbResult<Cart> {
    Ok(Cart {
        id: row.uuid(0)?,
        customer: row.uuid(1)?,
        shop: row.text(2)?,
        order: row.opt_uuid(3)?,
        version: row.count(4)?,
        created_at: row.instant(5)?,
        updated_at: row.instant(6)?,
        lines: BTreeMap::new(),
    })
}

fn pieces(row: &Row, column: usize) -> DbResult<u32> {
    u32::try_from(row.int(column)?).map_err(|e| DbError::internal(e.to_string()))
}

/// The cart, the product, and the line.
pub(super) fn cart_line(row: &Row) -> DbResult<(Uuid, Uuid, CartLine)> {
    let line = CartLine { quantity: pieces(row, 2)?, seen_cents: row.int(3)? };
    Ok((row.uuid(0)?, row.uuid(1)?, line))
}

/// The word of a cart's state.
pub(super) fn state_of(cart: &Cart) -> &'static str {
    if cart.order.is_some() { "ordered" } else { "open" }
}

pub(super) fn add_cart(c: &Cart) -> Vec<Value> {
    db::params![c.id, c.customer, &c.shop, state_of(c), c.order, c.version, c.created_at, c.updated_at]
}

/// Of a cart that has moved on from the version before its own.
pub(super) fn move_cart(c: &Cart) -> Vec<Value> {
    db::params![c.id, c.version - 1, &c.shop, state_of(c), c.order, c.version, c.updated_at]
}

pub(super) fn order(row: &Row) -> DbResult<WebOrder> {
    Ok(WebOrder {
        id: row.uuid(0)?,
        cart: row.uuid(1)?,
        customer: row.uuid(2)?,
        shop: row.text(3)?,
        total_cents: row.int(4)?,
        payment_method: row.text(5)?,
        reroute: row.bool(6)?,
        withdrawn: row.bool(7)?,
        version: row.count(8)?,
        placed_at: row.instant(9)?,
    })
}

pub(super) fn add_order(o: &WebOrder) -> Vec<Value> {
    let (method, reroute) = (&o.payment_method, i64::from(o.reroute));
    db::params![o.id, o.cart, o.customer, &o.shop, o.total_cents, method, o.placed_at, reroute]
}

pub(super) fn order_line(row: &Row) -> DbResult<OrderLine> {
    Ok(OrderLine {
        product: row.uuid(0)?,
        sku: row.text(1)?,
        name: row.text(2)?,
        quantity: pieces(row, 3)?,
        unit_price_cents: row.int(4)?,
        vat_rate_bp: pieces(row, 5)?,
    })
}

pub(super) fn add_order_line(order: Uuid, l: &OrderLine) -> Vec<Value> {
    let (quantity, vat) = (i64::from(l.quantity), i64::from(l.vat_rate_bp));
    db::params![order, l.product, &l.sku, &l.name, quantity, l.unit_price_cents, vat]
}

/// The order, and what became of it.
pub(super) fn step(row: &Row) -> DbResult<(Uuid, Step)> {
    Ok((row.uuid(0)?, Step { kind: row.text(1)?, at: row.instant(2)?, detail: row.text(3)? }))
}

pub(super) fn article(row: &Row) -> DbResult<Article> {
    Ok(Article {
        id: row.uuid(0)?,
        sku: row.text(1)?,
        name: row.text(2)?,
        price_cents: row.int(3)?,
        vat_rate_bp: pieces(row, 4)?,
        category: row.text(5)?,
    })
}
