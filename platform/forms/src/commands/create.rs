//! Beginning an instance: a draft, or sent at once.

use super::{Answers, Done};
use crate::forms::{Act, Forms};
use crate::model::{self, Change, Instance};
use crate::roles::Right;
use crate::versions::Pinned;
use db::Batch;
use forms_model::define::{StateKind, Verb};
use forms_model::values::{Values, evaluate};
use kernel::{Error, Result, Uuid};

impl Forms {
    /// A new instance of a form, in its author's name.
    pub(super) async fn create(
        &self,
        act: &Act,
        id: Uuid,
        code: &str,
        values: &Values,
        submit: bool,
    ) -> Result<(Batch, Done)> {
        let permit = self.permit(&act.principal, Right::Create)?;
        let form = self.form(code)?;
        let me = permit.principal.id;
        let facts = self.facts(form, me, values, act.now).await;
        let values = evaluate(&self.definition, form, values, &facts).values;
        let pinned = self.pinned(&(code.to_owned(), form.version, form.workflow_version)).await?;
        if self.instance(id).await?.is_some() {
            return Err(Error::conflict(format!("{id} is there already")));
        }
        let draft = blank(act, id, &pinned, &values)?;
        let mut batch = Batch::new(act.now, act.cause.clone());
        let change = if submit {
            let step = (Verb::Submit, None);
            let answers = Answers::All(values);
            self.step(act, &pinned, (&draft, &Values::new()), step, Some(&answers)).await?.begun()
        } else {
            let after = Instance { revision: 1, ..draft.clone() };
            Change { before: None, after, old_values: Values::new(), values: Some(values), line: None }
        };
        let reference = self.next_reference(act.now).await?;
        let change = change.numbered(&reference.text);
        self.add(&mut batch, me.to_string(), &pinned, &change)?;
        self.set_timer(act, &mut batch, &change);
        self.count(&mut batch, &reference);
        Ok((batch, Done { instance: change.after, values: change.values.unwrap_or_default() }))
    }
}

/// The instance before anything happened to it: revision 0, in the workflow's first state.
fn blank(act: &Act, id: Uuid, pinned: &Pinned, values: &Values) -> Result<Instance> {
    let (form, workflow) = (pinned.form()?, pinned.workflow()?);
    let me = act.principal.id;
    let kind = workflow.state(&workflow.initial).map_or(StateKind::Draft, |state| state.kind);
    if kind != StateKind::Draft {
        return Err(Error::internal(format!("`{}` does not begin with a draft", workflow.name)));
    }
    Ok(Instance {
        id,
        reference: String::new(),
        form: form.code.clone(),
        form_version: form.version,
        workflow: workflow.name.clone(),
        workflow_version: workflow.version,
        title: model::title(form, values),
        subject: me,
        author: me,
        team: act.team_of(me),
        state: workflow.initial.clone(),
        kind,
        revision: 0,
        awaits: None,
        also: None,
        due_at: None,
        late_at: None,
        submitted_at: None,
        created_at: act.now,
        updated_at: act.now,
        closed_at: None,
    })
}

impl Change {
    /// The same change, of an instance that begins with it.
    fn begun(mut self) -> Self {
        self.before = None;
        if let Some(line) = &mut self.line {
            line.from = None;
        }
        self
    }

    fn numbered(mut self, reference: &str) -> Self {
        self.after.reference = reference.to_owned();
        self
    }
}
