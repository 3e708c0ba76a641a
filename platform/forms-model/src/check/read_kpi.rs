//! Reading the dashboard's part of `module.toml`.

use super::read_module::need_key;
use super::read_workflow::read_audience;
use super::table::Table;
use crate::define::{Audience, Backlog, Direction, Kpi, KpiKind, Unit, Window};
use toml::de::DeValue;

pub(super) fn read_kpis(table: &Table<'_>) -> Vec<Kpi> {
    table.tables("kpi", "a KPI", 50).iter().map(read_kpi).collect()
}

fn read_kpi(table: &Table<'_>) -> Kpi {
    let id = need_key(table, "id", "kpi").value;
    let place = format!("kpi:{id}");
    for key in ["kind", "unit", "direction"] {
        if table.get(key).is_none() {
            table.missing(key, "\"…\"");
        }
    }
    let kind = read_kind(table, &place);
    let forms = table.words("forms", 50);
    for form in &forms {
        table.source.note(format!("{place}/form:{}", form.value), form.span.start);
    }
    let states = table.words("states", 50);
    for state in &states {
        table.source.note(format!("{place}/state:{}", state.value), state.span.start);
    }
    for (key, empty) in [("forms", forms.is_empty()), ("states", states.is_empty())] {
        if empty {
            table.missing(key, "[\"…\"]");
        }
    }
    let kpi = Kpi {
        label: table.need_text("label"),
        unit: read_unit(table),
        window: read_window(table),
        role_scope: read_role_scope(table, &place),
        target: table.integer("target", 0..=crate::define::MAX_INTEGER),
        direction: read_direction(table),
        kind,
        forms: forms.into_iter().map(|word| word.value).collect(),
        states: states.into_iter().map(|word| word.value).collect(),
        id,
    };
    table.finish();
    kpi
}

fn read_kind(table: &Table<'_>, place: &str) -> KpiKind {
    let field = table.word("field");
    if let Some(field) = &field {
        table.source.note(format!("{place}/field"), field.span.start);
    }
    let words = ["count", "sum", "average_delay"];
    let word = table.one_of("kind", &words, |word| words.iter().position(|known| *known == word));
    match (word, field) {
        (Some(1), Some(field)) => KpiKind::Sum { field: field.value },
        (Some(1), None) => {
            table.missing("field", "\"minutes\"");
            KpiKind::Count
        }
        (Some(kind), field) => {
            if field.is_some() {
                table.error("`field` without a sum", "`kind = \"sum\"`");
            }
            if kind == 2 { KpiKind::AverageDelay } else { KpiKind::Count }
        }
        (None, _) => KpiKind::Count,
    }
}

fn read_unit(table: &Table<'_>) -> Unit {
    let units = [Unit::Count, Unit::Minutes, Unit::Cents, Unit::HalfDays];
    let parse = |word: &str| units.into_iter().find(|unit| unit.as_str() == word);
    table.one_of("unit", &units.map(Unit::as_str), parse).unwrap_or(Unit::Count)
}

fn read_window(table: &Table<'_>) -> Window {
    let parse = |word: &str| match word {
        "now" => Some(Window::Now),
        "week" => Some(Window::Week),
        "month" => Some(Window::Month),
        "year" => Some(Window::Year),
        _ => None,
    };
    table.one_of("window", &["now", "week", "month", "year"], parse).unwrap_or(Window::Now)
}

fn read_direction(table: &Table<'_>) -> Direction {
    let parse = |word: &str| match word {
        "up" => Some(Direction::Up),
        "down" => Some(Direction::Down),
        "neutral" => Some(Direction::Neutral),
        _ => None,
    };
    table.one_of("direction", &["up", "down", "neutral"], parse).unwrap_or(Direction::Neutral)
}

fn read_role_scope(table: &Table<'_>, place: &str) -> Vec<Audience> {
    let single = matches!(table.get("role_scope").map(toml::Spanned::get_ref), Some(DeValue::Table(_)));
    let entries = if single {
        table.table("role_scope", "`role_scope`").into_iter().collect()
    } else {
        table.tables("role_scope", "`role_scope`", 10)
    };
    if entries.is_empty() {
        table.missing("role_scope", "{ role = \"chef\", scope = \"team\" }");
    }
    let read = |(index, entry): (usize, &Table<'_>)| {
        let who = read_audience(entry, &format!("{place}/role:{index}"));
        entry.finish();
        who
    };
    entries.iter().enumerate().filter_map(read).collect()
}

pub(super) fn read_backlog(table: &Table<'_>) -> Vec<Backlog> {
    let entries = table.tables("backlog", "an entry of the backlog", 50);
    entries
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| read_entry(entry, &format!("backlog:{index}")))
        .collect()
}

fn read_entry(table: &Table<'_>, place: &str) -> Option<Backlog> {
    let (workflow, state) = (table.need_word("workflow"), table.need_word("state"));
    table.source.note(format!("{place}/workflow"), workflow.span.start);
    table.source.note(format!("{place}/state"), state.span.start);
    let title = table.need_text("title");
    let who = table.table("waits_for", "`waits_for`");
    if who.is_none() {
        table.missing("waits_for", "{ role = \"chef\", scope = \"team\" }");
    }
    let who = who.and_then(|who| {
        let read = read_audience(&who, &format!("{place}/role"));
        who.finish();
        read
    });
    table.finish();
    Some(Backlog { workflow: workflow.value, state: state.value, waits_for: who?, title })
}
