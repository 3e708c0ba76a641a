//! What customers send back is taken in, once for each return; what cannot be sold again is not.

use super::shelves::{Shelves, Why};
use super::sql;
use crate::reading::{away, list, read};
use contracts::commerce::{RETURN_RESTOCKED, ReturnRestocked};
use db::{Batch, Db, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources};
use kernel::{Cause, Clock, ModuleCode, Uuid};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Hears of goods that came back.
pub(super) struct Restock(pub(super) Arc<dyn Clock>);

impl Restock {
    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let returns: Vec<ReturnRestocked> =
            page.iter().enumerate().map(|(at, delivery)| read(at, delivery)).collect::<Result<_, _>>()?;
        let products: BTreeSet<Uuid> =
            returns.iter().flat_map(|back| &back.lines).map(|line| line.product_id).collect();
        let ids = list(returns.iter().map(|back| &back.return_id));
        let rows = own.query(&sql::MOVED_BY, db::params![ids]).await.map_err(|e| away(&e))?;
        let known = rows.iter().map(|row| row.uuid(0)).collect::<DbResult<BTreeSet<Uuid>>>();
        let mut known = known.map_err(|e| away(&e))?;
        let mut shelves = Shelves::load(own, &products, &self.0).await.map_err(|e| away(&e))?;
        let (mut effects, now) = (Effects::default(), self.0.now());
        for (delivery, back) in page.iter().zip(&returns) {
            if !known.insert(back.return_id) {
                continue;
            }
            let mut batch = Batch::new(now, delivery.cause(self.name()));
            for line in back.lines.iter().filter(|line| line.restock) {
                let place = (back.shop.clone(), line.product_id);
                let why = Why { kind: "return", of: Some(back.return_id) };
                shelves.apply(&mut batch, &place, (i64::from(line.quantity), 0), Some(why));
            }
            effects.add(batch);
        }
        let mut batch = Batch::new(now, Cause::new(&kernel::Actor::system(self.name()), Uuid::nil()));
        shelves.close(&mut batch);
        effects.add(batch);
        Ok(effects)
    }
}

impl Consumer for Restock {
    fn name(&self) -> &str {
        "inventory.restock"
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("returns").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        kind == RETURN_RESTOCKED
    }

    fn takes_again(&self) -> bool {
        true
    }

    fn handle<'a>(
        &'a self,
        own: &'a Db,
        _generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        Box::pin(self.page(own, page))
    }
}
