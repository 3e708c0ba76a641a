//! A request as one reader sees it now: everything that its pages are made from.

use crate::forms::{Act, Forms};
use crate::model::{Awaits, Instance, Line};
use crate::versions::Pinned;
use forms_model::define::{Field, StateKind, Verb};
use forms_model::values::{Evaluation, Facts, Values, evaluate};
use jiff::tz::TimeZone;
use kernel::{Lang, Result, Timestamp, Uuid};
use std::sync::Arc;
use web::Ctx;
use web::ui::say;

/// A request, its history, and what its reader may do.
pub(super) struct Shown {
    pub(super) forms: Arc<Forms>,
    pub(super) act: Act,
    pub(super) lang: Lang,
    pub(super) zone: TimeZone,
    pub(super) instance: Instance,
    pub(super) values: Values,
    pub(super) lines: Vec<Line>,
    pub(super) pinned: Arc<Pinned>,
    pub(super) verbs: Vec<Verb>,
    pub(super) facts: Facts,
    pub(super) evaluation: Evaluation,
}

impl Shown {
    /// Reads a request that the caller sees.
    pub(super) async fn read(forms: &Arc<Forms>, ctx: &Ctx, id: Uuid) -> Result<Self> {
        let act = Act::of(ctx).await?;
        let instance = forms.seen(&act.principal, id).await?;
        let values = forms.answers(id).await?;
        let lines = forms.history(id).await?;
        let pinned = forms.pinned(&instance.pin()).await?;
        let verbs = forms.available(&act, &pinned, &instance, &values).await?;
        let form = pinned.form()?;
        let facts = forms.facts(form, instance.subject, &values, act.now).await;
        let evaluation = evaluate(&pinned.definition, form, &values, &facts);
        let (lang, zone) = (ctx.lang, forms.definition().module.time_zone());
        let forms = forms.clone();
        Ok(Self { forms, act, lang, zone, instance, values, lines, pinned, verbs, facts, evaluation })
    }

    pub(super) fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.act.now
    }

    pub(super) fn may(&self, verb: Verb) -> bool {
        self.verbs.contains(&verb)
    }

    pub(super) fn name(&self, person: Uuid) -> &str {
        self.act.people.name(person)
    }

    /// Whether the reader is the one whose decision it awaits.
    pub(super) fn awaits_reader(&self) -> bool {
        self.instance.kind == StateKind::Waiting
            && self.forms.awaits(&self.act.principal, &self.instance)
            && (self.may(Verb::Approve) || self.may(Verb::Refuse))
    }

    /// Whether the reader may still change its answers.
    pub(super) fn is_own_draft(&self) -> bool {
        self.instance.kind == StateKind::Draft && self.instance.author == self.act.principal.id
    }

    /// Who decides for a role over this request.
    pub(super) fn decider(&self, who: &Awaits) -> Decider {
        Decider::find(&self.forms, &self.act, who, self.instance.subject, self.lang)
    }

    /// How people read a state.
    pub(super) fn state_label(&self, state: &str) -> String {
        let workflow = self.pinned.workflow().ok();
        let found = workflow.and_then(|w| w.state(state));
        found.map_or_else(|| state.to_owned(), |s| s.label.get(self.lang).to_owned())
    }

    /// The fields with an answer that is shown, in the order of the form.
    pub(super) fn answered(&self) -> Vec<(&Field, &serde_json::Value)> {
        let Ok(form) = self.pinned.form() else { return Vec::new() };
        let shown = |field: &&Field| {
            self.evaluation.fields.get(&field.key).is_none_or(|state| state.visible) && !field.is_note()
        };
        let fields = form.fields.iter().filter(shown);
        fields.filter_map(|field| Some((field, self.values.get(&field.key)?))).collect()
    }
}

/// Whoever decides: one person by name, or a role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Decider {
    /// The person's name, or the role's.
    pub(super) name: String,
    /// It is one person.
    pub(super) is_person: bool,
}

impl Decider {
    /// Who decides on a subject's requests for a role: their manager, the only holder, or the role itself.
    pub(super) fn find(forms: &Forms, act: &Act, who: &Awaits, subject: Uuid, lang: Lang) -> Self {
        let person = if who.scope == "team" {
            act.people.manager_of(subject).filter(|person| person.roles.contains(&who.role))
        } else {
            match act.people.with_role(&who.role).as_slice() {
                [only] => Some(*only),
                _ => None,
            }
        };
        match person.filter(|person| person.id != subject) {
            Some(person) => Self { name: person.name.clone(), is_person: true },
            None => Self { name: role_name(forms, &who.role, lang), is_person: false },
        }
    }
}

/// How people call a role.
pub(super) fn role_name(forms: &Forms, role: &str, lang: Lang) -> String {
    let declared = forms.definition().module.roles.iter().find(|known| known.key == role);
    declared.map_or_else(|| role.to_owned(), |known| known.name.get(lang).to_owned())
}
