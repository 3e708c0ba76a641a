//! Letters by what holds them: each stream stands under the cause of its first letter; the others only wait behind it.

use flow::DeadLetter;
use kernel::Timestamp;
use std::collections::BTreeMap;

/// Hours that a histogram shows, in twelve bars.
const HOURS: i64 = 24;

/// A stream that is held: its first letter, and how many wait behind.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) head: DeadLetter,
    pub(super) behind: usize,
}

/// Streams that one consumer cannot go on with, for one cause.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) consumer: String,
    pub(super) cause: String,
    pub(super) streams: Vec<Held>,
    /// When each of its letters was parked.
    pub(super) times: Vec<Timestamp>,
}

impl Group {
    /// What names the group in a page and a form.
    pub(super) fn key(&self) -> String {
        format!("{}.{}", self.consumer, self.cause)
    }

    pub(super) fn events(&self) -> usize {
        self.times.len()
    }

    pub(super) fn first(&self) -> Timestamp {
        self.times.iter().copied().min().unwrap_or_default()
    }

    pub(super) fn last(&self) -> Timestamp {
        self.times.iter().copied().max().unwrap_or_default()
    }

    /// Letters parked in each twelfth of the last day; what is older falls into none.
    pub(super) fn histogram(&self, now: Timestamp) -> [u32; 12] {
        let mut bars = [0; 12];
        let width = HOURS * 3600 * Timestamp::SECOND / 12;
        for at in &self.times {
            let ago = now.0.saturating_sub(at.0).max(0) / width;
            if let Some(bar) = usize::try_from(11 - ago).ok().and_then(|at| bars.get_mut(at)) {
                *bar += 1;
            }
        }
        bars
    }
}

/// The groups, those with the most events first; streams by their first failure.
pub(super) fn groups(letters: Vec<DeadLetter>) -> Vec<Group> {
    let mut streams: BTreeMap<(String, String, String), Vec<DeadLetter>> = BTreeMap::new();
    for letter in letters {
        let key = (letter.consumer.clone(), letter.source.clone(), letter.stream.clone());
        streams.entry(key).or_default().push(letter);
    }
    let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
    for mut stream in streams.into_values() {
        stream.sort_by_key(|letter| letter.position);
        let (behind, times) = (stream.len() - 1, stream.iter().map(|letter| letter.at).collect::<Vec<_>>());
        let head = stream.swap_remove(0);
        let key = (head.consumer.clone(), head.cause.clone());
        let new = || Group {
            consumer: key.0.clone(),
            cause: key.1.clone(),
            streams: Vec::new(),
            times: Vec::new(),
        };
        let group = groups.entry(key.clone()).or_insert_with(new);
        group.times.extend(times);
        group.streams.push(Held { head, behind });
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for group in &mut groups {
        group.streams.sort_by_key(|held| (held.head.at, held.head.position));
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.events()));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Uuid;

    fn letter(stream: &str, position: u64, cause: &str, at: i64) -> DeadLetter {
        DeadLetter {
            id: Uuid::nil(),
            consumer: "reporting".into(),
            source: "retail".into(),
            position,
            stream: stream.into(),
            event_id: Uuid::nil(),
            kind: "order.fulfilled".into(),
            cause: cause.into(),
            message: String::new(),
            at: Timestamp(at * Timestamp::SECOND),
        }
    }

    #[test]
    fn a_stream_stands_under_the_cause_of_its_first_letter() {
        let all = groups(vec![
            letter("order/1", 9, "behind", 40),
            letter("order/1", 4, "missing_field", 10),
            letter("order/2", 5, "missing_field", 20),
            letter("order/3", 6, "too_large", 30),
        ]);
        let shown: Vec<_> = all.iter().map(|g| (g.cause.as_str(), g.streams.len(), g.events())).collect();
        assert_eq!(shown, [("missing_field", 2, 3), ("too_large", 1, 1)]);
        assert_eq!((all[0].streams[0].behind, all[0].streams[0].head.position), (1, 4));
    }

    #[test]
    fn the_histogram_ends_now() {
        let now = Timestamp(100_000 * Timestamp::SECOND);
        let at = |ago: i64| letter("s", 1, "c", 100_000 - ago);
        let group = groups(vec![at(0), at(7_199), at(7_201), at(90_000)]).remove(0);
        assert_eq!(group.histogram(now), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    }
}
