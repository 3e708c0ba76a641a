//! The audit's part of the API, and its export, which is noted in the audit itself.

use super::model::Entry;
use super::queries::{self, Wanted};
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use db::{Batch, Db, NewEvent};
use kernel::{Error, Timestamp, Uuid};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// The permission to read the audit.
pub(super) const READ: &str = "audit.entry.read";

/// The event that tells who exported what.
pub(super) const EXPORTED: &str = "audit.exported";

/// Rows of an export, at most.
const EXPORT: u32 = 10_000;

/// One event of one log, as the audit keeps it.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    /// Its place in the audit.
    seq: u64,
    /// The database whose log holds the event.
    source: String,
    /// Its position there.
    position: u64,
    /// The event.
    event_id: Uuid,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// Its stream.
    stream: String,
    /// `person:ID` or `system:NAME`.
    actor: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// One id for everything that followed from one request.
    correlation_id: Uuid,
    /// `GDPR`, `FINANCIAL`, `PCI-DSS`, `SECURITY`.
    tags: Vec<String>,
    /// The event's hash in its own log, in hexadecimal.
    source_hash: String,
    /// The hash of this entry, which contains that of the one before, in hexadecimal.
    hash: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn tags(entry: &Entry) -> Vec<String> {
    entry.tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let (tags, source_hash, hash) = (tags(&entry), hex(&entry.source_hash), hex(&entry.hash));
        let Entry { seq, source, position, event_id, kind, stream, actor, at, correlation_id, .. } = entry;
        Self {
            seq,
            source,
            position,
            event_id,
            kind,
            stream,
            actor,
            at,
            correlation_id,
            tags,
            source_hash,
            hash,
        }
    }
}

fn filtered(doc: Doc) -> Doc {
    doc.permission(READ)
        .query("source", "Of this database only.")
        .query("type", "Of this type, or of a family of types: `form.workflow.`.")
        .query("actor", "Of this actor: `person:ID`, `ID` or `system:NAME`.")
        .query("correlation_id", "Under this correlation id.")
        .query("tag", "`GDPR`, `FINANCIAL`, `PCI-DSS` or `SECURITY`.")
        .query("from", "Not before this instant.")
        .query("to", "Before this instant.")
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (listed, exported) = (db.clone(), db.clone());
    Api::new()
        .get(
            "/api/v1/audit",
            move |ctx: Ctx, query: Query| list(listed.clone(), ctx, query),
            filtered(Doc::new("Who did what, when and where, the newest first.").pages::<AuditEntry>()),
        )
        .get(
            "/api/v1/audit.csv",
            move |ctx: Ctx, query: Query| export(exported.clone(), ctx, query),
            filtered(Doc::new("The same as CSV, 10,000 rows at most. The export is noted in the audit.")),
        )
}

async fn list(db: Db, ctx: Ctx, query: Query) -> Result<Json<ListPage<AuditEntry>>, Failure> {
    ctx.permit(READ)?;
    let (wanted, limit) = (Wanted::read(&query)?, query.limit()?);
    let entries = queries::find(&db, &wanted, query.cursor()?, limit + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(entries, limit, |entry: &Entry| entry.seq);
    Ok(Json(ListPage { items: items.into_iter().map(AuditEntry::from).collect(), next_cursor }))
}

/// A field that spreadsheets take as text, whatever it begins with (OWASP, CSV injection).
fn field(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn csv(entries: &[Entry]) -> Result<Vec<u8>, Error> {
    let failed = |e: &dyn std::fmt::Display| Error::internal(format!("csv: {e}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    let names = [
        "seq",
        "at",
        "actor",
        "type",
        "source",
        "position",
        "stream",
        "event_id",
        "correlation_id",
        "tags",
        "source_hash",
        "hash",
    ];
    out.write_record(names).map_err(|e| failed(&e))?;
    for entry in entries {
        let row = [
            entry.seq.to_string(),
            entry.at.to_string(),
            field(&entry.actor),
            field(&entry.kind),
            field(&entry.source),
            entry.position.to_string(),
            field(&entry.stream),
            entry.event_id.to_string(),
            entry.correlation_id.to_string(),
            entry.tags.clone(),
            hex(&entry.source_hash),
            hex(&entry.hash),
        ];
        out.write_record(row).map_err(|e| failed(&e))?;
    }
    out.into_inner().map_err(|e| failed(&e))
}

/// What leaves the house is noted before it leaves.
async fn export(db: Db, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    ctx.permit(READ)?;
    let wanted = Wanted::read(&query)?;
    let entries = queries::find(&db, &wanted, None, EXPORT).await?;
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    batch.event(NewEvent::new(
        ctx.edge.clock.new_id(),
        EXPORTED,
        "export",
        json!({ "filters": wanted, "rows": entries.len() }),
    ));
    db.write(batch).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, csv(&entries)?).into_response())
}
