//! Working time: from punches to worked minutes per local day, the balance against the plan, and what the week is
//! worth.
//!
//! Invariants: a pure function of punches, plan and rules, so that computing again replaces and never adds; the order
//! of punches does not matter and a punch given twice counts once; what is missing becomes an anomaly, never a guess;
//! durations are differences of instants, so days of 23 and 25 hours need no rule.

mod anomaly;
mod days;
mod pair;
mod punch;
mod rules;
mod timesheet;
mod weeks;

pub use anomaly::{Anomaly, Warning};
pub use days::{DayTotal, Interval};
pub use pair::{Paired, pair};
pub use punch::{BadZone, Punch, PunchKind};
pub use rules::{AutomaticBreak, Band, Basis, Limit, RuleSource, TimeRules, rules_on};
pub use timesheet::{Timesheet, timesheet};
pub use weeks::{BandMinutes, WeekTotal};

/// Microseconds in a minute.
const MINUTE: i64 = 60_000_000;

#[cfg(test)]
mod tests;
