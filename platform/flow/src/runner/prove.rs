//! Proving that a projection says what the events say: its logs are replayed into a generation of their own, beside
//! the one that serves, and the two are compared.

use super::Flow;
use super::follower::Follower;
use crate::consumer::{Delivery, PageFault};
use crate::dead_letter::DeadLetter;
use crate::machinery::{CURSORS, MACHINERY};
use crate::projection::{self, ViewTable};
use crate::verify::Finding;
use db::{Batch, Db, DbResult, Row, Value, Write};
use kernel::Clock;
use std::collections::BTreeSet;

/// The generation that is filled to be compared, and forgotten; no rebuild comes this far.
const SCRATCH: u64 = 1 << 40;
/// Events read at once.
const PAGE: u32 = 500;
/// Parked events looked at; more of them is a finding of its own.
const LETTERS: u32 = 10_000;
/// Differences told of one table.
const TOLD: usize = 10;

/// A projection between two pages: where it stands, and every row.
struct Standing {
    /// Up to where each source is in it.
    positions: Vec<(String, u64)>,
    /// Parked or given up, by source and position: not in the rows, and rightly so.
    skipped: BTreeSet<(String, u64)>,
    rows: Vec<Vec<Row>>,
}

impl Flow {
    /// The projections whose rows can be proved.
    #[must_use]
    pub fn provable(&self) -> Vec<String> {
        let all = self.all();
        let provable = all.iter().filter(|follower| !follower.consumer.tables().is_empty());
        provable.map(|follower| follower.consumer.name().to_owned()).collect()
    }

    /// Compares the rows of the generation that serves with a replay of its sources up to where it stands. Answers how
    /// many rows were compared, and what differs. Readers and the projection itself go on meanwhile; one that is being
    /// built by other code is left to the next proof.
    ///
    /// # Errors
    /// When a database cannot be read or written.
    pub async fn verify_projection(&self, consumer: &str) -> DbResult<(u64, Vec<Finding>)> {
        let Some(follower) = self.named(consumer) else { return Ok((0, Vec::new())) };
        let tables = follower.consumer.tables();
        let Some(standing) = follower.standing(&tables).await? else { return Ok((0, Vec::new())) };
        let forget = follower.consumer.forget(SCRATCH);
        follower.put(forget.clone(), &*self.clock).await?;
        let mut findings = Vec::new();
        for (source, end) in &standing.positions {
            let found = self.databases.all().into_iter().find(|db| db.id().to_string() == *source);
            match found {
                Some(db) => follower.replayed(&db, *end, &standing, &*self.clock, &mut findings).await?,
                None => {
                    findings.push(follower.finding(format!("source {source}"), "its log is not here".into()));
                }
            }
        }
        let mut compared = 0;
        if findings.is_empty() {
            for (table, rows) in tables.iter().zip(standing.rows) {
                compared += rows.len() as u64;
                let fresh = follower.rows(table, SCRATCH).await?;
                findings.extend(
                    differences(table, rows, fresh)
                        .into_iter()
                        .map(|(place, message)| follower.finding(place, message)),
                );
            }
        }
        follower.put(forget, &*self.clock).await?;
        Ok((compared, findings))
    }
}

impl Follower {
    fn finding(&self, place: String, message: String) -> Finding {
        Finding {
            database: self.own.id().to_string(),
            place: format!("{}, {place}", self.consumer.name()),
            message,
        }
    }

    /// Everything that the generation that serves says, between two pages.
    async fn standing(&self, tables: &[ViewTable]) -> DbResult<Option<Standing>> {
        let _turn = self.turn.lock().await;
        let name = self.consumer.name();
        let Some(state) = projection::state(&self.own, name).await? else { return Ok(None) };
        if Some(state.version) != self.consumer.version() {
            return Ok(None);
        }
        let mut positions = Vec::new();
        for row in self.own.query_with(&CURSORS, Vec::new(), &MACHINERY).await? {
            if row.text(0)? == name && row.count(2)? == state.active {
                positions.push((row.text(1)?, row.count(3)?));
            }
        }
        let mut rows = Vec::new();
        for table in tables {
            rows.push(self.rows(table, state.active).await?);
        }
        Ok(Some(Standing { positions, skipped: self.skipped().await?, rows }))
    }

    async fn rows(&self, table: &ViewTable, generation: u64) -> DbResult<Vec<Row>> {
        let columns: Vec<&str> = std::iter::once("generation").chain(table.columns.iter().copied()).collect();
        let mut rows = self.own.rows_of(table.name, &columns).await?;
        rows.retain(|row| row.count(0).is_ok_and(|n| n == generation));
        Ok(rows.into_iter().map(|row| Row(row.0.into_iter().skip(1).collect())).collect())
    }

    /// The events of this consumer that are parked, and those that were given up.
    async fn skipped(&self) -> DbResult<BTreeSet<(String, u64)>> {
        let name = self.consumer.name();
        let parked = DeadLetter::list(&self.own, LETTERS).await?.into_iter();
        let mut skipped: BTreeSet<_> =
            parked.filter(|l| l.consumer == name).map(|l| (l.source, l.position)).collect();
        let mut position = 0;
        loop {
            let page = self.own.log_after(position, PAGE).await?;
            let Some(last) = page.last() else { return Ok(skipped) };
            position = last.position;
            for event in page.iter().filter(|e| e.kind == "dead_letter.dropped") {
                let letter = event.json()?["letter"].take();
                if letter["consumer"] == *name
                    && let (Some(source), Some(at)) = (letter["source"].as_str(), letter["position"].as_u64())
                {
                    skipped.insert((source.to_owned(), at));
                }
            }
        }
    }

    /// Replays one source into the scratch generation.
    async fn replayed(
        &self,
        source: &Db,
        end: u64,
        standing: &Standing,
        clock: &dyn Clock,
        findings: &mut Vec<Finding>,
    ) -> DbResult<()> {
        let name = source.id().to_string();
        let mut position = 0;
        while position < end {
            let events = source.log_after(position, PAGE).await?;
            let Some(last) = events.last() else { break };
            position = last.position;
            let mut page = Vec::new();
            for event in events.into_iter().filter(|e| e.position <= end && self.consumer.wants(&e.kind)) {
                if standing.skipped.contains(&(name.clone(), event.position)) {
                    continue;
                }
                // A damaged entry is the chain's finding.
                let Ok(data) = source.data(&event).await else { continue };
                page.push(Delivery { source: source.id().clone(), event, data });
            }
            match self.consumer.handle(&self.own, SCRATCH, &page).await {
                Ok(effects) => self.put(effects.writes, clock).await?,
                Err(PageFault { at, fault }) => {
                    let place = page.get(at).map_or(position, |delivery| delivery.event.position);
                    let place = format!("{name} {place}");
                    findings.push(self.finding(place, format!("cannot be applied any more: {fault:?}")));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn put(&self, writes: Vec<Write>, clock: &dyn Clock) -> DbResult<()> {
        if writes.is_empty() {
            return Ok(());
        }
        let batch = Batch { writes, ..Batch::new(clock.now(), self.cause(clock)) };
        self.own.write_with(batch, &MACHINERY).await.map(drop)
    }
}

/// Rows that are in one generation only, the place and which.
fn differences(table: &ViewTable, serving: Vec<Row>, fresh: Vec<Row>) -> Vec<(String, String)> {
    let keyed = |rows: Vec<Row>| -> Vec<String> {
        let mut rows: Vec<String> = rows.iter().map(|row| told(table, row)).collect();
        rows.sort_unstable();
        rows
    };
    let (serving, fresh) = (keyed(serving), keyed(fresh));
    let (mut left, mut right) = (serving.into_iter().peekable(), fresh.into_iter().peekable());
    let mut found = Vec::new();
    while found.len() < TOLD {
        let (extra, row) = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {
                left.next();
                right.next();
                continue;
            }
            (Some(a), Some(b)) if a > b => (false, right.next()),
            (Some(_), _) => (true, left.next()),
            (None, Some(_)) => (false, right.next()),
        };
        let message = if extra { "the events do not say this row" } else { "the row is missing" };
        found.push((table.name.to_owned(), format!("{message}: {}", row.unwrap_or_default())));
    }
    found
}

/// A row as text: every column and its value.
fn told(table: &ViewTable, row: &Row) -> String {
    let value = |value: &Value| match value {
        Value::Bytes(bytes) => {
            kernel::Uuid::from_slice(bytes).map_or_else(|_| value.key_text(), |id| id.to_string())
        }
        Value::Null => "null".to_owned(),
        other => other.key_text(),
    };
    let parts = table.columns.iter().zip(&row.0).map(|(column, v)| format!("{column}={}", value(v)));
    parts.collect::<Vec<_>>().join(" ")
}
