//! The relay: a cursor over each log for each lane, and what lies between it and the end goes to the broker.
//!
//! A lane is a hash of the stream, so the events of one stream leave in their order. A lane's cursor lives in the
//! database whose log it reads, among the cursors of consumers: log and cursor are copied, moved and restored together,
//! and the lease that fences it is checked in the Batch that moves it.
//!
//! Invariants:
//! - A cursor moves over what the broker has confirmed, contiguously, and only in a Batch that proves the lease.
//! - A holder that was overtaken may send again what its successor sends too; it can move nothing.
//! - A message that no queue wanted is counted; when somebody of this process waits for it, it counts as not sent.

use super::Flow;
use super::carriage::Carriage;
use crate::machinery::{CURSOR, KEEP_LEASE, LEASE, MACHINERY, MOVE_CURSOR, START_CURSOR, TAKE_LEASE};
use bus::{Broker, BusError, Message, Outcome, Publisher};
use db::databases::Databases;
use db::{Batch, Db, DbError, Event};
use kernel::{Actor, Cause, Clock, DatabaseId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Lanes of every log. Another number needs the cursors of the old one to be read first.
const LANES: u32 = 2;
/// Events read at once, and unconfirmed at most.
const PAGE: u32 = 500;
/// Positions that hold nothing for a lane, after which its cursor is written all the same.
const FAR: u64 = 2_000;
/// How long a lease holds, in seconds; moving the cursor prolongs it.
const LEASE_S: i64 = 30;

/// Growing waits between tries, five seconds at most.
#[derive(Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) fn next(&mut self) -> Duration {
        self.0 += 1;
        Duration::from_secs(5).min(Duration::from_millis(50 << self.0.min(8)))
    }
}

/// How long a confirmation may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The name under which a lane keeps its cursor and its lease.
pub(super) fn name(lane: u32) -> String {
    format!("relay:{lane}")
}

/// Which lane a stream belongs to: FNV-1a, because it must not change between versions of anything.
fn lane_of(stream: &str) -> u32 {
    let hash = stream.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u32::try_from(hash % u64::from(LANES)).unwrap_or(0)
}

/// The lanes of a process.
pub(super) struct Relay {
    pub(super) lanes: Vec<Arc<Lane>>,
    /// Types that nobody wanted, and how often.
    pub(super) unrouted: Mutex<BTreeMap<String, u64>>,
    /// Held to read while a page is sent, to write while something is made on the broker and cursors are set back for it:
    /// a new queue gets what was said first before what is said now.
    pub(super) sending: tokio::sync::RwLock<()>,
    /// A queue that somebody waits for was gone.
    missing: AtomicBool,
    /// How many of the things that had to be made on the broker were answered by sending again.
    pub(super) fed: AtomicU64,
}

impl Relay {
    pub(super) fn new(holder: &str) -> Self {
        let lane = |number| {
            Arc::new(Lane {
                number,
                name: name(number),
                holder: holder.to_owned(),
                dirty: Mutex::default(),
                everything: AtomicBool::new(true),
                rewound: AtomicBool::new(false),
                wake: Notify::new(),
                scanned: Mutex::default(),
            })
        };
        Self {
            lanes: (0..LANES).map(lane).collect(),
            unrouted: Mutex::default(),
            sending: tokio::sync::RwLock::default(),
            missing: AtomicBool::new(false),
            fed: AtomicU64::new(0),
        }
    }

    pub(super) fn mark(&self, database: &DatabaseId) {
        for lane in &self.lanes {
            lane.dirty.lock().unwrap_or_else(PoisonError::into_inner).insert(database.clone());
            lane.wake.notify_one();
        }
    }

    pub(super) fn mark_all(&self) {
        for lane in &self.lanes {
            lane.everything.store(true, Ordering::Release);
            lane.wake.notify_one();
        }
    }

    /// The cursors were set back: what lanes remember of them is not true any more.
    pub(super) fn rewound(&self) {
        self.lanes.iter().for_each(|lane| lane.rewound.store(true, Ordering::Release));
        self.mark_all();
    }
}

/// One lane of every log.
pub(super) struct Lane {
    number: u32,
    name: String,
    holder: String,
    dirty: Mutex<BTreeSet<DatabaseId>>,
    everything: AtomicBool,
    rewound: AtomicBool,
    wake: Notify,
    /// How far each log was looked at, for people.
    pub(super) scanned: Mutex<BTreeMap<DatabaseId, u64>>,
}

/// What a lane remembers of a log.
#[derive(Clone, Copy)]
struct Place {
    scanned: u64,
    stored: u64,
    lease: Option<(u64, Timestamp)>,
}

/// Why a lane did not get on.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// A lane at work.
pub(super) struct Worker {
    pub(super) lane: Arc<Lane>,
    pub(super) flow: Arc<Flow>,
    pub(super) relay: Arc<Relay>,
    pub(super) carriage: Arc<Carriage>,
    pub(super) broker: Broker,
    pub(super) databases: Arc<Databases>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Worker {
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut places, mut publisher, mut backoff) = (HashMap::new(), None, Backoff::default());
        while !*stop.borrow() {
            match self.catch_up(&mut places, &mut publisher, &stop).await {
                Ok(()) => {
                    backoff = Backoff::default();
                    tokio::select! {
                        () = self.lane.wake.notified() => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
                Err(error) => {
                    let wait = backoff.next();
                    tracing::warn!(lane = self.lane.number, %error, ?wait, "the relay will try again");
                    publisher = None;
                    places.clear();
                    self.lane.everything.store(true, Ordering::Release);
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
            }
        }
    }

    async fn catch_up(
        &self,
        places: &mut HashMap<DatabaseId, Place>,
        publisher: &mut Option<Publisher>,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Stuck> {
        if publisher.is_none() {
            let _nobody_sends = self.relay.sending.write().await;
            *publisher = Some(self.broker.publisher().await?);
            if self.relay.missing.swap(false, Ordering::AcqRel) {
                self.broker.redeclare().await?;
            }
            self.flow.broker_found().await?;
        }
        let Some(publisher) = publisher else { return Ok(()) };
        if self.lane.rewound.swap(false, Ordering::AcqRel) {
            places.clear();
        }
        let dirty = std::mem::take(&mut *self.lane.dirty.lock().unwrap_or_else(PoisonError::into_inner));
        let everything = self.lane.everything.swap(false, Ordering::AcqRel);
        let databases = self.databases.all().into_iter();
        for source in databases.filter(|db| everything || dirty.contains(db.id())) {
            if self.carriage.kinds(source.id()).is_empty() {
                continue;
            }
            while !*stop.borrow() && self.page(&source, places, publisher).await? {}
        }
        Ok(())
    }

    /// Sends the next page of a log; `false` when there was nothing more.
    async fn page(
        &self,
        source: &Db,
        places: &mut HashMap<DatabaseId, Place>,
        publisher: &Publisher,
    ) -> Result<bool, Stuck> {
        let _sending = self.relay.sending.read().await;
        if self.lane.rewound.load(Ordering::Acquire) {
            return Ok(false);
        }
        let mut place = match places.get(source.id()) {
            Some(place) => *place,
            None => self.find(source).await?,
        };
        let events = source.log_after(place.scanned, PAGE).await?;
        let Some(last) = events.last().map(|event| event.position) else {
            self.remember(source, places, place);
            return Ok(false);
        };
        let full = events.len() == PAGE as usize;
        let ours = |event: &Event| {
            lane_of(&event.stream) == self.lane.number && self.carriage.carries(source.id(), &event.kind)
        };
        let events: Vec<Event> = events.into_iter().filter(ours).collect();
        let sent = !events.is_empty();
        if sent {
            self.hold(source, &mut place).await?;
            self.send(source, events, publisher).await?;
        }
        if sent || last - place.stored >= FAR {
            self.hold(source, &mut place).await?;
            self.advance(source, &mut place, last).await?;
        }
        place.scanned = last;
        self.remember(source, places, place);
        Ok(full)
    }

    fn remember(&self, source: &Db, places: &mut HashMap<DatabaseId, Place>, place: Place) {
        places.insert(source.id().clone(), place);
        let mut scanned = self.lane.scanned.lock().unwrap_or_else(PoisonError::into_inner);
        scanned.insert(source.id().clone(), place.scanned);
    }

    async fn find(&self, source: &Db) -> Result<Place, Stuck> {
        let params = db::params![&self.lane.name, source.id().to_string(), 1];
        let rows = source.query_with(&CURSOR, params, &MACHINERY).await?;
        let stored = rows.first().map_or(Ok(0), |row| row.count(0))?;
        Ok(Place { scanned: stored, stored, lease: None })
    }

    /// Takes the lease, unless it is held for a while yet.
    async fn hold(&self, source: &Db, place: &mut Place) -> Result<(), Stuck> {
        let now = self.clock.now();
        if place.lease.is_some_and(|(_, until)| until > now.plus_seconds(LEASE_S / 3)) {
            return Ok(());
        }
        let (name, holder, until) = (&self.lane.name, &self.lane.holder, now.plus_seconds(LEASE_S));
        let mut batch = self.batch();
        batch.expect_one(&TAKE_LEASE, db::params![name, holder, until, now]);
        let overtaken = || DbError::Unavailable(format!("another process holds the lease of {name}"));
        source
            .write_with(batch, &MACHINERY)
            .await
            .map_err(|e| if e.is_conflict() { overtaken() } else { e })?;
        let rows = source.query_with(&LEASE, db::params![name, holder], &MACHINERY).await?;
        let epoch = rows.first().ok_or_else(overtaken)?.count(0)?;
        // What another holder has moved meanwhile counts.
        let found = self.find(source).await?;
        let moved = found.stored != place.stored;
        place.lease = Some((epoch, until));
        if moved {
            return Err(DbError::Unavailable("the cursor was moved by another process".into()).into());
        }
        Ok(())
    }

    async fn send(&self, source: &Db, events: Vec<Event>, publisher: &Publisher) -> Result<(), Stuck> {
        let mut confirms = Vec::with_capacity(events.len());
        for event in events {
            let message = message(source.id(), event);
            let key = Message::key(&message.source, &message.kind);
            confirms.push((key, publisher.publish(&message).await?));
        }
        for (key, confirm) in confirms {
            let outcome = tokio::time::timeout(PATIENCE, confirm.outcome()).await;
            let late = |_| {
                BusError::NotTaken("no word from it for half a minute: an alarm of memory or disk?".into())
            };
            if outcome.map_err(late)?? == Outcome::Unrouted {
                if self.broker.expects(&key) {
                    self.relay.missing.store(true, Ordering::Release);
                    return Err(BusError::NotTaken(format!("the queue for `{key}` is gone")).into());
                }
                let mut unrouted = self.relay.unrouted.lock().unwrap_or_else(PoisonError::into_inner);
                let count = unrouted.entry(key.clone()).or_default();
                *count += 1;
                if *count == 1 {
                    tracing::info!(%key, "nobody on the broker wants events of this type");
                }
            }
        }
        Ok(())
    }

    /// Moves the cursor, if the lease is still ours.
    async fn advance(&self, source: &Db, place: &mut Place, to: u64) -> Result<(), Stuck> {
        let Some((epoch, _)) = place.lease else { return Ok(()) };
        let (name, key, now) = (&self.lane.name, source.id().to_string(), self.clock.now());
        let until = now.plus_seconds(LEASE_S);
        let mut batch = self.batch();
        batch.expect_one(&KEEP_LEASE, db::params![name, &self.lane.holder, epoch, until]);
        if place.stored == 0 {
            batch.write(&START_CURSOR, db::params![name, &key, 1, now]);
        }
        batch.expect_one(&MOVE_CURSOR, db::params![name, &key, 1, place.stored, to, now]);
        source.write_with(batch, &MACHINERY).await?;
        (place.stored, place.lease) = (to, Some((epoch, until)));
        Ok(())
    }

    fn batch(&self) -> Batch {
        Batch::new(self.clock.now(), Cause::new(&Actor::system("relay"), self.clock.new_id()))
    }
}

fn message(source: &DatabaseId, event: Event) -> Message {
    Message {
        id: event.id,
        source: source.clone(),
        position: event.position,
        at: event.at,
        kind: event.kind,
        version: event.version,
        stream: event.stream,
        stream_version: event.stream_version,
        actor: event.actor,
        correlation_id: event.correlation_id,
        causation_id: event.causation_id,
        data: event.data,
    }
}
