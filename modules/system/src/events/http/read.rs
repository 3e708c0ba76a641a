//! Reading: lists, one stream, the state of one as of a moment, how far each log has come in.

use super::super::known::Known;
use super::super::model::{Partition, Stored};
use super::super::queries::{self, Order, Wanted};
use super::super::state::State;
use super::super::streams::{self, Moment};
use super::{READ, ROOT};
use axum::Json;
use axum::extract::Path;
use db::{Db, Event};
use kernel::{Error, Timestamp, Uuid};
use serde::Serialize;
use serde_json::{Map, Value as Json_, json};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Query};

/// An event as the API shows it: as its log has it, personal members sealed.
#[derive(Serialize, ToSchema)]
pub(super) struct EventView {
    /// The database whose log holds it.
    pub(super) database: String,
    /// Its position there, dense from 1.
    position: u64,
    /// Its place in the order in which events came in; missing where it was read from its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    /// The version of its contract.
    version: u32,
    stream: String,
    /// Its place in its stream, from 1.
    stream_version: u64,
    /// `person:ID` or `system:NAME`.
    actor: String,
    /// One id for everything that followed from one request.
    correlation_id: Uuid,
    /// The event that led here.
    causation_id: Option<Uuid>,
    /// What happened.
    data: Json_,
    /// SHA-256 over the hash before and all of the above, in hexadecimal.
    hash: String,
}

impl EventView {
    pub(super) fn new(database: &str, seq: Option<u64>, event: &Event) -> Self {
        Self {
            database: database.to_owned(),
            position: event.position,
            seq,
            at: event.at,
            id: event.id,
            kind: event.kind.clone(),
            version: event.version,
            stream: event.stream.clone(),
            stream_version: event.stream_version,
            actor: event.actor.clone(),
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            data: event.json().unwrap_or(Json_::Null),
            hash: super::super::file::hex(&event.hash),
        }
    }
}

impl From<&Stored> for EventView {
    fn from(stored: &Stored) -> Self {
        Self::new(&stored.source, Some(stored.seq), &stored.event)
    }
}

/// A month whose events are in a file.
#[derive(Serialize, ToSchema)]
struct Away {
    /// `2026-08`.
    partition: String,
    events: u64,
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
}

impl From<&Partition> for Away {
    fn from(month: &Partition) -> Self {
        Self {
            partition: month.name.clone(),
            events: month.events,
            first_at: month.first_at,
            last_at: month.last_at,
        }
    }
}

/// A page of events.
#[derive(Serialize, ToSchema)]
struct Events {
    items: Vec<EventView>,
    /// What to send as `cursor` for the events after these; missing at the end. A page may be short and go on still.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Archived months in the period: their events are not among the items until they are thawed.
    archived: Vec<Away>,
}

/// A page of a stream.
#[derive(Serialize, ToSchema)]
struct StreamView {
    database: String,
    stream: String,
    items: Vec<EventView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Versions that lie in archived months.
    archived: Vec<Versions>,
}

/// Versions of a stream in an archived month.
#[derive(Serialize, ToSchema)]
struct Versions {
    partition: String,
    first_version: u64,
    last_version: u64,
}

/// A stream as of a moment.
#[derive(Serialize, ToSchema)]
struct StateView {
    database: String,
    stream: String,
    /// How many events made it; 0 before the first.
    version: u64,
    /// The snapshot that folding began at; 0 for the beginning.
    from_snapshot: u64,
    /// The rows that these events come to, sealed members sealed.
    rows: Vec<StateRow>,
}

/// A row of a state.
#[derive(Serialize, ToSchema)]
struct StateRow {
    table: String,
    key: String,
    columns: Map<String, Json_>,
}

/// How far a log has come in.
#[derive(Serialize, ToSchema)]
struct SourceView {
    database: String,
    position: u64,
}

/// How far each log has come in, and what was wrong when it did.
#[derive(Serialize, ToSchema)]
struct Sources {
    items: Vec<SourceView>,
    /// Where a log was not dense or not chained.
    gaps: Vec<GapView>,
}

/// Where a log was not dense or not chained when it was read.
#[derive(Serialize, ToSchema)]
struct GapView {
    database: String,
    expected: u64,
    found: u64,
    message: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// The filters of a list, for its documentation.
pub(super) fn filtered(doc: Doc) -> Doc {
    doc.query("database", "Of this database only.")
        .query("type", "Of this type, or of types that begin so.")
        .query("stream", "Of this stream only.")
        .query("from", "Not before this instant (RFC 3339).")
        .query("to", "Before this instant.")
        .query("q", "With this text in the data, in any case.")
}

/// The routes.
pub(super) fn api(db: &Db, known: &Arc<Known>) -> Api {
    let (listed, streamed, folded, sourced) = (db.clone(), db.clone(), db.clone(), db.clone());
    let known = known.clone();
    let database = "The database, where several have a stream of this name.";
    Api::new()
        .get(
            ROOT,
            move |ctx: Ctx, query: Query| list(listed.clone(), ctx, query),
            filtered(Doc::new("Events of every database, newest first.").permission(READ))
                .query("order", "`newest`, or `oldest` for a replay in the order in which they came in.")
                .query("limit", "Rows of a page, 1 to 200.")
                .query("cursor", "The `next_cursor` of the page before.")
                .answers::<Events>(200),
        )
        .get(
            &format!("{ROOT}/sources"),
            move |ctx: Ctx| sources(sourced.clone(), ctx),
            Doc::new("How far each log has come in, and where one was not dense.")
                .permission(READ)
                .answers::<Sources>(200),
        )
        .get(
            &format!("{ROOT}/streams/{{stream}}"),
            move |ctx: Ctx, path: Path<String>, query: Query| stream(streamed.clone(), ctx, path.0, query),
            Doc::new("The events of one stream, oldest first. A slash in its name is written %2F.")
                .permission(READ)
                .query("database", database)
                .query("limit", "Rows of a page, 1 to 200.")
                .query("cursor", "The `next_cursor` of the page before.")
                .answers::<StreamView>(200),
        )
        .get(
            &format!("{ROOT}/streams/{{stream}}/state"),
            move |ctx: Ctx, path: Path<String>, query: Query| {
                state(folded.clone(), known.clone(), ctx, path.0, query)
            },
            Doc::new("What a stream comes to as of a moment, folded by its own module.")
                .permission(READ)
                .query("database", database)
                .query("at", "As of this instant: after the last event that is not dated later.")
                .query("version", "After so many events.")
                .answers::<StateView>(200),
        )
}

/// The order that a reader asks for.
fn order(query: &Query) -> Result<Order, Failure> {
    match query.get("order") {
        None | Some("newest") => Ok(Order::Newest),
        Some("oldest") => Ok(Order::Oldest),
        Some(_) => {
            let (fr, en) = ("« order » vaut newest ou oldest.", "“order” is newest or oldest.");
            Err(Error::invalid("bad_parameter", fr, en).into())
        }
    }
}

async fn list(db: Db, ctx: Ctx, query: Query) -> Result<Json<Events>, Failure> {
    ctx.permit(READ)?;
    let (wanted, order) = (Wanted::read(&query)?, order(&query)?);
    let found = queries::find(&db, &wanted, order, query.cursor()?, query.limit()?).await?;
    Ok(Json(Events {
        items: found.events.iter().map(EventView::from).collect(),
        next_cursor: found.next.map(|next| web::encode_cursor(&next)),
        archived: found.away.iter().map(Away::from).collect(),
    }))
}

async fn stream(db: Db, ctx: Ctx, name: String, query: Query) -> Result<Json<StreamView>, Failure> {
    ctx.permit(READ)?;
    let (limit, after) = (query.limit()?, query.cursor::<u64>()?.unwrap_or(0));
    let source = streams::source_of(&db, &name, query.get("database")).await?;
    let mut page = streams::stream(&db, (&source, &name), after, limit + 1).await?;
    let more = page.events.len() > limit as usize;
    page.events.truncate(limit as usize);
    let next = page.events.last().filter(|_| more).map(|event| web::encode_cursor(&event.stream_version));
    let versions =
        |(partition, first_version, last_version)| Versions { partition, first_version, last_version };
    Ok(Json(StreamView {
        items: page.events.iter().map(|event| EventView::new(&source, None, event)).collect(),
        next_cursor: next,
        archived: page.away.into_iter().map(versions).collect(),
        database: source,
        stream: name,
    }))
}

/// The moment that a reader asks for.
///
/// # Errors
/// Invalid when both a version and an instant are given, or one cannot be read.
fn moment(query: &Query) -> Result<Moment, Failure> {
    match (query.parsed::<u64>("version")?, queries::instant(query, "at")?) {
        (None, None) => Ok(Moment::Now),
        (Some(version), None) => Ok(Moment::Version(version)),
        (None, Some(at)) => Ok(Moment::At(at)),
        (Some(_), Some(_)) => {
            let (fr, en) =
                ("Donnez « at » ou « version », pas les deux.", "Give “at” or “version”, not both.");
            Err(Error::invalid("bad_parameter", fr, en).into())
        }
    }
}

async fn state(
    db: Db,
    known: Arc<Known>,
    ctx: Ctx,
    name: String,
    query: Query,
) -> Result<Json<StateView>, Failure> {
    ctx.permit(READ)?;
    let moment = moment(&query)?;
    let source = streams::source_of(&db, &name, query.get("database")).await?;
    let State { version, from_snapshot, rows } =
        streams::state_of(&db, &known, (&source, &name), moment).await?;
    let row = |((table, key), columns): ((String, String), std::collections::BTreeMap<String, Json_>)| {
        StateRow { table, key, columns: columns.into_iter().collect() }
    };
    let rows = rows.into_iter().map(row).collect();
    Ok(Json(StateView { database: source, stream: name, version, from_snapshot, rows }))
}

async fn sources(db: Db, ctx: Ctx) -> Result<Json<Sources>, Failure> {
    ctx.permit(READ)?;
    let items = queries::sources(&db).await?;
    let items = items.into_iter().map(|(database, position)| SourceView { database, position }).collect();
    let gaps = queries::gaps(&db, 200).await?;
    let gap = |gap: queries::Gap| GapView {
        database: gap.source,
        expected: gap.expected,
        found: gap.found,
        message: gap.message,
        at: gap.at,
    };
    Ok(Json(Sources { items, gaps: gaps.into_iter().map(gap).collect() }))
}

/// An event as the API shows it.
#[must_use]
pub fn view(stored: &Stored) -> Json_ {
    json!(EventView::from(stored))
}

/// An event as a line of a file.
pub(super) fn line(stored: &Stored) -> String {
    let mut line = view(stored).to_string();
    line.push('\n');
    line
}
