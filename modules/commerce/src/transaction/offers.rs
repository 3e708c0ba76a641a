//! What `inventory` sells, under which name and for how much: a local copy, as far as its log was read.

use super::sql;
use crate::catalogue::Products;
use db::{Db, DbResult};
use flow::{ViewTable, active_generation};
use kernel::Uuid;
use std::collections::BTreeMap;

const NAME: &str = "transaction.offers";

/// The copy.
pub(super) fn offers() -> Products {
    Products {
        name: NAME,
        version: 2,
        put: sql::PUT_OFFER.clone(),
        forget: sql::FORGET_OFFERS.clone(),
        table: ViewTable { name: "offer", columns: &["product_id", "price_cents", "name"] },
        columns: |product| db::params![product.product_id, product.price_cents, &product.name],
    }
}

/// The prices of products, as far as they are sold.
pub(super) async fn prices(db: &Db, products: &[Uuid]) -> DbResult<BTreeMap<Uuid, i64>> {
    let generation = active_generation(db, NAME).await?;
    let rows = db.query(&sql::OFFERS, db::params![generation, crate::reading::list(products)]).await?;
    rows.iter().map(|row| Ok((row.uuid(0)?, row.int(1)?))).collect()
}

/// The names of products, as far as they are known.
pub(super) async fn names(db: &Db, products: &[Uuid]) -> DbResult<BTreeMap<Uuid, String>> {
    let generation = active_generation(db, NAME).await?;
    let rows = db.query(&sql::OFFERS, db::params![generation, crate::reading::list(products)]).await?;
    rows.iter().map(|row| Ok((row.uuid(0)?, row.text(2)?))).collect()
}
