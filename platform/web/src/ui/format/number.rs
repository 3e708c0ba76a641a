//! Numbers, money, durations, percentages and sizes.

use crate::ui::text::{NNBSP, say};
use kernel::Lang;
use maud::{Markup, html};

/// The minus sign; a hyphen is not one.
const MINUS: char = '\u{2212}';

fn grouped(lang: Lang, digits: &str) -> String {
    let separator = match lang {
        Lang::Fr => NNBSP,
        Lang::En => ',',
    };
    let mut out = String::with_capacity(digits.len() + digits.len());
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

fn with_minus(negative: bool, text: String) -> String {
    if negative { format!("{MINUS}{text}") } else { text }
}

/// A sign that is always shown: `+ 2` in French, `+2` in English; none before zero.
fn with_sign(lang: Lang, ordering: std::cmp::Ordering, text: String) -> String {
    let sign = match ordering {
        std::cmp::Ordering::Less => MINUS,
        std::cmp::Ordering::Equal => return text,
        std::cmp::Ordering::Greater => '+',
    };
    match lang {
        Lang::Fr => format!("{sign}{NNBSP}{text}"),
        Lang::En => format!("{sign}{text}"),
    }
}

/// A whole number: `48 213`, `48,213`.
#[must_use]
pub fn integer(lang: Lang, n: i64) -> String {
    with_minus(n < 0, grouped(lang, &n.unsigned_abs().to_string()))
}

/// A whole number with its sign: `+ 2`, `−0`'s sign is not shown.
#[must_use]
pub fn signed(lang: Lang, n: i64) -> String {
    with_sign(lang, n.cmp(&0), grouped(lang, &n.unsigned_abs().to_string()))
}

/// An exact decimal kept as an integer of `10^-scale` units: `scaled(lang, 18490, 2)` is `184,90`.
#[must_use]
pub fn scaled(lang: Lang, units: i64, scale: u32) -> String {
    with_minus(units < 0, scaled_magnitude(lang, units.unsigned_abs(), scale))
}

fn scaled_magnitude(lang: Lang, units: u64, scale: u32) -> String {
    let one = 10_u64.saturating_pow(scale);
    let whole = grouped(lang, &(units / one).to_string());
    if scale == 0 {
        return whole;
    }
    format!("{whole}{}{:0width$}", say(lang, ",", "."), units % one, width = scale as usize)
}

/// A decimal with exactly this many digits after the point; `–` when it is not a number.
#[must_use]
pub fn decimal(lang: Lang, value: f64, digits: usize) -> String {
    decimal_magnitude(lang, value, digits)
        .map_or_else(missing, |text| with_minus(is_below(value, digits), text))
}

/// A decimal with at most this many digits after the point: `8`, `11,5`.
#[must_use]
pub fn decimal_trimmed(lang: Lang, value: f64, digits: usize) -> String {
    let text = decimal(lang, value, digits);
    let point = say(lang, ",", ".");
    if text.contains(point) && digits > 0 {
        text.trim_end_matches('0').trim_end_matches(point).to_owned()
    } else {
        text
    }
}

/// A decimal with its sign: `− 0,3`.
#[must_use]
pub fn signed_decimal(lang: Lang, value: f64, digits: usize) -> String {
    decimal_magnitude(lang, value, digits)
        .map_or_else(missing, |text| with_sign(lang, sign_of(value, digits), text))
}

fn missing() -> String {
    "–".to_owned()
}

fn decimal_magnitude(lang: Lang, value: f64, digits: usize) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let plain = format!("{:.digits$}", value.abs());
    Some(match plain.split_once('.') {
        None => grouped(lang, &plain),
        Some((whole, rest)) => format!("{}{}{rest}", grouped(lang, whole), say(lang, ",", ".")),
    })
}

/// The sign of what is shown: −0.04 with one digit is shown as 0.0, which has none.
fn sign_of(value: f64, digits: usize) -> std::cmp::Ordering {
    let shown_as_zero = format!("{:.digits$}", value.abs()).chars().all(|c| matches!(c, '0' | '.'));
    if shown_as_zero {
        std::cmp::Ordering::Equal
    } else {
        value.partial_cmp(&0.0).unwrap_or(std::cmp::Ordering::Equal)
    }
}

fn is_below(value: f64, digits: usize) -> bool {
    sign_of(value, digits).is_lt()
}

fn percent_sign(lang: Lang) -> &'static str {
    say(lang, "\u{202f}%", "%")
}

/// A percentage, 25 for a quarter: `25 %`, `25%`.
#[must_use]
pub fn percent(lang: Lang, value: f64, digits: usize) -> String {
    format!("{}{}", decimal(lang, value, digits), percent_sign(lang))
}

/// A percentage with its sign: `+ 25 %`, `+25%`.
#[must_use]
pub fn signed_percent(lang: Lang, value: f64, digits: usize) -> String {
    format!("{}{}", signed_decimal(lang, value, digits), percent_sign(lang))
}

/// An amount of euros from cents: `1 234,56 €`, `€1,234.56`.
#[must_use]
pub fn money(lang: Lang, cents: i64) -> String {
    with_minus(cents < 0, money_magnitude(lang, cents))
}

/// An amount with its sign, for differences.
#[must_use]
pub fn signed_money(lang: Lang, cents: i64) -> String {
    with_sign(lang, cents.cmp(&0), money_magnitude(lang, cents))
}

fn money_magnitude(lang: Lang, cents: i64) -> String {
    let amount = scaled_magnitude(lang, cents.unsigned_abs(), 2);
    match lang {
        Lang::Fr => format!("{amount}{NNBSP}€"),
        Lang::En => format!("€{amount}"),
    }
}

/// An amount as its field shows it, without groups and without the euro sign, which stands beside the field.
#[must_use]
pub fn money_field(lang: Lang, cents: i64) -> String {
    let units = cents.unsigned_abs();
    with_minus(cents < 0, format!("{}{}{:02}", units / 100, say(lang, ",", "."), units % 100))
}

/// A duration from minutes: `8 h 30`, `64 h`, `45 min`. The same in both languages.
#[must_use]
pub fn duration(_lang: Lang, minutes: i64) -> String {
    with_minus(minutes < 0, duration_magnitude(minutes))
}

/// A duration with its sign, for what exceeds or lacks.
#[must_use]
pub fn signed_duration(lang: Lang, minutes: i64) -> String {
    with_sign(lang, minutes.cmp(&0), duration_magnitude(minutes))
}

fn duration_magnitude(minutes: i64) -> String {
    let minutes = minutes.unsigned_abs();
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest}{NNBSP}min"),
        (hours, 0) => format!("{hours}{NNBSP}h"),
        (hours, rest) => format!("{hours}{NNBSP}h{NNBSP}{rest:02}"),
    }
}

/// A duration as its field shows it: `2:30`.
#[must_use]
pub fn duration_field(minutes: i64) -> String {
    let magnitude = minutes.unsigned_abs();
    with_minus(minutes < 0, format!("{}:{:02}", magnitude / 60, magnitude % 60))
}

/// A size in bytes, in powers of ten: `214 ko`, `2.1 GB`. One digit after the point below ten, and from giga on.
#[must_use]
pub fn bytes(lang: Lang, bytes: u64) -> String {
    const FR: [&str; 6] = ["o", "ko", "Mo", "Go", "To", "Po"];
    const EN: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut step = 0;
    let mut unit = 1_u64;
    while step < 5 && bytes >= unit.saturating_mul(1000) {
        unit = unit.saturating_mul(1000);
        step += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    let value = bytes as f64 / unit as f64;
    let digits = usize::from(step > 0 && (step >= 3 || value < 9.95));
    let name = match lang {
        Lang::Fr => FR[step],
        Lang::En => EN[step],
    };
    format!("{}{NNBSP}{name}", decimal_trimmed(lang, value, digits))
}

/// An ordinal: 36ᵉ with its raised letter in French, `36th` in English.
#[must_use]
pub fn ordinal(lang: Lang, n: u32) -> Markup {
    let suffix = match (lang, n % 10, n % 100) {
        (Lang::Fr, ..) => return html! { (n) sup { @if n == 1 { "er" } @else { "e" } } },
        (_, _, 11..=13) => "th",
        (_, 1, _) => "st",
        (_, 2, _) => "nd",
        (_, 3, _) => "rd",
        _ => "th",
    };
    html! { (n) (suffix) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Lang::{En, Fr};

    #[test]
    fn integers_are_grouped() {
        assert_eq!(integer(Fr, 48_213), "48\u{202f}213");
        assert_eq!(integer(En, 4_812_077), "4,812,077");
        assert_eq!(integer(Fr, -3), "\u{2212}3");
        assert_eq!(integer(En, 0), "0");
        assert_eq!(integer(En, i64::MIN), "\u{2212}9,223,372,036,854,775,808");
    }

    #[test]
    fn decimals_round_and_group() {
        assert_eq!(decimal(Fr, 1234.56, 2), "1\u{202f}234,56");
        assert_eq!(decimal(En, 0.4, 1), "0.4");
        assert_eq!(decimal(Fr, -0.04, 1), "0,0");
        assert_eq!(decimal(Fr, f64::NAN, 1), "–");
        assert_eq!(decimal_trimmed(Fr, 8.0, 1), "8");
        assert_eq!(decimal_trimmed(Fr, 11.5, 2), "11,5");
        assert_eq!(decimal_trimmed(En, 100.0, 0), "100");
        assert_eq!(scaled(Fr, 18_490, 2), "184,90");
        assert_eq!(scaled(En, -5, 2), "\u{2212}0.05");
    }

    #[test]
    fn signs_are_spaced_in_french_only() {
        assert_eq!(signed(Fr, 2), "+\u{202f}2");
        assert_eq!(signed(En, -3), "\u{2212}3");
        assert_eq!(signed(Fr, 0), "0");
        assert_eq!(signed_decimal(Fr, -0.3, 1), "\u{2212}\u{202f}0,3");
        assert_eq!(signed_percent(Fr, 25.0, 0), "+\u{202f}25\u{202f}%");
        assert_eq!(signed_percent(En, 25.0, 0), "+25%");
        assert_eq!(percent(Fr, 96.0, 0), "96\u{202f}%");
    }

    #[test]
    fn money_comes_from_cents() {
        assert_eq!(money(Fr, 123_456), "1\u{202f}234,56\u{202f}€");
        assert_eq!(money(En, 123_456), "€1,234.56");
        assert_eq!(money(Fr, -5), "\u{2212}0,05\u{202f}€");
        assert_eq!(signed_money(En, 31_240), "+€312.40");
        assert_eq!(money_field(Fr, 18_490), "184,90");
        assert_eq!(money_field(En, 123_456), "1234.56");
    }

    #[test]
    fn durations_have_hours_and_minutes() {
        assert_eq!(duration(Fr, 510), "8\u{202f}h\u{202f}30");
        assert_eq!(duration(En, 187), "3\u{202f}h\u{202f}07");
        assert_eq!(duration(Fr, 3840), "64\u{202f}h");
        assert_eq!(duration(Fr, 45), "45\u{202f}min");
        assert_eq!(signed_duration(Fr, -30), "\u{2212}\u{202f}30\u{202f}min");
        assert_eq!(duration_field(150), "2:30");
    }

    #[test]
    fn sizes_are_powers_of_ten() {
        assert_eq!(bytes(Fr, 214_000), "214\u{202f}ko");
        assert_eq!(bytes(Fr, 2_100_000_000), "2,1\u{202f}Go");
        assert_eq!(bytes(En, 18_400_000_000), "18.4\u{202f}GB");
        assert_eq!(bytes(En, 96_000_000), "96\u{202f}MB");
        assert_eq!(bytes(Fr, 0), "0\u{202f}o");
        assert_eq!(bytes(En, 9_960_000), "10\u{202f}MB");
    }

    #[test]
    fn ordinals_follow_the_language() {
        assert_eq!(ordinal(Fr, 36).into_string(), "36<sup>e</sup>");
        assert_eq!(ordinal(Fr, 1).into_string(), "1<sup>er</sup>");
        assert_eq!(ordinal(En, 36).into_string(), "36th");
        assert_eq!(ordinal(En, 43).into_string(), "43rd");
        assert_eq!(ordinal(En, 112).into_string(), "112th");
    }
}
