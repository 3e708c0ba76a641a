//! When a due date passes: the instance is marked late once, those to whom it escalates may decide too, and the history
//! says so.

use crate::forms::Forms;
use crate::model::{Awaits, Change, Instance, Line, OVERDUE};
use crate::versions::Pinned;
use db::{Batch, Db, DbError, DbResult};
use flow::{BoxFuture, Timer, TimerHandler};
use forms_model::define::StateKind;
use kernel::{Actor, Cause, Result, Timestamp};
use std::sync::Arc;

/// The name of the timers.
pub(crate) const TIMER: &str = "form.due";

/// The timers of a module of forms, and of its own code under other names.
pub struct DueDates {
    forms: Arc<Forms>,
    others: Option<Arc<dyn TimerHandler>>,
}

impl DueDates {
    /// The timers of a module; those under other names go to its own code.
    #[must_use]
    pub fn new(forms: Arc<Forms>, others: Option<Arc<dyn TimerHandler>>) -> Arc<Self> {
        Arc::new(Self { forms, others })
    }
}

impl TimerHandler for DueDates {
    fn fire<'a>(&'a self, db: &'a Db, timer: &'a Timer, now: Timestamp) -> BoxFuture<'a, DbResult<Batch>> {
        match &self.others {
            Some(others) if timer.name != TIMER => others.fire(db, timer, now),
            _ => Box::pin(async move { self.forms.overdue(timer, now).await }),
        }
    }
}

impl Forms {
    /// The Batch that marks an instance late; an empty one when it is not, or was told already.
    async fn overdue(&self, timer: &Timer, now: Timestamp) -> DbResult<Batch> {
        let cause = Cause {
            actor: Actor::system("timer").to_string(),
            correlation_id: timer.cause.correlation_id,
            causation_id: timer.cause.causation_id,
        };
        let mut batch = Batch::new(now, cause);
        let Some(before) = self.instance(timer.id).await? else { return Ok(batch) };
        let due = before.due_at.filter(|due| *due <= now && before.late_at.is_none());
        if due.is_none() || before.kind != StateKind::Waiting {
            return Ok(batch);
        }
        let added = self.add_overdue(&mut batch, before).await;
        added.map_err(|error| DbError::internal(error.to_string()))?;
        Ok(batch)
    }

    async fn add_overdue(&self, batch: &mut Batch, before: Instance) -> Result<()> {
        let pinned = self.pinned(&before.pin()).await?;
        let old_values = self.answers(before.id).await?;
        let mut after = before.clone();
        after.revision += 1;
        after.updated_at = batch.at;
        after.late_at = Some(batch.at);
        after.also = escalation(&pinned, &before)?;
        let line = Line {
            id: batch.at.new_id(),
            instance: before.id,
            seq: after.revision,
            verb: OVERDUE.to_owned(),
            from: Some(before.state.clone()),
            to: before.state.clone(),
            by: None,
            on_behalf_of: None,
            at: batch.at,
            comment: None,
        };
        let change = Change { before: Some(before), after, old_values, values: None, line: Some(line) };
        let actor = batch.cause.actor.clone();
        self.add(batch, actor, &pinned, &change)
    }
}

fn escalation(pinned: &Pinned, instance: &Instance) -> Result<Option<Awaits>> {
    let state = pinned.workflow()?.state(&instance.state);
    Ok(state.and_then(|s| s.escalate.as_ref()).map(|escalation| Awaits::from(&escalation.to)))
}
