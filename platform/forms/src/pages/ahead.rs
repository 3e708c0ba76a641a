//! What will happen to a request if everybody agrees: the declared workflow, walked ahead by the same decisions that
//! will be taken.

use super::shown::Decider;
use crate::forms::{Act, Forms};
use crate::model;
use crate::roles;
use crate::versions::Pinned;
use forms_model::define::{Scope, StateKind, Verb};
use forms_model::values::{Facts, Values};
use forms_model::workflow::{ActorFacts, Command, Held, InstanceFacts, Moment, decide};
use kernel::{Lang, Uuid};
use web::ui::{self, Step, StepState, format, say};

/// Steps shown, at most.
const MOST: usize = 8;

/// A state to come.
pub(super) struct Coming {
    /// How people read it.
    label: String,
    kind: StateKind,
    /// Who decides there.
    pub(super) who: Option<Decider>,
    /// Working days that it may last.
    days: Option<u32>,
}

/// Who asks, about what, from where.
pub(super) struct Walk<'a> {
    pub(super) forms: &'a Forms,
    pub(super) act: &'a Act,
    pub(super) pinned: &'a Pinned,
    pub(super) subject: Uuid,
    pub(super) values: &'a Values,
    pub(super) facts: &'a Facts,
    pub(super) lang: Lang,
}

impl Walk<'_> {
    /// The states after one, each reached by the step that its deciders would take.
    pub(super) fn from(&self, state: &str) -> Vec<Coming> {
        let mut coming = Vec::new();
        let mut here = state.to_owned();
        while coming.len() < MOST {
            let Some(next) = self.next(&here).filter(|next| *next != here) else { break };
            let Some(found) = self.coming(&next) else { break };
            let goes_on = found.kind == StateKind::Waiting;
            coming.push(found);
            here = next;
            if !goes_on {
                break;
            }
        }
        coming
    }

    /// The state that the next agreeing step leads to: the same decision, by somebody who holds every role.
    fn next(&self, state: &str) -> Option<String> {
        let (form, workflow) = (self.pinned.form().ok()?, self.pinned.workflow().ok()?);
        let draft = workflow.state(state)?.kind == StateKind::Draft;
        let (verb, person) = if draft { (Verb::Submit, self.subject) } else { (Verb::Approve, Uuid::nil()) };
        let all = roles::reaches(&self.pinned.definition).into_keys();
        let holds = all.map(|role| Held { role, scope: Scope::All, on_behalf_of: None }).collect();
        let (author, subject) = (self.subject, self.subject);
        let instance = InstanceFacts { state: state.to_owned(), author, subject, due_at: None };
        let (actor, command) = (ActorFacts { person, holds }, Command { verb, comment: Some("–") });
        let moment = Moment { now: self.act.now, facts: self.facts };
        match decide(&self.pinned.definition, form, &instance, &actor, command, self.values, moment) {
            Ok(change) => Some(change.to),
            // Answers to correct, or a number that is not known yet: the first way that is declared.
            Err(_) => {
                let mut ways = workflow.transitions.iter();
                ways.find(|t| t.verb == verb && t.from.iter().any(|from| from == state))?.to.clone()
            }
        }
    }

    fn coming(&self, state: &str) -> Option<Coming> {
        let workflow = self.pinned.workflow().ok()?;
        let found = workflow.state(state)?;
        let awaits = model::awaits(&self.pinned.definition, workflow, state);
        let who = awaits.map(|who| Decider::find(self.forms, self.act, &who, self.subject, self.lang));
        Some(Coming {
            label: found.label.get(self.lang).to_owned(),
            kind: found.kind,
            who,
            days: found.due.map(|due| due.working_days),
        })
    }

    /// The steps of «What happens next», beginning with the reader's own.
    pub(super) fn steps(&self, state: &str) -> Vec<Step> {
        let lang = self.lang;
        let first = Step::new(StepState::Now, say(lang, "Vous remplissez", "You fill it in"))
            .icon(ui::Icon::Pencil)
            .text(say(lang, "Modifiable jusqu’à l’envoi", "Can change until it is sent"));
        let coming = self.from(state);
        let others = coming.iter().enumerate().map(|(nth, coming)| self.step(nth == 0, coming));
        [first].into_iter().chain(others).collect()
    }

    /// One step to come; of the first the date is known, because its delay begins when the request is sent.
    pub(super) fn step(&self, is_first: bool, coming: &Coming) -> Step {
        let lang = self.lang;
        let Some(who) = &coming.who else { return Step::new(StepState::ToCome, &coming.label) };
        let verb = if is_first { say(lang, "décide", "decides") } else { say(lang, "contrôle", "checks") };
        let step = Step::new(StepState::ToCome, format!("{} {verb}", who.name));
        let Some(days) = coming.days else { return step };
        let (fr, en) = (["jour ouvré", "jours ouvrés"], ["working day", "working days"]);
        let within = format!("{} {}", say(lang, "Sous", "Within"), ui::counted(lang, days.into(), fr, en));
        if !is_first {
            return step.text(within);
        }
        let info = &self.pinned.definition.module;
        let zone = info.time_zone();
        let end = info.calendar.deadline(self.act.now, days, &zone);
        let date = format::weekday_day(lang, format::local(end, &zone).date());
        step.text(match lang {
            Lang::Fr => format!("{within}, avant le {date}"),
            Lang::En => format!("{within}, before {date}"),
        })
    }
}
