//! Orders of the web shop become transactions under the ids that the shop gave them, and are taken back when the
//! customer wants them no more. A log between the two databases is enough: neither waits for the other.

use super::model::{Input, Outcome, Routing, State, Transaction};
use super::{events, saga, sql};
use crate::reading::{away, list, poison, read};
use contracts::ecommerce::{ORDER_PLACED, ORDER_WITHDRAWN, OrderPlaced, OrderWithdrawn};
use db::{Batch, Db, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources};
use kernel::{Clock, ModuleCode, Timestamp, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hears what customers order on the web.
pub(super) struct Placed(pub(super) Arc<dyn Clock>);

/// The order that an event is about.
fn order_of(at: usize, delivery: &Delivery) -> Result<Uuid, PageFault> {
    let id = delivery.data["order_id"].as_str().and_then(|text| text.parse().ok());
    id.ok_or_else(|| poison(at, "unreadable", format!("{}: no order_id", delivery.event.kind)))
}

fn transaction(order: &OrderPlaced, now: Timestamp) -> Transaction {
    Transaction {
        id: order.order_id,
        shop: order.shop.clone(),
        customer: order.customer_id,
        total_cents: order.total_cents,
        state: State::Created,
        reason: None,
        reserved_early: false,
        paid: false,
        settled: false,
        delivered: false,
        returned_cents: 0,
        reroute: order.reroute,
        round: 0,
        routing: Routing::Settled,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

impl Placed {
    /// A new transaction with its lines, its first event and its timer.
    fn place(&self, at: usize, delivery: &Delivery) -> Result<(Batch, Transaction), PageFault> {
        let order: OrderPlaced = read(at, delivery)?;
        let sum = order.lines.iter().try_fold(0_i64, |sum, line| {
            sum.checked_add(i64::from(line.quantity).checked_mul(line.unit_price_cents)?)
        });
        if sum != Some(order.total_cents) || order.lines.is_empty() {
            return Err(poison(at, "wrong_total", format!("{:?} instead of {sum:?}", order.total_cents)));
        }
        let t = transaction(&order, self.0.now());
        let mut batch = Batch::new(t.created_at, delivery.cause(self.name()));
        batch.expect_one(&sql::ADD, sql::add_params(&t));
        for line in &order.lines {
            let params = db::params![t.id, line.product_id, i64::from(line.quantity), line.unit_price_cents];
            batch.expect_one(&sql::ADD_LINE, params);
        }
        batch.event(events::created(self.0.new_id(), &t, &order.lines, &order.payment_method));
        saga::arm(&mut batch, &t);
        Ok((batch, t))
    }

    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let ids = page.iter().enumerate().map(|(at, delivery)| order_of(at, delivery));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let rows = own.query(&sql::SEVERAL, db::params![list(&ids)]).await.map_err(|e| away(&e))?;
        let known = rows.iter().map(|row| sql::transaction(row).map(|t| (t.id, t)));
        let mut known: BTreeMap<Uuid, Transaction> = known.collect::<DbResult<_>>().map_err(|e| away(&e))?;
        let mut effects = Effects::default();
        for (at, delivery) in page.iter().enumerate() {
            if delivery.event.kind == ORDER_PLACED {
                if known.contains_key(&ids[at]) {
                    continue;
                }
                let (batch, t) = self.place(at, delivery)?;
                effects.add(batch);
                known.insert(t.id, t);
                continue;
            }
            let OrderWithdrawn { order_id } = read(at, delivery)?;
            let Some(before) = known.get(&order_id) else {
                return Err(poison(at, "unknown_transaction", order_id.to_string()));
            };
            // Too late is no fault: the customer sees how it ended.
            if let Outcome::Moved(after) = before.take(&Input::Withdrawn) {
                let cause = delivery.cause(self.name());
                let (after, writes, event) =
                    saga::step(before, *after, self.0.new_id(), self.0.now(), &cause);
                effects.writes.extend(writes);
                effects.events.push(event);
                known.insert(after.id, after);
            }
        }
        Ok(effects)
    }
}

impl Consumer for Placed {
    fn name(&self) -> &str {
        "transaction.placed"
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("ecommerce").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [ORDER_PLACED, ORDER_WITHDRAWN].contains(&kind)
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
