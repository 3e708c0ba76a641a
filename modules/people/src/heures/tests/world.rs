//! A workshop with a punch clock: Léa, whom Marc manages; Yann of another team; Nadia of human resources.

use crate::heures::commands::{Act, Command, Done, Imported};
use crate::heures::model::{Change, NewPunch, PunchRow, Source};
use crate::heures::{Heures, balance, definition, house, module};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use bus::Bus;
use flow::{BoxFuture, Flow, Fold};
use forms_model::time::PunchKind;
use http_body_util::BodyExt;
use kernel::{Actor, Cause, Clock, Lang, Result, TestClock, Timestamp, Uuid};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::{Island, Kind};
use tower::ServiceExt;
use web::{
    Directory, Edge, EdgeConfig, Endpoint, Identity, Outer, People, Person, Principal, RoleGrant, Team,
    Wiring,
};

/// Wednesday of week 47, 14:07:42 in Paris.
pub(super) const NOW: &str = "2026-11-18T13:07:42Z";
pub(super) const WORKSHOP: u128 = 1;
pub(super) const YARD: u128 = 2;
pub(super) const LEA: u128 = 11;
pub(super) const MARC: u128 = 12;
pub(super) const NADIA: u128 = 13;
pub(super) const YANN: u128 = 14;
pub(super) const HELENE: u128 = 15;

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A local time in Paris: `2026-11-18 08:02`.
pub(super) fn local(text: &str) -> Timestamp {
    text.parse::<jiff::civil::DateTime>().unwrap().in_tz("Europe/Paris").unwrap().timestamp().into()
}

pub(super) struct World {
    pub(super) island: Island,
    pub(super) heures: Heures,
    pub(super) clock: Arc<TestClock>,
    pub(super) fold: Fold,
    endpoints: Vec<Endpoint>,
    router: Router,
    known: Arc<Known>,
}

impl World {
    pub(super) async fn new(kind: Kind) -> Self {
        let host = forms::FormsHost::new();
        let module = module(&host).unwrap();
        let island = Island::new(kind, (*module.schema).clone()).await;
        let clock = Arc::new(TestClock::at(at(NOW)));
        let bus = Bus::default();
        let flow = Flow::start(island.databases.clone(), bus.clone(), clock.clone());
        let config = EdgeConfig {
            organisation: "Ateliers Kervella".into(),
            public_url: "http://archipel.test".into(),
            secure: false,
            trusted_proxies: Vec::new(),
            zone: jiff::tz::TimeZone::get("Europe/Paris").unwrap(),
            requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
        };
        let edge = Edge::new(clock.clone(), bus, flow, config);
        edge.add_menu(module.menu);
        let house_of = Arc::new(Known { grants: module.grants });
        edge.know(house_of.clone(), house_of.clone());
        let parts = (module.start)(Wiring { edge: edge.clone(), db: island.db.clone() });
        let endpoints = parts.api.endpoints.clone();
        let api = host.api().merge(parts.api);
        host.get("heures").unwrap().publish(clock.now()).await.unwrap();
        let outer = Outer::new(edge, &api.endpoints);
        let router = api.router.layer(axum::middleware::from_fn_with_state(outer, web::outer));
        let heures = Heures::new(island.db.clone(), house(&definition().unwrap()));
        Self { heures, island, clock, fold: module.fold.unwrap(), endpoints, router, known: house_of }
    }

    /// Who has a name.
    pub(super) fn principal(&self, name: &str) -> Principal {
        self.known.principal(&accented(name)).unwrap()
    }

    /// Every endpoint.
    pub(super) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    pub(super) fn act(&self) -> Act {
        let cause = Cause::new(&Actor::Person(id(MARC)), id(7));
        Act { now: self.clock.now(), cause, clock: self.clock.clone() }
    }

    pub(super) async fn run(&self, command: Command) -> Result<Done> {
        self.heures.run(&self.act(), &command).await
    }

    /// A punch given afterwards by somebody who may.
    pub(super) async fn punch(&self, person: u128, kind: PunchKind, at: Timestamp) -> Result<PunchRow> {
        let new = NewPunch {
            person: id(person),
            team: Some(id(WORKSHOP)),
            kind: Some(kind),
            claimed_at: Some(at),
            reason: Some("Oubli".into()),
            source: Source::Api,
            for_other: true,
        };
        self.run(Command::Punch(new)).await.map(|mut done| done.punches.remove(0))
    }

    pub(super) async fn correct(&self, punch: Uuid, change: Change) -> Result<PunchRow> {
        let command =
            Command::Correct { id: punch, change, reason: "Relevé de la borne".into(), by: id(MARC) };
        self.run(command).await.map(|mut done| done.punches.remove(0))
    }

    /// A day of work: entry and exit of each pair of local times.
    pub(super) async fn day(&self, person: u128, team: u128, day: &str, pairs: &[(&str, &str)]) {
        let mut list = Vec::new();
        for (start, end) in pairs {
            for (kind, time) in [(PunchKind::In, start), (PunchKind::Out, end)] {
                let at = local(&format!("{day} {time}"));
                list.push(Imported { person: id(person), team: Some(id(team)), kind, at });
            }
        }
        self.run(Command::Import(list)).await.unwrap();
    }

    /// The balances of a person by day, as stored: worked, delta, what is wrong.
    pub(super) async fn stored(&self, person: u128) -> BTreeMap<String, (i64, i64, Option<String>)> {
        let rows = self
            .island
            .db
            .rows_of("hs_delta", &["person_id", "day", "worked_minutes", "delta_minutes", "anomaly"]);
        let mine = rows.await.unwrap().into_iter().filter(|row| row.uuid(0).unwrap() == id(person));
        mine.map(|r| (r.text(1).unwrap(), (r.int(2).unwrap(), r.int(3).unwrap(), r.opt_text(4).unwrap())))
            .collect()
    }

    /// The balances of a person, computed from nothing but the punches in force.
    pub(super) async fn computed_anew(&self, person: u128) -> BTreeMap<String, (i64, i64, Option<String>)> {
        let always = (Timestamp(0), Timestamp(i64::MAX / 2));
        let punches = self.heures.in_force(id(person), always, None).await.unwrap();
        let plans = self.heures.plans(id(person)).await.unwrap();
        let span = (jiff::civil::date(2026, 1, 1), jiff::civil::date(2026, 12, 31));
        let rows = balance::deltas(&self.heures.house, id(person), &punches, &plans, span);
        rows.into_iter()
            .map(|r| (r.day.to_string(), (r.worked_minutes, r.delta_minutes, r.anomaly)))
            .collect()
    }

    /// Log and rows say the same.
    pub(super) async fn verify(&self) {
        let (_, broken) = flow::verify_chain(&self.island.db).await.unwrap();
        assert_eq!(broken, None);
        let (compared, findings) = flow::verify_rows(&self.island.db, &self.fold).await.unwrap();
        assert_eq!(findings, Vec::new());
        assert!(compared > 0);
    }

    pub(super) async fn get(&self, who: &str, path: &str) -> (StatusCode, Json) {
        self.send(who, Method::GET, path, None, None).await
    }

    pub(super) async fn post(&self, who: &str, path: &str, body: Json) -> (StatusCode, Json) {
        self.send(who, Method::POST, path, Some(body), None).await
    }

    pub(super) async fn send(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<Json>,
        key: Option<&str>,
    ) -> (StatusCode, Json) {
        let (status, text) = self.text(who, method, path, body, key).await;
        (status, serde_json::from_str(&text).unwrap_or(Json::String(text)))
    }

    pub(super) async fn text(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<Json>,
        key: Option<&str>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {who}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        self.answer(request.body(body).unwrap()).await
    }

    /// A page, or a form sent from one.
    pub(super) async fn page(&self, who: &str, path: &str, form: Option<&str>) -> (StatusCode, String) {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {who}"))
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.answer(request.body(Body::from(form.unwrap_or_default().to_owned())).unwrap()).await
    }

    async fn answer(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, location.unwrap_or_else(|| String::from_utf8(bytes.to_vec()).unwrap()))
    }
}

/// Header values are ASCII: `lea` is Léa, `helene` Hélène.
fn accented(name: &str) -> String {
    name.replace("lea", "léa").replace("helene", "hélène")
}

/// Who people are, by the name in their token.
struct Known {
    grants: Vec<RoleGrant>,
}

/// Name, id, team, stored roles, teams managed.
type Who = (&'static str, u128, u128, &'static [&'static str], &'static [u128]);
const PEOPLE: [Who; 5] = [
    ("Léa Morvan", LEA, WORKSHOP, &[], &[]),
    ("Marc Le Goff", MARC, WORKSHOP, &["chef"], &[WORKSHOP]),
    ("Nadia Benali", NADIA, 3, &["rh"], &[]),
    ("Yann Prigent", YANN, YARD, &[], &[]),
    ("Hélène Stéphan", HELENE, 3, &["chef"], &[YARD, WORKSHOP]),
];

impl Known {
    fn principal(&self, token: &str) -> Option<Principal> {
        let (name, person, team, roles, manages) =
            PEOPLE.into_iter().find(|who| who.0.to_lowercase().starts_with(&token.to_lowercase()))?;
        let mut all = vec!["employee"];
        all.extend(roles);
        let grants = self.grants.iter().filter(|g| all.contains(&g.role.as_str())).map(|g| g.grant.clone());
        Some(Principal {
            id: id(person),
            email: format!("{token}@archipel.test"),
            name: name.into(),
            title: "Atelier".into(),
            lang: Lang::Fr,
            roles: all.iter().map(|role| (*role).to_owned()).collect(),
            grants: grants.collect(),
            team: Some(id(team)),
            manages: manages.iter().map(|team| id(*team)).collect(),
            session: id(99),
        })
    }
}

impl Identity for Known {
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        Box::pin(async move { Ok(self.principal(token)) })
    }
    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        Box::pin(async move { Ok(self.principal(&accented(token))) })
    }
}

impl Directory for Known {
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>> {
        let people = PEOPLE.map(|(name, person, team, roles, _)| {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            let (email, title) = (String::new(), "Atelier".to_owned());
            (
                id(person),
                Person {
                    id: id(person),
                    name: name.into(),
                    email,
                    title,
                    team: Some(id(team)),
                    roles,
                    active: true,
                },
            )
        });
        let team = |n: u128, name: &str, manager: u128| {
            (id(n), Team { id: id(n), name: name.into(), manager: Some(id(manager)), parent: None })
        };
        let teams = [team(WORKSHOP, "Atelier moteurs", MARC), team(YARD, "Chantier", HELENE)];
        let all = People { position: 1, people: people.into(), teams: teams.into() };
        Box::pin(async move { Ok(Arc::new(all)) })
    }
}
