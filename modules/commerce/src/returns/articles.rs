//! What products are called: a local copy, as far as the log of `inventory` was read.

use super::sql;
use crate::catalogue::Products;
use db::{Db, DbResult};
use flow::{ViewTable, active_generation};
use kernel::Uuid;
use std::collections::BTreeMap;

const NAME: &str = "returns.articles";

/// The copy.
pub(super) fn articles() -> Products {
    Products {
        name: NAME,
        version: 1,
        put: sql::PUT_ARTICLE.clone(),
        forget: sql::FORGET_ARTICLES.clone(),
        table: ViewTable { name: "article", columns: &["product_id", "name"] },
        columns: |product| db::params![product.product_id, &product.name],
    }
}

/// The names of products, as far as they are known.
pub(super) async fn names(
    db: &Db,
    products: impl IntoIterator<Item = &Uuid>,
) -> DbResult<BTreeMap<Uuid, String>> {
    let generation = active_generation(db, NAME).await?;
    let rows = db.query(&sql::ARTICLES, db::params![generation, crate::reading::list(products)]).await?;
    rows.iter().map(|row| Ok((row.uuid(0)?, row.text(1)?))).collect()
}
