//! A module of forms behind a whole edge, with people who are known by a word in place of a token.

use crate::{DueDates, FactProvider, FactRequest, Forms, FormsHost, fold, grants, schema};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bus::{Bus, Signal};
use flow::{BoxFuture, Flow};
use forms_model::Definition;
use kernel::{Clock, Lang, Result, TestClock, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::{Island, Kind};
use tower::ServiceExt;
use web::{Directory, Edge, EdgeConfig, Grant, Identity, Outer, People, Person, Principal, Team};

/// Tuesday 10 November 2026, 8:02 in Paris.
pub(super) const MORNING: &str = "2026-11-10T07:02:00Z";

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) const WORKSHOP: u128 = 1;
pub(super) const OFFICE: u128 = 2;

/// Who there is: word, id, name, roles, team, teams managed.
type Cast = (&'static str, u128, &'static str, &'static [&'static str], u128, &'static [u128]);

pub(super) const CAST: [Cast; 5] = [
    ("lea", 11, "Léa Morvan", &["employee"], WORKSHOP, &[]),
    ("marc", 12, "Marc Le Goff", &["employee", "chef"], WORKSHOP, &[WORKSHOP]),
    ("nadia", 13, "Nadia Benali", &["employee", "rh"], OFFICE, &[]),
    ("helene", 14, "Hélène Stéphan", &["employee", "chef"], OFFICE, &[OFFICE, WORKSHOP]),
    ("erwan", 15, "Erwan Guéguen", &["employee"], OFFICE, &[]),
];

pub(super) fn definition() -> Definition {
    let files = [
        ("module.toml", include_str!("essai/module.toml")),
        ("forms/depense.toml", include_str!("essai/forms/depense.toml")),
        ("workflows/depense.toml", include_str!("essai/workflows/depense.toml")),
    ];
    forms_model::check(&files).unwrap_or_else(|found| {
        panic!("{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

pub(super) fn principal(word: &str) -> Principal {
    let (_, n, name, roles, team, manages) = CAST.iter().find(|c| c.0 == word).copied().expect("in the cast");
    let mine = |grant: &web::RoleGrant| roles.contains(&grant.role.as_str());
    let grants: Vec<Grant> =
        grants(&definition()).into_iter().filter(mine).map(|grant| grant.grant).collect();
    Principal {
        id: id(n),
        email: format!("{word}@archipel.test"),
        name: name.into(),
        title: "Atelier".into(),
        lang: Lang::Fr,
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
        grants: grants.into_iter().collect(),
        team: Some(id(team)),
        manages: manages.iter().map(|t| id(*t)).collect(),
        session: id(99),
    }
}

struct House;

impl Identity for House {
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        self.by_bearer(token)
    }
    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        Box::pin(async move { Ok(CAST.iter().any(|c| c.0 == token).then(|| principal(token))) })
    }
}

impl Directory for House {
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>> {
        Box::pin(async { Ok(Arc::new(people())) })
    }
}

fn people() -> People {
    let person = |(word, n, name, roles, team, _): &Cast| Person {
        id: id(*n),
        name: (*name).into(),
        email: format!("{word}@archipel.test"),
        title: "Atelier".into(),
        team: Some(id(*team)),
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
        active: true,
    };
    let team = |n: u128, name: &str, manager: u128, parent: Option<u128>| Team {
        id: id(n),
        name: name.into(),
        manager: Some(id(manager)),
        parent: parent.map(id),
    };
    let teams = [team(WORKSHOP, "Atelier moteurs", 12, Some(OFFICE)), team(OFFICE, "Direction", 14, None)];
    People {
        position: 1,
        people: CAST.iter().map(person).map(|p| (p.id, p)).collect(),
        teams: teams.into_iter().map(|t| (t.id, t)).collect(),
    }
}

/// Everybody may spend 500 €.
struct Ceiling;

impl FactProvider for Ceiling {
    fn facts<'a>(&'a self, _request: FactRequest<'a>) -> BoxFuture<'a, Result<BTreeMap<String, i64>>> {
        Box::pin(async { Ok(BTreeMap::from([("plafond".to_owned(), 50_000)])) })
    }
}

/// A module of forms behind an edge.
pub(super) struct World {
    pub(super) island: Island,
    pub(super) forms: Arc<Forms>,
    pub(super) host: Arc<FormsHost>,
    pub(super) clock: Arc<TestClock>,
    pub(super) edge: Arc<Edge>,
    router: axum::Router,
}

/// An answer: status, body, and whether it was a kept reply.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: String,
    pub(super) location: String,
    pub(super) replayed: bool,
}

impl Answer {
    pub(super) fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text))
    }

    /// The body, after a look at the status.
    pub(super) fn ok(&self, status: u16) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// The code of a problem, after a look at the status.
    pub(super) fn code(&self, status: u16) -> String {
        self.ok(status)["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl World {
    pub(super) async fn new(kind: Kind) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position });
        });
        let island = Island::with_hook(kind, schema(&definition()).unwrap(), hook).await;
        let clock = Arc::new(TestClock::at(Timestamp::parse(MORNING).unwrap()));
        let flow = Flow::start(island.databases.clone(), bus.clone(), clock.clone());
        let config = EdgeConfig {
            organisation: "Ateliers Kervella".into(),
            public_url: "http://127.0.0.1:8080".into(),
            secure: false,
            trusted_proxies: Vec::new(),
            zone: jiff::tz::TimeZone::get("Europe/Paris").unwrap(),
            requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
        };
        let edge = Edge::new(clock.clone(), bus, flow.clone(), config);
        edge.know(Arc::new(House), Arc::new(House));
        let host = FormsHost::new();
        let forms = host.add(definition(), island.db.clone(), Some(Arc::new(Ceiling)));
        flow.serve_timers(vec![(island.db.clone(), DueDates::new(forms.clone(), None))]);
        let api = host.api();
        let outer = Outer::new(edge.clone(), &api.endpoints);
        let router = api.router.layer(axum::middleware::from_fn_with_state(outer, web::outer));
        Self { island, forms, host, clock, edge, router }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("axum answers");
        let status = response.status();
        let head = |name: header::HeaderName| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
        };
        let location = head(header::LOCATION);
        let replayed = response.headers().contains_key("idempotency-replayed");
        let bytes = axum::body::to_bytes(response.into_body(), 10 << 20).await.expect("a body");
        Answer { status, text: String::from_utf8_lossy(&bytes).into_owned(), location, replayed }
    }

    /// An API call of somebody, with an idempotency key where one is given.
    pub(super) async fn call(&self, who: &str, method: &str, path: &str, body: Json, key: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {who}"))
            .header(header::CONTENT_TYPE, "application/json");
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(super) async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, "GET", path, Json::Null, "").await
    }

    pub(super) async fn post(&self, who: &str, path: &str, body: Json) -> Answer {
        self.call(who, "POST", path, body, "").await
    }

    /// A page as somebody's browser asks for it.
    pub(super) async fn page(&self, who: &str, path: &str) -> Answer {
        let request = Request::builder()
            .uri(path)
            .header(header::COOKIE, format!("archipel={who}"))
            .header(header::ACCEPT, "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A form as somebody's browser sends it, with the token of a page of theirs.
    pub(super) async fn submit(&self, who: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.page(who, "/essai/new/DEPENSE").await.text;
        let token = page.split_once("name=\"csrf\" value=\"").map_or("", |(_, rest)| rest);
        let token = token.split('"').next().unwrap_or_default();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", token).extend_pairs(fields);
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::COOKIE, format!("archipel={who}"))
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.finish())).unwrap()).await
    }

    /// A request that somebody sent: its id.
    pub(super) async fn sent(&self, who: &str) -> String {
        let body = json!({ "form": "DEPENSE", "values": answers(), "submit": true });
        let made = self.post(who, "/essai/instances", body).await.ok(201);
        made["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn step(&self, who: &str, id: &str, verb: &str, body: Json) -> Answer {
        self.post(who, &format!("/essai/instances/{id}/{verb}"), body).await
    }

    /// Every event has its row, and every row its event.
    pub(super) async fn verified(&self) {
        let db = &self.island.db;
        let (_, broken) = flow::verify_chain(db).await.unwrap();
        assert_eq!(broken, None);
        let (compared, findings) = flow::verify_rows(db, &fold("es")).await.unwrap();
        assert_eq!(findings, Vec::new(), "{compared} rows compared");
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Answers that can be sent.
pub(super) fn answers() -> Json {
    json!({ "objet": "Clé dynamométrique", "quantite": 2, "unite": { "amount_cents": 9245, "currency": "EUR" },
        "motif": "L’ancienne est faussée", "mode": "paie" })
}
