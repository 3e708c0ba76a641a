//! Every endpoint for every role: whoever lacks the permission is turned away, whoever has it is not, and no endpoint is
//! left without a rule. The matrix is made from the endpoints themselves, so a new one is in it at once.

use crate::world::World;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use std::collections::BTreeMap;
use testkit::Kind;
use web::Endpoint;

/// Somebody for each role of the sample company.
const PERSONAS: [&str; 8] = ["lea", "marc", "nadia", "omar", "sonia", "chloe", "caisse", "client"];

/// What everybody who is signed in may ask, about themselves or cut to their own reach.
const FOR_EVERYBODY: [&str; 18] = [
    "/",
    "/dashboard/",
    "/inbox",
    "/account",
    "/logout",
    "/language/",
    "/api/v1/me",
    "/api/v1/auth/logout",
    "/api/v1/inbox",
    "/api/v1/dashboard/kpis",
    "/api/v1/dashboard/backlog",
    "/api/v1/modules",
    "/api/v1/{module}/",
    "/{module}",
    "/heures/",
    "/password",
    "/search",
    "/notifications",
];

fn concrete(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{module}" => "heures",
            part if part.starts_with('{') => "01900000-0000-7000-8000-000000000000",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// A request with a body that says nothing, or that cannot be read at all.
fn request(endpoint: &Endpoint, readable: bool) -> Request<Body> {
    let is_api = endpoint.path.starts_with("/api/");
    let kind = if is_api { "application/json" } else { "application/x-www-form-urlencoded" };
    let body = match (endpoint.method, is_api) {
        ("GET", _) | (_, false) => "",
        (_, true) if readable => "{}",
        (_, true) => "{",
    };
    let builder = Request::builder().method(endpoint.method).uri(concrete(&endpoint.path));
    builder.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_for_every_role() {
    let world = World::new(Kind::Sqlite).await;
    let (mut uncovered, mut wrong, mut asked) = (Vec::new(), Vec::new(), 0);
    for endpoint in world.system.endpoints.iter().filter(|e| !e.is_public()) {
        let everybody = FOR_EVERYBODY
            .iter()
            .any(|p| endpoint.path == *p || (p.len() > 1 && endpoint.path.starts_with(p)));
        if endpoint.permission().is_none() && !everybody {
            uncovered.push(format!("{} {}", endpoint.method, endpoint.path));
        }
    }
    let mut rights: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for persona in PERSONAS {
        let caller = world.as_person(persona).await;
        let people = world.system.edge.people().await.unwrap();
        let email = format!("{persona}@archipel.test");
        let id = people.people.values().find(|p| p.email == email).unwrap().id;
        let principal = world.system.modules.auth().unwrap().acting_as(id).await.unwrap().unwrap();
        rights.insert(persona, principal.grants.iter().map(|g| g.permission.clone()).collect());
        for endpoint in world.system.endpoints.iter().filter(|e| !e.is_public()) {
            let Some(permission) = endpoint.permission() else { continue };
            let ends_session = endpoint.path.contains("logout") || endpoint.path.contains("sessions");
            if ends_session || endpoint.path.ends_with("live") {
                continue;
            }
            let permission = permission.replace("{module}", "heures");
            let may = rights[persona].contains(&permission);
            // Whoever may not is turned away before anybody looks at what they sent.
            let answer = caller.ask(request(endpoint, may)).await;
            let turned_away = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
            asked += 1;
            if !may && !turned_away {
                wrong.push(format!(
                    "{persona} without {permission}: {} {} -> {}",
                    endpoint.method, endpoint.path, answer.status
                ));
            }
            if may && answer.status == StatusCode::FORBIDDEN {
                wrong.push(format!(
                    "{persona} with {permission}: {} {} -> 403",
                    endpoint.method, endpoint.path
                ));
            }
            if answer.status.is_server_error() {
                wrong.push(format!(
                    "{persona}: {} {} -> {} {}",
                    endpoint.method, endpoint.path, answer.status, answer.text
                ));
            }
        }
    }
    assert!(uncovered.is_empty(), "endpoints without a rule: {uncovered:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(asked > 200, "{asked}");
    world.close().await;
}
