//! The contracts of the events, as JSON Schema: what [`crate::events`] writes, and nothing less.

use crate::events::{DEFINITION_PUBLISHED, DRAFT_DELETED, DRAFT_SAVED, DUE_PASSED, WORKFLOW};
use forms_model::define::Verb;
use serde_json::{Value as Json, json};
use web::Contract;

/// The contracts of a module of forms.
#[must_use]
pub fn contracts() -> Vec<Contract> {
    let one = |kind: String, schema| Contract { kind, version: 1, schema };
    let mut all: Vec<Contract> = Verb::ALL
        .iter()
        .map(|verb| format!("{WORKFLOW}{verb}"))
        .chain([DRAFT_SAVED.to_owned(), DUE_PASSED.to_owned()])
        .map(|kind| one(kind.clone(), envelope(&kind, payload())))
        .collect();
    let deleted = json!({ "type": "object", "required": ["reference", "revision"], "properties": {
        "reference": { "type": "string" }, "revision": { "type": "integer" } } });
    all.push(one(DRAFT_DELETED.to_owned(), envelope(DRAFT_DELETED, deleted)));
    all.push(one(DEFINITION_PUBLISHED.to_owned(), published()));
    all
}

fn id() -> Json {
    json!({ "type": "string", "format": "uuid" })
}

fn instant() -> Json {
    json!({ "type": "string", "format": "date-time" })
}

/// A text that is sealed in the log, and that reads as an object where the person was erased.
fn sealed() -> Json {
    json!({ "type": ["string", "object"] })
}

fn envelope(kind: &str, payload: Json) -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["event", "version", "module", "instanceId", "formType", "state", "by", "at", "payload"],
        "properties": {
            "event": { "const": kind }, "version": { "const": 1 }, "module": { "type": "string" },
            "instanceId": id(), "formType": { "type": "string" }, "state": { "type": "string" },
            "by": { "type": "string" }, "at": instant(), "payload": payload,
        },
    })
}

fn payload() -> Json {
    let awaits = json!({ "type": "object", "required": ["role", "scope"], "properties": {
        "role": { "type": "string" }, "scope": { "enum": ["team", "all"] } } });
    let count = json!({ "type": "integer", "minimum": 1 });
    json!({
        "type": "object",
        "required": ["reference", "title", "titleEn", "subject", "author", "formVersion", "workflow",
            "workflowVersion", "kind", "level", "revision", "createdAt"],
        "properties": {
            "from": { "type": "string" }, "reference": { "type": "string" }, "title": sealed(),
            "titleEn": sealed(), "subject": id(), "author": id(), "team": id(), "formVersion": count,
            "workflow": { "type": "string" }, "workflowVersion": count,
            "kind": { "enum": ["draft", "waiting", "approved", "refused", "closed"] },
            "level": { "type": "integer", "minimum": 0 }, "revision": count, "awaits": awaits, "also": awaits,
            "dueAt": instant(), "lateAt": instant(), "submittedAt": instant(), "createdAt": instant(),
            "closedAt": instant(), "onBehalfOf": id(), "comment": sealed(),
            "values": { "type": "object" }, "measures": { "type": "object" },
        },
    })
}

fn published() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["module", "kind", "name", "version", "hash", "body"],
        "properties": {
            "module": { "type": "string" }, "kind": { "enum": ["form", "workflow"] },
            "name": { "type": "string" }, "version": { "type": "integer", "minimum": 1 },
            "hash": { "type": "string" }, "body": { "type": "object" },
        },
    })
}
