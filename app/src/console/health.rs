//! `/health/live`: the process answers. `/health/ready`: every database answers; 503 names those that do not.

use crate::system::System;
use axum::Json;
use axum::http::StatusCode;
use db::databases::Databases;
use serde_json::{Value as Json_, json};
use std::sync::Arc;
use std::time::Duration;
use web::{Api, Doc};

/// Time that a database has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn api(system: &System) -> Api {
    let databases = system.databases.clone();
    Api::new()
        .get(
            "/health/live",
            async || Json(json!({ "status": "live" })),
            Doc::new("The process answers").public(),
        )
        .get("/health/ready", move || ready(databases.clone()), Doc::new("Every database answers").public())
}

async fn ready(databases: Arc<Databases>) -> (StatusCode, Json<Json_>) {
    let mut states = serde_json::Map::new();
    let mut ready = true;
    for db in databases.all() {
        let answer = tokio::time::timeout(PATIENCE, db.head()).await;
        let up = matches!(answer, Ok(Ok(_)));
        ready &= up;
        states.insert(db.id().to_string(), json!(if up { "up" } else { "down" }));
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "status": if ready { "ready" } else { "not ready" }, "databases": states })))
}
