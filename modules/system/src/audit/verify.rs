//! Proving that nothing was altered: the audit's own chain, and the audit against the logs that it speaks of.
//!
//! Who alters an event breaks its log's chain. Who mends the chain after it gives later events other hashes than the
//! audit has noted. Who alters the audit breaks its chain, and who mends that one cannot make the logs agree.

use super::model::Entry;
use super::sql;
use db::{Db, DbResult, Event, GENESIS, Hash, Row};
use flow::Finding;
use kernel::Uuid;
use std::collections::{BTreeMap, HashMap};

/// Rows read at once.
const PAGE: u32 = 2000;

/// Compares the audit with the logs of the sources. Answers how many entries hold, and the first place of each log and
/// of the audit that does not.
///
/// # Errors
/// When a database cannot be read.
pub async fn verify(audit: &Db, sources: &[Db]) -> DbResult<(u64, Vec<Finding>)> {
    let (entries, broken) = chain(audit).await?;
    let mut findings: Vec<Finding> = broken.into_iter().collect();
    let mut known: BTreeMap<String, &Db> = sources.iter().map(|db| (db.id().to_string(), db)).collect();
    let mut named: Vec<String> = Vec::new();
    for statement in [&*sql::NAMED, &*sql::SOURCES] {
        for row in audit.query(statement, Vec::new()).await? {
            named.push(row.text(0)?);
        }
    }
    named.sort();
    named.dedup();
    for source in named {
        match known.remove(&source) {
            Some(db) => findings.extend(against(audit, db, &source).await?),
            None => {
                let message = "the audit has read this log, and it is not here".to_owned();
                findings.push(finding(audit, format!("source {source}"), message));
            }
        }
    }
    Ok((entries, findings))
}

fn finding(db: &Db, place: String, message: String) -> Finding {
    Finding { database: db.id().to_string(), place, message }
}

/// Walks the audit's own chain.
async fn chain(audit: &Db) -> DbResult<(u64, Option<Finding>)> {
    let (mut seq, mut hash) = (0, GENESIS);
    loop {
        let rows = audit.query(&sql::AFTER, db::params![seq, PAGE]).await?;
        if rows.is_empty() {
            return Ok((seq, None));
        }
        for row in &rows {
            let entry: Entry = sql::entry(row)?;
            if let Some(message) = entry.broken_after(seq, &hash) {
                return Ok((seq, Some(finding(audit, format!("audit_log {}", seq + 1), message))));
            }
            (seq, hash) = (entry.seq, entry.hash);
        }
    }
}

/// What the audit says of an event.
struct Noted {
    event_id: Uuid,
    hash: Hash,
    seq: u64,
}

/// Walks one log beside what the audit says of it: one entry for each event, with its hash; every anchor in its place.
async fn against(audit: &Db, source: &Db, name: &str) -> DbResult<Option<Finding>> {
    let (mut position, mut hash) = (0, GENESIS);
    loop {
        let noted = noted(audit, name, position).await?;
        let anchors = anchors(audit, name, position).await?;
        let end = noted.keys().chain(anchors.keys()).max().copied();
        let events = source.log_after(position, PAGE).await?;
        let Some(end) = end else { return Ok(None) };
        for event in &events {
            if event.position > end {
                break;
            }
            if let Some((place, message)) = wrong(event, (position, &hash), &noted, &anchors) {
                let of = if place.starts_with("log") { source } else { audit };
                return Ok(Some(finding(of, place, message)));
            }
            (position, hash) = (event.position, event.hash);
        }
        if position < end && events.len() < PAGE as usize {
            let message = format!("the audit has read up to position {end}, the log ends at {position}");
            return Ok(Some(finding(source, format!("log {}", position + 1), message)));
        }
    }
}

/// What is wrong with one event, and where.
fn wrong(
    event: &Event,
    (position, hash): (u64, &Hash),
    noted: &HashMap<u64, Noted>,
    anchors: &HashMap<u64, Hash>,
) -> Option<(String, String)> {
    let place = format!("log {}", event.position);
    if let Err(broken) = event.follows(position, hash) {
        return Some((place, broken.to_string()));
    }
    let Some(said) = noted.get(&event.position) else {
        return Some((place, "the audit has no entry for this event, and has some for later ones".into()));
    };
    if said.hash != event.hash || said.event_id != event.id {
        return Some((place, format!("the audit knows another event here (entry {})", said.seq)));
    }
    if anchors.get(&event.position).is_some_and(|anchor| *anchor != event.hash) {
        let place = format!("audit_anchor {position}", position = event.position);
        return Some((place, "the log had another hash here when it was read".into()));
    }
    None
}

async fn noted(audit: &Db, source: &str, after: u64) -> DbResult<HashMap<u64, Noted>> {
    let rows = audit.query(&sql::OF_SOURCE, db::params![source, after, PAGE]).await?;
    let one = |row: &Row| {
        Ok((row.count(0)?, Noted { event_id: row.uuid(1)?, hash: sql::hash(row, 2)?, seq: row.count(3)? }))
    };
    rows.iter().map(one).collect()
}

async fn anchors(audit: &Db, source: &str, after: u64) -> DbResult<HashMap<u64, Hash>> {
    let rows = audit.query(&sql::ANCHORS, db::params![source, after, PAGE]).await?;
    rows.iter().map(|row| Ok((row.count(0)?, sql::hash(row, 1)?))).collect()
}
