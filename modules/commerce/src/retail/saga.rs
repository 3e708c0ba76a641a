//! The choreography's part in the shops: what was reserved is assigned, what was cancelled is not prepared,
//! and what one shop has given back another one gets.

use super::events::{self, Change};
use super::model::{Input, ShopOrder, take};
use super::sql;
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{
    INVENTORY_REROUTED, INVENTORY_RESERVED, InventoryRerouted, InventoryReserved, Line, RECALL_REQUESTED,
    Rerouting, TRANSACTION_CANCELLED,
};
use db::{Batch, Db, DbResult, NewEvent};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources};
use kernel::{Clock, ModuleCode, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hears reservations, cancellations, and what goes from one shop to another.
pub(super) struct Saga(pub(super) Arc<dyn Clock>);

/// Adds a change of an order to a Batch: its row, its lines when they are new, what a shop had before, and its event.
pub(super) fn write(batch: &mut Batch, change: &Change<'_>, event_id: Uuid) {
    let after = change.after;
    match after.version {
        1 => batch.expect_one(&sql::ADD, sql::add_params(after)),
        _ => batch.expect_one(&sql::MOVE, sql::move_params(after)),
    };
    for line in change.lines {
        let params = db::params![after.transaction, line.product_id, line.quantity];
        batch.expect_one(&sql::ADD_LINE, params);
    }
    if let Some(past) = change.past() {
        batch.expect_one(&sql::ADD_PAST, sql::past_params(past));
    }
    batch.event(events::moved(event_id, change));
}

fn pieces(lines: &[Line]) -> i64 {
    lines.iter().map(|line| i64::from(line.quantity)).sum()
}

fn input(at: usize, delivery: &Delivery) -> Result<(Input, Vec<Line>), PageFault> {
    Ok(match delivery.event.kind.as_str() {
        INVENTORY_RESERVED => {
            let InventoryReserved { shop, lines, .. } = read(at, delivery)?;
            (Input::Reserved { shop, pieces: pieces(&lines) }, lines)
        }
        INVENTORY_REROUTED => {
            let InventoryRerouted { shop, round, lines, .. } = read(at, delivery)?;
            (Input::Rerouted { shop, round, pieces: pieces(&lines) }, lines)
        }
        RECALL_REQUESTED => {
            let Rerouting { shop, round, .. } = read(at, delivery)?;
            (Input::Recalled { shop, round }, Vec::new())
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
            let before = known.get(&id);
            let Some(after) = take(id, before, &input, now) else { continue };
            let cause = delivery.cause(self.name());
            let mut batch = Batch::new(now, cause.clone());
            // An order whose shop gave it back before it was heard of came without its lines.
            let new = before.is_none_or(|before| before.pieces == 0);
            let (lines, late) = (if new { &lines[..] } else { &[] }, matches!(input, Input::Recalled { .. }));
            write(&mut batch, &Change { before, after: &after, lines, late }, self.0.new_id());
            effects.writes.extend(batch.writes);
            let told = batch.events.into_iter();
            effects.events.extend(told.map(|event| NewEvent { cause: Some(cause.clone()), ..event }));
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
        [INVENTORY_RESERVED, INVENTORY_REROUTED, RECALL_REQUESTED, TRANSACTION_CANCELLED].contains(&kind)
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
