//! Proving that the store has what the logs have: each event once, with its hash, whether at hand or archived; months
//! and snapshots are what their events come to.

use super::known::{Folding, Known};
use super::model::{Partition, linked};
use super::state::{self, State};
use super::{file, queries, sql};
use db::{Db, DbResult, GENESIS, Hash};
use flow::Finding;
use std::collections::{BTreeMap, HashMap};

/// Rows read at once.
const PAGE: u32 = 2000;
/// Findings of what was seen when it came in, at most.
const GAPS: u32 = 100;

/// Events of archived months: of each source, the hash at each position.
type Archived = HashMap<String, BTreeMap<u64, Hash>>;

/// Compares the store with the logs of the sources. Answers how many events hold, and what does not.
///
/// # Errors
/// When a database cannot be read.
pub async fn verify(store: &Db, sources: &[Db], known: &Known) -> DbResult<(u64, Vec<Finding>)> {
    let mut findings = Vec::new();
    for gap in queries::gaps(store, GAPS).await? {
        let place = format!("{} log {}", gap.source, gap.expected);
        findings.push(finding(store, place, format!("when it was read: {}", gap.message)));
    }
    let months = queries::partitions(store).await?;
    let mut archived = Archived::new();
    for month in &months {
        match month.is_away() {
            true => findings.extend(filed(store, month, known, &mut archived).await),
            false => findings.extend(chained(store, month).await?),
        }
    }
    let mut held = 0;
    for (source, position) in queries::sources(store).await? {
        let nothing = BTreeMap::new();
        let away = archived.get(&source).unwrap_or(&nothing);
        match sources.iter().find(|db| db.id().to_string() == source) {
            None => {
                let message = "the store has read this log, and it is not here".to_owned();
                findings.push(finding(store, format!("source {source}"), message));
            }
            Some(db) => {
                let (count, broken) = against(store, db, (&source, position), away).await?;
                held += count;
                findings.extend(broken);
            }
        }
    }
    findings.extend(snapshots(store, known).await?);
    Ok((held, findings))
}

fn finding(db: &Db, place: String, message: String) -> Finding {
    Finding { database: db.id().to_string(), place, message }
}

/// Reads the file of an archived month.
async fn filed(store: &Db, month: &Partition, known: &Known, archived: &mut Archived) -> Option<Finding> {
    let place = format!("event_partition {}", month.name);
    let Some(folder) = known.archives().cloned() else {
        return Some(finding(store, place, "nobody said where archives are".into()));
    };
    let month = month.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut all = Vec::new();
        let read = file::read(&folder, &month, PAGE as usize, |page| {
            all.extend(page.into_iter().map(|s| (s.source, s.event.position, s.event.hash)));
            Ok(())
        });
        read.map(|()| all)
    });
    let all = match reading.await {
        Ok(Ok(all)) => all,
        Ok(Err(why)) => return Some(finding(store, place, why)),
        Err(error) => return Some(finding(store, place, error.to_string())),
    };
    for (source, position, hash) in all {
        archived.entry(source).or_default().insert(position, hash);
    }
    None
}

/// Walks the chain of a month that is at hand.
async fn chained(store: &Db, month: &Partition) -> DbResult<Option<Finding>> {
    let (mut after, mut hash, mut events) = (0, GENESIS, 0);
    while events < month.events {
        let rows = store.query(&sql::OF_PARTITION, db::params![&month.name, after, PAGE]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let stored = sql::stored(row)?;
            // What came in after the month's row was read is not its matter.
            if stored.seq > month.last_seq {
                break;
            }
            (after, hash) = (stored.seq, linked(&hash, stored.seq, &stored.event.hash));
            events += 1;
        }
        if after >= month.last_seq {
            break;
        }
    }
    let place = format!("event_partition {}", month.name);
    let holds = events == month.events && hash == month.hash;
    Ok((!holds).then(|| finding(store, place, "its events are not those that came in".into())))
}

/// Walks one log beside what the store has of it.
async fn against(
    store: &Db,
    source: &Db,
    (name, end): (&str, u64),
    archived: &BTreeMap<u64, Hash>,
) -> DbResult<(u64, Option<Finding>)> {
    let mut position = 0;
    while position < end {
        let events = source.log_after(position, PAGE).await?;
        let rows = store.query(&sql::OF_SOURCE, db::params![name, position, PAGE]).await?;
        let mut kept = HashMap::new();
        for row in &rows {
            kept.insert(row.count(0)?, (row.uuid(1)?, sql::hash(row, 2)?));
        }
        if events.is_empty() {
            let message = format!("the store has read up to position {end}, the log ends at {position}");
            return Ok((position, Some(finding(source, format!("log {}", position + 1), message))));
        }
        for event in events.iter().take_while(|event| event.position <= end) {
            let same = match (kept.get(&event.position), archived.get(&event.position)) {
                (Some((id, hash)), _) => *id == event.id && *hash == event.hash,
                (None, Some(hash)) => *hash == event.hash,
                (None, None) => {
                    let place = format!("event_store {name} {}", event.position);
                    let message = "the log has this event, the store has not".to_owned();
                    return Ok((position, Some(finding(store, place, message))));
                }
            };
            if !same {
                let message = "the store knows another event here".to_owned();
                return Ok((position, Some(finding(source, format!("log {}", event.position), message))));
            }
            position = event.position;
        }
    }
    Ok((position, None))
}

/// Folds each stream that has snapshots from its beginning, and compares.
async fn snapshots(store: &Db, known: &Known) -> DbResult<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut walked: Option<(String, String, State)> = None;
    for row in store.query(&sql::SNAPSHOTS, Vec::new()).await? {
        let (source, stream, version) = (row.text(0)?, row.text(1)?, row.count(2)?);
        let Some(folding) = known.folding(&source).filter(|f| row.text(3).is_ok_and(|by| by == f.made_by))
        else {
            continue;
        };
        let same = walked.take().filter(|(s, t, _)| *s == source && *t == stream);
        let before = same.map_or_else(State::default, |(_, _, state)| state);
        let state = fold_on(store, &folding, (&source, &stream), before, version).await?;
        // A stream whose beginning is archived cannot be folded from there.
        if state.version == version && state.rows != state::rows(&row.text(4)?)? {
            let place = format!("event_snapshot {source} {stream} {version}");
            findings.push(finding(
                store,
                place,
                "folding the stream from its beginning gives another state".into(),
            ));
        }
        walked = Some((source, stream, state));
    }
    Ok(findings)
}

/// Folds on from a state to a version.
async fn fold_on(
    store: &Db,
    folding: &Folding,
    (source, stream): (&str, &str),
    mut state: State,
    version: u64,
) -> DbResult<State> {
    while state.version < version {
        let params = db::params![stream, source, state.version, version, PAGE];
        let rows = store.query(&sql::STREAM, params).await?;
        let before = state.version;
        for row in &rows {
            let event = sql::stored(row)?.event;
            if event.stream_version != state.version + 1 {
                return Ok(state);
            }
            state.apply(folding, &event);
        }
        if state.version == before {
            break;
        }
    }
    Ok(state)
}
