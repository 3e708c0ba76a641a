//! How people write dates, times, durations, amounts and identifiers. Each function gives `None` for what it cannot
//! read without guessing.

use jiff::civil::{Date, Time};

/// The years in which dates may lie: far enough for birthdays and contracts, near enough for all computations.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// `2026-11-07` or `07/11/2026`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let parts: Vec<&str> = text.split('/').collect();
    let date = match parts.as_slice() {
        [day, month, year] if year.len() == 4 && day.len() <= 2 && month.len() <= 2 => {
            Date::new(digits(year)?, digits(month)?, digits(day)?).ok()?
        }
        _ => iso_date(text)?,
    };
    YEARS.contains(&date.year()).then_some(date)
}

/// `2026-11-07` and nothing else.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    let shape =
        text.len() == 10 && text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    let date: Date = shape.then(|| text.parse().ok())??;
    YEARS.contains(&date.year()).then_some(date)
}

/// `08:30`, `8:30`, `8 h 30`, `8h`; seconds only when they are zero. Minutes since midnight.
pub(crate) fn time(text: &str) -> Option<i64> {
    let compact = without_spaces(text).to_ascii_lowercase().replace('h', ":");
    let parts: Vec<&str> = compact.split(':').collect();
    let (hour, minute) = match parts.as_slice() {
        [hour, minute] | [hour, minute, "00"] => (hour, minute),
        _ => return None,
    };
    let minute = if minute.is_empty() { 0 } else { two_digits(minute)? };
    let hour: i64 = if (1..=2).contains(&hour.len()) { digits(hour)? } else { return None };
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `08:30`, from minutes since midnight.
pub(crate) fn time_text(minutes: i64) -> Option<String> {
    (0..24 * 60).contains(&minutes).then(|| format!("{:02}:{:02}", minutes / 60, minutes % 60))
}

/// `2:30`, `2 h 30`, `2 h`, `2,5 h`, `150 min`, in minutes. A bare number could be either, and is not read.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let compact = without_spaces(text).to_ascii_lowercase();
    if let Some(minutes) = compact.strip_suffix("min").filter(|rest| !rest.contains(['h', ':'])) {
        return digits(minutes);
    }
    let compact = compact.strip_suffix("min").unwrap_or(&compact);
    if let Some(hours) = compact.strip_suffix('h').filter(|rest| rest.contains([',', '.'])) {
        let hundredths = decimal(hours, 2)?;
        return (hundredths >= 0 && hundredths * 60 % 100 == 0).then_some(hundredths * 60 / 100);
    }
    let (hours, minutes) = compact.split_once(['h', ':'])?;
    let minutes = if minutes.is_empty() { 0 } else { two_digits(minutes)? };
    let hours: i64 = if hours.len() <= 6 { digits(hours)? } else { return None };
    (minutes < 60).then_some(hours * 60 + minutes)
}

/// A number with at most `scale` decimals, as an integer scaled by it: `1 234,5` with two decimals is 123,450. Either
/// sign of decimals is read; when both stand, the last is the decimals' and the other groups thousands.
pub(crate) fn decimal(text: &str, scale: u8) -> Option<i64> {
    let compact = without_spaces(text).replace('\u{2212}', "-");
    let (negative, compact) = match compact.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, compact),
    };
    let (whole, fraction) = split_decimal(&compact)?;
    if whole.is_empty() || fraction.len() > usize::from(scale) || whole.len() > 18 {
        return None;
    }
    let scaled: i64 = digits(&format!("{whole}{fraction:0<width$}", width = usize::from(scale)))?;
    Some(if negative { -scaled } else { scaled })
}

fn split_decimal(text: &str) -> Option<(String, String)> {
    let last = text.rfind([',', '.']);
    let Some(at) = last else { return Some((text.to_owned(), String::new())) };
    let (whole, fraction) = (text.get(..at)?, text.get(at + 1..)?);
    let mark = text.get(at..=at)?;
    if whole.contains(mark) || fraction.is_empty() || whole.is_empty() {
        return None;
    }
    let groups: Vec<&str> = whole.split([',', '.']).collect();
    let grouped = groups.iter().skip(1).all(|group| group.len() == 3);
    let first = groups.first().map_or(0, |group| group.len());
    let fits = groups.len() == 1 || (grouped && (1..=3).contains(&first));
    fits.then(|| (groups.concat(), fraction.to_owned()))
}

/// `12,50`, `12.50 €`, in cents.
pub(crate) fn money(text: &str) -> Option<i64> {
    let compact = without_spaces(text);
    let amount = compact.trim_start_matches('€').trim_end_matches('€');
    decimal(amount.strip_suffix("EUR").unwrap_or(amount), 2)
}

/// A scaled integer with its decimals: 1,250 with two is `12.50`.
pub(crate) fn decimal_text(scaled: i64, scale: u8, mark: char) -> String {
    let unit = 10_u64.pow(u32::from(scale));
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, fraction) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
    if scale == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}{mark}{fraction:0width$}", width = usize::from(scale))
}

/// One `@`, something before it, a domain with a point after it, no spaces; as much as can be told without sending.
pub(crate) fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let clean = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
    let labels = domain.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    });
    let fits = clean(local) && !local.contains('@') && local.len() <= 64 && text.len() <= 254;
    (fits && labels && domain.contains('.')).then(|| text.to_owned())
}

/// A French number with ten digits, or an international one with `+` or `00`; given back as `+33612345678` (E.164).
pub(crate) fn phone(text: &str) -> Option<String> {
    let compact: String =
        without_spaces(text).chars().filter(|c| !matches!(c, '.' | '-' | '(' | ')' | '/')).collect();
    let international = if let Some(rest) = compact.strip_prefix('+') {
        rest.to_owned()
    } else if let Some(rest) = compact.strip_prefix("00") {
        rest.to_owned()
    } else {
        let rest = compact.strip_prefix('0').filter(|rest| rest.len() == 9)?;
        format!("33{rest}")
    };
    let fits = (8..=15).contains(&international.len())
        && !international.starts_with('0')
        && international.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("+{international}"))
}

/// An account number whose two check digits are right (ISO 13616, modulus 97), without spaces, in capitals.
pub(crate) fn iban(text: &str) -> Option<String> {
    let compact = without_spaces(text).to_ascii_uppercase();
    let bytes = compact.as_bytes();
    let shape = (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.iter().take(2).all(u8::is_ascii_alphabetic)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
        && (!compact.starts_with("FR") || bytes.len() == 27);
    let rotated = bytes.iter().skip(4).chain(bytes.iter().take(4));
    let remainder = rotated.filter_map(|b| char::from(*b).to_digit(36)).fold(0, |sum, digit| {
        let shift = if digit > 9 { 100 } else { 10 };
        (sum * shift + digit) % 97
    });
    (shape && remainder == 1).then_some(compact)
}

/// A local date and time: `2026-11-07T09:00` or `07/11/2026 09:00`.
pub(crate) fn local_date_time(text: &str) -> Option<jiff::civil::DateTime> {
    let (day, clock) = text.trim().split_once(['T', ' '])?;
    let minutes = time(clock)?;
    let clock = Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()?;
    Some(date(day)?.to_datetime(clock))
}

/// The text without any kind of space.
fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}').collect()
}

fn two_digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.len() == 2 { digits(text) } else { None }
}

/// Digits and nothing else: no sign, no space.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times() {
        assert_eq!(date("07/11/2026"), date("2026-11-07"));
        assert_eq!(date("7/1/2026"), date("2026-01-07"));
        for wrong in ["31/02/2026", "11-07-2026", "07/11/26", "1800-01-01", "2026-11-7", "", "a/b/2026"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        for text in ["08:30", "8:30", "8 h 30", "8h30", "08:30:00"] {
            assert_eq!(time(text), Some(510), "{text}");
        }
        assert_eq!(time("8 h"), Some(480));
        for wrong in ["24:00", "8:60", "830", "8", ":30", "8:3", "8:30:01", "-8:30"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_never_guess() {
        for text in ["2:30", "2 h 30", "2h30", "2\u{a0}h\u{a0}30 min", "2,5 h", "150 min"] {
            assert_eq!(duration(text), Some(150), "{text}");
        }
        for wrong in ["150", "2", "2:7", "2:60", "h", "-2:30", "2,333 h", ""] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn amounts_in_french_and_english() {
        for text in ["1234,50", "1 234,50 €", "1\u{202f}234,5", "1,234.50", "€1,234.50", "1.234,50 EUR"] {
            assert_eq!(money(text), Some(123_450), "{text}");
        }
        assert_eq!(money("−12"), Some(-1200));
        for wrong in ["12,505", "1,234", "1.2.3", ",5", "12,", "douze", "", "1,23,456.00"] {
            assert_eq!(money(wrong), None, "{wrong}");
        }
        assert_eq!(decimal_text(-5, 2, '.'), "-0.05");
    }

    #[test]
    fn identifiers() {
        assert_eq!(phone("06 12.34-56 78").as_deref(), Some("+33612345678"));
        assert_eq!(phone("+44 20 7946 0958").as_deref(), Some("+442079460958"));
        assert_eq!(phone("12345"), None);
        assert_eq!(iban("fr76 3000 6000 0112 3456 7890 189").as_deref(), Some("FR7630006000011234567890189"));
        assert_eq!(iban("FR76 3000 6000 0112 3456 7890 188"), None);
        assert_eq!(iban("DE89370400440532013000").as_deref(), Some("DE89370400440532013000"));
        assert!(email("lea.morvan@kervella.example").is_some());
        for wrong in ["lea", "lea@", "@b.c", "a b@c.d", "a@b", "a@b..c", "a@@b.c"] {
            assert_eq!(email(wrong), None, "{wrong}");
        }
    }
}
