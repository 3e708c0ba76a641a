//! Changing and throwing away one's own draft.

use super::{Answers, Done};
use crate::events::{self, Speaker};
use crate::forms::{Act, Forms};
use crate::model::{self, Change, Instance};
use crate::roles::Right;
use crate::rows;
use db::Batch;
use forms_model::define::StateKind;
use forms_model::values::evaluate;
use kernel::{Error, Result, Uuid};

impl Forms {
    /// A draft of the caller's own.
    async fn own_draft(&self, act: &Act, id: Uuid, revision: Option<u64>) -> Result<Instance> {
        let instance = self.seen(&act.principal, id).await?;
        let permit = self.permit(&act.principal, Right::Create)?;
        if instance.author != permit.principal.id {
            return Err(Error::forbidden().because("only its author changes a draft"));
        }
        self.check_revision(&instance, revision).await?;
        if instance.kind != StateKind::Draft {
            return Err(Error::refused(
                "not_a_draft",
                "Cette demande est déjà envoyée\u{a0}: ses réponses ne changent plus.",
                "This request has been sent: its answers do not change any more.",
            ));
        }
        Ok(instance)
    }

    /// Keeps the answers of a draft, correct or not.
    pub(super) async fn save(
        &self,
        act: &Act,
        id: Uuid,
        answers: &Answers,
        revision: Option<u64>,
    ) -> Result<(Batch, Done)> {
        let before = self.own_draft(act, id, revision).await?;
        let pinned = self.pinned(&before.pin()).await?;
        let form = pinned.form()?;
        let old_values = self.answers(id).await?;
        let given = answers.over(&old_values);
        let facts = self.facts(form, before.subject, &given, act.now).await;
        let values = evaluate(&pinned.definition, form, &given, &facts).values;
        let mut after = before.clone();
        after.title = model::title(form, &values);
        after.team = act.team_of(after.subject);
        after.updated_at = act.now;
        after.revision += 1;
        let change =
            Change { before: Some(before), after, old_values, values: Some(values.clone()), line: None };
        let mut batch = Batch::new(act.now, act.cause.clone());
        self.add(&mut batch, act.principal.id.to_string(), &pinned, &change)?;
        Ok((batch, Done { instance: change.after, values }))
    }

    /// Throws away a draft that nobody else has ever seen.
    pub(super) async fn delete(&self, act: &Act, id: Uuid, revision: Option<u64>) -> Result<(Batch, Done)> {
        let instance = self.own_draft(act, id, revision).await?;
        if instance.submitted_at.is_some() {
            return Err(Error::refused(
                "was_submitted",
                "Cette demande a déjà été envoyée une fois\u{a0}: elle reste dans l’historique.",
                "This request was sent once: it stays in the history.",
            ));
        }
        let (values, lines) = (self.answers(id).await?, self.history(id).await?);
        let pinned = self.pinned(&instance.pin()).await?;
        let mut batch = Batch::new(act.now, act.cause.clone());
        rows::erase(&self.sql, &mut batch, &instance, &values, &lines);
        let speaker = Speaker {
            module: &self.definition.module.code,
            definition: &self.definition,
            form: pinned.form()?,
            values: &values,
            level: 0,
            by: act.principal.id.to_string(),
            at: act.now,
        };
        batch.event(events::of_deletion(&speaker, &instance));
        Ok((batch, Done { instance, values }))
    }
}
