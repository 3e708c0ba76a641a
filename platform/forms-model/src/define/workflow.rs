//! Workflows: named states, and who may move from one to the other.

use crate::expr::Expression;
use kernel::Text;
use serde::{Deserialize, Serialize};

/// The role that everybody has without being given it.
pub const EMPLOYEE: &str = "employee";

/// A state machine that forms go through.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// The name: its file's.
    pub name: String,
    /// The version, from 1.
    pub version: u32,
    /// The state of a new draft.
    pub initial: String,
    /// All states, in the order of the file.
    pub states: Vec<State>,
    /// All transitions, in the order of the file: the first that fits is taken.
    pub transitions: Vec<Transition>,
}

impl Workflow {
    /// The state with that name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name == name)
    }
}

/// One state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The name in events and tables: `en_attente_chef`.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// What it means, for colours, counts and lists.
    pub kind: StateKind,
    /// How long it may last.
    pub due: Option<Delay>,
    /// Who may also decide once it has lasted longer.
    pub escalate: Option<Escalation>,
    /// Whether the instance rests here for good, unless reopened.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// The meaning of a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateKind {
    /// Being written by its author; the values can change here and only here.
    Draft,
    /// Waiting for somebody's decision.
    Waiting,
    /// Accepted.
    Approved,
    /// Refused.
    Refused,
    /// Over.
    Closed,
}

/// A delay in working days, written `3wd`: it ends at 18:00 local time of the last of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delay {
    /// Working days, 1 to 250.
    pub working_days: u32,
}

/// Who may decide once the delay has passed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Who.
    pub to: Audience,
}

/// One way from a state to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// What the person does.
    pub verb: Verb,
    /// The states it starts from.
    pub from: Vec<String>,
    /// The state it ends in; `None` stays where it is.
    pub to: Option<String>,
    /// Who may: any of these.
    pub by: Vec<By>,
    /// What must hold besides.
    pub guard: Option<Guard>,
    /// Whether words are required.
    pub comment_required: bool,
}

/// What people do to an instance; also the last word of the event's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Send the draft.
    Submit,
    /// Accept, here and now.
    Approve,
    /// Refuse.
    Refuse,
    /// Say something.
    Comment,
    /// End it.
    Close,
    /// Take it up again.
    Reopen,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Submit, Self::Approve, Self::Refuse, Self::Comment, Self::Close, Self::Reopen];

    /// The word in addresses, declarations and events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Comment => "comment",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == word)
    }
}

impl std::fmt::Display for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a role reaches; each wider one includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One's own instances.
    #[serde(rename = "self")]
    Own,
    /// Those of the team one leads.
    Team,
    /// Those of the unit and of the units below it.
    Unit,
    /// All of the module.
    Module,
    /// All, in every module.
    All,
}

impl Scope {
    /// All of them, narrowest first.
    pub const ALL: [Self; 5] = [Self::Own, Self::Team, Self::Unit, Self::Module, Self::All];

    /// The word in declarations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Team => "team",
            Self::Unit => "unit",
            Self::Module => "module",
            Self::All => "all",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// People, by role and reach. Written `chef:team`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// The role, as the module declares it.
    pub role: String,
    /// The least reach.
    pub scope: Scope,
}

impl std::fmt::Display for Audience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.role, self.scope.as_str())
    }
}

/// Who may take a transition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// Who.
    pub who: Audience,
    /// Whether they may do it to their own instance. Always so when the reach is `self`.
    pub own: bool,
}

/// A condition on a transition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Must hold.
    pub ok: Expression,
    /// Why not, when it does not; absent where another transition takes over.
    pub message: Option<Text>,
}
