//! A process and its broker: who sends, who receives, how far it has come, and feeding it again.

use super::Flow;
use super::follower::Follower;
use super::inbound::Desk;
use super::put_off::PutOff;
use super::relay::{self, Backoff, Relay, Worker};
use crate::machinery::{CURSOR, FENCE_LEASE, MACHINERY, REWIND_CURSOR};
use bus::{Broker, BusError};
use db::{Batch, Db, DbResult};
use kernel::{Actor, Cause, DatabaseId, ModuleCode};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// How far the relay is in one log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RelayLag {
    /// The log.
    pub database: String,
    /// The position up to which the broker has confirmed what it was to get.
    pub position: u64,
    /// The last position of the log.
    pub head: u64,
}

/// How a process stands with its broker.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BusStatus {
    /// The address that answers, without its secret.
    pub connected_to: Option<String>,
    /// Each log that is sent.
    pub relay: Vec<RelayLag>,
    /// Types that nobody on the broker wanted, and how often, since the start.
    pub unrouted: BTreeMap<String, u64>,
}

impl Flow {
    /// Says which types a module publishes: those with a contract. Only they go to a broker.
    pub fn publishes(&self, module: ModuleCode, kinds: impl IntoIterator<Item = String>) {
        self.carriage.publish(module, kinds);
    }

    /// Sends what modules publish to a broker, and gives consumers with effects their events from there. Called once,
    /// when every consumer follows. `holder` names this installation among those that might send the same logs.
    ///
    /// # Errors
    /// When the broker refuses us or has other things under our names. One that is away is waited for.
    pub async fn connect(self: &Arc<Self>, broker: Broker, holder: &str) -> Result<(), BusError> {
        if !self.carriage.set(broker.clone()) {
            return Ok(());
        }
        let relay = self.relay.get_or_init(|| Arc::new(Relay::new(holder))).clone();
        let hearers: Vec<_> = self.all().into_iter().filter(|follower| follower.hears()).collect();
        for follower in &hearers {
            broker.declare(follower.queues()).await?;
        }
        match broker.reach().await {
            Err(error) if error.needs_a_person() => return Err(error),
            Err(error) => tracing::warn!(%error, "events will be sent when it answers"),
            Ok(()) => {}
        }
        hearers.into_iter().for_each(|follower| self.receive(follower));
        for lane in &relay.lanes {
            let worker = Worker {
                lane: lane.clone(),
                flow: self.clone(),
                relay: relay.clone(),
                carriage: self.carriage.clone(),
                broker: broker.clone(),
                databases: self.databases.clone(),
                clock: self.clock.clone(),
            };
            self.spawn(worker.run(self.stop.subscribe()));
        }
        self.look_everywhere();
        Ok(())
    }

    /// Lets a consumer read its queues.
    pub(super) fn receive(self: &Arc<Self>, follower: Arc<Follower>) {
        let flow = self.clone();
        self.spawn(async move {
            let Some(broker) = flow.carriage.broker().cloned() else { return };
            let mut stop = flow.stop.subscribe();
            let mut backoff = Backoff::default();
            let mut desk = Desk { follower: &follower, flow: &flow, stop: stop.clone(), put_off: PutOff::default() };
            while !*stop.borrow() {
                let Err(error) = desk.read(&broker).await else { return };
                let wait = backoff.next();
                tracing::warn!(consumer = follower.consumer.name(), %error, ?wait, "will read its queues again");
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            }
        });
    }

    /// A broker answers. Where something of ours was not there, what consumers wait for is sent again: the broker has
    /// lost everything or is new, or a consumer is, which gets what was said before it came. Asked while nobody sends.
    pub(super) async fn broker_found(&self) -> DbResult<()> {
        let (Some(broker), Some(relay)) = (self.carriage.broker(), self.relay.get()) else { return Ok(()) };
        let times = broker.times_made();
        if relay.fed.load(Ordering::Acquire) < times {
            self.set_back(relay, false).await?;
            relay.fed.fetch_max(times, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Sends again what some consumer has not accounted for, or everything from the beginning of every log, for readers
    /// outside. Answers how many positions of each log are looked at again. Whoever has an event already ignores it.
    ///
    /// # Errors
    /// When a database does not take the write.
    pub async fn refeed(&self, everything: bool) -> DbResult<BTreeMap<String, u64>> {
        let Some(relay) = self.relay.get() else { return Ok(BTreeMap::new()) };
        let _nobody_sends = relay.sending.write().await;
        self.set_back(relay, everything).await
    }

    async fn set_back(&self, relay: &Relay, everything: bool) -> DbResult<BTreeMap<String, u64>> {
        let mut again = BTreeMap::new();
        for source in self.databases.all() {
            let to = match everything {
                true => Some(0),
                false => self.lowest_cursor(&source).await?,
            };
            let Some(to) = to else { continue };
            let mut from = to;
            for lane in 0..u32::try_from(relay.lanes.len()).unwrap_or(0) {
                from = from.max(self.rewind(&source, &relay::name(lane), to).await?);
            }
            if from > to {
                tracing::info!(database = %source.id(), from, to, "sending again");
                again.insert(source.id().to_string(), from - to);
            }
        }
        relay.rewound();
        Ok(again)
    }

    /// The position before which every consumer at the broker has accounted for everything.
    async fn lowest_cursor(&self, source: &Db) -> DbResult<Option<u64>> {
        let mut lowest = None;
        for follower in self.all() {
            let reads = follower.consumer.sources().include(source.id(), follower.own.id());
            if !follower.by_broker() || !reads {
                continue;
            }
            let mut memory = follower.turn.lock().await;
            let cursor = follower.cursor(&mut memory, source, 1).await?;
            lowest = Some(lowest.map_or(cursor, |lowest: u64| lowest.min(cursor)));
        }
        Ok(lowest)
    }

    /// Sets a lane's cursor back, past whoever holds its lease; answers where it was.
    async fn rewind(&self, source: &Db, name: &str, to: u64) -> DbResult<u64> {
        let key = source.id().to_string();
        let rows = source.query_with(&CURSOR, db::params![name, &key, 1], &MACHINERY).await?;
        let from = rows.first().map_or(Ok(0), |row| row.count(0))?;
        let now = self.clock.now();
        let mut batch = Batch::new(now, Cause::new(&Actor::system("relay"), now.new_id()));
        batch.write(&FENCE_LEASE, db::params![name]);
        batch.write(&REWIND_CURSOR, db::params![name, &key, to, now]);
        source.write_with(batch, &MACHINERY).await?;
        Ok(from)
    }

    /// How the process stands with its broker; `None` without one.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub async fn bus_status(&self) -> DbResult<Option<BusStatus>> {
        let (Some(broker), Some(relay)) = (self.carriage.broker(), self.relay.get()) else { return Ok(None) };
        let mut lags = Vec::new();
        for source in self.databases.all() {
            if self.carriage.kinds(source.id()).is_empty() {
                continue;
            }
            let scanned = |id: &DatabaseId| {
                let of = |lane: &Arc<relay::Lane>| {
                    lane.scanned.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied().unwrap_or(0)
                };
                relay.lanes.iter().map(of).min().unwrap_or(0)
            };
            let (head, _) = source.head().await?;
            let position = scanned(source.id()).min(head);
            lags.push(RelayLag { database: source.id().to_string(), position, head });
        }
        let unrouted = relay.unrouted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Some(BusStatus { connected_to: broker.connected_to(), relay: lags, unrouted }))
    }
}
