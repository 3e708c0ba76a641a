//! Numbers of payment cards, wherever they hide: none is taken, none is kept.

use serde_json::Value as Json;
use uuid::Uuid;

/// Digits of a group, at least, when a number is written in groups: what has shorter ones is a date.
const GROUP: usize = 3;
/// Characters of an identifier.
const IDENTIFIER: usize = 36;

/// The first run of 13 to 19 digits that begins as the card schemes begin theirs and passes their check (Luhn,
/// ISO/IEC 7812-1 annex B). Single spaces and hyphens between groups are read over, as people write them in. What is part
/// of a word, of an identifier or of a number with decimals is no card number, nor is a bar code.
#[must_use]
pub fn card_number(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = identifier(text, at) {
            at = end;
        } else if bytes.get(at).is_some_and(u8::is_ascii_digit) {
            let end = run(bytes, at);
            if let Some(found) = text.get(at..end).filter(|found| is_card(found) && alone(bytes, at, end)) {
                return Some(found);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    None
}

/// The end of an identifier (UUID) that begins here.
fn identifier(text: &str, at: usize) -> Option<usize> {
    let inside = at > 0 && text.as_bytes().get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
    let end = at + IDENTIFIER;
    let found = !inside && text.get(at..end).is_some_and(|part| Uuid::try_parse(part).is_ok());
    found.then_some(end)
}

/// The end of a run of digits that begins here, single separators between digits included.
fn run(bytes: &[u8], start: usize) -> usize {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = start;
    while digit(end) || (matches!(bytes.get(end), Some(b' ' | b'-')) && digit(end + 1)) {
        end += 1;
    }
    end
}

/// Whether a run is not part of something longer: a word, a number with decimals.
fn alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let word = |at: Option<usize>| {
        let byte = at.and_then(|at| bytes.get(at));
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let point = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'.');
    let before = start.checked_sub(1);
    let decimals =
        (point(before) && digit(start.checked_sub(2))) || (point(Some(end)) && digit(Some(end + 1)));
    !word(before) && !word(Some(end)) && !decimals
}

fn is_card(run: &str) -> bool {
    let grouped = run.contains([' ', '-']);
    let digits: Vec<u32> = run.chars().filter_map(|c| c.to_digit(10)).collect();
    is_issued(&digits)
        && (!grouped || run.split([' ', '-']).all(|group| group.len() >= GROUP))
        && passes(&digits)
}

/// Whether a card scheme issues numbers of this length that begin so: Visa, Mastercard, American Express, Diners, JCB,
/// UnionPay, Maestro. Instants in microseconds begin with 1, numbers of French establishments have fourteen digits, bar
/// codes thirteen: most of them are told apart by this.
fn is_issued(digits: &[u32]) -> bool {
    let first = digits.iter().take(2).fold(0, |n, digit| n * 10 + digit);
    match digits.len() {
        13 => first / 10 == 4 && !is_bar_code(digits),
        14 => matches!(first, 30 | 36 | 38 | 39),
        15 => matches!(first, 21 | 34 | 37),
        16 => (22..=69).contains(&first),
        17..=19 => (40..=69).contains(&first),
        _ => false,
    }
}

/// Whether the last digit is the check of a bar code (GS1, EAN-13).
fn is_bar_code(digits: &[u32]) -> bool {
    let sum: u32 =
        digits.iter().enumerate().map(|(n, digit)| if n % 2 == 1 { digit * 3 } else { *digit }).sum();
    sum.is_multiple_of(10)
}

/// Whether a text or a number of this data, however deep, is or holds the number of a card.
#[must_use]
pub fn holds_card_number(data: &Json) -> bool {
    match data {
        Json::String(text) => card_number(text).is_some(),
        Json::Number(number) => card_number(&number.to_string()).is_some(),
        Json::Array(items) => items.iter().any(holds_card_number),
        Json::Object(members) => {
            members.iter().any(|(name, member)| card_number(name).is_some() || holds_card_number(member))
        }
        Json::Null | Json::Bool(_) => false,
    }
}

fn passes(digits: &[u32]) -> bool {
    let doubled = |n: usize, digit: u32| if n % 2 == 1 { digit * 2 } else { digit };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(n, d)| doubled(n, *d)).map(|d| d / 10 + d % 10).sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_however_they_are_written() {
        for text in [
            "4242424242424242",
            "card: 4242 4242 4242 4242.",
            "visa-5555-5555-5555-4444",
            "{\"pan\":\"378282246310005\"}",
            "n=4222222222222&x",
            "3782 822463 10005",
        ] {
            assert!(card_number(text).is_some(), "{text}");
        }
        assert_eq!(card_number("x 4242 4242 4242 4242 y"), Some("4242 4242 4242 4242"));
    }

    #[test]
    fn what_only_looks_long_is_no_card() {
        for text in [
            "",
            "tok_4242424242424242",
            "4242424242424241",
            "0000000000000000",
            "424242424242",
            "42424242424242424242",
            "2026-11-28T19:14:30.424242424242424242Z",
            "2026-11-28 2026-11-29",
            "01939f2e-aaaa-7bbb-8424-242424242424",
            "4242.4242424242424242",
            "1764357270123456",
            "4006381333931",
            "73282932000074",
        ] {
            assert_eq!(card_number(text), None, "{text}");
        }
    }

    #[test]
    fn data_is_searched_to_its_depth() {
        let deep =
            |member: Json| serde_json::json!({ "a": [{ "b": member }], "at": 1_764_357_270_123_456_i64 });
        assert!(holds_card_number(&deep("4242 4242 4242 4242".into())));
        assert!(holds_card_number(&deep(4_242_424_242_424_242_i64.into())));
        assert!(!holds_card_number(&deep("tok_visa".into())));
    }
}
