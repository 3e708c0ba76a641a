//! Every statement of the audit.

use super::alerts::Alert;
use super::model::Entry;
use db::{DbError, DbResult, Hash, Row, Statement, Value};

/// The columns of an entry, as [`entry`] reads them.
const COLUMNS: &str = "seq, source, position, event_id, type, stream, actor, at, correlation_id, tags, source_hash, prev_hash, hash";

/// What a reader looks for: before an entry (1), of a source (2), of a type or a family of types (3, 4), of an actor
/// (5), with a tag (6), from (7) and before (8) an instant, so many (9).
const FILTERS: &str = "seq < ?1 AND (?2 = '' OR source = ?2) AND (?3 = '' OR type = ?3) AND type LIKE ?4 ESCAPE '!' AND (?5 = '' OR actor = ?5) AND (',' || tags || ',') LIKE ?6 ESCAPE '!' AND at >= ?7 AND at < ?8";

fn found(by: &str) -> String {
    format!("SELECT {COLUMNS} FROM audit_log WHERE {by}{FILTERS} ORDER BY seq DESC LIMIT ?9")
}

db::statements! {
    /// The end of the audit.
    LAST = read("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1");
    ADD = write("INSERT INTO audit_log (seq, source, position, event_id, type, stream, actor, at, correlation_id, tags, source_hash, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)").keyed();
    ANCHOR = write("INSERT INTO audit_anchor (source, position, hash, at) VALUES (?1, ?2, ?3, ?4)");
    /// The entries that a reader looks for, newest first.
    FOUND = read(found(""));
    /// Those of one correlation, by its index.
    FOUND_CORRELATED = read(found("correlation_id = ?10 AND "));
    /// Those of one actor, by their index.
    FOUND_ACTOR = read(found("actor = ?10 AND "));
    /// The sources that were read, with the furthest position.
    SOURCES = read("SELECT source, max(position) FROM audit_anchor GROUP BY source ORDER BY source");
    /// A page of the audit, for verification.
    AFTER = read("SELECT seq, source, position, event_id, type, stream, actor, at, correlation_id, tags, source_hash, prev_hash, hash FROM audit_log WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    /// A page of what the audit has of one source, for verification.
    OF_SOURCE = read("SELECT position, event_id, source_hash, seq FROM audit_log WHERE source = ?1 AND position > ?2 ORDER BY position LIMIT ?3");
    /// A page of the anchors of one source, for verification.
    ANCHORS = read("SELECT position, hash FROM audit_anchor WHERE source = ?1 AND position > ?2 ORDER BY position LIMIT ?3");
    /// Events by type and tags in a period.
    REPORT = read("SELECT tags, type, source, count(*), count(DISTINCT actor), min(at), max(at) FROM audit_log WHERE at >= ?1 AND at < ?2 AND (',' || tags || ',') LIKE ?3 GROUP BY tags, type, source ORDER BY type, source, tags");
    RAISE = write("INSERT INTO audit_alert (id, rule, source, position, event_id, type, stream, actor, at, correlation_id, raised_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)").row("audit_alert", &[1]);
    ACKNOWLEDGE = write("UPDATE audit_alert SET acknowledged_at = ?2, acknowledged_by = ?3 WHERE id = ?1 AND acknowledged_at IS NULL").row("audit_alert", &[1]);
    ALERT = read("SELECT id, rule, source, position, event_id, type, stream, actor, at, correlation_id, raised_at, acknowledged_at, acknowledged_by FROM audit_alert WHERE id = ?1");
    /// Alerts, newest first: those that are open (1) or all, of a rule (2) or of all, before one (3, 4), so many (5).
    ALERTS = read("SELECT id, rule, source, position, event_id, type, stream, actor, at, correlation_id, raised_at, acknowledged_at, acknowledged_by FROM audit_alert WHERE (?1 = 0 OR acknowledged_at IS NULL) AND (?2 = '' OR rule = ?2) AND (raised_at < ?3 OR (raised_at = ?3 AND id < ?4)) ORDER BY raised_at DESC, id DESC LIMIT ?5");
    OPEN_ALERTS = read("SELECT count(*) FROM audit_alert WHERE acknowledged_at IS NULL");
    /// Whether a rule has spoken of a stream since an instant.
    TOLD = read("SELECT id FROM audit_alert WHERE rule = ?1 AND source = ?2 AND stream = ?3 AND at > ?4 LIMIT 1");
    /// How often something happened to a stream since an instant.
    HOW_OFTEN = read("SELECT count(*) FROM audit_log WHERE type = ?1 AND source = ?2 AND stream = ?3 AND at > ?4");
    /// The sources that the audit has entries of.
    NAMED = read("SELECT DISTINCT source FROM audit_log ORDER BY source");
}

/// The statement that finds by the most selective of what is given.
pub(super) fn finding(correlated: bool, actor: bool) -> &'static Statement {
    match (correlated, actor) {
        (true, _) => &FOUND_CORRELATED,
        (false, true) => &FOUND_ACTOR,
        (false, false) => &FOUND,
    }
}

pub(super) fn params(entry: &Entry) -> Vec<Value> {
    db::params![
        entry.seq,
        &entry.source,
        entry.position,
        entry.event_id,
        &entry.kind,
        &entry.stream,
        &entry.actor,
        entry.at,
        entry.correlation_id,
        &entry.tags,
        entry.source_hash,
        entry.prev_hash,
        entry.hash,
    ]
}

pub(super) fn hash(row: &Row, column: usize) -> DbResult<Hash> {
    row.bytes(column)?.try_into().map_err(|_| DbError::Unfit("a stored hash has not 32 bytes".into()))
}

pub(super) fn entry(row: &Row) -> DbResult<Entry> {
    Ok(Entry {
        seq: row.count(0)?,
        source: row.text(1)?,
        position: row.count(2)?,
        event_id: row.uuid(3)?,
        kind: row.text(4)?,
        stream: row.text(5)?,
        actor: row.text(6)?,
        at: row.instant(7)?,
        correlation_id: row.uuid(8)?,
        tags: row.text(9)?,
        source_hash: hash(row, 10)?,
        prev_hash: hash(row, 11)?,
        hash: hash(row, 12)?,
    })
}

pub(super) fn alert_params(alert: &Alert) -> Vec<Value> {
    db::params![
        alert.id,
        &alert.rule,
        &alert.source,
        alert.position,
        alert.event_id,
        &alert.kind,
        &alert.stream,
        &alert.actor,
        alert.at,
        alert.correlation_id,
        alert.raised_at,
    ]
}

pub(super) fn alert(row: &Row) -> DbResult<Alert> {
    Ok(Alert {
        id: row.uuid(0)?,
        rule: row.text(1)?,
        source: row.text(2)?,
        position: row.count(3)?,
        event_id: row.uuid(4)?,
        kind: row.text(5)?,
        stream: row.text(6)?,
        actor: row.text(7)?,
        at: row.instant(8)?,
        correlation_id: row.uuid(9)?,
        raised_at: row.instant(10)?,
        acknowledged_at: row.opt_instant(11)?,
        acknowledged_by: row.opt_text(12)?,
    })
}
