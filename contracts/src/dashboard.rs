//! What a module declares to the dashboard, under the name [`DECLARATION`]: figures made from its workflow events, and
//! nothing that needs code of the module.

use kernel::Text;
use serde::{Deserialize, Serialize};

/// The name of the declaration.
pub const DECLARATION: &str = "dashboard";

/// The figures of a module.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Dashboard {
    /// Its name, which stands before its items.
    pub name: Text,
    /// The Lucide icon of its items.
    pub icon: String,
    /// Its KPIs.
    pub kpis: Vec<Kpi>,
}

/// One figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kpi {
    /// Its code, unique in the module.
    pub id: String,
    /// Its name.
    pub label: Text,
    /// Its unit: `count`, `minutes`, `cents`, `days`.
    pub unit: String,
    /// How events make it.
    pub measure: Measure,
    /// Forms whose events count; empty for all of the module.
    #[serde(default)]
    pub forms: Vec<String>,
    /// What it is compared with, in its unit; for a delay in tenths of a day.
    #[serde(default)]
    pub target: Option<i64>,
    /// Which way is better.
    #[serde(default)]
    pub direction: Direction,
    /// Who sees it, and over whom.
    pub audience: Vec<Audience>,
    /// The page that adds up to the figure; `{scope}` in it stands for the reader's: `self`, `team` or `all`.
    pub link: String,
}

/// Which way a figure should go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither: it tells, it does not judge.
    #[default]
    Neutral,
}

/// How events make a figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measure {
    /// How many instances are in these states now.
    Standing {
        /// The states.
        states: Vec<String>,
    },
    /// How many instances entered one of these states in the period.
    Entered {
        /// The states.
        states: Vec<String>,
        /// `week` or `month`, in the organisation's zone.
        period: String,
    },
    /// The sum of a number of the event's `measures`, over instances that entered one of these states in the period.
    Sum {
        /// The states.
        states: Vec<String>,
        /// The number's name.
        of: String,
        /// `week` or `month`.
        period: String,
    },
    /// The mean time from submission to one of these states, over instances that entered them in the period, in
    /// tenths of a day.
    Delay {
        /// The states.
        states: Vec<String>,
        /// `week` or `month`.
        period: String,
    },
    /// A number that events of any module move: what it comes to now, or in a period.
    Counted {
        /// What moves it.
        adds: Vec<Add>,
        /// `day`, `week` or `month`; what stands now when left out.
        #[serde(default)]
        period: Option<String>,
        /// A JSON pointer (RFC 6901) into the events: a figure of its own for each value found there.
        #[serde(default)]
        by: Option<String>,
    },
    /// How many things are as said, by the last event about each.
    Holding {
        /// The module whose events they are.
        module: String,
        /// The type of the events.
        event: String,
        /// JSON pointers that together name the thing.
        thing: Vec<String>,
        /// When it counts.
        when: When,
    },
}

/// An event that moves a number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Add {
    /// The module whose event it is.
    pub module: String,
    /// Its type.
    pub event: String,
    /// A JSON pointer to the whole number that is added; one when left out. An event without it adds nothing.
    #[serde(default)]
    pub of: Option<String>,
    /// Whether it is taken away.
    #[serde(default)]
    pub minus: bool,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<When>,
}

/// A condition on an event.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct When {
    /// A JSON pointer to what is looked at.
    pub at: String,
    /// A number that is taken from it first.
    #[serde(default)]
    pub less: Option<String>,
    /// It is this text.
    #[serde(default)]
    pub is: Option<String>,
    /// It is at most this number.
    #[serde(default)]
    pub at_most: Option<i64>,
}

/// Who sees a figure, and over whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Audience {
    /// The role.
    pub role: String,
    /// `self`, `team` or `all`.
    pub scope: String,
}
