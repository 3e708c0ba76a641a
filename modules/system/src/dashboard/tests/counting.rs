//! Whatever happens to whichever instances, the figures are what one would count by hand.

use super::world::{LEA, TEAM, at, declarations, id, zone};
use crate::dashboard::model::{KpiKey, mean_delay};
use crate::dashboard::period::{Period, day};
use crate::dashboard::sql::value;
use crate::dashboard::view_dashboard::Tally;
use contracts::forms::{Payload, WorkflowEvent};
use db::{Event, GENESIS};
use flow::{Delivery, Fault};
use kernel::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const STATES: [&str; 5] = ["brouillon", "en_attente_chef", "en_attente_rh", "validee", "refusee"];
const VERBS: [&str; 4] = ["submit", "approve", "refuse", "comment"];

pub(super) fn delivery(position: u64, data: Json) -> Delivery {
    let event = Event {
        position,
        at: at("2026-11-18T11:00:00Z"),
        id: id(u128::from(position)),
        kind: data["event"].as_str().unwrap_or_default().to_owned(),
        version: 1,
        stream: "instance/x".into(),
        stream_version: position,
        actor: "system:test".into(),
        correlation_id: id(7),
        causation_id: None,
        data: data.to_string(),
        hash: GENESIS,
    };
    Delivery { source: "heures".parse().unwrap(), event, data }
}

/// One random step: which instance, by which verb, into which state, how much later, and its minutes.
fn steps() -> impl Strategy<Value = Vec<(u8, usize, usize, i64, i64)>> {
    prop::collection::vec((0..6_u8, 0..VERBS.len(), 0..STATES.len(), 0..3 * 86_400_i64, 0..600_i64), 1..60)
}

/// The events of the steps; a comment leaves an instance where it is.
fn events(steps: &[(u8, usize, usize, i64, i64)]) -> Vec<WorkflowEvent> {
    let mut now = at("2026-10-28T07:00:00Z");
    let mut known: BTreeMap<u8, (String, Timestamp)> = BTreeMap::new();
    let mut events = Vec::new();
    for (instance, verb, state, later, minutes) in steps {
        now = now.plus_seconds(*later);
        let before = known.get(instance).cloned();
        let says = VERBS[*verb] == "comment";
        let state = match &before {
            Some((state, _)) if says => state.clone(),
            _ => STATES[*state].to_owned(),
        };
        let submitted = before.as_ref().map_or(now, |(_, at)| *at);
        let team = (instance % 3 != 0).then(|| id(TEAM + u128::from(instance % 3)).to_string());
        let payload = Payload {
            from: before.map(|(state, _)| state),
            subject: Some(id(LEA).to_string()),
            team,
            submitted_at: Some(submitted),
            measures: json!({ "minutes": minutes }).as_object().cloned().unwrap_or_default(),
            ..Payload::default()
        };
        if !says {
            known.insert(*instance, (state.clone(), submitted));
        }
        events.push(WorkflowEvent {
            event: format!("form.workflow.{}", VERBS[*verb]),
            version: 1,
            module: "heures".into(),
            instance_id: instance.to_string(),
            form_type: if instance % 2 == 0 { "HEURE_SUP" } else { "OUBLI" }.into(),
            state,
            by: "user123".into(),
            at: now,
            payload,
        });
    }
    events
}

/// What one would count by hand, for everybody: (figure, bucket) to value.
fn by_hand(events: &[WorkflowEvent]) -> BTreeMap<(String, String), i64> {
    let open = |state: Option<&str>| matches!(state, Some("en_attente_chef" | "en_attente_rh"));
    let (mut state, mut counted) = (BTreeMap::new(), BTreeMap::new());
    let mut delays: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for event in events.iter().filter(|e| !e.event.ends_with("comment")) {
        let date = day(event.at, &zone());
        let (week, month) = (Period::Week.bucket(date), Period::Month.bucket(date));
        let before = state.insert(&event.instance_id, event.state.as_str());
        let mut add = |figure: &str, bucket: &str, n: i64| {
            *counted.entry((format!("heures.{figure}"), bucket.to_owned())).or_insert(0) += n;
        };
        add("open", &week, i64::from(open(Some(&event.state))) - i64::from(open(before)));
        let decided = ["validee", "refusee"];
        if decided.contains(&event.state.as_str()) && before.is_none_or(|b| !decided.contains(&b)) {
            add("decided", &month, 1);
        }
        if event.state == "validee" && before != Some("validee") {
            add("extra", &week, event.payload.measures["minutes"].as_i64().unwrap());
            if event.form_type == "HEURE_SUP" {
                let (total, n) = delays.entry(week).or_default();
                *total += (event.at.0 - event.payload.submitted_at.unwrap().0) / Timestamp::SECOND;
                *n += 1;
            }
        }
    }
    let standing = state.values().filter(|s| open(Some(**s))).count();
    counted.insert(("heures.open".into(), String::new()), i64::try_from(standing).unwrap());
    for (week, (total, n)) in delays {
        counted.insert(("heures.delay".into(), week), mean_delay(total, n).unwrap());
    }
    counted.retain(|_, n| *n != 0);
    counted
}

fn tallied(tally: &Tally, role_scope: &str) -> BTreeMap<(String, String), i64> {
    let mine = tally.kpis.iter().filter(|(key, _)| key.role_scope == role_scope);
    let values = mine.map(|(KpiKey { id, bucket, .. }, sum)| {
        ((id.clone(), bucket.clone()), value(sum.kind, sum.total, sum.n))
    });
    values.filter(|(_, n)| *n != 0).collect()
}

proptest! {
    #[test]
    fn figures_are_what_one_counts_by_hand(steps in steps()) {
        let (events, declared) = (events(&steps), declarations().now());
        let mut tally = Tally::default();
        for (event, position) in events.iter().zip(1..) {
            let data = serde_json::to_value(event).unwrap();
            tally.add(&declared, &delivery(position, data)).unwrap();
        }
        prop_assert_eq!(tallied(&tally, "rh@all"), by_hand(&events));
        prop_assert_eq!(tallied(&tally, &format!("employee@self:{}", id(LEA))), by_hand(&events));
        for team in [TEAM + 1, TEAM + 2] {
            let key = id(team).to_string();
            let mine: Vec<_> =
                events.iter().filter(|e| e.payload.team.as_ref() == Some(&key)).cloned().collect();
            prop_assert_eq!(tallied(&tally, &format!("chef@team:{key}")), by_hand(&mine));
        }
    }
}

#[test]
fn the_seeds_example_is_applied_as_it_stands() {
    let seed = json!({ "event": "form.workflow.approve", "version": 1, "module": "heures", "instanceId": "uuid",
        "formType": "HEURE_SUP", "state": "en_attente_rh", "by": "user123", "at": "2025-10-28T10:22:33Z",
        "payload": { "comment": "OK" } });
    let mut tally = Tally::default();
    tally.add(&declarations().now(), &delivery(1, seed)).unwrap();
    let begun = tallied(&tally, "rh@all");
    assert_eq!(begun[&("heures.open".to_owned(), String::new())], 1);
    assert_eq!(tally.items["heures:uuid"], None, "it names nobody who has to decide");
}

fn fault(position: u64, data: Json) -> String {
    match Tally::default().add(&declarations().now(), &delivery(position, data)) {
        Err(Fault::Poison { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_understood_says_why() {
    let good = super::world::event("approve", 1, None, "validee", "2026-11-18T11:00:00Z");
    let with = |name: &str, value: Json| {
        let mut data = good.clone();
        data[name] = value;
        data
    };
    assert_eq!(fault(1, with("version", json!(2))), "unknown_version");
    assert_eq!(fault(1, with("at", json!("yesterday"))), "unreadable");
    assert_eq!(fault(1, with("module", json!("badges"))), "foreign_module");
    let mut data = good.clone();
    data["payload"]["measures"]["minutes"] = json!(1.5);
    assert_eq!(fault(1, data.clone()), "unreadable");
    data["payload"]["measures"]["minutes"] = json!(i64::MAX);
    assert_eq!(fault(1, data), "unreadable");
}
