//! What a stream comes to as of any moment: its events folded by its own module, from the nearest snapshot on.
//!
//! Sealed members are folded as they lie in the log, sealed: a state tells nobody's secrets, and erasing a person's key
//! erases them from snapshots too.

use super::known::{Folding, Known};
use super::model::Stored;
use super::sql;
use db::{Db, DbError, DbResult, Event, Expect, Write};
use flow::Rows;
use kernel::planted;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// A snapshot is taken at every so many events of a stream.
pub const EVERY: u64 = 100;
/// Bytes of a snapshot, at most: beyond it folding from an earlier one is cheaper than keeping it.
const LARGEST: usize = 256 << 10;
/// Events read at once.
const PAGE: u32 = 1000;

/// A stream after so many events.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    /// How many events made it.
    pub version: u64,
    /// The snapshot that it was made from; 0 when from the beginning.
    pub from_snapshot: u64,
    /// The rows.
    pub rows: Rows,
}

impl State {
    pub(super) fn apply(&mut self, folding: &Folding, event: &Event) {
        // A damaged entry is the chain's finding; here it folds to nothing.
        if let Ok(data) = event.json() {
            (folding.fold.apply)(event, &data, &mut self.rows);
        }
        self.version = event.stream_version;
    }

    /// The rows as text: `[["transactions", "0190…", {"state": "paid"}]]`.
    pub(super) fn text(&self) -> String {
        let rows = self.rows.iter().map(|((table, key), columns)| json!([table, key, columns]));
        Json::Array(rows.collect()).to_string()
    }
}

/// Rows from their text.
pub(super) fn rows(text: &str) -> DbResult<Rows> {
    let rows: Vec<(String, String, BTreeMap<String, Json>)> =
        serde_json::from_str(text).map_err(|e| DbError::Unfit(format!("a snapshot cannot be read: {e}")))?;
    Ok(rows.into_iter().map(|(table, key, columns)| ((table, key), columns)).collect())
}

/// The nearest snapshot at or before a version.
async fn nearest(db: &Db, source: &str, stream: &str, version: u64, made_by: &str) -> DbResult<State> {
    let params = db::params![source, stream, version, made_by];
    match db.query_one(&sql::SNAPSHOT, params).await? {
        None => Ok(State::default()),
        Some(row) => {
            let at = row.count(0)?;
            Ok(State { version: at, from_snapshot: at, rows: rows(&row.text(1)?)? })
        }
    }
}

/// A stream after its first `version` events, or all that are there. The state's version tells how far it came: less
/// than asked for when events in between are not at hand.
///
/// # Errors
/// When the database cannot be read.
pub async fn state(
    db: &Db,
    folding: &Folding,
    (source, stream): (&str, &str),
    version: u64,
    with_snapshots: bool,
) -> DbResult<State> {
    let mut state = match with_snapshots {
        true => nearest(db, source, stream, version, &folding.made_by).await?,
        false => State::default(),
    };
    loop {
        let params = db::params![stream, source, state.version, version, PAGE];
        let page = db.query(&sql::STREAM, params).await?;
        for row in &page {
            let event = sql::stored(row)?.event;
            if event.stream_version != state.version + 1 {
                return Ok(state);
            }
            state.apply(folding, &event);
        }
        if page.len() < PAGE as usize {
            return Ok(state);
        }
    }
}

/// The snapshots that a page of new events calls for.
pub(super) async fn snapshots(db: &Db, known: &Known, page: &[Stored]) -> DbResult<Vec<Write>> {
    let mut streams: BTreeMap<(&str, &str), Vec<&Event>> = BTreeMap::new();
    for stored in page {
        streams.entry((&stored.source, &stored.event.stream)).or_default().push(&stored.event);
    }
    let mut writes = Vec::new();
    for ((source, stream), events) in streams {
        let Some(due) = events.iter().rfind(|event| event.stream_version.is_multiple_of(EVERY)) else {
            continue;
        };
        let Some(folding) = known.folding(source) else { continue };
        let first = events.first().map_or(0, |event| event.stream_version);
        let mut state = state(db, &folding, (source, stream), first - 1, true).await?;
        if state.version + 1 != first {
            continue;
        }
        for event in events.iter().take_while(|event| event.stream_version <= due.stream_version) {
            let before = if planted("snapshot_of_before") { state.text() } else { String::new() };
            state.apply(&folding, event);
            if event.stream_version.is_multiple_of(EVERY) {
                let text = if planted("snapshot_of_before") { before } else { state.text() };
                if text.len() <= LARGEST {
                    let params = db::params![source, stream, event.stream_version, &folding.made_by, text];
                    writes.push(Write {
                        statement: sql::KEEP_SNAPSHOT.clone(),
                        params,
                        expect: Expect::Rows(1),
                    });
                }
            }
        }
    }
    Ok(writes)
}
