//! What the tills have sold and taken back moves the stock. A till sells what lies on its counter, whatever we believe:
//! what was not there by our books was there, and a count says so before the sale, so that the ledger still adds up
//! and what is promised stays covered; somebody is told to look.

use super::shelves::{Shelves, Why};
use super::sql;
use crate::reading::{away, list, read};
use contracts::retail::{SALE_RECORDED, SaleKind, SaleRecorded};
use db::{Batch, Db, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources};
use kernel::{Cause, Clock, ModuleCode, Timestamp, Uuid};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Hears sales and returns.
pub(super) struct Tills(pub(super) Arc<dyn Clock>);

impl Tills {
    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let sales: Vec<SaleRecorded> =
            page.iter().enumerate().map(|(at, delivery)| read(at, delivery)).collect::<Result<_, _>>()?;
        let products: BTreeSet<Uuid> =
            sales.iter().flat_map(|sale| &sale.lines).map(|line| line.product_id).collect();
        let mut known = moved_by(own, sales.iter().map(|sale| &sale.sale_id)).await.map_err(|e| away(&e))?;
        let mut shelves = Shelves::load(own, &products, &self.0).await.map_err(|e| away(&e))?;
        let (mut effects, now) = (Effects::default(), self.0.now());
        for (delivery, sale) in page.iter().zip(&sales) {
            if known.insert(sale.sale_id) {
                effects.add(book(&mut shelves, sale, now, delivery.cause(self.name())));
            }
        }
        let mut batch = Batch::new(now, Cause::new(&kernel::Actor::system(self.name()), Uuid::nil()));
        shelves.close(&mut batch);
        effects.add(batch);
        Ok(effects)
    }
}

/// Which sales are in the ledger already.
async fn moved_by<'a>(db: &Db, sales: impl Iterator<Item = &'a Uuid>) -> DbResult<BTreeSet<Uuid>> {
    let rows = db.query(&sql::MOVED_BY, db::params![list(sales)]).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// The movements of one receipt.
fn book(shelves: &mut Shelves, sale: &SaleRecorded, now: Timestamp, cause: Cause) -> Batch {
    let mut batch = Batch::new(now, cause);
    let of = Some(sale.sale_id);
    for line in &sale.lines {
        let (place, pieces) = ((sale.shop.clone(), line.product_id), i64::from(line.quantity));
        if sale.kind == SaleKind::Sale {
            let short = shelves.level(&place).short(pieces);
            if short > 0 {
                shelves.doubt(&mut batch, &place, short, Why { kind: "count", of });
            }
            shelves.apply(&mut batch, &place, (-pieces, 0), Some(Why { kind: "sale", of }));
        } else if line.restock {
            shelves.apply(&mut batch, &place, (pieces, 0), Some(Why { kind: "return", of }));
        }
    }
    batch
}

impl Consumer for Tills {
    fn name(&self) -> &str {
        "inventory.tills"
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("retail").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        kind == SALE_RECORDED
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
