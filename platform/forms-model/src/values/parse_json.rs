//! Answers as programs send them: JSON with strict types.

use super::fault::{self, Fault};
use super::{Parsed, formats, validate};
use crate::define::{Field, FieldType, Form};
use kernel::{FieldError, Text, Timestamp};
use serde_json::{Value, json};

/// Reads the answers of a form from a JSON object. `null` and empty texts are "not given". Unknown keys and wrong
/// types are errors; values of computed fields are passed over, because the server computes them itself.
#[must_use]
pub fn parse_json(form: &Form, input: &Value) -> Parsed {
    let mut parsed = Parsed::default();
    let Value::Object(input) = input else {
        parsed.errors.push(FieldError {
            field: String::new(),
            text: Text::new("Les valeurs forment un objet JSON.", "The values are a JSON object."),
        });
        return parsed;
    };
    for (key, raw) in input {
        match form.field(key).filter(|field| !field.is_note()) {
            None => {
                let known: Vec<&str> = form.fields.iter().map(|field| field.key.as_str()).collect();
                parsed.errors.push(fault::unknown(key, &known));
            }
            Some(field) if field.compute.is_some() => {}
            Some(field) => match read(&field.kind, raw) {
                Ok(Some(value)) => {
                    parsed.values.insert(key.clone(), value);
                }
                Ok(None) => {}
                Err(fault) => parsed.errors.push(explain(field, &fault)),
            },
        }
    }
    parsed
}

/// A wrong type is told with the right one; everything else as to people.
fn explain(field: &Field, fault: &Fault) -> FieldError {
    let mut error = fault.at(field);
    if *fault == Fault::Unreadable {
        let shape = shape(&field.kind);
        error.text.fr.push_str(&format!(" (JSON\u{a0}: {shape})"));
        error.text.en.push_str(&format!(" (JSON: {shape})"));
    }
    error
}

/// The JSON form of a type, by example.
pub(super) fn shape(kind: &FieldType) -> &'static str {
    match kind {
        FieldType::Int { .. } => "12",
        FieldType::Decimal { .. } => "\"12.50\"",
        FieldType::Money { .. } => "{\"amount_cents\": 1250, \"currency\": \"EUR\"}",
        FieldType::Bool => "true",
        FieldType::MultiChoice { .. } => "[\"…\"]",
        FieldType::Date => "\"2026-11-07\"",
        FieldType::Time => "\"08:30\"",
        FieldType::DateTime => "\"2026-11-07T08:30:00Z\"",
        FieldType::Duration { .. } => "150",
        FieldType::Period => "{\"from\": \"2026-12-21\", \"to\": \"2026-12-31\"}",
        _ => "\"…\"",
    }
}

/// The canonical form of a JSON answer; `None` when it is not given.
pub(super) fn read(kind: &FieldType, raw: &Value) -> Result<Option<Value>, Fault> {
    if raw.is_null() || raw.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    let word = || raw.as_str().ok_or(Fault::Unreadable);
    let integer = |value: &Value| value.as_i64().ok_or(Fault::Unreadable);
    match kind {
        FieldType::Text { .. } | FieldType::LongText { .. } => validate::text(kind, word()?),
        FieldType::Int { .. } | FieldType::Duration { .. } => validate::number(kind, integer(raw)?).map(Some),
        FieldType::Decimal { scale, .. } => {
            let text = match raw {
                Value::Number(number) if number.is_i64() => number.to_string(),
                _ => word()?.to_owned(),
            };
            let plain = !text.contains([',', ' ']);
            let scaled = if plain { formats::decimal(&text, *scale) } else { None };
            validate::number(kind, scaled.ok_or(Fault::Unreadable)?).map(Some)
        }
        FieldType::Money { .. } => {
            let fields = raw.as_object().filter(|fields| fields.len() == 2).ok_or(Fault::Unreadable)?;
            let euros = fields.get("currency").and_then(Value::as_str) == Some("EUR");
            let cents = integer(fields.get("amount_cents").unwrap_or(&Value::Null))?;
            if euros { validate::number(kind, cents).map(Some) } else { Err(Fault::Unreadable) }
        }
        FieldType::Bool => raw.as_bool().map(|value| Some(json!(value))).ok_or(Fault::Unreadable),
        FieldType::Choice { options } => validate::choice(options, word()?).map(Some),
        FieldType::MultiChoice { options } => {
            let items = raw.as_array().filter(|items| items.len() <= 1_000).ok_or(Fault::Unreadable)?;
            let words: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            validate::choices(options, &words.ok_or(Fault::Unreadable)?)
        }
        FieldType::Date => {
            let date = formats::iso_date(word()?).ok_or(Fault::Unreadable)?;
            Ok(Some(json!(date.to_string())))
        }
        FieldType::Time => {
            let text = word()?;
            let exact = text.len() == 5 && text.contains(':');
            let minutes = if exact { formats::time(text) } else { None };
            validate::number(kind, minutes.ok_or(Fault::Unreadable)?).map(Some)
        }
        FieldType::DateTime => {
            let instant = Timestamp::parse(word()?).ok_or(Fault::Unreadable)?;
            Ok(Some(json!(instant.to_string())))
        }
        FieldType::Person | FieldType::Email | FieldType::Phone | FieldType::Iban => {
            validate::identifier(kind, word()?).map(Some)
        }
        FieldType::Period => {
            let fields = raw.as_object().filter(|fields| fields.len() == 2).ok_or(Fault::Unreadable)?;
            let day = |key: &str| fields.get(key).and_then(Value::as_str).and_then(formats::iso_date);
            let (from, to) = (day("from").ok_or(Fault::Unreadable)?, day("to").ok_or(Fault::Unreadable)?);
            validate::period(from, to).map(Some)
        }
        FieldType::Note => Err(Fault::Unreadable),
    }
}
