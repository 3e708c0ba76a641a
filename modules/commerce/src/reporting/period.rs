//! Which days a report is about, of which shop and channel: read from the address, and kept in every link.

use super::calendar::Calendar;
use super::view_sales::{TILL, WEB};
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{Error, Result, Text, Timestamp};
use web::Query;

/// The longest period, in days: two years and a day.
const LONGEST_DAYS: i32 = 732;

/// Periods with a name, counted from today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Preset {
    Today,
    Week,
    LastWeek,
    Month,
    LastMonth,
    Quarter,
    Year,
}

impl Preset {
    /// All of them, in the order of the page.
    pub(super) const ALL: [Self; 7] =
        [Self::Today, Self::Week, Self::LastWeek, Self::Month, Self::LastMonth, Self::Quarter, Self::Year];

    /// The word in the address.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "week",
            Self::LastWeek => "last-week",
            Self::Month => "month",
            Self::LastMonth => "last-month",
            Self::Quarter => "13-weeks",
            Self::Year => "year",
        }
    }

    /// The name on the page.
    pub(super) fn name(self) -> Text {
        match self {
            Self::Today => Text::new("Aujourd’hui", "Today"),
            Self::Week => Text::new("Cette semaine", "This week"),
            Self::LastWeek => Text::new("Semaine dernière", "Last week"),
            Self::Month => Text::new("Ce mois", "This month"),
            Self::LastMonth => Text::new("Mois dernier", "Last month"),
            Self::Quarter => Text::new("13 semaines", "13 weeks"),
            Self::Year => Text::new("Cette année", "This year"),
        }
    }

    /// The first and the last day, seen from today.
    pub(super) fn days(self, today: Date) -> (Date, Date) {
        let back = |date: Date, days: i64| date.checked_sub(days.days()).unwrap_or(date);
        let monday = back(today, i64::from(today.weekday().to_monday_zero_offset()));
        let first = today.first_of_month();
        match self {
            Self::Today => (today, today),
            Self::Week => (monday, today),
            Self::LastWeek => (back(monday, 7), back(monday, 1)),
            Self::Month => (first, today),
            Self::LastMonth => (back(first, 1).first_of_month(), back(first, 1)),
            Self::Quarter => (back(monday, 12 * 7), today),
            Self::Year => (Date::new(today.year(), 1, 1).unwrap_or(today), today),
        }
    }
}

/// What a report is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    pub(super) from: Date,
    pub(super) to: Date,
    /// One shop, or empty for all.
    pub(super) shop: String,
    /// `web` or `till`, or empty for both.
    pub(super) channel: String,
}

fn wrong(field: &'static str, fr: &str, en: &str) -> Error {
    Error::invalid("bad_parameter", fr, en).field(field, fr, en)
}

fn day(query: &Query, name: &'static str) -> Result<Option<Date>> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let read = text.parse().ok().or_else(|| web::ui::format::read::date(text));
    read.map(Some)
        .ok_or_else(|| wrong(name, "Un jour s’écrit comme 2026-11-18.", "A day is written like 2026-11-18."))
}

impl Scope {
    /// Reads `period`, or `from` and `to`; `shop`; `channel`. Nothing said is `fallback` for all shops.
    ///
    /// # Errors
    /// Invalid, naming the parameter.
    pub(super) fn read(query: &Query, calendar: &Calendar, now: Timestamp, fallback: Preset) -> Result<Self> {
        let today = calendar.date(now);
        let preset = match query.get("period") {
            None => fallback,
            Some(word) => Preset::ALL
                .into_iter()
                .find(|preset| preset.word() == word)
                .ok_or_else(|| wrong("period", "Cette période n’existe pas.", "There is no such period."))?,
        };
        let (from, to) = match (day(query, "from")?, day(query, "to")?) {
            (None, None) => preset.days(today),
            (from, to) => {
                let to = to.unwrap_or(today);
                (from.unwrap_or(to), to)
            }
        };
        if from > to {
            return Err(wrong(
                "from",
                "La période finit avant de commencer.",
                "The period ends before it begins.",
            ));
        }
        if (to - from).get_days() > LONGEST_DAYS {
            return Err(wrong("from", "Une période va jusqu’à deux ans.", "A period goes up to two years."));
        }
        let channel = query.get("channel").unwrap_or_default().to_owned();
        if !["", WEB, TILL].contains(&channel.as_str()) {
            return Err(wrong("channel", "« channel » vaut web ou till.", "“channel” is web or till."));
        }
        let shop = query.get("shop").unwrap_or_default().chars().take(80).collect();
        Ok(Self { from, to, shop, channel })
    }

    /// The preset that these days are, if they are one.
    pub(super) fn preset(&self, today: Date) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.days(today) == (self.from, self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn presets_are_counted_from_today() {
        let today = date(2026, 11, 28);
        assert_eq!(Preset::Week.days(today), (date(2026, 11, 23), today));
        assert_eq!(Preset::LastWeek.days(today), (date(2026, 11, 16), date(2026, 11, 22)));
        assert_eq!(Preset::LastMonth.days(date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 2, 28)));
        assert_eq!(Preset::Quarter.days(today).0, date(2026, 8, 31));
        assert_eq!(Preset::Year.days(today).0, date(2026, 1, 1));
    }
}
