//! Appending to the store's own streams, and the types that can be appended.

use super::super::append::{self, Append, Wanted};
use super::super::known::Known;
use super::super::sql;
use super::{APPEND, DECLARE, READ, ROOT};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{Db, DbError, Row};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key};

/// How often an append without an expected version is decided again.
const TRIES: usize = 5;

/// What is to be appended: all of it, or nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppendRequest {
    /// A stream of the store's own: `events/…`.
    stream: String,
    /// The version that the stream must have; 0 when it must not exist yet. Without it, whatever it is.
    #[serde(default)]
    expected_version: Option<u64>,
    /// 1 to 100 events, in order.
    events: Vec<EventRequest>,
}

/// An event to append.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventRequest {
    /// A declared type.
    #[serde(rename = "type")]
    kind: String,
    /// The version of its contract; 1 when it is not given.
    #[serde(default = "first")]
    version: u32,
    /// What happened; 64 kB at most, and no card number.
    data: Json_,
}

fn first() -> u32 {
    1
}

/// What was appended.
#[derive(Serialize, ToSchema)]
struct Appended {
    stream: String,
    /// The stream's version now.
    version: u64,
}

/// A version of a type.
#[derive(Serialize, ToSchema)]
struct TypeView {
    #[serde(rename = "type")]
    kind: String,
    version: u64,
    /// JSON Schema of the data.
    schema: Json_,
    #[schema(value_type = String, format = DateTime)]
    declared_at: Timestamp,
}

/// The types.
#[derive(Serialize, ToSchema)]
struct Types {
    items: Vec<TypeView>,
}

/// A type to declare.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TypeRequest {
    /// A JSON Schema of an object: `type`, `properties`, `required`, `additionalProperties`, `items`, `enum`, `minimum`,
    /// `maximum`, `maxLength`, `minItems`, `maxItems`.
    schema: Json_,
}

/// The routes.
pub(super) fn api(db: &Db, known: &Arc<Known>) -> Api {
    let (appended, typed, declared, known) = (db.clone(), db.clone(), db.clone(), known.clone());
    Api::new()
        .post(
            ROOT,
            move |ctx: Ctx, key: Key, body: JsonBody<AppendRequest>| add(appended.clone(), ctx, key, body),
            Doc::new("Appends to a stream of the event store’s own; 409 tells the stream’s actual version.")
                .permission(APPEND)
                .body::<AppendRequest>()
                .answers::<Appended>(201),
        )
        .get(
            &format!("{ROOT}/types"),
            move |ctx: Ctx| types(typed.clone(), ctx),
            Doc::new("The types that can be appended.").permission(READ).answers::<Types>(200),
        )
        .put(
            &format!("{ROOT}/types/{{type}}/{{version}}"),
            move |ctx: Ctx, path: Path<(String, String)>, body: JsonBody<TypeRequest>| {
                declare(declared.clone(), known.clone(), ctx, path.0, body)
            },
            Doc::new("Declares a version of a type that can be appended; once declared it does not change.")
                .permission(DECLARE)
                .body::<TypeRequest>()
                .answers::<Types>(200),
        )
}

async fn add(db: Db, ctx: Ctx, key: Key, body: JsonBody<AppendRequest>) -> Result<Response, Failure> {
    ctx.permit(APPEND)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let AppendRequest { stream, expected_version: expected, events } = body.value()?;
    let wanted = |e: EventRequest| Wanted { kind: e.kind, version: e.version, data: e.data };
    let wanted = Append { stream, expected, events: events.into_iter().map(wanted).collect() };
    for _ in 0..TRIES {
        let (batch, version) = append::append(&db, &wanted, (&*ctx.edge.clock, ctx.cause())).await?;
        let answer = Appended { stream: wanted.stream.clone(), version };
        match key.commit(&db, batch, &body.raw, StatusCode::CREATED, &answer).await {
            // Somebody was faster: with an expected version the next look says so.
            Err(DbError::StreamMoved(_)) => {}
            other => return Ok(other?),
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")).into())
}

fn view(row: &Row) -> Result<TypeView, DbError> {
    Ok(TypeView {
        kind: row.text(0)?,
        version: row.count(1)?,
        schema: row.json(2)?,
        declared_at: row.instant(3)?,
    })
}

async fn all(db: &Db) -> Result<Types, Failure> {
    let rows = db.query(&sql::TYPES, Vec::new()).await?;
    Ok(Types { items: rows.iter().map(view).collect::<Result<_, _>>()? })
}

async fn types(db: Db, ctx: Ctx) -> Result<Json<Types>, Failure> {
    ctx.permit(READ)?;
    Ok(Json(all(&db).await?))
}

async fn declare(
    db: Db,
    known: Arc<Known>,
    ctx: Ctx,
    (kind, version): (String, String),
    body: JsonBody<TypeRequest>,
) -> Result<Response, Failure> {
    ctx.permit(DECLARE)?;
    let version = version.parse().map_err(|_| Error::not_found())?;
    let TypeRequest { schema } = body.value()?;
    let wanted = (kind.as_str(), version, &schema);
    if let Some(batch) = append::declare(&db, &known, wanted, (&*ctx.edge.clock, ctx.cause())).await? {
        db.write(batch).await?;
    }
    let mut types = all(&db).await?;
    types.items.retain(|one| one.kind == kind);
    Ok(Json(types).into_response())
}
