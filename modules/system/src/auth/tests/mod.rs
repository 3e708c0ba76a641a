//! Stories of people and sessions, through the public door, on both engines.

mod people;
mod reach;
mod sessions;

use super::{Auth, Authority, Options, SamplePerson, SampleTeam, roles};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::{Router, middleware};
use db::Db;
use kernel::{Actor, Cause, Clock, Lang, TestClock, Timestamp, Uuid};
use serde_json::Value as Json;
use std::sync::Arc;
use testkit::{Island, Kind};
use tower::ServiceExt as _;
use web::{Edge, EdgeConfig, Outer, Wiring};

/// A small house: its database, its edge, its routes, and a clock that moves only when told.
struct House {
    island: Island,
    clock: Arc<TestClock>,
    auth: Arc<Auth>,
    router: Router,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

fn cause() -> Cause {
    Cause::new(&Actor::system("test"), Uuid::from_u128(7))
}

fn person(email: &str, name: &str, team: &str, roles: &[&str]) -> SamplePerson {
    SamplePerson {
        email: format!("{email}@archipel.test"),
        name: name.into(),
        title: "Atelier".into(),
        lang: Lang::Fr,
        team: (!team.is_empty()).then(|| team.into()),
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
    }
}

impl House {
    /// Léa works for Marc, Théo in the field for Paul, below Marc; Nadia is HR, Omar operates, Ada administers.
    async fn new(kind: Kind, options: Options) -> Self {
        let island = Island::new(kind, super::schema().unwrap()).await;
        let clock = Arc::new(TestClock::at(Timestamp::parse("2026-11-20T08:00:00Z").unwrap()));
        let house = Self::on(island, clock, options);
        house.auth.install_grants(&roles::grants(), &cause()).await.unwrap();
        let people = [
            person("lea", "Léa Morvan", "Atelier", &[]),
            person("marc", "Marc Le Goff", "", &[]),
            person("theo", "Théo Kerbrat", "Terrain", &["technician"]),
            person("paul", "Paul Riou", "Atelier", &[]),
            person("nadia", "Nadia Benali", "", &["rh"]),
            person("omar", "Omar Diallo", "", &["operator"]),
            person("ada", "Ada Roux", "", &["admin"]),
            person("client", "Claire Martin", "", &["customer"]),
        ];
        let team = |name: &str, manager: &str, parent: Option<&str>| SampleTeam {
            name: name.into(),
            manager: Some(format!("{manager}@archipel.test")),
            parent: parent.map(str::to_owned),
        };
        let teams = [team("Atelier", "marc", None), team("Terrain", "paul", Some("Atelier"))];
        house.auth.seed(&people, &teams, "archipel", &cause()).await.unwrap();
        house
    }

    fn on(island: Island, clock: Arc<TestClock>, options: Options) -> Self {
        let bus = bus::Bus::default();
        let flow = flow::Flow::start(island.databases.clone(), bus.clone(), clock.clone());
        let config = EdgeConfig {
            organisation: "Ateliers Kervella".into(),
            public_url: "http://localhost".into(),
            secure: false,
            trusted_proxies: Vec::new(),
            zone: jiff::tz::TimeZone::UTC,
            requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
        };
        let edge = Edge::new(clock.clone(), bus, flow, config);
        let module = super::module(options).unwrap();
        edge.add_menu(module.menu);
        let parts = (module.start)(Wiring { edge: edge.clone(), db: island.db.clone() });
        let outer = Outer::new(edge.clone(), &parts.api.endpoints);
        let router = parts.api.router.layer(middleware::from_fn_with_state(outer, web::outer));
        let auth = Auth::new(island.db.clone(), clock.clone(), options);
        Self { island, clock, auth, router }
    }

    fn db(&self) -> &Db {
        &self.island.db
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: Json) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.call("GET", path, token, Json::Null).await
    }

    async fn login(&self, who: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "email": format!("{who}@archipel.test"), "password": password });
        self.call("POST", "/api/v1/auth/login", "", body).await
    }

    /// The access token of somebody who signs in.
    async fn token(&self, who: &str) -> String {
        let answer = self.login(who, "archipel").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn id(&self, who: &str) -> Uuid {
        let people = self.auth.snapshot().await.unwrap().people.clone();
        let email = format!("{who}@archipel.test");
        people.people.values().find(|p| p.email == email).map(|p| p.id).unwrap()
    }

    /// Sends a form, with the session's cookie.
    async fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn page(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The cookie of somebody who signs in with a browser.
    async fn cookie(&self, who: &str) -> String {
        let email = format!("{who}@archipel.test");
        let fields = [("email", email.as_str()), ("password", "archipel"), ("next", "/account")];
        let answer = self.form("/login", "", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/account"));
        answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    /// The rows are what the events say, and the chain holds.
    async fn verify(&self) {
        let (_, broken) = flow::verify_chain(self.db()).await.unwrap();
        assert_eq!(broken, None);
        let (rows, findings) = flow::verify_rows(self.db(), &super::fold::fold()).await.unwrap();
        assert!(rows > 20 && findings.is_empty(), "{rows} rows, {findings:?}");
    }
}

/// The token of a page's forms.
fn csrf(page: &Answer) -> String {
    let after = page.text.split("name=\"csrf\" value=\"").nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_owned()
}

fn encoded(text: &str) -> String {
    let hex = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(hex).collect()
}

const OPEN: Options = Options { allow_sample: true };

testkit::on_both_engines! {
    async fn every_statement_is_understood_and_the_seed_is_what_its_events_say(kind) {
        let house = House::new(kind, OPEN).await;
        house.db().prepare_all().await.unwrap();
        house.verify().await;
        let before = house.db().head().await.unwrap().0;
        house.auth.install_grants(&roles::grants(), &cause()).await.unwrap();
        assert_eq!(house.auth.seed(&[person("lea", "Léa", "", &[])], &[], "x", &cause()).await.unwrap().people.len(), 8);
        let after = house.db().head().await.unwrap().0;
        assert_eq!(before, after, "installing and seeding again changes nothing");
    }
}

#[test]
fn an_authority_of_the_system_reaches_everybody() {
    assert!(Authority::System.reaches(Uuid::nil(), None) && Authority::System.may("anything"));
    assert!(!Authority::System.is(Uuid::nil()));
    assert_eq!(TestClock::at(Timestamp(1)).now(), Timestamp(1));
}
