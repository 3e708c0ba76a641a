//! Handing a part of the events to a consumer again, in the API.

use crate::console::again::{self, Handing};
use crate::console::desk::{Desk, READ, REPLAY};
use crate::ops::replay::Replay;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::Batch;
use flow::Selection;
use kernel::{DatabaseId, Error, Lang, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key};

/// Which events are handed to the consumer again; what is left out narrows nothing.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Of this database's log.
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<DatabaseId>,
    /// Of this type, or of types that begin so where it ends with a dot.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Of this stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<String>,
    /// Not before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Timestamp>,
}

impl From<Which> for Selection {
    fn from(which: Which) -> Self {
        let Which { database, kind, stream, from, to } = which;
        Self { database, kind, stream, from, to }
    }
}

impl From<Selection> for Which {
    fn from(selection: Selection) -> Self {
        let Selection { database, kind, stream, from, to } = selection;
        Self { database, kind, stream, from, to }
    }
}

/// A replay of a part of the events, under way or over.
#[derive(Serialize, ToSchema)]
struct HandingOut {
    #[schema(value_type = String)]
    id: Uuid,
    consumer: String,
    selection: Which,
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// Missing while it is under way.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// Why it ended early; what was done is done, and the same replay can be begun again.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    /// Entries of logs that were looked at.
    read: u64,
    /// Entries that there are to look at.
    to_read: u64,
    /// Events that were handed to the consumer: applied, skipped and dead-lettered.
    handed: u64,
    /// Those that it did something with.
    applied: u64,
    /// Those that it knew, or that say nothing to it.
    skipped: u64,
    /// Those that it could not apply, and those of their streams.
    dead_lettered: u64,
    /// Not handed: their streams wait for the replay of their dead letters.
    held: u64,
    /// Not handed: the consumer has not come so far, and will by itself.
    coming: u64,
}

impl HandingOut {
    fn new(lang: Lang, one: Handing) -> Self {
        let flow::Handed { read, to_read, handed, applied, skipped, parked, held, coming } = one.handed;
        Self {
            id: one.id,
            consumer: one.consumer,
            selection: one.selection.into(),
            begun_at: one.begun,
            ended_at: one.ended,
            failed: one.failed.map(|why| why.get(lang).to_owned()),
            read,
            to_read,
            handed,
            applied,
            skipped,
            dead_lettered: parked,
            held,
            coming,
        }
    }
}

/// The replays of this process, newest first.
#[derive(Serialize, ToSchema)]
struct HandingList {
    items: Vec<HandingOut>,
}

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (begun, listed, found) = (desk.clone(), desk.clone(), desk.clone());
    Api::new()
        .post(
            "/api/v1/consumers/{consumer}/replays",
            move |ctx: Ctx, key: Key, path: Path<String>, body: JsonBody<Which>| {
                begin(begun.clone(), ctx, key, path.0, body)
            },
            Doc::new("Hands a part of the events to a consumer again, in the order of their logs.")
                .permission(REPLAY)
                .body::<Which>()
                .answers::<HandingOut>(202),
        )
        .get(
            "/api/v1/events/replays",
            move |ctx: Ctx| list(listed.clone(), ctx),
            Doc::new("Replays of parts of the events that this process has begun, newest first.")
                .permission(READ)
                .answers::<HandingList>(200),
        )
        .get(
            "/api/v1/events/replays/{id}",
            move |ctx: Ctx, path: Path<String>| one(found.clone(), ctx, path.0),
            Doc::new("How far one of them has come, and what it has done.")
                .permission(READ)
                .answers::<HandingOut>(200),
        )
}

/// A Batch of the operator's journal with the beginning of a replay.
pub(super) fn entry(ctx: &Ctx, replay: &Replay) -> Batch {
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    batch.event(replay.begun());
    batch
}

async fn begin(
    desk: Arc<Desk>,
    ctx: Ctx,
    key: Key,
    consumer: String,
    body: JsonBody<Which>,
) -> Result<Response, Failure> {
    ctx.permit(REPLAY)?;
    let journal = desk.journal()?;
    if let Some(reply) = key.replay(&ctx, &journal, &body.raw).await? {
        return Ok(reply);
    }
    let clock = ctx.edge.clock.clone();
    let replay = Replay::new(&desk.flow, clock.new_id(), &consumer, body.value()?.into())?;
    let batch = entry(&ctx, &replay);
    let begun = Handing::begun(&replay, ctx.now());
    let answer = HandingOut::new(ctx.lang, begun.clone());
    let reply = key.commit(&journal, batch, &body.raw, StatusCode::ACCEPTED, &answer).await?;
    again::start(&desk, begun, replay, clock, ctx.cause());
    Ok(reply)
}

async fn list(desk: Arc<Desk>, ctx: Ctx) -> Result<Json<HandingList>, Failure> {
    ctx.permit(READ)?;
    let items = desk.handings.all().into_iter().map(|one| HandingOut::new(ctx.lang, one)).collect();
    Ok(Json(HandingList { items }))
}

async fn one(desk: Arc<Desk>, ctx: Ctx, id: String) -> Result<Json<HandingOut>, Failure> {
    ctx.permit(READ)?;
    let id = Uuid::try_parse(&id).map_err(|_| Error::not_found())?;
    let found = desk.handings.find(id).ok_or_else(Error::not_found)?;
    Ok(Json(HandingOut::new(ctx.lang, found)))
}
