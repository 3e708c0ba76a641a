//! One consumer and its queues: what arrives is applied with its inbox rows in one Batch, then acknowledged.
//!
//! Invariants:
//! - Nothing is acknowledged before its effects are committed, and nothing is dropped: while a database is away the
//!   consumer stops reading; what needs something else that is away waits in a retry queue; what cannot be read at all
//!   goes to the dead queue; what cannot be applied parks its stream, as it does without a broker.
//! - What lies before the cursor or in the inbox has been applied: it is acknowledged and that is all.

use super::Flow;
use super::follower::Follower;
use super::page::{Cut, Halt};
use super::put_off::PutOff;
use super::relay::Backoff;
use crate::dead_letter;
use crate::machinery::{HEARD, MACHINERY, MOVE_CURSOR, START_CURSOR};
use bus::{Broker, BusError, Message, Received, Subscription};
use db::{Batch, Db, DbError, DbResult, Event, GENESIS};
use kernel::{Clock, DatabaseId, planted};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Messages of each queue that may be here unacknowledged.
const PREFETCH: u16 = 200;
/// Messages applied at once.
const PAGE: usize = 500;
/// How often something that is away is waited for here, before its event goes to a retry queue.
const HOLD: u32 = 4;

/// A consumer at its queues.
pub(super) struct Desk<'a> {
    pub(super) follower: &'a Follower,
    pub(super) flow: &'a Flow,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) put_off: PutOff,
}

impl Desk<'_> {
    /// Reads until the connection is lost or everything stops.
    pub(super) async fn read(&mut self, broker: &Broker) -> Result<(), BusError> {
        let mut subscription = self.sit_down(broker).await?;
        let mut stop = self.stop.clone();
        loop {
            let page = tokio::select! {
                page = gather(&mut subscription) => page?,
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
            };
            self.take(&subscription, page).await?;
            if *stop.borrow() {
                return Ok(());
            }
        }
    }

    /// Its queues, declared and subscribed to while nobody sends, so that what comes first is first.
    async fn sit_down(&self, broker: &Broker) -> Result<Subscription, BusError> {
        let _nobody_sends = match self.flow.relay.get() {
            Some(relay) => Some(relay.sending.write().await),
            None => None,
        };
        let queues = self.follower.queues();
        broker.declare(queues.clone()).await?;
        let subscription = broker.subscribe(&queues, PREFETCH).await?;
        if let Err(error) = self.flow.broker_found().await {
            tracing::warn!(%error, "the broker could not be fed again");
        }
        Ok(subscription)
    }

    /// Applies a page of messages of several sources.
    async fn take(&mut self, subscription: &Subscription, page: Vec<Received>) -> Result<(), BusError> {
        let mut by_source: BTreeMap<DatabaseId, Vec<Letter>> = BTreeMap::new();
        for received in page {
            let known = match &received.message {
                Ok(message) if self.flow.databases.get(&message.source).is_some() => Ok(message.clone()),
                Ok(message) => Err(format!("there is no database `{}` here", message.source)),
                Err(unreadable) => Err(unreadable.to_string()),
            };
            match known {
                Err(why) => {
                    let consumer = self.follower.consumer.name();
                    tracing::warn!(consumer, %why, queue = bus::DEAD, "a message is put aside");
                    subscription.reject(&received).await?;
                }
                Ok(message) if !self.follower.consumer.wants(&message.kind) => {
                    subscription.ack(&received).await?
                }
                Ok(message) => {
                    let letters = by_source.entry(message.source.clone()).or_default();
                    letters.push(Letter { message, received });
                }
            }
        }
        for (source, mut letters) in by_source {
            // Queues are read side by side; within what is here the order of the log holds.
            letters.sort_by_key(|letter| letter.message.position);
            let Some(source) = self.flow.databases.get(&source) else { continue };
            self.take_from(subscription, &source, letters).await?;
        }
        Ok(())
    }

    /// Applies messages of one source, in order, and stays with them until they are done or put off.
    async fn take_from(
        &mut self,
        subscription: &Subscription,
        source: &Db,
        letters: Vec<Letter>,
    ) -> Result<(), BusError> {
        let mut letters = self.those_first(subscription, letters).await?;
        let (mut tries, mut backoff) = (0, Backoff::default());
        while !letters.is_empty() && !*self.stop.borrow() {
            let halt = match self.follower.absorb(source, &letters, &*self.flow.clock).await {
                Ok(end) => {
                    let rest = letters.split_off(letters.partition_point(|l| l.message.position <= end));
                    for letter in std::mem::replace(&mut letters, rest) {
                        let Letter { message, received } = letter;
                        subscription.ack(&received).await?;
                        self.put_off.done(&message.source, &message.stream, message.position);
                    }
                    self.follower.mark(source.id());
                    (tries, backoff) = (0, Backoff::default());
                    continue;
                }
                Err(halt) => halt,
            };
            tries += 1;
            match halt {
                Halt::Away { position, why } if tries > HOLD => {
                    tracing::warn!(consumer = self.follower.consumer.name(), position, %why, "an event is put off");
                    letters = self.put_off(subscription, position, letters).await?;
                    tries = 0;
                }
                Halt::Db(error) if error.is_conflict() && tries < 20 => {}
                halt => {
                    let error = DbError::from(halt);
                    let wait = backoff.next();
                    tracing::warn!(consumer = self.follower.consumer.name(), %error, ?wait, "will try again");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = self.stop.wait_for(|stop| *stop) => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Without those that must wait behind an earlier event of their stream.
    async fn those_first(
        &mut self,
        subscription: &Subscription,
        letters: Vec<Letter>,
    ) -> Result<Vec<Letter>, BusError> {
        let mut first = Vec::new();
        for letter in letters {
            let Message { source, stream, position, .. } = &letter.message;
            match self.put_off.behind(source, stream, *position) {
                None => first.push(letter),
                Some(attempt) => {
                    subscription.later(&letter.received, attempt).await?;
                    self.put_off.add(source, stream, *position, attempt);
                }
            }
        }
        Ok(first)
    }

    /// Puts off the event at a position, and what comes after it in its stream.
    async fn put_off(
        &mut self,
        subscription: &Subscription,
        position: u64,
        letters: Vec<Letter>,
    ) -> Result<Vec<Letter>, BusError> {
        let Some(first) = letters.iter().find(|letter| letter.message.position == position) else {
            return Ok(letters);
        };
        let attempt = first.received.attempt;
        let Message { source, stream, .. } = first.message.clone();
        let mut rest = Vec::new();
        for letter in letters {
            let at = letter.message.position;
            if letter.message.stream == stream && at >= position {
                subscription.later(&letter.received, attempt).await?;
                self.put_off.add(&source, &stream, at, attempt);
            } else {
                rest.push(letter);
            }
        }
        Ok(rest)
    }
}

/// A message that can be applied, and what acknowledges it.
pub(super) struct Letter {
    message: Message,
    received: Received,
}

/// The next message and those that are already here.
async fn gather(subscription: &mut Subscription) -> Result<Vec<Received>, BusError> {
    let mut page = vec![subscription.next().await?];
    while page.len() < PAGE {
        match subscription.ready().await? {
            Some(received) => page.push(received),
            None => break,
        }
    }
    Ok(page)
}

impl Follower {
    /// Applies what is new of some messages of one source; answers the position up to which they are done.
    async fn absorb(&self, source: &Db, letters: &[Letter], clock: &dyn Clock) -> Result<u64, Halt> {
        let mut memory = self.turn.lock().await;
        let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return Ok(0) };
        let last = last.message.position;
        let cursor = self.cursor(&mut memory, source, 1).await?;
        let mut heard = self.inbox(source, first.message.position.saturating_sub(1), last).await?;
        if planted("without_inbox") {
            heard.clear();
        }
        let mut events: Vec<Event> = Vec::new();
        for Letter { message, .. } in letters {
            let new = !heard.contains(&message.id) && (message.position > cursor || planted("without_inbox"));
            let twice =
                events.last().is_some_and(|event| event.id == message.id) && !planted("without_inbox");
            if new && !twice {
                events.push(event(message));
            }
        }
        if events.is_empty() {
            return Ok(last);
        }
        let heard: Vec<_> = events.iter().map(|event| (event.position, event.id)).collect();
        let cut = self.apply(&mut memory, source, 1, events, last).await?;
        let end = cut.end;
        let committed = self.commit_heard(source, cursor, heard, cut, clock).await;
        memory.parked.remove(source.id());
        if committed.is_err() {
            memory.cursors.remove(&(source.id().clone(), 1));
        }
        committed?;
        Ok(end)
    }

    /// Effects, parked events and inbox rows in one Batch, which proves that the cursor is where it was: what it passes
    /// leaves the inbox, and would be new again.
    async fn commit_heard(
        &self,
        source: &Db,
        cursor: u64,
        heard: Vec<(u64, kernel::Uuid)>,
        cut: Cut,
        clock: &dyn Clock,
    ) -> DbResult<()> {
        let (name, key) = (self.consumer.name(), source.id().to_string());
        let mut batch = Batch::new(clock.now(), self.cause(clock));
        if cursor == 0 {
            batch.write(&START_CURSOR, db::params![name, &key, 1, batch.at]);
        }
        batch.expect_one(&MOVE_CURSOR, db::params![name, &key, 1, cursor, cursor, batch.at]);
        for (position, id) in heard.into_iter().filter(|(position, _)| *position <= cut.end) {
            let params = db::params![name, &key, position, id, batch.at];
            if planted("without_inbox") {
                batch.write(&HEARD, params);
            } else {
                // Somebody else was quicker: then all of this is looked at again.
                batch.expect_one(&HEARD, params);
            }
        }
        batch.writes.extend(cut.effects.writes);
        batch.events = cut.effects.events;
        for (delivery, cause, message) in &cut.parked {
            dead_letter::park(&mut batch, name, delivery, cause, message);
        }
        self.own.write_with(batch, &MACHINERY).await.map(drop)
    }
}

/// The entry of the log that a message speaks of. Its hash stays in the log, where it can be checked.
fn event(message: &Message) -> Event {
    Event {
        position: message.position,
        at: message.at,
        id: message.id,
        kind: message.kind.clone(),
        version: message.version,
        stream: message.stream.clone(),
        stream_version: message.stream_version,
        actor: message.actor.clone(),
        correlation_id: message.correlation_id,
        causation_id: message.causation_id,
        data: message.data.clone(),
        hash: GENESIS,
    }
}
