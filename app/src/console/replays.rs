//! Replays of whole groups of dead letters, stream by stream, beside the requests that asked for them.

use super::desk::Desk;
use bus::Signal;
use flow::DeadLetter;
use kernel::{Lang, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Replays remembered after they ended.
const KEPT: usize = 20;

/// How far the replay of a group has come.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    /// Streams in all.
    pub(super) streams: usize,
    /// Streams that were tried.
    pub(super) tried: usize,
    /// Events applied.
    pub(super) applied: usize,
    /// Streams that fail still, with the reason of the last, in both languages.
    pub(super) failed: usize,
    pub(super) why: Option<kernel::Text>,
    pub(super) begun: Timestamp,
}

impl Replay {
    /// Whether every stream was tried.
    pub(super) fn is_over(&self) -> bool {
        self.tried >= self.streams
    }

    pub(super) fn why(&self, lang: Lang) -> &str {
        self.why.as_ref().map_or("", |why| why.get(lang))
    }
}

/// The replays of this process, by group.
#[derive(Default)]
pub(super) struct Replays(Mutex<BTreeMap<String, Replay>>);

impl Replays {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Replay>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every replay, by group.
    pub(super) fn all(&self) -> BTreeMap<String, Replay> {
        self.with(|all| all.clone())
    }

    /// Takes a group, unless it is being replayed already.
    fn begin(&self, group: &str, streams: usize, now: Timestamp) -> bool {
        self.with(|all| {
            if all.get(group).is_some_and(|replay| !replay.is_over()) {
                return false;
            }
            while all.len() >= KEPT {
                let oldest = all.iter().filter(|(_, r)| r.is_over()).min_by_key(|(_, r)| r.begun);
                let Some(oldest) = oldest.map(|(group, _)| group.clone()) else { break };
                all.remove(&oldest);
            }
            let new = Replay { streams, tried: 0, applied: 0, failed: 0, why: None, begun: now };
            all.insert(group.to_owned(), new);
            true
        })
    }
}

/// Replays the streams of these letters one after the other, telling live pages after each. Ends early when the system
/// stops: what is left waits as before.
pub(super) fn start(desk: &Arc<Desk>, group: &str, heads: Vec<DeadLetter>, now: Timestamp) {
    if !desk.replays.begin(group, heads.len(), now) {
        return;
    }
    let (desk, group) = (desk.clone(), group.to_owned());
    tokio::spawn(async move {
        let stop = desk.flow.stopping();
        for letter in heads {
            if *stop.borrow() {
                return;
            }
            let done = desk.flow.replay(&letter).await;
            desk.replays.with(|all| {
                let Some(replay) = all.get_mut(&group) else { return };
                replay.tried += 1;
                match done {
                    Ok(applied) => replay.applied += applied,
                    Err(error) => {
                        replay.failed += 1;
                        replay.why = Some(error.user);
                    }
                }
            });
            tell(&desk, &letter);
        }
    });
}

/// Lets live pages know that a letter is gone; appliers of projections write no event of their own.
pub(super) fn tell(desk: &Desk, letter: &DeadLetter) {
    if let Ok(source) = letter.source.parse() {
        desk.bus.announce(Signal::Applied {
            consumer: letter.consumer.clone(),
            source,
            position: letter.position,
        });
    }
}
