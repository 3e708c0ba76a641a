//! The rules by which worked time is counted; each says whether law, agreement or the house made it.

use jiff::civil::{Date, Weekday};
use kernel::Text;
use serde::{Deserialize, Serialize};

/// Rules in force from a date on, until the next ones.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeRules {
    /// The name: its file's.
    pub code: String,
    /// What people read.
    pub name: Text,
    /// The first day they hold.
    pub valid_from: Date,
    /// Planned minutes per weekday, Monday first.
    pub planned: [i64; 7],
    /// Whether nothing is planned on public holidays (paid all the same: L3133-3).
    pub holidays_off: bool,
    /// A pair of punches longer than this, in minutes, is an anomaly and counts for nothing: a forgotten punch.
    pub longest_shift: i64,
    /// The break taken off when none was punched.
    pub automatic_break: Option<AutomaticBreak>,
    /// What hours beyond the legal week are worth, lowest first.
    pub bands: Vec<Band>,
    /// The most in a day.
    pub day_limit: Limit,
    /// The most in an ISO week.
    pub week_limit: Limit,
}

impl TimeRules {
    /// The minutes planned for a weekday.
    #[must_use]
    pub fn planned_on(&self, weekday: Weekday) -> i64 {
        let index = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0);
        self.planned.get(index).copied().unwrap_or(0)
    }
}

/// The rules in force on a date: the latest that began by then.
#[must_use]
pub fn rules_on(rules: &[TimeRules], date: Date) -> Option<&TimeRules> {
    rules.iter().filter(|rules| rules.valid_from <= date).max_by_key(|rules| rules.valid_from)
}

/// A break that is taken off a day with more than `after` worked minutes, unless as much was punched as a break. Never
/// more than what exceeds `after` is taken off: nobody loses time by staying a minute longer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomaticBreak {
    /// Worked minutes after which it is due.
    pub after: i64,
    /// Its length in minutes; real breaks count towards it.
    pub minutes: i64,
    /// Who says so.
    pub basis: Basis,
}

/// A premium for the weekly minutes above a threshold, up to the next band.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Weekly minutes above which it applies: 2,100 for the 36th hour.
    pub above: i64,
    /// The premium in percent.
    pub rate_percent: i64,
    /// Who says so.
    pub basis: Basis,
}

/// A limit whose passing is told, never hidden.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Minutes allowed.
    pub minutes: i64,
    /// Who says so.
    pub basis: Basis,
}

/// Who made a rule, and where it is written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Who.
    pub source: RuleSource,
    /// The article, agreement or decision: `L3121-36`.
    pub reference: String,
}

/// Who made a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleSource {
    /// The Code du travail.
    Law,
    /// A collective agreement.
    Agreement,
    /// The company.
    Policy,
}
