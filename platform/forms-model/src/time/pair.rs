//! From punches to intervals.

use super::{Anomaly, MINUTE, Punch, PunchKind, TimeRules, rules_on};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use std::collections::{BTreeSet, VecDeque};

/// The longest shift where no rules say: 16 hours.
const LONGEST_SHIFT: i64 = 16 * 60;

/// Intervals of work, and the punches that make none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Paired {
    /// From entry to exit, with the entry's zone, in order and without overlap.
    pub intervals: Vec<(Timestamp, Timestamp, TimeZone)>,
    /// What does not add up, in order of time.
    pub anomalies: Vec<Anomaly>,
    /// The last entry, when no exit follows: at work, or forgotten.
    pub open: Option<Punch>,
}

/// Pairs each entry with the exit that follows it. Of two entries in a row the second counts, for it is certain that
/// the person was there from then on; the first is an anomaly.
#[must_use]
pub fn pair(punches: &[Punch], rules: &[TimeRules]) -> Paired {
    let mut paired = Paired::default();
    for punch in in_order(punches) {
        match (punch.kind, paired.open.take()) {
            (PunchKind::In, before) => {
                paired.anomalies.extend(before.map(Anomaly::MissingOut));
                paired.open = Some(punch);
            }
            (PunchKind::Out, None) => paired.anomalies.push(Anomaly::MissingIn(punch)),
            (PunchKind::Out, Some(start)) if punch.at.0 - start.at.0 > longest(&start, rules) => {
                paired.anomalies.push(Anomaly::TooLong(start, punch));
            }
            (PunchKind::Out, Some(start)) => paired.intervals.push((start.at, punch.at, start.zone)),
        }
    }
    paired
}

/// The longest shift in microseconds, by the rules of the day it begins on.
pub(super) fn longest(start: &Punch, rules: &[TimeRules]) -> i64 {
    let date = start.at.to_jiff().to_zoned(start.zone.clone()).date();
    rules_on(rules, date).map_or(LONGEST_SHIFT, |rules| rules.longest_shift) * MINUTE
}

/// Each punch once, by time. Punches of one instant alternate from the present situation: an exit first when somebody
/// is in, so that leaving and coming back in the same instant is no anomaly.
fn in_order(punches: &[Punch]) -> Vec<Punch> {
    let mut seen = BTreeSet::new();
    let mut sorted: Vec<&Punch> = punches.iter().collect();
    sorted.sort_by_key(|punch| (punch.at, punch.kind, punch.id));
    sorted.retain(|punch| seen.insert(punch.id));
    let mut ordered: Vec<Punch> = Vec::with_capacity(sorted.len());
    for same in sorted.chunk_by(|a, b| a.at == b.at) {
        let of = |kind| same.iter().filter(move |punch| punch.kind == kind).copied().collect::<VecDeque<_>>();
        let (mut ins, mut outs) = (of(PunchKind::In), of(PunchKind::Out));
        let mut inside = ordered.last().is_some_and(|punch| punch.kind == PunchKind::In);
        while let Some(next) = if inside {
            outs.pop_front().or_else(|| ins.pop_front())
        } else {
            ins.pop_front().or_else(|| outs.pop_front())
        } {
            inside = next.kind == PunchKind::In;
            ordered.push(next.clone());
        }
    }
    ordered
}
