//! One consumer on its way through the logs of its sources.

use super::Lag;
use super::carriage::Carriage;
use crate::consumer::{Consumer, Sources};
use crate::machinery::{
    BUILD_PROJECTION, CURSORS, FORGET_CURSORS, MACHINERY, RESTART_BUILD, START_PROJECTION, SWAP_PROJECTION,
};
use crate::projection::{self, Build, State};
use bus::{Bus, Message, Queues};
use db::databases::Databases;
use db::{Batch, Db, DbResult};
use kernel::{Actor, Cause, Clock, DatabaseId};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The longest wait between two tries at a source that is away.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Dirty {
    sources: BTreeSet<DatabaseId>,
    all: bool,
}

/// A consumer, its database, and what it remembers between pages.
pub(super) struct Follower {
    pub(super) consumer: Arc<dyn Consumer>,
    pub(super) own: Db,
    pub(super) carriage: Arc<Carriage>,
    dirty: Mutex<Dirty>,
    wake: Notify,
    /// Held while a page is applied or a stream replayed: one at a time, in order.
    pub(super) turn: Arc<tokio::sync::Mutex<Memory>>,
    /// Held while events are handed to it again: one replay at a time.
    pub(super) again: Arc<tokio::sync::Mutex<()>>,
}

/// What the database knows too, kept so as not to ask for each page.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) cursors: HashMap<(DatabaseId, u64), u64>,
    pub(super) parked: HashMap<DatabaseId, BTreeSet<String>>,
}

impl Follower {
    pub(super) fn new(consumer: Arc<dyn Consumer>, own: Db, carriage: Arc<Carriage>) -> Self {
        let dirty = Mutex::new(Dirty { sources: BTreeSet::new(), all: true });
        Self {
            consumer,
            own,
            carriage,
            dirty,
            wake: Notify::new(),
            turn: Arc::default(),
            again: Arc::default(),
        }
    }

    /// Whether it could get its events through a broker: it has effects, and names whom it listens to. Projections and
    /// whoever reads every log keep to the logs of their process.
    pub(super) fn hears(&self) -> bool {
        self.consumer.version().is_none() && matches!(self.consumer.sources(), Sources::Modules(_))
    }

    /// Whether it does now.
    pub(super) fn by_broker(&self) -> bool {
        self.carriage.broker().is_some() && self.hears()
    }

    /// Its queues: one for each type that it wants of what its sources publish.
    pub(super) fn queues(&self) -> Queues {
        let mut keys = BTreeSet::new();
        if let Sources::Modules(modules) = self.consumer.sources() {
            for module in modules {
                let source = DatabaseId::main(module);
                let kinds = self.carriage.kinds(&source);
                let wanted = kinds.iter().filter(|kind| self.consumer.wants(kind));
                keys.extend(wanted.map(|kind| Message::key(&source, kind)));
            }
        }
        Queues { consumer: self.consumer.name().to_owned(), keys }
    }

    pub(super) fn mark(&self, source: &DatabaseId) {
        if self.consumer.sources().include(source, self.own.id()) {
            self.dirty.lock().unwrap_or_else(PoisonError::into_inner).sources.insert(source.clone());
            self.wake.notify_one();
        }
    }

    pub(super) fn mark_all(&self) {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner).all = true;
        self.wake.notify_one();
    }

    pub(super) fn sources(&self, databases: &Databases) -> Vec<Db> {
        let sources = self.consumer.sources();
        databases.all().into_iter().filter(|db| sources.include(db.id(), self.own.id())).collect()
    }

    pub(super) fn cause(&self, clock: &dyn Clock) -> Cause {
        Cause::new(&Actor::system(self.consumer.name()), clock.new_id())
    }

    pub(super) async fn run(
        &self,
        databases: &Databases,
        bus: &Bus,
        clock: &dyn Clock,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut failures: u32 = 0;
        while !*stop.borrow() {
            match self.catch_up(databases, bus, clock, &stop).await {
                Ok(()) => {
                    failures = 0;
                    tokio::select! {
                        () = self.wake.notified() => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
                Err(error) => {
                    failures += 1;
                    let wait = LONGEST_WAIT.min(Duration::from_millis(50 << failures.min(8)));
                    tracing::warn!(consumer = self.consumer.name(), %error, ?wait, "will try again");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                    self.mark_all();
                }
            }
        }
    }

    /// Reads what is new until nothing is, for the generation that serves and then for the one being built.
    async fn catch_up(
        &self,
        databases: &Databases,
        bus: &Bus,
        clock: &dyn Clock,
        stop: &watch::Receiver<bool>,
    ) -> DbResult<()> {
        let dirty = std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner));
        let state = self.state(clock).await?;
        let mut sources = self.sources(databases);
        if !dirty.all {
            sources.retain(|db| dirty.sources.contains(db.id()));
        }
        let active = state.map_or(1, |s| s.active);
        for source in &sources {
            while !*stop.borrow() && self.page(source, active, bus, clock).await? {}
        }
        if let Some((active, build)) = state.and_then(|s| s.building.map(|build| (s.active, build))) {
            for source in self.sources(databases) {
                while !*stop.borrow() && self.page(&source, build.generation, bus, clock).await? {}
            }
            if !*stop.borrow() {
                self.swap(active, build.generation, clock).await?;
            }
        }
        Ok(())
    }

    /// Where the projection stands; begins it, or begins to build it anew when its code has another version.
    async fn state(&self, clock: &dyn Clock) -> DbResult<Option<State>> {
        let Some(version) = self.consumer.version() else { return Ok(None) };
        let name = self.consumer.name();
        let state = match projection::state(&self.own, name).await? {
            Some(state) => state,
            None => {
                let mut batch = Batch::new(clock.now(), self.cause(clock));
                batch.write(&START_PROJECTION, db::params![name, version, clock.now()]);
                self.own.write_with(batch, &MACHINERY).await?;
                State { version, active: 1, building: None }
            }
        };
        match state.building {
            None if state.version != version => self.begin_build(clock).await?,
            // Half built by other code: what it made is forgotten.
            Some(build) if build.version != version => self.restart_build(build, version, clock).await?,
            _ => return Ok(Some(state)),
        }
        projection::state(&self.own, name).await
    }

    pub(super) async fn begin_build(&self, clock: &dyn Clock) -> DbResult<()> {
        let name = self.consumer.name();
        let Some(state) = projection::state(&self.own, name).await? else { return Ok(()) };
        let version = self.consumer.version().unwrap_or(state.version);
        let mut batch = Batch::new(clock.now(), self.cause(clock));
        batch.write(&BUILD_PROJECTION, db::params![name, state.active + 1, version]);
        self.own.write_with(batch, &MACHINERY).await.map(drop)
    }

    async fn restart_build(&self, build: Build, version: u32, clock: &dyn Clock) -> DbResult<()> {
        let (name, next) = (self.consumer.name(), build.generation + 1);
        let mut batch = Batch::new(clock.now(), self.cause(clock));
        batch.expect_one(&RESTART_BUILD, db::params![name, build.generation, next, version]);
        batch.writes.extend(self.consumer.forget(build.generation));
        batch.write(&FORGET_CURSORS, db::params![name, build.generation]);
        self.own.write_with(batch, &MACHINERY).await.map(drop)
    }

    /// The new generation serves, the old one is forgotten: one Batch.
    async fn swap(&self, active: u64, building: u64, clock: &dyn Clock) -> DbResult<()> {
        let name = self.consumer.name();
        let mut batch = Batch::new(clock.now(), self.cause(clock));
        batch.expect_one(&SWAP_PROJECTION, db::params![name, building, clock.now()]);
        batch.writes.extend(self.consumer.forget(active));
        batch.write(&FORGET_CURSORS, db::params![name, active]);
        self.own.write_with(batch, &MACHINERY).await?;
        tracing::info!(consumer = name, generation = building, "rebuilt");
        Ok(())
    }

    /// How far a generation has come in each source.
    pub(super) async fn lags(
        &self,
        databases: &Databases,
        generation: u64,
        lags: &mut Vec<Lag>,
    ) -> DbResult<()> {
        let name = self.consumer.name();
        let rows = self.own.query_with(&CURSORS, Vec::new(), &MACHINERY).await?;
        for source in self.sources(databases) {
            let id = source.id().to_string();
            let mut found = (0, None);
            for row in &rows {
                if row.text(0)? == name && row.text(1)? == id && row.count(2)? == generation {
                    found = (row.count(3)?, Some(row.instant(4)?));
                }
            }
            let Ok((head, _)) = source.head().await else { continue };
            let own = self.own.id().to_string();
            let consumer = name.to_owned();
            lags.push(Lag { consumer, own, source: id, position: found.0, head, updated_at: found.1 });
        }
        Ok(())
    }
}
