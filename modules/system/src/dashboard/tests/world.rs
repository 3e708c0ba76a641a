//! Two modules with logs, the dashboard that follows them, and people who read it.

use crate::dashboard::{Declarations, NAME, Readers, View, schema};
use bus::{Bus, Signal};
use contracts::dashboard::{Audience, Dashboard, Kpi, Measure};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, NewEvent, Personal, Row, Schema};
use flow::Flow;
use jiff::tz::TimeZone;
use kernel::{Actor, Cause, Clock, DatabaseId, Lang, ModuleCode, TestClock, Text, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Island, Kind};
use web::Principal;

/// Wednesday of week 47.
pub(super) const NOON: &str = "2026-11-18T11:00:00Z";

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(super) fn zone() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// The workshop's team, which Marc manages; Léa is in it.
pub(super) const TEAM: u128 = 1;
pub(super) const LEA: u128 = 11;
pub(super) const MARC: u128 = 12;

pub(super) fn person(n: u128, roles: &[&str], manages: &[u128]) -> Principal {
    Principal {
        id: id(n),
        email: "x@archipel.test".into(),
        name: "Marc Le Goff".into(),
        title: "Responsable atelier".into(),
        lang: Lang::Fr,
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
        grants: Default::default(),
        team: Some(id(TEAM)),
        manages: manages.iter().map(|t| id(*t)).collect(),
        session: id(99),
    }
}

pub(super) fn lea() -> Principal {
    person(LEA, &["employee"], &[])
}

pub(super) fn marc() -> Principal {
    person(MARC, &["employee", "chef"], &[TEAM])
}

pub(super) fn nadia() -> Principal {
    person(13, &["employee", "rh"], &[])
}

fn audience(role: &str, scope: &str) -> Audience {
    Audience { role: role.into(), scope: scope.into() }
}

fn kpi(id: &str, unit: &str, measure: Measure) -> Kpi {
    Kpi {
        id: id.into(),
        label: Text::new(format!("Chiffre {id}"), format!("Figure {id}")),
        unit: unit.into(),
        measure,
        forms: Vec::new(),
        target: None,
        direction: contracts::dashboard::Direction::Down,
        audience: vec![audience("chef", "team"), audience("rh", "all"), audience("employee", "self")],
        link: format!("/heures?kpi={id}"),
    }
}

fn states(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// One figure of each kind.
pub(super) fn heures() -> Dashboard {
    let week = || "week".to_owned();
    let open = states(&["en_attente_chef", "en_attente_rh"]);
    let done = states(&["validee"]);
    Dashboard {
        name: Text::new("Heures", "Hours"),
        icon: "clock".into(),
        kpis: vec![
            kpi("open", "count", Measure::Standing { states: open }),
            kpi(
                "decided",
                "count",
                Measure::Entered { states: states(&["validee", "refusee"]), period: "month".into() },
            ),
            Kpi {
                target: Some(300),
                ..kpi(
                    "extra",
                    "minutes",
                    Measure::Sum { states: done.clone(), of: "minutes".into(), period: week() },
                )
            },
            Kpi {
                forms: vec!["HEURE_SUP".into()],
                target: Some(20),
                ..kpi("delay", "days", Measure::Delay { states: done, period: week() })
            },
        ],
    }
}

pub(super) fn declarations() -> Arc<Declarations> {
    let declarations = Declarations::new(zone());
    declarations.declare("heures", heures()).unwrap();
    declarations
}

/// A workflow event of `heures`, with what a writer of forms knows.
pub(super) fn event(verb: &str, instance: u128, from: Option<&str>, state: &str, instant: &str) -> Json {
    let mut payload = json!({ "subject": id(LEA), "team": id(TEAM), "title": "Heures du samedi 7",
        "reference": format!("HS-2026-{instance:04}"), "submitted_at": "2026-11-16T08:00:00Z", "measures": { "minutes": 150 } });
    payload["submittedAt"] = payload["submitted_at"].take();
    if let Some(from) = from {
        payload["from"] = from.into();
    }
    match state {
        "en_attente_chef" => {
            payload["awaits"] = json!({ "role": "chef", "scope": "team" });
            payload["dueAt"] = "2026-11-18T17:00:00Z".into();
        }
        "en_attente_rh" => {
            payload["awaits"] = json!({ "role": "rh", "scope": "all" });
            payload["dueAt"] = "2026-11-16T17:00:00Z".into();
        }
        _ => {}
    }
    json!({ "event": format!("form.workflow.{verb}"), "version": 1, "module": "heures", "instanceId": id(instance),
        "formType": "HEURE_SUP", "state": state, "by": id(MARC), "at": instant, "payload": payload })
}

pub(super) struct World {
    pub(super) own: Island,
    pub(super) sources: Vec<Db>,
    pub(super) flow: Arc<Flow>,
    pub(super) bus: Bus,
    pub(super) clock: Arc<TestClock>,
    pub(super) declarations: Arc<Declarations>,
    pub(super) readers: Readers,
}

impl World {
    pub(super) async fn new(kind: Kind) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position });
        });
        let own = Island::with_hook(kind, schema().unwrap(), hook).await;
        let mut sources = Vec::new();
        for code in ["heures", "badges"] {
            let module = ModuleCode::new(code).unwrap();
            let new = NewDatabase {
                id: DatabaseId::main(module.clone()),
                schema: Arc::new(Schema::new(module, Vec::new(), Vec::new(), Vec::new()).unwrap()),
                place: Place::Sqlite { file: format!("{code}.sqlite") },
                key: Key::random().unwrap(),
                password: None,
            };
            sources.push(own.databases.create(new, testkit::now()).await.unwrap());
        }
        let clock = Arc::new(TestClock::at(at(NOON)));
        let flow = Flow::start(own.databases.clone(), bus.clone(), clock.clone());
        let declarations = declarations();
        let readers = Readers::new(own.db.clone(), declarations.clone());
        Self { own, sources, flow, bus, clock, declarations, readers }
    }

    pub(super) fn follow(&self) {
        self.flow.follow(self.own.db.clone(), Arc::new(View(self.declarations.clone())));
    }

    /// Appends an event to a source's log.
    pub(super) async fn emit(&self, source: usize, data: Json) {
        self.emit_personal(source, data, Vec::new()).await;
    }

    pub(super) async fn emit_personal(&self, source: usize, data: Json, personal: Vec<Personal>) {
        let mut batch = Batch::new(self.clock.now(), cause());
        batch.event(NewEvent {
            personal,
            ..NewEvent::new(
                self.clock.new_id(),
                data["event"].as_str().unwrap().to_owned(),
                format!("instance/{}", data["instanceId"].as_str().unwrap()),
                data,
            )
        });
        self.sources[source].write(batch).await.unwrap();
    }

    pub(super) async fn caught_up(&self) {
        eventually(async || {
            let lags = self.flow.lags().await.unwrap();
            let ours = lags.iter().filter(|l| l.consumer == NAME);
            ours.clone().count() == 2 && ours.clone().all(|l| l.position == l.head)
        })
        .await;
    }

    pub(super) async fn rebuilt(&self) {
        let before = flow::active_generation(&self.own.db, NAME).await.unwrap();
        assert!(self.flow.rebuild(NAME).await.unwrap());
        self.serves_after(before).await;
    }

    /// Waits until a generation after this one serves.
    pub(super) async fn serves_after(&self, generation: u64) {
        eventually(async || flow::active_generation(&self.own.db, NAME).await.unwrap() > generation).await;
    }

    /// Every row of the three tables but for its generation, sorted.
    pub(super) async fn rows(&self) -> Vec<Vec<Row>> {
        let kpi = [
            "id",
            "kind",
            "label",
            "value",
            "unit",
            "role_scope",
            "source",
            "computed_at",
            "bucket",
            "total",
            "n",
        ];
        let item =
            ["id", "title", "source", "assignee", "due_at", "link", "role_scope", "reference", "subject"];
        let mut all = Vec::new();
        for (table, columns) in [
            ("kpi_item", &kpi[..]),
            ("backlog_item", &item[..]),
            ("dashboard_source", &["source", "position", "at"][..]),
        ] {
            let mut rows = self.own.db.rows_of(table, columns).await.unwrap();
            rows.sort_by_key(|row| format!("{row:?}"));
            all.push(rows);
        }
        all
    }

    /// The value of a figure for a reader.
    pub(super) async fn value(&self, reader: &Principal, id: &str) -> Option<i64> {
        let figures = self.readers.figures(reader, self.clock.now()).await.unwrap();
        figures.into_iter().find(|f| f.id == id).unwrap().value
    }
}

pub(super) fn cause() -> Cause {
    Cause::new(&Actor::system("test"), id(7))
}

/// Waits for a condition, with a bound.
pub(super) async fn eventually(condition: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about within ten seconds");
}
