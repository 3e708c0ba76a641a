//! What the module tells: `form.workflow.*` in the envelope of the seed's example, `form.draft.saved`,
//! `form.draft.deleted`, `form.due.passed` and `form.definition.published`, all version 1.
//!
//! Every event of an instance carries the whole row after it, so that folding the stream gives the rows. Title,
//! comment and the answers declared personal are sealed under the subject's key.

use crate::model::{Awaits, Change, Instance, Line, OVERDUE, kind_word};
use db::{Expected, NewEvent, Personal};
use forms_model::define::{Definition, FieldType, Form, KpiKind, Unit};
use forms_model::values::Values;
use kernel::{ModuleCode, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// The beginning of the type of the workflow's events.
pub const WORKFLOW: &str = "form.workflow.";
/// A draft was begun or changed.
pub const DRAFT_SAVED: &str = "form.draft.saved";
/// A draft was thrown away.
pub const DRAFT_DELETED: &str = "form.draft.deleted";
/// A due date passed and nobody had decided.
pub const DUE_PASSED: &str = "form.due.passed";
/// A version of a form or of a workflow is in force from now on.
pub const DEFINITION_PUBLISHED: &str = "form.definition.published";

/// The version of all these contracts.
const VERSION: u32 = 1;

/// The envelope. What the contract of `form.workflow.*` names is written as it says; the rest is for folding.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The event's type.
    pub event: String,
    /// The contract's version.
    pub version: u32,
    /// The module's code.
    pub module: String,
    /// The instance.
    pub instance_id: Uuid,
    /// The form's code.
    pub form_type: String,
    /// The state after the event.
    pub state: String,
    /// Who acted: a person's id, or `system:NAME`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The rest.
    pub payload: Payload,
}

/// What the envelope carries.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload {
    /// The state before; missing when the instance begins here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The number for people.
    pub reference: String,
    /// What it is about, in French: the language of the house. Sealed.
    pub title: Json,
    /// The same in English. Sealed.
    pub title_en: Json,
    /// Whose request it is.
    pub subject: Uuid,
    /// Who wrote it.
    pub author: Uuid,
    /// The subject's team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Uuid>,
    /// The form's version.
    pub form_version: u32,
    /// The workflow.
    pub workflow: String,
    /// Its version.
    pub workflow_version: u32,
    /// What the state means: `draft`, `waiting`, `approved`, `refused`, `closed`.
    pub kind: String,
    /// The how-manieth waiting state it is in; 0 outside of them.
    pub level: i64,
    /// The instance's revision after the event.
    pub revision: u64,
    /// Who decides next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaits>,
    /// Who may decide as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<Awaits>,
    /// When a decision is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When it was found late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_at: Option<Timestamp>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Whose right was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Uuid>,
    /// What was said. Sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<Json>,
    /// The answers, when the event changed them; those declared personal are sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Map<String, Json>>,
    /// Numbers that figures add up.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub measures: Map<String, Json>,
}

/// Who speaks, and of what.
pub(crate) struct Speaker<'a> {
    pub(crate) module: &'a ModuleCode,
    pub(crate) definition: &'a Definition,
    pub(crate) form: &'a Form,
    /// The answers after the change, for the measures.
    pub(crate) values: &'a Values,
    pub(crate) level: i64,
    /// Who acts: a person's id, or `system:NAME`.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// The type of the event that a change gives.
fn kind_of(line: Option<&Line>) -> String {
    match line {
        None => DRAFT_SAVED.to_owned(),
        Some(line) if line.verb == OVERDUE => DUE_PASSED.to_owned(),
        Some(line) => format!("{WORKFLOW}{}", line.verb),
    }
}

/// The event of a change, under the id of its line of history where it has one.
pub(crate) fn of_change(speaker: &Speaker<'_>, change: &Change) -> NewEvent {
    let after = &change.after;
    let kind = kind_of(change.line.as_ref());
    let comment = change.line.as_ref().and_then(|line| line.comment.clone()).map(Json::from);
    let payload = Payload {
        from: change.before.as_ref().map(|before| before.state.clone()),
        comment,
        on_behalf_of: change.line.as_ref().and_then(|line| line.on_behalf_of),
        values: change.values.clone().map(|values| values.into_iter().collect()),
        measures: measures(speaker.definition, speaker.form, speaker.values),
        ..snapshot(after, speaker.level)
    };
    let personal = personal(speaker.form, after.subject, &payload);
    let id = change.line.as_ref().map_or_else(|| speaker.at.new_id(), |line| line.id);
    let expected = Expected::Version(after.revision.saturating_sub(1));
    let envelope = Envelope {
        event: kind.clone(),
        version: VERSION,
        module: speaker.module.to_string(),
        instance_id: after.id,
        form_type: after.form.clone(),
        state: after.state.clone(),
        by: speaker.by.clone(),
        at: speaker.at,
        payload,
    };
    NewEvent {
        version: VERSION,
        expected,
        personal,
        // Plain data with text keys: serialising it cannot fail.
        ..NewEvent::new(id, kind, after.stream(), serde_json::to_value(envelope).unwrap_or_default())
    }
}

/// The row after an event, as the payload says it.
fn snapshot(after: &Instance, level: i64) -> Payload {
    Payload {
        from: None,
        reference: after.reference.clone(),
        title: after.title.fr.clone().into(),
        title_en: after.title.en.clone().into(),
        subject: after.subject,
        author: after.author,
        team: after.team,
        form_version: after.form_version,
        workflow: after.workflow.clone(),
        workflow_version: after.workflow_version,
        kind: kind_word(after.kind).to_owned(),
        level,
        revision: after.revision,
        awaits: after.awaits.clone(),
        also: after.also.clone(),
        due_at: after.due_at,
        late_at: after.late_at,
        submitted_at: after.submitted_at,
        created_at: after.created_at,
        closed_at: after.closed_at,
        on_behalf_of: None,
        comment: None,
        values: None,
        measures: Map::new(),
    }
}

/// Members to seal: title, comment, and the answers that the form declares personal.
fn personal(form: &Form, subject: Uuid, payload: &Payload) -> Vec<Personal> {
    let mut pointers = vec!["/payload/title".to_owned(), "/payload/titleEn".to_owned()];
    if payload.comment.is_some() {
        pointers.push("/payload/comment".into());
    }
    let given = |key: &String| payload.values.as_ref().is_some_and(|values| values.contains_key(key));
    let fields = form.fields.iter().filter(|field| field.personal && given(&field.key));
    pointers.extend(fields.map(|field| format!("/payload/values/{}", field.key)));
    pointers.into_iter().map(|pointer| Personal { pointer, subject }).collect()
}

/// The event of a draft that is thrown away.
pub(crate) fn of_deletion(speaker: &Speaker<'_>, instance: &Instance) -> NewEvent {
    NewEvent {
        version: VERSION,
        expected: Expected::Version(instance.revision),
        ..NewEvent::new(
            speaker.at.new_id(),
            DRAFT_DELETED,
            instance.stream(),
            serde_json::json!({ "event": DRAFT_DELETED, "version": VERSION, "module": speaker.module,
            "instanceId": instance.id, "formType": instance.form, "state": instance.state, "by": speaker.by,
            "at": speaker.at, "payload": { "reference": instance.reference, "revision": instance.revision + 1 } }),
        )
    }
}

/// The numbers that the module's figures add up, by the field's key; half days as whole days, rounded up.
fn measures(definition: &Definition, form: &Form, values: &Values) -> Map<String, Json> {
    let mut measures = Map::new();
    for kpi in definition.kpis.iter().filter(|kpi| kpi.forms.contains(&form.code)) {
        let KpiKind::Sum { field } = &kpi.kind else { continue };
        let number = form.field(field).and_then(|f| number(&f.kind, values.get(field)?));
        if let Some(number) = number {
            let whole =
                if kpi.unit == Unit::HalfDays { number.saturating_add(1).div_euclid(2) } else { number };
            measures.insert(field.clone(), whole.into());
        }
    }
    measures
}

/// The whole number of an answer, in its field's unit: cents, minutes, scaled decimals.
fn number(kind: &FieldType, value: &Json) -> Option<i64> {
    match kind {
        FieldType::Money { .. } => value.get("amount_cents")?.as_i64(),
        FieldType::Decimal { .. } => value.as_str()?.replace('.', "").parse().ok(),
        _ => value.as_i64(),
    }
}
