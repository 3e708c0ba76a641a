//! From the punches in force to the rows of `hs_delta`. Pure; computing a day again replaces its row.
//!
//! A day without a punch in force has no row: whether it was leave, sickness or absence is not for this module to
//! say.

use super::model::{DAY, PunchRow};
use forms_model::calendar::Calendar;
use forms_model::time::{Anomaly, Punch, TimeRules, Timesheet, rules_on, timesheet};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Timestamp, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// Days this close are computed in one go.
const TOGETHER: i32 = 7;

/// By what time is counted: the zone of local days, the rules, the public holidays.
#[derive(Clone, Debug)]
pub(super) struct House {
    /// The zone's IANA name, kept with every punch.
    pub(super) zone_name: String,
    /// The zone.
    pub(super) zone: TimeZone,
    /// The rules, oldest first.
    pub(super) rules: Vec<TimeRules>,
    /// The public holidays.
    pub(super) calendar: Calendar,
}

impl House {
    /// The house's local day of an instant.
    pub(super) fn day(&self, at: Timestamp) -> Date {
        at.to_jiff().to_zoned(self.zone.clone()).date()
    }

    /// The first instant of a local day.
    pub(super) fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp(0), |start| start.timestamp().into())
    }
}

/// Minutes planned per weekday for one person, Monday first, from a day on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PlanRow {
    pub(super) valid_from: Date,
    pub(super) minutes: [i64; 7],
}

/// A row of `hs_delta`, without the instant of its computation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct DeltaRow {
    pub(super) person: Uuid,
    pub(super) day: Date,
    pub(super) team: Option<Uuid>,
    pub(super) worked_minutes: i64,
    pub(super) planned_minutes: i64,
    pub(super) delta_minutes: i64,
    /// `missing_out`, `missing_in` or `too_long`: the first thing that does not add up.
    pub(super) anomaly: Option<String>,
    /// The punch to look at.
    pub(super) anomaly_punch: Option<Uuid>,
}

/// The code of an anomaly in tables and answers.
pub(super) fn anomaly_code(anomaly: &Anomaly) -> &'static str {
    match anomaly {
        Anomaly::MissingOut(_) => "missing_out",
        Anomaly::MissingIn(_) => "missing_in",
        Anomaly::TooLong(..) => "too_long",
    }
}

/// The local day of a punch in its own zone, as the time rules see it.
pub(super) fn day_of(punch: &PunchRow) -> Date {
    let zone = TimeZone::get(&punch.zone).unwrap_or(TimeZone::UTC);
    punch.at.to_jiff().to_zoned(zone).date()
}

/// What the punches in force amount to over a span of days; see [`timesheet`] for what must be among them.
pub(super) fn sheet(house: &House, punches: &[PunchRow], plans: &[PlanRow], span: (Date, Date)) -> Timesheet {
    let punches: Vec<Punch> = punches
        .iter()
        .map(|row| Punch {
            id: row.id,
            kind: row.kind,
            at: row.at,
            zone: TimeZone::get(&row.zone).unwrap_or(TimeZone::UTC),
        })
        .collect();
    timesheet(&punches, span, &house.rules, house.calendar, &planned(house, plans, span))
}

/// The days on which a plan of the person's own holds.
fn planned(house: &House, plans: &[PlanRow], (from, to): (Date, Date)) -> BTreeMap<Date, i64> {
    if plans.is_empty() {
        return BTreeMap::new();
    }
    let minutes = |day: Date| {
        let plan = plans.iter().filter(|plan| plan.valid_from <= day).max_by_key(|plan| plan.valid_from)?;
        let off =
            rules_on(&house.rules, day).is_some_and(|r| r.holidays_off) && house.calendar.is_holiday(day);
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        Some((day, if off { 0 } else { plan.minutes.get(weekday).copied().unwrap_or(0) }))
    };
    from.series(1.day()).take_while(|day| *day <= to).filter_map(minutes).collect()
}

/// The rows of a span of days.
pub(super) fn deltas(
    house: &House,
    person: Uuid,
    punches: &[PunchRow],
    plans: &[PlanRow],
    span: (Date, Date),
) -> Vec<DeltaRow> {
    let sheet = sheet(house, punches, plans, span);
    let mut teams: BTreeMap<Date, Option<Uuid>> = BTreeMap::new();
    for punch in punches {
        teams.insert(day_of(punch), punch.team);
    }
    let last_team = |day: Date| teams.range(..=day).next_back().and_then(|(_, team)| *team);
    let row = |day: &forms_model::time::DayTotal| {
        let wrong = sheet.anomalies.iter().find(|anomaly| anomaly.date() == day.date);
        (teams.contains_key(&day.date) || !day.intervals.is_empty()).then(|| DeltaRow {
            person,
            day: day.date,
            team: last_team(day.date),
            worked_minutes: day.worked_minutes,
            planned_minutes: day.planned_minutes,
            delta_minutes: day.delta_minutes,
            anomaly: wrong.map(|anomaly| anomaly_code(anomaly).to_owned()),
            anomaly_punch: wrong.map(|anomaly| anomaly.punch().id),
        })
    };
    sheet.days.iter().filter_map(row).collect()
}

/// The spans of days that changes between two instants touch: the days between them, and those of the punches around,
/// whose pairs may be others now; a day more on each side, for shifts that cross midnight.
pub(super) fn touched(
    house: &House,
    changes: &[(Timestamp, Timestamp)],
    around: &[PunchRow],
) -> Vec<(Date, Date)> {
    let mut days: BTreeSet<(Date, Date)> =
        around.iter().map(|punch| wider(day_of(punch), day_of(punch))).collect();
    days.extend(changes.iter().map(|(from, to)| wider(house.day(*from), house.day(*to))));
    let mut spans: Vec<(Date, Date)> = Vec::new();
    for (from, to) in days {
        match spans.last_mut() {
            Some(last) if (from - last.1).get_days() <= TOGETHER => last.1 = last.1.max(to),
            _ => spans.push((from, to)),
        }
    }
    spans
}

fn wider(from: Date, to: Date) -> (Date, Date) {
    (from.checked_sub(1.day()).unwrap_or(from), to.checked_add(1.day()).unwrap_or(to))
}

/// The instants between which punches must be known to compute a span of days, besides the one before and the one
/// after: two days more on each side, longer than any shift.
pub(super) fn window(house: &House, (from, to): (Date, Date)) -> (Timestamp, Timestamp) {
    (Timestamp(house.start_of(from).0 - 2 * DAY), Timestamp(house.start_of(to).0 + 3 * DAY))
}
