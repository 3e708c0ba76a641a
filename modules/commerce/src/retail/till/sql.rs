//! Every statement on shops, tills and their records, and what their rows mean.

use super::model::{Offer, Price};
use super::record::{Chain, Record};
use db::{DbError, DbResult, Row, Value};
use kernel::{Timestamp, Uuid};

const TILL: &str = "t.shop, t.code, t.receipts, t.receipt_hash, t.closings, t.closing_hash, t.notes, t.note_hash, t.sold_cents, t.returned_cents, t.session_id, t.version";
const SESSION: &str = "id, shop, till, opened_by, float_cents, opened_at, closed_at, closing";
const RECORD: &str = "shop, till, chain, number, id, kind, about, total_cents, at, content, previous, hash";
const OFFER: &str =
    "o.product_id, o.sku, o.ean13, o.name, o.category, o.price_cents, o.vat_rate_bp, s.on_hand - s.reserved";
/// Offers with what a shop has of them. Parameters: the generation, the shop.
const OFFERS_IN: &str = "till_offer o LEFT JOIN till_stock s ON s.generation = o.generation AND s.product_id = o.product_id AND s.shop = ?2 WHERE o.generation = ?1";

db::statements! {
    ADD_SHOP = write("INSERT INTO shops (code, name, address, version) VALUES (?1, ?2, ?3, ?4)").row("shops", &[1]).keyed();
    SHOPS = read("SELECT code, name, address FROM shops WHERE code > ?1 ORDER BY code LIMIT ?2");
    SHOP = read("SELECT code, name, address FROM shops WHERE code = ?1");
    ADD_TILL = write("INSERT INTO tills (shop, code, receipts, receipt_hash, closings, closing_hash, notes, note_hash, sold_cents, returned_cents, session_id, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)").row("tills", &[1, 2]).keyed();
    /// Moves a till on from the version before its own.
    MOVE_TILL = write("UPDATE tills SET receipts = ?3, receipt_hash = ?4, closings = ?5, closing_hash = ?6, notes = ?7, note_hash = ?8, sold_cents = ?9, returned_cents = ?10, session_id = ?11, version = ?12 WHERE shop = ?1 AND code = ?2 AND version = ?13").row("tills", &[1, 2]).keyed();
    ONE_TILL = read(format!("SELECT {TILL} FROM tills t WHERE t.shop = ?1 AND t.code = ?2"));
    TILLS = read(format!("SELECT {TILL} FROM tills t ORDER BY t.shop, t.code"));
    TILLS_OF = read(format!("SELECT {TILL} FROM tills t WHERE t.shop = ?1 AND t.code > ?2 ORDER BY t.code LIMIT ?3"));
    ADD_SESSION = write("INSERT INTO till_session (id, shop, till, opened_by, float_cents, opened_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)").row("till_session", &[1]).keyed();
    CLOSE_SESSION = write("UPDATE till_session SET closed_at = ?2, closing = ?3 WHERE id = ?1 AND closed_at IS NULL").row("till_session", &[1]);
    SESSION_OF = read(format!("SELECT {SESSION} FROM till_session WHERE id = ?1"));
    ADD_RECORD = write("INSERT INTO till_record (shop, till, chain, number, id, kind, about, total_cents, at, content, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)").row("till_record", &[1, 2, 3, 4]).keyed();
    RECORD_BY_ID = read(format!("SELECT {RECORD} FROM till_record WHERE chain = ?1 AND id = ?2"));
    RECORD_AT = read(format!("SELECT {RECORD} FROM till_record WHERE shop = ?1 AND till = ?2 AND chain = ?3 AND number = ?4"));
    /// The records about something, in order. Parameters: about what; the chain; after which number; rows.
    RECORDS_ABOUT = read(format!("SELECT {RECORD} FROM till_record WHERE about = ?1 AND chain = ?2 AND number > ?3 ORDER BY number LIMIT ?4"));
    COPIES = read("SELECT count(number) FROM till_record WHERE about = ?1 AND chain = 'note' AND kind = 'copied'");
    /// A chain in order. Parameters: shop, till, chain; after which number, up to which; rows.
    RECORDS_UP = read(format!("SELECT {RECORD} FROM till_record WHERE shop = ?1 AND till = ?2 AND chain = ?3 AND number > ?4 AND number <= ?5 ORDER BY number LIMIT ?6"));
    /// A chain backwards. Parameters: shop, till, chain; before which number; rows.
    RECORDS_DOWN = read(format!("SELECT {RECORD} FROM till_record WHERE shop = ?1 AND till = ?2 AND chain = ?3 AND number < ?4 ORDER BY number DESC LIMIT ?5"));
    /// What receipts of a span of time come to, by shop and kind.
    SUMS = read("SELECT shop, kind, count(number), CAST(sum(total_cents) AS BIGINT) FROM till_record WHERE chain = 'receipt' AND at >= ?1 AND at < ?2 GROUP BY shop, kind ORDER BY shop, kind");
    ADD_SALE_LINE = write("INSERT INTO sale_line (sale_id, line, quantity, returned) VALUES (?1, ?2, ?3, 0)").row("sale_line", &[1, 2]).keyed();
    /// Takes pieces of a line back, from what had come back before to no more than was sold.
    TAKE_BACK = write("UPDATE sale_line SET returned = ?4 WHERE sale_id = ?1 AND line = ?2 AND returned = ?3 AND ?4 <= quantity").row("sale_line", &[1, 2]);
    SALE_LINES = read("SELECT line, quantity, returned FROM sale_line WHERE sale_id = ?1 ORDER BY line");
    PUT_OFFER = write("INSERT INTO till_offer (generation, product_id, sku, ean13, name, plain, category, price_cents, vat_rate_bp) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (generation, product_id) DO UPDATE SET sku = ?3, ean13 = ?4, name = ?5, plain = ?6, category = ?7, price_cents = ?8, vat_rate_bp = ?9");
    PUT_PRICE = write("INSERT INTO till_price (generation, product_id, since, price_cents, vat_rate_bp) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, product_id, since) DO UPDATE SET price_cents = ?4, vat_rate_bp = ?5");
    PUT_STOCK = write("INSERT INTO till_stock (generation, shop, product_id, on_hand, reserved) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, shop, product_id) DO UPDATE SET on_hand = ?4, reserved = ?5");
    FORGET_OFFERS = write("DELETE FROM till_offer WHERE generation = ?1");
    FORGET_PRICES = write("DELETE FROM till_price WHERE generation = ?1");
    FORGET_STOCK = write("DELETE FROM till_stock WHERE generation = ?1");
    OFFERS = read(format!("SELECT {OFFER} FROM {OFFERS_IN} AND among(o.product_id, ?3)"));
    /// By number, bar code or, in small letters, a part of the name. Parameters: … ; the code; a LIKE pattern; rows.
    OFFERS_LIKE = read(format!("SELECT {OFFER} FROM {OFFERS_IN} AND (o.sku = ?3 OR o.ean13 = ?3 OR (?4 <> '' AND o.plain LIKE ?4)) ORDER BY o.name, o.sku LIMIT ?5"));
    OFFERS_ON_SHELF = read(format!("SELECT {OFFER} FROM {OFFERS_IN} AND o.category = ?3 ORDER BY o.name, o.sku LIMIT ?4"));
    ALL_OFFERS = read(format!("SELECT {OFFER} FROM {OFFERS_IN} AND o.sku > ?3 ORDER BY o.sku LIMIT ?4"));
    SHELVES = read("SELECT DISTINCT category FROM till_offer WHERE generation = ?1 ORDER BY category");
    PRICES = read("SELECT product_id, since, price_cents, vat_rate_bp FROM till_price WHERE generation = ?1 AND among(product_id, ?2) ORDER BY product_id, since");
}

/// A till as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Till {
    pub(crate) shop: String,
    pub(crate) code: String,
    /// The heads of the chains, in the order of [`Chain::ALL`]: how many records, and the hash of the last.
    pub(crate) heads: [(u64, String); 3],
    /// What was ever sold, and ever taken back.
    pub(crate) sold_cents: i64,
    pub(crate) returned_cents: i64,
    pub(crate) session: Option<Uuid>,
    pub(crate) version: u64,
}

impl Till {
    /// The head of a chain.
    pub(crate) fn head(&self, chain: Chain) -> &(u64, String) {
        &self.heads[chain as usize]
    }
}

/// A session as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) shop: String,
    pub(crate) till: String,
    pub(crate) opened_by: Uuid,
    pub(crate) float_cents: i64,
    pub(crate) opened_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
}

/// How much of a line was sold, and how much of it has come back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sold {
    pub(crate) line: u32,
    pub(crate) quantity: i64,
    pub(crate) returned: i64,
}

pub(crate) fn till(row: &Row) -> DbResult<Till> {
    Ok(Till {
        shop: row.text(0)?,
        code: row.text(1)?,
        heads: [(row.count(2)?, row.text(3)?), (row.count(4)?, row.text(5)?), (row.count(6)?, row.text(7)?)],
        sold_cents: row.int(8)?,
        returned_cents: row.int(9)?,
        session: row.opt_uuid(10)?,
        version: row.count(11)?,
    })
}

pub(crate) fn till_params(t: &Till) -> Vec<Value> {
    let [(receipts, receipt), (closings, closing), (notes, note)] = &t.heads;
    db::params![
        &t.shop,
        &t.code,
        *receipts,
        receipt,
        *closings,
        closing,
        *notes,
        note,
        t.sold_cents,
        t.returned_cents,
        t.session,
        t.version
    ]
}

pub(crate) fn session(row: &Row) -> DbResult<Session> {
    Ok(Session {
        id: row.uuid(0)?,
        shop: row.text(1)?,
        till: row.text(2)?,
        opened_by: row.uuid(3)?,
        float_cents: row.int(4)?,
        opened_at: row.instant(5)?,
        closed_at: row.opt_instant(6)?,
    })
}

pub(crate) fn record(row: &Row) -> DbResult<Record> {
    let word = row.text(2)?;
    let chain = Chain::ALL.into_iter().find(|chain| chain.word() == word);
    Ok(Record {
        shop: row.text(0)?,
        till: row.text(1)?,
        chain: chain.ok_or_else(|| DbError::internal(format!("no chain `{word}`")))?,
        number: row.count(3)?,
        id: row.uuid(4)?,
        kind: row.text(5)?,
        about: row.opt_uuid(6)?,
        total_cents: row.int(7)?,
        at: row.instant(8)?,
        content: row.text(9)?,
        previous: row.text(10)?,
        hash: row.text(11)?,
    })
}

pub(crate) fn record_params(r: &Record) -> Vec<Value> {
    db::params![
        &r.shop,
        &r.till,
        r.chain.word(),
        r.number,
        r.id,
        &r.kind,
        r.about,
        r.total_cents,
        r.at,
        &r.content,
        &r.previous,
        &r.hash
    ]
}

pub(crate) fn sold(row: &Row) -> DbResult<Sold> {
    Ok(Sold { line: number(row, 0)?, quantity: row.int(1)?, returned: row.int(2)? })
}

pub(crate) fn offer(row: &Row) -> DbResult<Offer> {
    Ok(Offer {
        product: row.uuid(0)?,
        sku: row.text(1)?,
        ean13: row.text(2)?,
        name: row.text(3)?,
        category: row.text(4)?,
        price_cents: row.int(5)?,
        vat_rate_bp: number(row, 6)?,
        free: row.opt_int(7)?,
    })
}

pub(crate) fn price(row: &Row) -> DbResult<(Uuid, Price)> {
    let price = Price { since: row.instant(1)?, cents: row.int(2)?, vat_rate_bp: number(row, 3)? };
    Ok((row.uuid(0)?, price))
}

fn number(row: &Row, column: usize) -> DbResult<u32> {
    u32::try_from(row.int(column)?).map_err(|e| DbError::internal(e.to_string()))
}
