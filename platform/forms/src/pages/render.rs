//! A request as it is shown: its head, facts, answers, history, and why it is the reader's.

use super::ahead::Walk;
use super::shown::{Shown, role_name};
use crate::model::{Instance, Line, OVERDUE};
use forms_model::define::{Field, FieldType, StateKind, Verb};
use forms_model::values::display;
use kernel::{Timestamp, Uuid};
use maud::{Markup, html};
use serde_json::Value as Json;
use web::ui::{self, Fact, Icon, State, Step, StepState, Tone, format};

/// Figures in the strip, at most.
const STRIP: usize = 4;

impl Shown {
    /// The chip of the state.
    pub(super) fn chip(&self) -> Markup {
        let label = self.state_label(&self.instance.state);
        let state = match self.instance.kind {
            StateKind::Draft => State::Draft,
            StateKind::Waiting if self.awaits_reader() => State::AwaitsYou,
            StateKind::Waiting => match &self.instance.awaits {
                Some(who) => State::With(self.decider(who).name),
                None => return ui::chip(Tone::Info, Icon::Hourglass, &label),
            },
            StateKind::Approved => State::Done(label),
            StateKind::Refused => State::Refused(label),
            StateKind::Closed => return ui::chip(Tone::Neutral, Icon::Archive, &label),
        };
        ui::state_chip(self.lang, &state)
    }

    /// State, number, subject, who asks and since when.
    pub(super) fn head(&self) -> Markup {
        let subject = self.instance.subject;
        let name = self.name(subject);
        let team = self.instance.team.and_then(|team| self.act.people.teams.get(&team));
        let since = |words: &str, at: Timestamp| {
            let local = format::local(at, &self.zone);
            let (day, time) =
                (format::day_month(self.lang, local.date()), format::time(self.lang, local.time()));
            format!("{words} {day} {} {time}", self.say("à", "at"))
        };
        let when = match self.instance.submitted_at {
            Some(at) => since(self.say("envoyée le", "sent on"), at),
            None => since(self.say("commencée le", "begun on"), self.instance.created_at),
        };
        let parts = [Some(name.to_owned()), team.map(|team| team.name.clone()), Some(when)];
        let sentence = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let title = self.instance.title.get(self.lang);
        let who = (subject.to_string(), name);
        ui::request_head(&self.chip(), &self.instance.reference, title, (&who.0, who.1), &sentence)
    }

    /// The figures, then the other answers.
    pub(super) fn facts(&self) -> Markup {
        let is_figure = |field: &Field| field.kind.is_summable();
        let answered = self.answered();
        let figures: Vec<_> = answered.iter().filter(|(field, _)| is_figure(field)).take(STRIP).collect();
        let strip: Vec<Fact> = figures
            .iter()
            .map(|(field, value)| {
                Fact::new(field.label.get(self.lang), display(field, Some(value), self.lang))
            })
            .collect();
        let in_strip = |key: &str| strip.len() > 1 && figures.iter().any(|(field, _)| field.key == key);
        let others = answered.iter().filter(|(field, _)| !in_strip(&field.key));
        let pairs: Vec<(String, Markup)> = others
            .map(|(field, value)| (field.label.get(self.lang).to_owned(), self.answer(field, value)))
            .collect();
        html! { @if strip.len() > 1 { (ui::fact_strip(&strip)) } (ui::definitions(&pairs)) }
    }

    fn answer(&self, field: &Field, value: &Json) -> Markup {
        match &field.kind {
            FieldType::LongText { .. } => {
                let text = value.as_str().unwrap_or_default();
                html! { @for (nth, line) in text.lines().enumerate() { @if nth > 0 { br; } (line) } }
            }
            FieldType::Person => {
                let id: Option<Uuid> = value.as_str().and_then(|text| text.parse().ok());
                html! { @match id { Some(id) => (ui::person(&id.to_string(), self.name(id))), None => (ui::table::missing()) } }
            }
            FieldType::DateTime => {
                let at = value.as_str().and_then(Timestamp::parse);
                html! { (at.map(|at| format::datetime_long(self.lang, at, &self.zone)).unwrap_or_default()) }
            }
            FieldType::Date => html! { (ui::capital(&display(field, Some(value), self.lang))) },
            _ => html! { (display(field, Some(value), self.lang)) },
        }
    }

    /// What was done, where it stands, and what comes after.
    pub(super) fn timeline(&self) -> Markup {
        let mut steps: Vec<Step> = self.lines.iter().map(|line| self.line(line)).collect();
        if self.instance.kind == StateKind::Waiting {
            steps.push(self.now_step());
            let walk = self.walk();
            steps.extend(walk.from(&self.instance.state).iter().map(|coming| walk.step(false, coming)));
        }
        ui::timeline(&steps)
    }

    fn walk(&self) -> Walk<'_> {
        Walk {
            forms: &self.forms,
            act: &self.act,
            pinned: &self.pinned,
            subject: self.instance.subject,
            values: &self.values,
            facts: &self.facts,
            lang: self.lang,
        }
    }

    fn now_step(&self) -> Step {
        let who = self.instance.awaits.as_ref().map(|who| self.decider(who).name);
        let step = if self.awaits_reader() {
            let me = &self.act.principal;
            Step::new(StepState::Now, self.say("Votre décision", "Your decision"))
                .text([me.name.as_str(), me.title.as_str()].join(", ").trim_end_matches(", "))
        } else {
            let label = self.state_label(&self.instance.state);
            Step::new(StepState::Now, label).text(who.unwrap_or_default())
        };
        match self.instance.due_at {
            Some(at) => step.chip(ui::due_chip(&format::due(self.lang, at, self.now(), &self.zone))),
            None => step,
        }
    }

    fn line(&self, line: &Line) -> Step {
        let (state, title) = match Verb::parse(&line.verb) {
            Some(Verb::Submit) => (StepState::Done, self.say("Envoyée", "Sent").to_owned()),
            Some(Verb::Approve) => (StepState::Done, self.approved(line)),
            Some(Verb::Refuse) => (StepState::Refused, self.say("Refusée", "Refused").to_owned()),
            Some(Verb::Comment) => (StepState::Comment, self.say("Commentaire", "Comment").to_owned()),
            Some(Verb::Close) => (StepState::Done, self.say("Close", "Closed").to_owned()),
            Some(Verb::Reopen) => (StepState::Undone, self.say("Rouverte", "Reopened").to_owned()),
            None if line.verb == OVERDUE => {
                (StepState::Escalated, self.say("Échéance dépassée", "Due date passed").to_owned())
            }
            None => (StepState::Done, line.verb.clone()),
        };
        let who = line.by.map(|by| self.name(by).to_owned());
        let behalf = line.on_behalf_of.map(|id| format!("{} {}", self.say("pour", "for"), self.name(id)));
        let said = line.comment.as_ref().map(|comment| ui::quoted(self.lang, comment));
        let text: Vec<String> = [who, behalf, said].into_iter().flatten().collect();
        let time = format::datetime_short(self.lang, line.at, &self.zone);
        Step::new(state, title).text(text.join(", ")).time(time, line.at.to_string())
    }

    /// An approval that ends the matter is called by its end; one among several is an approval.
    fn approved(&self, line: &Line) -> String {
        let workflow = self.pinned.workflow().ok();
        let end = workflow.and_then(|w| w.state(&line.to)).filter(|s| s.kind == StateKind::Approved);
        let approved = || self.say("Approuvée", "Approved").to_owned();
        end.map_or_else(approved, |state| state.label.get(self.lang).to_owned())
    }

    /// Why the request is the reader's, and who comes after when nobody decides.
    pub(super) fn why_me(&self) -> Markup {
        if !self.awaits_reader() {
            return html! {};
        }
        let me = &self.act.principal;
        let asked = self.instance.awaits.iter().chain(&self.instance.also);
        let mine = asked.filter(|who| me.roles.contains(&who.role)).collect::<Vec<_>>();
        let team = self.instance.team.and_then(|team| self.act.people.teams.get(&team));
        let mut text = match (mine.iter().find(|who| who.scope == "team"), team) {
            (Some(_), Some(team)) => {
                let words = self.say("Vous êtes responsable de l’équipe", "You manage the team");
                format!("{words} {}.", team.name)
            }
            _ => {
                let role = mine.first().map(|who| role_name(&self.forms, &who.role, self.lang));
                let words = self.say("Vous avez le rôle", "You have the role");
                format!("{words} {}.", ui::quoted(self.lang, &role.unwrap_or_default()))
            }
        };
        if let Some(after) = self.escalation() {
            text = format!("{text} {after}");
        }
        ui::rail_note(self.say("Pourquoi vous\u{202f}?", "Why you?"), &text)
    }

    fn escalation(&self) -> Option<String> {
        let state = self.pinned.workflow().ok()?.state(&self.instance.state)?;
        let to = self.decider(&crate::model::Awaits::from(&state.escalate.as_ref()?.to)).name;
        let due = self.instance.due_at.filter(|due| *due > self.now())?;
        let when = format::datetime_short(self.lang, due, &self.zone);
        Some(format!(
            "{} {to} {} {when}.",
            self.say("Sans décision, elle passe aussi à", "Without a decision it also goes to"),
            self.say("après", "after")
        ))
    }
}

/// The chip of a row: when it is due, or how it stands.
pub(super) fn row_chip(shown: &RowView<'_>) -> Markup {
    let RowView { lang, now, zone, instance, label } = shown;
    match (instance.kind, instance.due_at) {
        (StateKind::Waiting, Some(at)) => ui::due_chip(&format::due(*lang, at, *now, zone)),
        (StateKind::Approved, _) => ui::state_chip(*lang, &State::Done(label.clone())),
        (StateKind::Refused, _) => ui::state_chip(*lang, &State::Refused(label.clone())),
        (StateKind::Draft, _) => ui::state_chip(*lang, &State::Draft),
        _ => ui::chip(Tone::Neutral, Icon::Archive, label),
    }
}

/// A request in a list.
pub(super) struct RowView<'a> {
    pub(super) lang: kernel::Lang,
    pub(super) now: Timestamp,
    pub(super) zone: &'a jiff::tz::TimeZone,
    pub(super) instance: &'a Instance,
    /// How people read its state.
    pub(super) label: String,
}
