//! One page of one log: applied, and the cursor moved, in one Batch.
//!
//! A consumer that gets its events through a broker applies nothing here that is on its way to it: its cursor moves over
//! what its inbox says is done, and the inbox forgets what the cursor covers. So a consumer may change between log and
//! broker at any start, and what is late shows as a lag.

use super::follower::{Follower, Memory};
use crate::consumer::{Delivery, Effects, Fault, PageFault};
use crate::dead_letter::{self, BEHIND, BEHIND_TOLD};
use crate::machinery::{CURSOR, INBOX, MACHINERY, MOVE_CURSOR, SETTLED, START_CURSOR};
use bus::{Bus, Signal};
use db::{Batch, Db, DbError, DbResult, Event};
use kernel::{Actor, Cause, Clock, Uuid, planted};
use std::collections::{BTreeSet, HashSet};

/// Events read at once.
const PAGE: u32 = 500;

/// A page, cut where something could not be applied.
pub(super) struct Cut {
    pub(super) effects: Effects,
    /// Deliveries to park, with cause and message.
    pub(super) parked: Vec<(Delivery, String, String)>,
    /// The position that is accounted for.
    pub(super) end: u64,
}

/// Why a page was not applied; nothing was changed.
pub(super) enum Halt {
    /// A database is away, or somebody else was quicker.
    Db(DbError),
    /// Something that the event at this position needs is away.
    Away { position: u64, why: String },
}

impl From<DbError> for Halt {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Halt> for DbError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Db(error) => error,
            Halt::Away { why, .. } => Self::Unavailable(why),
        }
    }
}

impl Follower {
    /// Applies the next page of a source; `false` when there was nothing more.
    pub(super) async fn page(
        &self,
        source: &Db,
        generation: u64,
        bus: &Bus,
        clock: &dyn Clock,
    ) -> DbResult<bool> {
        let mut memory = self.turn.lock().await;
        let position = self.cursor(&mut memory, source, generation).await?;
        let events = source.log_after(position, PAGE).await?;
        let Some(last) = events.last().map(|e| e.position) else { return Ok(false) };
        let full = events.len() == PAGE as usize;
        let (events, reach) = self.not_on_their_way(source, position, events, last).await?;
        if reach == position {
            // Another process may have moved the cursor and emptied the inbox behind it.
            memory.cursors.remove(&(source.id().clone(), generation));
            return Ok(self.cursor(&mut memory, source, generation).await? != position);
        }
        let cut = self.apply(&mut memory, source, generation, events, reach).await?;
        let end = cut.end;
        let moved = self.commit(source, generation, position, cut, clock).await;
        memory.parked.remove(source.id());
        match moved {
            Ok(()) => {
                memory.cursors.insert((source.id().clone(), generation), end);
                let consumer = self.consumer.name().to_owned();
                bus.announce(Signal::Applied { consumer, source: source.id().clone(), position: end });
                Ok((full && reach == last) || end < reach)
            }
            Err(error) => {
                // Somebody else moved the cursor, or nobody knows: what the database says counts.
                memory.cursors.remove(&(source.id().clone(), generation));
                if error.is_conflict() { Ok(true) } else { Err(error) }
            }
        }
    }

    /// The events of a page that are to be applied from the log, and the end of what can be accounted for now.
    async fn not_on_their_way(
        &self,
        source: &Db,
        position: u64,
        events: Vec<Event>,
        last: u64,
    ) -> DbResult<(Vec<Event>, u64)> {
        if !self.hears() {
            return Ok((events, last));
        }
        let heard = self.inbox(source, position, last).await?;
        let by_broker = self.by_broker();
        let mut kept = Vec::new();
        for event in events {
            if !self.consumer.wants(&event.kind) || heard.contains(&event.id) {
                continue;
            }
            if by_broker && self.carriage.carries(source.id(), &event.kind) {
                return Ok((kept, event.position - 1));
            }
            kept.push(event);
        }
        Ok((kept, last))
    }

    /// Events of a range that came through a broker and are done.
    pub(super) async fn inbox(&self, source: &Db, after: u64, last: u64) -> DbResult<HashSet<Uuid>> {
        let params = db::params![self.consumer.name(), source.id().to_string(), after, last];
        let rows = self.own.query_with(&INBOX, params, &MACHINERY).await?;
        rows.iter().map(|row| row.uuid(0)).collect()
    }

    pub(super) async fn cursor(&self, memory: &mut Memory, source: &Db, generation: u64) -> DbResult<u64> {
        let key = (source.id().clone(), generation);
        if let Some(position) = memory.cursors.get(&key) {
            return Ok(*position);
        }
        let params = db::params![self.consumer.name(), source.id().to_string(), generation];
        let rows = self.own.query_with(&CURSOR, params, &MACHINERY).await?;
        let position = rows.first().map_or(Ok(0), |row| row.count(0))?;
        memory.cursors.insert(key, position);
        Ok(position)
    }

    /// The streams of a source that are parked.
    pub(super) async fn parked<'a>(
        &self,
        memory: &'a mut Memory,
        source: &Db,
    ) -> DbResult<&'a BTreeSet<String>> {
        use std::collections::hash_map::Entry;
        match memory.parked.entry(source.id().clone()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let parked = dead_letter::parked(&self.own, self.consumer.name(), source.id()).await?;
                Ok(unknown.insert(parked))
            }
        }
    }

    pub(super) async fn apply(
        &self,
        memory: &mut Memory,
        source: &Db,
        generation: u64,
        events: Vec<Event>,
        last: u64,
    ) -> Result<Cut, Halt> {
        let held = self.parked(memory, source).await?;
        let (mut page, mut parked) = (Vec::new(), Vec::new());
        for event in events.into_iter().filter(|e| self.consumer.wants(&e.kind)) {
            let data = source.data(&event).await?;
            let behind = held.contains(&event.stream);
            let delivery = Delivery { source: source.id().clone(), event, data };
            if behind {
                parked.push((delivery, BEHIND.to_owned(), BEHIND_TOLD.to_owned()));
            } else {
                page.push(delivery);
            }
        }
        match self.consumer.handle(&self.own, generation, &page).await {
            Ok(effects) => Ok(Cut { effects, parked, end: last }),
            Err(PageFault { at, fault: Fault::Transient(why) }) => Err(Halt::Away {
                position: page.get(at).map_or(last, |delivery| delivery.event.position),
                why,
            }),
            Err(PageFault { at, fault: Fault::Poison { cause, message } }) => {
                Ok(self.before_poison(generation, page, at, parked, (cause, message)).await?)
            }
        }
    }

    /// Cuts the page at an event that cannot be applied: what comes before it, and its parking.
    async fn before_poison(
        &self,
        generation: u64,
        mut page: Vec<Delivery>,
        at: usize,
        mut parked: Vec<(Delivery, String, String)>,
        (cause, message): (String, String),
    ) -> DbResult<Cut> {
        page.truncate(at + 1);
        let Some(poison) = page.pop() else { return Err(DbError::internal("a fault beyond its page")) };
        let effects = self.consumer.handle(&self.own, generation, &page).await.map_err(|fault| {
            DbError::internal(format!("the same page fails elsewhere: {:?}", fault.fault))
        })?;
        let end = poison.event.position;
        parked.retain(|(delivery, ..)| delivery.event.position < end);
        tracing::warn!(consumer = self.consumer.name(), position = end, %cause, %message, "a stream is parked");
        parked.push((poison, cause, message));
        Ok(Cut { effects, parked, end })
    }

    async fn commit(
        &self,
        source: &Db,
        generation: u64,
        from: u64,
        cut: Cut,
        clock: &dyn Clock,
    ) -> DbResult<()> {
        let (name, at) = (self.consumer.name(), clock.now());
        let key = source.id().to_string();
        let mut batch = Batch::new(at, Cause::new(&Actor::system(name), at.new_id()));
        if from == 0 {
            batch.write(&START_CURSOR, db::params![name, &key, generation, at]);
        }
        batch.expect_one(&MOVE_CURSOR, db::params![name, &key, generation, from, cut.end, at]);
        if self.hears() {
            batch.write(&SETTLED, db::params![name, &key, cut.end]);
        }
        if planted("cursor_outside_batch") {
            let effects = Batch { writes: cut.effects.writes, events: cut.effects.events, ..batch.clone() };
            self.own.write_with(Batch { idempotency: None, ..effects }, &MACHINERY).await?;
            // Long enough for a kill to come between, on a busy machine too.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            return self.own.write_with(batch, &MACHINERY).await.map(drop);
        }
        batch.writes.extend(cut.effects.writes);
        batch.events = cut.effects.events;
        for (delivery, cause, message) in &cut.parked {
            dead_letter::park(&mut batch, name, delivery, cause, message);
        }
        self.own.write_with(batch, &MACHINERY).await.map(drop)
    }
}
