//! What payment, inventory and the shops answer moves a transaction on; what they do not answer in time cancels it.

use super::events;
use super::incidents::{self, Incident, IncidentKind};
use super::model::{Input, Outcome, Routing, State, Transaction, Turn};
use super::sql;
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{
    ByShop, INVENTORY_RELEASED, INVENTORY_REROUTE_FAILED, INVENTORY_REROUTED, INVENTORY_RESERVED,
    INVENTORY_UNAVAILABLE, ORDER_DELIVERED, ORDER_FULFILLED, ORDER_REFUSED, PAYMENT_FAILED, PAYMENT_MANUAL,
    PAYMENT_PROCESSED, PAYMENT_REFUNDED, PAYMENT_SETTLED, PaymentManual, PaymentProcessed, PaymentRefunded,
    RerouteFailed,
};
use db::{Batch, Db, DbResult, NewEvent, Write};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources, Timer, TimerHandler};
use kernel::{Cause, Clock, ModuleCode, Timestamp, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long the bank may take.
pub(super) const PAYMENT_S: i64 = 15 * 60;
/// How long the stock room may take, once the bank has answered.
pub(super) const STOCK_S: i64 = 5 * 60;
/// How long a shop may take to hand the goods over.
pub(super) const SHOP_S: i64 = 5 * 86_400;
/// How long a shop’s module may take to give an order back: it decides by itself, nobody has to do anything.
const RECALL_S: i64 = 3600;
/// The name of the timer; each transaction has one, under its own id.
const OVERDUE: &str = "overdue";
/// The name of the timer of an order that a shop is to give back, under an id beside: it is set by the other as it fires.
const RECALL: &str = "recall";

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
    let stands = |t: &Transaction| (t.state, t.routing, t.round);
    if stands(before) != stands(&after) {
        if before.routing == Routing::Recalled {
            flow::cancel_timer(&mut batch, recall_of(after.id));
        }
        arm(&mut batch, &after);
    }
    let event = NewEvent { cause: Some(cause.clone()), ..events::moved(event_id, before, &after) };
    (after, batch.writes, event)
}

/// The timer of an order that a shop is to give back; the low bits are those of incidents.
fn recall_of(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ 0x100)
}

/// Sets the timer of what is waited for in the present state, or takes it away in a final one.
pub(super) fn arm(batch: &mut Batch, t: &Transaction) {
    let (id, name, seconds) = match (t.state, t.routing) {
        (State::Created, _) => (t.id, OVERDUE, PAYMENT_S),
        (State::Paid, _) | (State::Reserved, Routing::Asked) => (t.id, OVERDUE, STOCK_S),
        (State::Reserved, Routing::Settled) => (t.id, OVERDUE, SHOP_S),
        (State::Reserved, Routing::Recalled) => (recall_of(t.id), RECALL, RECALL_S),
        (State::Completed | State::Cancelled, _) => return flow::cancel_timer(batch, t.id),
    };
    let of = serde_json::json!({ "transaction_id": t.id });
    flow::set_timer(batch, id, name, batch.at.plus_seconds(seconds), of);
}

/// What an event comes to: an input of the table of states, or news of an incident; some are both.
#[derive(Default)]
struct Heard {
    input: Option<Input>,
    /// An incident to open: its kind, which refund, how much, and the version of what is stuck.
    opens: Option<(IncidentKind, Option<Uuid>, i64, u64)>,
    /// The place of an incident that is resolved, and the version of what was stuck.
    resolves: Option<(Uuid, u64)>,
}

fn refunded(at: usize, delivery: &Delivery, id: Uuid) -> Result<Heard, PageFault> {
    let said: PaymentRefunded = read(at, delivery)?;
    let input = match (said.reason.as_deref(), said.returned_cents) {
        (Some("return"), Some(returned_cents)) => Input::Returned { returned_cents },
        _ => Input::Refunded,
    };
    let resolves = match said.kind.as_str() {
        "void" => IncidentKind::Capture.of(id),
        _ => IncidentKind::Refund.of(said.return_id.unwrap_or(id)),
    };
    Ok(Heard { input: Some(input), opens: None, resolves: Some((resolves, delivery.event.stream_version)) })
}

/// Whose turn an event says it is.
fn turn(at: usize, delivery: &Delivery) -> Result<Turn, PageFault> {
    let ByShop { shop, round, .. } = read(at, delivery)?;
    Ok(Turn { shop, round })
}

fn heard(at: usize, delivery: &Delivery, id: Uuid) -> Result<Heard, PageFault> {
    let input = match delivery.event.kind.as_str() {
        PAYMENT_PROCESSED => {
            Input::Paid { amount_cents: read::<PaymentProcessed>(at, delivery)?.amount_cents }
        }
        PAYMENT_FAILED => Input::PaymentFailed,
        PAYMENT_REFUNDED => return refunded(at, delivery, id),
        PAYMENT_MANUAL => {
            let said: PaymentManual = read(at, delivery)?;
            let kind = if said.what == "refund" { IncidentKind::Refund } else { IncidentKind::Capture };
            return Ok(Heard {
                opens: Some((kind, said.refund_id, said.amount_cents, said.version)),
                ..Heard::default()
            });
        }
        PAYMENT_SETTLED => {
            let resolves = Some((IncidentKind::Capture.of(id), delivery.event.stream_version));
            return Ok(Heard { resolves, ..Heard::default() });
        }
        INVENTORY_RESERVED => Input::Reserved,
        INVENTORY_UNAVAILABLE => Input::Unavailable,
        INVENTORY_RELEASED => Input::Released,
        INVENTORY_REROUTED => Input::Rerouted(turn(at, delivery)?),
        INVENTORY_REROUTE_FAILED => Input::NotRerouted { round: read::<RerouteFailed>(at, delivery)?.round },
        ORDER_FULFILLED => Input::Fulfilled(turn(at, delivery)?),
        ORDER_DELIVERED => Input::Delivered,
        ORDER_REFUSED => Input::Refused(turn(at, delivery)?),
        other => return Err(poison(at, "unexpected", other)),
    };
    Ok(Heard { input: Some(input), ..Heard::default() })
}

/// What a page works on: transactions and incidents as the database has them, and as the page leaves them.
struct Desk<'a> {
    saga: &'a Saga,
    known: BTreeMap<Uuid, Transaction>,
    incidents: BTreeMap<Uuid, Incident>,
    effects: Effects,
}

impl Desk<'_> {
    fn take(&mut self, at: usize, delivery: &Delivery) -> Result<(), PageFault> {
        let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse::<Uuid>().ok());
        let Some(before) = id.and_then(|id| self.known.get(&id)).cloned() else {
            return Err(poison(at, "unknown_transaction", format!("{id:?}")));
        };
        let cause = delivery.cause(self.saga.name());
        let Heard { input, opens, resolves } = heard(at, delivery, before.id)?;
        if let Some((kind, refund, cents, round)) = opens {
            self.open(kind, (before.id, refund), (cents, round), &cause);
        }
        if let Some((place, round)) = resolves {
            let now = self.saga.0.now();
            let after = self.incidents.get(&place).and_then(|incident| incident.resolved(round, now));
            self.incident(after, &cause);
        }
        let Some(input) = input else { return Ok(()) };
        match before.take(&input) {
            Outcome::Known => {}
            Outcome::Unexpected => self.unexpected(&before, &delivery.event.kind, &cause),
            Outcome::Incident(kind) => self.open(kind, (before.id, None), (before.total_cents, 0), &cause),
            Outcome::Moved(after) => {
                let now = self.saga.0.now();
                let (after, writes, event) = step(&before, *after, self.saga.0.new_id(), now, &cause);
                self.effects.writes.extend(writes);
                self.effects.events.push(event);
                self.known.insert(after.id, after);
            }
        }
        Ok(())
    }

    fn open(&mut self, kind: IncidentKind, about: (Uuid, Option<Uuid>), stuck: (i64, u64), cause: &Cause) {
        let place = kind.of(about.1.unwrap_or(about.0));
        let known = self.incidents.get(&place);
        let after = Incident::opened(kind, about, stuck, known, self.saga.0.now());
        self.incident(after, cause);
    }

    fn incident(&mut self, after: Option<Incident>, cause: &Cause) {
        let Some(after) = after else { return };
        let mut batch = Batch::new(self.saga.0.now(), cause.clone());
        incidents::commands::write(&mut batch, &after, self.saga.0.new_id(), false);
        self.effects.add(batch);
        self.incidents.insert(after.id, after);
    }

    /// Counted, and kept in the log: never silent.
    fn unexpected(&mut self, before: &Transaction, heard: &str, cause: &Cause) {
        tracing::warn!(transaction = %before.id, state = before.state.word(), heard, "unexpected in this state");
        let params = db::params![before.state.word(), heard];
        let statement = sql::COUNT_UNEXPECTED.clone();
        self.effects.writes.push(Write { statement, params, expect: db::Expect::Any });
        let event = events::unexpected(self.saga.0.new_id(), before, heard);
        self.effects.events.push(NewEvent { cause: Some(cause.clone()), ..event });
    }
}

impl Saga {
    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let ids = list(&transactions(page)?);
        let rows = own.query(&sql::SEVERAL, db::params![ids.clone()]).await.map_err(|e| away(&e))?;
        let known = rows.iter().map(|row| sql::transaction(row).map(|t| (t.id, t)));
        let known = known.collect::<DbResult<_>>().map_err(|e| away(&e))?;
        let incidents = incidents::commands::of(own, ids).await.map_err(|e| away(&e))?;
        let incidents = incidents.into_iter().map(|incident| (incident.id, incident)).collect();
        let mut desk = Desk { saga: self, known, incidents, effects: Effects::default() };
        for (at, delivery) in page.iter().enumerate() {
            desk.take(at, delivery)?;
        }
        Ok(desk.effects)
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
            PAYMENT_MANUAL,
            PAYMENT_SETTLED,
            INVENTORY_RESERVED,
            INVENTORY_UNAVAILABLE,
            INVENTORY_RELEASED,
            INVENTORY_REROUTED,
            INVENTORY_REROUTE_FAILED,
            ORDER_FULFILLED,
            ORDER_DELIVERED,
            ORDER_REFUSED,
        ]
        .contains(&kind)
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

impl TimerHandler for Saga {
    fn fire<'a>(&'a self, db: &'a Db, timer: &'a Timer, now: Timestamp) -> BoxFuture<'a, DbResult<Batch>> {
        Box::pin(async move {
            let mut batch = Batch::new(now, timer.cause.clone());
            // The first timers did not say whose they were: it was their own id.
            let of = timer.data["transaction_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(timer.id);
            let Some(row) = db.query_one(&sql::ONE, db::params![of]).await? else { return Ok(batch) };
            let before = sql::transaction(&row)?;
            if timer.name == RECALL && before.routing != Routing::Recalled {
                return Ok(batch);
            }
            if let Outcome::Moved(after) = before.take(&Input::Overdue) {
                let (after, writes, event) = step(&before, *after, self.0.new_id(), now, &timer.cause);
                // The timer itself is taken away by whoever fires it; what is set is another one.
                let sets = if after.routing == Routing::Recalled { 2 } else { 1 };
                batch.writes.extend(writes.into_iter().take(sets));
                batch.event(event);
            }
            Ok(batch)
        })
    }
}
