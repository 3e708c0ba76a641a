//! The JSON Schema (2020-12) of a form's answers, for the API's documentation and for clients. It says what JSON can
//! say; conditions are the server's.

use crate::define::{Choice, Field, FieldType, Form, Requirement};
use serde_json::{Map, Value, json};

/// The schema of what [`super::parse_json`] reads.
#[must_use]
pub fn json_schema(form: &Form) -> Value {
    let answers = form.fields.iter().filter(|field| !field.is_note());
    let properties: Map<String, Value> =
        answers.clone().map(|field| (field.key.clone(), property(field))).collect();
    let always = |field: &&Field| {
        field.required.when == Requirement::Always && field.show.is_none() && field.compute.is_none()
    };
    let required: Vec<&str> = answers.filter(always).map(|field| field.key.as_str()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title.en,
        "x-title": form.title,
        "x-form": form.code,
        "x-version": form.version,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(field: &Field) -> Value {
    let mut schema = of_type(&field.kind);
    if let Value::Object(schema) = &mut schema {
        schema.insert("title".to_owned(), json!(field.label.en));
        schema.insert("x-label".to_owned(), json!(field.label));
        if let Some(hint) = &field.hint {
            schema.insert("description".to_owned(), json!(hint.en));
        }
        if field.compute.is_some() {
            schema.insert("readOnly".to_owned(), json!(true));
        }
        if field.personal {
            schema.insert("x-personal".to_owned(), json!(true));
        }
    }
    schema
}

fn codes(options: &[Choice]) -> Vec<&str> {
    options.iter().map(|option| option.value.as_str()).collect()
}

fn of_type(kind: &FieldType) -> Value {
    let date = json!({ "type": "string", "format": "date" });
    match kind {
        FieldType::Text { max_length } | FieldType::LongText { max_length } => {
            json!({ "type": "string", "maxLength": max_length })
        }
        FieldType::Int { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        FieldType::Duration { min, max } => {
            json!({ "type": "integer", "minimum": min, "maximum": max, "x-unit": "minutes" })
        }
        FieldType::Decimal { scale, .. } => {
            json!({ "type": "string", "pattern": format!("^-?[0-9]+([.][0-9]{{1,{scale}}})?$") })
        }
        FieldType::Money { min, max } => json!({
            "type": "object",
            "properties": {
                "amount_cents": { "type": "integer", "minimum": min, "maximum": max },
                "currency": { "const": "EUR" },
            },
            "required": ["amount_cents", "currency"],
            "additionalProperties": false,
        }),
        FieldType::Bool => json!({ "type": "boolean" }),
        FieldType::Choice { options } => json!({ "type": "string", "enum": codes(options) }),
        FieldType::MultiChoice { options } => {
            json!({ "type": "array", "items": { "type": "string", "enum": codes(options) }, "uniqueItems": true })
        }
        FieldType::Date => date,
        FieldType::Time => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
        FieldType::DateTime => json!({ "type": "string", "format": "date-time" }),
        FieldType::Person => json!({ "type": "string", "format": "uuid" }),
        FieldType::Email => json!({ "type": "string", "format": "email", "maxLength": 254 }),
        FieldType::Phone => json!({ "type": "string", "maxLength": 32 }),
        FieldType::Iban => json!({ "type": "string", "maxLength": 42 }),
        FieldType::Period => json!({
            "type": "object",
            "properties": { "from": date, "to": date },
            "required": ["from", "to"],
            "additionalProperties": false,
        }),
        FieldType::Note => json!(false),
    }
}
