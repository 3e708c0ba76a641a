//! Reads of one stream: its events, and what it comes to as of a moment.

use super::known::Known;
use super::model::is_own_stream;
use super::queries::archived;
use super::sql;
use super::state::{self, State};
use db::{Db, DbResult, Event};
use kernel::{Error, Timestamp};

/// What was found of a stream.
#[derive(Clone, Debug, Default)]
pub struct StreamPage {
    /// The events, by version.
    pub events: Vec<Event>,
    /// The months whose files hold versions of this stream: month, first and last version.
    pub away: Vec<(String, u64, u64)>,
}

/// The database that has a stream; the reader names it where more than one has a stream of that name.
///
/// # Errors
/// Not found; refused when the name alone does not say which.
pub async fn source_of(db: &Db, stream: &str, named: Option<&str>) -> kernel::Result<String> {
    let mut sources: Vec<String> = Vec::new();
    if is_own_stream(stream) && db.stream_version(stream).await? > 0 {
        sources.push(db.id().to_string());
    }
    for row in db.query(&sql::SOURCES_OF, db::params![stream]).await? {
        sources.push(row.text(0)?);
    }
    sources.sort();
    sources.dedup();
    if let Some(named) = named {
        sources.retain(|source| source == named);
    }
    match sources.as_slice() {
        [] => Err(Error::not_found()),
        [only] => Ok(only.clone()),
        several => Err(Error::refused(
            "ambiguous_stream",
            format!("Plusieurs bases ont un flux de ce nom : nommez la base ({}).", several.join(", ")),
            format!(
                "Several databases have a stream of this name: name the database ({}).",
                several.join(", ")
            ),
        )
        .with_details(serde_json::json!({ "databases": several }))),
    }
}

/// A stream after a version. The store's own streams are read from its log, where they are as soon as they are
/// appended.
///
/// # Errors
/// When the database cannot be read.
pub async fn stream(db: &Db, (source, stream): (&str, &str), after: u64, limit: u32) -> DbResult<StreamPage> {
    if *source == db.id().to_string() {
        return Ok(StreamPage { events: db.stream(stream, after, limit).await?, away: Vec::new() });
    }
    let params = db::params![stream, source, after, u64::MAX, limit];
    let rows = db.query(&sql::STREAM, params).await?;
    let events = rows.iter().map(|row| sql::stored(row).map(|stored| stored.event));
    Ok(StreamPage { events: events.collect::<DbResult<_>>()?, away: away(db, (source, stream)).await? })
}

/// The archived months that hold versions of a stream.
async fn away(db: &Db, (source, stream): (&str, &str)) -> DbResult<Vec<(String, u64, u64)>> {
    let rows = db.query(&sql::ARCHIVED_OF, db::params![stream, source]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.count(1)?, row.count(2)?))).collect()
}

/// As of when a stream is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// After all that is there.
    Now,
    /// After so many events.
    Version(u64),
    /// After the last event that is not dated later.
    At(Timestamp),
}

/// A stream's state as of a moment, by the fold of its own module.
///
/// # Errors
/// Refused when its module does not say how its events make rows, or when events of an archived month are missing.
pub async fn state_of(
    db: &Db,
    known: &Known,
    (source, stream): (&str, &str),
    moment: Moment,
) -> kernel::Result<State> {
    let folding = known.folding(source).ok_or_else(|| {
        Error::refused(
            "state_unknown",
            format!("Le module de la base « {source} » ne dit pas comment ses événements font ses lignes."),
            format!("The module of the database “{source}” does not say how its events make its rows."),
        )
    })?;
    let version = match moment {
        Moment::Version(version) => version,
        Moment::Now => u64::MAX,
        Moment::At(at) => {
            let row = db.query_one(&sql::VERSION_AT, db::params![stream, source, at]).await?;
            row.map_or(Ok(None), |row| row.opt_int(0))?.map_or(0, i64::unsigned_abs)
        }
    };
    let state = state::state(db, &folding, (source, stream), version, true).await?;
    let missing = away(db, (source, stream)).await?;
    let missing: Vec<&str> = missing
        .iter()
        .filter(|(_, first, last)| match moment {
            // The archived month may hold what was last known at that instant.
            Moment::At(_) => *last > state.version,
            Moment::Version(version) => *first <= version && *last > state.version,
            Moment::Now => *last > state.version,
        })
        .map(|(month, ..)| month.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(state);
    }
    Err(archived(&missing))
}
