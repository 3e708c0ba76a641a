//! The replays of events that were begun in this process, beside the requests that asked for them.

use super::desk::Desk;
use crate::ops::replay::Replay;
use flow::{Handed, Selection};
use kernel::{Cause, Clock, Error, Text, Timestamp, Uuid};
use std::sync::{Arc, Mutex, PoisonError};

/// Replays remembered after they ended.
const KEPT: usize = 20;

/// A replay, under way or over.
#[derive(Clone, Debug)]
pub(super) struct Handing {
    pub(super) id: Uuid,
    pub(super) consumer: String,
    pub(super) selection: Selection,
    pub(super) begun: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) handed: Handed,
    /// Why it ended early.
    pub(super) failed: Option<Text>,
}

impl Handing {
    /// One that begins.
    pub(super) fn begun(replay: &Replay, now: Timestamp) -> Self {
        Self {
            id: replay.id,
            consumer: replay.consumer.clone(),
            selection: replay.selection().clone(),
            begun: now,
            ended: None,
            handed: Handed::default(),
            failed: None,
        }
    }
}

/// The replays of this process, newest first.
#[derive(Default)]
pub(super) struct Handings(Mutex<Vec<Handing>>);

impl Handings {
    fn with<T>(&self, act: impl FnOnce(&mut Vec<Handing>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every replay.
    pub(super) fn all(&self) -> Vec<Handing> {
        self.with(|all| all.clone())
    }

    /// One of them.
    pub(super) fn find(&self, id: Uuid) -> Option<Handing> {
        self.with(|all| all.iter().find(|one| one.id == id).cloned())
    }

    fn add(&self, new: Handing) {
        self.with(|all| {
            all.insert(0, new);
            let mut over = 0;
            all.retain(|one| {
                over += usize::from(one.ended.is_some());
                one.ended.is_none() || over <= KEPT
            });
        });
    }

    fn change(&self, id: Uuid, change: impl FnOnce(&mut Handing)) {
        self.with(|all| all.iter_mut().find(|one| one.id == id).map(change));
    }
}

/// Runs a replay whose beginning is in the journal.
pub(super) fn start(desk: &Arc<Desk>, begun: Handing, replay: Replay, clock: Arc<dyn Clock>, cause: Cause) {
    let (desk, id) = (desk.clone(), begun.id);
    desk.handings.add(begun);
    tokio::spawn(async move {
        let tell = |handed: &Handed| desk.handings.change(id, |one| one.handed = *handed);
        let done = match desk.journal() {
            Ok(journal) => replay.run(&journal, &*clock, cause, tell).await,
            Err(failure) => Err::<Handed, Error>(*failure.0),
        };
        if let Err(error) = &done {
            tracing::warn!(replay = %id, cause = %error.operator, "a replay ended early");
        }
        desk.handings.change(id, |one| {
            one.ended = Some(clock.now());
            one.failed = done.err().map(|error| error.user);
        });
    });
}
