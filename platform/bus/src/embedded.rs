//! Carrying the news that a log has grown, inside one process.

use kernel::DatabaseId;
use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// Signals kept for a slow listener; one that falls further behind is told to look at everything.
const KEPT: usize = 4096;

/// News.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Signal {
    /// A database's log has grown to this position.
    Log {
        /// The database.
        database: DatabaseId,
        /// Its last position.
        position: u64,
    },
    /// A consumer has applied a source up to this position.
    Applied {
        /// The consumer's name.
        consumer: String,
        /// The source that it read.
        source: DatabaseId,
        /// The position up to which its effects are visible.
        position: u64,
    },
    /// Too much happened at once: look at everything.
    Everything,
}

/// How far somebody has followed the news of one process: what is announced later, they have not seen.
/// Written as `run.count`, both in hexadecimal; another run's mark has missed everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mark {
    run: u64,
    count: u64,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.run, self.count)
    }
}

impl Mark {
    /// Reads a mark as it is written; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (run, count) = text.split_once('.')?;
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        Some(Self { run: number(run)?, count: number(count)? })
    }
}

#[derive(Debug)]
struct Told {
    mark: Mark,
    latest: VecDeque<Signal>,
}

/// The embedded bus.
#[derive(Clone, Debug)]
pub struct Bus {
    told: Arc<Mutex<Told>>,
    sender: broadcast::Sender<(Mark, Signal)>,
}

impl Default for Bus {
    fn default() -> Self {
        // What the standard library draws its hash keys from, so that no two runs share a number.
        let mark = Mark { run: RandomState::new().hash_one(KEPT), count: 0 };
        let told = Told { mark, latest: VecDeque::new() };
        Self { told: Arc::new(Mutex::new(told)), sender: broadcast::Sender::new(KEPT) }
    }
}

impl Bus {
    /// Tells everybody who listens; nobody listening is fine.
    pub fn announce(&self, signal: Signal) {
        let mut told = self.told();
        told.mark.count += 1;
        if told.latest.len() == KEPT {
            told.latest.pop_front();
        }
        told.latest.push_back(signal.clone());
        let _ = self.sender.send((told.mark, signal));
    }

    /// How far the news have come.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.told().mark
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> Listener {
        self.listen_from(None)
    }

    /// Listens to everything that was announced after a mark. What is too long ago to be told one by one, or was
    /// told by another run, is told as [`Signal::Everything`].
    #[must_use]
    pub fn listen_after(&self, mark: Mark) -> Listener {
        self.listen_from(Some(mark))
    }

    fn listen_from(&self, mark: Option<Mark>) -> Listener {
        let told = self.told();
        let missed = match mark {
            None => VecDeque::new(),
            Some(mark) => told.after(mark),
        };
        Listener { missed, receiver: self.sender.subscribe(), mark: told.mark }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn after(&self, mark: Mark) -> VecDeque<Signal> {
        let count = self.mark.count.checked_sub(mark.count).filter(|_| mark.run == self.mark.run);
        let kept = count.and_then(|count| self.latest.len().checked_sub(usize::try_from(count).ok()?));
        kept.map_or_else(|| [Signal::Everything].into(), |from| self.latest.range(from..).cloned().collect())
    }
}

/// One listener's end of the bus.
#[derive(Debug)]
pub struct Listener {
    missed: VecDeque<Signal>,
    receiver: broadcast::Receiver<(Mark, Signal)>,
    mark: Mark,
}

impl Listener {
    /// The next signal; `None` when the bus has ended.
    pub async fn next(&mut self) -> Option<Signal> {
        if let Some(signal) = self.missed.pop_front() {
            return Some(signal);
        }
        match self.receiver.recv().await {
            Ok((mark, signal)) => {
                self.mark = mark;
                Some(signal)
            }
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Signal::Everything),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// What has been heard: listening after it goes on from here. While news that were missed are still being told, it
    /// is ahead of them.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(position: u64) -> Signal {
        Signal::Log { database: "heures".parse().unwrap(), position }
    }

    #[tokio::test]
    async fn a_listener_that_falls_behind_is_told_to_look_at_everything() {
        let bus = Bus::default();
        let (mut quick, mut slow) = (bus.listen(), bus.listen());
        bus.announce(log(1));
        assert_eq!(quick.next().await, Some(log(1)));
        for n in 0..KEPT as u64 {
            bus.announce(log(n + 2));
        }
        assert_eq!(slow.next().await, Some(Signal::Everything));
        assert_eq!(quick.next().await, Some(log(2)));
        drop(bus);
    }

    #[tokio::test]
    async fn what_was_announced_after_a_mark_is_heard_once() {
        let bus = Bus::default();
        bus.announce(log(1));
        let mark = bus.mark();
        bus.announce(log(2));
        let mut late = bus.listen_after(Mark::parse(&mark.to_string()).unwrap());
        bus.announce(log(3));
        assert_eq!([late.next().await, late.next().await], [Some(log(2)), Some(log(3))]);
        assert_eq!(late.mark(), bus.mark());
        assert!(bus.listen_after(late.mark()).missed.is_empty());
    }

    #[tokio::test]
    async fn a_mark_of_another_run_or_of_long_ago_has_missed_everything() {
        let bus = Bus::default();
        let (old, other) = (bus.mark(), Bus::default().mark());
        for n in 0..=KEPT as u64 {
            bus.announce(log(n + 1));
        }
        let ahead = Mark { count: u64::MAX, ..bus.mark() };
        for mark in [old, other, ahead, Mark::default()] {
            assert_eq!(bus.listen_after(mark).next().await, Some(Signal::Everything), "{mark}");
        }
        assert!(["", ".", "1", "g.1", "1.2.3"].iter().all(|text| Mark::parse(text).is_none()));
    }
}
