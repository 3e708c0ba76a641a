//! Answers as people read them, inside a sentence or in a form.

use super::convert::to_int;
use super::formats;
use crate::define::{Choice, Field, FieldType};
use jiff::civil::Date;
use kernel::{Lang, Timestamp};
use serde_json::Value;

/// The answer in a language: `8 h 30`, `1 234,50 €`, `7 novembre 2026`. A missing one is `–`.
#[must_use]
pub fn display(field: &Field, value: Option<&Value>, lang: Lang) -> String {
    value.and_then(|value| shown(&field.kind, value, lang)).unwrap_or_else(|| "–".to_owned())
}

fn shown(kind: &FieldType, value: &Value, lang: Lang) -> Option<String> {
    let day = |text: &Value| text.as_str().and_then(formats::iso_date).map(|day| date(day, lang));
    match kind {
        FieldType::Int { .. } => Some(number(to_int(kind, value)?, lang)),
        FieldType::Decimal { scale, .. } => Some(decimal(to_int(kind, value)?, *scale, lang)),
        FieldType::Money { .. } => Some(amount(to_int(kind, value)?, lang)),
        FieldType::Duration { .. } => Some(duration(to_int(kind, value)?, lang)),
        FieldType::Time => Some(time(to_int(kind, value)?, lang)),
        FieldType::Date => day(value),
        FieldType::DateTime => Timestamp::parse(value.as_str()?).map(|at| at.to_string()),
        FieldType::Bool => Some(yes_or_no(value.as_bool()?, lang).to_owned()),
        FieldType::Choice { options } => Some(label(options, value.as_str()?, lang)),
        FieldType::MultiChoice { options } => {
            let labels =
                value.as_array()?.iter().filter_map(Value::as_str).map(|item| label(options, item, lang));
            Some(labels.collect::<Vec<_>>().join(", "))
        }
        FieldType::Period => {
            let (from, to) = (day(value.get("from")?)?, day(value.get("to")?)?);
            Some(match lang {
                Lang::Fr => format!("{from} au {to}"),
                Lang::En => format!("{from} to {to}"),
            })
        }
        _ => value.as_str().map(str::to_owned),
    }
}

/// The answer as it stands in the HTML field, so that what is shown can be sent back unchanged: `07/11/2026`,
/// `08:30`, `2:30`, `12,50`. Of a period, a multichoice and an instant the parts are the page's to lay out.
#[must_use]
pub fn input_text(field: &Field, value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    let number = to_int(&field.kind, value);
    match (&field.kind, number) {
        (FieldType::Date, _) => {
            let date = value.as_str().and_then(formats::iso_date);
            date.map(|date| date.strftime("%d/%m/%Y").to_string()).unwrap_or_default()
        }
        (FieldType::Duration { .. }, Some(minutes)) => format!("{}:{:02}", minutes / 60, minutes % 60),
        (FieldType::Money { .. }, Some(cents)) => formats::decimal_text(cents, 2, ','),
        (FieldType::Decimal { scale, .. }, Some(scaled)) => formats::decimal_text(scaled, *scale, ','),
        (FieldType::Bool, _) => if value == &Value::Bool(true) { "on" } else { "" }.to_owned(),
        _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}

fn label(options: &[Choice], value: &str, lang: Lang) -> String {
    let known = options.iter().find(|option| option.value == value);
    known.map_or_else(|| value.to_owned(), |option| option.label.get(lang).to_owned())
}

fn yes_or_no(value: bool, lang: Lang) -> &'static str {
    match (value, lang) {
        (true, Lang::Fr) => "oui",
        (true, Lang::En) => "yes",
        (false, Lang::Fr) => "non",
        (false, Lang::En) => "no",
    }
}

/// `1 234` with narrow no-break spaces, `1,234` in English; a real minus sign.
pub(super) fn number(value: i64, lang: Lang) -> String {
    let digits = value.unsigned_abs().to_string();
    let gap = if lang == Lang::Fr { '\u{202f}' } else { ',' };
    let mut out = String::from(if value < 0 { "−" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(gap);
        }
        out.push(digit);
    }
    out
}

/// A scaled integer with its decimals.
pub(super) fn decimal(scaled: i64, scale: u8, lang: Lang) -> String {
    let unit = 10_i64.pow(u32::from(scale));
    let sign = if scaled < 0 && scaled > -unit { "−" } else { "" };
    let mark = if lang == Lang::Fr { ',' } else { '.' };
    let width = usize::from(scale);
    format!("{sign}{}{mark}{:0width$}", number(scaled / unit, lang), (scaled % unit).unsigned_abs())
}

/// Euros.
pub(super) fn amount(cents: i64, lang: Lang) -> String {
    match lang {
        Lang::Fr => format!("{}\u{202f}€", decimal(cents, 2, lang)),
        Lang::En if cents < 0 => format!("−€{}", decimal(cents.saturating_abs(), 2, lang)),
        Lang::En => format!("€{}", decimal(cents, 2, lang)),
    }
}

/// `2 h 30`, `45 min`, in both languages.
pub(super) fn duration(minutes: i64, lang: Lang) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}\u{a0}min"),
        (hours, 0) => format!("{}\u{a0}h", number(hours, lang)),
        (hours, minutes) => format!("{}\u{a0}h\u{a0}{:02}", number(hours, lang), minutes.abs()),
    }
}

/// `8 h 30` in French, `8:30` in English.
fn time(minutes: i64, lang: Lang) -> String {
    let (hour, minute) = (minutes / 60, minutes % 60);
    match lang {
        Lang::Fr => format!("{hour}\u{a0}h\u{a0}{minute:02}"),
        Lang::En => format!("{hour}:{minute:02}"),
    }
}

fn date(day: Date, lang: Lang) -> String {
    const FR: [&str; 12] = [
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
    const EN: [&str; 12] = [
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
    let names = if lang == Lang::Fr { FR } else { EN };
    let month =
        usize::try_from(day.month() - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or("");
    let first = if lang == Lang::Fr && day.day() == 1 { "er" } else { "" };
    format!("{}{first}\u{a0}{month} {}", day.day(), day.year())
}
