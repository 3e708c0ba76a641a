//! Proving that the dashboard says what the events say: the generation that serves against a replay from zero.

use super::declared::Declarations;
use super::model::{Item, KpiKey};
use super::sql;
use super::view_dashboard::{NAME, Tally, wants};
use db::{Db, DbResult, Query, Row};
use flow::{DeadLetter, Delivery, Finding};
use std::collections::{BTreeMap, BTreeSet};

/// Events read at once.
const PAGE: u32 = 2000;

/// Parked events looked at; more of them is a finding of its own.
const LETTERS: u32 = 10_000;

/// Parked or given up, by source and position: not in the figures, and rightly so.
type Skipped = BTreeSet<(String, u64)>;

/// Compares figures and backlog with a replay of the sources' logs, up to the positions that the figures say they
/// contain. Answers how many rows were compared, and what differs.
///
/// # Errors
/// When a database cannot be read.
pub async fn verify(db: &Db, sources: &[Db], declarations: &Declarations) -> DbResult<(u64, Vec<Finding>)> {
    // A letter that is replayed between two reads shows as a difference once, and not again.
    for last in [false, false, true] {
        let (compared, findings) = once(db, sources, declarations).await?;
        if findings.is_empty() || last {
            return Ok((compared, findings));
        }
    }
    Ok((0, Vec::new()))
}

async fn once(db: &Db, sources: &[Db], declarations: &Declarations) -> DbResult<(u64, Vec<Finding>)> {
    let all = |statement: &db::Statement| Query { statement: statement.clone(), params: Vec::new() };
    let answers =
        db.snapshot(vec![all(&sql::ALL_SOURCES), all(&sql::ALL_KPIS), all(&sql::ALL_ITEMS)]).await?;
    let [positions, kpis, items] = answers.as_slice() else {
        return Err(db::DbError::internal("three questions, another number of answers"));
    };
    let skipped = skipped(db).await?;
    let mut expected = Tally::default();
    let mut findings = Vec::new();
    for row in positions {
        let (source, position) = (row.text(0)?, row.count(1)?);
        match sources.iter().find(|s| s.id().to_string() == source) {
            Some(db) => replay(db, position, declarations, &skipped, &mut expected).await?,
            None => findings.push(finding(db, format!("source {source}"), "its log is not here".into())),
        }
    }
    if findings.is_empty() {
        figures(db, &expected, kpis, &mut findings)?;
        backlog(db, &expected, items, &mut findings)?;
    }
    Ok(((kpis.len() + items.len()) as u64, findings))
}

fn finding(db: &Db, place: String, message: String) -> Finding {
    Finding { database: db.id().to_string(), place, message }
}

async fn skipped(db: &Db) -> DbResult<Skipped> {
    let parked = DeadLetter::list(db, LETTERS).await?;
    let mut skipped: Skipped =
        parked.into_iter().filter(|l| l.consumer == NAME).map(|l| (l.source, l.position)).collect();
    let mut position = 0;
    loop {
        let page = db.log_after(position, PAGE).await?;
        let Some(last) = page.last() else { return Ok(skipped) };
        position = last.position;
        for event in page.iter().filter(|e| e.kind == "dead_letter.dropped") {
            let letter = event.json()?["letter"].take();
            if letter["consumer"] == NAME
                && let (Some(source), Some(at)) = (letter["source"].as_str(), letter["position"].as_u64())
            {
                skipped.insert((source.to_owned(), at));
            }
        }
    }
}

async fn replay(
    source: &Db,
    end: u64,
    declarations: &Declarations,
    skipped: &Skipped,
    expected: &mut Tally,
) -> DbResult<()> {
    let (declared, name) = (declarations.now(), source.id().to_string());
    let mut position = 0;
    while position < end {
        let page = source.log_after(position, PAGE).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        for event in page.into_iter().filter(|e| e.position <= end && wants(&declared, &e.kind)) {
            if skipped.contains(&(name.clone(), event.position)) {
                continue;
            }
            // A damaged entry is the chain's finding; an event that cannot be applied is a dead letter.
            let Ok(data) = source.data(&event).await else { continue };
            let _ = expected.add(&declared, &Delivery { source: source.id().clone(), event, data });
        }
    }
    Ok(())
}

fn figures(db: &Db, expected: &Tally, rows: &[Row], findings: &mut Vec<Finding>) -> DbResult<()> {
    let mut wanted: BTreeMap<&KpiKey, _> = expected.kpis.iter().collect();
    for row in rows {
        let (key, sum, value) = sql::whole_kpi(row)?;
        match wanted.remove(&key) {
            None => findings.push(finding(db, place(&key), "no event accounts for this row".into())),
            Some(should) if *should != sum || value != sql::value(sum.kind, sum.total, sum.n) => {
                let message = format!("the events say {should:?}, the row says {sum:?} and {value}");
                findings.push(finding(db, place(&key), message));
            }
            Some(_) => {}
        }
    }
    findings.extend(wanted.keys().map(|key| finding(db, place(key), "the row is missing".into())));
    Ok(())
}

fn place(key: &KpiKey) -> String {
    format!("kpi_item {} {} {}", key.id, key.role_scope, key.bucket)
}

fn backlog(db: &Db, expected: &Tally, rows: &[Row], findings: &mut Vec<Finding>) -> DbResult<()> {
    let pending = expected.items.iter().filter_map(|(id, item)| Some((id.as_str(), item.as_ref()?)));
    let mut wanted: BTreeMap<&str, &Item> = pending.collect();
    for row in rows {
        let item = sql::item(row)?;
        let place = format!("backlog_item {}", item.id);
        match wanted.remove(item.id.as_str()) {
            None => findings.push(finding(db, place, "no event accounts for this row".into())),
            Some(should) if !same(should, &item) => {
                findings.push(finding(
                    db,
                    place,
                    format!("the events say {should:?}, the row says {item:?}"),
                ));
            }
            Some(_) => {}
        }
    }
    for id in wanted.keys() {
        findings.push(finding(db, format!("backlog_item {id}"), "the row is missing".into()));
    }
    Ok(())
}

/// Whether a row holds what the events say. A person who was erased since has no title in the events any more; a
/// rebuild takes it out of the row.
fn same(should: &Item, is: &Item) -> bool {
    let erased = should.title.is_none();
    let kept = |title: &Option<String>| if erased { None } else { title.clone() };
    let is = Item { title: kept(&is.title), title_en: kept(&is.title_en), ..is.clone() };
    *should == is
}
