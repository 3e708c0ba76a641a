//! The shape of a workflow: no state that nothing leads to, none that nothing leads out of.

use super::source::Report;
use crate::define::{Definition, State, StateKind, Transition, Verb, Workflow};
use std::collections::BTreeSet;

pub(super) fn check(definition: &Definition, report: &Report) {
    for workflow in &definition.workflows {
        check_states(workflow, report);
        for (index, transition) in workflow.transitions.iter().enumerate() {
            check_transition(workflow, index, transition, report);
        }
    }
}

/// The states that can be reached from some, going along the transitions (or against them).
fn reach<'a>(workflow: &'a Workflow, starts: Vec<&'a str>, forward: bool) -> BTreeSet<&'a str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut todo = starts;
    while let Some(state) = todo.pop() {
        if !seen.insert(state) {
            continue;
        }
        for transition in &workflow.transitions {
            let Some(to) = transition.to.as_deref() else { continue };
            if forward && transition.from.iter().any(|from| from == state) {
                todo.push(to);
            } else if !forward && to == state {
                todo.extend(transition.from.iter().map(String::as_str));
            }
        }
    }
    seen
}

fn check_states(workflow: &Workflow, report: &Report) {
    let place = |state: &State| format!("workflow:{}/state:{}", workflow.name, state.name);
    if workflow.state(&workflow.initial).is_some_and(|state| state.kind != StateKind::Draft) {
        let place = format!("workflow:{}/initial", workflow.name);
        report.at(&place, "the initial state is not a draft", "a state with `kind = \"draft\"`");
    }
    let finals: Vec<&str> =
        workflow.states.iter().filter(|state| state.is_final).map(|state| state.name.as_str()).collect();
    if finals.is_empty() && !workflow.states.is_empty() {
        let place = format!("workflow:{}", workflow.name);
        report.at(&place, "no state is final", "`final = true` on at least one state");
    }
    let reached = reach(workflow, vec![&workflow.initial], true);
    let ending = reach(workflow, finals.clone(), false);
    for state in &workflow.states {
        let name = state.name.as_str();
        if !reached.contains(name) {
            report.at(
                &place(state),
                format!("nothing leads to the state `{name}`"),
                "a transition with `to` here",
            );
        }
        let exits = |transition: &&Transition| {
            transition.from.iter().any(|from| from == name)
                && transition.to.as_deref().is_some_and(|to| to != name)
        };
        let mut exits = workflow.transitions.iter().filter(exits).peekable();
        if state.is_final {
            if exits.any(|transition| transition.verb != Verb::Reopen) {
                let what = format!("the final state `{name}` has an exit");
                report.at(&place(state), what, "only `reopen` leaves a final state");
            }
        } else if exits.peek().is_none() {
            let what = format!("nothing leads out of the state `{name}`");
            report.at(&place(state), what, "`final = true`, or a transition with `from` here");
        } else if !finals.is_empty() && !ending.contains(name) {
            let what = format!("no way leads from the state `{name}` to a final one");
            report.at(&place(state), what, "a way to the end");
        }
    }
}

fn check_transition(workflow: &Workflow, index: usize, transition: &Transition, report: &Report) {
    let place = format!("workflow:{}/transition:{index}", workflow.name);
    for from in &transition.from {
        let Some(state) = workflow.state(from) else { continue };
        let wrong = match transition.verb {
            Verb::Submit if state.kind != StateKind::Draft => {
                Some("`submit` from a state that is not a draft")
            }
            Verb::Approve | Verb::Refuse if state.kind != StateKind::Waiting => {
                Some("a decision in a state where none is waited for")
            }
            Verb::Comment if state.is_final => Some("a comment in a final state"),
            _ => None,
        };
        if let Some(what) = wrong {
            let expected = match transition.verb {
                Verb::Submit => "`kind = \"draft\"`",
                Verb::Comment => "a state that is not final",
                _ => "`kind = \"waiting\"`",
            };
            report.at(&format!("{place}/from:{from}"), what, expected);
        }
        let silent = transition.guard.as_ref().is_some_and(|guard| guard.message.is_none());
        if silent && !has_successor(workflow, index, from) {
            let expected =
                "`guard = { ok = \"…\", fr = \"…\", en = \"…\" }`, or a later transition without a guard";
            report.at(&format!("{place}/guard"), "a guard that says no without a word", expected);
            break;
        }
    }
}

/// Whether a later transition does the same from the same state.
fn has_successor(workflow: &Workflow, index: usize, from: &String) -> bool {
    let Some(this) = workflow.transitions.get(index) else { return false };
    workflow
        .transitions
        .iter()
        .skip(index + 1)
        .any(|later| later.verb == this.verb && later.from.contains(from))
}
