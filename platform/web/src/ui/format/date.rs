//! Times of day, dates, weeks, and instants as seen in a time zone.

use crate::ui::text::{NNBSP, say};
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use kernel::{Lang, Timestamp};

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT_FR: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const SHORT_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn pick(names: &[&'static str; 12], date: Date) -> &'static str {
    let month = usize::from(date.month().unsigned_abs());
    names.get(month.saturating_sub(1)).copied().unwrap_or("")
}

fn month(lang: Lang, date: Date) -> &'static str {
    match lang {
        Lang::Fr => pick(&MONTHS_FR, date),
        Lang::En => pick(&MONTHS_EN, date),
    }
}

fn month_short(lang: Lang, date: Date) -> &'static str {
    match lang {
        Lang::Fr => pick(&SHORT_FR, date),
        Lang::En => pick(&SHORT_EN, date),
    }
}

/// The first of the month is an ordinal in French.
fn day(lang: Lang, date: Date) -> String {
    match (lang, date.day()) {
        (Lang::Fr, 1) => "1er".to_owned(),
        (_, day) => day.to_string(),
    }
}

/// An instant as clocks and calendars of a time zone show it.
#[must_use]
pub fn local(at: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_datetime(at.to_jiff())
}

/// A time of day in a sentence: `14 h 02`, `14:02`.
#[must_use]
pub fn time(lang: Lang, at: Time) -> String {
    match lang {
        Lang::Fr => format!("{}{NNBSP}h{NNBSP}{:02}", at.hour(), at.minute()),
        Lang::En => format!("{}:{:02}", at.hour(), at.minute()),
    }
}

/// A time of day without its zero minutes in French: `18 h`, `18:00`.
#[must_use]
pub fn time_brief(lang: Lang, at: Time) -> String {
    match lang {
        Lang::Fr if at.minute() == 0 => format!("{}{NNBSP}h", at.hour()),
        _ => time(lang, at),
    }
}

/// A time of day in a field, a column or the running clock: `14:02`.
#[must_use]
pub fn clock(at: Time) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// The same with seconds, for operators: `13:47:02`.
#[must_use]
pub fn clock_seconds(at: Time) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// The day's name: `vendredi`, `Friday`.
#[must_use]
pub fn weekday(lang: Lang, date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => say(lang, "lundi", "Monday"),
        Weekday::Tuesday => say(lang, "mardi", "Tuesday"),
        Weekday::Wednesday => say(lang, "mercredi", "Wednesday"),
        Weekday::Thursday => say(lang, "jeudi", "Thursday"),
        Weekday::Friday => say(lang, "vendredi", "Friday"),
        Weekday::Saturday => say(lang, "samedi", "Saturday"),
        Weekday::Sunday => say(lang, "dimanche", "Sunday"),
    }
}

/// The day's short name: `ven.`, `Fri`.
#[must_use]
pub fn weekday_short(lang: Lang, date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => say(lang, "lun.", "Mon"),
        Weekday::Tuesday => say(lang, "mar.", "Tue"),
        Weekday::Wednesday => say(lang, "mer.", "Wed"),
        Weekday::Thursday => say(lang, "jeu.", "Thu"),
        Weekday::Friday => say(lang, "ven.", "Fri"),
        Weekday::Saturday => say(lang, "sam.", "Sat"),
        Weekday::Sunday => say(lang, "dim.", "Sun"),
    }
}

/// A day near enough to need no month: `vendredi 20`, `Friday 20`.
#[must_use]
pub fn weekday_day(lang: Lang, date: Date) -> String {
    format!("{} {}", weekday(lang, date), day(lang, date))
}

/// `18 novembre`, `18 November`.
#[must_use]
pub fn day_month(lang: Lang, date: Date) -> String {
    format!("{} {}", day(lang, date), month(lang, date))
}

/// `18 novembre 2026`.
#[must_use]
pub fn date_medium(lang: Lang, date: Date) -> String {
    format!("{} {}", day_month(lang, date), date.year())
}

/// `mercredi 18 novembre 2026`.
#[must_use]
pub fn date_long(lang: Lang, date: Date) -> String {
    format!("{} {}", weekday(lang, date), date_medium(lang, date))
}

/// `18 nov.`, `18 Nov`.
#[must_use]
pub fn date_short(lang: Lang, date: Date) -> String {
    format!("{} {}", day(lang, date), month_short(lang, date))
}

/// `mer. 18 nov.`, `Wed 18 Nov`.
#[must_use]
pub fn date_with_weekday(lang: Lang, date: Date) -> String {
    format!("{} {}", weekday_short(lang, date), date_short(lang, date))
}

/// A date in a field: `18/11/2026` in both languages.
#[must_use]
pub fn date_field(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// A date and a time in a field: `18/11/2026 14:02`.
#[must_use]
pub fn datetime_field(at: DateTime) -> String {
    format!("{} {}", date_field(at.date()), clock(at.time()))
}

/// The ISO week: `semaine 47`, `week 47`.
#[must_use]
pub fn week(lang: Lang, date: Date) -> String {
    format!("{} {}", say(lang, "semaine", "week"), date.iso_week_date().week())
}

/// A range of days, without repeating what both ends share: `21 au 31 décembre`.
#[must_use]
pub fn date_range(lang: Lang, from: Date, to: Date) -> String {
    let end = if from.year() == to.year() { day_month(lang, to) } else { date_medium(lang, to) };
    if from == to {
        return end;
    }
    let start = if from.year() != to.year() {
        date_medium(lang, from)
    } else if from.month() != to.month() {
        day_month(lang, from)
    } else {
        day(lang, from)
    };
    format!("{start} {} {end}", say(lang, "au", "to"))
}

/// An instant in a list or a timeline: `mar. 10 nov., 8 h 14`, `Tue 10 Nov, 8:14`.
#[must_use]
pub fn datetime_short(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    let at = local(at, zone);
    format!("{}, {}", date_with_weekday(lang, at.date()), time(lang, at.time()))
}

/// An instant in full: `mardi 10 novembre 2026 à 8 h 14`.
#[must_use]
pub fn datetime_long(lang: Lang, at: Timestamp, zone: &TimeZone) -> String {
    let at = local(at, zone);
    format!("{} {} {}", date_long(lang, at.date()), say(lang, "à", "at"), time(lang, at.time()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time as civil_time};
    use kernel::Lang::{En, Fr};

    fn paris() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(1))
    }

    #[test]
    fn times_follow_the_language() {
        assert_eq!(time(Fr, civil_time(14, 2, 0, 0)), "14\u{202f}h\u{202f}02");
        assert_eq!(time(En, civil_time(14, 2, 0, 0)), "14:02");
        assert_eq!(time(En, civil_time(8, 30, 0, 0)), "8:30");
        assert_eq!(time_brief(Fr, civil_time(18, 0, 0, 0)), "18\u{202f}h");
        assert_eq!(time_brief(En, civil_time(18, 0, 0, 0)), "18:00");
        assert_eq!(clock(civil_time(8, 2, 0, 0)), "08:02");
        assert_eq!(clock_seconds(civil_time(13, 47, 2, 0)), "13:47:02");
    }

    #[test]
    fn dates_are_long_short_and_in_fields() {
        let day = date(2026, 11, 18);
        assert_eq!(date_long(Fr, day), "mercredi 18 novembre 2026");
        assert_eq!(date_long(En, day), "Wednesday 18 November 2026");
        assert_eq!(date_short(Fr, day), "18 nov.");
        assert_eq!(date_short(En, day), "18 Nov");
        assert_eq!(date_with_weekday(Fr, day), "mer. 18 nov.");
        assert_eq!(weekday_day(En, date(2026, 11, 20)), "Friday 20");
        assert_eq!(day_month(Fr, date(2027, 1, 1)), "1er janvier");
        assert_eq!(date_field(date(2026, 3, 7)), "07/03/2026");
        assert_eq!(datetime_field(day.at(14, 2, 0, 0)), "18/11/2026 14:02");
    }

    #[test]
    fn weeks_are_iso() {
        assert_eq!(week(Fr, date(2026, 11, 18)), "semaine 47");
        assert_eq!(week(En, date(2027, 1, 1)), "week 53");
    }

    #[test]
    fn ranges_repeat_nothing() {
        let (from, to) = (date(2026, 12, 21), date(2026, 12, 31));
        assert_eq!(date_range(Fr, from, to), "21 au 31 décembre");
        assert_eq!(date_range(En, from, to), "21 to 31 December");
        assert_eq!(date_range(Fr, date(2026, 11, 30), to), "30 novembre au 31 décembre");
        assert_eq!(date_range(Fr, to, date(2027, 1, 2)), "31 décembre 2026 au 2 janvier 2027");
        assert_eq!(date_range(En, to, to), "31 December");
    }

    #[test]
    fn instants_are_seen_in_the_zone() {
        let at = Timestamp::parse("2026-11-10T07:14:00Z").unwrap_or_default();
        assert_eq!(datetime_short(Fr, at, &paris()), "mar. 10 nov., 8\u{202f}h\u{202f}14");
        assert_eq!(datetime_short(En, at, &paris()), "Tue 10 Nov, 8:14");
        assert_eq!(datetime_long(Fr, at, &paris()), "mardi 10 novembre 2026 à 8\u{202f}h\u{202f}14");
    }
}
