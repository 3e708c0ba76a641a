//! Days and weeks where the shops are: a sale belongs to the day that the people in the shop live in, whatever the hour
//! is elsewhere and however long the day is.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Timestamp, planted};

/// A day and its week, as the tables write them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Day {
    /// `2026-11-18`.
    pub(crate) day: String,
    /// `2026-W47`; a week belongs to the year of its Thursday (ISO 8601).
    pub(crate) week: String,
}

/// The house's calendar.
#[derive(Clone, Debug)]
pub(crate) struct Calendar(pub(crate) TimeZone);

/// The code of the week of a day: `2026-W47`.
pub(crate) fn week_code(date: Date) -> String {
    let week = date.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}

impl Calendar {
    /// The date of an instant.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        if planted("day_of_utc") {
            return TimeZone::UTC.to_datetime(at.to_jiff()).date();
        }
        self.0.to_datetime(at.to_jiff()).date()
    }

    /// The day of an instant, and its week.
    pub(crate) fn day(&self, at: Timestamp) -> Day {
        let date = self.date(at);
        Day { day: date.to_string(), week: week_code(date) }
    }

    /// The instant at which a day begins.
    pub(crate) fn begins(&self, date: Date) -> Timestamp {
        date.to_zoned(self.0.clone()).map_or(Timestamp(0), |zoned| zoned.timestamp().into())
    }

    /// The instants of the days from the first to the last, the end excluded.
    pub(crate) fn span(&self, from: Date, to: Date) -> (Timestamp, Timestamp) {
        (self.begins(from), self.begins(to.tomorrow().unwrap_or(to)))
    }

    /// A number that changes with the code and the zone: what was added up by other days is built anew.
    pub(crate) fn version(&self, code: u32) -> u32 {
        let text = format!("{code} {}", self.0.iana_name().unwrap_or("UTC"));
        text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn paris() -> Calendar {
        Calendar(TimeZone::get("Europe/Paris").unwrap())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_shop() {
        assert_eq!(paris().day(at("2026-11-18T22:59:59Z")).day, "2026-11-18");
        assert_eq!(paris().day(at("2026-11-18T23:00:00Z")).day, "2026-11-19");
    }

    #[test]
    fn days_of_23_and_of_25_hours_have_no_gap_and_no_overlap() {
        for (day, hours) in [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 18), 24)] {
            let (from, to) = paris().span(day, day);
            assert_eq!((to.0 - from.0) / Timestamp::SECOND, hours * 3600, "{day}");
            assert_eq!(paris().date(from), day);
            assert_eq!(paris().date(Timestamp(to.0 - 1)), day);
            assert_eq!(paris().date(Timestamp(from.0 - 1)), day.yesterday().unwrap());
        }
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        assert_eq!(week_code(date(2027, 1, 1)), "2026-W53");
        assert_eq!(paris().day(at("2026-11-18T12:00:00Z")).week, "2026-W47");
    }
}
