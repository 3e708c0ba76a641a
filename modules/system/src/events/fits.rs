//! The contracts of appended events: a small part of JSON Schema 2020-12, and whether data fits it. What is beyond that
//! part is refused when the type is declared, so that no contract promises what nobody checks.

use serde_json::Value as Json;

/// The words of a schema that are understood.
const WORDS: [&str; 14] = [
    "$schema",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "minimum",
    "maximum",
    "maxLength",
    "minItems",
    "maxItems",
];
const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];
/// Nesting of a schema, at most.
const DEEPEST: usize = 16;

/// What is wrong with a schema, as (pointer, in French, in English); nothing when it is understood.
pub(super) fn fault(schema: &Json) -> Option<(String, String, String)> {
    if schema["type"] != "object" {
        let at = "/schema/type".to_owned();
        return Some((at, "Un événement est un objet.".into(), "An event is an object.".into()));
    }
    part(schema, "/schema", 0)
}

fn part(schema: &Json, at: &str, depth: usize) -> Option<(String, String, String)> {
    let says = |fr: String, en: String| Some((at.to_owned(), fr, en));
    let Some(members) = schema.as_object().filter(|_| depth < DEEPEST) else {
        return says("Un schéma est attendu ici.".into(), "A schema is expected here.".into());
    };
    if let Some(word) = members.keys().find(|word| !WORDS.contains(&word.as_str())) {
        return says(format!("« {word} » n’est pas vérifié ici."), format!("“{word}” is not checked here."));
    }
    let known = |name: &Json| name.as_str().is_some_and(|name| TYPES.contains(&name));
    let shaped = members.iter().all(|(word, value)| match word.as_str() {
        "type" => known(value) || value.as_array().is_some_and(|all| all.iter().all(known)),
        "required" => value.as_array().is_some_and(|all| all.iter().all(Json::is_string)),
        "properties" => value.is_object(),
        "additionalProperties" => value.is_boolean(),
        "enum" => value.is_array(),
        "minimum" | "maximum" => value.is_number(),
        "maxLength" | "minItems" | "maxItems" => value.is_u64(),
        _ => true,
    });
    if !shaped {
        return says("Ce schéma ne se lit pas.".into(), "This schema cannot be read.".into());
    }
    let properties = members.get("properties").and_then(Json::as_object);
    let inner = properties.into_iter().flatten();
    let mut inner = inner.map(|(name, schema)| (format!("{at}/properties/{name}"), schema));
    let items = members.get("items").map(|schema| (format!("{at}/items"), schema));
    inner.find_map(|(at, schema)| part(schema, &at, depth + 1)).or_else(|| {
        let (at, schema) = items?;
        part(schema, &at, depth + 1)
    })
}

/// The first place where data does not fit its schema.
pub(super) fn misfit(schema: &Json, data: &Json, at: &str) -> Option<String> {
    let here = Some(at.to_owned());
    let names: Vec<&str> = match &schema["type"] {
        Json::String(name) => vec![name],
        Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
        _ => TYPES.to_vec(),
    };
    if !names.iter().any(|name| is(data, name)) {
        return here;
    }
    if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(data)) {
        return here;
    }
    let beyond = |n: f64| {
        schema["minimum"].as_f64().is_some_and(|least| n < least)
            || schema["maximum"].as_f64().is_some_and(|most| n > most)
    };
    let most = |word: &str, n: usize| schema[word].as_u64().is_some_and(|most| n as u64 > most);
    match data {
        Json::Number(n) if n.as_f64().is_some_and(beyond) => here,
        Json::String(text) if most("maxLength", text.chars().count()) => here,
        Json::Array(items) => {
            let few = schema["minItems"].as_u64().is_some_and(|least| (items.len() as u64) < least);
            if few || most("maxItems", items.len()) {
                return here;
            }
            let of = schema.get("items")?;
            items.iter().enumerate().find_map(|(n, item)| misfit(of, item, &format!("{at}/{n}")))
        }
        Json::Object(members) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            let missing = required.clone().find(|name| !members.contains_key(*name));
            if let Some(name) = missing {
                return Some(format!("{at}/{name}"));
            }
            let open = schema["additionalProperties"] != Json::Bool(false);
            members.iter().find_map(|(name, member)| match schema["properties"].get(name) {
                Some(of) => misfit(of, member, &format!("{at}/{name}")),
                None => (!open).then(|| format!("{at}/{name}")),
            })
        }
        _ => None,
    }
}

fn is(data: &Json, name: &str) -> bool {
    match name {
        "object" => data.is_object(),
        "array" => data.is_array(),
        "string" => data.is_string(),
        "integer" => data.is_i64() || data.is_u64() || data.as_f64().is_some_and(|n| n.fract() == 0.0),
        "number" => data.is_number(),
        "boolean" => data.is_boolean(),
        "null" => data.is_null(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn counted() -> Json {
        json!({ "type": "object", "required": ["visitors"], "additionalProperties": false, "properties": {
            "visitors": { "type": "integer", "minimum": 0, "maximum": 100_000 },
            "door": { "type": "string", "enum": ["quai", "rue"], "maxLength": 10 },
            "hours": { "type": "array", "maxItems": 2, "items": { "type": ["integer", "null"] } } } })
    }

    #[test]
    fn what_fits_fits() {
        assert_eq!(fault(&counted()), None);
        for data in [json!({ "visitors": 3 }), json!({ "visitors": 0, "door": "quai", "hours": [1, null] })] {
            assert_eq!(misfit(&counted(), &data, ""), None, "{data}");
        }
    }

    #[test]
    fn the_first_misfit_is_named() {
        for (data, place) in [
            (json!({}), "/visitors"),
            (json!({ "visitors": -1 }), "/visitors"),
            (json!({ "visitors": 1.5 }), "/visitors"),
            (json!({ "visitors": 1, "door": "cour" }), "/door"),
            (json!({ "visitors": 1, "hours": [1, "x"] }), "/hours/1"),
            (json!({ "visitors": 1, "hours": [1, 2, 3] }), "/hours"),
            (json!({ "visitors": 1, "other": 1 }), "/other"),
            (json!([]), ""),
        ] {
            assert_eq!(misfit(&counted(), &data, "").as_deref(), Some(place), "{data}");
        }
    }

    #[test]
    fn a_schema_that_nobody_would_check_is_refused() {
        for schema in [
            json!({ "type": "string" }),
            json!({ "type": "object", "oneOf": [] }),
            json!({ "type": "object", "properties": { "a": { "type": "date" } } }),
            json!({ "type": "object", "properties": { "a": { "items": 3 } } }),
            json!({ "type": "object", "required": "a" }),
        ] {
            assert!(fault(&schema).is_some(), "{schema}");
        }
    }
}
