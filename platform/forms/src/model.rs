//! An instance of a form as its row says it, and what a command makes of it. Pure.

use forms_model::define::{Audience, Definition, Form, Scope, StateKind, Workflow};
use forms_model::values::Values;
use forms_model::workflow::InstanceFacts;
use kernel::{Lang, Text, Timestamp, Uuid};

/// An instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// Its id.
    pub id: Uuid,
    /// Its number for people: `HS-2026-0412`.
    pub reference: String,
    /// The form's code.
    pub form: String,
    /// The form's version that it began with.
    pub form_version: u32,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's version that it began with.
    pub workflow_version: u32,
    /// One line that says what it is about.
    pub title: Text,
    /// Whose request it is.
    pub subject: Uuid,
    /// Who wrote it.
    pub author: Uuid,
    /// The subject's team, as it was when they sent it.
    pub team: Option<Uuid>,
    /// Its state.
    pub state: String,
    /// What the state means.
    pub kind: StateKind,
    /// Counts its changes, from 1; also the version of its stream.
    pub revision: u64,
    /// Who decides next.
    pub awaits: Option<Awaits>,
    /// Who may decide as well, since nobody did in time.
    pub also: Option<Awaits>,
    /// When the present state should end.
    pub due_at: Option<Timestamp>,
    /// When it was found late in the present state.
    pub late_at: Option<Timestamp>,
    /// When it was last sent.
    pub submitted_at: Option<Timestamp>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// Who is waited for: a role, and whether only those who manage the subject's team.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Awaits {
    /// The role.
    pub role: String,
    /// `team` or `all`.
    pub scope: String,
}

impl From<&Audience> for Awaits {
    fn from(who: &Audience) -> Self {
        let scope = if matches!(who.scope, Scope::Own | Scope::Team | Scope::Unit) { "team" } else { "all" };
        Self { role: who.role.clone(), scope: scope.to_owned() }
    }
}

/// One line of an instance's history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The event's id.
    pub id: Uuid,
    /// The instance.
    pub instance: Uuid,
    /// The instance's revision after it.
    pub seq: u64,
    /// What was done: a verb, or `overdue`.
    pub verb: String,
    /// The state before; `None` when it began here.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// Who did it; `None` for the system.
    pub by: Option<Uuid>,
    /// Whose right was used.
    pub on_behalf_of: Option<Uuid>,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub comment: Option<String>,
}

/// The verb of the line that the system writes when a due date passes.
pub const OVERDUE: &str = "overdue";

/// A change: the instance before and after, its answers where they changed, its history where it is told.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) before: Option<Instance>,
    pub(crate) after: Instance,
    /// The answers before, for writing only what differs.
    pub(crate) old_values: Values,
    /// The answers after, when the change touches them.
    pub(crate) values: Option<Values>,
    pub(crate) line: Option<Line>,
}

impl Instance {
    /// What decisions look at.
    pub(crate) fn facts(&self) -> InstanceFacts {
        InstanceFacts {
            state: self.state.clone(),
            author: self.author,
            subject: self.subject,
            due_at: self.due_at,
        }
    }

    /// The text that lists are searched in: number and titles, without accents, in small letters.
    pub(crate) fn search(&self) -> String {
        search_key(&format!("{} {} {}", self.reference, self.title.fr, self.title.en))
    }

    /// Whether it is late at an instant.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.kind == StateKind::Waiting && self.due_at.is_some_and(|due| due < now)
    }

    /// The name of its stream.
    pub(crate) fn stream(&self) -> String {
        format!("instance/{}", self.id)
    }
}

/// The word of a state's meaning in tables, events and the API.
#[must_use]
pub fn kind_word(kind: StateKind) -> &'static str {
    match kind {
        StateKind::Draft => "draft",
        StateKind::Waiting => "waiting",
        StateKind::Approved => "approved",
        StateKind::Refused => "refused",
        StateKind::Closed => "closed",
    }
}

/// Reads the word.
#[must_use]
pub fn parse_kind(word: &str) -> Option<StateKind> {
    let all =
        [StateKind::Draft, StateKind::Waiting, StateKind::Approved, StateKind::Refused, StateKind::Closed];
    all.into_iter().find(|kind| kind_word(*kind) == word)
}

/// Small letters without the accents of French, so that `regle` finds « réglé ».
#[must_use]
pub fn search_key(text: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'â' | 'ä' | 'á' | 'ã' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ñ' => 'n',
        'ô' | 'ö' | 'ó' | 'õ' => 'o',
        'ù' | 'û' | 'ü' | 'ú' => 'u',
        'ÿ' => 'y',
        '’' => '\'',
        '\u{a0}' | '\u{202f}' => ' ',
        other => other,
    };
    text.to_lowercase().replace('œ', "oe").replace('æ', "ae").chars().map(plain).collect()
}

/// The pattern of `LIKE … ESCAPE '!'` that finds a text anywhere; empty for no words.
#[must_use]
pub fn search_pattern(words: &str) -> String {
    let key = search_key(words.trim());
    if key.is_empty() {
        return key;
    }
    let mut pattern = String::from("%");
    for c in key.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Who is waited for in a state: as the backlog declares it, else whoever may take the first decision.
pub(crate) fn awaits(definition: &Definition, workflow: &Workflow, state: &str) -> Option<Awaits> {
    if workflow.state(state)?.kind != StateKind::Waiting {
        return None;
    }
    let declared = definition.backlog.iter().find(|b| b.workflow == workflow.name && b.state == state);
    let decides = || {
        let from_here = workflow.transitions.iter().filter(|t| t.from.iter().any(|from| from == state));
        let mut who = from_here.flat_map(|t| &t.by).map(|by| &by.who);
        who.find(|who| who.scope != Scope::Own)
    };
    declared.map(|b| &b.waits_for).or_else(decides).map(Awaits::from)
}

/// The how-manieth of the workflow's waiting states a state is; 0 outside of them.
pub(crate) fn level(workflow: &Workflow, state: &str) -> i64 {
    let mut waiting = workflow.states.iter().filter(|s| s.kind == StateKind::Waiting);
    waiting.position(|s| s.name == state).and_then(|n| i64::try_from(n + 1).ok()).unwrap_or(0)
}

/// The line that tells an instance from another: the form's title, and its summary once all that it names is given.
pub(crate) fn title(form: &Form, values: &Values) -> Text {
    let line = |lang: Lang| {
        let title = form.title.get(lang);
        let summary = form.summary.as_ref().and_then(|s| fill(form, values, s.get(lang), lang));
        match summary.filter(|s| !s.trim().is_empty()) {
            Some(summary) => clip(&format!("{title}, {summary}")),
            None => title.to_owned(),
        }
    };
    Text::new(line(Lang::Fr), line(Lang::En))
}

/// The longest title, in characters.
const TITLE: usize = 160;

fn clip(text: &str) -> String {
    if text.chars().count() <= TITLE {
        return text.to_owned();
    }
    text.chars().take(TITLE - 1).chain(['…']).collect()
}

/// A sentence with `{field}` replaced by the answers; `None` while one is missing. What is put in is never read again
/// for names.
fn fill(form: &Form, values: &Values, text: &str, lang: Lang) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let named = after.split_once('}').and_then(|(key, tail)| Some((form.field(key)?, tail)));
        match named {
            Some((field, tail)) => {
                let value = values.get(&field.key).filter(|_| !field.personal)?;
                out.push_str(&forms_model::values::display(field, Some(value), lang));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}
