//! Figures that any event moves, as modules declare them: numbers that are added up, and things that are as said by the
//! last event about each. Pure.

use super::declared::{Declared, period_of};
use super::model::{KpiKey, KpiSum, LARGEST, all_key};
use super::period::{NOW, Period, day};
use contracts::dashboard::{Add, Kpi, Measure, When};
use flow::Delivery;
use kernel::Text;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Between a figure's identifier and the value that it is split by.
pub(super) const SPLIT: char = '/';

/// A thing that a figure may hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct ThingKey {
    pub(super) role_scope: String,
    pub(super) id: String,
    pub(super) thing: String,
}

/// The types of events that declarations count, with their modules.
pub(super) fn counts(declared: &Declared, kind: &str) -> bool {
    measures(declared).any(|(_, kpi)| match &kpi.measure {
        Measure::Counted { adds, .. } => adds.iter().any(|add| add.event == kind),
        Measure::Holding { event, .. } => event == kind,
        _ => false,
    })
}

/// The modules whose events make a figure of another module.
pub(super) fn read_from(kpi: &Kpi) -> BTreeSet<&str> {
    match &kpi.measure {
        Measure::Counted { adds, .. } => adds.iter().map(|add| add.module.as_str()).collect(),
        Measure::Holding { module, .. } => BTreeSet::from([module.as_str()]),
        _ => BTreeSet::new(),
    }
}

fn measures(declared: &Declared) -> impl Iterator<Item = (&String, &Kpi)> {
    declared
        .modules
        .iter()
        .flat_map(|(module, dashboard)| dashboard.kpis.iter().map(move |kpi| (module, kpi)))
}

fn keys(kpi: &Kpi) -> BTreeSet<String> {
    kpi.audience.iter().map(|audience| all_key(&audience.role)).collect()
}

/// What an event adds to the figures that count it.
///
/// # Errors
/// When a number that a figure adds up is not a whole number, or beyond all reason.
pub(super) fn sums(declared: &Declared, delivery: &Delivery) -> Result<Vec<(KpiKey, KpiSum)>, String> {
    let mut added = Vec::new();
    for (module, kpi) in measures(declared) {
        let Measure::Counted { adds, period, by } = &kpi.measure else { continue };
        for add in adds.iter().filter(|add| is_of(add, delivery)) {
            let Some(amount) = amount(add, &delivery.data)? else { continue };
            let split = by.as_ref().map(|pointer| told(&delivery.data, pointer));
            let (id, label) = named(module, kpi, split.as_deref());
            let date = day(delivery.event.at, &declared.zone);
            let n = if add.minus { -1 } else { 1 };
            let rows = match period {
                None => vec![("standing", NOW.to_owned()), ("change", Period::Week.bucket(date))],
                Some(_) => vec![("sum", period_of(&kpi.measure).bucket(date))],
            };
            for (kind, bucket) in rows {
                for role_scope in keys(kpi) {
                    let sum = KpiSum {
                        kind,
                        label: label.clone(),
                        unit: kpi.unit.clone(),
                        // Of whoever declares it: which of several logs was read last is chance.
                        source: module.to_owned(),
                        total: amount,
                        n,
                        computed_at: delivery.event.at,
                    };
                    added.push((KpiKey { role_scope, id: id.clone(), bucket: bucket.clone() }, sum));
                }
            }
        }
    }
    Ok(added)
}

/// The things that an event is about, and whether each is now as said.
pub(super) fn things(declared: &Declared, delivery: &Delivery) -> Vec<(ThingKey, bool)> {
    let mut found = Vec::new();
    for (owner, kpi) in measures(declared) {
        let Measure::Holding { module, event, thing, when } = &kpi.measure else { continue };
        if *event != delivery.event.kind || *module != delivery.source.module.as_str() {
            continue;
        }
        let parts: Vec<String> = thing.iter().map(|pointer| told(&delivery.data, pointer)).collect();
        let inside = holds(when, &delivery.data);
        for role_scope in keys(kpi) {
            let (id, thing) = (format!("{owner}.{}", kpi.id), parts.join("/"));
            found.push((ThingKey { role_scope, id, thing }, inside));
        }
    }
    found
}

/// A figure's identifier and name; of one of the values that it is split by.
pub(super) fn named(module: &str, kpi: &Kpi, split: Option<&str>) -> (String, Text) {
    let id = format!("{module}.{}", kpi.id);
    match split {
        None => (id, kpi.label.clone()),
        Some(value) => {
            let name = web::ui::capital(value);
            let label = Text::new(format!("{}, {name}", kpi.label.fr), format!("{}, {name}", kpi.label.en));
            (format!("{id}{SPLIT}{value}"), label)
        }
    }
}

fn is_of(add: &Add, delivery: &Delivery) -> bool {
    let named = add.event == delivery.event.kind && add.module == delivery.source.module.as_str();
    named && add.when.as_ref().is_none_or(|when| holds(when, &delivery.data))
}

/// How much an event adds; nothing when it does not say.
fn amount(add: &Add, data: &Json) -> Result<Option<i64>, String> {
    let sign = if add.minus { -1 } else { 1 };
    let Some(pointer) = &add.of else { return Ok(Some(sign)) };
    let Some(number) = data.pointer(pointer) else { return Ok(None) };
    let whole = number.as_i64().filter(|n| (-LARGEST..=LARGEST).contains(n));
    let whole = whole.ok_or_else(|| format!("`{pointer}` is {number}, not a whole number within reason"))?;
    Ok(Some(sign * whole))
}

fn told(data: &Json, pointer: &str) -> String {
    match data.pointer(pointer) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => "–".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn holds(when: &When, data: &Json) -> bool {
    let number = |pointer: &str| data.pointer(pointer).and_then(Json::as_i64);
    let text = when.is.as_ref().is_none_or(|text| told(data, &when.at) == *text);
    let small = when.at_most.is_none_or(|most| {
        let less = when.less.as_ref().map_or(Some(0), |pointer| number(pointer));
        number(&when.at).zip(less).is_some_and(|(of, less)| of.saturating_sub(less) <= most)
    });
    text && small
}
