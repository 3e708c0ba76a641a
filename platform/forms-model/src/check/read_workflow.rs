//! Reading `workflows/*.toml`.

use super::read_module::is_key;
use super::table::{Table, Word};
use crate::define::{
    Audience, By, Delay, EMPLOYEE, Escalation, Guard, Scope, State, StateKind, Transition, Verb, Workflow,
};
use toml::de::DeValue;

pub(super) fn read(table: &Table<'_>, name: &str) -> Workflow {
    let place = format!("workflow:{name}");
    table.source.note(place.clone(), 0);
    if !is_key(name) {
        table
            .error(format!("the file's name `{name}`"), "1 to 40 of a-z, 0-9 and _, beginning with a letter");
    }
    let initial = table.need_word("initial");
    table.source.note(format!("{place}/initial"), initial.span.start);
    let workflow = Workflow {
        name: name.to_owned(),
        version: table.need_version(),
        initial: initial.value,
        states: read_states(table, &place),
        transitions: read_transitions(table, &place),
    };
    table.finish();
    workflow
}

fn read_states(table: &Table<'_>, place: &str) -> Vec<State> {
    let states = table.tables("state", "a state", 50);
    if states.is_empty() {
        table.error("the workflow has no state", "`[[state]]` with name, label and kind");
    }
    states.iter().map(|state| read_state(state, place)).collect()
}

fn read_state(state: &Table<'_>, place: &str) -> State {
    let name = super::read_module::need_key(state, "name", &format!("{place}/state"));
    if state.get("kind").is_none() {
        state.missing("kind", "\"waiting\"");
    }
    let kind =
        state.one_of("kind", &["draft", "waiting", "approved", "refused", "closed"], |word| match word {
            "draft" => Some(StateKind::Draft),
            "waiting" => Some(StateKind::Waiting),
            "approved" => Some(StateKind::Approved),
            "refused" => Some(StateKind::Refused),
            "closed" => Some(StateKind::Closed),
            _ => None,
        });
    let read = State {
        label: state.need_text("label"),
        kind: kind.unwrap_or(StateKind::Waiting),
        due: read_delay(state),
        escalate: read_escalation(state, &format!("{place}/state:{}/escalate", name.value)),
        is_final: state.flag("final", false),
        name: name.value,
    };
    if read.escalate.is_some() && read.due.is_none() {
        state.error("`escalate` without `due`", "`due = \"3wd\"`: nothing is late without a delay");
    }
    if read.is_final && read.due.is_some() {
        state.error("a final state with `due`", "no delay where nothing is waited for");
    }
    state.finish();
    read
}

fn read_delay(state: &Table<'_>) -> Option<Delay> {
    let word = state.word("due")?;
    let days = word.value.strip_suffix("wd").and_then(|days| days.parse::<u32>().ok());
    match days.filter(|days| (1..=250).contains(days)) {
        Some(working_days) => Some(Delay { working_days }),
        None => {
            let what = format!("`{}` is not a delay", word.value);
            state.source.error(word.span.start, what, "1 to 250 working days: `3wd`");
            None
        }
    }
}

fn read_escalation(state: &Table<'_>, place: &str) -> Option<Escalation> {
    let table = state.table("escalate", "an escalation")?;
    let to = read_audience(&table, place);
    table.finish();
    Some(Escalation { to: to? })
}

/// `role` and `scope` of a table.
pub(super) fn read_audience(table: &Table<'_>, place: &str) -> Option<Audience> {
    let role = table.need_word("role");
    table.source.note(place.to_owned(), if role.span.is_empty() { table.start() } else { role.span.start });
    if table.get("scope").is_none() {
        table.missing("scope", "\"team\"");
    }
    let words: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let scope = table.one_of("scope", &words, Scope::parse)?;
    if role.value == EMPLOYEE && scope != Scope::Own {
        let expected = "`scope = \"self\"`, or a role of the module";
        table.error("everybody (`employee`) over the instances of others", expected);
    }
    if role.span.is_empty() { None } else { Some(Audience { role: role.value, scope }) }
}

fn read_transitions(table: &Table<'_>, place: &str) -> Vec<Transition> {
    let transitions = table.tables("transition", "a transition", 100);
    if transitions.is_empty() {
        table.error("the workflow has no transition", "`[[transition]]` with do, from, to and by");
    }
    let read = |(index, transition)| read_transition(transition, &format!("{place}/transition:{index}"));
    transitions.iter().enumerate().filter_map(read).collect()
}

fn read_transition(table: &Table<'_>, place: &str) -> Option<Transition> {
    table.source.note(place.to_owned(), table.start());
    if table.get("do").is_none() {
        table.missing("do", "\"approve\"");
    }
    let words: Vec<&str> = Verb::ALL.iter().map(|verb| verb.as_str()).collect();
    let verb = table.one_of("do", &words, Verb::parse);
    let from = read_state_names(table, "from", place);
    if from.is_empty() {
        table.missing("from", "\"en_attente_chef\"");
    }
    let to = table.word("to");
    if let Some(to) = &to {
        table.source.note(format!("{place}/to"), to.span.start);
    }
    let by = read_by(table, place);
    let guard = read_guard(table, place);
    let comment = table.one_of("comment", &["required", "optional"], |word| match word {
        "required" => Some(true),
        "optional" => Some(false),
        _ => None,
    });
    table.finish();
    let verb = verb?;
    if verb == Verb::Comment && to.is_some() {
        table.error("a comment with `to`", "no `to`: a comment leaves the state as it is");
    }
    if verb != Verb::Comment && to.is_none() {
        table.missing("to", "\"valide\"");
    }
    // Words are what a comment is, and what a refusal owes.
    let comment_required = comment.unwrap_or(matches!(verb, Verb::Comment | Verb::Refuse));
    Some(Transition { verb, from, to: to.map(|word| word.value), by, guard, comment_required })
}

/// One state's name, or several, each with its place.
fn read_state_names(table: &Table<'_>, key: &'static str, place: &str) -> Vec<String> {
    let words: Vec<Word> = table.word_or_words(key, 50);
    for word in &words {
        table.source.note(format!("{place}/{key}:{}", word.value), word.span.start);
    }
    words.into_iter().map(|word| word.value).collect()
}

fn read_by(table: &Table<'_>, place: &str) -> Vec<By> {
    let single = matches!(table.get("by").map(toml::Spanned::get_ref), Some(DeValue::Table(_)));
    let entries =
        if single { table.table("by", "`by`").into_iter().collect() } else { table.tables("by", "`by`", 10) };
    if entries.is_empty() {
        table.missing("by", "{ role = \"chef\", scope = \"team\" }");
    }
    let read = |(index, entry): (usize, &Table<'_>)| {
        let who = read_audience(entry, &format!("{place}/by:{index}"));
        let own = entry.flag("self", false);
        entry.finish();
        who.map(|who| By { own: own || who.scope == Scope::Own, who })
    };
    entries.iter().enumerate().filter_map(read).collect()
}

fn read_guard(table: &Table<'_>, place: &str) -> Option<Guard> {
    let place = format!("{place}/guard");
    match table.get("guard")?.get_ref() {
        DeValue::String(_) => Some(Guard { ok: table.expression("guard", place)?, message: None }),
        _ => {
            let guard = table.table("guard", "a guard")?;
            if guard.get("ok").is_none() {
                guard.missing("ok", "\"montant <= 50000\"");
            }
            let ok = guard.expression("ok", place.clone());
            guard.source.note(format!("{place}/message"), guard.start());
            let message = Some(guard.both());
            guard.finish();
            Some(Guard { ok: ok?, message })
        }
    }
}
