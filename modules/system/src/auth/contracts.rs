//! The versioned contracts of this module's events, as JSON Schema. A sealed member reads as an object, so personal
//! members are described by their plain form, which is what a reader of this database sees.

use serde_json::{Value as Json, json};
use web::Contract;

fn id() -> Json {
    json!({ "type": "string", "format": "uuid" })
}

fn id_or_none() -> Json {
    json!({ "type": ["string", "null"], "format": "uuid" })
}

fn word() -> Json {
    json!({ "type": "string" })
}

fn count() -> Json {
    json!({ "type": "integer", "minimum": 1 })
}

/// The contracts.
#[must_use]
pub fn contracts() -> Vec<Contract> {
    let person = || {
        vec![
            ("user", id()),
            ("email", word()),
            ("name", word()),
            ("title", word()),
            ("lang", json!({ "enum": ["fr", "en"] })),
            ("team", id_or_none()),
            ("version", count()),
        ]
    };
    let team = || {
        vec![
            ("team", id()),
            ("name", word()),
            ("manager", id_or_none()),
            ("parent", id_or_none()),
            ("version", count()),
        ]
    };
    let permission = || {
        vec![("role", word()), ("permission", word()), ("scope", json!({ "enum": ["self", "team", "all"] }))]
    };
    let mut created = person();
    created.push(("sample", json!({ "type": "boolean" })));
    let name =
        json!({ "type": "object", "required": ["fr", "en"], "properties": { "fr": word(), "en": word() } });
    vec![
        contract("user.created", created),
        contract("user.changed", person()),
        contract("user.disabled", vec![("user", id()), ("version", count())]),
        contract("user.enabled", vec![("user", id()), ("version", count())]),
        contract("user.password_reset", vec![("user", id())]),
        contract("user.password_changed", vec![("user", id())]),
        contract(
            "user.signed_in",
            vec![("user", id()), ("session", id()), ("method", word()), ("address", word())],
        ),
        contract("user.sign_in_failed", vec![("user", id()), ("reason", word()), ("method", word())]),
        contract("user.signed_out", vec![("user", id()), ("session", id())]),
        contract(
            "session.revoked",
            vec![("user", id()), ("session", id_or_none()), ("kept", id_or_none()), ("reason", word())],
        ),
        contract("team.created", team()),
        contract("team.changed", team()),
        contract("role.created", vec![("role", word()), ("name", name)]),
        contract("role.granted", vec![("user", id()), ("role", word())]),
        contract("role.revoked", vec![("user", id()), ("role", word())]),
        contract("permission.granted", permission()),
        contract("permission.revoked", permission()),
    ]
}

fn contract(kind: &str, members: Vec<(&str, Json)>) -> Contract {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Json> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let schema = json!({ "type": "object", "required": required, "properties": properties });
    Contract { kind: kind.to_owned(), version: 1, schema }
}
