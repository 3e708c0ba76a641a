//! The consumer: every event of every log, once, in the order of its log, under its month.
//!
//! It writes technical tables only and appends to no log, so that following its own (what was appended, archived,
//! exported) comes to an end. Personal members stay as the log has them: the opened data that it is given is not looked
//! at.

use super::known::Known;
use super::model::{Partition, Stored, kept_under};
use super::{sql, state};
use db::{Db, DbResult, Expect, GENESIS, Hash, Statement, Value, Write};
use flow::{BoxFuture, Consumer, Delivery, Effects, Fault, PageFault, Sources};
use kernel::{Clock, Timestamp, planted};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The name of the consumer.
pub const NAME: &str = "events";

/// The consumer that keeps every event.
pub struct Store {
    /// Dates what it writes.
    pub clock: Arc<dyn Clock>,
    /// How events make rows, for snapshots.
    pub known: Arc<Known>,
}

fn write(statement: &Statement, params: Vec<Value>, expect: Expect) -> Write {
    Write { statement: statement.clone(), params, expect }
}

/// The months as they were and as a page makes them.
struct Months {
    before: BTreeMap<String, Partition>,
    after: BTreeMap<String, Partition>,
    away: BTreeSet<String>,
}

impl Months {
    fn new(all: Vec<Partition>) -> Self {
        let away = all.iter().filter(|month| month.is_away()).map(|month| month.name.clone()).collect();
        let before = all.into_iter().map(|month| (month.name.clone(), month)).collect();
        Self { before, after: BTreeMap::new(), away }
    }

    /// The last sequence number given out, whether its event is at hand or archived.
    fn last_seq(&self) -> u64 {
        self.before.values().map(|month| month.last_seq).max().unwrap_or(0)
    }

    /// Puts an event under its month; answers the month's name.
    fn take(&mut self, seq: u64, delivery: &Delivery, now: Timestamp) -> String {
        let event = &delivery.event;
        let name = kept_under(event.at, &|name| self.away.contains(name));
        if let Some(month) = self.after.get_mut(&name) {
            month.add(seq, event, now);
        } else {
            let month = match self.before.get(&name) {
                Some(month) => {
                    let mut month = month.clone();
                    month.add(seq, event, now);
                    month
                }
                None => Partition::begin(&name, seq, event, now),
            };
            self.after.insert(name.clone(), month);
        }
        name
    }

    /// The rows of the months that grew; one that was archived meanwhile makes the whole page fail and be read again.
    fn writes(&self) -> Vec<Write> {
        let grown = self.after.values().map(|month| match self.before.get(&month.name) {
            Some(before) => {
                let params = db::params![
                    &month.name,
                    before.last_seq,
                    month.events,
                    month.last_seq,
                    month.first_at,
                    month.last_at,
                    month.hash,
                    month.changed_at,
                ];
                write(&sql::GROW_PARTITION, params, Expect::Rows(1))
            }
            None => {
                let params = db::params![
                    &month.name,
                    month.events,
                    month.first_seq,
                    month.last_seq,
                    month.first_at,
                    month.last_at,
                    month.hash,
                    month.changed_at,
                ];
                write(&sql::ADD_PARTITION, params, Expect::Rows(1))
            }
        });
        grown.collect()
    }
}

/// How far a source had come.
async fn come(own: &Db, source: &str) -> DbResult<(u64, Hash)> {
    match own.query_one(&sql::SOURCE, db::params![source]).await? {
        None => Ok((0, GENESIS)),
        Some(row) => Ok((row.count(1)?, sql::hash(&row, 2)?)),
    }
}

impl Store {
    async fn page(&self, own: &Db, page: &[Delivery]) -> DbResult<Vec<Write>> {
        let Some(first) = page.first() else { return Ok(Vec::new()) };
        let (source, now) = (first.source.to_string(), self.clock.now());
        let (mut position, mut hash) = come(own, &source).await?;
        let mut months = Months::new(super::queries::partitions(own).await?);
        let mut seq = months.last_seq();
        let (mut stored, mut adds) = (Vec::with_capacity(page.len()), Vec::with_capacity(page.len()));
        for delivery in page {
            let event = &delivery.event;
            if let Err(broken) = event.follows(position, &hash) {
                let params = db::params![&source, position + 1, event.position, broken.to_string(), now];
                adds.push(write(&sql::ADD_GAP, params, Expect::Any));
                if event.position <= position {
                    continue;
                }
            }
            seq += 1;
            let partition = months.take(seq, delivery, now);
            let mut one = Stored { seq, partition, source: source.clone(), event: event.clone() };
            if planted("personal_in_the_store") {
                one.event.data = delivery.data.to_string();
            }
            adds.push(write(&sql::ADD, sql::params(&one), Expect::Rows(1)));
            stored.push(one);
            (position, hash) = (event.position, event.hash);
        }
        let mut writes = months.writes();
        writes.append(&mut adds);
        writes.push(write(&sql::ADVANCE, db::params![&source, position, hash, now], Expect::Rows(1)));
        writes.extend(state::snapshots(own, &self.known, &stored).await?);
        Ok(writes)
    }
}

impl Consumer for Store {
    fn name(&self) -> &str {
        NAME
    }

    fn sources(&self) -> Sources {
        Sources::EveryoneAndSelf
    }

    fn handle<'a>(
        &'a self,
        own: &'a Db,
        _generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        Box::pin(async move {
            let transient = |e: db::DbError| PageFault { at: 0, fault: Fault::Transient(e.to_string()) };
            let writes = self.page(own, page).await.map_err(transient)?;
            Ok(Effects { writes, events: Vec::new() })
        })
    }
}
