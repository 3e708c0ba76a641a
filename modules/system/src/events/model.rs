//! A stored event, a month of them, and the names that streams and types may have. Pure.

use aws_lc_rs::digest::{Context, SHA256};
use db::{Event, GENESIS, Hash};
use kernel::Timestamp;
use serde::Serialize;

/// How the names of the streams begin that can be appended to by the API.
pub const OWN_STREAMS: &str = "events/";

/// An event as the store keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// Its place in the order in which events came in, dense from 1.
    pub seq: u64,
    /// The month that it is kept under: `2026-08`.
    pub partition: String,
    /// The database whose log holds it.
    pub source: String,
    /// The entry of that log, its data the very text that was hashed.
    pub event: Event,
}

/// Whether a month's events are at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartitionState {
    /// They are.
    Open,
    /// They are in a file.
    Archived,
    /// They are being read back from it.
    Thawing,
}

impl PartitionState {
    /// Reads a state.
    pub(super) fn parse(word: &str) -> Option<Self> {
        [("open", Self::Open), ("archived", Self::Archived), ("thawing", Self::Thawing)]
            .into_iter()
            .find_map(|(known, state)| (known == word).then_some(state))
    }
}

/// A month of events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    /// `2026-08`.
    pub name: String,
    /// Whether its events are at hand.
    pub state: PartitionState,
    /// How many.
    pub events: u64,
    /// The first one's place in the store.
    pub first_seq: u64,
    /// The last one's.
    pub last_seq: u64,
    /// The earliest instant of an event.
    pub first_at: Timestamp,
    /// The latest.
    pub last_at: Timestamp,
    /// The chain over its events.
    pub hash: Hash,
    /// The archive's file, when it is archived.
    pub file: Option<String>,
    /// SHA-256 of that file, in hexadecimal.
    pub file_sha256: Option<String>,
    /// Bytes of that file.
    pub file_bytes: Option<u64>,
    /// When it last grew, was archived or thawed.
    pub changed_at: Timestamp,
}

impl Partition {
    /// A month that begins with its first event.
    pub(super) fn begin(name: &str, seq: u64, event: &Event, now: Timestamp) -> Self {
        let mut month = Self {
            name: name.to_owned(),
            state: PartitionState::Open,
            events: 0,
            first_seq: seq,
            last_seq: 0,
            first_at: event.at,
            last_at: event.at,
            hash: GENESIS,
            file: None,
            file_sha256: None,
            file_bytes: None,
            changed_at: now,
        };
        month.add(seq, event, now);
        month
    }

    /// The month with one more event.
    pub(super) fn add(&mut self, seq: u64, event: &Event, now: Timestamp) {
        self.events += 1;
        self.last_seq = seq;
        self.first_at = self.first_at.min(event.at);
        self.last_at = self.last_at.max(event.at);
        self.hash = linked(&self.hash, seq, &event.hash);
        self.changed_at = now;
    }

    /// Whether its events cannot be read now.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.state != PartitionState::Open
    }

    /// Whether an event of it may lie in a period.
    pub(super) fn overlaps(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        from.is_none_or(|from| self.last_at >= from) && to.is_none_or(|to| self.first_at < to)
    }
}

/// The chain of a month after one more event.
pub(super) fn linked(before: &Hash, seq: u64, hash: &Hash) -> Hash {
    let mut digest = Context::new(&SHA256);
    digest.update(before);
    digest.update(&seq.to_be_bytes());
    digest.update(hash);
    let mut linked = GENESIS;
    linked.copy_from_slice(digest.finish().as_ref());
    linked
}

/// The month of an instant, in UTC.
pub(super) fn month(at: Timestamp) -> String {
    let date = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    format!("{:04}-{:02}", date.year(), date.month())
}

/// The month that a new event is kept under: its own, or the first later one that is at hand, when its own is in a file
/// already.
pub(super) fn kept_under(at: Timestamp, away: &dyn Fn(&str) -> bool) -> String {
    let mut date = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date().first_of_month();
    loop {
        let name = format!("{:04}-{:02}", date.year(), date.month());
        if !away(&name) {
            return name;
        }
        match date.checked_add(jiff::Span::new().months(1)) {
            Ok(next) => date = next,
            Err(_) => return name,
        }
    }
}

/// Where a log was not dense or not chained when it was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Gap {
    /// The database.
    pub source: String,
    /// The position that should have come.
    pub expected: u64,
    /// The one that came.
    pub found: u64,
    /// What is wrong.
    pub message: String,
    /// When it was seen.
    pub at: Timestamp,
}

/// Whether a text may name a stream that is appended to by the API: `events/` and 1 to 180 of letters, digits, `.`,
/// `_`, `-` and `/`.
#[must_use]
pub fn is_own_stream(stream: &str) -> bool {
    stream.strip_prefix(OWN_STREAMS).is_some_and(|rest| {
        (1..=180).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    })
}

/// Whether a text may be a type: two to six words of `a-z`, `0-9` and `_`, joined by dots, 100 characters at most.
#[must_use]
pub fn is_type(kind: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    kind.len() <= 100 && (2..=6).contains(&kind.split('.').count()) && kind.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_month_begins_in_utc() {
        assert_eq!(month(at("2026-08-31T23:59:59.999999Z")), "2026-08");
        assert_eq!(month(at("2026-09-01T01:30:00+02:00")), "2026-08");
        assert_eq!(month(Timestamp(-1)), "1969-12");
    }

    #[test]
    fn late_events_go_under_the_next_month_at_hand() {
        let away = |name: &str| ["2026-11", "2026-12"].contains(&name);
        assert_eq!(kept_under(at("2026-11-03T00:00:00Z"), &away), "2027-01");
        assert_eq!(kept_under(at("2026-10-03T00:00:00Z"), &away), "2026-10");
    }

    #[test]
    fn names_are_plain() {
        assert!(is_own_stream("events/footfall/concarneau"));
        assert!(["events/", "instance/x", "events/a b", "events/é"].iter().all(|s| !is_own_stream(s)));
        assert!(is_type("shop.footfall.counted"));
        assert!(["shop", "Shop.x", "shop..x", "shop.1", ""].iter().all(|s| !is_type(s)));
    }
}
