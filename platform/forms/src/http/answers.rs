//! What the API reads and answers.

use crate::model::{Awaits, Instance, Line, kind_word};
use forms_model::define::{Form, Verb, Workflow};
use forms_model::values::Values;
use kernel::{Text, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Words {
    fr: String,
    en: String,
}

impl From<&Text> for Words {
    fn from(text: &Text) -> Self {
        Self { fr: text.fr.clone(), en: text.en.clone() }
    }
}

/// A new instance.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    /// The form's code.
    pub(super) form: String,
    /// The answers, as the form's JSON Schema says.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) values: Map<String, Json>,
    /// Sent at once, instead of kept as a draft.
    #[serde(default)]
    pub(super) submit: bool,
}

/// Other answers of a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SaveRequest {
    /// The answers that change; `null` takes one away.
    #[schema(value_type = Object)]
    pub(super) values: Map<String, Json>,
    /// The revision that was read; another one there is answered 409.
    pub(super) revision: Option<u64>,
}

/// A step of the workflow.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActRequest {
    /// The words with it: the reason of a refusal.
    #[serde(default, alias = "reason")]
    pub(super) comment: Option<String>,
    /// The revision that was read; another one there is answered 409.
    pub(super) revision: Option<u64>,
}

/// A form of a module.
#[derive(Serialize, ToSchema)]
pub(super) struct FormSummary {
    code: String,
    version: u32,
    title: Words,
    description: Option<Words>,
    workflow: String,
    workflow_version: u32,
}

impl From<&Form> for FormSummary {
    fn from(form: &Form) -> Self {
        Self {
            code: form.code.clone(),
            version: form.version,
            title: (&form.title).into(),
            description: form.description.as_ref().map(Words::from),
            workflow: form.workflow.clone(),
            workflow_version: form.workflow_version,
        }
    }
}

/// A form with everything that a client needs to fill it in.
#[derive(Serialize, ToSchema)]
pub(super) struct FormAnswer {
    #[serde(flatten)]
    summary: FormSummary,
    /// JSON Schema 2020-12 of the answers.
    #[schema(value_type = Object)]
    schema: Json,
    /// The first answers of a new instance.
    #[schema(value_type = Object)]
    prefill: Map<String, Json>,
    /// The states and steps that it goes through.
    #[schema(value_type = Object)]
    flow: Json,
}

impl FormAnswer {
    pub(super) fn new(form: &Form, workflow: &Workflow, prefill: Values) -> Self {
        Self {
            summary: form.into(),
            schema: forms_model::values::json_schema(form),
            prefill: prefill.into_iter().collect(),
            flow: serde_json::to_value(workflow).unwrap_or_default(),
        }
    }
}

/// An instance in a list.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct InstanceRow {
    id: Uuid,
    /// The number for people.
    reference: String,
    module: String,
    form: String,
    form_version: u32,
    workflow: String,
    workflow_version: u32,
    title: Words,
    subject: Uuid,
    author: Uuid,
    team: Option<Uuid>,
    state: String,
    /// What the state means: `draft`, `waiting`, `approved`, `refused`, `closed`.
    kind: &'static str,
    revision: u64,
    awaits: Option<Awaits>,
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    late_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
}

impl InstanceRow {
    pub(super) fn new(module: &str, i: &Instance) -> Self {
        Self {
            id: i.id,
            reference: i.reference.clone(),
            module: module.to_owned(),
            form: i.form.clone(),
            form_version: i.form_version,
            workflow: i.workflow.clone(),
            workflow_version: i.workflow_version,
            title: (&i.title).into(),
            subject: i.subject,
            author: i.author,
            team: i.team,
            state: i.state.clone(),
            kind: kind_word(i.kind),
            revision: i.revision,
            awaits: i.awaits.clone(),
            due_at: i.due_at,
            late_at: i.late_at,
            submitted_at: i.submitted_at,
            created_at: i.created_at,
            updated_at: i.updated_at,
            closed_at: i.closed_at,
        }
    }
}

/// An instance with its answers.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct InstanceAnswer {
    #[serde(flatten)]
    row: InstanceRow,
    /// The answers.
    #[schema(value_type = Object)]
    values: Map<String, Json>,
    /// What the caller may do now; missing in the answer to a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<&'static str>>,
}

impl InstanceAnswer {
    pub(super) fn new(module: &str, instance: &Instance, values: Values) -> Self {
        let values = values.into_iter().collect();
        Self { row: InstanceRow::new(module, instance), values, actions: None }
    }

    pub(super) fn with_actions(mut self, verbs: &[Verb]) -> Self {
        self.actions = Some(verbs.iter().map(|verb| verb.as_str()).collect());
        self
    }
}

/// A line of an instance's history.
#[derive(Serialize, ToSchema)]
pub(super) struct LineAnswer {
    id: Uuid,
    /// The instance's revision after it.
    revision: u64,
    /// What was done: a verb, or `overdue`.
    verb: String,
    from: Option<String>,
    to: String,
    /// Who did it; null for the system.
    by: Option<Uuid>,
    on_behalf_of: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    comment: Option<String>,
}

impl From<Line> for LineAnswer {
    fn from(line: Line) -> Self {
        let Line { id, seq, verb, from, to, by, on_behalf_of, at, comment, .. } = line;
        Self { id, revision: seq, verb, from, to, by, on_behalf_of, at, comment }
    }
}

/// What awaits the caller's decision.
#[derive(Serialize, ToSchema)]
pub(super) struct InboxAnswer {
    /// The instances, the most pressing first.
    pub(super) items: Vec<InstanceRow>,
    /// What to send as `cursor` for those after them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
    /// How many await the caller in the modules that answer.
    pub(super) total: u64,
    /// How many of them are late.
    pub(super) late: u64,
    /// Modules that do not answer now; theirs are missing above.
    pub(super) away: Vec<String>,
}
