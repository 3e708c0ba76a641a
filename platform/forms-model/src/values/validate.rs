//! From one raw answer to its canonical form, whatever the way it came in.

use super::fault::Fault;
use super::formats;
use crate::define::{Choice, FieldType, MAX_INTEGER};
use serde_json::{Value, json};

/// The longest period, in days: ten years.
const MAX_PERIOD_DAYS: i32 = 3_660;

/// The longest text that any field may hold, in bytes, before anything else is looked at.
const MAX_TEXT_BYTES: usize = 80_000;

/// A text answer, cleaned: no line break where there is one line, none of the characters that no database holds.
pub(super) fn text(kind: &FieldType, raw: &str) -> Result<Option<Value>, Fault> {
    let (most, lines) = match kind {
        FieldType::Text { max_length } => (*max_length, false),
        FieldType::LongText { max_length } => (*max_length, true),
        _ => (MAX_TEXT_BYTES as u32, false),
    };
    let clean = raw.replace("\r\n", "\n");
    let clean = clean.trim();
    if clean.contains('\0') || (!lines && clean.contains(['\n', '\r'])) {
        return Err(Fault::BadCharacter);
    }
    let length = clean.chars().count();
    if length > most as usize || raw.len() > MAX_TEXT_BYTES {
        return Err(Fault::TooLong(most, length));
    }
    Ok(if clean.is_empty() { None } else { Some(json!(clean)) })
}

/// An integer within the field's bounds.
pub(super) fn within(value: i64, min: i64, max: i64) -> Result<i64, Fault> {
    if value < min {
        Err(Fault::TooSmall(min))
    } else if value > max {
        Err(Fault::TooLarge(max))
    } else {
        Ok(value)
    }
}

/// The canonical form of a number in the field's unit.
pub(super) fn number(kind: &FieldType, value: i64) -> Result<Value, Fault> {
    if value.checked_abs().is_none_or(|size| size > MAX_INTEGER) {
        return Err(Fault::Unreadable);
    }
    Ok(match kind {
        FieldType::Int { min, max } | FieldType::Duration { min, max } => json!(within(value, *min, *max)?),
        FieldType::Money { min, max } => {
            json!({ "amount_cents": within(value, *min, *max)?, "currency": "EUR" })
        }
        FieldType::Decimal { scale, min, max } => {
            json!(formats::decimal_text(within(value, *min, *max)?, *scale, '.'))
        }
        FieldType::Time => json!(formats::time_text(value).ok_or(Fault::Unreadable)?),
        _ => return Err(Fault::Unreadable),
    })
}

/// The canonical form of an answer that is written as a text both by people and by programs.
pub(super) fn identifier(kind: &FieldType, raw: &str) -> Result<Value, Fault> {
    let found = match kind {
        FieldType::Email => formats::email(raw),
        FieldType::Phone => formats::phone(raw),
        FieldType::Person => uuid::Uuid::try_parse(raw.trim()).ok().map(|id| id.to_string()),
        FieldType::Iban => match formats::iban(raw) {
            None if raw.chars().filter(char::is_ascii_alphanumeric).count() >= 15 => {
                return Err(Fault::CheckDigits);
            }
            found => found,
        },
        _ => None,
    };
    found.map(Value::from).ok_or(Fault::Unreadable)
}

/// One of the answers.
pub(super) fn choice(options: &[Choice], raw: &str) -> Result<Value, Fault> {
    if options.iter().any(|option| option.value == raw) { Ok(json!(raw)) } else { Err(Fault::NotAChoice) }
}

/// Some of the answers, in the order of the declaration; none is "not given".
pub(super) fn choices(options: &[Choice], raw: &[&str]) -> Result<Option<Value>, Fault> {
    if let Some(wrong) = raw.iter().find(|value| !options.iter().any(|option| option.value == **value)) {
        return choice(options, wrong).map(Some);
    }
    let chosen: Vec<&str> =
        options.iter().map(|option| option.value.as_str()).filter(|value| raw.contains(value)).collect();
    Ok(if chosen.is_empty() { None } else { Some(json!(chosen)) })
}

/// Two days, the second not before the first.
pub(super) fn period(from: jiff::civil::Date, to: jiff::civil::Date) -> Result<Value, Fault> {
    if to < from {
        return Err(Fault::Reversed);
    }
    if (to - from).get_days() > MAX_PERIOD_DAYS {
        return Err(Fault::Unreadable);
    }
    Ok(json!({ "from": from.to_string(), "to": to.to_string() }))
}
