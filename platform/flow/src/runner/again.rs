//! Handing a part of the events to a consumer again: in the order of their logs, through its own `handle`, its effects
//! committed as ever, and no cursor moved.
//!
//! Invariants:
//! - Only a consumer that says that it knows what it has done ([`Consumer::takes_again`]) is handed anything again.
//! - Only what it has accounted for is handed again; what still lies before it comes to it by itself, in its turn.
//! - An event's effects, or its parking, are one Batch. What was parked before waits for its own replay.

use super::Flow;
use super::follower::{Follower, Memory};
use super::page::Halt;
use super::relay::Backoff;
use crate::consumer::{Delivery, Effects, Fault, PageFault};
use crate::dead_letter::{self, BEHIND, BEHIND_TOLD};
use crate::machinery::MACHINERY;
use bus::Signal;
use db::{Batch, Db, DbError, DbResult, Event};
use kernel::{Clock, DatabaseId, Error, Kind, Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// Entries of a log read at once; the consumer's own reading waits for so many at most.
const PAGE: u32 = 100;
/// How often something that is away, or that others are quicker at, is tried.
const TRIES: u32 = 6;

#[cfg(doc)]
use crate::consumer::Consumer;

/// Which events; what is left out narrows nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Selection {
    /// Of this database's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseId>,
    /// Of this type, or of types that begin so where it ends with a dot: `payment.`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of this stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Selection {
    fn has(&self, event: &Event) -> bool {
        let kind =
            |kind: &String| event.kind == *kind || (kind.ends_with('.') && event.kind.starts_with(kind));
        self.kind.as_ref().is_none_or(kind)
            && self.stream.as_ref().is_none_or(|stream| event.stream == *stream)
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
    }
}

/// How far a replay has come, and what it has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Handed {
    /// Entries of logs that were looked at.
    pub read: u64,
    /// Entries that there are to look at.
    pub to_read: u64,
    /// Events that were handed to the consumer: those below, added up.
    pub handed: u64,
    /// Those that it did something with.
    pub applied: u64,
    /// Those that it knew, or that say nothing to it.
    pub skipped: u64,
    /// Those that it could not apply, and those of their streams: dead letters now.
    #[serde(rename = "dead_lettered")]
    pub parked: u64,
    /// Not handed: their streams were parked before, and wait for the replay of their dead letters.
    pub held: u64,
    /// Not handed: the consumer has not come so far, and will by itself.
    pub coming: u64,
}

/// What became of one event.
enum Fate {
    Applied,
    Skipped,
    Parked,
    Held,
}

impl Handed {
    fn add(&mut self, fate: &Fate) {
        self.handed += u64::from(!matches!(fate, Fate::Held));
        match fate {
            Fate::Applied => self.applied += 1,
            Fate::Skipped => self.skipped += 1,
            Fate::Parked => self.parked += 1,
            Fate::Held => self.held += 1,
        }
    }
}

/// A replay that may begin. While it is kept, no other of the same consumer does.
pub struct Again {
    flow: Arc<Flow>,
    follower: Arc<Follower>,
    selection: Selection,
    /// Streams that this replay parked.
    parked: BTreeSet<(DatabaseId, String)>,
    handed: Handed,
    _alone: OwnedMutexGuard<()>,
}

impl Flow {
    /// The consumers that events can be handed to again, by name.
    #[must_use]
    pub fn taking_again(&self) -> Vec<String> {
        let all = self.all();
        let mut names: Vec<String> = all
            .iter()
            .filter(|follower| follower.takes_again())
            .map(|follower| follower.consumer.name().to_owned())
            .collect();
        names.sort();
        names
    }

    /// Prepares to hand the events of a selection to a consumer again; [`Again::run`] does it.
    ///
    /// # Errors
    /// Not found for an unknown consumer. Refused for a projection, which is built anew instead; for a consumer that does
    /// not know what it has done; while another replay to it is under way. Invalid for a database that it does not read
    /// and for a period that ends before it begins.
    pub fn again(self: &Arc<Self>, consumer: &str, selection: Selection) -> Result<Again> {
        let follower = self.named(consumer).ok_or_else(|| unknown(consumer))?;
        if follower.consumer.version().is_some() {
            return Err(rebuilt_instead(consumer));
        }
        if !follower.takes_again() {
            return Err(not_replayable(consumer));
        }
        let sources = follower.consumer.sources();
        if let Some(database) = &selection.database
            && (self.databases.get(database).is_none() || !sources.include(database, follower.own.id()))
        {
            return Err(not_a_source(consumer, database));
        }
        if selection.from.zip(selection.to).is_some_and(|(from, to)| from >= to) {
            return Err(empty_period());
        }
        let alone = follower.again.clone().try_lock_owned().map_err(|_| under_way(consumer))?;
        let (parked, handed) = (BTreeSet::new(), Handed::default());
        Ok(Again { flow: self.clone(), follower, selection, parked, handed, _alone: alone })
    }
}

impl Again {
    /// What is handed again.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Hands the events over, log after log, each log up to where it ends now. Tells after each page how far it has
    /// come, so that what was done is known when it fails.
    ///
    /// # Errors
    /// When something stays away, and when the system stops. What was done is done; the same replay can be begun again.
    pub async fn run(mut self, tell: impl Fn(&Handed) + Send) -> Result<Handed> {
        let mut sources = self.follower.sources(&self.flow.databases);
        sources.retain(|source| self.selection.database.as_ref().is_none_or(|wanted| source.id() == wanted));
        sources.sort_by(|a, b| a.id().cmp(b.id()));
        let mut ends = Vec::new();
        for source in sources {
            let end = match &self.selection.stream {
                Some(stream) => source.stream_version(stream).await?,
                None => source.head().await?.0,
            };
            self.handed.to_read += end;
            ends.push((source, end));
        }
        tell(&self.handed);
        for (source, end) in ends {
            let mut after = 0;
            while after < end {
                if *self.flow.stop.borrow() {
                    return Err(Error::unavailable("the system stops"));
                }
                let Some(last) = self.page(&source, after, end).await? else { break };
                self.handed.read += last - after;
                after = last;
                tell(&self.handed);
            }
        }
        Ok(self.handed)
    }

    /// The place of an entry in what is read: its log, or one stream of it.
    fn place(&self, event: &Event) -> u64 {
        if self.selection.stream.is_some() { event.stream_version } else { event.position }
    }

    /// Reads a page and hands over what is selected of it; answers where it ends.
    async fn page(&mut self, source: &Db, after: u64, end: u64) -> Result<Option<u64>> {
        let mut events = match &self.selection.stream {
            Some(stream) => source.stream(stream, after, PAGE).await?,
            None => source.log_after(after, PAGE).await?,
        };
        events.retain(|event| self.place(event) <= end);
        let end = events.last().map(|event| (self.place(event), event.position));
        let Some((last, position)) = end else { return Ok(None) };
        let wants = |event: &Event| self.selection.has(event) && self.follower.consumer.wants(&event.kind);
        let mut events: VecDeque<Event> = events.into_iter().filter(wants).collect();
        let applied = self.handed.applied;
        let (mut tries, mut backoff, mut left) = (0, Backoff::default(), events.len());
        while !events.is_empty() {
            let Err(halt) = self.hand(source, &mut events).await else { break };
            // What went well in between is no failure.
            tries = if events.len() < left { 1 } else { tries + 1 };
            left = events.len();
            if tries >= TRIES {
                return Err(Error::from(DbError::from(halt)));
            }
            tokio::time::sleep(backoff.next()).await;
        }
        if self.handed.applied > applied {
            let consumer = self.follower.consumer.name().to_owned();
            self.flow.bus.announce(Signal::Applied { consumer, source: source.id().clone(), position });
        }
        Ok(Some(last))
    }

    /// Hands events over in one turn, each leaving the queue when it is done.
    async fn hand(&mut self, source: &Db, events: &mut VecDeque<Event>) -> std::result::Result<(), Halt> {
        let follower = self.follower.clone();
        let mut memory = follower.turn.lock().await;
        let cursor = follower.cursor(&mut memory, source, 1).await?;
        let last = events.back().map_or(cursor, |event| event.position);
        let heard = match follower.hears() && last > cursor {
            true => follower.inbox(source, cursor, last).await?,
            false => HashSet::new(),
        };
        while let Some(event) = events.front() {
            if event.position > cursor && !heard.contains(&event.id) {
                self.handed.coming += 1;
            } else {
                let mine = self.parked.contains(&(source.id().clone(), event.stream.clone()));
                let fate = follower.hand(&mut memory, source, event.clone(), mine, &*self.flow.clock).await?;
                if matches!(fate, Fate::Parked) {
                    self.parked.insert((source.id().clone(), event.stream.clone()));
                }
                self.handed.add(&fate);
            }
            events.pop_front();
        }
        Ok(())
    }
}

impl Follower {
    fn takes_again(&self) -> bool {
        self.consumer.version().is_none() && self.consumer.takes_again()
    }

    /// Hands one event over. A stream that is parked holds it; one that the same replay parked queues it.
    async fn hand(
        &self,
        memory: &mut Memory,
        source: &Db,
        event: Event,
        mine: bool,
        clock: &dyn Clock,
    ) -> std::result::Result<Fate, Halt> {
        if !mine && self.is_parked(memory, source, &event.stream).await? {
            return Ok(Fate::Held);
        }
        let position = event.position;
        let data = source.data(&event).await?;
        let delivery = Delivery { source: source.id().clone(), event, data };
        let handled = match mine {
            true => Err(Fault::Poison { cause: BEHIND.into(), message: BEHIND_TOLD.into() }),
            false => {
                let handled = self.consumer.handle(&self.own, 1, std::slice::from_ref(&delivery)).await;
                handled.map_err(|PageFault { fault, .. }| fault)
            }
        };
        let mut batch = Batch::new(clock.now(), self.cause(clock));
        match handled {
            Ok(Effects { writes, events }) if writes.is_empty() && events.is_empty() => Ok(Fate::Skipped),
            Ok(Effects { writes, events }) => {
                (batch.writes, batch.events) = (writes, events);
                self.own.write_with(batch, &MACHINERY).await?;
                Ok(Fate::Applied)
            }
            Err(Fault::Transient(why)) => Err(Halt::Away { position, why }),
            Err(Fault::Poison { cause, message }) => {
                tracing::warn!(consumer = self.consumer.name(), position, %cause, %message, "a stream is parked");
                dead_letter::park(&mut batch, self.consumer.name(), &delivery, &cause, &message);
                self.own.write_with(batch, &MACHINERY).await?;
                memory.parked.remove(source.id());
                Ok(Fate::Parked)
            }
        }
    }

    async fn is_parked(&self, memory: &mut Memory, source: &Db, stream: &str) -> DbResult<bool> {
        Ok(self.parked(memory, source).await?.contains(stream))
    }
}

fn unknown(consumer: &str) -> Error {
    Error::new(
        Kind::NotFound,
        "unknown_consumer",
        format!("Il n’y a pas de consommateur « {consumer} »."),
        format!("There is no consumer “{consumer}”."),
    )
}

fn rebuilt_instead(consumer: &str) -> Error {
    Error::refused(
        "rebuilt_instead",
        format!(
            "« {consumer} » est une projection\u{a0}: une partie des événements y serait comptée deux fois. Reconstruisez-la."
        ),
        format!("“{consumer}” is a projection: a part of the events would count twice in it. Rebuild it."),
    )
}

fn not_replayable(consumer: &str) -> Error {
    Error::refused(
        "not_replayable",
        format!("« {consumer} » ne relit jamais ce qu’il a déjà fait\u{a0}: il le ferait deux fois."),
        format!("“{consumer}” never reads again what it has done: it would do it twice."),
    )
}

fn not_a_source(consumer: &str, database: &DatabaseId) -> Error {
    let (fr, en) = (
        format!("« {consumer} » ne lit pas le journal de « {database} »."),
        format!("“{consumer}” does not read the log of “{database}”."),
    );
    Error::invalid("not_a_source", fr, en).field("database", "N’est pas lue", "Is not read")
}

fn empty_period() -> Error {
    Error::invalid(
        "empty_period",
        "La période finit avant de commencer.",
        "The period ends before it begins.",
    )
    .field("to", "Une date après le début", "A date after the beginning")
}

fn under_way(consumer: &str) -> Error {
    Error::refused(
        "replay_under_way",
        format!("Un rejeu vers « {consumer} » est déjà en cours. Attendez qu’il finisse."),
        format!("A replay to “{consumer}” is under way already. Wait until it ends."),
    )
}
