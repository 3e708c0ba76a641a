//! What a new version of an interface breaks for those who use the old one.
//!
//! Readers of an answer or an event go on when it says more, and break when it says less or something else; callers go
//! on when more is accepted, and break when less is. Unknown members are refused in requests, so a member that goes
//! breaks both.

use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Which way a schema is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Sent to us.
    In,
    /// Read by others.
    Out,
}

/// Compares two documents; each resolves its own references.
pub struct Comparison<'a> {
    pub old: &'a Json,
    pub new: &'a Json,
    pub found: Vec<String>,
}

fn members<'a>(schema: &'a Json, name: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    schema[name].as_object().into_iter().flatten()
}

fn words(schema: &Json, name: &str) -> BTreeSet<String> {
    match &schema[name] {
        Json::Array(list) => list.iter().map(ToString::to_string).collect(),
        Json::Null => BTreeSet::new(),
        one => BTreeSet::from([one.to_string()]),
    }
}

fn resolve<'a>(document: &'a Json, schema: &'a Json) -> &'a Json {
    let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

impl<'a> Comparison<'a> {
    pub fn new(old: &'a Json, new: &'a Json) -> Self {
        Self { old, new, found: Vec::new() }
    }

    fn note(&mut self, at: &str, what: impl std::fmt::Display) {
        self.found.push(format!("{at}: {what}"));
    }

    /// The schema of an event or of a body.
    pub fn schema(&mut self, old: &'a Json, new: &'a Json, side: Side, at: &str) {
        let (old, new) = (resolve(self.old, old), resolve(self.new, new));
        // A schema that holds itself has no end: so deep a path goes round.
        if old == new || at.len() > 400 {
            return;
        }
        for name in ["type", "enum", "const"] {
            self.choices(words(old, name), words(new, name), side, &format!("{at} {name}"));
        }
        let (before, after) = (words(old, "required"), words(new, "required"));
        let broken = if side == Side::In { &after - &before } else { &before - &after };
        for name in broken {
            self.note(
                at,
                format!("{name} is {} required", if side == Side::In { "now" } else { "no longer" }),
            );
        }
        for (name, bound) in
            [("maxLength", -1), ("maxItems", -1), ("maximum", -1), ("minimum", 1), ("minLength", 1)]
        {
            if let (Side::In, Some(new)) = (side, new[name].as_i64())
                && old[name].as_i64().is_none_or(|old| (new - old) * bound > 0)
            {
                self.note(at, format!("{name} is stricter"));
            }
        }
        for (name, member) in members(old, "properties") {
            match &new["properties"][name] {
                Json::Null => self.note(at, format!("`{name}` is gone")),
                now => self.schema(member, now, side, &format!("{at}.{name}")),
            }
        }
        if old["items"].is_object() {
            self.schema(&old["items"], &new["items"], side, &format!("{at}[]"));
        }
    }

    /// A set of choices, of which none at all allows everything.
    fn choices(&mut self, old: BTreeSet<String>, new: BTreeSet<String>, side: Side, at: &str) {
        let (wide, narrow) = if side == Side::In { (new, old) } else { (old, new) };
        if !wide.is_empty() && (narrow.is_empty() || !narrow.is_subset(&wide)) {
            self.note(at, "was changed");
        }
    }

    /// Every operation of an OpenAPI document.
    pub fn operations(&mut self) {
        for (path, methods) in members(self.old, "paths") {
            for (method, old) in methods.as_object().into_iter().flatten() {
                let at = format!("{method} {path}");
                match &self.new["paths"][path][method] {
                    Json::Null => self.note(&at, "is gone"),
                    new => self.operation(old, new, &at),
                }
            }
        }
    }

    fn operation(&mut self, old: &'a Json, new: &'a Json, at: &str) {
        if old["x-permission"] != new["x-permission"] {
            self.note(at, "needs another permission");
        }
        let named = |operation: &'a Json| -> Map<String, Json> {
            let list = operation["parameters"].as_array().into_iter().flatten();
            list.map(|p| (format!("{} {}", p["in"], p["name"]), p.clone())).collect()
        };
        let (before, after) = (named(old), named(new));
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            self.note(at, format!("the parameter {name} is gone"));
        }
        for (name, parameter) in &after {
            let was = before.get(name).is_some_and(|p| p["required"] == true);
            if parameter["required"] == true && !was {
                self.note(at, format!("the parameter {name} is required"));
            }
        }
        let body = |operation: &'a Json| &operation["requestBody"]["content"]["application/json"]["schema"];
        if old["requestBody"].is_null() && new["requestBody"]["required"] == true {
            self.note(at, "needs a body");
        } else {
            self.schema(body(old), body(new), Side::In, &format!("{at} body"));
        }
        for (status, answer) in members(old, "responses") {
            match &new["responses"][status] {
                Json::Null => self.note(at, format!("no longer answers {status}")),
                now => {
                    let content = |answer: &'a Json| &answer["content"]["application/json"]["schema"];
                    self.schema(content(answer), content(now), Side::Out, &format!("{at} {status}"));
                }
            }
        }
    }
}

#[test]
fn what_breaks_is_told_from_what_does_not() {
    use serde_json::json;
    let found = |old: Json, new: Json, side| {
        let mut comparison = Comparison::new(&old, &new);
        comparison.schema(&old, &new, side, "it");
        comparison.found
    };
    let old = json!({ "type": "object", "required": ["a"], "properties": {
        "a": { "type": "string" }, "b": { "enum": ["x", "y"] }, "c": { "maxLength": 10 } } });
    let changed = |pointer: &str, value: Json| {
        let mut new = old.clone();
        *new.pointer_mut(pointer).unwrap() = value;
        new
    };
    let mut more = old.clone();
    more["properties"]["d"] = json!({ "type": "string" });
    for side in [Side::In, Side::Out] {
        assert_eq!(found(old.clone(), old.clone(), side), [""; 0]);
        assert_eq!(found(old.clone(), more.clone(), side), [""; 0], "one may say more");
        assert_eq!(found(more.clone(), old.clone(), side), ["it: `d` is gone"]);
        let other = changed("/properties/a/type", json!("integer"));
        assert_eq!(found(old.clone(), other, side), ["it.a type: was changed"]);
    }
    let stricter = changed("/required", json!(["a", "b"]));
    assert_eq!(found(old.clone(), stricter.clone(), Side::In), ["it: \"b\" is now required"]);
    assert_eq!(found(old.clone(), stricter.clone(), Side::Out), [""; 0]);
    assert_eq!(found(stricter, old.clone(), Side::Out), ["it: \"b\" is no longer required"]);
    let wider = changed("/properties/b/enum", json!(["x", "y", "z"]));
    assert_eq!(found(old.clone(), wider.clone(), Side::In), [""; 0]);
    assert_eq!(found(old.clone(), wider, Side::Out), ["it.b enum: was changed"]);
    let shorter = changed("/properties/c/maxLength", json!(5));
    assert_eq!(found(old.clone(), shorter, Side::In), ["it.c: maxLength is stricter"]);
}
