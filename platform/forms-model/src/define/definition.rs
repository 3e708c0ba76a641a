//! A whole module of forms.

use super::{Backlog, Field, FieldType, Form, Kpi, ModuleInfo, Workflow};
use crate::expr::{Type, TypeScope};
use crate::time::TimeRules;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that the files of one module declare.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// `module.toml` without its dashboards.
    pub module: ModuleInfo,
    /// `forms/*.toml`, by code.
    pub forms: Vec<Form>,
    /// `workflows/*.toml`, by name.
    pub workflows: Vec<Workflow>,
    /// The figures that the module feeds to the dashboard.
    pub kpis: Vec<Kpi>,
    /// Who waits for what.
    pub backlog: Vec<Backlog>,
    /// `rules/*.toml`: rules of working time, oldest first.
    pub rules: Vec<TimeRules>,
}

impl Definition {
    /// The form with that code.
    #[must_use]
    pub fn form(&self, code: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.code == code)
    }

    /// The workflow with that name.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|workflow| workflow.name == name)
    }

    /// The workflow that a form's instances follow.
    #[must_use]
    pub fn workflow_of(&self, form: &Form) -> Option<&Workflow> {
        self.workflow(&form.workflow)
    }

    /// The rules of working time in force on a date: the latest that began by then.
    #[must_use]
    pub fn rules_on(&self, date: jiff::civil::Date) -> Option<&TimeRules> {
        crate::time::rules_on(&self.rules, date)
    }

    /// The names that expressions on this form may read, with their types.
    #[must_use]
    pub fn type_scope(&self, form: &Form) -> TypeScope {
        let fields =
            form.fields.iter().filter_map(|field| Some((field.key.clone(), field.kind.expression_type()?)));
        let facts = self.module.facts.iter().map(|fact| (fact.key.clone(), Type::Int));
        facts.chain(fields).collect()
    }

    /// The text whose SHA-256 identifies the definition: JSON with sorted keys and no spaces.
    #[must_use]
    pub fn canonical(&self) -> String {
        // Plain data with text keys: serialising it cannot fail.
        canonical_json(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads a stored definition back.
    ///
    /// # Errors
    /// What is not as [`Definition::canonical`] writes it, for the operator.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// JSON with sorted keys and no spaces: equal values give equal texts.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let parts: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical_json(value)))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical_json).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

impl Field {
    /// Whether people see the field but never fill it in.
    #[must_use]
    pub fn is_note(&self) -> bool {
        self.kind == FieldType::Note
    }
}
