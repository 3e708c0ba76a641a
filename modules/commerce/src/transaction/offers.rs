//! What `inventory` sells, under which name and for how much: a local copy, as far as its log was read.

use super::sql;
use contracts::commerce::{PRODUCT_CHANGED, ProductChanged};
use db::{Db, DbResult, Write};
use flow::{Delivery, Fault, Projector, Sources, active_generation};
use kernel::{ModuleCode, Uuid};
use std::collections::BTreeMap;

const NAME: &str = "transaction.offers";

pub(super) struct Offers;

impl Projector for Offers {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("inventory").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        kind == PRODUCT_CHANGED
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let product: ProductChanged = crate::reading::read(0, delivery).map_err(|fault| fault.fault)?;
        let params = db::params![generation, product.product_id, product.price_cents, product.name];
        writes.push(Write { statement: sql::PUT_OFFER.clone(), params, expect: db::Expect::Any });
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        let params = db::params![generation];
        vec![Write { statement: sql::FORGET_OFFERS.clone(), params, expect: db::Expect::Any }]
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
