//! What `inventory` sells, for how much and since when, and what each shop has of it: a local copy, as far as its log was
//! read. A till that is cut off from inventory goes on selling.

use super::model::{Offer, Price};
use super::sql;
use contracts::commerce::{PRODUCT_CHANGED, ProductChanged};
use contracts::inventory::STOCK_CHANGED;
use db::{Db, DbResult, Expect, Statement, Value, Write};
use flow::{Delivery, Fault, Projector, Sources, ViewTable, active_generation};
use kernel::{ModuleCode, Uuid};
use serde::Deserialize;
use std::collections::BTreeMap;

const NAME: &str = "retail.offers";

/// What a till wants to know of `inventory.stock.changed`.
#[derive(Deserialize)]
struct Level {
    shop: String,
    product_id: Uuid,
    on_hand: i64,
    reserved: i64,
}

/// The projection.
pub(crate) struct Offers;

fn any(statement: &Statement, params: Vec<Value>) -> Write {
    Write { statement: statement.clone(), params, expect: Expect::Any }
}

impl Projector for Offers {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("inventory").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [PRODUCT_CHANGED, STOCK_CHANGED].contains(&kind)
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        if delivery.event.kind == STOCK_CHANGED {
            let s: Level = crate::reading::read(0, delivery).map_err(|fault| fault.fault)?;
            let params = db::params![generation, s.shop, s.product_id, s.on_hand, s.reserved];
            writes.push(any(&sql::PUT_STOCK, params));
            return Ok(());
        }
        let p: ProductChanged = crate::reading::read(0, delivery).map_err(|fault| fault.fault)?;
        let (plain, ean13) = (plain(&p.name), p.ean13.unwrap_or_default());
        let rate = p.vat_rate_bp;
        let price = db::params![generation, p.product_id, delivery.event.at, p.price_cents, rate];
        writes.push(any(&sql::PUT_PRICE, price));
        let offer = db::params![
            generation,
            p.product_id,
            p.sku,
            ean13,
            p.name,
            plain,
            p.category,
            p.price_cents,
            rate
        ];
        writes.push(any(&sql::PUT_OFFER, offer));
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        [&sql::FORGET_OFFERS, &sql::FORGET_PRICES, &sql::FORGET_STOCK]
            .map(|statement| any(statement, db::params![generation]))
            .into()
    }

    fn tables(&self) -> Vec<ViewTable> {
        let table = |name, columns| ViewTable { name, columns };
        vec![
            table(
                "till_offer",
                &["product_id", "sku", "ean13", "name", "plain", "category", "price_cents", "vat_rate_bp"],
            ),
            table("till_price", &["product_id", "since", "price_cents", "vat_rate_bp"]),
            table("till_stock", &["shop", "product_id", "on_hand", "reserved"]),
        ]
    }
}

/// Small letters without accents: as names are looked for.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        other => other,
    };
    text.to_lowercase().chars().map(letter).collect()
}

/// What was typed as a part of a name, for LIKE: no wildcard of the typist's own; empty for less than two letters.
fn pattern(text: &str) -> String {
    let words: String = plain(text).chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
    if words.trim().chars().count() < 2 { String::new() } else { format!("%{}%", words.trim()) }
}

async fn read(db: &Db, statement: &Statement, params: Vec<Value>) -> DbResult<Vec<Offer>> {
    db.query(statement, params).await?.iter().map(sql::offer).collect()
}

/// Products by their identifiers.
pub(crate) async fn by_id(db: &Db, shop: &str, ids: &[Uuid]) -> DbResult<BTreeMap<Uuid, Offer>> {
    let generation = active_generation(db, NAME).await?;
    let found = read(db, &sql::OFFERS, db::params![generation, shop, crate::reading::list(ids)]).await?;
    Ok(found.into_iter().map(|offer| (offer.product, offer)).collect())
}

/// Products by number, bar code, or a part of the name.
pub(crate) async fn like(db: &Db, shop: &str, text: &str, rows: u32) -> DbResult<Vec<Offer>> {
    let generation = active_generation(db, NAME).await?;
    let params = db::params![generation, shop, text, pattern(text), rows];
    let mut found = read(db, &sql::OFFERS_LIKE, params).await?;
    // Who names a product by its number means this one, whatever else is called alike.
    if found.iter().any(|offer| offer.sku == text || offer.ean13 == text) {
        found.retain(|offer| offer.sku == text || offer.ean13 == text);
    }
    Ok(found)
}

/// The product of a number or bar code.
pub(crate) async fn coded(db: &Db, shop: &str, code: &str) -> DbResult<Vec<Offer>> {
    let generation = active_generation(db, NAME).await?;
    read(db, &sql::OFFERS_LIKE, db::params![generation, shop, code, "", 1]).await
}

/// Every product, by number.
pub(crate) async fn all(db: &Db, shop: &str, after: &str, rows: u32) -> DbResult<Vec<Offer>> {
    let generation = active_generation(db, NAME).await?;
    read(db, &sql::ALL_OFFERS, db::params![generation, shop, after, rows]).await
}

/// The products on a shelf.
pub(crate) async fn on_shelf(db: &Db, shop: &str, shelf: &str, rows: u32) -> DbResult<Vec<Offer>> {
    let generation = active_generation(db, NAME).await?;
    read(db, &sql::OFFERS_ON_SHELF, db::params![generation, shop, shelf, rows]).await
}

/// The shelves.
pub(crate) async fn shelves(db: &Db) -> DbResult<Vec<String>> {
    let generation = active_generation(db, NAME).await?;
    db.query(&sql::SHELVES, db::params![generation]).await?.iter().map(|row| row.text(0)).collect()
}

/// The prices that products had and have.
pub(crate) async fn prices(db: &Db, ids: &[Uuid]) -> DbResult<BTreeMap<Uuid, Vec<Price>>> {
    let generation = active_generation(db, NAME).await?;
    let params = db::params![generation, crate::reading::list(ids)];
    let mut prices: BTreeMap<Uuid, Vec<Price>> = BTreeMap::new();
    for row in db.query(&sql::PRICES, params).await? {
        let (product, price) = sql::price(&row)?;
        prices.entry(product).or_default().push(price);
    }
    Ok(prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_accents_and_wildcards_are_letters_of_nobody() {
        assert_eq!(plain("Gilet à réaction"), "gilet a reaction");
        assert_eq!(pattern("  Réaction "), "%reaction%");
        assert_eq!((pattern("a").as_str(), pattern("%_").as_str()), ("", ""));
    }
}
