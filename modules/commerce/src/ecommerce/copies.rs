//! What the shop knows of others, each a view that can be built anew: what is sold, how much of it each shop can sell,
//! and what became of its orders.

use super::model::{Article, Step};
use super::sql;
use crate::catalogue::{Products, words_of};
use crate::reading::{list, read};
use contracts::commerce::{
    Ended, INVENTORY_RELEASED, INVENTORY_REROUTED, INVENTORY_RESERVED, INVENTORY_UNAVAILABLE,
    InventoryRerouted, ORDER_DELIVERED, ORDER_FULFILLED, ORDER_REFUSED, OfTransaction, PAYMENT_FAILED,
    PAYMENT_PROCESSED, PAYMENT_REFUNDED, PaymentRefunded, TRANSACTION_CANCELLED, TRANSACTION_COMPLETED,
    TRANSACTION_CREATED,
};
use contracts::inventory::{STOCK_CHANGED, StockChanged};
use db::{Db, DbResult, Expect, Write};
use flow::{Delivery, Fault, Projector, Sources, ViewTable, active_generation};
use kernel::{ModuleCode, Uuid};
use std::collections::BTreeMap;

const ARTICLES: &str = "ecommerce.articles";
const AVAILABILITY: &str = "ecommerce.availability";
const PROGRESS: &str = "ecommerce.progress";

/// What is sold.
pub(super) fn articles() -> Products {
    Products {
        name: ARTICLES,
        version: 1,
        put: sql::PUT_ARTICLE.clone(),
        forget: sql::FORGET_ARTICLES.clone(),
        table: ViewTable {
            name: "article",
            columns: &["product_id", "sku", "name", "price_cents", "vat_rate_bp", "category", "words"],
        },
        columns: |p| {
            let words = words_of(&p.sku, &p.name, p.ean13.as_deref(), &p.category);
            let vat = i64::from(p.vat_rate_bp);
            db::params![p.product_id, &p.sku, &p.name, p.price_cents, vat, &p.category, words]
        },
    }
}

fn write(statement: &db::Statement, params: Vec<db::Value>) -> Write {
    Write { statement: statement.clone(), params, expect: Expect::Any }
}

/// How much of it each shop can sell.
pub(super) struct Availability;

impl Projector for Availability {
    fn name(&self) -> &str {
        AVAILABILITY
    }

    fn version(&self) -> u32 {
        1
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("inventory").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        kind == STOCK_CHANGED
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        // The first events of stock told instants of the ledger in another way; they are not needed here.
        let mut delivery = delivery.clone();
        delivery.data["movement"] = serde_json::Value::Null;
        let stock: StockChanged = read(0, &delivery).map_err(|fault| fault.fault)?;
        let params = db::params![generation, stock.shop, stock.product_id, stock.on_hand - stock.reserved];
        writes.push(write(&sql::PUT_AVAILABLE, params));
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        vec![write(&sql::FORGET_AVAILABLE, db::params![generation])]
    }

    fn tables(&self) -> Vec<ViewTable> {
        vec![ViewTable { name: "availability", columns: &["shop", "product_id", "available"] }]
    }
}

/// The steps of an order by the event that tells of them.
const STEPS: [(&str, &str); 13] = [
    (TRANSACTION_CREATED, "created"),
    (PAYMENT_PROCESSED, "paid"),
    (PAYMENT_FAILED, "payment_failed"),
    (PAYMENT_REFUNDED, "refunded"),
    (INVENTORY_RESERVED, "reserved"),
    (INVENTORY_UNAVAILABLE, "unavailable"),
    (INVENTORY_RELEASED, "released"),
    (INVENTORY_REROUTED, "rerouted"),
    (ORDER_FULFILLED, "fulfilled"),
    (ORDER_DELIVERED, "delivered"),
    (ORDER_REFUSED, "refused"),
    (TRANSACTION_COMPLETED, "completed"),
    (TRANSACTION_CANCELLED, "cancelled"),
];

/// Those of which a customer is told.
pub(super) const TOLD: [&str; 7] =
    ["paid", "reserved", "rerouted", "fulfilled", "delivered", "cancelled", "refunded"];

/// What became of orders.
pub(super) struct Progress;

impl Projector for Progress {
    fn name(&self) -> &str {
        PROGRESS
    }

    fn version(&self) -> u32 {
        1
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "payment", "inventory", "retail"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        STEPS.iter().any(|(known, _)| *known == kind)
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let Some((kind, step)) = STEPS.iter().find(|(kind, _)| *kind == delivery.event.kind) else {
            return Ok(());
        };
        let of: OfTransaction = read(0, delivery).map_err(|fault| fault.fault)?;
        let detail = match *kind {
            INVENTORY_REROUTED => read::<InventoryRerouted>(0, delivery).map_err(|fault| fault.fault)?.shop,
            TRANSACTION_CANCELLED => read::<Ended>(0, delivery).map_err(|fault| fault.fault)?.reason,
            PAYMENT_REFUNDED => {
                let PaymentRefunded { kind, amount_cents, .. } =
                    read(0, delivery).map_err(|fault| fault.fault)?;
                format!("{kind} {amount_cents}")
            }
            _ => String::new(),
        };
        let params = db::params![generation, of.transaction_id, *step, delivery.event.at, detail];
        let again = *kind == INVENTORY_REROUTED;
        writes.push(write(if again { &sql::PUT_LAST_STEP } else { &sql::PUT_STEP }, params));
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        vec![write(&sql::FORGET_STEPS, db::params![generation])]
    }

    fn tables(&self) -> Vec<ViewTable> {
        vec![ViewTable { name: "order_step", columns: &["order_id", "kind", "at", "detail"] }]
    }
}

/// Articles by id, as far as they are sold.
pub(super) async fn articles_of(
    db: &Db,
    products: impl IntoIterator<Item = &Uuid>,
) -> DbResult<BTreeMap<Uuid, Article>> {
    let generation = active_generation(db, ARTICLES).await?;
    let rows = db.query(&sql::ARTICLES_OF, db::params![generation, list(products)]).await?;
    rows.iter().map(|row| sql::article(row).map(|article| (article.id, article))).collect()
}

/// A page of articles, by number, after one.
pub(super) async fn page(
    db: &Db,
    after: &str,
    (category, words): (&str, &str),
    rows: u32,
) -> DbResult<Vec<Article>> {
    let generation = active_generation(db, ARTICLES).await?;
    let pattern = crate::catalogue::pattern(words);
    let rows = db.query(&sql::ARTICLES, db::params![generation, after, category, pattern, rows]).await?;
    rows.iter().map(sql::article).collect()
}

/// The categories in which something is sold.
pub(super) async fn categories(db: &Db) -> DbResult<Vec<String>> {
    let generation = active_generation(db, ARTICLES).await?;
    let rows = db.query(&sql::CATEGORIES, db::params![generation]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// What each shop can sell of products: by product, then shop.
pub(super) async fn available(
    db: &Db,
    products: impl IntoIterator<Item = &Uuid>,
) -> DbResult<BTreeMap<Uuid, BTreeMap<String, i64>>> {
    let generation = active_generation(db, AVAILABILITY).await?;
    let mut found: BTreeMap<Uuid, BTreeMap<String, i64>> = BTreeMap::new();
    for row in db.query(&sql::AVAILABLE, db::params![generation, list(products)]).await? {
        found.entry(row.uuid(1)?).or_default().insert(row.text(0)?, row.int(2)?);
    }
    Ok(found)
}

/// The shops that have something.
pub(super) async fn shops(db: &Db) -> DbResult<Vec<String>> {
    let generation = active_generation(db, AVAILABILITY).await?;
    let rows = db.query(&sql::SHOPS, db::params![generation]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// What became of orders, oldest first.
pub(super) async fn steps(
    db: &Db,
    orders: impl IntoIterator<Item = &Uuid>,
) -> DbResult<BTreeMap<Uuid, Vec<Step>>> {
    let generation = active_generation(db, PROGRESS).await?;
    let mut found: BTreeMap<Uuid, Vec<Step>> = BTreeMap::new();
    for row in db.query(&sql::STEPS, db::params![generation, list(orders)]).await? {
        let (order, step) = sql::step(&row)?;
        found.entry(order).or_default().push(step);
    }
    Ok(found)
}

/// What became of somebody's orders, newest first, after a place in that list.
pub(super) async fn notices(
    db: &Db,
    customer: Uuid,
    after: Option<(i64, Uuid, String)>,
    rows: u32,
) -> DbResult<Vec<(Uuid, Step)>> {
    let generation = active_generation(db, PROGRESS).await?;
    let (at, order, kind) = after.unwrap_or((i64::MAX, Uuid::max(), String::new()));
    let told = serde_json::json!(TOLD);
    let params = db::params![generation, customer, told, at, order, kind, rows];
    db.query(&sql::NOTICES, params).await?.iter().map(sql::step).collect()
}

/// How much of that they have not seen.
pub(super) async fn unseen(db: &Db, customer: Uuid) -> DbResult<i64> {
    let Some(row) = db.query_one(&sql::CUSTOMER, db::params![customer]).await? else { return Ok(0) };
    let generation = active_generation(db, PROGRESS).await?;
    let params = db::params![generation, customer, serde_json::json!(TOLD), row.instant(0)?];
    db.query_one(&sql::UNSEEN, params).await?.map_or(Ok(0), |row| row.int(0))
}
