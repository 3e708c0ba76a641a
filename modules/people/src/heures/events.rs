//! `punch.recorded`, `punch.corrected` and `plan.changed`, version 1, on the stream `punch/PERSON`; and how folding
//! them gives the rows.
//!
//! When and why somebody was at work speaks of them: the member `punch` is sealed under the person's key.

use super::balance::PlanRow;
use super::model::{Effect, PunchRow};
use db::{Event, Expected, NewEvent, Personal};
use flow::{FoldTable, Rows};
use kernel::{Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use web::Contract;

/// Columns of `hs_pointage` beside its key.
const COLUMNS: [&str; 13] = [
    "person_id",
    "team_id",
    "seq",
    "effect",
    "kind",
    "at",
    "zone",
    "source",
    "claimed_at",
    "received_at",
    "corrects",
    "reason",
    "recorded_by",
];
/// Those of them that are inside the sealed member.
const SEALED: [&str; 5] = ["kind", "at", "zone", "claimed_at", "reason"];
/// Those that are instants: RFC 3339 in events, microseconds in rows.
const INSTANTS: [&str; 3] = ["at", "claimed_at", "received_at"];

/// The stream of a person's punches and plans.
pub(super) fn stream(person: Uuid) -> String {
    format!("punch/{person}")
}

/// The event of a row; the row's own version follows the one that the stream has now.
pub(super) fn of_punch(row: &PunchRow) -> NewEvent {
    let kind = if row.effect == Effect::Punch { "punch.recorded" } else { "punch.corrected" };
    NewEvent {
        expected: Expected::Version(row.seq.saturating_sub(1)),
        personal: vec![Personal { pointer: "/punch".into(), subject: row.person }],
        ..NewEvent::new(
            row.id,
            kind,
            stream(row.person),
            json!({
                "id": row.id, "person_id": row.person, "team_id": row.team, "seq": row.seq,
                "effect": row.effect.word(), "source": row.source.word(), "received_at": row.received_at,
                "corrects": row.corrects, "recorded_by": row.recorded_by,
                "punch": { "kind": row.kind.as_str(), "at": row.at, "zone": row.zone,
                    "claimed_at": row.claimed_at, "reason": row.reason },
            }),
        )
    }
}

/// The event of a plan.
pub(super) fn of_plan(id: Uuid, person: Uuid, plan: &PlanRow, seq: u64) -> NewEvent {
    NewEvent {
        expected: Expected::Version(seq.saturating_sub(1)),
        ..NewEvent::new(
            id,
            "plan.changed",
            stream(person),
            json!({ "person_id": person, "seq": seq, "plan": {
            "valid_from": plan.valid_from, "minutes": plan.minutes } }),
        )
    }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).into()).collect(),
        columns: columns.iter().map(|c| (*c).into()).collect(),
    };
    vec![
        table("hs_pointage", &["id"], &COLUMNS),
        table("hs_plan", &["person_id", "valid_from"], &["minutes", "seq"]),
    ]
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    match event.kind.as_str() {
        "punch.recorded" | "punch.corrected" => {
            let columns = COLUMNS.map(|column| (column.to_owned(), member(data, column)));
            rows.insert(("hs_pointage".into(), text(&data["id"])), columns.into());
        }
        "plan.changed" => {
            let plan = &data["plan"];
            let key = format!("{}/{}", text(&data["person_id"]), text(&plan["valid_from"]));
            let columns =
                [("minutes".to_owned(), plan["minutes"].clone()), ("seq".to_owned(), data["seq"].clone())];
            rows.insert(("hs_plan".into(), key), columns.into());
        }
        _ => {}
    }
}

/// A column as the event says it; an erased member stays erased.
fn member(data: &Json, column: &str) -> Json {
    let sealed = SEALED.contains(&column);
    if sealed && data["punch"].get("$erased").is_some() {
        return data["punch"].clone();
    }
    let value = if sealed { &data["punch"][column] } else { &data[column] };
    match value.as_str().filter(|_| INSTANTS.contains(&column)).and_then(Timestamp::parse) {
        Some(instant) => instant.0.into(),
        None => value.clone(),
    }
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let optional_id = json!({ "type": ["string", "null"], "format": "uuid" });
    let instant = json!({ "type": "string", "format": "date-time" });
    let count = json!({ "type": "integer", "minimum": 1 });
    let punch = json!({ "type": "object", "required": ["kind", "at", "zone"], "properties": {
        "kind": { "enum": ["in", "out"] }, "at": instant, "zone": { "type": "string" },
        "claimed_at": { "type": ["string", "null"], "format": "date-time" }, "reason": { "type": ["string", "null"] } } });
    let recorded = |effects: Json| {
        let members: BTreeMap<&str, Json> = [
            ("id", id.clone()),
            ("person_id", id.clone()),
            ("team_id", optional_id.clone()),
            ("seq", count.clone()),
            ("effect", json!({ "enum": effects })),
            ("source", json!({ "enum": ["web", "api", "import"] })),
            ("received_at", instant.clone()),
            ("corrects", optional_id.clone()),
            ("recorded_by", json!({ "type": "string" })),
            ("punch", punch.clone()),
        ]
        .into();
        let required: Vec<&str> = members.keys().copied().collect();
        json!({ "type": "object", "required": required, "properties": members })
    };
    let plan = json!({ "type": "object", "required": ["valid_from", "minutes"], "properties": {
        "valid_from": { "type": "string", "format": "date" },
        "minutes": { "type": "array", "items": { "type": "integer" }, "minItems": 7, "maxItems": 7 } } });
    let planned = json!({ "type": "object", "required": ["person_id", "seq", "plan"],
        "properties": { "person_id": id, "seq": count, "plan": plan } });
    let contract = |kind: &str, schema| Contract { kind: kind.into(), version: 1, schema };
    vec![
        contract("punch.recorded", recorded(json!(["punch"]))),
        contract("punch.corrected", recorded(json!(["replace", "void"]))),
        contract("plan.changed", planned),
    ]
}
