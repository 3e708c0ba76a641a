//! Times said from where the reader stands: ages, spans, days near by, and due dates.

use super::date::{date_field, date_short, day_month, local, time, time_brief, weekday, weekday_short};
use super::date::{date_medium, weekday_day};
use super::number::{decimal_trimmed, integer};
use crate::ui::text::{NNBSP, capital, plural, say};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Lang, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// How long ago: `il y a 0,4 s`, `41 min ago`; in the future `dans 4 min`, `in 4 min`.
#[must_use]
pub fn age(lang: Lang, at: Timestamp, now: Timestamp) -> String {
    let micros = now.0.saturating_sub(at.0);
    let amount = amount(lang, micros.saturating_abs());
    match (lang, micros < 0) {
        (Lang::Fr, false) => format!("il y a {amount}"),
        (Lang::Fr, true) => format!("dans {amount}"),
        (Lang::En, false) => format!("{amount} ago"),
        (Lang::En, true) => format!("in {amount}"),
    }
}

/// One unit is enough to know how old something is.
fn amount(lang: Lang, micros: i64) -> String {
    let seconds = micros / Timestamp::SECOND;
    let unit = |n: i64, name: &str| format!("{}{NNBSP}{name}", integer(lang, n));
    let word = |n: i64, fr, en| format!("{} {}", integer(lang, n), plural(lang, n, fr, en));
    match seconds {
        0..=9 => format!("{}{NNBSP}s", tenths(lang, micros)),
        10..MINUTE => unit(seconds, "s"),
        MINUTE..HOUR => unit(seconds / MINUTE, "min"),
        HOUR..DAY => unit(seconds / HOUR, "h"),
        _ => match seconds / DAY {
            days @ ..=30 => word(days, ["jour", "jours"], ["day", "days"]),
            days @ 31..=364 => word(days * 12 / 365, ["mois", "mois"], ["month", "months"]),
            days => word(days / 365, ["an", "ans"], ["year", "years"]),
        },
    }
}

fn tenths(lang: Lang, micros: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "below ten seconds, and one digit is shown")]
    decimal_trimmed(lang, micros as f64 / 1e6, 1)
}

/// A length of time in microseconds, in two units at most: `3,1 s`, `4 min 10 s`, `3 h 05`, `2 jours`.
#[must_use]
pub fn span(lang: Lang, micros: i64) -> String {
    let micros = micros.saturating_abs();
    let seconds = micros / Timestamp::SECOND;
    match seconds {
        MINUTE..HOUR if seconds % MINUTE != 0 => {
            format!("{}{NNBSP}min {}{NNBSP}s", seconds / MINUTE, seconds % MINUTE)
        }
        HOUR..DAY => super::number::duration(lang, seconds / MINUTE),
        _ => amount(lang, micros),
    }
}

/// When, as short as a list allows: the time today, `hier`, `lun. 16` this week, else `10 nov.`
#[must_use]
pub fn when(lang: Lang, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, today) = (local(at, zone), local(now, zone).date());
    let date = at.date();
    match days_until(today, date) {
        0 => time(lang, at.time()),
        -1 => say(lang, "hier", "yesterday").to_owned(),
        1 => say(lang, "demain", "tomorrow").to_owned(),
        _ if same_week(date, today) => format!("{} {}", weekday_short(lang, date), date.day()),
        _ if date.year() == today.year() => date_short(lang, date),
        _ => date_field(date),
    }
}

/// When, with the time: `hier à 21 h 47`, `lundi à 7 h 58`, `14 novembre à 6 h 02`.
#[must_use]
pub fn when_long(lang: Lang, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, today) = (local(at, zone), local(now, zone).date());
    let date = at.date();
    let day = match days_until(today, date) {
        0 => say(lang, "aujourd’hui", "today").to_owned(),
        -1 => say(lang, "hier", "yesterday").to_owned(),
        1 => say(lang, "demain", "tomorrow").to_owned(),
        -6..=6 => weekday(lang, date).to_owned(),
        _ if date.year() == today.year() => day_month(lang, date),
        _ => date_medium(lang, date),
    };
    format!("{day} {} {}", say(lang, "à", "at"), time(lang, at.time()))
}

/// How much a due date presses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Urgency {
    /// The date has passed.
    Late,
    /// It is due today.
    Today,
    /// There is time.
    Later,
}

/// A due date as it is said, and how much it presses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// The wording: `En retard de 2 jours`, `Aujourd’hui 18 h`, `Vendredi 20`.
    pub text: String,
    /// How much it presses.
    pub urgency: Urgency,
}

/// The wording of a due date.
#[must_use]
pub fn due(lang: Lang, at: Timestamp, now: Timestamp, zone: &TimeZone) -> Due {
    let (local_due, today) = (local(at, zone), local(now, zone).date());
    let days = days_until(today, local_due.date());
    if at < now {
        return Due { text: late(lang, -days, now.0 - at.0), urgency: Urgency::Late };
    }
    let hour = time_brief(lang, local_due.time());
    match days {
        0 => Due { text: format!("{} {hour}", say(lang, "Aujourd’hui", "Today")), urgency: Urgency::Today },
        1 => later(format!("{} {hour}", say(lang, "Demain", "Tomorrow"))),
        _ => later(distant(lang, days, local_due.date(), today)),
    }
}

fn later(text: String) -> Due {
    Due { text, urgency: Urgency::Later }
}

fn distant(lang: Lang, days: i32, date: Date, today: Date) -> String {
    if days < 14 {
        capital(&weekday_day(lang, date))
    } else if date.year() == today.year() {
        date_short(lang, date)
    } else {
        format!("{} {}", date_short(lang, date), date.year())
    }
}

fn late(lang: Lang, days: i32, micros: i64) -> String {
    let amount = if days > 0 {
        let days = i64::from(days);
        format!("{} {}", integer(lang, days), plural(lang, days, ["jour", "jours"], ["day", "days"]))
    } else {
        amount(lang, micros.max(MINUTE * Timestamp::SECOND))
    };
    match lang {
        Lang::Fr => format!("En retard de {amount}"),
        Lang::En => format!("{amount} late"),
    }
}

fn days_until(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

fn same_week(a: Date, b: Date) -> bool {
    let (a, b) = (a.iso_week_date(), b.iso_week_date());
    (a.year(), a.week()) == (b.year(), b.week())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Lang::{En, Fr};

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(1))
    }

    /// An instant written in the local time of the zone above.
    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("{text}:00+01:00")).unwrap_or_default()
    }

    const NOW: &str = "2026-11-18T14:07";

    #[test]
    fn ages_have_one_unit() {
        let now = Timestamp(1_000 * DAY * Timestamp::SECOND);
        let ago = |lang, seconds: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "test values")]
            age(lang, Timestamp(now.0 - (seconds * 1e6) as i64), now)
        };
        assert_eq!(ago(Fr, 0.4), "il y a 0,4\u{202f}s");
        assert_eq!(ago(En, 0.2), "0.2\u{202f}s ago");
        assert_eq!(ago(Fr, 41.0), "il y a 41\u{202f}s");
        assert_eq!(ago(Fr, 2460.0), "il y a 41\u{202f}min");
        assert_eq!(ago(En, 7300.0), "2\u{202f}h ago");
        assert_eq!(ago(Fr, 86_400.0), "il y a 1 jour");
        assert_eq!(ago(En, 86_400.0 * 3.0), "3 days ago");
        assert_eq!(ago(Fr, 86_400.0 * 124.0), "il y a 4 mois");
        assert_eq!(ago(Fr, 86_400.0 * 800.0), "il y a 2 ans");
        assert_eq!(ago(Fr, -240.0), "dans 4\u{202f}min");
    }

    #[test]
    fn spans_have_two_units() {
        let of = |seconds: i64| span(Fr, seconds * Timestamp::SECOND);
        assert_eq!(span(Fr, 3_100_000), "3,1\u{202f}s");
        assert_eq!(of(250), "4\u{202f}min 10\u{202f}s");
        assert_eq!(of(240), "4\u{202f}min");
        assert_eq!(of(11_100), "3\u{202f}h\u{202f}05");
        assert_eq!(of(2 * DAY), "2 jours");
    }

    #[test]
    fn near_days_have_names() {
        let short = |lang, text| when(lang, at(text), at(NOW), &zone());
        assert_eq!(short(Fr, "2026-11-18T09:14"), "9\u{202f}h\u{202f}14");
        assert_eq!(short(Fr, "2026-11-17T23:59"), "hier");
        assert_eq!(short(Fr, "2026-11-16T08:00"), "lun. 16");
        assert_eq!(short(En, "2026-11-12T08:00"), "12 Nov");
        assert_eq!(short(Fr, "2025-11-12T08:00"), "12/11/2025");
        let long = |lang, text| when_long(lang, at(text), at(NOW), &zone());
        assert_eq!(long(Fr, "2026-11-17T21:47"), "hier à 21\u{202f}h\u{202f}47");
        assert_eq!(long(Fr, "2026-11-16T07:58"), "lundi à 7\u{202f}h\u{202f}58");
        assert_eq!(long(Fr, "2026-11-04T06:02"), "4 novembre à 6\u{202f}h\u{202f}02");
        assert_eq!(long(En, "2026-11-18T09:12"), "today at 9:12");
    }

    #[test]
    fn due_dates_are_said_from_today() {
        let said = |lang, text| due(lang, at(text), at(NOW), &zone());
        assert_eq!(said(Fr, "2026-11-16T18:00").text, "En retard de 2 jours");
        assert_eq!(said(En, "2026-11-17T18:00").text, "1 day late");
        assert_eq!(said(Fr, "2026-11-18T11:00").text, "En retard de 3\u{202f}h");
        assert_eq!(said(Fr, "2026-11-18T11:00").urgency, Urgency::Late);
        assert_eq!(said(Fr, "2026-11-18T18:00").text, "Aujourd’hui 18\u{202f}h");
        assert_eq!(
            said(En, "2026-11-18T18:00"),
            Due { text: "Today 18:00".to_owned(), urgency: Urgency::Today }
        );
        assert_eq!(said(Fr, "2026-11-19T18:00").text, "Demain 18\u{202f}h");
        assert_eq!(said(Fr, "2026-11-20T18:00").text, "Vendredi 20");
        assert_eq!(said(En, "2026-11-23T18:00").text, "Monday 23");
        assert_eq!(said(Fr, "2026-12-18T18:00").text, "18 déc.");
        assert_eq!(said(Fr, "2027-01-18T18:00").text, "18 janv. 2027");
    }
}
