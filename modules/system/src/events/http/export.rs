//! Events as a file: a JSON line each, oldest first, as many as there are. What leaves the house is noted before it
//! leaves.

use super::super::queries::{self, Order, Wanted};
use super::read::{filtered, line};
use super::{EXPORT, ROOT};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use db::{Batch, Db, NewEvent};
use serde_json::json;
use web::{Api, Ctx, Doc, Failure, Query};

/// The event that tells who exported what.
pub(in super::super) const EXPORTED: &str = "events.exported";
/// Events read at once.
const PAGE: u32 = 500;

/// The route.
pub(super) fn api(db: &Db) -> Api {
    let db = db.clone();
    Api::new().get(
        &format!("{ROOT}.ndjson"),
        move |ctx: Ctx, query: Query| export(db.clone(), ctx, query),
        filtered(
            Doc::new("The same as a file, a JSON line for each event, oldest first. Refused while a month of the period is archived.")
                .permission(EXPORT),
        ),
    )
}

/// Where an export has come to.
struct Place {
    db: Db,
    wanted: Wanted,
    beyond: Option<u64>,
    over: bool,
}

impl Place {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, db::DbError> {
        if self.over {
            return Ok(None);
        }
        let found = queries::find(&self.db, &self.wanted, Order::Oldest, self.beyond, PAGE).await?;
        self.beyond = found.next;
        self.over = found.next.is_none();
        Ok(Some(found.events.iter().map(line).collect::<String>().into_bytes()))
    }
}

async fn export(db: Db, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    ctx.permit(EXPORT)?;
    let wanted = Wanted::read(&query)?;
    queries::at_hand(&db, &wanted).await?;
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    batch.event(NewEvent::new(ctx.edge.clock.new_id(), EXPORTED, "export", json!({ "filters": wanted })));
    db.write(batch).await?;
    let place = Place { db, wanted, beyond: None, over: false };
    let lines = futures_util::stream::try_unfold(place, |mut place| async move {
        Ok::<_, db::DbError>(place.next().await?.map(|lines| (lines, place)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"events.ndjson\""),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}
