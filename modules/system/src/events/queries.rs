//! Reads of the event store: lists with filters, one event, the months.

pub use super::model::Gap;
use super::model::{Partition, Stored};
use super::sql;
use db::{Db, DbResult, Event, Row, Statement, Value};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
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
    // The engine looks at stored bytes, sealed members among them: what they happen to look like is no find.
    if let Some(text) = &wanted.text {
        events.retain(|stored| says(&stored.event, &text.to_lowercase()));
    }
    Ok(Found { events, next, away })
}

/// Whether a text stands in an event's data, outside of sealed members.
fn says(event: &Event, text: &str) -> bool {
    let mut data = event.json().unwrap_or_default();
    without_sealed(&mut data);
    data.to_string().to_lowercase().contains(text)
}

/// Takes sealed members out.
fn without_sealed(data: &mut Json) {
    match data {
        Json::Object(members) if members.contains_key("$sealed") => *data = Json::Null,
        Json::Object(members) => members.values_mut().for_each(without_sealed),
        Json::Array(items) => items.iter_mut().for_each(without_sealed),
        _ => {}
    }
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

pub(super) fn archived(months: &[&str]) -> Error {
    Error::refused(
        "period_archived",
        format!("Des événements demandés sont archivés : dégelez d’abord {}.", months.join(", ")),
        format!("Events that were asked for are archived: thaw {} first.", months.join(", ")),
    )
    .with_details(serde_json::json!({ "partitions": months }))
}
