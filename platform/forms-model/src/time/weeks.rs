//! ISO weeks, Monday 0 h to Sunday 24 h (L3121-35), and what their hours beyond the legal week are worth.

use super::{Basis, DayTotal, TimeRules};
use jiff::ToSpan;
use jiff::civil::Date;

/// One ISO week.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WeekTotal {
    /// Its Monday.
    pub monday: Date,
    /// The ISO year, which at its ends is not the calendar's.
    pub iso_year: i16,
    /// The ISO week, 1 to 53.
    pub iso_week: i8,
    /// Minutes worked on the days looked at.
    pub worked_minutes: i64,
    /// Minutes planned on these days.
    pub planned_minutes: i64,
    /// Worked less planned.
    pub delta_minutes: i64,
    /// Whether all seven days were looked at. Bands of a part of a week are a minimum.
    pub complete: bool,
    /// Minutes with a premium, lowest band first; bands without minutes are there too.
    pub bands: Vec<BandMinutes>,
}

/// Minutes of a week within one band.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BandMinutes {
    /// The premium in percent.
    pub rate_percent: i64,
    /// How many minutes.
    pub minutes: i64,
    /// The rest they are worth when they are not paid, premium included: 60 at 25 % give 75 (L3121-33).
    pub rest_minutes: i64,
    /// Who says so.
    pub basis: Basis,
}

/// The week that these days, all of one week, belong to.
pub(super) fn total(monday: Date, days: &[DayTotal], rules: Option<&TimeRules>) -> WeekTotal {
    let worked_minutes = days.iter().map(|day| day.worked_minutes).sum();
    let planned_minutes = days.iter().map(|day| day.planned_minutes).sum();
    let iso = monday.iso_week_date();
    WeekTotal {
        monday,
        iso_year: iso.year(),
        iso_week: iso.week(),
        worked_minutes,
        planned_minutes,
        delta_minutes: worked_minutes - planned_minutes,
        complete: days.len() == 7,
        bands: rules.map(|rules| bands(rules, worked_minutes)).unwrap_or_default(),
    }
}

fn bands(rules: &TimeRules, worked: i64) -> Vec<BandMinutes> {
    let ceilings = rules.bands.iter().skip(1).map(|band| band.above).chain(std::iter::once(i64::MAX));
    let within = |(band, ceiling): (&super::Band, i64)| {
        let minutes = (worked.min(ceiling) - band.above).max(0);
        BandMinutes {
            rate_percent: band.rate_percent,
            minutes,
            rest_minutes: minutes * (100 + band.rate_percent) / 100,
            basis: band.basis.clone(),
        }
    };
    rules.bands.iter().zip(ceilings).map(within).collect()
}

/// The Monday of the ISO week that a date lies in.
pub(super) fn monday_of(date: Date) -> Date {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).unwrap_or(date)
}
