//! Working days: Monday to Friday without the public holidays of the Code du travail, article L3133-1.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// Which public holidays are taken off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Calendar {
    /// The eleven days of L3133-1.
    #[default]
    France,
    /// These and Good Friday and 26 December, as in Bas-Rhin, Haut-Rhin and Moselle (L3134-13; Good Friday only
    /// where there is a Protestant church, which a calendar cannot know).
    AlsaceMoselle,
}

/// The hour at which a working day ends for deadlines.
pub const END_OF_DAY_HOUR: i8 = 18;

impl Calendar {
    /// Whether the date is a public holiday.
    #[must_use]
    pub fn is_holiday(self, day: Date) -> bool {
        const FIXED: [(i8, i8); 8] = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
        if FIXED.contains(&(day.month(), day.day())) {
            return true;
        }
        // Easter Monday, Ascension, Whit Monday.
        let after_easter = i64::from((day - easter(day.year())).get_days());
        let local =
            self == Self::AlsaceMoselle && (after_easter == -2 || (day.month(), day.day()) == (12, 26));
        matches!(after_easter, 1 | 39 | 50) || local
    }

    /// Whether people work on that date, by default.
    #[must_use]
    pub fn is_working_day(self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.is_holiday(day)
    }

    /// How many working days lie between two dates, both counted; 0 when the second is earlier.
    #[must_use]
    pub fn working_days(self, from: Date, to: Date) -> i64 {
        let days = from.series(1.day()).take_while(|day| *day <= to).filter(|day| self.is_working_day(*day));
        i64::try_from(days.count()).unwrap_or(i64::MAX)
    }

    /// The end of the last day of a delay: `days` whole working days after the local day of `from`, at 18:00 in the
    /// zone. The day of `from` never counts.
    #[must_use]
    pub fn deadline(self, from: Timestamp, days: u32, zone: &TimeZone) -> Timestamp {
        let start = from.to_jiff().to_zoned(zone.clone()).date();
        let working = start.series(1.day()).skip(1).filter(|day| self.is_working_day(*day));
        let last = match days {
            0 => Some(start),
            _ => working.take(days as usize).last(),
        };
        let end = last.unwrap_or(start).at(END_OF_DAY_HOUR, 0, 0, 0).to_zoned(zone.clone());
        end.map_or(from, |end| end.timestamp().into())
    }
}

/// Easter Sunday (the anonymous Gregorian algorithm, Meeus, *Astronomical Algorithms*, chapter 8).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let (month, day) = (n / 31, n % 31 + 1);
    // Always in March or April for years 1583 on; before, the rule is not defined and no delay starts there.
    Date::new(year, i8::try_from(month).unwrap_or(4), i8::try_from(day).unwrap_or(1))
        .unwrap_or(date(1970, 3, 29))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, month, day) in [(2000, 4, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)] {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn eleven_holidays_in_2026() {
        let days: Vec<String> = date(2026, 1, 1)
            .series(1.day())
            .take_while(|day| day.year() == 2026)
            .filter(|day| Calendar::France.is_holiday(*day))
            .map(|day| day.strftime("%m-%d").to_string())
            .collect();
        let expected = "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25";
        assert_eq!(days.join(" "), expected);
    }

    #[test]
    fn three_working_days_pass_over_armistice_and_a_weekend() {
        // Tuesday 10 November 2026, 08:02 in Paris: Wednesday is a holiday, so Thursday, Friday, Monday.
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let sent = Timestamp::parse("2026-11-10T07:02:00Z").unwrap();
        let due = Calendar::France.deadline(sent, 3, &paris);
        assert_eq!(due.to_string(), "2026-11-16T17:00:00Z");
    }

    #[test]
    fn the_deadline_is_local_time_on_both_sides_of_the_clock_change() {
        // Sent on Friday 27 March 2026; the clock moves on Sunday 29; 18:00 in Paris is 16:00 UTC afterwards.
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let sent = Timestamp::parse("2026-03-27T09:00:00Z").unwrap();
        assert_eq!(Calendar::France.deadline(sent, 1, &paris).to_string(), "2026-03-30T16:00:00Z");
    }

    #[test]
    fn the_local_day_counts_not_the_utc_day() {
        // 23:30 UTC on Sunday is already Monday in Paris: one working day later is Tuesday.
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let sent = Timestamp::parse("2026-06-07T23:30:00Z").unwrap();
        assert_eq!(Calendar::France.deadline(sent, 1, &paris).to_string(), "2026-06-09T16:00:00Z");
    }
}
