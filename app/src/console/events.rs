//! Events of every log: a page of one database's, and one correlation across all of them.

mod page;

use super::desk::{Desk, READ};
use crate::ops::log::entry;
use axum::Json;
use axum::extract::Path;
use db::Event;
use db::databases::Databases;
use kernel::{DatabaseId, Error, Uuid};
use serde_json::{Value as Json_, json};
use std::sync::Arc;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Filters of the events page.
#[derive(Default)]
pub(super) struct Filter {
    pub(super) database: Option<DatabaseId>,
    pub(super) kind: Option<String>,
    pub(super) stream: Option<String>,
}

impl Filter {
    pub(super) fn of(query: &Query) -> Result<Self, Failure> {
        Ok(Self {
            database: query.parsed("database")?,
            kind: query.get("type").map(str::to_owned),
            stream: query.get("stream").map(str::to_owned),
        })
    }

    fn passes(&self, event: &Event) -> bool {
        self.kind.as_ref().is_none_or(|kind| event.kind.starts_with(kind.as_str()))
            && self.stream.as_ref().is_none_or(|stream| event.stream == *stream)
    }
}

/// Events of one database, newest first, before a position; at most `limit` after filtering, scanning a bounded
/// stretch of the log. With them, where to go on: also after a stretch without a match.
pub(super) async fn newest(
    databases: &Databases,
    id: &DatabaseId,
    filter: &Filter,
    before: Option<u64>,
    limit: u32,
) -> Result<(Vec<Event>, Option<u64>), Failure> {
    const STRETCH: u64 = 500;
    const SCANNED: u64 = 20_000;
    let db = databases.get(id).ok_or_else(Error::not_found)?;
    let mut end = match before {
        Some(before) => before.saturating_sub(1),
        None => db.head().await?.0,
    };
    let (mut found, mut scanned) = (Vec::new(), 0);
    while end > 0 && found.len() < limit as usize && scanned < SCANNED {
        let start = end.saturating_sub(STRETCH);
        let size = u32::try_from(end - start).unwrap_or(0);
        let mut page = db.log_after(start, size).await?;
        page.reverse();
        for event in page {
            if found.len() == limit as usize {
                break;
            }
            end = event.position - 1;
            if filter.passes(&event) {
                found.push(event);
            }
        }
        end = end.min(if found.len() < limit as usize { start } else { end });
        scanned += STRETCH;
    }
    Ok((found, (end > 0).then_some(end + 1)))
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
    let databases = desk.databases.clone();
    let list = {
        let databases = databases.clone();
        move |ctx: Ctx, query: Query| list(databases.clone(), ctx, query)
    };
    let one = move |ctx: Ctx, Path(id): Path<Uuid>| one(databases.clone(), ctx, id);
    page::api(desk)
        .get(
            "/api/v1/events",
            list,
            Doc::new("Events of one database, newest first")
                .permission(READ)
                .query("database", "The database; required.")
                .query("type", "Only types that begin so.")
                .query("stream", "Only this stream.")
                .query("limit", "Rows of a page, 1 to 200.")
                .query("cursor", "The `next_cursor` of the page before."),
        )
        .get(
            "/api/v1/events/correlations/{id}",
            one,
            Doc::new("Everything under one correlation id, over all databases").permission(READ),
        )
}

async fn list(databases: Arc<Databases>, ctx: Ctx, query: Query) -> Result<Json<Json_>, Failure> {
    ctx.permit(READ)?;
    let filter = Filter::of(&query)?;
    let Some(id) = &filter.database else {
        return Err(Error::invalid(
            "bad_parameter",
            "Nommez la base : ?database=heures",
            "Name the database: ?database=heures",
        )
        .into());
    };
    let (events, next) = newest(&databases, id, &filter, query.cursor()?, query.limit()?).await?;
    let page = ListPage {
        items: events.iter().map(|e| with_database(id, e)).collect::<Vec<_>>(),
        next_cursor: next.map(|next| web::encode_cursor(&next)),
    };
    Ok(Json(json!(page)))
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
