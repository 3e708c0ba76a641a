//! What one event does to the figures and the backlog, and what a reader may see of them. Pure.

use super::declared::{Declared, period_of};
use super::period::{NOW, Period, day};
use contracts::dashboard::{Audience, Dashboard, Kpi, Measure};
use contracts::forms::{Awaits, FAMILY, Payload, WorkflowEvent};
use kernel::Timestamp;
use serde_json::Value as Json;
use web::Principal;

/// The largest number that an event may add: a year of it every minute still fits an integer.
pub(super) const LARGEST: i64 = 1_000_000_000_000;

/// Seconds in a tenth of a day, the unit in which delays are told.
pub(super) const TENTH_OF_DAY_S: i64 = 8640;

/// Which row of `kpi_item`, but for its generation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct KpiKey {
    pub(super) role_scope: String,
    pub(super) id: String,
    pub(super) bucket: String,
}

/// What is added to a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct KpiSum {
    pub(super) kind: &'static str,
    pub(super) label: kernel::Text,
    pub(super) unit: String,
    pub(super) source: String,
    pub(super) total: i64,
    pub(super) n: i64,
    pub(super) computed_at: Timestamp,
}

/// An instance that awaits somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) title_en: Option<String>,
    pub(super) source: String,
    pub(super) assignee: String,
    pub(super) due_at: Option<Timestamp>,
    pub(super) link: String,
    pub(super) role_scope: String,
    pub(super) also_scope: Option<String>,
    pub(super) module: String,
    pub(super) instance: String,
    pub(super) form: String,
    pub(super) reference: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) author: Option<String>,
    pub(super) submitted_at: Option<Timestamp>,
    pub(super) computed_at: Timestamp,
}

/// What an event does to the backlog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Pending {
    /// Nothing: it was said, not done.
    Keep,
    /// The instance awaits nobody.
    Gone(String),
    /// The instance awaits somebody.
    Awaits(Box<Item>),
}

/// Whether an event only says something: it moves nothing, so that a writer who knows little cannot upset a count.
fn only_says(event: &WorkflowEvent) -> bool {
    event.event.ends_with(".comment") || !event.event.starts_with(FAMILY)
}

/// What an event adds to the figures of its module.
///
/// # Errors
/// When a number that a figure adds up is not a whole number, or beyond all reason.
pub(super) fn sums(
    declared: &Declared,
    event: &WorkflowEvent,
    source: &str,
) -> Result<Vec<(KpiKey, KpiSum)>, String> {
    let Some(dashboard) = declared.modules.get(&event.module) else { return Ok(Vec::new()) };
    let mut added = Vec::new();
    if only_says(event) {
        return Ok(added);
    }
    let date = day(event.at, &declared.zone);
    for kpi in counting(dashboard, event) {
        let period = period_of(&kpi.measure);
        for (kind, bucket, total, n) in amounts(&kpi.measure, event, period, &period.bucket(date))? {
            for role_scope in scopes(&kpi.audience, &event.payload) {
                let id = format!("{}.{}", event.module, kpi.id);
                let sum = KpiSum {
                    kind,
                    label: kpi.label.clone(),
                    unit: kpi.unit.clone(),
                    source: source.to_owned(),
                    total,
                    n,
                    computed_at: event.at,
                };
                added.push((KpiKey { role_scope, id, bucket: bucket.clone() }, sum));
            }
        }
    }
    Ok(added)
}

fn counting<'a>(dashboard: &'a Dashboard, event: &'a WorkflowEvent) -> impl Iterator<Item = &'a Kpi> {
    dashboard.kpis.iter().filter(|kpi| kpi.forms.is_empty() || kpi.forms.contains(&event.form_type))
}

/// The kind of row, its bucket, and what is added to `total` and `n`.
type Amount = (&'static str, String, i64, i64);

/// What a measure takes from an event. An instance that enters a state twice counts twice.
fn amounts(
    measure: &Measure,
    event: &WorkflowEvent,
    period: Period,
    bucket: &str,
) -> Result<Vec<Amount>, String> {
    let inside =
        |states: &[String], state: Option<&str>| state.is_some_and(|s| states.iter().any(|x| x == s));
    let (from, to) = (event.payload.from.as_deref(), Some(event.state.as_str()));
    let enters = |states: &[String]| inside(states, to) && !inside(states, from);
    let one = |kind, total| Ok(vec![(kind, bucket.to_owned(), total, 1)]);
    debug_assert!(!bucket.is_empty(), "{period:?} has a bucket");
    match measure {
        Measure::Standing { states } => {
            let change = i64::from(inside(states, to)) - i64::from(inside(states, from));
            let rows = vec![
                ("standing", NOW.to_owned(), change, change),
                ("change", bucket.to_owned(), change, change),
            ];
            Ok(if change == 0 { Vec::new() } else { rows })
        }
        Measure::Entered { states, .. } if enters(states) => one("entered", 1),
        Measure::Sum { states, of, .. } if enters(states) => match event.payload.measures.get(of) {
            None => Ok(Vec::new()),
            Some(number) => one("sum", whole(of, number)?),
        },
        Measure::Delay { states, .. } if enters(states) => match event.payload.submitted_at {
            None => Ok(Vec::new()),
            Some(submitted) => one("delay", ((event.at.0 - submitted.0) / Timestamp::SECOND).max(0)),
        },
        Measure::Entered { .. } | Measure::Sum { .. } | Measure::Delay { .. } => Ok(Vec::new()),
        // Any event moves these: see `counted`.
        Measure::Counted { .. } | Measure::Holding { .. } => Ok(Vec::new()),
    }
}

fn whole(name: &str, number: &Json) -> Result<i64, String> {
    let whole = number.as_i64().filter(|n| (-LARGEST..=LARGEST).contains(n));
    whole.ok_or_else(|| format!("the measure `{name}` is {number}, not a whole number within reason"))
}

/// The keys under which an event counts: who is declared to see it. Without a team or a subject there is nobody whose
/// it would be, and that audience is passed over.
fn scopes(audience: &[Audience], payload: &Payload) -> Vec<String> {
    let key = |audience: &Audience| match audience.scope.as_str() {
        "all" => Some(all_key(&audience.role)),
        "team" => payload.team.as_deref().map(|team| team_key(&audience.role, team)),
        "self" => payload.subject.as_deref().map(|subject| self_key(&audience.role, subject)),
        _ => None,
    };
    let mut keys: Vec<String> = audience.iter().filter_map(key).collect();
    keys.sort();
    keys.dedup();
    keys
}

pub(super) fn all_key(role: &str) -> String {
    format!("{role}@all")
}

fn team_key(role: &str, team: &str) -> String {
    format!("{role}@team:{team}")
}

fn self_key(role: &str, person: &str) -> String {
    format!("{role}@self:{}", bare(person))
}

/// A person's id, however the writer names them: `person:ID` or `ID`.
fn bare(person: &str) -> &str {
    person.strip_prefix("person:").unwrap_or(person)
}

/// What an event does to the backlog.
pub(super) fn pending(event: &WorkflowEvent, source: &str) -> Pending {
    let WorkflowEvent { module, instance_id, payload, .. } = event;
    let id = format!("{module}:{instance_id}");
    let Some(awaits) = &payload.awaits else {
        return if only_says(event) { Pending::Keep } else { Pending::Gone(id) };
    };
    let key = |awaits: &Awaits| match awaits.scope.as_str() {
        "all" => all_key(&awaits.role),
        _ => team_key(&awaits.role, payload.team.as_deref().unwrap_or_default()),
    };
    let text = |title: &Option<Json>| title.as_ref().and_then(Json::as_str).map(str::to_owned);
    Pending::Awaits(Box::new(Item {
        id,
        title: text(&payload.title),
        title_en: text(&payload.title_en),
        source: source.to_owned(),
        assignee: awaits.role.clone(),
        due_at: payload.due_at,
        link: format!("/inbox/{}/{}", segment(module), segment(instance_id)),
        role_scope: key(awaits),
        also_scope: payload.also.as_ref().map(key),
        module: module.clone(),
        instance: instance_id.clone(),
        form: event.form_type.clone(),
        reference: payload.reference.clone(),
        subject: payload.subject.as_deref().map(|s| bare(s).to_owned()),
        author: payload.author.as_deref().map(|s| bare(s).to_owned()),
        submitted_at: payload.submitted_at,
        computed_at: event.at,
    }))
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A mean delay in tenths of a day, rounded to the nearest.
pub(super) fn mean_delay(total_s: i64, n: i64) -> Option<i64> {
    (n > 0).then(|| (2 * total_s + TENTH_OF_DAY_S * n) / (2 * TENTH_OF_DAY_S * n))
}

/// The keys of one audience that a reader holds; none when the audience is not theirs.
pub(super) fn keys_of(audience: &Audience, reader: &Principal) -> Vec<String> {
    if !reader.roles.contains(&audience.role) {
        return Vec::new();
    }
    match audience.scope.as_str() {
        "all" => vec![all_key(&audience.role)],
        "team" => reader.manages.iter().map(|team| team_key(&audience.role, &team.to_string())).collect(),
        "self" => vec![self_key(&audience.role, &reader.id.to_string())],
        _ => Vec::new(),
    }
}

/// Every key that a reader holds: what SQL compares `role_scope` with.
pub(super) fn keys(reader: &Principal) -> Vec<String> {
    let scopes = ["all", "team", "self"];
    let audiences = reader.roles.iter().flat_map(|role| {
        scopes.iter().map(move |scope| Audience { role: role.clone(), scope: (*scope).to_owned() })
    });
    audiences.flat_map(|audience| keys_of(&audience, reader)).collect()
}

/// The widest audience of a figure that a reader belongs to: they see the figure once, over all that they may see.
pub(super) fn audience<'a>(kpi: &'a Kpi, reader: &Principal) -> Option<&'a Audience> {
    let width = |audience: &&Audience| match audience.scope.as_str() {
        "all" => 2,
        "team" => 1,
        _ => 0,
    };
    kpi.audience.iter().filter(|a| !keys_of(a, reader).is_empty()).max_by_key(width)
}
