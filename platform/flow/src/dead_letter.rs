//! Events that could not be applied: seen, replayed in order, or dropped with a reason. One parks its stream, later
//! events of that stream queue behind it.

use crate::consumer::Delivery;
use crate::machinery::{LETTER, LETTER_GROUPS, LETTERS, LETTERS_OF_STREAM, MACHINERY, PARK, PARKED};
use db::{Batch, Db, DbResult, NewEvent, Row};
use kernel::{DatabaseId, Timestamp, Uuid};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// The cause of a letter that only waits behind another of its stream.
pub(crate) const BEHIND: &str = "behind";
/// What it says.
pub(crate) const BEHIND_TOLD: &str = "waits behind an earlier event of its stream";

/// One event that a consumer could not apply, or that waits behind such a one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeadLetter {
    /// Its identifier.
    pub id: Uuid,
    /// Who could not apply it.
    pub consumer: String,
    /// The log that holds it.
    pub source: String,
    /// Its position there.
    pub position: u64,
    /// Its stream, which is parked.
    pub stream: String,
    /// The event.
    pub event_id: Uuid,
    /// The event's type.
    pub kind: String,
    /// A word to group by; `behind` for those that only wait.
    pub cause: String,
    /// The whole story.
    pub message: String,
    /// When it was parked.
    pub at: Timestamp,
}

/// Dead letters of one consumer with one cause.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeadLetterGroup {
    /// Who could not apply them.
    pub consumer: String,
    /// The common cause.
    pub cause: String,
    /// How many events.
    pub events: u64,
    /// How many streams are held.
    pub streams: u64,
    /// The oldest.
    pub first: Timestamp,
    /// The newest.
    pub last: Timestamp,
}

fn letter(row: &Row) -> DbResult<DeadLetter> {
    Ok(DeadLetter {
        id: row.uuid(0)?,
        consumer: row.text(1)?,
        source: row.text(2)?,
        position: row.count(3)?,
        stream: row.text(4)?,
        event_id: row.uuid(5)?,
        kind: row.text(6)?,
        cause: row.text(7)?,
        message: row.text(8)?,
        at: row.instant(9)?,
    })
}

impl DeadLetter {
    /// The newest letters of a database, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(db: &Db, limit: u32) -> DbResult<Vec<Self>> {
        db.query_with(&LETTERS, db::params![limit], &MACHINERY).await?.iter().map(letter).collect()
    }

    /// One letter.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find(db: &Db, id: Uuid) -> DbResult<Option<Self>> {
        db.query_with(&LETTER, db::params![id], &MACHINERY).await?.first().map(letter).transpose()
    }

    /// The letters of one stream, in order.
    pub(crate) async fn of_stream(
        db: &Db,
        consumer: &str,
        source: &str,
        stream: &str,
    ) -> DbResult<Vec<Self>> {
        let params = db::params![consumer, source, stream, 1000];
        db.query_with(&LETTERS_OF_STREAM, params, &MACHINERY).await?.iter().map(letter).collect()
    }

    /// The letters of a database by consumer and cause.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn groups(db: &Db) -> DbResult<Vec<DeadLetterGroup>> {
        let rows = db.query_with(&LETTER_GROUPS, Vec::new(), &MACHINERY).await?;
        let group = |row: &Row| {
            Ok(DeadLetterGroup {
                consumer: row.text(0)?,
                cause: row.text(1)?,
                events: row.count(2)?,
                streams: row.count(3)?,
                first: row.instant(4)?,
                last: row.instant(5)?,
            })
        };
        rows.iter().map(group).collect()
    }
}

/// The streams of a source that are parked for a consumer.
pub(crate) async fn parked(db: &Db, consumer: &str, source: &DatabaseId) -> DbResult<BTreeSet<String>> {
    let rows = db.query_with(&PARKED, db::params![consumer, source.to_string()], &MACHINERY).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// The event that tells of a parked stream, without a word of what the event says.
const TOLD: &str = "dead_letter.parked";

/// Adds the parking of an event to a Batch. The first of its stream is told in the log, so that whoever watches logs
/// hears of it; what waits behind it is not.
pub(crate) fn park(batch: &mut Batch, consumer: &str, delivery: &Delivery, cause: &str, message: &str) {
    let (event, id) = (&delivery.event, batch.at.new_id());
    if cause != BEHIND {
        let data = json!({ "letter": id, "consumer": consumer, "source": delivery.source.to_string(),
            "position": event.position, "stream": event.stream, "event_id": event.id, "type": event.kind,
            "cause": cause });
        let told = NewEvent::new(batch.at.new_id(), TOLD, format!("dead_letter/{id}"), data);
        batch.event(NewEvent { cause: Some(delivery.cause(consumer)), ..told });
    }
    batch.write(
        &PARK,
        db::params![
            id,
            consumer,
            delivery.source.to_string(),
            event.position,
            &event.stream,
            event.id,
            &event.kind,
            cause,
            message,
            batch.at,
        ],
    );
}
