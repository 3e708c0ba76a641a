//! Replaying everything to one reader: a projection is built anew beside the one that serves. What acts outside is never
//! replayed.

use crate::console::desk::{Desk, REBUILD};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Error;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key};

/// To whom everything is replayed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayRequest {
    /// A projection, by the name of its consumer.
    consumer: String,
}

/// A replay that has begun; its progress is on the page of the consumers.
#[derive(Serialize, ToSchema)]
struct ReplayBegun {
    consumer: String,
}

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let desk = desk.clone();
    Api::new().post(
        "/api/v1/events/replays",
        move |ctx: Ctx, key: Key, body: JsonBody<ReplayRequest>| replay(desk.clone(), ctx, key, body),
        Doc::new("Replays every event to a projection, which is built anew beside the one that serves.")
            .permission(REBUILD)
            .body::<ReplayRequest>()
            .answers::<ReplayBegun>(202),
    )
}

async fn replay(
    desk: Arc<Desk>,
    ctx: Ctx,
    key: Key,
    body: JsonBody<ReplayRequest>,
) -> Result<Response, Failure> {
    ctx.permit(REBUILD)?;
    let journal = desk.journal()?;
    if let Some(reply) = key.replay(&ctx, &journal, &body.raw).await? {
        return Ok(reply);
    }
    let ReplayRequest { consumer } = body.value()?;
    if !desk.lags().await.iter().any(|lag| lag.consumer == consumer) {
        return Err(Error::not_found().into());
    }
    if !desk.flow.rebuild(&consumer).await? {
        let (fr, en) = (
            "Ce lecteur agit au dehors : il ne relit jamais ce qu’il a déjà fait.",
            "This reader acts outside: it never reads again what it has done.",
        );
        return Err(Error::refused("not_replayable", fr, en).into());
    }
    let data = serde_json::json!({ "projection": consumer });
    let batch = Desk::journal_entry(&ctx, "projection.rebuild_begun", format!("projection/{consumer}"), data);
    let answer = ReplayBegun { consumer };
    Ok(key.commit(&journal, batch, &body.raw, StatusCode::ACCEPTED, &answer).await?.into_response())
}
