//! One person's week, and what the punches say of one day: what the page, the API and the facts of a request share.

use super::Heures;
use super::balance::{self, PlanRow};
use super::model::PunchRow;
use db::DbResult;
use forms_model::time::{PunchKind, Timesheet};
use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;

/// Everything that is known of a person's week.
#[derive(Clone, Debug)]
pub(super) struct Week {
    /// Its first day.
    pub(super) monday: Date,
    /// Days, totals, anomalies, warnings.
    pub(super) sheet: Timesheet,
    /// The punches in force on its days, oldest first.
    pub(super) punches: Vec<PunchRow>,
}

impl Week {
    /// Its last day.
    pub(super) fn sunday(&self) -> Date {
        sunday_of(self.monday)
    }

    /// The last entry of the week, when no exit follows it.
    pub(super) fn open(&self) -> Option<&PunchRow> {
        let open = self.sheet.open.as_ref()?;
        self.punches.iter().find(|punch| punch.id == open.id)
    }

    /// The punches of one local day.
    pub(super) fn on(&self, day: Date) -> impl Iterator<Item = &PunchRow> {
        self.punches.iter().filter(move |punch| balance::day_of(punch) == day)
    }

    /// Worked less planned on the days with punches, the running day left out.
    pub(super) fn balance_until(&self, today: Date) -> i64 {
        let over =
            self.sheet.days.iter().filter(|day| day.date < today && self.on(day.date).next().is_some());
        over.map(|day| day.delta_minutes).sum()
    }

    /// Minutes since midnight, as the clocks of that day show them, of the first entry and the last exit of a day.
    pub(super) fn edges(&self, day: Date) -> (Option<i64>, Option<i64>) {
        let first = self.on(day).find(|punch| punch.kind == PunchKind::In);
        let last = self.on(day).filter(|punch| punch.kind == PunchKind::Out).last();
        (first.map(minute_of), last.map(minute_of))
    }
}

/// The minute of the day at which a punch was made, as the clocks there show it.
pub(super) fn minute_of(punch: &PunchRow) -> i64 {
    let zone = jiff::tz::TimeZone::get(&punch.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = punch.at.to_jiff().to_zoned(zone);
    i64::from(local.hour()) * 60 + i64::from(local.minute())
}

/// The first day of the ISO week of a date.
pub(super) fn monday_of(date: Date) -> Date {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).unwrap_or(date)
}

/// The last day of the week of a Monday.
pub(super) fn sunday_of(monday: Date) -> Date {
    monday.checked_add(6.days()).unwrap_or(monday)
}

/// Reads `2026-W47`.
pub(super) fn parse_week(text: &str) -> Option<Date> {
    let (year, week) = text.split_once("-W")?;
    if year.len() != 4 || week.len() != 2 {
        return None;
    }
    let week = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?;
    Some(week.date())
}

/// Writes `2026-W47`.
pub(super) fn week_code(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}

impl Heures {
    /// A person's week from its Monday.
    pub(super) async fn week(&self, person: Uuid, monday: Date) -> DbResult<Week> {
        let span = (monday, sunday_of(monday));
        let punches = self.in_force(person, balance::window(&self.house, span), None).await?;
        let plans = self.plans(person).await?;
        Ok(self.week_of(&punches, &plans, monday))
    }

    /// The week that these punches make; those shortly before and after it must be among them.
    pub(super) fn week_of(&self, punches: &[PunchRow], plans: &[PlanRow], monday: Date) -> Week {
        let span = (monday, sunday_of(monday));
        let sheet = balance::sheet(&self.house, punches, plans, span);
        let within = |punch: &&PunchRow| (span.0..=span.1).contains(&balance::day_of(punch));
        Week { monday, sheet, punches: punches.iter().filter(within).cloned().collect() }
    }

    /// The instants between which a week lies.
    pub(super) fn bounds(&self, monday: Date) -> (Timestamp, Timestamp) {
        let next = sunday_of(monday).checked_add(1.day()).unwrap_or(monday);
        (self.house.start_of(monday), self.house.start_of(next))
    }

    /// What the punches say of a person's day and its week, under the names that the declarations give: minutes, and
    /// minutes since midnight. What nobody punched is missing.
    pub(super) async fn facts_of(&self, person: Uuid, day: Date) -> DbResult<BTreeMap<String, i64>> {
        let monday = monday_of(day);
        let week = self.week(person, monday).await?;
        let (first, last) = week.edges(day);
        let worked = week.sheet.day(day).map(|day| day.worked_minutes);
        let total = week.sheet.weeks.first().map(|week| week.worked_minutes);
        let facts =
            [("worked_minutes", worked), ("week_minutes", total), ("punch_in", first), ("punch_out", last)];
        Ok(facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
    }
}
