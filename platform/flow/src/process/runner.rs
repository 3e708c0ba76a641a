//! Puts a process to work: timers wake it, a lease makes it one worker's, and every step is kept in one commit.

use super::tables::{self, ADD_RUN, ADD_STEP, Said, Standing, TAKE_RUN};
use super::{Answer, Outcome, Process, Run, Way, next, waited};
use crate::timer::{self, Timer};
use db::{Batch, Db, DbError, DbResult};
use kernel::{Clock, Timestamp, Uuid, planted};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The name of the timers.
const WAKE: &str = "process";
/// How long a worker may take for a step before another takes the run over.
const LEASE_S: i64 = 60;

/// Adds to a Batch the beginning of a run; its first step is done at once.
pub fn begin(batch: &mut Batch, process: &dyn Process, id: Uuid, data: &Json) {
    let at = batch.at;
    batch.expect_one(&ADD_RUN, db::params![id, process.name(), data.clone(), at]);
    wake(batch, id, at);
}

fn wake(batch: &mut Batch, run: Uuid, at: Timestamp) {
    timer::set(batch, batch.at.new_id(), WAKE, at, json!({ "run": run }));
}

/// Adds to a Batch what an event makes of a run that stands at the step which asked for it, also while a worker asks for
/// it once more; nothing when the run stands elsewhere. To be called with what [`find`](super::find) read; a run that
/// has moved meanwhile is a conflict.
pub fn go_on(batch: &mut Batch, process: &dyn Process, run: &Run, step: &str, answer: &Answer) {
    let here = process.steps().get(run.at).is_some_and(|here| here.name == step);
    if !here || run.end.is_some() || run.way != Way::Forward {
        return;
    }
    let after = next(run, process.steps(), answer, batch.at);
    record(batch, process, run, &after, &answer.into());
}

/// Adds to a Batch a run after a change: its row, what was done, its end, and when it is looked at next.
fn record(batch: &mut Batch, process: &dyn Process, before: &Run, after: &Run, said: &Said) {
    tables::moved(batch, before, after);
    let step = process.steps().get(before.at).map_or("", |step| step.name);
    let way = if before.way == Way::Forward { "forward" } else { "back" };
    let params = db::params![before.id, after.version, step, way, said.words(), before.epoch, batch.at];
    batch.expect_one(&ADD_STEP, params);
    match after.end {
        None => wake(batch, after.id, after.due_at),
        Some(end) => {
            let cause = batch.cause.clone();
            let Outcome { writes, events, .. } = process.ended(after, end, &cause);
            batch.writes.extend(writes);
            batch.events.extend(events);
        }
    }
}

/// A process at work on the database of whoever runs it.
pub struct Runner<P> {
    /// The process.
    pub process: Arc<P>,
    /// Who works: unique among all workers.
    pub me: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl<P: Process> Runner<P> {
    /// What a timer of a run does: takes the run, works on its step, and answers the Batch that keeps what came of it.
    /// An empty one when there is nothing to do, or somebody else works on it. For a module's own
    /// [`TimerHandler`](crate::TimerHandler).
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn fire(&self, db: &Db, timer: &Timer, now: Timestamp) -> DbResult<Batch> {
        let batch = Batch::new(now, timer.cause.clone());
        let id = timer.data["run"].as_str().and_then(|text| text.parse::<Uuid>().ok());
        let id = id.ok_or_else(|| DbError::internal(format!("timer {} names no run", timer.id)))?;
        let Some(found) = tables::find(db, id).await? else { return Ok(batch) };
        match self.take(db, found, timer, now).await? {
            None => Ok(batch),
            Some(run) => self.work(db, run, batch).await,
        }
    }

    /// Takes a run that is due and that nobody works on; `None` when it is not to be had.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take(
        &self,
        db: &Db,
        found: Standing,
        timer: &Timer,
        now: Timestamp,
    ) -> DbResult<Option<Run>> {
        let Standing { mut run, lease_until, .. } = found;
        if run.end.is_some() || run.due_at > now {
            return Ok(None);
        }
        let mut batch = Batch::new(now, timer.cause.clone());
        if lease_until > now && !planted("lease_ignored") {
            // Somebody works on it; should they be gone, it is taken when their time is over.
            wake(&mut batch, run.id, lease_until);
            crate::machinery::write(db, batch).await?;
            return Ok(None);
        }
        let until = now.plus_seconds(LEASE_S);
        batch.expect_one(&TAKE_RUN, db::params![run.id, run.epoch, &self.me, until]);
        wake(&mut batch, run.id, until);
        match crate::machinery::write(db, batch).await {
            Err(error) if error.is_conflict() => Ok(None),
            Err(error) => Err(error),
            Ok(_) => {
                run.epoch += 1;
                Ok(Some(run))
            }
        }
    }

    /// Works on the step of a run that was taken, and adds to a Batch what came of it. Whoever has lost the run
    /// meanwhile finds a conflict there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn work(&self, db: &Db, run: Run, mut batch: Batch) -> DbResult<Batch> {
        let steps = self.process.steps();
        let Some(step) = steps.get(run.at).copied() else { return Ok(batch) };
        if run.waits {
            let after = waited(&run, steps, batch.at);
            record(&mut batch, &*self.process, &run, &after, &Said::Late);
            return Ok(batch);
        }
        let cause = batch.cause.clone();
        let Outcome { answer, writes, events } = match run.way {
            Way::Forward => self.process.act(db, &run, step, &cause).await,
            Way::Back if planted("nothing_undone") => Outcome::of(Answer::Done),
            Way::Back => self.process.undo(db, &run, step, &cause).await,
        };
        let after = next(&run, steps, &answer, batch.at);
        if !matches!(answer, Answer::Done | Answer::Waits { .. }) {
            tracing::warn!(process = self.process.name(), run = %run.id, step = step.name, ?answer, "not done");
        }
        record(&mut batch, &*self.process, &run, &after, &Said::from(&answer));
        batch.writes.extend(writes);
        batch.events.extend(events);
        Ok(batch)
    }
}
