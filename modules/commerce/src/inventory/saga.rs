//! The choreography's part in inventory: orders are held, payments make them firm, cancellations give them back,
//! and what one shop does not prepare is held in another.

use super::events;
use super::model::{self, Input, Reservation, Stage};
use super::shelves::{Shelves, Why};
use super::sql;
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{
    ORDER_FULFILLED, PAYMENT_PROCESSED, REROUTE_REQUESTED, Rerouting, TRANSACTION_CANCELLED,
    TRANSACTION_CREATED, TransactionCreated,
};
use db::{Batch, Db, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources, Timer, TimerHandler};
use kernel::{Cause, Clock, ModuleCode, Timestamp, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long goods are set aside for a payment: longer than a transaction waits for the bank, so that it is the order
/// that ends, not what it was promised.
const HOLD_S: i64 = 20 * 60;
/// The name of the timer; each promise has one, under the id of its transaction.
const HOLD: &str = "hold";

/// Hears orders, payments, cancellations, hand-overs, and what is to go to another shop.
pub(super) struct Saga(pub(super) Arc<dyn Clock>);

/// What a page works on: promises and levels as the database has them, and as the page leaves them.
struct Desk {
    promises: BTreeMap<Uuid, Reservation>,
    shelves: Shelves,
    now: Timestamp,
    clock: Arc<dyn Clock>,
    effects: Effects,
}

fn input(at: usize, delivery: &Delivery) -> Result<Input, PageFault> {
    Ok(match delivery.event.kind.as_str() {
        TRANSACTION_CREATED => {
            let TransactionCreated { shop, lines, .. } = read(at, delivery)?;
            Input::Ordered { shop, lines }
        }
        PAYMENT_PROCESSED => Input::Paid,
        TRANSACTION_CANCELLED => Input::Cancelled,
        ORDER_FULFILLED => Input::Fulfilled,
        REROUTE_REQUESTED => Input::Reroute { round: read::<Rerouting>(at, delivery)?.round },
        other => return Err(poison(at, "unexpected", other)),
    })
}

impl Desk {
    /// Everything that a page speaks of.
    async fn open(own: &Db, page: &[Delivery], clock: &Arc<dyn Clock>) -> Result<Self, PageFault> {
        let ids = list(&transactions(page)?);
        let mut products = BTreeSet::new();
        for (at, delivery) in page.iter().enumerate() {
            if let Input::Ordered { lines, .. } = input(at, delivery)? {
                products.extend(lines.iter().map(|line| line.product_id));
            }
        }
        Self::load(own, ids, products, clock).await.map_err(|e| away(&e))
    }

    async fn load(
        own: &Db,
        ids: serde_json::Value,
        mut products: BTreeSet<Uuid>,
        clock: &Arc<dyn Clock>,
    ) -> DbResult<Self> {
        let rows = own.query(&sql::RESERVATIONS, db::params![ids.clone()]).await?;
        let promises = rows.iter().map(|row| sql::reservation(row).map(|r| (r.transaction, r)));
        let mut promises: BTreeMap<_, _> = promises.collect::<DbResult<_>>()?;
        for row in own.query(&sql::RESERVATION_LINES, db::params![ids]).await? {
            let (id, line) = sql::reservation_line(&row)?;
            products.insert(line.product_id);
            if let Some(promise) = promises.get_mut(&id) {
                promise.lines.push(line);
            }
        }
        let shelves = Shelves::load(own, &products, clock).await?;
        let (now, clock) = (clock.now(), clock.clone());
        Ok(Self { promises, shelves, now, clock, effects: Effects::default() })
    }

    fn take(&mut self, at: usize, delivery: &Delivery) -> Result<(), PageFault> {
        let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse().ok());
        let id: Uuid = id.ok_or_else(|| poison(at, "unreadable", "no transaction_id"))?;
        let cause = delivery.cause("inventory.saga");
        let was_held = self.promises.get(&id).is_some_and(|p| p.stage == Stage::Held);
        if self.apply(id, &input(at, delivery)?, &cause) {
            let is_held = self.promises.get(&id).is_some_and(|p| p.stage == Stage::Held);
            let mut batch = Batch::new(self.now, cause);
            match (was_held, is_held) {
                (false, true) => {
                    flow::set_timer(
                        &mut batch,
                        id,
                        HOLD,
                        self.now.plus_seconds(HOLD_S),
                        serde_json::json!({}),
                    );
                }
                (true, false) => flow::cancel_timer(&mut batch, id),
                _ => {}
            }
            self.effects.writes.extend(batch.writes);
        }
        Ok(())
    }

    /// What an input does; whether it does anything.
    fn apply(&mut self, id: Uuid, input: &Input, cause: &Cause) -> bool {
        let known = self.promises.get(&id);
        let Some((after, changes)) = model::take(id, known, input, self.shelves.levels()) else {
            return false;
        };
        let mut batch = Batch::new(self.now, cause.clone());
        let lacking = match after.stage {
            Stage::Refused => model::lacking(&after, self.shelves.levels()),
            _ => Vec::new(),
        };
        write_promise(&mut batch, known, &after);
        batch.event(events::of_reservation(self.clock.new_id(), &after, lacking));
        let why = (after.stage == Stage::Consumed).then_some(Why { kind: "sale", of: Some(id) });
        for change in &changes {
            self.shelves.apply(&mut batch, &change.place, (change.on_hand, change.reserved), why);
        }
        self.effects.add(batch);
        self.promises.insert(id, after);
        true
    }

    fn close(self, cause: Cause) -> Effects {
        let Self { shelves, mut effects, now, .. } = self;
        let mut batch = Batch::new(now, cause);
        shelves.close(&mut batch);
        effects.writes.extend(batch.writes);
        effects
    }
}

fn write_promise(batch: &mut Batch, before: Option<&Reservation>, after: &Reservation) {
    let (id, paid, round) = (after.transaction, i64::from(after.paid), i64::from(after.round));
    let refused = sql::refused(after);
    match before {
        None => batch.expect_one(
            &sql::ADD_RESERVATION,
            db::params![id, &after.shop, after.stage.word(), paid, after.version, round, refused],
        ),
        Some(before) => batch.expect_one(
            &sql::MOVE_RESERVATION,
            db::params![
                id,
                before.version,
                &after.shop,
                after.stage.word(),
                paid,
                after.version,
                round,
                refused
            ],
        ),
    };
    if before.is_none_or(|before| before.lines.is_empty()) {
        for line in &after.lines {
            let params = db::params![id, line.product_id, i64::from(line.quantity), line.unit_price_cents];
            batch.expect_one(&sql::ADD_RESERVATION_LINE, params);
        }
    }
}

impl Consumer for Saga {
    fn name(&self) -> &str {
        "inventory.saga"
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "payment", "retail"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [TRANSACTION_CREATED, PAYMENT_PROCESSED, TRANSACTION_CANCELLED, ORDER_FULFILLED, REROUTE_REQUESTED]
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
        Box::pin(async move {
            let mut desk = Desk::open(own, page, &self.0).await?;
            for (at, delivery) in page.iter().enumerate() {
                desk.take(at, delivery)?;
            }
            Ok(desk.close(Cause::new(&kernel::Actor::system("inventory.saga"), Uuid::nil())))
        })
    }
}

impl TimerHandler for Saga {
    fn fire<'a>(&'a self, db: &'a Db, timer: &'a Timer, now: Timestamp) -> BoxFuture<'a, DbResult<Batch>> {
        Box::pin(async move {
            let mut desk = Desk::load(db, list([&timer.id]), BTreeSet::new(), &self.0).await?;
            desk.apply(timer.id, &Input::Expired, &timer.cause);
            let effects = desk.close(timer.cause.clone());
            let mut batch = Batch::new(now, timer.cause.clone());
            (batch.writes, batch.events) = (effects.writes, effects.events);
            Ok(batch)
        })
    }
}
