//! Modules that ask each other: the same routes, the same permissions, and an answer or a reason why there is none.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops at once")]

use axum::Json;
use bus::Bus;
use db::Schema;
use flow::Flow;
use kernel::{ModuleCode, TestClock};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use testkit::{Island, Kind};
use web::{Api, Calls, Ctx, Doc, Edge, EdgeConfig, Failure, Query};

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Answer {
    who: String,
    from: String,
}

async fn edge() -> (Island, Arc<Edge>) {
    let schema = Schema::new(ModuleCode::new("toy").unwrap(), Vec::new(), Vec::new(), Vec::new()).unwrap();
    let island = Island::new(Kind::Sqlite, schema).await;
    let clock = Arc::new(TestClock::at(testkit::now()));
    let flow = Flow::start(island.databases.clone(), Bus::default(), clock.clone());
    let config = EdgeConfig {
        organisation: "Test".into(),
        public_url: "http://localhost".into(),
        secure: false,
        trusted_proxies: Vec::new(),
        zone: jiff::tz::TimeZone::UTC,
        requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
    };
    (island, Edge::new(clock, Bus::default(), flow, config))
}

async fn totals(ctx: Ctx, query: Query) -> Result<Json<Answer>, Failure> {
    let permit = ctx.permit("shop.totals.read")?;
    let from = query.get("from").unwrap_or_default().to_owned();
    Ok(Json(Answer { who: permit.principal.name, from }))
}

fn routes() -> Api {
    Api::new()
        .get("/api/v1/totals", totals, Doc::new("Totals"))
        .get("/api/v1/other", async || Json(7), Doc::new("Something else"))
        .get("/api/v1/silent", async || std::future::pending::<Json<u8>>().await, Doc::new("Never"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_asks_as_any_caller_does() {
    let (_island, edge) = edge().await;
    edge.serve_calls(Some(routes().router));
    let calls = Calls::new(&edge, "reporting", &["shop.totals.read"]);
    let query = [("from", "2026-11-18T00:00:00+01:00")];
    let answer: Answer = calls.ask(testkit::id(), "/api/v1/totals", &query).await.unwrap();
    assert_eq!(answer, Answer { who: "reporting".into(), from: "2026-11-18T00:00:00+01:00".into() });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_in_the_way_is_a_reason() {
    let (_island, edge) = edge().await;
    let (may, may_not) = (
        Calls::new(&edge, "reporting", &["shop.totals.read"]),
        Calls::new(&edge, "reporting", &["shop.other.read"]),
    );
    let why = async |calls: &Calls, path: &str| {
        calls.ask::<Answer>(testkit::id(), path, &[]).await.map_err(|away| away.to_string()).unwrap_err()
    };
    assert!(why(&may, "/api/v1/totals").await.contains("nobody serves"));
    edge.serve_calls(Some(routes().router));
    assert!(why(&may_not, "/api/v1/totals").await.contains("forbidden"));
    assert!(why(&may, "/api/v1/nowhere").await.contains("no such route"));
    assert!(why(&may, "/api/v1/other").await.contains("cannot be read"));
    assert!(why(&may, "/api/v1/silent").await.contains("no answer within 2 s"));
    edge.serve_calls(None);
    assert!(why(&may, "/api/v1/totals").await.contains("nobody serves"));
}
