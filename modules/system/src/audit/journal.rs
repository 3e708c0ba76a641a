//! The consumer: one entry for each event of every log, chained; an anchor of the log for each page read; an alert for
//! what is critical.
//!
//! It follows its own log too (who exported the audit, and when). What it appends there are alerts, and no rule calls
//! an alert critical, so that this comes to an end.

use super::model::Entry;
use super::{alerts, sql, tags};
use db::{Db, DbResult, Expect, GENESIS, Hash, Write};
use flow::{BoxFuture, Consumer, Delivery, Effects, Fault, PageFault, Sources};
use kernel::Clock;
use std::sync::Arc;

/// The name of the consumer.
pub const NAME: &str = "audit";

/// The consumer that keeps the audit.
pub struct Journal(pub Arc<dyn Clock>);

impl Journal {
    async fn entries(&self, own: &Db, page: &[Delivery]) -> DbResult<Vec<Write>> {
        let (mut seq, mut last) = end(own).await?;
        let mut writes = Vec::with_capacity(page.len() + 1);
        for delivery in page {
            seq += 1;
            let entry = entry(seq, last, delivery);
            last = entry.hash;
            writes.push(Write {
                statement: sql::ADD.clone(),
                params: sql::params(&entry),
                expect: Expect::Rows(1),
            });
        }
        if let Some(Delivery { source, event, .. }) = page.last() {
            let params = db::params![source.to_string(), event.position, event.hash, self.0.now()];
            writes.push(Write { statement: sql::ANCHOR.clone(), params, expect: Expect::Rows(1) });
        }
        Ok(writes)
    }
}

/// The last entry's place and hash.
async fn end(own: &Db) -> DbResult<(u64, Hash)> {
    match own.query_one(&sql::LAST, Vec::new()).await? {
        None => Ok((0, GENESIS)),
        Some(row) => Ok((row.count(0)?, sql::hash(&row, 1)?)),
    }
}

fn entry(seq: u64, prev_hash: Hash, delivery: &Delivery) -> Entry {
    let event = &delivery.event;
    let mut entry = Entry {
        seq,
        source: delivery.source.to_string(),
        position: event.position,
        event_id: event.id,
        kind: event.kind.clone(),
        stream: event.stream.clone(),
        actor: event.actor.clone(),
        at: event.at,
        correlation_id: event.correlation_id,
        tags: tags::of(delivery),
        source_hash: event.hash,
        prev_hash,
        hash: GENESIS,
    };
    entry.hash = entry.chained();
    entry
}

impl Consumer for Journal {
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
            let writes = self.entries(own, page).await.map_err(transient)?;
            let mut effects = Effects { writes, events: Vec::new() };
            alerts::raise(own, &*self.0, page, &mut effects).await.map_err(transient)?;
            Ok(effects)
        })
    }
}
