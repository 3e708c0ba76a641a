//! Forms and workflows by version: published once, never changed. An instance keeps those that it began with, whatever
//! is in force by then.

use crate::events::DEFINITION_PUBLISHED;
use crate::forms::Forms;
use crate::model::Instance;
use aws_lc_rs::digest;
use db::{Batch, NewEvent};
use forms_model::Definition;
use forms_model::define::{Form, Workflow, canonical_json};
use forms_model::diff::{Class, diff};
use kernel::{Actor, Cause, Error, Result, Text, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::sync::{Arc, PoisonError};

/// A form and a workflow in the versions of an instance.
pub(crate) type Pin = (String, u32, u32);

/// The declarations that an instance lives under.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    pub(crate) definition: Arc<Definition>,
    code: String,
}

impl Pinned {
    /// The form.
    pub(crate) fn form(&self) -> Result<&Form> {
        let lost = || Error::internal(format!("the form `{}` is gone from its own version", self.code));
        self.definition.form(&self.code).ok_or_else(lost)
    }

    /// The workflow.
    pub(crate) fn workflow(&self) -> Result<&Workflow> {
        let form = self.form()?;
        let lost = || Error::internal(format!("the workflow `{}` is gone", form.workflow));
        self.definition.workflow_of(form).ok_or_else(lost)
    }
}

/// One thing to publish.
struct Publication<'a> {
    kind: &'static str,
    name: &'a str,
    version: u32,
    body: Json,
    hash: String,
}

fn hash(body: &Json) -> String {
    let hash = digest::digest(&digest::SHA256, canonical_json(body).as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn publications(definition: &Definition) -> Vec<Publication<'_>> {
    let one = |kind, name, version, body: Json| Publication { kind, name, version, hash: hash(&body), body };
    // Plain data with text keys: serialising it cannot fail.
    let forms = definition
        .forms
        .iter()
        .map(|f| one("form", f.code.as_str(), f.version, serde_json::to_value(f).unwrap_or_default()));
    let workflows = definition
        .workflows
        .iter()
        .map(|w| one("workflow", w.name.as_str(), w.version, serde_json::to_value(w).unwrap_or_default()));
    forms.chain(workflows).collect()
}

impl Forms {
    /// Publishes what the definition brings and the database does not know yet. Cheap when it was done.
    ///
    /// # Errors
    /// Refused when a released version was changed by more than its words.
    pub async fn publish(&self, now: Timestamp) -> Result<()> {
        self.published.get_or_try_init(|| self.publish_new(now)).await.copied()
    }

    async fn publish_new(&self, now: Timestamp) -> Result<()> {
        let cause = Cause::new(&Actor::system("forms"), now.new_id());
        for p in publications(&self.definition) {
            let params = db::params![p.kind, p.name, p.version];
            if let Some(row) = self.db.query_one(&self.sql.kept.definition, params).await? {
                if row.text(0)? != p.hash {
                    self.accept_words(&p, &row.text(1)?)?;
                }
                continue;
            }
            let mut batch = Batch::new(now, cause.clone());
            batch.expect_one(
                &self.sql.kept.insert_definition,
                db::params![p.kind, p.name, p.version, &p.hash, canonical_json(&p.body), now],
            );
            batch.event(NewEvent::new(
                now.new_id(),
                DEFINITION_PUBLISHED,
                format!("definition/{}/{}", p.kind, p.name),
                json!({ "module": self.code(), "kind": p.kind, "name": p.name, "version": p.version,
                    "hash": p.hash, "body": p.body }),
            ));
            match self.db.write(batch).await {
                // Another process published it in between; the next look compares.
                Err(db::DbError::Constraint(_)) => {}
                other => drop(other?),
            }
        }
        Ok(())
    }

    /// Accepts other words under the same version, and nothing else.
    fn accept_words(&self, new: &Publication<'_>, stored: &str) -> Result<()> {
        let mut old = (*self.definition).clone();
        let replaced = match new.kind {
            "form" => read(stored).map(|form: Form| {
                old.forms.iter_mut().filter(|f| f.code == form.code).for_each(|f| *f = form.clone())
            }),
            _ => read(stored).map(|flow: Workflow| {
                old.workflows.iter_mut().filter(|w| w.name == flow.name).for_each(|w| *w = flow.clone());
            }),
        };
        replaced?;
        if diff(&old, &self.definition).class <= Class::Cosmetic {
            return Ok(());
        }
        let name = format!("{}@{}", new.name, new.version);
        Err(Error::refused(
            "definition_changed",
            format!(
                "«\u{a0}{name}\u{a0}» est déjà en service sous une autre forme. Augmentez son numéro de version."
            ),
            format!("“{name}” is in force in another form already. Raise its version number."),
        ))
    }

    /// The declarations of an instance's versions.
    pub(crate) async fn pinned(&self, pin: &Pin) -> Result<Arc<Pinned>> {
        let (code, form_version, workflow_version) = pin;
        let now = self.definition.form(code).filter(|f| {
            let flow = self.definition.workflow_of(f);
            f.version == *form_version && flow.is_some_and(|w| w.version == *workflow_version)
        });
        if now.is_some() {
            return Ok(Arc::new(Pinned { definition: self.definition.clone(), code: code.clone() }));
        }
        if let Some(known) = self.pins.lock().unwrap_or_else(PoisonError::into_inner).get(pin) {
            return Ok(known.clone());
        }
        let form: Form = self.stored("form", code, *form_version).await?;
        let workflow: Workflow = self.stored("workflow", &form.workflow, *workflow_version).await?;
        let mut definition = (*self.definition).clone();
        definition.forms = vec![form];
        definition.workflows = vec![workflow];
        let pinned = Arc::new(Pinned { definition: Arc::new(definition), code: code.clone() });
        self.pins.lock().unwrap_or_else(PoisonError::into_inner).insert(pin.clone(), pinned.clone());
        Ok(pinned)
    }

    /// How people read the state of an instance.
    pub(crate) async fn state_label(&self, instance: &Instance) -> Result<Text> {
        let pinned = self.pinned(&instance.pin()).await?;
        let label = pinned.workflow()?.state(&instance.state).map(|state| state.label.clone());
        Ok(label.unwrap_or_else(|| Text::new(&*instance.state, &*instance.state)))
    }

    async fn stored<T: DeserializeOwned>(&self, kind: &str, name: &str, version: u32) -> Result<T> {
        let row = self.db.query_one(&self.sql.kept.definition, db::params![kind, name, version]).await?;
        let row =
            row.ok_or_else(|| Error::internal(format!("{kind} {name}@{version} was never published")))?;
        read(&row.text(1)?)
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|e| Error::internal(format!("a published definition: {e}")))
}
