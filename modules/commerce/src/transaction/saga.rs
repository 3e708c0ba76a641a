//! What payment, inventory and the shops answer moves a transaction on; what they do not answer in time cancels it.

use super::events;
use super::model::{Input, Outcome, State, Transaction};
use super::sql;
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{
    INVENTORY_RELEASED, INVENTORY_RESERVED, INVENTORY_UNAVAILABLE, ORDER_DELIVERED, ORDER_FULFILLED,
    ORDER_REFUSED, PAYMENT_FAILED, PAYMENT_PROCESSED, PAYMENT_REFUNDED, PaymentProcessed,
};
use db::{Batch, Db, DbResult, NewEvent, Write};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources, Timer, TimerHandler};
use kernel::{Cause, Clock, ModuleCode, Timestamp, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long the bank may take.
const PAYMENT_S: i64 = 15 * 60;
/// How long the stock room may take, once the bank has answered.
const STOCK_S: i64 = 5 * 60;
/// How long a shop may take to hand the goods over.
const SHOP_S: i64 = 5 * 86_400;
/// The name of the timer; each transaction has one, under its own id.
const OVERDUE: &str = "overdue";

/// The choreography's part in this module.
pub(super) struct Saga(pub(super) Arc<dyn Clock>);

/// A transaction after a change, and all that the change writes.
pub(super) fn step(
    before: &Transaction,
    mut after: Transaction,
    event_id: Uuid,
    now: Timestamp,
    cause: &Cause,
) -> (Transaction, Vec<Write>, NewEvent) {
    (after.version, after.updated_at) = (before.version + 1, now);
    let mut batch = Batch::new(now, cause.clone());
    batch.expect_one(&sql::MOVE, sql::move_params(&after));
    if after.state != before.state {
        arm(&mut batch, &after);
    }
    let event = NewEvent { cause: Some(cause.clone()), ..events::moved(event_id, before.state, &after) };
    (after, batch.writes, event)
}

/// Sets the timer of what is waited for in the present state, or takes it away in a final one.
pub(super) fn arm(batch: &mut Batch, t: &Transaction) {
    let seconds = match t.state {
        State::Created => PAYMENT_S,
        State::Paid => STOCK_S,
        State::Reserved => SHOP_S,
        State::Completed | State::Cancelled => return flow::cancel_timer(batch, t.id),
    };
    flow::set_timer(batch, t.id, OVERDUE, batch.at.plus_seconds(seconds), serde_json::json!({}));
}

fn input(at: usize, delivery: &Delivery) -> Result<Input, PageFault> {
    Ok(match delivery.event.kind.as_str() {
        PAYMENT_PROCESSED => {
            Input::Paid { amount_cents: read::<PaymentProcessed>(at, delivery)?.amount_cents }
        }
        PAYMENT_FAILED => Input::PaymentFailed,
        PAYMENT_REFUNDED => Input::Refunded,
        INVENTORY_RESERVED => Input::Reserved,
        INVENTORY_UNAVAILABLE => Input::Unavailable,
        INVENTORY_RELEASED => Input::Released,
        ORDER_FULFILLED => Input::Fulfilled,
        ORDER_DELIVERED => Input::Delivered,
        ORDER_REFUSED => Input::Refused,
        other => return Err(poison(at, "unexpected", other)),
    })
}

impl Saga {
    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let ids = transactions(page)?;
        let rows = own.query(&sql::SEVERAL, db::params![list(&ids)]).await.map_err(|e| away(&e))?;
        let known = rows.iter().map(|row| sql::transaction(row).map(|t| (t.id, t)));
        let mut known: BTreeMap<Uuid, Transaction> = known.collect::<DbResult<_>>().map_err(|e| away(&e))?;
        let mut effects = Effects::default();
        for (at, delivery) in page.iter().enumerate() {
            let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse::<Uuid>().ok());
            let Some(before) = id.and_then(|id| known.get(&id)) else {
                return Err(poison(at, "unknown_transaction", format!("{id:?}")));
            };
            match before.take(&input(at, delivery)?) {
                Outcome::Nothing => {}
                Outcome::Contradiction(why) => return Err(poison(at, "contradiction", why)),
                Outcome::Moved(after) => {
                    let cause = delivery.cause(self.name());
                    let now = self.0.now();
                    let (after, writes, event) = step(before, *after, self.0.new_id(), now, &cause);
                    effects.writes.extend(writes);
                    effects.events.push(event);
                    known.insert(after.id, after);
                }
            }
        }
        Ok(effects)
    }
}

impl Consumer for Saga {
    fn name(&self) -> &str {
        "transaction.saga"
    }

    fn sources(&self) -> Sources {
        let codes = ["payment", "inventory", "retail"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [
            PAYMENT_PROCESSED,
            PAYMENT_FAILED,
            PAYMENT_REFUNDED,
            INVENTORY_RESERVED,
            INVENTORY_UNAVAILABLE,
            INVENTORY_RELEASED,
            ORDER_FULFILLED,
            ORDER_DELIVERED,
            ORDER_REFUSED,
        ]
        .contains(&kind)
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

impl TimerHandler for Saga {
    fn fire<'a>(&'a self, db: &'a Db, timer: &'a Timer, now: Timestamp) -> BoxFuture<'a, DbResult<Batch>> {
        Box::pin(async move {
            let mut batch = Batch::new(now, timer.cause.clone());
            let Some(row) = db.query_one(&sql::ONE, db::params![timer.id]).await? else { return Ok(batch) };
            let before = sql::transaction(&row)?;
            if let Outcome::Moved(after) = before.take(&Input::Overdue) {
                let (_, writes, event) = step(&before, *after, self.0.new_id(), now, &timer.cause);
                // The timer itself is taken away by whoever fires it.
                batch.writes.extend(writes.into_iter().take(1));
                batch.event(event);
            }
            Ok(batch)
        })
    }
}
