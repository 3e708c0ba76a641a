//! Timers: a promise to act later, kept in the database of whoever made it and kept in the same Batch.
//!
//! One task serves all databases: it sleeps until the earliest instant that it knows, and looks again when a log of a
//! database with timers grows, or a timer is set in it. Firing is a Batch that removes the timer; a crash fires it again, never twice.

use crate::consumer::BoxFuture;
use crate::machinery::{CANCEL_TIMER, DUE, MACHINERY, NEXT_DUE, SET_TIMER};
use bus::{Bus, Signal};
use db::{Batch, Db, DbResult, Statement};
use kernel::{Cause, Clock, Timestamp, Uuid};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The longest sleep; a clock that was set forward is noticed after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// A timer that has come due.
#[derive(Clone, PartialEq, Debug)]
pub struct Timer {
    /// Its identifier; setting it again moves it.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// When it came due.
    pub due_at: Timestamp,
    /// What its maker wants to know.
    pub data: Json,
    /// The cause under which it was set.
    pub cause: Cause,
}

/// Decides what a timer does.
pub trait TimerHandler: Send + Sync + 'static {
    /// The Batch of a timer that has come due; an empty one when nothing is to be done any more. The removal of the
    /// timer is added to it.
    fn fire<'a>(&'a self, db: &'a Db, timer: &'a Timer, now: Timestamp) -> BoxFuture<'a, DbResult<Batch>>;
}

/// Adds to a Batch the setting of a timer, or its move when it exists.
pub fn set(batch: &mut Batch, id: Uuid, name: &str, due_at: Timestamp, data: Json) {
    let cause = serde_json::to_value(&batch.cause).unwrap_or_default();
    batch.write(&SET_TIMER, db::params![id, name, due_at, data, cause]);
}

/// Adds to a Batch the removal of a timer, if it is there.
pub fn cancel(batch: &mut Batch, id: Uuid) {
    batch.write(&CANCEL_TIMER, db::params![id]);
}

/// The statements of [`set`] and [`cancel`], for the schema of a module whose commands set timers through
/// [`Db::write`]; it names the technical table `timer` beside its own.
#[must_use]
pub fn statements() -> Vec<Statement> {
    vec![SET_TIMER.clone(), CANCEL_TIMER.clone()]
}

/// Databases with timers and what handles them.
type Handlers = Vec<(Db, Arc<dyn TimerHandler>)>;

/// Serves the timers of some databases until told to stop.
pub(crate) async fn run(
    handlers: Handlers,
    bus: Bus,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    let mut listener = bus.listen();
    let mut next: HashMap<usize, Option<Timestamp>> = HashMap::new();
    let mut look: Vec<usize> = (0..handlers.len()).collect();
    while !*stop.borrow() {
        for at in look.drain(..) {
            let Some((db, handler)) = handlers.get(at) else { continue };
            match serve(db, &**handler, &*clock).await {
                Ok(due) => drop(next.insert(at, due)),
                Err(error) => {
                    tracing::warn!(database = %db.id(), %error, "timers will be tried again");
                    next.insert(at, Some(clock.now().plus_seconds(5)));
                }
            }
        }
        let now = clock.now();
        let earliest = next.values().flatten().min();
        let sleep = earliest.map_or(LONGEST_SLEEP, |due| wait(*due, now));
        tokio::select! {
            () = tokio::time::sleep(sleep) => {
                let now = clock.now();
                look.extend(next.iter().filter(|(_, due)| due.is_some_and(|due| due <= now)).map(|(at, _)| *at));
            }
            signal = listener.next() => match signal {
                Some(Signal::Log { database, .. }) => {
                    look.extend(handlers.iter().position(|(db, _)| *db.id() == database));
                }
                Some(Signal::Everything) => look.extend(0..handlers.len()),
                Some(Signal::Applied { .. }) => {}
                None => return,
            },
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn wait(due: Timestamp, now: Timestamp) -> Duration {
    let micros = u64::try_from((due.0 - now.0).max(0)).unwrap_or(0);
    LONGEST_SLEEP.min(Duration::from_micros(micros))
}

/// Fires what is due and answers when the next one is.
async fn serve(db: &Db, handler: &dyn TimerHandler, clock: &dyn Clock) -> DbResult<Option<Timestamp>> {
    loop {
        let now = clock.now();
        let rows = db.query_with(&DUE, db::params![now], &MACHINERY).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let cause = serde_json::from_value(row.json(4)?).map_err(|e| {
                db::DbError::internal(format!("timer {}: {e}", row.uuid(0).unwrap_or_default()))
            })?;
            let timer = Timer {
                id: row.uuid(0)?,
                name: row.text(1)?,
                due_at: row.instant(2)?,
                data: row.json(3)?,
                cause,
            };
            let mut batch = handler.fire(db, &timer, now).await?;
            batch.expect_one(&CANCEL_TIMER, db::params![timer.id]);
            match db.write_with(batch, &MACHINERY).await {
                // Moved or served meanwhile: the next look tells.
                Err(error) if error.is_conflict() => {}
                other => drop(other?),
            }
        }
    }
    let rows = db.query_with(&NEXT_DUE, Vec::new(), &MACHINERY).await?;
    rows.first().map_or(Ok(None), |row| row.opt_instant(0))
}
