//! What a module shows on the dashboard.

use super::Audience;
use kernel::Text;
use serde::{Deserialize, Serialize};

/// A figure, computed from the events of the module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// Its name within the module; with the module's code it is the row's key.
    pub id: String,
    /// What people read.
    pub label: Text,
    /// What the value counts.
    pub unit: Unit,
    /// How it is computed.
    pub kind: KpiKind,
    /// Over which time.
    pub window: Window,
    /// The codes of the forms counted.
    pub forms: Vec<String>,
    /// The states counted: being there for [`Window::Now`], having entered within the window otherwise.
    pub states: Vec<String>,
    /// Who sees it.
    pub role_scope: Vec<Audience>,
    /// What it should be, in its unit.
    pub target: Option<i64>,
    /// Which way is good.
    pub direction: Direction,
}

impl Kpi {
    /// Whether an instance of that form counts in that state.
    #[must_use]
    pub fn counts(&self, form: &str, state: &str) -> bool {
        self.forms.iter().any(|code| code == form) && self.states.iter().any(|name| name == state)
    }
}

/// How a figure is computed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KpiKind {
    /// How many instances.
    Count,
    /// The sum of a field, in the field's own unit.
    Sum {
        /// The field's key.
        field: String,
    },
    /// The mean time from an instance's last `submit` to its first entry into one of the states after it.
    AverageDelay,
}

/// The unit of a figure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Things.
    Count,
    /// Minutes, shown as hours and minutes.
    Minutes,
    /// Cents, shown as euros.
    Cents,
    /// Half days, shown as days.
    HalfDays,
}

impl Unit {
    /// The word in declarations and in `kpi_item.unit`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Minutes => "minutes",
            Self::Cents => "cents",
            Self::HalfDays => "halfdays",
        }
    }
}

/// The time a figure looks at, by local calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// As things stand.
    Now,
    /// The ISO week under way.
    Week,
    /// The month under way.
    Month,
    /// The year under way.
    Year,
}

/// Which way of a figure is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    Neutral,
}

/// Who is waited for while an instance is in a state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backlog {
    /// The workflow.
    pub workflow: String,
    /// The state.
    pub state: String,
    /// Who must do something.
    pub waits_for: Audience,
    /// What they must do, in a few words.
    pub title: Text,
}
