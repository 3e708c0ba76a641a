//! `form.workflow.{submit,approve,refuse,comment,close,reopen}`, version 1: the envelope of every form's workflow.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// The beginning of the type of every event of this family.
pub const FAMILY: &str = "form.workflow.";

/// What every event of the family says. `module`, `formType` and `state` are codes; `state` is the state *after* the
/// event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowEvent {
    /// `form.workflow.approve`.
    pub event: String,
    /// The version of this contract.
    pub version: u32,
    /// The module's code.
    pub module: String,
    /// The form's instance.
    pub instance_id: String,
    /// The form's code.
    pub form_type: String,
    /// The state that the instance is in now.
    pub state: String,
    /// Who acted.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// More, as far as the writer knows it.
    #[serde(default)]
    pub payload: Payload,
}

/// What the envelope carries beside; a writer that knows less leaves it out.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Payload {
    /// The state before the event; missing when the instance begins here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The instance's number for people: `HS-2026-0412`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// One line that says what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Json>,
    /// The same line in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_en: Option<Json>,
    /// Whose request it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who wrote it; they do not decide on it either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The subject's team when it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// When a decision is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Who may decide next; missing when nobody has to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaits>,
    /// Who may decide as well, since it is late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<Awaits>,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<Json>,
    /// The instance's revision after the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The answers, when the event changed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Map<String, Json>>,
    /// Numbers that KPIs add up: whole, in the unit that the KPI declares.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub measures: Map<String, Json>,
}

/// Who may decide next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Awaits {
    /// The role.
    pub role: String,
    /// How far the role reaches here: `team` (those who manage the subject's team) or `all`.
    pub scope: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the first source document, as it stands.
    const SEED: &str = r#"{"event": "form.workflow.approve", "version": 1, "module": "heures", "instanceId": "uuid",
        "formType": "HEURE_SUP", "state": "en_attente_rh", "by": "user123", "at": "2025-10-28T10:22:33Z",
        "payload": { "comment": "OK" } }"#;

    #[test]
    fn the_seeds_example_is_read_as_it_stands() {
        let event: WorkflowEvent = serde_json::from_str(SEED).unwrap();
        assert_eq!((event.module.as_str(), event.state.as_str()), ("heures", "en_attente_rh"));
        assert_eq!(event.payload.comment, Some("OK".into()));
        assert_eq!(serde_json::to_value(&event).unwrap()["at"], "2025-10-28T10:22:33Z");
    }
}
