//! Intervals cut at local midnight, and what each day amounts to.

use super::{MINUTE, TimeRules};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use std::collections::BTreeMap;

/// A stretch of work within one local day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Interval {
    /// From.
    pub start: Timestamp,
    /// To, not included.
    pub end: Timestamp,
}

/// One local day: a row of the balance, which replaces the one of the same person and date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayTotal {
    /// The date.
    pub date: Date,
    /// Minutes worked, breaks taken off; whole minutes, the rest is dropped.
    pub worked_minutes: i64,
    /// Minutes planned.
    pub planned_minutes: i64,
    /// Worked less planned.
    pub delta_minutes: i64,
    /// Minutes taken off as the automatic break.
    pub break_minutes: i64,
    /// The code of the rules used, when some were in force.
    pub rules: Option<String>,
    /// The stretches of work, in order; those that touch are one.
    pub intervals: Vec<Interval>,
}

/// Cuts intervals at the midnights of their zone, and puts together those that touch.
pub(super) fn cut(intervals: &[(Timestamp, Timestamp, TimeZone)]) -> BTreeMap<Date, Vec<Interval>> {
    let mut days: BTreeMap<Date, Vec<Interval>> = BTreeMap::new();
    for (start, end, zone) in intervals {
        let mut from = *start;
        while from < *end {
            let date = from.to_jiff().to_zoned(zone.clone()).date();
            let to =
                next_midnight(date, zone).filter(|midnight| *midnight > from).map_or(*end, |at| at.min(*end));
            days.entry(date).or_default().push(Interval { start: from, end: to });
            from = to;
        }
    }
    for day in days.values_mut() {
        day.sort_unstable();
        day.dedup_by(|next, before| {
            let touches = next.start <= before.end;
            if touches {
                before.end = before.end.max(next.end);
            }
            touches
        });
    }
    days
}

/// The first instant of the day after a date, whatever the clocks do that night.
fn next_midnight(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = date.checked_add(1.day()).ok()?.to_zoned(zone.clone()).ok()?;
    Some(next.timestamp().into())
}

/// What a day amounts to.
pub(super) fn total(
    date: Date,
    intervals: Vec<Interval>,
    planned: i64,
    rules: Option<&TimeRules>,
) -> DayTotal {
    let present: i64 = intervals.iter().map(|interval| interval.end.0 - interval.start.0).sum();
    let gaps: i64 = intervals
        .iter()
        .zip(intervals.iter().skip(1))
        .map(|(before, after)| after.start.0 - before.end.0)
        .sum();
    let off = rules.and_then(|rules| rules.automatic_break.as_ref()).map_or(0, |rule| {
        let due = (rule.minutes * MINUTE - gaps).max(0);
        due.min((present - rule.after * MINUTE).max(0))
    });
    let worked_minutes = (present - off) / MINUTE;
    DayTotal {
        date,
        worked_minutes,
        planned_minutes: planned,
        delta_minutes: worked_minutes - planned,
        break_minutes: present / MINUTE - worked_minutes,
        rules: rules.map(|rules| rules.code.clone()),
        intervals,
    }
}
