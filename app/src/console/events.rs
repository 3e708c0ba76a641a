//! Events: the pages of the event store, the last ones of a log, and one correlation across all of them.

mod again;
mod again_pages;
mod list;
mod months;
mod parts;
mod replay;
mod stream;

use super::desk::{Desk, READ};
use super::trace::trace_page;
use crate::ops::log::entry;
use axum::Json;
use axum::extract::Path;
use db::Event;
use db::databases::Databases;
use kernel::{DatabaseId, Error, Uuid};
use serde_json::{Value as Json_, json};
use std::sync::Arc;
use web::{Api, Ctx, Doc, Failure, Query};

/// Where the pages live.
const PATH: &str = "/console/events";

/// The last events of one log, newest first, as the log itself has them.
pub(super) async fn newest(
    databases: &Databases,
    id: &DatabaseId,
    limit: u32,
) -> Result<Vec<Event>, Failure> {
    let db = databases.get(id).ok_or_else(Error::not_found)?;
    let (head, _) = db.head().await?;
    let mut events = db.log_after(head.saturating_sub(limit.into()), limit).await?;
    events.reverse();
    Ok(events)
}

/// Events of one correlation read from each database, at most.
pub(super) const CORRELATED: u32 = 500;

/// Everything under one correlation id, over all databases, in order of time.
pub(super) async fn correlation(
    databases: &Databases,
    id: Uuid,
) -> Result<Vec<(DatabaseId, Event)>, Failure> {
    let mut all = Vec::new();
    for db in databases.all() {
        // A database that is away leaves its part out; the others are shown.
        if let Ok(events) = db.correlated(id, CORRELATED).await {
            all.extend(events.into_iter().map(|event| (db.id().clone(), event)));
        }
    }
    all.sort_by_key(|(database, event)| (event.at, database.clone(), event.position));
    Ok(all)
}

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (databases, traced) = (desk.databases.clone(), desk.clone());
    let one = move |ctx: Ctx, Path(id): Path<Uuid>| one(databases.clone(), ctx, id);
    list::api(desk)
        .merge(stream::api(desk))
        .merge(months::api(desk))
        .merge(replay::api(desk))
        .merge(again::api(desk))
        .merge(again_pages::api(desk))
        .get(
            &format!("{PATH}/{{correlation}}"),
            move |ctx: Ctx, path, query: Query| trace_page(traced.clone(), ctx, path, query),
            Doc::new("The page of everything under one correlation id.").permission(READ),
        )
        .get(
            "/api/v1/events/correlations/{id}",
            one,
            Doc::new("Everything under one correlation id, over all databases").permission(READ),
        )
}

async fn one(databases: Arc<Databases>, ctx: Ctx, id: Uuid) -> Result<Json<Json_>, Failure> {
    ctx.permit(READ)?;
    let events = correlation(&databases, id).await?;
    let items: Vec<_> = events.iter().map(|(database, event)| with_database(database, event)).collect();
    Ok(Json(json!({ "items": items })))
}

fn with_database(id: &DatabaseId, event: &Event) -> Json_ {
    let mut entry = entry(event);
    entry["database"] = json!(id);
    entry
}
