//! The choreography's part in the shops: what was reserved is assigned, what was cancelled is not prepared.

use super::model::{Input, ShopOrder, take};
use super::{events, sql};
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{INVENTORY_RESERVED, InventoryReserved, Line, TRANSACTION_CANCELLED};
use db::{Batch, Db, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources};
use kernel::{Clock, ModuleCode, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hears reservations and cancellations.
pub(super) struct Saga(pub(super) Arc<dyn Clock>);

/// Adds an order after a change to a Batch: its row, its lines when it is new, and its event.
pub(super) fn write(batch: &mut Batch, after: &ShopOrder, lines: &[Line], event_id: Uuid) {
    match after.version {
        1 => batch.expect_one(&sql::ADD, sql::add_params(after)),
        _ => batch.expect_one(&sql::MOVE, sql::move_params(after)),
    };
    for line in lines {
        let params = db::params![after.transaction, line.product_id, line.quantity];
        batch.expect_one(&sql::ADD_LINE, params);
    }
    batch.event(events::moved(event_id, after, lines));
}

fn input(at: usize, delivery: &Delivery) -> Result<(Input, Vec<Line>), PageFault> {
    Ok(match delivery.event.kind.as_str() {
        INVENTORY_RESERVED => {
            let InventoryReserved { shop, lines, .. } = read(at, delivery)?;
            let pieces = lines.iter().map(|line| i64::from(line.quantity)).sum();
            (Input::Reserved { shop, pieces }, lines)
        }
        TRANSACTION_CANCELLED => (Input::Cancelled, Vec::new()),
        other => return Err(poison(at, "unexpected", other)),
    })
}

impl Saga {
    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let ids = list(&transactions(page)?);
        let rows = own.query(&sql::SEVERAL, db::params![ids]).await.map_err(|e| away(&e))?;
        let known = rows.iter().map(|row| sql::shop_order(row).map(|o| (o.transaction, o)));
        let mut known: BTreeMap<Uuid, ShopOrder> = known.collect::<DbResult<_>>().map_err(|e| away(&e))?;
        let (mut effects, now) = (Effects::default(), self.0.now());
        for (at, delivery) in page.iter().enumerate() {
            let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse().ok());
            let id: Uuid = id.ok_or_else(|| poison(at, "unreadable", "no transaction_id"))?;
            let (input, lines) = input(at, delivery)?;
            let Some(after) = take(id, known.get(&id), &input, now) else { continue };
            let mut batch = Batch::new(now, delivery.cause(self.name()));
            write(&mut batch, &after, &lines, self.0.new_id());
            effects.add(batch);
            known.insert(id, after);
        }
        Ok(effects)
    }
}

impl Consumer for Saga {
    fn name(&self) -> &str {
        "retail.saga"
    }

    fn sources(&self) -> Sources {
        let codes = ["inventory", "transaction"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [INVENTORY_RESERVED, TRANSACTION_CANCELLED].contains(&kind)
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
