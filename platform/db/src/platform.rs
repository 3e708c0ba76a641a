//! The platform's own tables, the same in every database, and the statements on them that both engines share.

use crate::{DbError, Migration};

/// The steps that make the platform's tables; run before a module's own, with version lines of their own.
pub(crate) fn migrations() -> Vec<Migration> {
    vec![
        Migration::new(1, "log", LOG),
        Migration::new(2, "row_change", ROW_CHANGE),
        Migration::new(3, "inbox", INBOX),
    ]
}

/// The component under which the platform's steps are recorded in `schema_version`.
pub(crate) const COMPONENT: &str = "platform";

/// The component under which a module's steps are recorded.
pub(crate) const MODULE_COMPONENT: &str = "module";

/// Made before anything else, so that a database can say what it is.
pub(crate) const BOOTSTRAP: &str = "
CREATE TABLE IF NOT EXISTS schema_version (
  component {text} NOT NULL,
  version {int} NOT NULL,
  name {text} NOT NULL,
  checksum {text} NOT NULL,
  applied_at {instant} NOT NULL,
  PRIMARY KEY (component, version)
){strict};";

/// `log` keeps what was stored, as text: JSONB would reorder members and break the hash.
const LOG: &str = "
CREATE TABLE log (
  position {int} NOT NULL PRIMARY KEY,
  at {instant} NOT NULL,
  id {id} NOT NULL,
  type {text} NOT NULL,
  version {int} NOT NULL,
  stream {text} NOT NULL,
  stream_version {int} NOT NULL,
  actor {text} NOT NULL,
  correlation_id {id} NOT NULL,
  causation_id {id},
  data {text} NOT NULL,
  hash {bytes} NOT NULL,
  UNIQUE (stream, stream_version)
){strict};
CREATE INDEX log_correlation ON log (correlation_id);
CREATE TABLE log_row (
  table_name {text} NOT NULL,
  row_key {text} NOT NULL,
  position {int} NOT NULL,
  deleted {bool} NOT NULL,
  PRIMARY KEY (table_name, row_key)
){keyed};
CREATE TABLE idempotency (
  actor {text} NOT NULL,
  key {text} NOT NULL,
  fingerprint {bytes} NOT NULL,
  status {int} NOT NULL,
  reply {text} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (actor, key)
){keyed};
CREATE TABLE subject_key (
  subject {id} NOT NULL PRIMARY KEY,
  sealed {bytes},
  created_at {instant} NOT NULL,
  erased_at {instant}
){strict};
CREATE TABLE consumer_cursor (
  consumer {text} NOT NULL,
  source {text} NOT NULL,
  generation {int} NOT NULL,
  position {int} NOT NULL,
  updated_at {instant} NOT NULL,
  PRIMARY KEY (consumer, source, generation)
){keyed};
CREATE TABLE projection (
  name {text} NOT NULL PRIMARY KEY,
  version {int} NOT NULL,
  active {int} NOT NULL,
  building {int},
  building_version {int},
  swapped_at {instant} NOT NULL
){strict};
CREATE TABLE dead_letter (
  id {id} NOT NULL PRIMARY KEY,
  consumer {text} NOT NULL,
  source {text} NOT NULL,
  position {int} NOT NULL,
  stream {text} NOT NULL,
  event_id {id} NOT NULL,
  type {text} NOT NULL,
  cause {text} NOT NULL,
  message {text} NOT NULL,
  at {instant} NOT NULL,
  UNIQUE (consumer, source, position)
){strict};
CREATE INDEX dead_letter_stream ON dead_letter (consumer, source, stream, position);
CREATE TABLE timer (
  id {id} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  due_at {instant} NOT NULL,
  data {json} NOT NULL,
  cause {json} NOT NULL
){strict};
CREATE INDEX timer_due ON timer (due_at);";

/// Which rows of state tables changed at which position: appended like the log itself. A table with one row for each
/// row of state, as `log_row` was, makes every write change a page at a random place.
const ROW_CHANGE: &str = "
CREATE TABLE row_change (
  position {int} NOT NULL,
  table_name {text} NOT NULL,
  row_key {text} NOT NULL,
  deleted {bool} NOT NULL,
  PRIMARY KEY (position, table_name, row_key)
){keyed};
INSERT INTO row_change (position, table_name, row_key, deleted)
  SELECT position, table_name, row_key, deleted FROM log_row;
DROP TABLE log_row;";

/// What a consumer has got through a broker and not yet accounted for by its cursor; and who may move a cursor that
/// belongs to no consumer, with the epoch that fences those who held it before.
const INBOX: &str = "
CREATE TABLE inbox (
  consumer {text} NOT NULL,
  source {text} NOT NULL,
  position {int} NOT NULL,
  event_id {id} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (consumer, source, position, event_id)
){keyed};
CREATE TABLE lease (
  name {text} NOT NULL PRIMARY KEY,
  holder {text} NOT NULL,
  epoch {int} NOT NULL,
  held_until {instant} NOT NULL
){strict};";

crate::statements! {
    /// The stored reply of an idempotency key.
    REPLY_OF = read("SELECT fingerprint, status, reply FROM idempotency WHERE actor = ?1 AND key = ?2");
    /// The last entry of the log.
    HEAD = read("SELECT position, hash FROM log ORDER BY position DESC LIMIT 1");
    /// A page of the log by position.
    LOG_AFTER = read("SELECT position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash FROM log WHERE position > ?1 AND position <= ?2 ORDER BY position");
    /// A page of one stream.
    STREAM_AFTER = read("SELECT position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash FROM log WHERE stream = ?1 AND stream_version > ?2 ORDER BY stream_version LIMIT ?3");
    /// The last version of one stream.
    STREAM_VERSION = read("SELECT max(stream_version) FROM log WHERE stream = ?1");
    /// Everything under one correlation id.
    CORRELATED = read("SELECT position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash FROM log WHERE correlation_id = ?1 ORDER BY position LIMIT ?2");
    /// The changes of state tables' rows in a range of positions.
    ROW_CHANGES = read("SELECT table_name, row_key, position, deleted FROM row_change WHERE position > ?1 AND position <= ?2 ORDER BY position, table_name, row_key");
    /// A person's key.
    SUBJECT_KEY = read("SELECT sealed, erased_at FROM subject_key WHERE subject = ?1");
    /// A new key for a person; the first one stays.
    ADD_SUBJECT_KEY = write("INSERT INTO subject_key (subject, sealed, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (subject) DO NOTHING");
    /// Erases a person from this log, for ever.
    ERASE_SUBJECT_KEY = write("UPDATE subject_key SET sealed = NULL, erased_at = ?2 WHERE subject = ?1 AND erased_at IS NULL");
    /// Replies older than an instant.
    FORGET_REPLIES = write("DELETE FROM idempotency WHERE at < ?1");
}

/// Checks the steps that a database says it has against those that this program knows.
///
/// # Errors
/// [`DbError::Unfit`] when the database is newer than the program, or a released step was changed.
pub(crate) fn check_recorded(
    component: &str,
    done: &[(u32, String)],
    steps: &[Migration],
) -> Result<(), DbError> {
    if done.len() > steps.len() {
        return Err(DbError::Unfit(format!(
            "the database is newer than this program ({component} at version {}, this program knows {}): run the newer program, or restore a backup",
            done.len(),
            steps.len()
        )));
    }
    let changed = done
        .iter()
        .zip(steps)
        .find(|((version, checksum), step)| *version != step.version || *checksum != step.checksum());
    match changed {
        Some((_, step)) => Err(DbError::Unfit(format!(
            "step {} `{}` of {component} differs from the one that this database was made by: released steps are never changed, add a new one",
            step.version, step.name
        ))),
        None => Ok(()),
    }
}
