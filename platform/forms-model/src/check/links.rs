//! Names that point elsewhere: each thing that a file names must be declared.

use super::source::Report;
use crate::define::{Audience, Definition, EMPLOYEE, FieldType, Form, Kpi, KpiKind, Unit, Window};
use crate::nearest::nearest;
use crate::template::placeholders;
use kernel::Text;

pub(super) fn check(definition: &Definition, report: &Report) {
    for form in &definition.forms {
        check_form(definition, form, report);
    }
    for workflow in &definition.workflows {
        check_workflow(definition, workflow, report);
    }
    for (index, entry) in definition.module.menu.iter().enumerate() {
        if let Some(form) = &entry.form {
            known_form(definition, form, &format!("menu:{index}/form"), report);
        }
    }
    for kpi in &definition.kpis {
        check_kpi(definition, kpi, report);
    }
    check_backlog(definition, report);
}

/// Replaces patterns such as `en_attente_*` in KPIs by the states they stand for.
pub(super) fn expand(definition: &mut Definition) {
    let mut kpis = std::mem::take(&mut definition.kpis);
    for kpi in &mut kpis {
        let mut states: Vec<String> = Vec::new();
        for pattern in &kpi.states {
            let found = matching(definition, kpi, pattern).into_iter().map(str::to_owned);
            states.extend(found.filter(|state| !states.contains(state)).collect::<Vec<_>>());
        }
        kpi.states = states;
    }
    definition.kpis = kpis;
}

/// Reports a name that is not among the known ones.
fn unknown(place: &str, kind: &str, name: &str, known: &[&str], report: &Report) {
    let expected = match nearest(name, known) {
        Some(close) => format!("a known {kind}; did you mean `{close}`?"),
        None if known.is_empty() => format!("a declared {kind}; there is none"),
        None => format!("one of {}", known.join(", ")),
    };
    report.at(place, format!("the {kind} `{name}` is unknown"), expected);
}

fn known_form<'a>(definition: &'a Definition, code: &str, place: &str, report: &Report) -> Option<&'a Form> {
    let found = definition.form(code);
    if found.is_none() {
        let known: Vec<&str> = definition.forms.iter().map(|form| form.code.as_str()).collect();
        unknown(place, "form", code, &known, report);
    }
    found
}

fn known_role(definition: &Definition, who: &Audience, place: &str, report: &Report) {
    let mut known: Vec<&str> = definition.module.roles.iter().map(|role| role.key.as_str()).collect();
    known.push(EMPLOYEE);
    if !known.contains(&who.role.as_str()) {
        unknown(place, "role", &who.role, &known, report);
    }
}

fn check_form(definition: &Definition, form: &Form, report: &Report) {
    let place = format!("form:{}", form.code);
    match definition.workflow(&form.workflow) {
        None => {
            let known: Vec<&str> =
                definition.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
            unknown(&format!("{place}/workflow"), "workflow", &form.workflow, &known, report);
        }
        Some(workflow) if workflow.version != form.workflow_version => {
            let what = format!("version {} of the workflow `{}`", form.workflow_version, workflow.name);
            report.at(
                &format!("{place}/workflow"),
                what,
                format!("version {}, as in its file", workflow.version),
            );
        }
        Some(_) => {}
    }
    if let Some(summary) = &form.summary {
        known_names(form, summary, &format!("{place}/summary"), report);
        for name in [&summary.fr, &summary.en].into_iter().flat_map(|text| placeholders(text)) {
            if form.field(name).is_some_and(|field| field.personal) {
                let what = format!("the summary shows `{name}`, which is personal");
                report.at(&format!("{place}/summary"), what, "a field that others may read in lists");
            }
        }
    }
    let sections: Vec<&str> = form.sections.iter().map(|section| section.key.as_str()).collect();
    for field in &form.fields {
        let place = format!("{place}/field:{}", field.key);
        if let Some(section) = field.section.as_deref().filter(|section| !sections.contains(section)) {
            unknown(&format!("{place}/section"), "section", section, &sections, report);
        }
        if let Some(message) = &field.required.message {
            known_names(form, message, &format!("{place}/required_message"), report);
        }
        for (index, check) in field.checks.iter().enumerate() {
            known_names(form, &check.message, &format!("{place}/check:{index}/message"), report);
        }
        if definition.module.facts.iter().any(|fact| fact.key == field.key) {
            report.at(&place, format!("`{}` is a fact of the module", field.key), "another key");
        }
    }
}

/// The names between braces in a text must be fields with an answer.
fn known_names(form: &Form, text: &Text, place: &str, report: &Report) {
    let known: Vec<&str> =
        form.fields.iter().filter(|field| !field.is_note()).map(|field| field.key.as_str()).collect();
    for name in [&text.fr, &text.en].into_iter().flat_map(|text| placeholders(text)) {
        if !known.contains(&name) {
            unknown(place, "field", name, &known, report);
        }
    }
}

fn check_workflow(definition: &Definition, workflow: &crate::define::Workflow, report: &Report) {
    let place = format!("workflow:{}", workflow.name);
    let states: Vec<&str> = workflow.states.iter().map(|state| state.name.as_str()).collect();
    let known_state = |name: &str, place: &str| {
        if !states.contains(&name) {
            unknown(place, "state", name, &states, report);
        }
    };
    known_state(&workflow.initial, &format!("{place}/initial"));
    for state in &workflow.states {
        if let Some(escalation) = &state.escalate {
            known_role(definition, &escalation.to, &format!("{place}/state:{}/escalate", state.name), report);
        }
    }
    for (index, transition) in workflow.transitions.iter().enumerate() {
        let place = format!("{place}/transition:{index}");
        for from in &transition.from {
            known_state(from, &format!("{place}/from:{from}"));
        }
        if let Some(to) = &transition.to {
            known_state(to, &format!("{place}/to"));
        }
        for (index, by) in transition.by.iter().enumerate() {
            known_role(definition, &by.who, &format!("{place}/by:{index}"), report);
        }
    }
    if !definition.forms.iter().any(|form| form.workflow == workflow.name) {
        let expected = format!("a form with `workflow = \"{}@{}\"`", workflow.name, workflow.version);
        report.at(&place, format!("no form goes through the workflow `{}`", workflow.name), expected);
    }
}

/// The states of a KPI's forms that fit a name or a pattern ending in `*`.
fn matching<'a>(definition: &'a Definition, kpi: &Kpi, pattern: &str) -> Vec<&'a str> {
    let fits = |name: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    let forms = definition.forms.iter().filter(|form| kpi.forms.contains(&form.code));
    let states = forms.filter_map(|form| definition.workflow_of(form)).flat_map(|workflow| &workflow.states);
    states.map(|state| state.name.as_str()).filter(|name| fits(name)).collect()
}

fn check_kpi(definition: &Definition, kpi: &Kpi, report: &Report) {
    let place = format!("kpi:{}", kpi.id);
    for code in &kpi.forms {
        let Some(form) = known_form(definition, code, &format!("{place}/form:{code}"), report) else {
            continue;
        };
        if let KpiKind::Sum { field } = &kpi.kind {
            check_sum(form, field, kpi, &format!("{place}/field"), report);
        }
    }
    for state in &kpi.states {
        if matching(definition, kpi, state).is_empty() {
            unknown(
                &format!("{place}/state:{state}"),
                "state",
                state,
                &matching(definition, kpi, "*"),
                report,
            );
        }
    }
    for (index, who) in kpi.role_scope.iter().enumerate() {
        known_role(definition, who, &format!("{place}/role:{index}"), report);
    }
    let wrong = match kpi.kind {
        KpiKind::AverageDelay if kpi.window == Window::Now => {
            Some(("a delay without a window", "`window = \"week\"`, `\"month\"` or `\"year\"`"))
        }
        KpiKind::AverageDelay if kpi.unit != Unit::Minutes => Some(("a delay", "`unit = \"minutes\"`")),
        KpiKind::Count if kpi.unit != Unit::Count => Some(("a count", "`unit = \"count\"`")),
        _ => None,
    };
    if let Some((what, expected)) = wrong {
        report.at(&place, what, expected);
    }
}

fn check_sum(form: &Form, key: &str, kpi: &Kpi, place: &str, report: &Report) {
    let Some(field) = form.field(key) else {
        let known: Vec<&str> = form.fields.iter().map(|field| field.key.as_str()).collect();
        return unknown(place, &format!("field of {}", form.code), key, &known, report);
    };
    let fits = match field.kind {
        FieldType::Duration { .. } => kpi.unit == Unit::Minutes,
        FieldType::Money { .. } => kpi.unit == Unit::Cents,
        FieldType::Int { .. } => matches!(kpi.unit, Unit::Count | Unit::HalfDays),
        _ => false,
    };
    if !fits {
        let what = format!("the sum of `{key}` ({}) in {}", field.kind.name(), kpi.unit.as_str());
        report.at(place, what, "a duration in minutes, an amount in cents, or an int in count or halfdays");
    }
}

fn check_backlog(definition: &Definition, report: &Report) {
    for (index, entry) in definition.backlog.iter().enumerate() {
        let place = format!("backlog:{index}");
        known_role(definition, &entry.waits_for, &format!("{place}/role"), report);
        let Some(workflow) = definition.workflow(&entry.workflow) else {
            let known: Vec<&str> =
                definition.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
            unknown(&format!("{place}/workflow"), "workflow", &entry.workflow, &known, report);
            continue;
        };
        match workflow.state(&entry.state) {
            None => {
                let known: Vec<&str> = workflow.states.iter().map(|state| state.name.as_str()).collect();
                unknown(&format!("{place}/state"), "state", &entry.state, &known, report);
            }
            Some(state) if state.is_final => {
                report.at(
                    &format!("{place}/state"),
                    "somebody waits in a final state",
                    "a state with an exit",
                );
            }
            Some(_) => {}
        }
    }
}
