//! A JSON Schema as a table of members, and an example that follows it.

use maud::{Markup, html};
use serde_json::{Map, Value as Json, json};

/// Members within members that are shown.
const DEEPEST: usize = 5;

/// What a reference leads to; the schema itself when it is none.
fn resolve<'a>(document: &'a Json, schema: &'a Json) -> &'a Json {
    let target = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn name_of(schema: &Json) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The choices of a schema that is one of several, those that are null left out.
fn choices(schema: &Json) -> Vec<&Json> {
    let list = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema[*word].as_array());
    list.into_iter().flatten().filter(|one| one["type"] != "null").collect()
}

/// The schema's type in words: `array of KpiPoint`, `string, date-time`, `"a" or "b"`.
fn kind(schema: &Json, depth: usize) -> String {
    if depth > DEEPEST {
        return "…".to_owned();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(Json::to_string).collect::<Vec<_>>().join(" or ");
    }
    if let Some(name) = name_of(schema) {
        return name.to_owned();
    }
    let several = choices(schema);
    if !several.is_empty() {
        return several.iter().map(|one| kind(one, depth + 1)).collect::<Vec<_>>().join(" or ");
    }
    let word = match &schema["type"] {
        Json::String(word) => word.clone(),
        Json::Array(words) => words.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    match (word.as_str(), schema["format"].as_str()) {
        ("array", _) => format!("array of {}", kind(&schema["items"], depth + 1)),
        (_, Some(format)) => format!("{word}, {format}"),
        _ => word,
    }
}

/// A row of the table: its depth, its name, its type, whether it is required, what it means.
struct Member {
    depth: usize,
    name: String,
    kind: String,
    required: bool,
    meaning: String,
}

fn collect(document: &Json, schema: &Json, depth: usize, seen: &mut Vec<String>, out: &mut Vec<Member>) {
    if depth > DEEPEST {
        return;
    }
    let reference = name_of(schema).map(str::to_owned);
    if reference.as_ref().is_some_and(|name| seen.contains(name)) {
        return;
    }
    let pushed = reference.map(|name| seen.push(name)).is_some();
    let target = resolve(document, schema);
    for one in choices(target) {
        collect(document, one, depth, seen, out);
    }
    if target["type"] == "array" {
        collect(document, &target["items"], depth, seen, out);
    }
    let required: Vec<&str> =
        target["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (name, member) in target["properties"].as_object().into_iter().flatten() {
        let meaning =
            member["description"].as_str().or_else(|| resolve(document, member)["description"].as_str());
        out.push(Member {
            depth,
            name: name.clone(),
            kind: kind(member, 0),
            required: required.contains(&name.as_str()),
            meaning: meaning.unwrap_or_default().to_owned(),
        });
        collect(document, member, depth + 1, seen, out);
    }
    if pushed {
        seen.pop();
    }
}

/// The members of a schema as a table; a sentence for what has none.
pub(super) fn fields(document: &Json, schema: &Json) -> Markup {
    let mut members = Vec::new();
    collect(document, schema, 0, &mut Vec::new(), &mut members);
    html! {
        @if members.is_empty() { p.small.soft { "A JSON " (kind(resolve(document, schema), 0)) "." } }
        @else {
            div.tscroll tabindex="0" {
                table.tbl.schema {
                    caption.sr { "Members" }
                    thead { tr { th scope="col" { "Member" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                    tbody { @for member in &members { (row(member)) } }
                }
            }
        }
    }
}

fn row(member: &Member) -> Markup {
    html! {
        tr {
            td class=(format!("in{}", member.depth.min(4))) {
                code { (member.name) } @if member.required { " " span.needed { "required" } }
            }
            td.muted { (member.kind) }
            td.soft { (super::marked(&member.meaning)) }
        }
    }
}

/// A value that the schema accepts, for people to read.
pub(super) fn example(document: &Json, schema: &Json) -> Json {
    made(document, schema, 0)
}

fn made(document: &Json, schema: &Json, depth: usize) -> Json {
    if depth > DEEPEST {
        return Json::Null;
    }
    let target = resolve(document, schema);
    if let Some(given) = target.get("example").or_else(|| target.get("default")) {
        return given.clone();
    }
    if let Some(first) = target["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if let Some(first) = choices(target).first() {
        return made(document, first, depth + 1);
    }
    let word = match &target["type"] {
        Json::Array(words) => words.iter().filter_map(Json::as_str).find(|word| *word != "null"),
        word => word.as_str(),
    };
    match word.unwrap_or("object") {
        "string" => text(target),
        "integer" => target.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "number" => json!(1.5),
        "boolean" => json!(true),
        "array" => match made(document, &target["items"], depth + 1) {
            Json::Null => json!([]),
            item => json!([item]),
        },
        _ => object(document, target, depth),
    }
}

fn text(schema: &Json) -> Json {
    match schema["format"].as_str() {
        Some("date-time") => json!("2026-11-18T14:02:31Z"),
        Some("date") => json!("2026-11-18"),
        Some("uuid") => json!("0192f4a1-7c3e-7b10-9d52-4e8a1c06b2f9"),
        Some("email") => json!("lea@example.org"),
        _ => json!("text"),
    }
}

/// A text that fits a member's name, where the schema says no more.
fn named(name: &str) -> Json {
    match name {
        "email" => json!("lea@example.org"),
        name if name == "id" || name.ends_with("_id") => json!("0192f4a1-7c3e-7b10-9d52-4e8a1c06b2f9"),
        _ => json!("text"),
    }
}

fn object(document: &Json, schema: &Json, depth: usize) -> Json {
    let mut members = Map::new();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let value = match made(document, member, depth + 1) {
            Json::String(word) if word == "text" => named(name),
            value => value,
        };
        if !value.is_null() {
            members.insert(name.clone(), value);
        }
    }
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_holds_itself_ends() {
        let document = json!({ "components": { "schemas": { "Node": { "type": "object", "properties": {
            "next": { "$ref": "#/components/schemas/Node" }, "at": { "type": ["string", "null"], "format": "date-time" },
            "kind": { "enum": ["a", "b"] }, "list": { "type": "array", "items": { "type": "integer" } } } } } } });
        let schema = json!({ "$ref": "#/components/schemas/Node" });
        let html = fields(&document, &schema).into_string();
        assert!(html.contains("array of integer") && html.contains("string or null, date-time"), "{html}");
        let shown = example(&document, &schema);
        assert_eq!((&shown["kind"], &shown["list"]), (&json!("a"), &json!([1])));
    }
}
