//! Reads of the audit.

use super::model::Entry;
use super::sql;
use super::tags::Tag;
use db::{Db, DbResult};
use kernel::{Error, Timestamp, Uuid};
use serde::Serialize;
use web::{Failure, Query};

/// What a reader looks for; nothing finds everything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(super) struct Wanted {
    /// A database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    /// A type, or a family of types that ends in a dot: `form.workflow.`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    /// `person:ID` or `system:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) actor: Option<String>,
    /// Everything that followed from one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) correlation_id: Option<Uuid>,
    /// A tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag: Option<&'static str>,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Timestamp>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<Timestamp>,
}

fn unreadable(name: &str, what: (&str, &str)) -> Failure {
    Error::invalid(
        "bad_parameter",
        format!("Le paramètre « {name} » ne se lit pas : {}.", what.0),
        format!("The parameter “{name}” cannot be read: {}.", what.1),
    )
    .field(name, "Valeur inattendue", "Unexpected value")
    .into()
}

impl Wanted {
    /// Reads a query.
    pub(super) fn read(query: &Query) -> Result<Self, Failure> {
        let text = |name: &str| query.get(name).map(str::to_owned);
        let instant = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(word) => Timestamp::parse(word).map(Some).ok_or_else(|| {
                unreadable(name, ("un instant RFC 3339 est attendu", "an RFC 3339 instant is expected"))
            }),
        };
        let tag = match query.get("tag") {
            None => None,
            Some(word) => Some(Tag::parse(word).ok_or_else(|| {
                unreadable("tag", ("cette étiquette n’existe pas", "there is no such tag"))
            })?),
        };
        let actor = text("actor").map(|actor| match Uuid::parse_str(&actor) {
            Ok(id) => format!("person:{id}"),
            Err(_) => actor,
        });
        Ok(Self {
            source: text("source"),
            kind: text("type"),
            actor,
            correlation_id: query.parsed("correlation_id")?,
            tag: tag.map(Tag::word),
            from: instant("from")?,
            to: instant("to")?,
        })
    }
}

/// A text in a LIKE pattern, its own signs of a pattern disarmed.
fn literally(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The entries that are wanted, newest first, from before one on.
pub(super) async fn find(db: &Db, wanted: &Wanted, before: Option<u64>, limit: u32) -> DbResult<Vec<Entry>> {
    let kind = wanted.kind.as_deref().unwrap_or_default();
    let (exact, family) =
        if kind.ends_with('.') { ("", format!("{}%", literally(kind))) } else { (kind, "%".to_owned()) };
    let actor = wanted.actor.as_deref().unwrap_or_default();
    let tag = wanted.tag.map_or_else(|| "%".to_owned(), |tag| format!("%,{},%", literally(tag)));
    let mut params = db::params![
        before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX)),
        wanted.source.as_deref().unwrap_or_default(),
        exact,
        family,
        actor,
        tag,
        wanted.from.map_or(i64::MIN, |at| at.0),
        wanted.to.map_or(i64::MAX, |at| at.0),
        limit,
    ];
    match wanted.correlation_id {
        Some(id) => params.push(id.into()),
        None if !actor.is_empty() => params.push(actor.into()),
        None => {}
    }
    let statement = sql::finding(wanted.correlation_id.is_some(), !actor.is_empty());
    db.query(statement, params).await?.iter().map(sql::entry).collect()
}

/// The databases that the audit has read from.
pub(super) async fn sources(db: &Db) -> DbResult<Vec<String>> {
    db.query(&sql::SOURCES, Vec::new()).await?.iter().map(|row| row.text(0)).collect()
}
