//! Stories of the audit: every event once, and what an intruder changes is found, on both engines.

mod alerts;

use super::{NAME, module, schema, verify};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use bus::{Bus, Signal};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, NewEvent, Personal, Schema};
use flow::{BoxFuture, Flow};
use http_body_util::BodyExt as _;
use jiff::tz::TimeZone;
use kernel::{Actor, Cause, Clock, DatabaseId, Lang, ModuleCode, Result, TestClock, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Island, Kind, on_both_engines};
use tower::ServiceExt as _;
use web::{Directory, Edge, EdgeConfig, Grant, Identity, Outer, People, Person, Principal, Scope, Wiring};

const SONIA: u128 = 21;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Everybody signs in with the name of their role.
struct House;

impl Identity for House {
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        self.by_bearer(token)
    }

    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        let roles = [token.to_owned()].into();
        let granted = module().unwrap().grants.into_iter().filter(|g| g.role == token).map(|g| g.grant);
        let grants: std::collections::BTreeSet<Grant> = granted.collect();
        assert!(grants.iter().all(|g| g.scope == Scope::All));
        let principal = Principal {
            id: id(SONIA),
            email: "sonia@archipel.test".into(),
            name: "Sonia Kerbrat".into(),
            title: "Sécurité".into(),
            lang: Lang::Fr,
            roles,
            grants,
            team: None,
            manages: [].into(),
            session: id(99),
        };
        Box::pin(async move { Ok(Some(principal)) })
    }
}

impl Directory for House {
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>> {
        let (name, email, title) = ("Sonia Kerbrat".to_owned(), String::new(), String::new());
        let person =
            Person { id: id(SONIA), name, email, title, team: None, roles: Vec::new(), active: true };
        let people = People { people: [(id(SONIA), person)].into(), ..People::default() };
        Box::pin(async move { Ok(Arc::new(people)) })
    }
}

struct World {
    audit: Island,
    sources: Vec<Db>,
    flow: Arc<Flow>,
    clock: Arc<TestClock>,
    router: Router,
}

impl World {
    async fn new(kind: Kind) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position });
        });
        let audit = Island::with_hook(kind, schema().unwrap(), hook).await;
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
            sources.push(audit.databases.create(new, testkit::now()).await.unwrap());
        }
        let clock = Arc::new(TestClock::at(Timestamp::parse("2026-11-18T11:00:00Z").unwrap()));
        let flow = Flow::start(audit.databases.clone(), bus.clone(), clock.clone());
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
        let parts = (module().unwrap().start)(Wiring { edge: edge.clone(), db: audit.db.clone() });
        for consumer in parts.consumers {
            flow.follow(audit.db.clone(), consumer);
        }
        let outer = Outer::new(edge, &parts.api.endpoints);
        let router = parts.api.router.layer(axum::middleware::from_fn_with_state(outer, web::outer));
        Self { audit, sources, flow, clock, router }
    }

    async fn emit(&self, source: usize, kind: &str, data: Json, sealed: &[&str]) {
        let actor = if source == 0 { Actor::Person(id(SONIA)) } else { Actor::system("start") };
        let mut batch = Batch::new(self.clock.now(), Cause::new(&actor, id(500 + source as u128)));
        batch.event(NewEvent {
            personal: sealed.iter().map(|p| Personal { pointer: (*p).into(), subject: id(SONIA) }).collect(),
            ..NewEvent::new(self.clock.new_id(), kind, "instance/x", data)
        });
        let own = [&self.audit.db];
        let mut logs = self.sources.iter().chain(own);
        logs.nth(source).unwrap().write(batch).await.unwrap();
    }

    /// Three events of heures, two of auth, all of them in the audit.
    async fn some_life(&self) {
        let form = json!({ "formType": "heure_sup", "payload": { "title": "Samedi 7" } });
        self.emit(0, "form.workflow.submit", form.clone(), &["/payload/title"]).await;
        self.emit(0, "form.workflow.approve", form, &[]).await;
        self.emit(0, "form.definition.published", json!({}), &[]).await;
        self.emit(1, "user.created", json!({ "name": "Sonia" }), &["/name"]).await;
        self.emit(1, "role.granted", json!({ "role": "security" }), &[]).await;
        self.caught_up().await;
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
        panic!("the audit did not catch up within ten seconds");
    }

    /// The sources, the audit's own log included.
    fn logs(&self) -> Vec<Db> {
        self.sources.iter().chain([&self.audit.db]).cloned().collect()
    }

    async fn places(&self) -> Vec<(String, String)> {
        let (_, findings) = verify(&self.audit.db, &self.logs()).await.unwrap();
        findings.into_iter().map(|f| (f.database, f.place)).collect()
    }

    async fn get(&self, path: &str, role: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {role}"))
            .header("accept", if path.starts_with("/api") { "application/json" } else { "text/html" })
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn json(&self, path: &str) -> Json {
        let (status, body) = self.get(path, "security").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

/// A text of bytes as the engine reads it.
fn literal(kind: Kind, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    if kind == Kind::Sqlite { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") }
}

on_both_engines! {
    async fn every_event_is_in_it_once_and_the_chain_holds(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        let (entries, findings) = verify(&world.audit.db, &world.logs()).await.unwrap();
        assert_eq!((entries, findings), (5, vec![]));
        let all = world.json("/api/v1/audit").await;
        let tags: Vec<_> = all["items"].as_array().unwrap().iter().map(|e| (e["type"].as_str().unwrap(), e["tags"].clone())).collect();
        for expected in [
            ("form.workflow.submit", json!(["FINANCIAL", "GDPR"])),
            ("form.definition.published", json!([])),
            ("user.created", json!(["GDPR", "SECURITY"])),
        ] {
            assert!(tags.contains(&expected), "{tags:?}");
        }
        assert!(!all.to_string().contains("Samedi"), "what an event says stays in its log");
    }

    async fn it_is_searched_and_paged(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        let count = async |query: &str| world.json(&format!("/api/v1/audit?{query}")).await["items"].as_array().unwrap().len();
        assert_eq!(count("source=auth").await, 2);
        assert_eq!(count("type=user.created").await, 1);
        assert_eq!(count("type=form.workflow.").await, 2);
        assert_eq!(count("type=form.workflow").await, 0);
        assert_eq!(count("tag=financial").await, 2);
        assert_eq!(count("actor=system:start").await, 2);
        assert_eq!(count(&format!("actor={}", id(SONIA))).await, 3);
        assert_eq!(count(&format!("correlation_id={}", id(500))).await, 3);
        assert_eq!(count(&format!("correlation_id={}&tag=GDPR&actor=system:start", id(500))).await, 0);
        assert_eq!(count("from=2026-11-18T12:00:00Z").await, 0);
        assert_eq!(count("to=2026-11-18T12:00:00Z&from=2026-11-18T10:00:00Z").await, 5);
        let page = world.json("/api/v1/audit?limit=3").await;
        let next = page["next_cursor"].as_str().unwrap();
        let rest = world.json(&format!("/api/v1/audit?limit=3&cursor={next}")).await;
        let seqs: Vec<u64> = [&page, &rest].into_iter().flat_map(|p| p["items"].as_array().unwrap()).map(|e| e["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, [5, 4, 3, 2, 1]);
        for bad in ["tag=x", "from=yesterday", "correlation_id=1", "limit=0"] {
            assert_eq!(world.get(&format!("/api/v1/audit?{bad}"), "security").await.0, 422, "{bad}");
        }
    }

    async fn only_those_who_watch_may_read_it(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        for path in ["/api/v1/audit", "/api/v1/audit.csv", "/console/audit"] {
            assert_eq!(world.get(path, "employee").await.0, 403, "{path}");
            assert_eq!(world.get(path, "operator").await.0, 200, "{path}");
        }
    }

    async fn an_export_is_in_the_audit(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        let (status, csv) = world.get("/api/v1/audit.csv?source=auth", "security").await;
        assert_eq!((status, csv.lines().count()), (StatusCode::OK, 3), "{csv}");
        world.caught_up().await;
        let noted = world.json("/api/v1/audit?type=audit.exported").await;
        assert_eq!(noted["items"][0]["actor"], format!("person:{}", id(SONIA)));
        assert_eq!(noted["items"][0]["source"], "audit");
        let log = world.audit.db.log_after(0, 10).await.unwrap();
        assert_eq!(log[0].json().unwrap(), json!({ "filters": { "source": "auth" }, "rows": 2 }));
        assert_eq!(world.places().await, []);
    }

    async fn the_page_names_people_and_leads_on(kind) {
        let world = World::new(kind).await;
        let (_, page) = world.get("/console/audit", "security").await;
        assert!(page.contains("Aucune entrée"), "{page}");
        world.some_life().await;
        let (status, page) = world.get("/console/audit?source=heures&limit=2", "security").await;
        assert_eq!(status, 200);
        for words in ["Journal d’audit", "Sonia Kerbrat", "form.workflow.approve", "Base\u{a0}: heures", "FINANCIAL",
            &format!("/console/events/{}", id(500)), "/api/v1/audit.csv?", "rel=\"next\""] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let (_, page) = world.get("/console/audit?tag=PCI-DSS", "security").await;
        assert!(page.contains("Rien avec"), "{page}");
    }

    async fn one_byte_changed_in_a_log_is_found(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        for n in 0..3 {
            world.emit(2, "audit.exported", json!({ "rows": n }), &[]).await;
        }
        world.caught_up().await;
        assert_eq!(world.places().await, []);
        world.audit.tamper("UPDATE log SET data = replace(data, '1', '7') WHERE position = 2").await;
        assert_eq!(world.places().await, [("audit".to_owned(), "log 2".to_owned())]);
    }

    async fn a_log_whose_chain_was_mended_is_found(kind) {
        let world = World::new(kind).await;
        for n in 0..3 {
            world.emit(2, "audit.exported", json!({ "rows": n }), &[]).await;
        }
        world.caught_up().await;
        let events = world.audit.db.log_after(0, 10).await.unwrap();
        let mut before = events[0].hash;
        for mut event in events.into_iter().skip(1) {
            event.data = event.data.replace('1', "7");
            before = event.chained(&before);
            let (data, hash, position) = (&event.data, literal(kind, &before), event.position);
            world.audit.tamper(&format!("UPDATE log SET data = '{data}', hash = {hash} WHERE position = {position}")).await;
        }
        assert_eq!(flow::verify_chain(&world.audit.db).await.unwrap().1, None, "the log alone says nothing");
        assert_eq!(world.places().await, [("audit".to_owned(), "log 2".to_owned())]);
    }

    async fn a_row_removed_from_the_audit_is_found(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        world.audit.tamper("DELETE FROM audit_log WHERE seq = 3").await;
        let places = world.places().await;
        assert_eq!(places[0], ("audit".to_owned(), "audit_log 3".to_owned()));
        assert_eq!(places.len(), 2, "and the log of which it spoke");
    }

    async fn the_last_row_removed_from_the_audit_is_found(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        world.audit.tamper("DELETE FROM audit_log WHERE seq = 5").await;
        let places = world.places().await;
        assert!(places.len() == 1 && places[0].1.starts_with("log "), "{places:?}");
    }

    async fn a_row_altered_in_the_audit_is_found(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        world.audit.tamper("UPDATE audit_log SET actor = 'system:nobody' WHERE seq = 2").await;
        assert_eq!(world.places().await, [("audit".to_owned(), "audit_log 2".to_owned())]);
        world.audit.tamper("UPDATE audit_anchor SET hash = (SELECT hash FROM audit_log WHERE seq = 1)").await;
        assert!(world.places().await.iter().any(|(_, place)| place.starts_with("audit_anchor")));
    }

    async fn a_log_that_is_gone_is_found(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        let (_, findings) = verify(&world.audit.db, &world.sources[..1]).await.unwrap();
        assert_eq!(findings.iter().map(|f| f.place.as_str()).collect::<Vec<_>>(), ["source auth"]);
    }

    async fn every_statement_is_understood(kind) {
        let world = World::new(kind).await;
        assert!(world.audit.db.prepare_all().await.unwrap() > 10);
    }
}
