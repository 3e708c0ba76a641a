//! The choreography's part in payment: it hears orders, cancellations, hand-overs, returns and operators, and asks the
//! bank.
//!
//! What is to be asked is a timer in the commit of the decision; the bank's answer and the end of the timer are one
//! commit. A crash in between asks again: first what came of the key, and only when nothing did, for the same once
//! more under the same key.

use super::model::{Account, Change, Hand, Input, take};
use super::{events, sql};
use crate::bank::{Answer, Bank, Request};
use crate::reading::{away, list, poison, read, transactions};
use contracts::commerce::{
    COMPENSATION_REQUESTED, CompensationRequested, ORDER_FULFILLED, RETURN_REFUND_REQUESTED,
    ReturnRefundRequested, TRANSACTION_CANCELLED, TRANSACTION_CREATED, TransactionCreated,
};
use db::{Batch, Db, DbError, DbResult};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources, Timer, TimerHandler};
use kernel::{Clock, ModuleCode, Timestamp, Uuid};
use serde_json::json;
use std::sync::Arc;

/// The name of the timers.
const ASK: &str = "ask_the_bank";
/// The longest wait between two questions.
const LONGEST_S: i64 = 3600;
/// How long the bank may fail to give money back before an operator sees to it.
const PATIENCE_S: i64 = 86_400;

/// The choreography's part in this module.
pub(super) struct Saga {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) bank: Arc<Bank>,
}

/// What a timer wants to know of the bank.
struct Question {
    transaction: Uuid,
    refund: Option<Uuid>,
    asked: u32,
    since: Timestamp,
}

impl Question {
    fn of(timer: &Timer) -> DbResult<Self> {
        let id = |name: &str| timer.data[name].as_str().and_then(|text| text.parse::<Uuid>().ok());
        let transaction = id("transaction_id")
            .ok_or_else(|| DbError::internal(format!("timer {} names no payment", timer.id)))?;
        let asked = timer.data["asked"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let since = timer.data["since"].as_i64().map_or(timer.due_at, Timestamp);
        Ok(Self { transaction, refund: id("refund_id"), asked, since })
    }
}

fn input(at: usize, delivery: &Delivery) -> Result<Option<Input>, PageFault> {
    Ok(Some(match delivery.event.kind.as_str() {
        TRANSACTION_CREATED => {
            let TransactionCreated { total_cents, payment_method, .. } = read(at, delivery)?;
            Input::Ordered { amount_cents: total_cents, method: payment_method }
        }
        TRANSACTION_CANCELLED => Input::Cancelled,
        ORDER_FULFILLED => Input::Fulfilled,
        RETURN_REFUND_REQUESTED => {
            let ReturnRefundRequested { return_id, amount_cents, .. } = read(at, delivery)?;
            Input::Return { id: return_id, amount_cents }
        }
        COMPENSATION_REQUESTED => {
            let asked: CompensationRequested = read(at, delivery)?;
            let act = match asked.action.as_str() {
                "retry" => Hand::Retry,
                "settle" => Hand::Settle,
                "write_off" => Hand::WriteOff,
                _ => return Ok(None),
            };
            match asked.kind.as_str() {
                "refund" => Input::Hand { refund: asked.refund_id, act },
                "capture" => Input::Hand { refund: None, act },
                _ => return Ok(None),
            }
        }
        other => return Err(poison(at, "unexpected", other)),
    }))
}

impl Saga {
    /// Adds a payment after a change to a Batch: its rows, its event, and the questions to the bank that follow.
    fn write(&self, batch: &mut Batch, before: Option<&Account>, change: &Change) {
        sql::write(batch, &change.account, change.refund);
        batch.event(events::moved(self.clock.new_id(), change));
        for refund in change.account.asks_since(before) {
            let (transaction, since) = (change.account.payment.transaction, batch.at);
            self.ask_at(batch, &Question { transaction, refund, asked: 0, since }, batch.at);
        }
    }

    fn ask_at(&self, batch: &mut Batch, question: &Question, due: Timestamp) {
        let Question { transaction, refund, asked, since } = question;
        let data =
            json!({ "transaction_id": transaction, "refund_id": refund, "asked": asked, "since": since.0 });
        flow::set_timer(batch, self.clock.new_id(), ASK, due, data);
    }

    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let ids = list(&transactions(page)?);
        let mut known = sql::accounts(own, ids).await.map_err(|e| away(&e))?;
        let mut effects = Effects::default();
        for (at, delivery) in page.iter().enumerate() {
            let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse().ok());
            let id: Uuid = id.ok_or_else(|| poison(at, "unreadable", "no transaction_id"))?;
            let Some(input) = input(at, delivery)? else { continue };
            let Some(change) = take(id, known.get(&id), &input) else { continue };
            let mut batch = Batch::new(self.clock.now(), delivery.cause(self.name()));
            self.write(&mut batch, known.get(&id), &change);
            effects.add(batch);
            known.insert(id, change.account);
        }
        Ok(effects)
    }

    /// What the bank answers. An answer that never came is looked for before anything is asked again.
    async fn ask(&self, request: &Request, asked: u32) -> DbResult<Answer> {
        if asked > 0
            && let Some(answer) = self.bank.recall(request).await?
        {
            return Ok(answer);
        }
        self.bank.ask(request).await
    }

    async fn fired(&self, db: &Db, timer: &Timer, now: Timestamp) -> DbResult<Batch> {
        let mut batch = Batch::new(now, timer.cause.clone());
        let mut question = Question::of(timer)?;
        let known = sql::accounts(db, list([&question.transaction])).await?;
        let Some(account) = known.get(&question.transaction) else { return Ok(batch) };
        let Some(request) = account.request(question.refund) else { return Ok(batch) };
        let answer = self.ask(&request, question.asked).await?;
        let patient = now.0 - question.since.0 < PATIENCE_S * 1_000_000;
        if let Some(change) = account.answered(question.refund, answer, patient) {
            self.write(&mut batch, Some(account), &change);
        } else {
            let wait = LONGEST_S.min(1 << question.asked.min(12));
            tracing::warn!(payment = %question.transaction, ?request.operation, ?answer, wait, "the bank will be asked again");
            question.asked += 1;
            self.ask_at(&mut batch, &question, now.plus_seconds(wait));
        }
        Ok(batch)
    }
}

impl Consumer for Saga {
    fn name(&self) -> &str {
        "payment.saga"
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "retail", "returns"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [
            TRANSACTION_CREATED,
            TRANSACTION_CANCELLED,
            ORDER_FULFILLED,
            RETURN_REFUND_REQUESTED,
            COMPENSATION_REQUESTED,
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
        Box::pin(self.fired(db, timer, now))
    }
}
