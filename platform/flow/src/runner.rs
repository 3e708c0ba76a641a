//! Runs consumers: one task for each, woken by the bus, idle otherwise.

mod again;
mod carriage;
mod carried;
mod follower;
mod inbound;
mod page;
mod prove;
mod put_off;
mod relay;
mod replay;

pub use again::{Again, Handed, Selection};
pub use carried::{BusStatus, RelayLag};

use crate::consumer::Consumer;
use crate::timer::{self, TimerHandler};
use bus::{Bus, Signal};
use carriage::Carriage;
use db::databases::Databases;
use db::{Db, DbResult};
use follower::Follower;
use kernel::{Clock, Timestamp};
use serde::Serialize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How far a consumer is behind one source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Lag {
    /// The consumer.
    pub consumer: String,
    /// The database that keeps its cursor.
    pub own: String,
    /// The log that it reads.
    pub source: String,
    /// The position up to which its effects are visible.
    pub position: u64,
    /// The last position of the log.
    pub head: u64,
    /// When it last moved.
    pub updated_at: Option<Timestamp>,
}

/// Consumers that wait.
pub struct Held {
    _turns: Vec<tokio::sync::OwnedMutexGuard<follower::Memory>>,
}

/// The consumers of a process.
pub struct Flow {
    databases: Arc<Databases>,
    bus: Bus,
    clock: Arc<dyn Clock>,
    followers: RwLock<Vec<Arc<Follower>>>,
    carriage: Arc<Carriage>,
    relay: OnceLock<Arc<relay::Relay>>,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

impl Flow {
    /// Starts listening to the bus; consumers follow once they are given.
    #[must_use]
    pub fn start(databases: Arc<Databases>, bus: Bus, clock: Arc<dyn Clock>) -> Arc<Self> {
        let flow = Arc::new(Self {
            databases,
            bus,
            clock,
            followers: RwLock::default(),
            carriage: Arc::default(),
            relay: OnceLock::new(),
            stop: watch::Sender::new(false),
            tasks: Mutex::new(JoinSet::new()),
        });
        let (this, mut listener, mut stop) = (flow.clone(), flow.bus.listen(), flow.stop.subscribe());
        flow.spawn(async move {
            loop {
                let signal = tokio::select! {
                    signal = listener.next() => signal,
                    _ = stop.wait_for(|stop| *stop) => None,
                };
                match signal {
                    Some(Signal::Log { database, .. }) => {
                        this.each(|follower| follower.mark(&database));
                        this.relay.get().into_iter().for_each(|relay| relay.mark(&database));
                    }
                    Some(Signal::Everything) => {
                        this.each(Follower::mark_all);
                        this.relay.get().into_iter().for_each(|relay| relay.mark_all());
                    }
                    Some(Signal::Applied { .. }) => {}
                    None => return,
                }
            }
        });
        flow
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(task);
    }

    fn all(&self) -> Vec<Arc<Follower>> {
        self.followers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn each(&self, act: impl Fn(&Follower)) {
        self.all().iter().for_each(|follower| act(follower));
    }

    /// Lets a consumer follow its sources, with its cursors and effects in `own`. It catches up at once.
    pub fn follow(self: &Arc<Self>, own: Db, consumer: Arc<dyn Consumer>) {
        let follower = Arc::new(Follower::new(consumer, own, self.carriage.clone()));
        self.followers.write().unwrap_or_else(PoisonError::into_inner).push(follower.clone());
        let (databases, bus, clock) = (self.databases.clone(), self.bus.clone(), self.clock.clone());
        let stop = self.stop.subscribe();
        if follower.by_broker() {
            self.receive(follower.clone());
        }
        self.spawn(async move { follower.run(&databases, &bus, &*clock, stop).await });
    }

    /// Serves the timers of these databases.
    pub fn serve_timers(&self, handlers: Vec<(Db, Arc<dyn TimerHandler>)>) {
        self.spawn(timer::run(handlers, self.bus.clone(), self.clock.clone(), self.stop.subscribe()));
    }

    /// Tells every consumer to look at every source: a database was added.
    pub fn look_everywhere(&self) {
        self.each(Follower::mark_all);
        self.relay.get().into_iter().for_each(|relay| relay.mark_all());
    }

    /// How far each consumer is behind each of its sources.
    ///
    /// # Errors
    /// When a consumer's own database cannot be read; a source that is away is left out.
    pub async fn lags(&self) -> DbResult<Vec<Lag>> {
        let mut lags = Vec::new();
        for follower in self.all() {
            let serving =
                crate::projection::active_generation(&follower.own, follower.consumer.name()).await?;
            follower.lags(&self.databases, serving, &mut lags).await?;
        }
        Ok(lags)
    }

    /// How far the generations that are being built beside the serving ones have come; nothing when none is.
    ///
    /// # Errors
    /// As [`Flow::lags`].
    pub async fn building(&self) -> DbResult<Vec<Lag>> {
        let mut lags = Vec::new();
        for follower in self.all().iter().filter(|follower| follower.consumer.version().is_some()) {
            let state = crate::projection::state(&follower.own, follower.consumer.name()).await?;
            if let Some(building) = state.and_then(|state| state.building) {
                follower.lags(&self.databases, building.generation, &mut lags).await?;
            }
        }
        Ok(lags)
    }

    /// Whether a consumer is a projection, which can be built anew.
    #[must_use]
    pub fn is_projection(&self, consumer: &str) -> bool {
        self.named(consumer).is_some_and(|follower| follower.consumer.version().is_some())
    }

    /// Builds a projection anew beside the one that serves, and swaps when it has caught up. Answers at once; `false`
    /// when there is no such projection.
    ///
    /// # Errors
    /// When its database does not take the write.
    pub async fn rebuild(&self, consumer: &str) -> DbResult<bool> {
        let Some(follower) = self.named(consumer) else { return Ok(false) };
        if follower.consumer.version().is_none() {
            return Ok(false);
        }
        follower.begin_build(&*self.clock).await?;
        follower.mark_all();
        Ok(true)
    }

    /// Waits until a projection serves no older generation than the one being built; for commands that wait.
    ///
    /// # Errors
    /// When its database cannot be read.
    pub async fn is_building(&self, consumer: &str) -> DbResult<bool> {
        let Some(follower) = self.named(consumer) else { return Ok(false) };
        Ok(crate::projection::state(&follower.own, consumer).await?.is_some_and(|s| s.building.is_some()))
    }

    fn named(&self, consumer: &str) -> Option<Arc<Follower>> {
        self.all().into_iter().find(|follower| follower.consumer.name() == consumer)
    }

    /// Holds every consumer between two pages for as long as the answer is kept: what was consumed stays as it is, while
    /// writes go on. A set of databases copied meanwhile is a consistent cut: every event consumed in one of them is in
    /// the log of another.
    pub async fn hold(&self) -> Held {
        let mut turns = Vec::new();
        for follower in self.all() {
            turns.push(follower.turn.clone().lock_owned().await);
        }
        Held { _turns: turns }
    }

    /// Turns true when the system stops, for whoever waits on something long.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Ends every task after the Batch that it is writing.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
        if let Some(broker) = self.carriage.broker() {
            broker.close().await;
        }
    }
}
