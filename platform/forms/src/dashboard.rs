//! The figures that a module declares, in the shape that the dashboard's contract reads.

use forms_model::define::{Audience, Definition, Direction, Kpi, KpiKind, Scope, Unit, Window};
use kernel::Text;
use serde::Serialize;
use std::collections::BTreeSet;

/// The name of the declaration.
pub const DECLARATION: &str = "dashboard";

/// The figures of a module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dashboard {
    name: Text,
    icon: String,
    kpis: Vec<Figure>,
}

/// One figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Figure {
    id: String,
    label: Text,
    unit: &'static str,
    measure: Measure,
    forms: Vec<String>,
    target: Option<i64>,
    direction: &'static str,
    audience: Vec<Seen>,
    link: String,
}

/// How events make a figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Measure {
    Standing { states: Vec<String> },
    Entered { states: Vec<String>, period: &'static str },
    Sum { states: Vec<String>, of: String, period: &'static str },
    Delay { states: Vec<String>, period: &'static str },
}

/// Who sees a figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Seen {
    role: String,
    scope: &'static str,
}

impl From<&Audience> for Seen {
    fn from(who: &Audience) -> Self {
        let scope = match who.scope {
            Scope::Own => "self",
            Scope::Team | Scope::Unit => "team",
            Scope::Module | Scope::All => "all",
        };
        Self { role: who.role.clone(), scope }
    }
}

/// What a definition declares.
#[must_use]
pub fn dashboard(definition: &Definition) -> Dashboard {
    let info = &definition.module;
    Dashboard {
        name: info.name.clone(),
        icon: info.icon.clone(),
        kpis: definition.kpis.iter().map(|kpi| figure(info.code.as_str(), kpi)).collect(),
    }
}

fn figure(module: &str, kpi: &Kpi) -> Figure {
    let (states, period) = (kpi.states.clone(), period(kpi.window));
    let measure = match (&kpi.kind, kpi.window) {
        (KpiKind::Count, Window::Now) => Measure::Standing { states },
        (KpiKind::Count, _) => Measure::Entered { states, period },
        (KpiKind::Sum { field }, _) => Measure::Sum { states, of: field.clone(), period },
        (KpiKind::AverageDelay, _) => Measure::Delay { states, period },
    };
    let unit = match (&kpi.kind, kpi.unit) {
        // The dashboard tells delays in days, and half days have no unit of their own there.
        (KpiKind::AverageDelay, _) | (_, Unit::HalfDays) => "days",
        (_, unit) => unit.as_str(),
    };
    Figure {
        id: kpi.id.clone(),
        label: kpi.label.clone(),
        unit,
        measure,
        forms: kpi.forms.clone(),
        target: kpi.target.map(|target| told(&kpi.kind, kpi.unit, target)),
        direction: match kpi.direction {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Neutral => "neutral",
        },
        audience: kpi.role_scope.iter().map(Seen::from).collect(),
        link: link(module, kpi),
    }
}

/// A target in the unit in which the dashboard tells the figure: delays in tenths of a day.
fn told(kind: &KpiKind, unit: Unit, target: i64) -> i64 {
    match (kind, unit) {
        (KpiKind::AverageDelay, Unit::Minutes) => target / 144,
        (KpiKind::AverageDelay, Unit::HalfDays) => target.saturating_mul(5),
        (KpiKind::AverageDelay, _) => target.saturating_mul(10),
        _ => target,
    }
}

/// Weeks and months are what the dashboard counts by; a year is shown by its months.
fn period(window: Window) -> &'static str {
    match window {
        Window::Week | Window::Now => "week",
        Window::Month | Window::Year => "month",
    }
}

/// The list that adds up to the figure: the same forms, states and period, of those whom its reader reaches.
fn link(module: &str, kpi: &Kpi) -> String {
    let form = match kpi.forms.as_slice() {
        [only] => format!("&form={only}"),
        _ => String::new(),
    };
    let states: BTreeSet<&str> = kpi.states.iter().map(String::as_str).collect();
    let states: Vec<&str> = states.into_iter().collect();
    let entered = match kpi.window {
        Window::Now => String::new(),
        window => format!("&entered={}", period(window)),
    };
    format!("/{module}?state={}{form}{entered}&scope={{scope}}", states.join(","))
}
