//! Every statement of the event store.

use super::model::{Gap, Partition, PartitionState, Stored};
use db::{DbError, DbResult, Event, Hash, Row, Value};

/// The columns of a stored event, as [`stored`] reads them.
const COLUMNS: &str = "seq, partition_name, source, position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash";

/// What a reader looks for: between two sequence numbers (1, 2), of a source (3), of a type or a family of types (4, 5),
/// of a stream (6), from (7) and before (8) an instant, with a text in its data (9), so many (10).
const FILTERS: &str = "seq > ?1 AND seq < ?2 AND (?3 = '' OR source = ?3) AND (?4 = '' OR type = ?4) AND (?5 = '' OR type LIKE ?5 ESCAPE '!') AND (?6 = '' OR stream = ?6) AND at >= ?7 AND at < ?8 AND (?9 = '' OR lower(data) LIKE ?9 ESCAPE '!')";

fn found(by: &str, order: &str) -> String {
    format!("SELECT {COLUMNS} FROM event_store WHERE {by}{FILTERS} ORDER BY {order} LIMIT ?10")
}

fn of(by: &str) -> String {
    format!("SELECT {COLUMNS} FROM event_store WHERE {by}")
}

db::statements! {
    ADD = write("INSERT INTO event_store (seq, partition_name, source, position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)").keyed();

    /// Events that a reader looks for, newest first.
    NEWEST = read(found("", "seq DESC"));
    /// Those of one source, by its index: positions and sequence numbers have one order there.
    NEWEST_SOURCE = read(found("source = ?11 AND ", "position DESC"));
    /// Those of one type.
    NEWEST_TYPE = read(found("type = ?11 AND ", "seq DESC"));
    /// Those of one stream.
    NEWEST_STREAM = read(found("stream = ?11 AND ", "seq DESC"));
    /// The same, oldest first.
    OLDEST = read(found("", "seq"));
    OLDEST_SOURCE = read(found("source = ?11 AND ", "position"));
    OLDEST_TYPE = read(found("type = ?11 AND ", "seq"));
    OLDEST_STREAM = read(found("stream = ?11 AND ", "seq"));
    /// Whether anything was told by this type.
    IS_TYPE = read("SELECT seq FROM event_store WHERE type = ?1 LIMIT 1");
    /// One event.
    ONE = read(of("source = ?1 AND position = ?2"));
    /// A page of one stream.
    STREAM = read(of("stream = ?1 AND source = ?2 AND stream_version > ?3 AND stream_version <= ?4 ORDER BY stream_version LIMIT ?5"));
    /// The last version of a stream up to an instant.
    VERSION_AT = read("SELECT max(stream_version) FROM event_store WHERE stream = ?1 AND source = ?2 AND at <= ?3");
    /// The databases that have a stream, archived or not.
    SOURCES_OF = read("SELECT source FROM event_store WHERE stream = ?1 UNION SELECT source FROM event_archived_stream WHERE stream = ?1");
    /// A page of what is kept of one source, for verification.
    OF_SOURCE = read("SELECT position, id, hash FROM event_store WHERE source = ?1 AND position > ?2 ORDER BY position LIMIT ?3");
    /// A page of a month.
    OF_PARTITION = read(of("partition_name = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"));
    REMOVE_PARTITION = write("DELETE FROM event_store WHERE partition_name = ?1");

    SOURCE = read("SELECT source, position, hash, at FROM event_source WHERE source = ?1");
    SOURCES = read("SELECT source, position, hash, at FROM event_source ORDER BY source");
    ADVANCE = write("INSERT INTO event_source (source, position, hash, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source) DO UPDATE SET position = ?2, hash = ?3, at = ?4");
    GAPS = read("SELECT source, expected, found, message, at FROM event_gap ORDER BY at DESC, source, expected LIMIT ?1");
    ADD_GAP = write("INSERT INTO event_gap (source, expected, found, message, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (source, expected, found) DO NOTHING");

    PARTITIONS = read("SELECT name, state, events, first_seq, last_seq, first_at, last_at, hash, file, file_sha256, file_bytes, changed_at FROM event_partition ORDER BY name");
    ADD_PARTITION = write("INSERT INTO event_partition (name, state, events, first_seq, last_seq, first_at, last_at, hash, file, file_sha256, file_bytes, changed_at) VALUES (?1, 'open', ?2, ?3, ?4, ?5, ?6, ?7, NULL, NULL, NULL, ?8)");
    GROW_PARTITION = write("UPDATE event_partition SET events = ?3, last_seq = ?4, first_at = ?5, last_at = ?6, hash = ?7, changed_at = ?8 WHERE name = ?1 AND state = 'open' AND last_seq = ?2");
    ARCHIVE_PARTITION = write("UPDATE event_partition SET state = 'archived', file = ?4, file_sha256 = ?5, file_bytes = ?6, changed_at = ?7 WHERE name = ?1 AND state = 'open' AND events = ?2 AND last_seq = ?3");
    BEGIN_THAW = write("UPDATE event_partition SET state = 'thawing', changed_at = ?2 WHERE name = ?1 AND state IN ('archived', 'thawing')");
    END_THAW = write("UPDATE event_partition SET state = 'open', file = NULL, file_sha256 = NULL, file_bytes = NULL, changed_at = ?2 WHERE name = ?1 AND state = 'thawing'");
    THAW_EVENT = write("INSERT INTO event_store (seq, partition_name, source, position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (seq) DO NOTHING");
    COUNT_PARTITION = read("SELECT count(*) FROM event_store WHERE partition_name = ?1");
    NOTE_STREAMS = write("INSERT INTO event_archived_stream (partition_name, source, stream, first_version, last_version) SELECT partition_name, source, stream, min(stream_version), max(stream_version) FROM event_store WHERE partition_name = ?1 GROUP BY partition_name, source, stream");
    FORGET_STREAMS = write("DELETE FROM event_archived_stream WHERE partition_name = ?1");
    /// The archived months that hold versions of a stream.
    ARCHIVED_OF = read("SELECT partition_name, first_version, last_version FROM event_archived_stream WHERE stream = ?1 AND source = ?2 ORDER BY first_version");

    SNAPSHOT = read("SELECT version, state FROM event_snapshot WHERE source = ?1 AND stream = ?2 AND version <= ?3 AND made_by = ?4 ORDER BY version DESC LIMIT 1");
    SNAPSHOTS = read("SELECT source, stream, version, made_by, state FROM event_snapshot ORDER BY source, stream, version");
    KEEP_SNAPSHOT = write("INSERT INTO event_snapshot (source, stream, version, made_by, state) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (source, stream, version) DO UPDATE SET made_by = ?4, state = ?5");

    TYPES = read("SELECT type, version, schema, declared_at FROM event_type ORDER BY type, version");
    TYPE = read("SELECT version, schema FROM event_type WHERE type = ?1 ORDER BY version");
    DECLARE = write("INSERT INTO event_type (type, version, schema, declared_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (type, version) DO NOTHING").row("event_type", &[1, 2]);
}

pub(super) fn hash(row: &Row, column: usize) -> DbResult<Hash> {
    row.bytes(column)?.try_into().map_err(|_| DbError::Unfit("a stored hash has not 32 bytes".into()))
}

pub(super) fn params(stored: &Stored) -> Vec<Value> {
    let event = &stored.event;
    db::params![
        stored.seq,
        &stored.partition,
        &stored.source,
        event.position,
        event.at,
        event.id,
        &event.kind,
        event.version,
        &event.stream,
        event.stream_version,
        &event.actor,
        event.correlation_id,
        event.causation_id,
        &event.data,
        event.hash,
    ]
}

pub(super) fn stored(row: &Row) -> DbResult<Stored> {
    let event = Event {
        position: row.count(3)?,
        at: row.instant(4)?,
        id: row.uuid(5)?,
        kind: row.text(6)?,
        version: u32::try_from(row.int(7)?).map_err(|e| DbError::internal(e.to_string()))?,
        stream: row.text(8)?,
        stream_version: row.count(9)?,
        actor: row.text(10)?,
        correlation_id: row.uuid(11)?,
        causation_id: row.opt_uuid(12)?,
        data: row.text(13)?,
        hash: hash(row, 14)?,
    };
    Ok(Stored { seq: row.count(0)?, partition: row.text(1)?, source: row.text(2)?, event })
}

pub(super) fn partition(row: &Row) -> DbResult<Partition> {
    let state = row.text(1)?;
    Ok(Partition {
        name: row.text(0)?,
        state: PartitionState::parse(&state)
            .ok_or_else(|| DbError::Unfit(format!("a month cannot be `{state}`")))?,
        events: row.count(2)?,
        first_seq: row.count(3)?,
        last_seq: row.count(4)?,
        first_at: row.instant(5)?,
        last_at: row.instant(6)?,
        hash: hash(row, 7)?,
        file: row.opt_text(8)?,
        file_sha256: row.opt_text(9)?,
        file_bytes: row.opt_int(10)?.map(i64::unsigned_abs),
        changed_at: row.instant(11)?,
    })
}

pub(super) fn gap(row: &Row) -> DbResult<Gap> {
    Ok(Gap {
        source: row.text(0)?,
        expected: row.count(1)?,
        found: row.count(2)?,
        message: row.text(3)?,
        at: row.instant(4)?,
    })
}
