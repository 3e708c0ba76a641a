//! Stories of the event store, on both engines: through its consumer, its API and its `verify`.

mod appending;
mod archiving;
mod folding;
mod storing;

use super::{Known, NAME, module, schema, verify};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use bus::{Bus, Signal};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, Event, NewEvent, Personal, Schema};
use flow::{BoxFuture, Flow, Fold, FoldTable, Rows};
use http_body_util::BodyExt as _;
use jiff::tz::TimeZone;
use kernel::{Actor, Cause, Clock, DatabaseId, Lang, ModuleCode, Result, TestClock, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Island, Kind};
use tower::ServiceExt as _;
use web::{Directory, Edge, EdgeConfig, Identity, Outer, People, Principal, Wiring};

const OMAR: u128 = 31;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Everybody signs in with the name of their role.
struct House;

impl Identity for House {
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        self.by_bearer(token)
    }

    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        let granted = super::grants().into_iter().filter(|g| g.role == token).map(|g| g.grant).collect();
        let principal = Principal {
            id: id(OMAR),
            email: "omar@archipel.test".into(),
            name: "Omar Le Goff".into(),
            title: "Exploitation".into(),
            lang: Lang::Fr,
            roles: [token.to_owned()].into(),
            grants: granted,
            team: None,
            manages: [].into(),
            session: id(99),
        };
        Box::pin(async move { Ok(Some(principal)) })
    }
}

impl Directory for House {
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>> {
        Box::pin(async move { Ok(Arc::new(People::default())) })
    }
}

/// A fold of the tests: a row counts its stream's events and keeps the last word.
fn counting(event: &Event, data: &Json, rows: &mut Rows) {
    let row = rows.entry(("counted".into(), event.stream.clone())).or_default();
    let count = row.get("events").and_then(Json::as_u64).unwrap_or(0) + 1;
    row.insert("events".into(), count.into());
    row.insert("word".into(), data["word"].clone());
}

fn counting_fold() -> Fold {
    let columns = ["events", "word"].map(String::from).to_vec();
    let table = FoldTable { name: "counted".into(), key: vec!["stream".into()], columns };
    Fold { tables: vec![table], apply: Arc::new(counting) }
}

struct World {
    store: Island,
    sources: Vec<Db>,
    flow: Arc<Flow>,
    clock: Arc<TestClock>,
    known: Arc<Known>,
    router: Router,
}

impl World {
    async fn new(kind: Kind) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position });
        });
        let store = Island::with_hook(kind, schema().unwrap(), hook).await;
        let mut sources = Vec::new();
        for code in ["heures", "auth"] {
            let schema = Schema::new(ModuleCode::new(code).unwrap(), Vec::new(), Vec::new(), Vec::new());
            let new = NewDatabase {
                id: DatabaseId::main(ModuleCode::new(code).unwrap()),
                schema: Arc::new(schema.unwrap()),
                place: Place::Sqlite { file: format!("{code}.sqlite") },
                key: Key::random().unwrap(),
                password: None,
            };
            sources.push(store.databases.create(new, testkit::now()).await.unwrap());
        }
        let known = Arc::new(Known::default());
        known.learn("heures", "test", Some(&counting_fold()), &[]);
        known.keep_archives_in(store.folder().join("archives"));
        let clock = Arc::new(TestClock::at(at("2026-11-18T11:00:00Z")));
        let flow = Flow::start(store.databases.clone(), bus.clone(), clock.clone());
        let config = EdgeConfig {
            organisation: "Ateliers Kervella".into(),
            public_url: "http://localhost:8080".into(),
            secure: false,
            trusted_proxies: Vec::new(),
            zone: TimeZone::UTC,
            requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
        };
        let edge = Edge::new(clock.clone(), bus, flow.clone(), config);
        edge.know(Arc::new(House), Arc::new(House));
        let module = module(known.clone()).unwrap();
        known.learn("events", "test", module.fold.as_ref(), &module.contracts);
        let parts = (module.start)(Wiring { edge: edge.clone(), db: store.db.clone() });
        for consumer in parts.consumers {
            flow.follow(store.db.clone(), consumer);
        }
        let outer = Outer::new(edge, &parts.api.endpoints);
        let router = parts.api.router.layer(axum::middleware::from_fn_with_state(outer, web::outer));
        Self { store, sources, flow, clock, known, router }
    }

    /// Writes events to a source's log: so many with this stream and these words.
    async fn tell(&self, source: usize, stream: &str, words: impl IntoIterator<Item = String>) {
        let mut batch = Batch::new(self.clock.now(), Cause::new(&Actor::system("start"), id(500)));
        for word in words {
            let data = json!({ "word": word, "name": "Léa Morvan" });
            let personal = vec![Personal { pointer: "/name".into(), subject: id(7) }];
            let event = NewEvent::new(self.clock.new_id(), "word.said", stream, data);
            batch.event(NewEvent { personal, ..event });
        }
        self.sources[source].write(batch).await.unwrap();
    }

    async fn caught_up(&self) {
        for _ in 0..1000 {
            let lags = self.flow.lags().await.unwrap();
            let mut ours = lags.iter().filter(|l| l.consumer == NAME);
            if ours.all(|l| l.position == l.head) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the event store did not catch up within ten seconds");
    }

    /// Three months of words: three in September, two in October, one in November; all of them stored.
    async fn three_months(&self) {
        for (month, words) in [(9, 3), (10, 2), (11, 1)] {
            self.clock.set(at(&format!("2026-{month:02}-05T10:00:00Z")));
            self.tell(0, "talk/a", (0..words).map(|n| format!("{month}.{n}"))).await;
        }
        self.clock.set(at("2026-11-18T11:00:00Z"));
        self.caught_up().await;
    }

    /// Every log that the store follows, its own included.
    fn logs(&self) -> Vec<Db> {
        self.sources.iter().chain([&self.store.db]).cloned().collect()
    }

    async fn places(&self) -> Vec<(String, String)> {
        let (_, findings) = verify(&self.store.db, &self.logs(), &self.known).await.unwrap();
        findings.into_iter().map(|f| (f.database, f.place)).collect()
    }

    async fn ask(&self, method: &str, path: &str, role: &str, body: &Json) -> (StatusCode, String) {
        self.ask_with(method, path, role, body, None).await
    }

    async fn ask_with(
        &self,
        method: &str,
        path: &str,
        role: &str,
        body: &Json,
        key: Option<&str>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {role}"))
            .header("accept", "application/json")
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = if method == "GET" { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> Json {
        let (status, body) = self.ask("GET", path, "operator", &Json::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The code of a refusal, with its status.
    async fn refusal(&self, method: &str, path: &str, body: &Json) -> (u16, String, Json) {
        let (status, text) = self.ask(method, path, "operator", body).await;
        let problem: Json = serde_json::from_str(&text).unwrap_or_default();
        (status.as_u16(), problem["code"].as_str().unwrap_or_default().to_owned(), problem)
    }
}

/// The words of a list, in its order.
fn words(page: &Json) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|e| e["data"]["word"].as_str().unwrap_or_default().to_owned()).collect()
}
