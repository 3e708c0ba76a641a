//! From rows to figures: the value of the present period, what it was before, and twelve points. Pure.

use super::counted;
use super::declared::{Declared, period_of};
use super::model::{self, mean_delay};
use super::period::{NOW, Period, day};
use super::sql::KpiRow;
use contracts::dashboard::{Direction, Kpi, Measure};
use jiff::civil::Date;
use kernel::{Text, Timestamp};
use std::collections::BTreeMap;
use web::Principal;

/// Points of a figure: the present period and those before.
pub(super) const POINTS: usize = 12;

/// One period of a figure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// A day in it.
    pub day: Date,
    /// Its bucket: `2026-W47`.
    pub bucket: String,
    /// The value; `None` where a mean has nothing to be the mean of.
    pub value: Option<i64>,
}

/// A figure as one reader sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// `module.kpi`.
    pub id: String,
    /// The module that declares it.
    pub module: String,
    /// The modules whose events make it.
    pub made_from: Vec<String>,
    /// Its name.
    pub label: Text,
    /// `standing`, `entered`, `sum` or `delay`.
    pub kind: &'static str,
    /// `count`, `minutes`, `cents` or `days`.
    pub unit: String,
    /// How far it reaches for this reader: `self`, `team` or `all`.
    pub scope: String,
    /// The value of now, or of the present period; a delay in tenths of a day.
    pub value: Option<i64>,
    /// What it is compared with, in the unit of the value.
    pub target: Option<i64>,
    /// Whether more is better.
    pub direction: Direction,
    /// How long its periods are.
    pub period: Period,
    /// The last twelve periods, the present one last.
    pub points: Vec<Point>,
    /// The instant of the last event in it; `None` when there was none.
    pub computed_at: Option<Timestamp>,
    /// The page that adds up to it.
    pub link: String,
}

impl Figure {
    /// The value of the period before the present one.
    #[must_use]
    pub fn previous(&self) -> Option<i64> {
        self.points.iter().rev().nth(1).and_then(|point| point.value)
    }
}

/// Rows of one figure by bucket, over the keys of the chosen audience.
#[derive(Default)]
struct Sums {
    buckets: BTreeMap<String, (i64, i64)>,
    computed_at: Option<Timestamp>,
}

/// The figures that a reader may see, from the rows under their keys.
pub(super) fn figures(
    declared: &Declared,
    reader: &Principal,
    rows: &[KpiRow],
    now: Timestamp,
) -> Vec<Figure> {
    let today = day(now, &declared.zone);
    let mut by_id: BTreeMap<&str, Vec<&KpiRow>> = BTreeMap::new();
    for row in rows {
        by_id.entry(&row.key.id).or_default().push(row);
    }
    let mut figures = Vec::new();
    for (module, dashboard) in &*declared.modules {
        for kpi in &dashboard.kpis {
            let Some(audience) = model::audience(kpi, reader) else { continue };
            let keys = model::keys_of(audience, reader);
            for (id, label) in instances(module, kpi, &by_id) {
                let rows = by_id.get(id.as_str()).map_or(&[][..], Vec::as_slice);
                let sums = add_up(rows.iter().filter(|row| keys.contains(&row.key.role_scope)));
                let figure = figure(kpi, id, module, audience.scope.clone(), &sums, today);
                figures.push(Figure { label, ..figure });
            }
        }
    }
    figures
}

/// The figures that a declaration makes: one, or one for each value that it is split by and that has come up.
fn instances(module: &str, kpi: &Kpi, by_id: &BTreeMap<&str, Vec<&KpiRow>>) -> Vec<(String, Text)> {
    let Measure::Counted { by: Some(_), .. } = kpi.measure else {
        return vec![counted::named(module, kpi, None)];
    };
    let (whole, label) = counted::named(module, kpi, None);
    let prefix = format!("{whole}{}", counted::SPLIT);
    let values = by_id.keys().filter_map(|id| id.strip_prefix(prefix.as_str()));
    let split: Vec<_> = values.map(|value| counted::named(module, kpi, Some(value))).collect();
    if split.is_empty() { vec![(whole, label)] } else { split }
}

fn add_up<'a>(rows: impl Iterator<Item = &'a &'a KpiRow>) -> Sums {
    let mut sums = Sums::default();
    for row in rows {
        let (total, n) = sums.buckets.entry(row.key.bucket.clone()).or_default();
        *total += row.total;
        *n += row.n;
        sums.computed_at = sums.computed_at.max(Some(row.computed_at));
    }
    sums
}

fn figure(kpi: &Kpi, id: String, module: &str, scope: String, sums: &Sums, today: Date) -> Figure {
    let period = period_of(&kpi.measure);
    let days = period.last(today, POINTS);
    let buckets: Vec<String> = days.iter().map(|day| period.bucket(*day)).collect();
    let at = |bucket: &str| sums.buckets.get(bucket).copied().unwrap_or_default();
    let (kind, values): (_, Vec<Option<i64>>) = match kpi.measure {
        Measure::Standing { .. } => ("standing", standing(at(NOW).0, &buckets, at)),
        Measure::Entered { .. } => ("entered", buckets.iter().map(|b| Some(at(b).0)).collect()),
        Measure::Sum { .. } => ("sum", buckets.iter().map(|b| Some(at(b).0)).collect()),
        Measure::Counted { period: None, .. } => ("standing", standing(at(NOW).0, &buckets, at)),
        Measure::Counted { .. } => ("sum", buckets.iter().map(|b| Some(at(b).0)).collect()),
        // What was so before is not known: only the last word about each thing is kept.
        Measure::Holding { .. } => {
            let before = vec![None; buckets.len().saturating_sub(1)];
            ("standing", before.into_iter().chain([Some(at(NOW).0)]).collect())
        }
        Measure::Delay { .. } => ("delay", buckets.iter().map(|b| mean_delay(at(b).0, at(b).1)).collect()),
    };
    let value = values.last().copied().flatten();
    let points = days.into_iter().zip(buckets).zip(values);
    Figure {
        id,
        module: module.to_owned(),
        made_from: made_from(module, kpi),
        label: kpi.label.clone(),
        kind,
        unit: kpi.unit.clone(),
        link: kpi.link.replace("{scope}", &scope),
        scope,
        value,
        target: kpi.target,
        direction: kpi.direction,
        period,
        points: points.map(|((day, bucket), value)| Point { day, bucket, value }).collect(),
        computed_at: sums.computed_at,
    }
}

fn made_from(module: &str, kpi: &Kpi) -> Vec<String> {
    let others: Vec<String> = counted::read_from(kpi).into_iter().map(str::to_owned).collect();
    if others.is_empty() { vec![module.to_owned()] } else { others }
}

/// What stood at the end of each week: what stands now, less what has changed since.
fn standing(now: i64, buckets: &[String], at: impl Fn(&str) -> (i64, i64)) -> Vec<Option<i64>> {
    let mut stands = now;
    let mut values: Vec<Option<i64>> = Vec::with_capacity(buckets.len());
    for bucket in buckets.iter().rev() {
        values.push(Some(stands));
        stands -= at(bucket).0;
    }
    values.reverse();
    values
}

/// The first bucket of a day, of a week and of a month that figures need.
pub(super) fn first_buckets(declared: &Declared, now: Timestamp) -> [String; 3] {
    let today = day(now, &declared.zone);
    let first =
        |period: Period| period.last(today, POINTS).first().map(|d| period.bucket(*d)).unwrap_or_default();
    [first(Period::Day), first(Period::Week), first(Period::Month)]
}
