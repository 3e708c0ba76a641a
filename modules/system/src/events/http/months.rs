//! The months: how many events each holds, and whether they are at hand.

use super::super::archive;
use super::super::known::Known;
use super::super::model::{Partition, PartitionState};
use super::super::queries;
use super::{ARCHIVE, READ, ROOT};
use axum::Json;
use axum::extract::Path;
use db::Db;
use kernel::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure};

/// A month of events.
#[derive(Serialize, ToSchema)]
pub struct PartitionView {
    /// `2026-08`.
    partition: String,
    /// `open`, `archived` or `thawing`.
    state: &'static str,
    events: u64,
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// The chain over its events, in hexadecimal.
    hash: String,
    /// The archive’s file, in `archives/events` of the data folder.
    file: Option<String>,
    file_sha256: Option<String>,
    file_bytes: Option<u64>,
}

/// The months.
#[derive(Serialize, ToSchema)]
struct Partitions {
    items: Vec<PartitionView>,
}

impl From<Partition> for PartitionView {
    fn from(month: Partition) -> Self {
        Self {
            partition: month.name,
            state: match month.state {
                PartitionState::Open => "open",
                PartitionState::Archived => "archived",
                PartitionState::Thawing => "thawing",
            },
            events: month.events,
            first_at: month.first_at,
            last_at: month.last_at,
            hash: super::super::file::hex(&month.hash),
            file: month.file,
            file_sha256: month.file_sha256,
            file_bytes: month.file_bytes,
        }
    }
}

/// The routes.
pub(super) fn api(db: &Db, known: &Arc<Known>) -> Api {
    let (listed, archived, thawed) = (db.clone(), db.clone(), db.clone());
    let (known_to_archive, known_to_thaw) = (known.clone(), known.clone());
    Api::new()
        .get(
            &format!("{ROOT}/partitions"),
            move |ctx: Ctx| list(listed.clone(), ctx),
            Doc::new("The months of the event store.").permission(READ).answers::<Partitions>(200),
        )
        .post(
            &format!("{ROOT}/partitions/{{month}}/archive"),
            move |ctx: Ctx, Path(month): Path<String>| {
                to_file(archived.clone(), known_to_archive.clone(), ctx, month)
            },
            Doc::new("Moves a month that is over into a file.")
                .permission(ARCHIVE)
                .answers::<PartitionView>(200),
        )
        .post(
            &format!("{ROOT}/partitions/{{month}}/thaw"),
            move |ctx: Ctx, Path(month): Path<String>| {
                from_file(thawed.clone(), known_to_thaw.clone(), ctx, month)
            },
            Doc::new("Reads an archived month back.").permission(ARCHIVE).answers::<PartitionView>(200),
        )
}

async fn list(db: Db, ctx: Ctx) -> Result<Json<Partitions>, Failure> {
    ctx.permit(READ)?;
    let items = queries::partitions(&db).await?;
    Ok(Json(Partitions { items: items.into_iter().map(PartitionView::from).collect() }))
}

async fn to_file(db: Db, known: Arc<Known>, ctx: Ctx, month: String) -> Result<Json<PartitionView>, Failure> {
    ctx.permit(ARCHIVE)?;
    let done = archive(&db, &known, &month, (&*ctx.edge.clock, ctx.cause())).await?;
    Ok(Json(done.into()))
}

async fn from_file(
    db: Db,
    known: Arc<Known>,
    ctx: Ctx,
    month: String,
) -> Result<Json<PartitionView>, Failure> {
    ctx.permit(ARCHIVE)?;
    let done = archive::thaw(&db, &known, &month, (&*ctx.edge.clock, ctx.cause())).await?;
    Ok(Json(done.into()))
}
