//! Reads of the event store: lists with filters, one stream, the months.

use super::known::Known;
pub use super::model::Gap;
use super::model::{Partition, Stored, is_own_stream};
use super::sql;
use super::state::{self, State};
use db::{Db, DbResult, Event, Row, Statement, Value};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use web::{Failure, Query};

/// Events looked at for one page when no index leads to them: filters on a text, a family of types or days alone.
pub const STRETCH: u64 = 50_000;

/// What a reader looks for; nothing finds everything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// A database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// A type, or how types begin: `payment.`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// A text in the data, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Wanted {
    /// Reads a query.
    ///
    /// # Errors
    /// Invalid, naming the parameter.
    pub fn read(query: &Query) -> Result<Self, Failure> {
        let text = |name: &str| query.get(name).map(str::to_owned);
        let database: Option<kernel::DatabaseId> = query.parsed("database")?;
        Ok(Self {
            database: database.map(|id| id.to_string()),
            kind: text("type"),
            stream: text("stream"),
            from: instant(query, "from")?,
            to: instant(query, "to")?,
            text: text("q"),
        })
    }
}

/// A parameter that is an instant.
///
/// # Errors
/// Invalid, naming the parameter.
pub fn instant(query: &Query, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(word) = query.get(name) else { return Ok(None) };
    // A plus that was not encoded arrives as a space.
    Timestamp::parse(&word.replace(' ', "+")).map(Some).ok_or_else(|| {
        Error::invalid(
            "bad_parameter",
            format!("Le paramètre « {name} » ne se lit pas : un instant RFC 3339 est attendu."),
            format!("The parameter “{name}” cannot be read: an RFC 3339 instant is expected."),
        )
        .field(name, "Valeur inattendue", "Unexpected value")
        .into()
    })
}

/// Which way a list goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The last that came in first.
    Newest,
    /// The first that came in first: for replays.
    Oldest,
}

/// A page of what was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The events.
    pub events: Vec<Stored>,
    /// The place from which to go on: beyond this one.
    pub next: Option<u64>,
    /// Months in the period whose events are in files, so that they are not among those found.
    pub away: Vec<Partition>,
}

/// A text in a LIKE pattern, its own signs of a pattern disarmed.
fn literally(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The statement that finds by the most selective of what is given, the value that its index is asked for, and whether
/// it has an index at all.
fn finding(wanted: &Wanted, order: Order, whole: bool) -> (&'static Statement, Option<Value>, bool) {
    let pick = |newest: &'static Statement, oldest: &'static Statement| match order {
        Order::Newest => newest,
        Order::Oldest => oldest,
    };
    match wanted {
        Wanted { stream: Some(stream), .. } => {
            (pick(&sql::NEWEST_STREAM, &sql::OLDEST_STREAM), Some(stream.into()), true)
        }
        Wanted { kind: Some(kind), text: None, .. } if whole => {
            (pick(&sql::NEWEST_TYPE, &sql::OLDEST_TYPE), Some(kind.into()), true)
        }
        Wanted { database: Some(source), kind: None, text: None, .. } => {
            (pick(&sql::NEWEST_SOURCE, &sql::OLDEST_SOURCE), Some(source.into()), true)
        }
        Wanted { kind: None, text: None, from: None, to: None, .. } => {
            (pick(&sql::NEWEST, &sql::OLDEST), None, true)
        }
        _ => (pick(&sql::NEWEST, &sql::OLDEST), None, false),
    }
}

/// Whether a text is a whole type that something was told by, and not only how types begin.
async fn is_whole(db: &Db, kind: Option<&String>) -> DbResult<bool> {
    let Some(kind) = kind else { return Ok(false) };
    Ok(db.query_one(&sql::IS_TYPE, db::params![kind]).await?.is_some())
}

/// The events that are wanted, from beyond a place on. Without an index only a stretch is looked at, so that no question
/// costs a reading of everything: `next` leads on, also after a stretch without a match.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(
    db: &Db,
    wanted: &Wanted,
    order: Order,
    beyond: Option<u64>,
    limit: u32,
) -> DbResult<Found> {
    let months = partitions(db).await?;
    let within = |month: &&Partition| month.overlaps(wanted.from, wanted.to);
    let away: Vec<Partition> = months.iter().filter(within).filter(|m| m.is_away()).cloned().collect();
    let (mut low, mut high) = bounds(&months, wanted);
    match order {
        Order::Newest => high = high.min(beyond.unwrap_or(u64::MAX)),
        Order::Oldest => low = low.max(beyond.unwrap_or(0)),
    }
    let whole = is_whole(db, wanted.kind.as_ref()).await?;
    let (statement, key, indexed) = finding(wanted, order, whole);
    let mut edge = None;
    if !indexed && high.saturating_sub(low) > STRETCH {
        match order {
            Order::Newest => {
                low = high - STRETCH;
                edge = Some(low + 1);
            }
            Order::Oldest => {
                high = low + STRETCH;
                edge = Some(high - 1);
            }
        }
    }
    let kind = wanted.kind.as_deref().unwrap_or_default();
    let (exact, family) =
        if kind.is_empty() || whole { (kind, String::new()) } else { ("", format!("{}%", literally(kind))) };
    let text = wanted.text.as_ref().map(|text| format!("%{}%", literally(&text.to_lowercase())));
    let mut params = db::params![
        low,
        high,
        wanted.database.as_deref().unwrap_or_default(),
        exact,
        family,
        wanted.stream.as_deref().unwrap_or_default(),
        wanted.from.map_or(i64::MIN, |at| at.0),
        wanted.to.map_or(i64::MAX, |at| at.0),
        text.unwrap_or_default(),
        limit + 1,
    ];
    params.extend(key);
    let rows = db.query(statement, params).await?;
    let mut events = rows.iter().map(sql::stored).collect::<DbResult<Vec<_>>>()?;
    let next = if events.len() > limit as usize {
        events.truncate(limit as usize);
        events.last().map(|stored| stored.seq)
    } else {
        edge
    };
    Ok(Found { events, next, away })
}

/// The places between which a period lies, by the months.
fn bounds(months: &[Partition], wanted: &Wanted) -> (u64, u64) {
    let last = months.iter().map(|month| month.last_seq).max().unwrap_or(0);
    let within = || months.iter().filter(|month| month.overlaps(wanted.from, wanted.to));
    let first = within().map(|month| month.first_seq).min().unwrap_or(last + 1);
    let end = within().map(|month| month.last_seq).max().unwrap_or(last);
    (first.saturating_sub(1), end + 1)
}

/// The months, in order.
///
/// # Errors
/// When the database cannot be read.
pub async fn partitions(db: &Db) -> DbResult<Vec<Partition>> {
    db.query(&sql::PARTITIONS, Vec::new()).await?.iter().map(sql::partition).collect()
}

/// Where logs were not dense or not chained, the last seen first.
///
/// # Errors
/// When the database cannot be read.
pub async fn gaps(db: &Db, limit: u32) -> DbResult<Vec<Gap>> {
    db.query(&sql::GAPS, db::params![limit]).await?.iter().map(sql::gap).collect()
}

/// How far each log has come in: its name and position.
///
/// # Errors
/// When the database cannot be read.
pub async fn sources(db: &Db) -> DbResult<Vec<(String, u64)>> {
    let one = |row: &Row| Ok((row.text(0)?, row.count(1)?));
    db.query(&sql::SOURCES, Vec::new()).await?.iter().map(one).collect()
}

/// One event, by its log and position.
///
/// # Errors
/// When the database cannot be read.
pub async fn one(db: &Db, source: &str, position: u64) -> DbResult<Option<Stored>> {
    let row = db.query_one(&sql::ONE, db::params![source, position]).await?;
    row.as_ref().map(sql::stored).transpose()
}

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

/// Checks that every event of a period is at hand.
///
/// # Errors
/// Refused, naming the archived months.
pub async fn at_hand(db: &Db, wanted: &Wanted) -> kernel::Result<()> {
    let months = partitions(db).await?;
    let away = months.iter().filter(|month| month.is_away() && month.overlaps(wanted.from, wanted.to));
    let away: Vec<&str> = away.map(|month| month.name.as_str()).collect();
    if away.is_empty() { Ok(()) } else { Err(archived(&away)) }
}

fn archived(months: &[&str]) -> Error {
    Error::refused(
        "period_archived",
        format!("Des événements demandés sont archivés : dégelez d’abord {}.", months.join(", ")),
        format!("Events that were asked for are archived: thaw {} first.", months.join(", ")),
    )
    .with_details(serde_json::json!({ "partitions": months }))
}
