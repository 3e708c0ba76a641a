//! The edge: who nobody is, what cannot be read, what is too much, and that every refusal says what to do.

use crate::world::World;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use testkit::{Kind, on_both_engines};

on_both_engines! {
    async fn the_house_is_shut_and_says_so(kind) {
        let world = World::new(kind).await;
        assert_eq!(world.get("/health/live").await.status, StatusCode::OK);
        let ready = world.get("/health/ready").await;
        assert_eq!((ready.status, &ready.json()["status"]), (StatusCode::OK, &json!("ready")));
        for path in ["/api/v1/me", "/api/v1/databases", "/api/v1/events", "/api/v1/nothing", "/nothing"] {
            let answer = world.get(path).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(answer.header("content-security-policy").contains("default-src 'self'"));
        }
        let page = world.ask(Request::get("/").header("accept", "text/html").body(Body::empty()).unwrap()).await;
        assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/login?next=%2F"));
        let operator = world.as_person("omar").await;
        assert_eq!(operator.get("/api/v1/databases").await.status, StatusCode::OK);
        assert_eq!(operator.get("/api/v1/nothing").await.code(), "not_found");
        assert_eq!(world.as_person("lea").await.get("/api/v1/databases").await.status, StatusCode::FORBIDDEN);
        world.close().await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_changes_nothing_and_says_why() {
    let world = World::new(Kind::Sqlite).await;
    let raw = |body: &str, kind: &str| {
        Request::post("/api/v1/auth/login")
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let huge = format!("{{\"email\":\"{}\"}}", "x".repeat(2 << 20));
    let cases = [
        ("{", "application/json", 422, "malformed_body"),
        ("[]", "application/json", 422, "malformed_body"),
        (r#"{"email":1,"password":"x"}"#, "application/json", 422, "malformed_body"),
        (r#"{"email":"a","password":"b","more":1}"#, "application/json", 422, "malformed_body"),
        ("email=a", "text/plain", 422, "not_json"),
        (deep.as_str(), "application/json", 422, "too_deep"),
        (huge.as_str(), "application/json", 413, "too_large"),
    ];
    for (body, kind, status, code) in cases {
        let answer = world.ask(raw(body, kind)).await;
        let shown: String = body.chars().take(40).collect();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{shown}");
        assert!(!answer.json()["detail"].as_str().unwrap().is_empty());
    }
    let trace = Request::builder().method("TRACE").uri("/api/v1/auth/login").body(Body::empty()).unwrap();
    assert_eq!(world.ask(trace).await.status, StatusCode::METHOD_NOT_ALLOWED);
    world.close().await;
}

#[tokio::test]
async fn a_correlation_id_is_taken_from_the_trace_and_kept() {
    let world = World::new(Kind::Sqlite).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request =
        Request::get("/health/live").header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    let answer = world.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-correlation-id").replace('-', ""), trace);
    world.close().await;
}

#[tokio::test]
async fn every_documented_endpoint_exists_and_the_rest_is_shut() {
    let world = World::new(Kind::Sqlite).await;
    let document = world.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let nobody = world.get("/api/v1/docs").await;
    assert!(nobody.status == StatusCode::OK && nobody.text.contains("/api/v1/auth/login"));
    for endpoint in &world.system.endpoints {
        let path: String = endpoint
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "0" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let request = Request::builder().method(endpoint.method).uri(&path).body(Body::empty()).unwrap();
        let answer = world.ask(request).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{} {}", endpoint.method, endpoint.path);
        if !endpoint.is_public() {
            assert_eq!(
                answer.status,
                StatusCode::UNAUTHORIZED,
                "{} {} lets nobody in",
                endpoint.method,
                endpoint.path
            );
        }
    }
    world.close().await;
}
