//! Processes that need a coordinator: steps that are done one after the other, kept in the database of whoever runs
//! them, and undone from wherever they stand when one cannot be done.
//!
//! A step is `compensatable` (it can be undone), the `pivot` (once it is done there is no way back) or `retriable` (it
//! is tried until it is done). Its action answers that it is done, that it waits for an event, that it is refused, or
//! that it must be tried again. Everything that an action writes is committed with the answer; whatever it does
//! elsewhere it does under its key, since a crash in between does it once more.
//!
//! Invariants:
//! - One process at a time works on a run: whoever takes it raises its epoch, and whoever held it before writes nothing
//!   more, because every record names the epoch that it was made in.
//! - A run whose holder is gone is taken by the next who looks, when its lease is over: a timer is set for then in the
//!   commit that takes it.
//! - No step after the pivot is undone, and no step before it is left half done.

mod runner;
mod tables;

pub use runner::{Runner, begin, go_on};
pub use tables::{MIGRATION, Record, Said, Standing, find, records, statements, unfinished};

use crate::consumer::BoxFuture;
use db::{Db, NewEvent, Write};
use kernel::{Cause, Timestamp, Uuid};
use serde_json::Value as Json;

/// What can be done about a step once it is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It can be undone.
    Compensatable,
    /// The point of no return: when it is done, everything after it will be.
    Pivot,
    /// It is tried until it is done.
    Retriable,
}

/// A step of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its name, unique in its process; part of the key of what it does.
    pub name: &'static str,
    /// What can be done about it.
    pub kind: Kind,
}

/// Which way a run goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Steps are done.
    Forward,
    /// Steps are undone.
    Back,
}

/// What has become of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Every step is done.
    Done,
    /// Every step that was done is undone.
    Undone,
}

/// A run of a process as its row says it.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// Its identifier.
    pub id: Uuid,
    /// The step that it stands at.
    pub at: usize,
    /// Which way it goes.
    pub way: Way,
    /// Whether the step waits for an event.
    pub waits: bool,
    /// How it has ended, if it has.
    pub end: Option<End>,
    /// How often the present step was tried.
    pub tries: u32,
    /// Why it goes back.
    pub reason: Option<String>,
    /// What its steps work on.
    pub data: Json,
    /// When it is looked at next.
    pub due_at: Timestamp,
    /// Who works on it; raised by whoever takes it.
    pub epoch: u64,
    /// Counts its changes.
    pub version: u64,
}

/// What an action or its undoing answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is done, now or before.
    Done,
    /// It was asked for; an event says what came of it ([`go_on`]). When none comes in time, a compensatable step is
    /// taken for failed and undone with the others; any other one is asked for again.
    Waits {
        /// How long.
        seconds: i64,
    },
    /// It will not be done; nothing of it was.
    Refused(String),
    /// It may be done when it is tried again.
    Again(String),
}

/// An answer, and what it writes in the commit that keeps it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// Rows to write.
    pub writes: Vec<Write>,
    /// Events to say.
    pub events: Vec<NewEvent>,
}

impl Outcome {
    /// An answer that writes nothing.
    #[must_use]
    pub fn of(answer: Answer) -> Self {
        Self { answer, writes: Vec::new(), events: Vec::new() }
    }
}

/// A process: its steps, what they do, and how that is undone. Both are repeated after a crash and must have the same
/// effect as once; [`key`] names what they do elsewhere.
pub trait Process: Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> &str;

    /// Its steps, in order: compensatable ones, at most one pivot, retriable ones.
    fn steps(&self) -> &[Step];

    /// Does a step.
    fn act<'a>(&'a self, db: &'a Db, run: &'a Run, step: Step, cause: &'a Cause) -> BoxFuture<'a, Outcome>;

    /// Undoes a step; also one of which nobody knows whether it was done. It is never refused.
    fn undo<'a>(&'a self, db: &'a Db, run: &'a Run, step: Step, cause: &'a Cause) -> BoxFuture<'a, Outcome>;

    /// What the end of a run writes.
    fn ended(&self, _run: &Run, _end: End, _cause: &Cause) -> Outcome {
        Outcome::of(Answer::Done)
    }
}

/// The key of what a step does, or of its undoing: the same however often it is tried.
#[must_use]
pub fn key(run: &Run, step: Step) -> String {
    let undo = if run.way == Way::Back { "/undo" } else { "" };
    format!("{}/{}{undo}", run.id, step.name)
}

/// The longest wait between two tries.
const LONGEST_S: i64 = 3600;

/// What an answer makes of a run. Pure: the whole table of how a process moves.
#[must_use]
pub fn next(run: &Run, steps: &[Step], answer: &Answer, now: Timestamp) -> Run {
    let mut next = Run { version: run.version + 1, waits: false, due_at: now, ..run.clone() };
    let kind = steps.get(run.at).map_or(Kind::Retriable, |step| step.kind);
    match (run.way, answer) {
        (_, Answer::Waits { seconds }) if run.way == Way::Forward => {
            next.waits = true;
            next.tries += 1;
            next.due_at = now.plus_seconds(*seconds);
        }
        (Way::Forward, Answer::Done) => forward(&mut next, steps),
        (Way::Forward, Answer::Refused(why)) if kind != Kind::Retriable => {
            (next.way, next.reason, next.tries) = (Way::Back, Some(why.clone()), 0);
            back(&mut next);
        }
        (Way::Back, Answer::Done) => back(&mut next),
        _ => {
            next.tries += 1;
            next.due_at = now.plus_seconds(LONGEST_S.min(1 << run.tries.min(12)));
        }
    }
    next
}

/// What becomes of a run whose step has waited for its event in vain.
#[must_use]
pub fn waited(run: &Run, steps: &[Step], now: Timestamp) -> Run {
    let mut next = Run { version: run.version + 1, waits: false, due_at: now, ..run.clone() };
    if steps.get(run.at).is_some_and(|step| step.kind == Kind::Compensatable) {
        // Nobody knows whether it was done: it is undone first.
        (next.way, next.reason, next.tries) = (Way::Back, Some("timeout".into()), 0);
    }
    next
}

fn forward(next: &mut Run, steps: &[Step]) {
    next.tries = 0;
    if next.at + 1 < steps.len() {
        next.at += 1;
    } else {
        next.end = Some(End::Done);
    }
}

fn back(next: &mut Run) {
    next.tries = 0;
    match next.at.checked_sub(1) {
        Some(before) => next.at = before,
        None => next.end = Some(End::Undone),
    }
}
