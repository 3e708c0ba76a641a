//! The API and the pages, as their readers see them.

use super::world::{LEA, MARC, NOON, TEAM, World, at, cause, event, id, lea, marc, nadia, person, zone};
use crate::dashboard::module;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use flow::BoxFuture;
use http_body_util::BodyExt as _;
use kernel::Result;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use testkit::on_both_engines;
use tower::ServiceExt as _;
use web::{
    Directory, Edge, EdgeConfig, Grant, Identity, Outer, People, Person, Principal, Scope, Team, Wiring,
};

/// Whoever holds the token of their name, and everybody's name.
struct House;

impl Identity for House {
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        self.by_bearer(token)
    }

    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        let mut omar = person(14, &["employee", "operator"], &[]);
        let permission = "dashboard.projection.rebuild".to_owned();
        omar.grants.insert(Grant { permission, scope: Scope::All });
        let who = match token {
            "lea" => Some(lea()),
            "marc" => Some(marc()),
            "nadia" => Some(nadia()),
            "omar" => Some(omar),
            _ => None,
        };
        Box::pin(async move { Ok(who) })
    }
}

impl Directory for House {
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>> {
        let mut people = People::default();
        for (n, name) in [(LEA, "Léa Morvan"), (MARC, "Marc Le Goff")] {
            let (name, email, title) = (name.to_owned(), String::new(), String::new());
            let roles = Vec::new();
            let person = Person { id: id(n), name, email, title, team: Some(id(TEAM)), roles, active: true };
            people.people.insert(id(n), person);
        }
        let team = Team { id: id(TEAM), name: "Atelier".into(), manager: Some(id(MARC)), parent: None };
        people.teams.insert(id(TEAM), team);
        Box::pin(async move { Ok(Arc::new(people)) })
    }
}

fn served(world: &World) -> Router {
    let config = EdgeConfig {
        organisation: "Ateliers Kervella".into(),
        public_url: "http://localhost:8080".into(),
        secure: false,
        trusted_proxies: Vec::new(),
        zone: zone(),
        requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
    };
    let edge = Edge::new(world.clock.clone(), world.bus.clone(), world.flow.clone(), config);
    edge.know(Arc::new(House), Arc::new(House));
    let module = module(world.declarations.clone()).unwrap();
    edge.add_menu(module.menu);
    let parts = (module.start)(Wiring { edge: edge.clone(), db: world.own.db.clone() });
    for consumer in parts.consumers {
        world.flow.follow(world.own.db.clone(), consumer);
    }
    let outer = Outer::new(edge, &parts.api.endpoints);
    parts.api.router.layer(axum::middleware::from_fn_with_state(outer, web::outer))
}

async fn call(router: &Router, method: &str, path: &str, who: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {who}"))
        .header("accept", if path.starts_with("/api") { "application/json" } else { "text/html" })
        .body(Body::empty())
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn json(router: &Router, path: &str, who: &str) -> Json {
    let (status, body) = call(router, "GET", path, who).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// One request that is late and awaits HR, two that await Marc, all of them Léa's.
async fn three_requests(world: &World) {
    for n in 1..=3 {
        world.emit(0, event("submit", n, None, "en_attente_chef", "2026-11-16T08:00:00Z")).await;
    }
    let from = Some("en_attente_chef");
    world.emit(0, event("approve", 3, from, "en_attente_rh", "2026-11-17T08:00:00Z")).await;
    world.caught_up().await;
}

on_both_engines! {
    async fn the_api_answers_each_under_their_own_keys(kind) {
        let world = World::new(kind).await;
        let router = served(&world);
        three_requests(&world).await;
        let kpis = json(&router, "/api/v1/dashboard/kpis", "marc").await;
        let open = &kpis["items"][0];
        assert_eq!((&open["id"], &open["value"], &open["scope"]), (&json!("heures.open"), &json!(3), &json!("team")));
        assert_eq!(open["points"].as_array().unwrap().len(), 12);
        assert_eq!(open["computed_at"], "2026-11-16T08:00:00Z", "the last event that changed it");
        assert!(kpis["as_of"].as_array().unwrap().contains(&json!({ "source": "heures", "position": 4, "head": 4,
            "updated_at": at(NOON) })), "{kpis}");
        let backlog = json(&router, "/api/v1/dashboard/backlog?limit=1", "marc").await;
        let first = &backlog["items"][0];
        assert_eq!(first["link"], format!("/inbox/heures/{}", id(1)));
        assert_eq!(first["subject"], id(LEA).to_string());
        let path = format!("/api/v1/dashboard/backlog?limit=1&cursor={}", backlog["next_cursor"].as_str().unwrap());
        let second = json(&router, &path, "marc").await;
        assert_eq!(second["items"][0]["instance"], id(2).to_string());
        assert_eq!(second.get("next_cursor"), None);
        let late = json(&router, "/api/v1/dashboard/backlog?filter=late", "nadia").await;
        assert_eq!(late["items"].as_array().unwrap().len(), 1);
        assert_eq!(json(&router, "/api/v1/dashboard/backlog?filter=today", "nadia").await["items"], json!([]));
        assert_eq!(json(&router, "/api/v1/dashboard/backlog?filter=today", "marc").await["items"].as_array().unwrap().len(), 2);
        assert_eq!(json(&router, "/api/v1/dashboard/backlog?module=badges", "marc").await["items"], json!([]));
        assert_eq!(json(&router, "/api/v1/dashboard/backlog", "lea").await["items"], json!([]));
        assert_eq!(call(&router, "GET", "/api/v1/dashboard/backlog?filter=soon", "marc").await.0, 422);
        assert_eq!(call(&router, "GET", "/api/v1/dashboard/kpis", "nobody").await.0, 401);
    }

    async fn the_home_page_says_what_is_late_and_what_to_do(kind) {
        let world = World::new(kind).await;
        let router = served(&world);
        three_requests(&world).await;
        let (status, page) = call(&router, "GET", "/", "marc").await;
        assert_eq!(status, 200);
        for words in ["Bonjour Marc", "Mercredi 18 novembre 2026, semaine 47. Aucune décision n’est en retard.",
            "À traiter", "Heures du samedi 7", "Léa Morvan", "Aujourd’hui 18\u{202f}h", "Chiffre extra", "cible 5\u{202f}h",
            "À jour à la position 4", "Voir les 2 éléments", "data-live=\"/dashboard/live\"", "/dashboard/figures/heures.extra"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let (_, page) = call(&router, "GET", "/?filter=late", "marc").await;
        assert!(page.contains("Rien avec"), "{page}");
        let (_, page) = call(&router, "GET", "/", "nadia").await;
        assert!(page.contains("Une décision est en retard.") && page.contains("En retard de 2 jours"), "{page}");
        let (_, page) = call(&router, "GET", "/", "lea").await;
        assert!(page.contains("Mes demandes en cours") && page.contains("Trois de vos demandes sont en cours."), "{page}");
        assert!(!page.contains("/inbox") && page.contains(&format!("href=\"/heures/{}\"", id(1))), "{page}");
        let (_, page) = call(&router, "GET", "/", "omar").await;
        assert!(page.contains("Aucune demande en cours"), "{page}");
    }

    async fn the_parts_of_the_page_stand_alone(kind) {
        let world = World::new(kind).await;
        let router = served(&world);
        three_requests(&world).await;
        let (status, part) = call(&router, "GET", "/dashboard/fragment", "marc").await;
        assert!(status == 200 && part.contains("À traiter") && !part.contains("<html"), "{part}");
        let (status, page) = call(&router, "GET", "/dashboard/figures/heures.extra", "marc").await;
        assert!(status == 200 && page.contains("Semaine 47"), "{page}");
        assert_eq!(call(&router, "GET", "/dashboard/figures/heures.none", "marc").await.0, 404);
    }

    async fn who_is_late_may_be_decided_by_another_too(kind) {
        let world = World::new(kind).await;
        let _router = served(&world);
        let mut late = event("submit", 1, None, "en_attente_chef", "2026-11-16T08:00:00Z");
        world.emit(0, late.clone()).await;
        late["event"] = json!("form.due.passed");
        late["payload"]["from"] = json!("en_attente_chef");
        late["payload"]["also"] = json!({ "role": "rh", "scope": "all" });
        late["payload"]["author"] = json!(id(MARC));
        world.emit(0, late).await;
        world.caught_up().await;
        let all = async |who: &Principal| world.readers.counts(who, at(NOON)).await.unwrap().all;
        assert_eq!(all(&nadia()).await, 1);
        assert_eq!(all(&marc()).await, 0, "he wrote it");
        assert_eq!(world.value(&nadia(), "heures.open").await, Some(1));
    }

    async fn a_rebuild_is_asked_for_by_those_who_may(kind) {
        let world = World::new(kind).await;
        let router = served(&world);
        three_requests(&world).await;
        assert_eq!(call(&router, "POST", "/api/v1/dashboard/rebuild", "marc").await.0, 403);
        let (status, body) = call(&router, "POST", "/api/v1/dashboard/rebuild", "omar").await;
        assert_eq!(status, 202, "{body}");
        world.serves_after(1).await;
        let log = world.own.db.log_after(0, 10).await.unwrap();
        assert_eq!((log[0].kind.as_str(), log[0].actor.as_str()), ("dashboard.rebuild_requested", format!("person:{}", id(14)).as_str()));
        assert_ne!(log[0].correlation_id, cause().correlation_id);
        assert_eq!(world.value(&marc(), "heures.open").await, Some(3));
    }
}
