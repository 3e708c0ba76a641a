//! Reads for pages and API, each under the reader's keys.

use super::declared::Declarations;
use super::figures::{self, Figure};
use super::model::{self, Item};
use super::period::end_of_day;
use super::sql;
use super::view_dashboard::NAME;
use db::{Db, DbResult, Row};
use flow::Lag;
use kernel::Timestamp;
use serde_json::json;
use std::sync::Arc;
use web::{Edge, Principal};

/// The dashboard's readers: its database and what the modules declare.
#[derive(Clone)]
pub struct Readers {
    pub(super) db: Db,
    pub(super) declarations: Arc<Declarations>,
}

/// How much awaits a reader's decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// In all.
    pub all: i64,
    /// Late.
    pub late: i64,
    /// Due today, and not late yet.
    pub today: i64,
}

/// Which part of the backlog.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Part {
    /// All of it.
    #[default]
    All,
    /// What is late.
    Late,
    /// What is due today.
    Today,
}

impl Part {
    /// Reads the word of an address.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "all" => Some(Self::All),
            "late" => Some(Self::Late),
            "today" => Some(Self::Today),
            _ => None,
        }
    }
}

/// Where a page of the backlog begins: after this due date and id.
pub(super) type After = (i64, String);

/// The place of an item in the backlog; what has no due date comes last.
pub(super) fn place(item: &Item) -> After {
    (item.due_at.map_or(i64::MAX, |at| at.0), item.id.clone())
}

impl Readers {
    /// The dashboard's readers.
    #[must_use]
    pub fn new(db: Db, declarations: Arc<Declarations>) -> Self {
        Self { db, declarations }
    }

    /// The figures that a reader may see.
    ///
    /// # Errors
    /// When the database cannot be read, like every read here.
    pub async fn figures(&self, reader: &Principal, now: Timestamp) -> DbResult<Vec<Figure>> {
        let declared = self.declarations.now();
        let [day, week, month] = figures::first_buckets(&declared, now);
        let params = db::params![json!(model::keys(reader)), week, month, day];
        let rows = self.db.query(&sql::KPIS, params).await?;
        let rows = rows.iter().map(sql::kpi).collect::<DbResult<Vec<_>>>()?;
        Ok(figures::figures(&declared, reader, &rows, now))
    }

    /// How much awaits a reader's decision, for the badge beside the inbox.
    #[expect(clippy::missing_errors_doc, reason = "as Readers::figures")]
    pub async fn counts(&self, reader: &Principal, now: Timestamp) -> DbResult<Counts> {
        let midnight = end_of_day(now, &self.declarations.now().zone);
        let params = db::params![json!(model::keys(reader)), reader.id.to_string(), now, midnight];
        let row = self.db.query_one(&sql::COUNTS, params).await?.unwrap_or_default();
        let counts = |row: &Row| Ok(Counts { all: row.int(0)?, late: row.int(1)?, today: row.int(2)? });
        if row.0.is_empty() { Ok(Counts::default()) } else { counts(&row) }
    }

    /// What awaits a reader's decision, the most pressing first.
    pub(super) async fn backlog(
        &self,
        reader: &Principal,
        now: Timestamp,
        (part, module): (Part, &str),
        after: Option<After>,
        limit: u32,
    ) -> DbResult<Vec<Item>> {
        let midnight = end_of_day(now, &self.declarations.now().zone);
        let (from, to) = match part {
            Part::All => (i64::MIN, i64::MAX),
            Part::Late => (i64::MIN, now.0 - 1),
            Part::Today => (now.0, midnight.0 - 1),
        };
        let (due, id) = after.unwrap_or((i64::MIN, String::new()));
        let keys = json!(model::keys(reader));
        let params = db::params![keys, reader.id.to_string(), from, to, module, due, id, limit];
        self.db.query(&sql::BACKLOG, params).await?.iter().map(sql::item).collect()
    }

    /// A reader's own requests that await somebody.
    pub(super) async fn own(&self, reader: &Principal, limit: u32) -> DbResult<Vec<Item>> {
        let params = db::params![reader.id.to_string(), limit];
        self.db.query(&sql::OWN, params).await?.iter().map(sql::item).collect()
    }
}

/// How far the dashboard is behind each source.
///
/// # Errors
/// When the dashboard's cursors cannot be read.
pub(super) async fn lags(edge: &Edge) -> DbResult<Vec<Lag>> {
    let mut lags = edge.flow.lags().await?;
    lags.retain(|lag| lag.consumer == NAME);
    Ok(lags)
}

/// Microseconds after which a source that has more to say is called late.
const PATIENCE: i64 = 30 * Timestamp::SECOND;

/// Whether a figure is old: a log that it is made from has gone on, and the dashboard has not moved for a while.
pub(super) fn is_stale(lags: &[Lag], modules: &[String], now: Timestamp) -> bool {
    lags.iter().any(|lag| {
        let of = |module: &String| {
            let rest = lag.source.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let own = modules.iter().any(of);
        own && lag.head > lag.position && lag.updated_at.is_none_or(|at| now.0 - at.0 > PATIENCE)
    })
}
