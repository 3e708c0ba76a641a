//! The choreography's part in payment: it hears orders, cancellations and hand-overs, and asks the bank.
//!
//! What is to be asked is a timer in the commit of the decision; the bank's answer and the end of the timer are one
//! commit. A crash in between asks again with the same key, which the bank answers as it did before.

use super::model::{Input, Payment, take};
use super::{events, sql};
use crate::bank::{Answer, Bank, Operation, Request};
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{ORDER_FULFILLED, TRANSACTION_CANCELLED, TRANSACTION_CREATED, TransactionCreated};
use db::{Batch, Db, DbError, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources, Timer, TimerHandler};
use kernel::{Clock, ModuleCode, Timestamp, Uuid};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of the timers.
const ASK: &str = "ask_the_bank";
/// The longest wait between two questions.
const LONGEST_S: i64 = 3600;

/// The choreography's part in this module.
pub(super) struct Saga {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) bank: Arc<Bank>,
}

fn input(at: usize, delivery: &Delivery) -> Result<Input, PageFault> {
    Ok(match delivery.event.kind.as_str() {
        TRANSACTION_CREATED => {
            let TransactionCreated { total_cents, payment_method, .. } = read(at, delivery)?;
            Input::Ordered { amount_cents: total_cents, method: payment_method }
        }
        TRANSACTION_CANCELLED => Input::Cancelled,
        ORDER_FULFILLED => Input::Fulfilled,
        other => return Err(poison(at, "unexpected", other)),
    })
}

impl Saga {
    /// Adds a payment after a change to a Batch: its row, its event, and the question to the bank that follows.
    fn write(&self, batch: &mut Batch, after: &Payment, back_cents: i64) {
        match after.version {
            1 => batch.expect_one(&sql::ADD, sql::add_params(after)),
            _ => batch.expect_one(&sql::MOVE, sql::move_params(after)),
        };
        batch.event(events::moved(self.clock.new_id(), after, back_cents));
        if after.stage.asks().is_some() {
            self.ask_at(batch, after.transaction, batch.at, 0);
        }
    }

    fn ask_at(&self, batch: &mut Batch, transaction: Uuid, due: Timestamp, asked: u32) {
        let data = json!({ "transaction_id": transaction, "asked": asked });
        flow::set_timer(batch, self.clock.new_id(), ASK, due, data);
    }

    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let ids = list(&transactions(page)?);
        let rows = own.query(&sql::SEVERAL, db::params![ids]).await.map_err(|e| away(&e))?;
        let known = rows.iter().map(|row| sql::payment(row).map(|p| (p.transaction, p)));
        let mut known: BTreeMap<Uuid, Payment> = known.collect::<DbResult<_>>().map_err(|e| away(&e))?;
        let mut effects = Effects::default();
        for (at, delivery) in page.iter().enumerate() {
            let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse().ok());
            let id: Uuid = id.ok_or_else(|| poison(at, "unreadable", "no transaction_id"))?;
            let Some(after) = take(id, known.get(&id), &input(at, delivery)?) else { continue };
            let cause = delivery.cause(self.name());
            let mut batch = Batch::new(self.clock.now(), cause.clone());
            self.write(&mut batch, &after, 0);
            effects.writes.extend(batch.writes);
            let told = batch.events.into_iter();
            effects.events.extend(told.map(|event| db::NewEvent { cause: Some(cause.clone()), ..event }));
            known.insert(id, after);
        }
        Ok(effects)
    }

    async fn ask(&self, payment: &Payment, operation: Operation) -> DbResult<Answer> {
        let authorisation = payment.transaction.to_string();
        let request = Request {
            operation,
            authorisation: &authorisation,
            amount_cents: payment.amount_cents,
            method: &payment.method,
        };
        self.bank.ask(&request).await
    }
}

impl Consumer for Saga {
    fn name(&self) -> &str {
        "payment.saga"
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "retail"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [TRANSACTION_CREATED, TRANSACTION_CANCELLED, ORDER_FULFILLED].contains(&kind)
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
            let id: Uuid = timer.data["transaction_id"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| DbError::internal(format!("timer {} names no payment", timer.id)))?;
            let Some(row) = db.query_one(&sql::ONE, db::params![id]).await? else { return Ok(batch) };
            let payment = sql::payment(&row)?;
            let Some(operation) = payment.stage.asks() else { return Ok(batch) };
            let answer = self.ask(&payment, operation).await?;
            match payment.answered(answer) {
                Some(after) => {
                    let back_cents = if let Answer::Done(cents) = answer { cents } else { 0 };
                    self.write(&mut batch, &after, back_cents);
                }
                None => {
                    let asked = timer.data["asked"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
                    let wait = LONGEST_S.min(1 << asked.min(12));
                    tracing::warn!(payment = %id, ?operation, ?answer, wait, "the bank will be asked again");
                    self.ask_at(&mut batch, id, now.plus_seconds(wait), asked + 1);
                }
            }
            Ok(batch)
        })
    }
}
