//! Taking a step of the workflow: submit, approve, refuse, comment, close, reopen.

use super::{Answers, Done};
use crate::forms::{Act, Forms};
use crate::model::{self, Change, Instance, Line};
use crate::roles::{self, Right};
use crate::versions::{Pin, Pinned};
use db::Batch;
use forms_model::define::{StateKind, Verb};
use forms_model::values::Values;
use forms_model::workflow::{self, ActorFacts, Command, Moment, decide};
use kernel::{Error, Result, Uuid};
use web::{Permit, Principal};

impl Instance {
    /// The versions that it lives under.
    pub(crate) fn pin(&self) -> Pin {
        (self.form.clone(), self.form_version, self.workflow_version)
    }
}

impl Forms {
    /// The permission that a step needs, over this instance.
    fn permit_for(&self, principal: &Principal, verb: Verb, instance: &Instance) -> Result<Permit> {
        let reach = |right| {
            let permit = self.permit(principal, right)?;
            let reaches = permit.access.reaches(instance.subject, instance.team);
            if reaches { Ok(permit) } else { Err(Error::forbidden()) }
        };
        match verb {
            Verb::Submit => reach(Right::Create),
            Verb::Approve | Verb::Refuse => reach(Right::Decide),
            Verb::Comment => reach(Right::Read),
            Verb::Close | Verb::Reopen => reach(Right::Decide).or_else(|_| reach(Right::Create)),
        }
    }

    /// What somebody could do with an instance now.
    pub(crate) async fn available(
        &self,
        act: &Act,
        pinned: &Pinned,
        instance: &Instance,
        values: &Values,
    ) -> Result<Vec<Verb>> {
        let form = pinned.form()?;
        let facts = self.facts(form, instance.subject, values, act.now).await;
        let actor = roles::actor(&pinned.definition, &act.principal, instance);
        let moment = Moment { now: act.now, facts: &facts };
        let mut verbs =
            workflow::available(&pinned.definition, form, &instance.facts(), &actor, values, moment);
        verbs.retain(|verb| self.permit_for(&act.principal, *verb, instance).is_ok());
        Ok(verbs)
    }

    /// A step on an instance that the caller sees.
    pub(super) async fn act(
        &self,
        act: &Act,
        (id, verb): (Uuid, Verb),
        comment: Option<&str>,
        answers: Option<&Answers>,
        revision: Option<u64>,
    ) -> Result<(Batch, Done)> {
        let before = self.seen(&act.principal, id).await?;
        let permit = self.permit_for(&act.principal, verb, &before)?;
        self.check_revision(&before, revision).await?;
        let pinned = self.pinned(&before.pin()).await?;
        let old_values = self.answers(id).await?;
        let answers = answers.filter(|_| verb == Verb::Submit);
        let change = self.step(act, &pinned, (&before, &old_values), (verb, comment), answers).await?;
        let mut batch = Batch::new(act.now, act.cause.clone());
        self.add(&mut batch, permit.principal.id.to_string(), &pinned, &change)?;
        self.set_timer(act, &mut batch, &change);
        let values = change.values.unwrap_or(change.old_values);
        Ok((batch, Done { instance: change.after, values }))
    }

    /// Decides a step and says what it changes.
    pub(super) async fn step(
        &self,
        act: &Act,
        pinned: &Pinned,
        (before, old_values): (&Instance, &Values),
        (verb, comment): (Verb, Option<&str>),
        answers: Option<&Answers>,
    ) -> Result<Change> {
        let (form, workflow) = (pinned.form()?, pinned.workflow()?);
        let values = answers.map_or_else(|| old_values.clone(), |answers| answers.over(old_values));
        let facts = self.facts(form, before.subject, &values, act.now).await;
        let actor: ActorFacts = roles::actor(&pinned.definition, &act.principal, before);
        let moment = Moment { now: act.now, facts: &facts };
        let command = Command { verb, comment };
        let decided = decide(&pinned.definition, form, &before.facts(), &actor, command, &values, moment)?;
        let mut after = before.clone();
        after.revision += 1;
        after.updated_at = act.now;
        if decided.to != before.state || verb == Verb::Submit {
            after.state = decided.to.clone();
            after.kind = decided.kind;
            after.awaits = model::awaits(&pinned.definition, workflow, &decided.to);
            (after.also, after.late_at) = (None, None);
            let over = decided.is_final || decided.kind == StateKind::Closed;
            after.closed_at = over.then_some(act.now);
        }
        after.due_at = decided.due_at;
        if verb == Verb::Submit {
            after.submitted_at = Some(act.now);
            after.team = act.team_of(after.subject);
            after.title = model::title(form, decided.values.as_ref().unwrap_or(&values));
        }
        let line = Line {
            id: act.clock.new_id(),
            instance: before.id,
            seq: after.revision,
            verb: verb.as_str().to_owned(),
            from: Some(before.state.clone()),
            to: after.state.clone(),
            by: Some(act.principal.id),
            on_behalf_of: decided.on_behalf_of,
            at: act.now,
            comment: decided.comment,
        };
        Ok(Change {
            before: Some(before.clone()),
            after,
            old_values: old_values.clone(),
            values: decided.values,
            line: Some(line),
        })
    }
}
