//! The choreography's part in inventory: orders are held, payments make them firm, cancellations give them back.

use super::events::{self, Movement};
use super::model::{self, Change, Input, Level, Levels, Place, Reservation, Stage};
use super::sql;
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{
    ORDER_FULFILLED, PAYMENT_PROCESSED, TRANSACTION_CANCELLED, TRANSACTION_CREATED, TransactionCreated,
};
use db::{Batch, Db, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources};
use kernel::{Clock, ModuleCode, Timestamp, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Hears orders, payments, cancellations and hand-overs.
pub(super) struct Saga(pub(super) Arc<dyn Clock>);

/// What a page works on: promises and levels as the database has them, and as the page leaves them.
struct Desk {
    promises: BTreeMap<Uuid, Reservation>,
    levels: Levels,
    /// The versions that the levels had.
    found: BTreeMap<Place, u64>,
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
        let rows = own.query(&sql::LEVELS, db::params![list(&products)]).await?;
        let levels: Levels = rows.iter().map(sql::level).collect::<DbResult<_>>()?;
        let found = levels.iter().map(|(place, level)| (place.clone(), level.version)).collect();
        let (now, clock) = (clock.now(), clock.clone());
        Ok(Self { promises, levels, found, now, clock, effects: Effects::default() })
    }

    fn take(&mut self, at: usize, delivery: &Delivery) -> Result<(), PageFault> {
        let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse().ok());
        let id: Uuid = id.ok_or_else(|| poison(at, "unreadable", "no transaction_id"))?;
        let known = self.promises.get(&id);
        let Some((after, changes)) = model::take(id, known, &input(at, delivery)?, &self.levels) else {
            return Ok(());
        };
        let cause = delivery.cause("inventory.saga");
        let mut batch = Batch::new(self.now, cause.clone());
        let lacking = match after.stage {
            Stage::Refused => model::lacking(&after, &self.levels),
            _ => Vec::new(),
        };
        write_promise(&mut batch, known, &after);
        batch.event(events::under(&cause, events::of_reservation(self.clock.new_id(), &after, lacking)));
        let consumed = after.stage == Stage::Consumed;
        for change in &changes {
            self.change(&mut batch, change, consumed.then_some(id))?;
        }
        let told = batch.events.into_iter().map(|event| events::under(&cause, event));
        self.effects.writes.extend(batch.writes);
        self.effects.events.extend(told);
        self.promises.insert(id, after);
        Ok(())
    }

    /// Changes a level in memory, and adds what tells of it; the row itself is written once, when the page is done.
    fn change(&mut self, batch: &mut Batch, change: &Change, sold: Option<Uuid>) -> Result<(), PageFault> {
        let Some(level) = self.levels.get_mut(&change.place) else {
            return Err(poison(0, "no_stock", format!("{:?} has no level", change.place)));
        };
        level.on_hand += change.on_hand;
        level.reserved += change.reserved;
        level.version += 1;
        let movement = sold.map(|transaction| Movement {
            id: self.clock.new_id(),
            kind: "sale",
            quantity: change.on_hand,
            transaction: Some(transaction),
            at: self.now,
        });
        if let Some(m) = &movement {
            let params = sql::movement(m.id, &change.place, m.kind, m.quantity, m.transaction, self.now);
            batch.expect_one(&sql::ADD_MOVEMENT, params);
        }
        batch.event(events::of_level(self.clock.new_id(), &change.place, level, movement.as_ref()));
        Ok(())
    }

    fn close(self) -> Effects {
        let Self { levels, found, mut effects, now, .. } = self;
        let mut batch =
            Batch::new(now, kernel::Cause::new(&kernel::Actor::system("inventory.saga"), Uuid::nil()));
        for (place, level) in &levels {
            let from = found.get(place).copied().unwrap_or(0);
            if level.version != from {
                batch.expect_one(&sql::SET_LEVEL, sql::set_level(place, level, from));
            }
        }
        effects.writes.extend(batch.writes);
        effects
    }
}

fn write_promise(batch: &mut Batch, before: Option<&Reservation>, after: &Reservation) {
    let (id, paid) = (after.transaction, i64::from(after.paid));
    match before {
        None => batch.expect_one(
            &sql::ADD_RESERVATION,
            db::params![id, &after.shop, after.stage.word(), paid, after.version],
        ),
        Some(before) => batch.expect_one(
            &sql::MOVE_RESERVATION,
            db::params![id, before.version, &after.shop, after.stage.word(), paid, after.version],
        ),
    };
    if before.is_none_or(|before| before.lines.is_empty()) {
        for line in &after.lines {
            let params = db::params![id, line.product_id, i64::from(line.quantity), line.unit_price_cents];
            batch.expect_one(&sql::ADD_RESERVATION_LINE, params);
        }
    }
}

/// A level after goods came in, with everything that is written for it.
pub(super) fn receive(
    batch: &mut Batch,
    place: &Place,
    before: Option<&Level>,
    pieces: i64,
    ids: [Uuid; 2],
) -> Level {
    let old = before.cloned().unwrap_or_default();
    let level = Level { on_hand: old.on_hand + pieces, version: old.version + 1, ..old };
    match before {
        Some(before) => batch.expect_one(&sql::SET_LEVEL, sql::set_level(place, &level, before.version)),
        None => batch.expect_one(
            &sql::ADD_LEVEL,
            db::params![&place.0, place.1, level.on_hand, level.reserved, level.version],
        ),
    };
    let [event, movement] = ids;
    batch.expect_one(&sql::ADD_MOVEMENT, sql::movement(movement, place, "receipt", pieces, None, batch.at));
    let movement =
        Movement { id: movement, kind: "receipt", quantity: pieces, transaction: None, at: batch.at };
    batch.event(events::of_level(event, place, &level, Some(&movement)));
    level
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
        [TRANSACTION_CREATED, PAYMENT_PROCESSED, TRANSACTION_CANCELLED, ORDER_FULFILLED].contains(&kind)
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
            Ok(desk.close())
        })
    }
}
