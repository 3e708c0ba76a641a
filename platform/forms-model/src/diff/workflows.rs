//! What changes between two versions of a workflow.

use super::{Class, Found};
use crate::define::{Transition, Workflow};

pub(super) fn compare(old: &Workflow, new: &Workflow, found: &mut Found) {
    let place = |name: &str| format!("{}.{name}", new.name);
    if old.initial != new.initial {
        found.add(Class::Compatible, place(&new.initial), "new instances begin in another state");
    }
    for state in &old.states {
        let Some(after) = new.state(&state.name) else {
            found.add(Class::Breaking, place(&state.name), "the state is gone: instances rest in it");
            continue;
        };
        if state.kind != after.kind || state.is_final != after.is_final {
            found.add(Class::Breaking, place(&state.name), "the state means something else");
        }
        if state.due != after.due || state.escalate != after.escalate {
            found.add(Class::Compatible, place(&state.name), "another delay or escalation");
        }
        if state.label != after.label {
            found.add(Class::Cosmetic, place(&state.name), "the state's words");
        }
    }
    for state in new.states.iter().filter(|state| old.state(&state.name).is_none()) {
        found.add(Class::Compatible, place(&state.name), "a new state");
    }
    let missing = |these: &[Transition], those: &[Transition]| {
        these.iter().filter(|t| !those.contains(t)).map(name).collect::<Vec<_>>()
    };
    let (gone, added) =
        (missing(&old.transitions, &new.transitions), missing(&new.transitions, &old.transitions));
    for transition in &gone {
        found.add(Class::Breaking, place(transition), "the transition is gone or goes another way");
    }
    for transition in added.iter().filter(|name| !gone.contains(name)) {
        found.add(Class::Compatible, place(transition), "a new transition");
    }
    if gone.is_empty() && added.is_empty() && old.transitions != new.transitions {
        found.add(Class::Breaking, &new.name, "the order of the transitions: the first that fits is taken");
    }
}

fn name(transition: &Transition) -> String {
    format!("{}({})", transition.verb, transition.from.join(", "))
}
