//! Between a field's canonical JSON and what expressions compute with.

use super::{formats, validate};
use crate::days::{from_days, to_days};
use crate::define::FieldType;
use crate::expr::Var;
use kernel::Timestamp;
use serde_json::{Value, json};

/// Microseconds in a minute.
const MINUTE: i64 = 60 * Timestamp::SECOND;

/// The integer behind a canonical value: minutes, cents, days, scaled decimals.
pub(super) fn to_int(kind: &FieldType, value: &Value) -> Option<i64> {
    match kind {
        FieldType::Int { .. } | FieldType::Duration { .. } => value.as_i64(),
        FieldType::Money { .. } => value.get("amount_cents")?.as_i64(),
        FieldType::Decimal { scale, .. } => formats::decimal(value.as_str()?, *scale),
        FieldType::Date => formats::iso_date(value.as_str()?).map(to_days),
        FieldType::Time => formats::time(value.as_str()?),
        FieldType::DateTime => Timestamp::parse(value.as_str()?).map(|at| at.0.div_euclid(MINUTE)),
        _ => None,
    }
}

/// What an expression reads for a canonical value.
pub(super) fn to_var(kind: &FieldType, value: &Value) -> Option<Var> {
    match kind {
        FieldType::Bool => value.as_bool().map(Var::Bool),
        FieldType::MultiChoice { .. } => {
            let items = value.as_array()?.iter().map(|item| Some(Var::Text(item.as_str()?.to_owned())));
            items.collect::<Option<Vec<_>>>().map(Var::List)
        }
        FieldType::Period => {
            let day = |key: &str| value.get(key)?.as_str().and_then(formats::iso_date).map(to_days);
            let (from, to) = (day("from")?, day("to")?);
            let parts = [("from", from), ("to", to), ("days", to - from + 1)];
            Some(Var::Record(parts.map(|(key, value)| (key.to_owned(), value)).into()))
        }
        _ => match to_int(kind, value) {
            Some(number) => Some(Var::Int(number)),
            None => value.as_str().map(|text| Var::Text(text.to_owned())),
        },
    }
}

/// The canonical value that an expression's result stands for; `None` when the field cannot hold it. Bounds are not
/// looked at here: a computed value out of bounds is shown, and told.
pub(super) fn from_var(kind: &FieldType, var: &Var) -> Option<Value> {
    match (kind, var) {
        (FieldType::Bool, Var::Bool(value)) => Some(json!(value)),
        (FieldType::Int { .. }, Var::Int(value)) => Some(json!(value)),
        (FieldType::Duration { .. }, Var::Int(value)) if *value >= 0 => Some(json!(value)),
        (FieldType::Money { .. }, Var::Int(value)) => {
            Some(json!({ "amount_cents": value, "currency": "EUR" }))
        }
        (FieldType::Decimal { scale, .. }, Var::Int(value)) => {
            Some(json!(formats::decimal_text(*value, *scale, '.')))
        }
        (FieldType::Time, Var::Int(value)) => formats::time_text(*value).map(Value::from),
        (FieldType::Date, Var::Int(value)) => from_days(*value).map(|date| json!(date.to_string())),
        (FieldType::DateTime, Var::Int(value)) => {
            value.checked_mul(MINUTE).map(|micros| json!(Timestamp(micros).to_string()))
        }
        (FieldType::Text { .. } | FieldType::LongText { .. }, Var::Text(text)) => {
            validate::text(kind, text).ok()?
        }
        (FieldType::Choice { options }, Var::Text(text)) => validate::choice(options, text).ok(),
        (FieldType::MultiChoice { options }, Var::List(items)) => {
            let words =
                items.iter().map(|item| if let Var::Text(text) = item { Some(text.as_str()) } else { None });
            validate::choices(options, &words.collect::<Option<Vec<_>>>()?).ok()?
        }
        (FieldType::Person | FieldType::Email | FieldType::Phone | FieldType::Iban, Var::Text(text)) => {
            validate::identifier(kind, text).ok()
        }
        _ => None,
    }
}
