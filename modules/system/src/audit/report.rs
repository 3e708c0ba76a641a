//! Reports: how many events of which kind fall under a tag in a period, and by how many people. On a page, by the API,
//! as a file.

use super::http::READ;
use super::queries::Wanted;
use super::{http, sql};
use axum::Json;
use axum::response::Response;
use db::{Batch, Db, DbResult, NewEvent, Row};
use kernel::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Query};

/// What a report counts together: one type of event of one database with the same tags.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct Line {
    /// `FINANCIAL`, `GDPR`…
    pub(super) tags: Vec<String>,
    /// The type.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// The database.
    pub(super) source: String,
    /// How many events.
    pub(super) events: u64,
    /// How many different people or parts of the system did them.
    pub(super) actors: u64,
    /// The first.
    #[schema(value_type = String, format = DateTime)]
    pub(super) first_at: Timestamp,
    /// The last.
    #[schema(value_type = String, format = DateTime)]
    pub(super) last_at: Timestamp,
}

/// A report.
#[derive(Serialize, ToSchema)]
struct Report {
    items: Vec<Line>,
    /// Events in all; one with two tags is counted once.
    events: u64,
}

fn line(row: &Row) -> DbResult<Line> {
    let tags = row.text(0)?;
    Ok(Line {
        tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        kind: row.text(1)?,
        source: row.text(2)?,
        events: row.count(3)?,
        actors: row.count(4)?,
        first_at: row.instant(5)?,
        last_at: row.instant(6)?,
    })
}

/// The lines of a report on what is wanted; only its tag and its period count.
pub(super) async fn lines(db: &Db, wanted: &Wanted) -> DbResult<Vec<Line>> {
    let tag = wanted.tag.map_or_else(|| "%".to_owned(), |tag| format!("%,{tag},%"));
    let params =
        db::params![wanted.from.map_or(i64::MIN, |at| at.0), wanted.to.map_or(i64::MAX, |at| at.0), tag];
    db.query(&sql::REPORT, params).await?.iter().map(line).collect()
}

fn documented(doc: Doc) -> Doc {
    doc.permission(READ)
        .query("tag", "`GDPR`, `FINANCIAL`, `PCI-DSS` or `SECURITY`.")
        .query("from", "Not before this instant.")
        .query("to", "Before this instant.")
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (shown, filed) = (db.clone(), db.clone());
    Api::new()
        .get(
            "/api/v1/audit/report",
            move |ctx: Ctx, query: Query| show(shown.clone(), ctx, query),
            documented(Doc::new("Events by type and tag in a period.").answers::<Report>(200)),
        )
        .get(
            "/api/v1/audit/report.csv",
            move |ctx: Ctx, query: Query| file(filed.clone(), ctx, query),
            documented(Doc::new("The same as CSV. The export is noted in the audit.")),
        )
}

async fn show(db: Db, ctx: Ctx, query: Query) -> Result<Json<Report>, Failure> {
    ctx.permit(READ)?;
    let items = lines(&db, &Wanted::read(&query)?).await?;
    let events = items.iter().map(|line| line.events).sum();
    Ok(Json(Report { items, events }))
}

fn cells(line: &Line) -> Vec<String> {
    vec![
        line.tags.join(","),
        line.kind.clone(),
        line.source.clone(),
        line.events.to_string(),
        line.actors.to_string(),
        line.first_at.to_string(),
        line.last_at.to_string(),
    ]
}

async fn file(db: Db, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    ctx.permit(READ)?;
    let wanted = Wanted::read(&query)?;
    let lines = lines(&db, &wanted).await?;
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    let data = json!({ "filters": wanted, "rows": lines.len() });
    batch.event(NewEvent::new(ctx.edge.clock.new_id(), http::EXPORTED, "export", data));
    db.write(batch).await?;
    let head = ["tags", "type", "source", "events", "actors", "first_at", "last_at"];
    Ok(web::csv::file("audit-report.csv", &head, lines.iter().map(cells)))
}
