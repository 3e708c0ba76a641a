//! Stored data as people read it: indented, coloured by kind, personal members shown as sealed and never opened.

use db::Event;
use kernel::{Lang, Uuid};
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use web::ui::say;

/// Nesting shown; what lies deeper is cut, so that no event can make the page endless.
const DEEPEST: usize = 24;

/// An event as a block of JSON: its envelope, then its data.
pub(super) fn event_block(lang: Lang, event: &Event) -> Markup {
    let hash: String = event.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let envelope = json!({
        "id": event.id, "type": event.kind, "version": event.version, "at": event.at,
        "stream": event.stream, "stream_version": event.stream_version, "actor": event.actor,
        "correlation_id": event.correlation_id, "causation_id": event.causation_id,
        "data": event.json().unwrap_or(Json::Null), "hash": hash,
    });
    block(lang, &envelope)
}

/// A value as a block.
pub(super) fn block(lang: Lang, value: &Json) -> Markup {
    let mut out = Vec::new();
    write(lang, value, 0, &mut out);
    html! { pre.code.wrapped tabindex="0" { code { @for part in &out { (part) } } } }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn text(text: String, out: &mut Vec<Markup>) {
    out.push(html! { (text) });
}

fn write(lang: Lang, value: &Json, depth: usize, out: &mut Vec<Markup>) {
    match value {
        Json::Object(members) if !members.is_empty() && depth < DEEPEST => match sealed(lang, value) {
            Some(words) => out.push(html! { em.sealed { (words) } }),
            None => {
                text("{\n".to_owned(), out);
                for (at, (name, member)) in members.iter().enumerate() {
                    text(indent(depth + 1), out);
                    out.push(html! { b { (json!(name).to_string()) } ": " });
                    write(lang, member, depth + 1, out);
                    text(if at + 1 < members.len() { ",\n" } else { "\n" }.to_owned(), out);
                }
                text(format!("{}}}", indent(depth)), out);
            }
        },
        Json::Array(items) if !items.is_empty() && depth < DEEPEST => {
            text("[\n".to_owned(), out);
            for (at, item) in items.iter().enumerate() {
                text(indent(depth + 1), out);
                write(lang, item, depth + 1, out);
                text(if at + 1 < items.len() { ",\n" } else { "\n" }.to_owned(), out);
            }
            text(format!("{}]", indent(depth)), out);
        }
        Json::Object(members) => text(if members.is_empty() { "{}" } else { "{ … }" }.to_owned(), out),
        Json::Array(items) => text(if items.is_empty() { "[]" } else { "[ … ]" }.to_owned(), out),
        Json::String(_) => out.push(html! { i { (value.to_string()) } }),
        Json::Number(_) => out.push(html! { u { (value.to_string()) } }),
        Json::Bool(_) | Json::Null => text(value.to_string(), out),
    }
}

/// The words that stand for a sealed member.
fn sealed(lang: Lang, value: &Json) -> Option<String> {
    value.get("$sealed")?;
    let subject: String = value["by"].as_str().unwrap_or("–").chars().rev().take(4).collect();
    let subject: String = subject.chars().rev().collect();
    Some(format!("{} …{subject}", say(lang, "scellé, clé de la personne", "sealed, key of person")))
}

/// An actor in a column: people by the end of their id, the system's parts by name.
pub(super) fn actor(lang: Lang, actor: &str) -> String {
    match actor.split_once(':') {
        Some(("person", id)) => format!("{} …{}", say(lang, "personne", "person"), end(id)),
        Some((_, name)) => name.to_owned(),
        None => actor.to_owned(),
    }
}

/// The end of an id: the part that differs.
fn end(id: &str) -> String {
    id.get(id.len().saturating_sub(4)..).unwrap_or(id).to_owned()
}

/// A stream or an id, its identifier shortened to what tells it apart.
pub(super) fn short_stream(stream: &str) -> String {
    match stream.rsplit_once('/') {
        Some((kind, id)) if Uuid::try_parse(id).is_ok() => format!("{kind}/…{}", id.get(24..).unwrap_or(id)),
        _ => stream.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_members_stay_sealed_and_markup_is_escaped() {
        let value = json!({ "name": { "$sealed": "QUJD", "by": "0192-7f21", "at": "/name" }, "note": "<b>\"x\"", "n": 1 });
        let html = block(Lang::En, &value).into_string();
        assert!(html.contains("sealed, key of person …7f21") && !html.contains("QUJD"), "{html}");
        assert!(html.contains("&lt;b&gt;") && html.contains("<u>1</u>"), "{html}");
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert!(block(Lang::En, &deep).into_string().contains("[ … ]"));
    }

    #[test]
    fn streams_are_shortened_to_what_differs() {
        assert_eq!(short_stream("user/0192f4a1-7c3e-7b10-9d52-4e8a1c06b2f9"), "user/…4e8a1c06b2f9");
        assert_eq!(short_stream("rows"), "rows");
        assert_eq!(actor(Lang::En, "system:sample"), "sample");
    }
}
