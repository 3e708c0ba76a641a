//! The state machine.

use super::Refusal;
use crate::define::EMPLOYEE;
use crate::define::{Audience, Definition, Form, Scope, State, StateKind, Transition, Verb, Workflow};
use crate::values::{Evaluation, Facts, Values, evaluate, scope};
use kernel::{Text, Timestamp};
use uuid::Uuid;

/// The longest comment, in characters.
const MAX_COMMENT_CHARS: usize = 4_000;

/// The instance as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstanceFacts {
    /// Its state.
    pub state: String,
    /// Who wrote it.
    pub author: Uuid,
    /// Whom it speaks of; mostly the author.
    pub subject: Uuid,
    /// Until when the present state should last, when it has a delay.
    pub due_at: Option<Timestamp>,
}

/// A role that the actor holds over this instance: the caller passes only grants, own or delegated, that cover it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The role, as the module declares it.
    pub role: String,
    /// How far the grant reaches.
    pub scope: Scope,
    /// Whose grant it is, when it was delegated.
    pub on_behalf_of: Option<Uuid>,
}

/// Who acts, and with which roles over this instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActorFacts {
    /// The person.
    pub person: Uuid,
    /// Their roles. `employee` with reach `self` is implied for the author.
    pub holds: Vec<Held>,
}

/// What the actor wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Command<'a> {
    /// What to do.
    pub verb: Verb,
    /// The words with it; spaces alone are no words.
    pub comment: Option<&'a str>,
}

/// When it happens, and what is known then.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The instant.
    pub now: Timestamp,
    /// The facts about the subject.
    pub facts: &'a Facts,
}

/// What follows from an accepted command.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// What was done: the last word of the event's name.
    pub verb: Verb,
    /// The state before.
    pub from: String,
    /// The state after: the event's `state`.
    pub to: String,
    /// What the state after means.
    pub kind: StateKind,
    /// Whether the state after is final.
    pub is_final: bool,
    /// The comment without spaces around it.
    pub comment: Option<String>,
    /// Until when the state after should last. Of a comment: as before.
    pub due_at: Option<Timestamp>,
    /// The answers as sent: computed, checked, without hidden ones. At `submit` only.
    pub values: Option<Values>,
    /// The role used.
    pub by_role: Audience,
    /// Whose grant was used, when it was delegated.
    pub on_behalf_of: Option<Uuid>,
}

/// Decides what a command does to an instance.
///
/// # Errors
/// The [`Refusal`] that the person can do something about: first the state, then the role, then their own request,
/// then the comment, then the answers, then the declaration's conditions.
pub fn decide(
    definition: &Definition,
    form: &Form,
    instance: &InstanceFacts,
    actor: &ActorFacts,
    command: Command<'_>,
    values: &Values,
    moment: Moment<'_>,
) -> Result<Change, Refusal> {
    let evaluation = || evaluate(definition, form, values, moment.facts);
    decide_with(definition, form, instance, actor, command, evaluation, moment)
}

/// What the actor could do now, in the order of [`Verb::ALL`], provided that answers and comment are in order.
#[must_use]
pub fn available(
    definition: &Definition,
    form: &Form,
    instance: &InstanceFacts,
    actor: &ActorFacts,
    values: &Values,
    moment: Moment<'_>,
) -> Vec<Verb> {
    let evaluation = evaluate(definition, form, values, moment.facts);
    let possible = |verb: &Verb| {
        let command = Command { verb: *verb, comment: Some("–") };
        let outcome = decide_with(definition, form, instance, actor, command, || evaluation.clone(), moment);
        matches!(outcome, Ok(_) | Err(Refusal::InvalidValues(_)))
    };
    Verb::ALL.into_iter().filter(possible).collect()
}

fn decide_with(
    definition: &Definition,
    form: &Form,
    instance: &InstanceFacts,
    actor: &ActorFacts,
    command: Command<'_>,
    evaluation: impl FnOnce() -> Evaluation,
    moment: Moment<'_>,
) -> Result<Change, Refusal> {
    let nowhere = |label: Text| Refusal::NotAllowedFromState { verb: command.verb, state: label };
    let unknown = || nowhere(Text::new(&*instance.state, &*instance.state));
    let workflow = definition.workflow_of(form).ok_or_else(unknown)?;
    let state = workflow.state(&instance.state).ok_or_else(unknown)?;
    let fits = |t: &&Transition| t.verb == command.verb && t.from.contains(&instance.state);
    let candidates: Vec<&Transition> = workflow.transitions.iter().filter(fits).collect();
    if candidates.is_empty() {
        return Err(nowhere(state.label.clone()));
    }
    let late = state.escalate.as_ref().filter(|_| instance.due_at.is_some_and(|due| moment.now > due));
    let permitted = permitted(&candidates, instance, actor, late.map(|escalation| &escalation.to))?;
    let comment =
        comment(command.comment, permitted.iter().all(|(transition, _)| transition.comment_required))?;
    let evaluation = evaluation();
    if command.verb == Verb::Submit && !evaluation.errors.is_empty() {
        return Err(Refusal::InvalidValues(evaluation.errors));
    }
    let mut refusal = None;
    for (transition, grant) in permitted {
        match guard(definition, form, transition, &evaluation, moment.facts) {
            Ok(()) if transition.comment_required && comment.is_none() => {
                return Err(Refusal::CommentRequired);
            }
            Ok(()) => {
                let values = (command.verb == Verb::Submit).then_some(evaluation.shown);
                return change(definition, workflow, instance, transition, grant, comment, values, moment)
                    .ok_or_else(unknown);
            }
            Err(why) => refusal = Some(why),
        }
    }
    Err(refusal.unwrap_or_else(unknown))
}

/// The right under which a transition is taken.
struct Grant {
    who: Audience,
    on_behalf_of: Option<Uuid>,
}

/// The candidates that the actor may take, each with the right to it.
fn permitted<'a>(
    candidates: &[&'a Transition],
    instance: &InstanceFacts,
    actor: &ActorFacts,
    escalated: Option<&Audience>,
) -> Result<Vec<(&'a Transition, Grant)>, Refusal> {
    let mut permitted = Vec::new();
    let mut own_only = false;
    for &transition in candidates {
        match right(transition, instance, actor, escalated) {
            Right::Yes(grant) => permitted.push((transition, grant)),
            Right::OwnRequest => own_only = true,
            Right::No => {}
        }
    }
    if !permitted.is_empty() {
        return Ok(permitted);
    }
    if own_only {
        return Err(Refusal::OwnRequest);
    }
    Err(Refusal::RoleRequired {
        who: candidates.iter().flat_map(|transition| &transition.by).map(|by| by.who.clone()).collect(),
    })
}

enum Right {
    Yes(Grant),
    OwnRequest,
    No,
}

/// Whether the actor may take a transition; the first right that serves is used.
fn right(
    transition: &Transition,
    instance: &InstanceFacts,
    actor: &ActorFacts,
    escalated: Option<&Audience>,
) -> Right {
    let involved = |person: Uuid| person == instance.author || person == instance.subject;
    let mut outcome = Right::No;
    let decision = matches!(transition.verb, Verb::Approve | Verb::Refuse);
    let escalated = escalated.filter(|_| decision).map(|who| (who, false));
    for (who, own) in transition.by.iter().map(|by| (&by.who, by.own)).chain(escalated) {
        if who.scope == Scope::Own {
            // One's own instance: the author's without any grant, the subject's too.
            let holds = who.role == EMPLOYEE || actor.holds.iter().any(|held| held.role == who.role);
            if involved(actor.person) && holds {
                return Right::Yes(Grant { who: who.clone(), on_behalf_of: None });
            }
            continue;
        }
        for held in actor.holds.iter().filter(|held| held.role == who.role && held.scope >= who.scope) {
            if !own && (involved(actor.person) || held.on_behalf_of.is_some_and(involved)) {
                outcome = Right::OwnRequest;
            } else {
                return Right::Yes(Grant { who: who.clone(), on_behalf_of: held.on_behalf_of });
            }
        }
    }
    outcome
}

/// The words without spaces around them.
fn comment(raw: Option<&str>, required: bool) -> Result<Option<String>, Refusal> {
    let text = raw.map(|text| text.replace('\0', "")).map(|text| text.trim().to_owned());
    match text.filter(|text| !text.is_empty()) {
        Some(text) if text.chars().count() > MAX_COMMENT_CHARS => {
            Err(Refusal::CommentTooLong { most: MAX_COMMENT_CHARS })
        }
        None if required => Err(Refusal::CommentRequired),
        text => Ok(text),
    }
}

fn guard(
    definition: &Definition,
    form: &Form,
    transition: &Transition,
    evaluation: &Evaluation,
    facts: &Facts,
) -> Result<(), Refusal> {
    let Some(guard) = &transition.guard else { return Ok(()) };
    let is_fact = |name: &&String| definition.module.facts.iter().any(|fact| fact.key == **name);
    let missing = guard.ok.reads().iter().filter(is_fact).find(|name| !facts.numbers.contains_key(*name));
    if let Some(fact) = missing {
        return Err(Refusal::FactUnknown { fact: fact.clone() });
    }
    let mut scope = scope(definition, facts);
    evaluation.fill_scope(form, &mut scope);
    if guard.ok.holds(&scope) == Some(true) {
        return Ok(());
    }
    let general = || {
        Text::new(
            "Les conditions de cette action ne sont pas réunies.",
            "The conditions for this action are not met.",
        )
    };
    Err(Refusal::GuardFailed { message: guard.message.clone().unwrap_or_else(general) })
}

#[expect(clippy::too_many_arguments, reason = "one call, from the one place that has decided all of it")]
fn change(
    definition: &Definition,
    workflow: &Workflow,
    instance: &InstanceFacts,
    transition: &Transition,
    grant: Grant,
    comment: Option<String>,
    values: Option<Values>,
    moment: Moment<'_>,
) -> Option<Change> {
    let to: &State = workflow.state(transition.to.as_deref().unwrap_or(&instance.state))?;
    let due_at = match &transition.to {
        None => instance.due_at,
        Some(_) => to.due.map(|delay| {
            let zone = definition.module.time_zone();
            definition.module.calendar.deadline(moment.now, delay.working_days, &zone)
        }),
    };
    Some(Change {
        verb: transition.verb,
        from: instance.state.clone(),
        to: to.name.clone(),
        kind: to.kind,
        is_final: to.is_final,
        comment,
        due_at,
        values,
        by_role: grant.who,
        on_behalf_of: grant.on_behalf_of,
    })
}
