//! Everything that a person's punches amount to over a span of days.

use super::pair::longest;
use super::{Anomaly, DayTotal, Punch, TimeRules, Warning, WeekTotal, days, pair, rules_on, weeks};
use crate::calendar::Calendar;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::Timestamp;
use std::collections::BTreeMap;

/// The longest span computed at once: ten years and a bit.
const MAX_DAYS: usize = 3_700;

/// What punches amount to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Timesheet {
    /// Every day of the span, worked or not.
    pub days: Vec<DayTotal>,
    /// Every ISO week that the span touches.
    pub weeks: Vec<WeekTotal>,
    /// What does not add up, on days of the span.
    pub anomalies: Vec<Anomaly>,
    /// Limits that were passed.
    pub warnings: Vec<Warning>,
    /// The last entry, when no exit follows it.
    pub open: Option<Punch>,
}

impl Timesheet {
    /// Whether the open entry is too old to be a shift under way: the exit was forgotten.
    #[must_use]
    pub fn is_forgotten(&self, now: Timestamp, rules: &[TimeRules]) -> bool {
        self.open.as_ref().is_some_and(|start| now.0 - start.at.0 > longest(start, rules))
    }

    /// The day with that date.
    #[must_use]
    pub fn day(&self, date: Date) -> Option<&DayTotal> {
        self.days.iter().find(|day| day.date == date)
    }
}

/// Computes days and weeks from `from` to `to`, both counted, out of all punches given; punches shortly before and
/// after the span may be among them and must be where a shift crosses its ends. `planned` holds the minutes of the
/// days that differ from the rules: leave, part time, another schedule.
#[must_use]
pub fn timesheet(
    punches: &[Punch],
    (from, to): (Date, Date),
    rules: &[TimeRules],
    calendar: Calendar,
    planned: &BTreeMap<Date, i64>,
) -> Timesheet {
    let paired = pair(punches, rules);
    let mut worked = days::cut(&paired.intervals);
    let span = from.series(1.day()).take_while(|date| *date <= to).take(MAX_DAYS);
    let day = |date: Date| {
        let rules = rules_on(rules, date);
        let plan = planned.get(&date).copied().unwrap_or_else(|| by_rules(date, rules, calendar));
        days::total(date, worked.remove(&date).unwrap_or_default(), plan, rules)
    };
    let days: Vec<DayTotal> = span.map(day).collect();
    let weeks: Vec<WeekTotal> = days
        .chunk_by(|a, b| weeks::monday_of(a.date) == weeks::monday_of(b.date))
        .filter_map(|week| {
            let monday = weeks::monday_of(week.first()?.date);
            Some(weeks::total(monday, week, rules_on(rules, monday)))
        })
        .collect();
    let warnings = warnings(&days, &weeks, rules);
    let mut anomalies = paired.anomalies;
    anomalies.retain(|anomaly| (from..=to).contains(&anomaly.date()));
    Timesheet { days, weeks, anomalies, warnings, open: paired.open }
}

fn by_rules(date: Date, rules: Option<&TimeRules>, calendar: Calendar) -> i64 {
    match rules {
        Some(rules) if rules.holidays_off && calendar.is_holiday(date) => 0,
        Some(rules) => rules.planned_on(date.weekday()),
        None => 0,
    }
}

fn warnings(days: &[DayTotal], weeks: &[WeekTotal], rules: &[TimeRules]) -> Vec<Warning> {
    let over_day = days.iter().filter_map(|day| {
        let limit = &rules_on(rules, day.date)?.day_limit;
        let over = day.worked_minutes > limit.minutes;
        over.then(|| Warning::Day { date: day.date, minutes: day.worked_minutes, limit: limit.clone() })
    });
    let over_week = weeks.iter().filter_map(|week| {
        let limit = &rules_on(rules, week.monday)?.week_limit;
        let over = week.worked_minutes > limit.minutes;
        over.then(|| Warning::Week {
            monday: week.monday,
            minutes: week.worked_minutes,
            limit: limit.clone(),
        })
    });
    over_day.chain(over_week).collect()
}
