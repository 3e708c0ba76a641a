//! Events that wait in a retry queue, so that later events of their streams go behind them.
//!
//! Kept in memory: after a restart the events come back in their order, but one that arrives meanwhile may overtake
//! them. Whoever reads through a broker bears that.

use kernel::DatabaseId;
use std::collections::{BTreeSet, HashMap};

#[derive(Default)]
pub(super) struct PutOff(HashMap<(DatabaseId, String), Waiting>);

struct Waiting {
    attempt: usize,
    positions: BTreeSet<u64>,
}

impl PutOff {
    /// The attempt behind which an event has to wait: an earlier one of its stream waits.
    pub(super) fn behind(&self, source: &DatabaseId, stream: &str, position: u64) -> Option<usize> {
        let waiting = self.0.get(&(source.clone(), stream.to_owned()))?;
        let first = *waiting.positions.first()?;
        (first < position).then_some(waiting.attempt)
    }

    /// An event is put off.
    pub(super) fn add(&mut self, source: &DatabaseId, stream: &str, position: u64, attempt: usize) {
        let waiting = self.0.entry((source.clone(), stream.to_owned()));
        let waiting = waiting.or_insert(Waiting { attempt, positions: BTreeSet::new() });
        waiting.attempt = waiting.attempt.max(attempt);
        waiting.positions.insert(position);
    }

    /// An event is done.
    pub(super) fn done(&mut self, source: &DatabaseId, stream: &str, position: u64) {
        let key = (source.clone(), stream.to_owned());
        if let Some(waiting) = self.0.get_mut(&key) {
            waiting.positions.remove(&position);
            if waiting.positions.is_empty() {
                self.0.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_events_of_a_stream_wait_behind_the_first() {
        let source: DatabaseId = "source".parse().unwrap();
        let mut put_off = PutOff::default();
        assert_eq!(put_off.behind(&source, "a", 9), None);
        put_off.add(&source, "a", 3, 0);
        put_off.add(&source, "a", 5, 0);
        assert_eq!((put_off.behind(&source, "a", 9), put_off.behind(&source, "b", 9)), (Some(0), None));
        assert_eq!(put_off.behind(&source, "a", 3), None, "the first is tried");
        put_off.add(&source, "a", 3, 1);
        assert_eq!(put_off.behind(&source, "a", 5), Some(1), "as long as the first waits");
        put_off.done(&source, "a", 3);
        assert_eq!(put_off.behind(&source, "a", 5), None);
        put_off.done(&source, "a", 5);
        assert_eq!(put_off.behind(&source, "a", 9), None);
    }
}
