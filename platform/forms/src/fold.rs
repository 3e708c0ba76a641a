//! How the events make the rows: what `verify` folds and compares.

use crate::events::{
    DEFINITION_PUBLISHED, DRAFT_DELETED, DRAFT_SAVED, DUE_PASSED, Envelope, Payload, WORKFLOW,
};
use crate::model::{OVERDUE, search_key};
use crate::rows::answer_text;
use db::Event;
use flow::{Fold, FoldTable, Rows};
use forms_model::define::canonical_json;
use kernel::{Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns of an instance that events account for, beside its id.
const INSTANCE: [&str; 24] = [
    "reference",
    "form",
    "form_version",
    "workflow",
    "workflow_version",
    "title_fr",
    "title_en",
    "subject_id",
    "author_id",
    "team_id",
    "state",
    "kind",
    "revision",
    "awaits_role",
    "awaits_scope",
    "also_role",
    "also_scope",
    "due_at",
    "late_at",
    "submitted_at",
    "created_at",
    "updated_at",
    "closed_at",
    "search",
];

/// The tables of the forms under a prefix, and how events make their rows.
#[must_use]
pub fn fold(prefix: &str) -> Fold {
    let prefix = prefix.to_owned();
    Fold {
        tables: tables(&prefix),
        apply: Arc::new(move |event, data, rows| apply(&prefix, event, data, rows)),
    }
}

fn tables(p: &str) -> Vec<FoldTable> {
    let table = |word: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: format!("{p}_{word}"),
        key: key.iter().map(|c| (*c).to_owned()).collect(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
    };
    let line =
        ["instance_id", "seq", "verb", "from_state", "to_state", "by_id", "on_behalf_of", "at", "comment"];
    vec![
        table("form_instance", &["id"], &INSTANCE),
        table("values", &["instance_id", "field"], &["value"]),
        table("workflow_definition", &["kind", "name", "version"], &["hash", "body", "published_at"]),
        table(
            "workflow_instance",
            &["instance_id"],
            &["workflow", "version", "state", "level", "due_at", "updated_at"],
        ),
        table("workflow_event", &["id"], &line),
        table("counter", &["year"], &["last"]),
    ]
}

fn apply(p: &str, event: &Event, data: &Json, rows: &mut Rows) {
    match event.kind.as_str() {
        DEFINITION_PUBLISHED => definition(p, event, data, rows),
        DRAFT_DELETED => {
            let id = data["instanceId"].as_str().unwrap_or_default().to_owned();
            forget(p, &id, rows);
        }
        kind if kind == DRAFT_SAVED || kind == DUE_PASSED || kind.starts_with(WORKFLOW) => {
            // What cannot be read gives no row, which the comparison then finds missing.
            if let Ok(said) = serde_json::from_value::<Envelope>(data.clone()) {
                change(p, event, &said, rows);
            }
        }
        _ => {}
    }
}

fn put<const N: usize>(rows: &mut Rows, table: String, key: String, columns: [(&str, Json); N]) {
    let columns: BTreeMap<String, Json> = columns.map(|(name, value)| (name.to_owned(), value)).into();
    rows.insert((table, key), columns);
}

fn definition(p: &str, event: &Event, data: &Json, rows: &mut Rows) {
    let word = |member: &str| data[member].as_str().unwrap_or_default();
    let key = format!("{}/{}/{}", word("kind"), word("name"), data["version"]);
    let columns = [
        ("hash", data["hash"].clone()),
        ("body", canonical_json(&data["body"]).into()),
        ("published_at", event.at.0.into()),
    ];
    put(rows, format!("{p}_workflow_definition"), key, columns);
}

fn change(p: &str, event: &Event, said: &Envelope, rows: &mut Rows) {
    let (id, payload) = (said.instance_id.to_string(), &said.payload);
    let instance: BTreeMap<String, Json> =
        INSTANCE.iter().map(|c| (*c).to_owned()).zip(instance(said, event.at)).collect();
    rows.insert((format!("{p}_form_instance"), id.clone()), instance);
    let flow = [
        ("workflow", payload.workflow.clone().into()),
        ("version", payload.workflow_version.into()),
        ("state", said.state.clone().into()),
        ("level", payload.level.into()),
        ("due_at", instant(payload.due_at)),
        ("updated_at", event.at.0.into()),
    ];
    put(rows, format!("{p}_workflow_instance"), id.clone(), flow);
    counter(p, &payload.reference, rows);
    if let Some(values) = &payload.values {
        let table = format!("{p}_values");
        rows.retain(|(name, key), _| *name != table || !key.starts_with(&format!("{id}/")));
        for (field, value) in values {
            let text = if is_erased(value) { value.clone() } else { answer_text(value).into() };
            put(rows, table.clone(), format!("{id}/{field}"), [("value", text)]);
        }
    }
    if event.kind != DRAFT_SAVED {
        put(rows, format!("{p}_workflow_event"), event.id.to_string(), line(event, said));
    }
}

/// The columns of an instance, in the order of [`INSTANCE`].
fn instance(said: &Envelope, at: Timestamp) -> [Json; 24] {
    let Payload { awaits, also, .. } = &said.payload;
    let role = |who: &Option<crate::model::Awaits>| json!(who.as_ref().map(|w| &w.role));
    let scope = |who: &Option<crate::model::Awaits>| json!(who.as_ref().map(|w| &w.scope));
    let p = &said.payload;
    [
        json!(p.reference),
        json!(said.form_type),
        json!(p.form_version),
        json!(p.workflow),
        json!(p.workflow_version),
        p.title.clone(),
        p.title_en.clone(),
        json!(p.subject),
        json!(p.author),
        json!(p.team),
        json!(said.state),
        json!(p.kind),
        json!(p.revision),
        role(awaits),
        scope(awaits),
        role(also),
        scope(also),
        instant(p.due_at),
        instant(p.late_at),
        instant(p.submitted_at),
        json!(p.created_at.0),
        json!(at.0),
        instant(p.closed_at),
        search(p),
    ]
}

fn instant(at: Option<Timestamp>) -> Json {
    json!(at.map(|at| at.0))
}

/// The searched text; nobody's business any more where the person was erased.
fn search(payload: &Payload) -> Json {
    match (payload.title.as_str(), payload.title_en.as_str()) {
        (Some(fr), Some(en)) => search_key(&format!("{} {fr} {en}", payload.reference)).into(),
        _ => payload.title.clone(),
    }
}

fn is_erased(value: &Json) -> bool {
    value.get("$erased").is_some()
}

fn line(event: &Event, said: &Envelope) -> [(&'static str, Json); 9] {
    let verb = event.kind.strip_prefix(WORKFLOW).unwrap_or(OVERDUE);
    [
        ("instance_id", json!(said.instance_id)),
        ("seq", json!(said.payload.revision)),
        ("verb", verb.into()),
        ("from_state", json!(said.payload.from)),
        ("to_state", json!(said.state)),
        ("by_id", json!(Uuid::parse_str(&said.by).ok())),
        ("on_behalf_of", json!(said.payload.on_behalf_of)),
        ("at", json!(event.at.0)),
        ("comment", json!(said.payload.comment)),
    ]
}

/// The last number given out in the year of a reference.
fn counter(p: &str, reference: &str, rows: &mut Rows) {
    let Some((year, number)) = crate::reference::parse(reference) else { return };
    let row = rows.entry((format!("{p}_counter"), year.to_string())).or_default();
    let known = row.get("last").and_then(Json::as_i64).unwrap_or(0);
    row.insert("last".to_owned(), known.max(number).into());
}

fn forget(p: &str, id: &str, rows: &mut Rows) {
    let flows = [format!("{p}_form_instance"), format!("{p}_workflow_instance")];
    for table in flows {
        rows.remove(&(table, id.to_owned()));
    }
    let (values, lines) = (format!("{p}_values"), format!("{p}_workflow_event"));
    rows.retain(|(table, key), row| {
        let answer = *table == values && key.starts_with(&format!("{id}/"));
        let told = *table == lines && row.get("instance_id").and_then(Json::as_str) == Some(id);
        !answer && !told
    });
}
