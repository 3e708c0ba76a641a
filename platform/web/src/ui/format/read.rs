//! Reads what people type into fields: the inverse of what the fields show, and the other ways in which people
//! write the same. `None` means that the text cannot be understood; an empty text is the caller's question.

use jiff::civil::{Date, DateTime, Time};

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}' && *c != '\u{a0}').collect()
}

/// Splits off a sign; both the hyphen and the real minus are typed.
fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// A whole number: `48213`, `48 213`, `48,213`, `−3`.
#[must_use]
pub fn integer(text: &str) -> Option<i64> {
    let text = compact(text);
    let (sign, rest) = signed(&text);
    let mut groups = rest.split([',', '.']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let plain = rest.is_empty() || (first.len() <= 3 && rest.iter().all(|group| group.len() == 3));
    if plain { digits(&format!("{first}{}", rest.concat()))?.checked_mul(sign) } else { None }
}

/// A decimal as an integer of `10^-scale` units: `184,90`, `184.9` and `1 184,90` with a scale of 2. More digits
/// than the scale holds are refused, never rounded.
#[must_use]
pub fn scaled(text: &str, scale: u32) -> Option<i64> {
    let text = compact(text);
    let (sign, rest) = signed(&text);
    let (whole, fraction) = match rest.rfind([',', '.']) {
        None => (rest.to_owned(), ""),
        Some(at) => (rest[..at].replace([',', '.'], ""), &rest[at + 1..]),
    };
    let scale = usize::try_from(scale).ok()?;
    if fraction.len() > scale || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    digits(&format!("{whole}{fraction:0<scale$}"))?.checked_mul(sign)
}

/// An amount of euros in cents: `184,90`, `184,9 €`, `€184.90`, `1,234.56`.
#[must_use]
pub fn money(text: &str) -> Option<i64> {
    scaled(&text.replace('€', ""), 2)
}

/// A date: `18/11/2026`, `18.11.2026`, `18-11-2026`, or ISO `2026-11-18`.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let text = compact(text);
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let (day, year) = if a.len() == 4 { (c, a) } else { (a, c) };
    if year.len() != 4 {
        return None;
    }
    let part = |text: &str| digits(text).and_then(|n| i8::try_from(n).ok());
    Date::new(i16::try_from(digits(year)?).ok()?, part(b)?, part(day)?).ok()
}

fn hours_minutes(text: &str) -> Option<(i64, i64)> {
    let text = compact(text).to_lowercase();
    let (hours, minutes) = match text.split_once(['h', ':']) {
        Some((hours, "")) => (hours, "0"),
        Some(both) => both,
        None => (text.as_str(), "0"),
    };
    let minutes = digits(minutes.trim_end_matches("min"))?;
    if minutes > 59 { None } else { Some((digits(hours)?, minutes)) }
}

/// A time of day: `14:02`, `14 h 02`, `14h`, `8`.
#[must_use]
pub fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = hours_minutes(text)?;
    Time::new(i8::try_from(hours).ok()?, i8::try_from(minutes).ok()?, 0, 0).ok()
}

/// A date and a time: `18/11/2026 14:02`, or ISO `2026-11-18T14:02`.
#[must_use]
pub fn datetime(text: &str) -> Option<DateTime> {
    let (day, hour) = text.trim().split_once([' ', 'T'])?;
    Some(date(day)?.to_datetime(time(hour)?))
}

/// A duration in minutes: `2:30`, `2 h 30`, `45 min`, `2,5` (hours).
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let text = compact(text).to_lowercase();
    let (sign, rest) = signed(&text);
    let minutes = if let Some(minutes) = rest.strip_suffix("min").and_then(digits) {
        minutes
    } else if rest.contains([',', '.']) {
        scaled(rest.trim_end_matches('h'), 2)?.checked_mul(60)? / 100
    } else {
        let (hours, minutes) = hours_minutes(rest)?;
        hours.checked_mul(60)?.checked_add(minutes)?
    };
    Some(sign * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::format;
    use kernel::Lang::{En, Fr};

    #[test]
    fn numbers_are_read_as_people_type_them() {
        assert_eq!(integer("48\u{202f}213"), Some(48_213));
        assert_eq!(integer("48,213"), Some(48_213));
        assert_eq!(integer("\u{2212}3"), Some(-3));
        assert_eq!(integer("1,5"), None);
        assert_eq!(integer("12a"), None);
        assert_eq!(integer("99999999999999999999"), None);
        assert_eq!(money("184,9 €"), Some(18_490));
        assert_eq!(money("€1,234.56"), Some(123_456));
        assert_eq!(money("1\u{202f}234,56\u{202f}€"), Some(123_456));
        assert_eq!(money("1,234"), None);
        assert_eq!(money(""), None);
        assert_eq!(scaled("-0,05", 2), Some(-5));
    }

    #[test]
    fn dates_and_times_are_read_in_their_usual_forms() {
        let day = jiff::civil::date(2026, 11, 18);
        assert_eq!(date("18/11/2026"), Some(day));
        assert_eq!(date("2026-11-18"), Some(day));
        assert_eq!(date("31/02/2026"), None);
        assert_eq!(date("18/11/26"), None);
        assert_eq!(time("14 h 02"), Some(jiff::civil::time(14, 2, 0, 0)));
        assert_eq!(time("24:00"), None);
        assert_eq!(time("8h"), Some(jiff::civil::time(8, 0, 0, 0)));
        assert_eq!(datetime("18/11/2026 14:02"), Some(day.at(14, 2, 0, 0)));
        assert_eq!(duration("2 h 30"), Some(150));
        assert_eq!(duration("2,5"), Some(150));
        assert_eq!(duration("45 min"), Some(45));
        assert_eq!(duration("2:75"), None);
    }

    #[test]
    fn what_a_field_shows_is_read_back() {
        for cents in [0, 5, -5, 18_490, 123_456_789] {
            assert_eq!(money(&format::money_field(Fr, cents)), Some(cents));
            assert_eq!(money(&format::money(En, cents)), Some(cents));
        }
        for minutes in [0, 45, 60, 510, -30] {
            assert_eq!(duration(&format::duration_field(minutes)), Some(minutes));
            assert_eq!(duration(&format::duration(Fr, minutes)), Some(minutes));
        }
        let at = jiff::civil::date(2026, 3, 7).at(8, 5, 0, 0);
        assert_eq!(datetime(&format::datetime_field(at)), Some(at));
    }
}
