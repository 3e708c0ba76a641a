//! Proving on live data that nothing was altered: the chain of hashes, and rows against events.

use crate::consumer::BoxFuture;
use crate::fold::{Fold, FoldTable, Rows};
use db::{Db, DbResult, GENESIS, Row, Value};
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;

/// Events read at once.
const PAGE: u32 = 2000;

/// Something that does not hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The database.
    pub database: String,
    /// Where: `log 42`, `hs_form_instance 0190…`.
    pub place: String,
    /// What was expected and what was found.
    pub message: String,
}

impl Finding {
    /// At a place of a database.
    pub fn new(db: &Db, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { database: db.id().to_string(), place: place.into(), message: message.into() }
    }
}

/// How a check is run.
type Run = Arc<dyn Fn(Db) -> BoxFuture<'static, DbResult<Vec<Finding>>> + Send + Sync>;

/// Something that a module promises of its own rows beyond what its events account for: sums, numbers without gaps,
/// chains. It reads its module's database and no other.
#[derive(Clone)]
pub struct Check {
    /// What is looked at, as an operator reads it: `receipts`.
    pub name: &'static str,
    /// Answers what does not hold. The database may be written meanwhile; what is half read then is no finding.
    pub run: Run,
}

impl Check {
    /// A check under a name.
    pub fn new<F>(name: &'static str, run: impl Fn(Db) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = DbResult<Vec<Finding>>> + Send + 'static,
    {
        Self { name, run: Arc::new(move |db| Box::pin(run(db))) }
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Walks a log from its beginning up to its present end, checking density and hashes. Answers how many entries hold,
/// and the first that does not.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify_chain(db: &Db) -> DbResult<(u64, Option<Finding>)> {
    let (head, _) = db.head().await?;
    let (mut position, mut hash) = (0, GENESIS);
    while position < head {
        let page = db.log_after(position, PAGE).await?;
        if page.is_empty() {
            let message = format!("position {} is missing", position + 1);
            return Ok((position, Some(Finding::new(db, format!("log {}", position + 1), message))));
        }
        for event in page {
            if let Err(broken) = event.follows(position, &hash) {
                let place = format!("log {}", event.position);
                return Ok((position, Some(Finding::new(db, place, broken.to_string()))));
            }
            (position, hash) = (event.position, event.hash);
        }
    }
    Ok((position, None))
}

/// Folds the whole log and compares with the rows of each state table. Answers how many rows were compared, and what
/// differs. Rows written after the walk began are left to the next one: the comparison is repeated while the log
/// grows, a few times.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify_rows(db: &Db, fold: &Fold) -> DbResult<(u64, Vec<Finding>)> {
    for _ in 0..20 {
        let (before, _) = db.head().await?;
        let expected = replay(db, fold, before).await?;
        let mut compared = 0;
        let mut findings = Vec::new();
        for table in &fold.tables {
            compared += compare(db, table, &expected, &mut findings).await?;
        }
        let (after, _) = db.head().await?;
        if findings.is_empty() || before == after {
            return Ok((compared, findings));
        }
    }
    let message = "the log grew too fast to compare; run again when it is quieter".to_owned();
    Ok((0, vec![Finding::new(db, "rows", message)]))
}

async fn replay(db: &Db, fold: &Fold, head: u64) -> DbResult<Rows> {
    let mut rows = Rows::new();
    let mut position = 0;
    while position < head {
        let page = db.log_after(position, PAGE).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        for event in page.iter().filter(|e| e.position <= head) {
            // A damaged entry is the chain's finding; here it folds to nothing.
            if let Ok(data) = db.data(event).await {
                (fold.apply)(event, &data, &mut rows);
            }
        }
    }
    Ok(rows)
}

async fn compare(db: &Db, table: &FoldTable, expected: &Rows, findings: &mut Vec<Finding>) -> DbResult<u64> {
    let columns: Vec<&str> = table.key.iter().chain(&table.columns).map(String::as_str).collect();
    let actual = db.rows_of(&table.name, &columns).await?;
    let mut wanted: std::collections::BTreeMap<_, _> = expected
        .iter()
        .filter(|((name, _), _)| *name == table.name)
        .map(|((_, key), row)| (key, row))
        .collect();
    for row in &actual {
        let key = row.0.iter().take(table.key.len()).map(key_text).collect::<Vec<_>>().join("/");
        let place = format!("{} {key}", table.name);
        match wanted.remove(&key) {
            None => findings.push(Finding::new(db, place, "no event accounts for this row")),
            Some(columns) => {
                let different = table.columns.iter().enumerate().find_map(|(n, column)| {
                    let (should, is) = (columns.get(column)?, row.0.get(table.key.len() + n)?);
                    (!same(should, is))
                        .then(|| format!("{column}: the events say {should}, the row says {}", shown(is)))
                });
                findings.extend(different.map(|message| Finding::new(db, place, message)));
            }
        }
    }
    for (key, _) in wanted {
        findings.push(Finding::new(db, format!("{} {key}", table.name), "the row is missing"));
    }
    Ok(actual.len() as u64)
}

/// A key column as the fold writes it; SQLite's 16 bytes read as an identifier.
pub(crate) fn key_text(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => {
            kernel::Uuid::from_slice(bytes).map_or_else(|_| value.key_text(), |id| id.to_string())
        }
        other => other.key_text(),
    }
}

/// Whether a column holds what the events say. An erased person's columns are nobody's business any more.
fn same(should: &Json, is: &Value) -> bool {
    if should.get("$erased").is_some() {
        return true;
    }
    let row = Row(vec![is.clone()]);
    match should {
        Json::Null => *is == Value::Null,
        Json::Bool(v) => row.bool(0).is_ok_and(|is| is == *v),
        Json::Number(n) if n.is_i64() || n.is_u64() => row.int(0).is_ok_and(|is| n.as_i64() == Some(is)),
        Json::Number(n) => row.float(0).is_ok_and(|is| n.as_f64() == Some(is)),
        Json::String(text) => {
            row.text(0).is_ok_and(|is| is == *text)
                || row.uuid(0).is_ok_and(|is| is.to_string() == *text)
                || row.json(0).is_ok_and(|is| is == *should)
        }
        Json::Array(_) | Json::Object(_) => row.json(0).is_ok_and(|is| is == *should),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        other => key_text(other),
    }
}
