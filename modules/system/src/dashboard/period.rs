//! Days, weeks and months, as the buckets that figures are kept in.

use jiff::civil::Date;
use jiff::{ToSpan, tz::TimeZone};
use kernel::{Lang, Timestamp};
use web::ui::{format, say};

/// The bucket of what holds now.
pub(super) const NOW: &str = "";

/// How long a figure's bucket is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Period {
    /// A day where the house is.
    Day,
    /// From Monday to Sunday, numbered by ISO 8601.
    Week,
    /// A calendar month.
    Month,
}

impl Period {
    /// Reads a declaration's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// The declaration's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The bucket of a day: `2026-11-18`, `2026-W47`, `2026-11`. Buckets of one kind sort by time.
    #[must_use]
    pub fn bucket(self, day: Date) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Week => {
                let week = day.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", day.year(), day.month()),
        }
    }

    /// A day of each of the last `count` periods up to the present one, oldest first.
    #[must_use]
    pub fn last(self, today: Date, count: usize) -> Vec<Date> {
        let back = |n: usize| {
            let n = i64::try_from(n).unwrap_or(0);
            match self {
                Self::Day => today.checked_sub(n.days()),
                Self::Week => today.checked_sub((7 * n).days()),
                Self::Month => today.first_of_month().checked_sub(n.months()),
            }
        };
        (0..count).rev().filter_map(|n| back(n).ok()).collect()
    }

    /// The short name below a bar: `47`, `nov.`
    #[must_use]
    pub fn short(self, lang: Lang, day: Date) -> String {
        match self {
            Self::Day => day.day().to_string(),
            Self::Week => day.iso_week_date().week().to_string(),
            Self::Month => {
                let short = format::date_short(lang, day.first_of_month().saturating_add(1.day()));
                short.split_once(' ').map_or_else(|| short.clone(), |(_, month)| month.to_owned())
            }
        }
    }

    /// The name in a sentence: `semaine 47`, `novembre 2026`.
    #[must_use]
    pub fn name(self, lang: Lang, day: Date) -> String {
        match self {
            Self::Day => format::weekday_day(lang, day),
            Self::Week => format::week(lang, day),
            Self::Month => {
                let medium = format::date_medium(lang, day);
                medium.split_once(' ').map_or_else(|| medium.clone(), |(_, rest)| rest.to_owned())
            }
        }
    }

    /// `cette semaine`, `ce mois`.
    #[must_use]
    pub fn present(self, lang: Lang) -> &'static str {
        match self {
            Self::Day => say(lang, "aujourd’hui", "today"),
            Self::Week => say(lang, "cette semaine", "this week"),
            Self::Month => say(lang, "ce mois", "this month"),
        }
    }
}

/// The day of an instant in a zone.
#[must_use]
pub fn day(at: Timestamp, zone: &TimeZone) -> Date {
    format::local(at, zone).date()
}

/// The first instant after the day of another.
#[must_use]
pub fn end_of_day(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let tomorrow = day(at, zone).tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok());
    tomorrow.map_or(at, |next| next.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        assert_eq!(Period::Week.bucket(date(2027, 1, 1)), "2026-W53");
        assert_eq!(Period::Week.bucket(date(2026, 11, 18)), "2026-W47");
        assert_eq!(Period::Month.bucket(date(2026, 1, 31)), "2026-01");
    }

    #[test]
    fn the_last_periods_are_all_different() {
        for period in [Period::Day, Period::Week, Period::Month] {
            let days = period.last(date(2026, 3, 31), 12);
            let mut buckets: Vec<_> = days.iter().map(|d| period.bucket(*d)).collect();
            let sorted = buckets.clone();
            buckets.dedup();
            assert_eq!((buckets.len(), &buckets), (12, &sorted));
            assert!(sorted.is_sorted());
        }
    }

    #[test]
    fn a_month_has_its_name() {
        assert_eq!(Period::Month.short(Lang::Fr, date(2026, 11, 18)), "nov.");
        assert_eq!(Period::Month.name(Lang::En, date(2026, 11, 1)), "November 2026");
    }

    #[test]
    fn a_day_ends_at_midnight_where_people_live() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let at = Timestamp::parse("2026-11-18T22:30:00Z").unwrap();
        assert_eq!(end_of_day(at, &zone).to_string(), "2026-11-18T23:00:00Z");
        let later = Timestamp::parse("2026-11-18T23:30:00Z").unwrap();
        assert_eq!(day(later, &zone), date(2026, 11, 19));
    }
}
