//! Answers as people send them: the texts of an HTML form.

use super::fault::{self, Fault};
use super::{Parsed, formats, validate};
use crate::define::{Field, FieldType, Form};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use serde_json::{Value, json};

/// Reads the answers of a form from the pairs of an HTML form. Empty texts are "not given"; of a repeated name the
/// last counts, except for a `multichoice`; a period comes as `key.from` and `key.to`; names that begin with `_`
/// (tokens, buttons) are not the form's; computed fields are passed over. Other names are errors.
#[must_use]
pub fn parse_text(form: &Form, pairs: &[(String, String)], zone: &TimeZone) -> Parsed {
    let mut parsed = Parsed::default();
    for (name, _) in pairs {
        let key = name.strip_suffix(".from").or_else(|| name.strip_suffix(".to")).unwrap_or(name);
        let known = form.field(key).is_some_and(|field| !field.is_note() && takes(field, name));
        if !known && !name.starts_with('_') && !parsed.errors.iter().any(|error| error.field == *name) {
            let keys: Vec<&str> = form.fields.iter().map(|field| field.key.as_str()).collect();
            parsed.errors.push(fault::unknown(name, &keys));
        }
    }
    for field in form.fields.iter().filter(|field| field.compute.is_none() && !field.is_note()) {
        match read(field, pairs, zone) {
            Ok(Some(value)) => {
                parsed.values.insert(field.key.clone(), value);
            }
            Ok(None) => {}
            Err(fault) => parsed.errors.push(fault.at(field)),
        }
    }
    parsed
}

/// Whether a name of the HTML form belongs to the field.
fn takes(field: &Field, name: &str) -> bool {
    (field.kind == FieldType::Period) != (field.key == name)
}

fn last<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().rfind(|(key, _)| key == name).map_or("", |(_, text)| text.as_str())
}

fn read(field: &Field, pairs: &[(String, String)], zone: &TimeZone) -> Result<Option<Value>, Fault> {
    match &field.kind {
        FieldType::Period => {
            let (from, to) =
                (last(pairs, &format!("{}.from", field.key)), last(pairs, &format!("{}.to", field.key)));
            if from.trim().is_empty() && to.trim().is_empty() {
                return Ok(None);
            }
            let day = |text: &str| formats::date(text).ok_or(Fault::Unreadable);
            validate::period(day(from)?, day(to)?).map(Some)
        }
        FieldType::MultiChoice { options } => {
            let chosen: Vec<&str> = pairs
                .iter()
                .filter(|(key, text)| *key == field.key && !text.is_empty())
                .map(|(_, text)| text.as_str())
                .collect();
            validate::choices(options, &chosen)
        }
        kind => {
            let raw = last(pairs, &field.key);
            if raw.trim().is_empty() { Ok(None) } else { read_one(kind, raw, zone) }
        }
    }
}

fn read_one(kind: &FieldType, raw: &str, zone: &TimeZone) -> Result<Option<Value>, Fault> {
    let number = |value: Option<i64>| validate::number(kind, value.ok_or(Fault::Unreadable)?).map(Some);
    match kind {
        FieldType::Text { .. } | FieldType::LongText { .. } => validate::text(kind, raw),
        FieldType::Int { .. } => number(formats::decimal(raw, 0)),
        FieldType::Decimal { scale, .. } => number(formats::decimal(raw, *scale)),
        FieldType::Money { .. } => number(formats::money(raw)),
        FieldType::Duration { .. } => number(formats::duration(raw)),
        FieldType::Time => number(formats::time(raw)),
        FieldType::Bool => match raw.trim().to_lowercase().as_str() {
            "on" | "true" | "1" | "oui" | "yes" => Ok(Some(json!(true))),
            "off" | "false" | "0" | "non" | "no" => Ok(Some(json!(false))),
            _ => Err(Fault::Unreadable),
        },
        FieldType::Choice { options } => validate::choice(options, raw).map(Some),
        FieldType::Date => {
            let date = formats::date(raw).ok_or(Fault::Unreadable)?;
            Ok(Some(json!(date.to_string())))
        }
        FieldType::DateTime => date_time(raw, zone).map(Some),
        FieldType::Person | FieldType::Email | FieldType::Phone | FieldType::Iban => {
            validate::identifier(kind, raw).map(Some)
        }
        FieldType::Period | FieldType::MultiChoice { .. } | FieldType::Note => Err(Fault::Unreadable),
    }
}

/// A local time in the zone. Of an hour that comes twice the first is meant; one that never comes is an error.
fn date_time(raw: &str, zone: &TimeZone) -> Result<Value, Fault> {
    if let Some(instant) = Timestamp::parse(raw.trim()) {
        return Ok(json!(instant.to_string()));
    }
    let local = formats::local_date_time(raw).ok_or(Fault::Unreadable)?;
    let zoned = local.to_zoned(zone.clone()).map_err(|_| Fault::Unreadable)?;
    if zoned.datetime() != local {
        return Err(Fault::SkippedByClock);
    }
    Ok(json!(Timestamp::from(zoned.timestamp()).to_string()))
}
