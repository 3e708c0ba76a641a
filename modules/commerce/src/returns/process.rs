//! What sees a return through once it is accepted: told, money back, goods back, closed. The money is the point of no
//! return; until it has gone back, everything can be taken back.

use super::model::{Return, State};
use super::{events, sql};
use crate::reading::{away, poison, read};
use contracts::commerce::{PAYMENT_REFUND_REFUSED, PAYMENT_REFUNDED, PaymentRefunded, RefundRefused};
use db::{Batch, Db, DbResult, NewEvent, Write};
use flow::process::{self, Answer, End, Kind, Outcome, Process, Run, Runner, Step};
use flow::{BoxFuture, Consumer, Delivery, Effects, PageFault, Sources, Timer, TimerHandler};
use kernel::{Cause, Clock, ModuleCode, Timestamp, Uuid};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The step whose answer is payment's.
const REFUND: &str = "refund";
/// The steps of a return.
pub(super) const STEPS: [Step; 3] = [
    Step { name: "accept", kind: Kind::Compensatable },
    Step { name: REFUND, kind: Kind::Pivot },
    Step { name: "restock", kind: Kind::Retriable },
];
/// After how long payment is asked again; it knows the return by its key.
const REFUND_S: i64 = 6 * 3600;

/// The process of a return.
pub(super) struct Returning(Arc<dyn Clock>);

impl Returning {
    fn says(&self, answer: Answer, event: NewEvent) -> Outcome {
        Outcome { answer, writes: Vec::new(), events: vec![event] }
    }

    async fn act(&self, db: &Db, run: &Run, step: Step) -> Outcome {
        let found = match sql::one(db, run.id).await {
            Ok(found) => found,
            Err(error) => return Outcome::of(Answer::Again(error.to_string())),
        };
        let Some(r) = found else { return Outcome::of(Answer::Refused("no_return".into())) };
        let id = self.0.new_id();
        match step.name {
            "accept" => self.says(Answer::Done, events::noted(id, events::ACCEPTED, &r)),
            REFUND => self.says(Answer::Waits { seconds: REFUND_S }, events::refund(id, &r)),
            _ => self.says(Answer::Done, events::restock(id, &r)),
        }
    }

    async fn undo(&self, db: &Db, run: &Run, step: Step) -> Outcome {
        match sql::one(db, run.id).await {
            Err(error) => Outcome::of(Answer::Again(error.to_string())),
            Ok(Some(r)) if step.name == "accept" => {
                self.says(Answer::Done, events::noted(self.0.new_id(), events::WITHDRAWN, &r))
            }
            Ok(_) => Outcome::of(Answer::Done),
        }
    }
}

impl Process for Returning {
    fn name(&self) -> &str {
        "returns.return"
    }

    fn steps(&self) -> &[Step] {
        &STEPS
    }

    fn act<'a>(&'a self, db: &'a Db, run: &'a Run, step: Step, _: &'a Cause) -> BoxFuture<'a, Outcome> {
        Box::pin(Self::act(self, db, run, step))
    }

    fn undo<'a>(&'a self, db: &'a Db, run: &'a Run, step: Step, _: &'a Cause) -> BoxFuture<'a, Outcome> {
        Box::pin(Self::undo(self, db, run, step))
    }

    /// Nobody but the process changes a return that was approved: what it was then is in the run.
    fn ended(&self, run: &Run, end: End, _: &Cause) -> Outcome {
        let Some(approved) = approved(run) else { return Outcome::of(Answer::Done) };
        let now = run.due_at;
        let (kind, after) = match end {
            End::Done => (events::CLOSED, approved.moved(State::Closed, None, now)),
            End::Undone => (events::REFUSED, approved.moved(State::Refused, run.reason.clone(), now)),
        };
        let write = Write {
            statement: sql::MOVE.clone(),
            params: sql::move_params(&after),
            expect: db::Expect::Rows(1),
        };
        let events = vec![events::moved(self.0.new_id(), kind, &after)];
        Outcome { answer: Answer::Done, writes: vec![write], events }
    }
}

/// What a run works on: which return, of which transaction, and the version that it had when it was approved.
pub(super) fn data(r: &Return) -> serde_json::Value {
    serde_json::json!({ "transaction_id": r.transaction, "version": r.version })
}

/// The return of a run, as far as its end needs it.
fn approved(run: &Run) -> Option<Return> {
    let transaction = run.data["transaction_id"].as_str()?.parse().ok()?;
    Some(Return {
        id: run.id,
        transaction,
        customer: Uuid::nil(),
        shop: String::new(),
        reason: String::new(),
        amount_cents: 0,
        state: State::Approved,
        refusal: None,
        version: run.data["version"].as_u64()?,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        lines: Vec::new(),
    })
}

/// Begins the process of a return that was approved.
pub(super) fn begin(batch: &mut Batch, clock: &Arc<dyn Clock>, r: &Return) {
    process::begin(batch, &Returning(clock.clone()), r.id, &data(r));
}

/// Hears what payment answers, and works on what is due.
pub(super) struct Saga {
    runner: Runner<Returning>,
}

impl Saga {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let me = clock.new_id().to_string();
        Self { runner: Runner { process: Arc::new(Returning(clock.clone())), me, clock } }
    }

    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let mut effects = Effects::default();
        let mut gone_on = BTreeSet::new();
        for (at, delivery) in page.iter().enumerate() {
            let (id, answer) = match delivery.event.kind.as_str() {
                PAYMENT_REFUNDED => {
                    let said: PaymentRefunded = read(at, delivery)?;
                    let Some(id) = said.return_id else { continue };
                    (id, Answer::Done)
                }
                PAYMENT_REFUND_REFUSED => {
                    let said: RefundRefused = read(at, delivery)?;
                    (said.return_id, Answer::Refused("refund_refused".into()))
                }
                other => return Err(poison(at, "unexpected", other)),
            };
            // A page answers a run once; should there be more, the run does not wait for it any more.
            let found = process::find(own, id).await.map_err(|e| away(&e))?;
            let Some(found) = found.filter(|_| gone_on.insert(id)) else { continue };
            let mut batch = Batch::new(self.runner.clock.now(), delivery.cause(self.name()));
            process::go_on(&mut batch, &*self.runner.process, &found.run, REFUND, &answer);
            effects.add(batch);
        }
        Ok(effects)
    }
}

impl Consumer for Saga {
    fn name(&self) -> &str {
        "returns.saga"
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("payment").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [PAYMENT_REFUNDED, PAYMENT_REFUND_REFUSED].contains(&kind)
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
        Box::pin(self.runner.fire(db, timer, now))
    }
}
