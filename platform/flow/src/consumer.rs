//! What a consumer is: a name, the sources that it reads, and what it makes of a page of events.

use crate::projection::ViewTable;
use db::{Batch, Db, Event, NewEvent, Write};
use kernel::{Actor, Cause, DatabaseId, ModuleCode};
use serde_json::Value as Json;
use std::future::Future;
use std::pin::Pin;

/// A future on the heap, as object-safe traits need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whose logs a consumer reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sources {
    /// Every database but the consumer's own.
    Everyone,
    /// Every database, the consumer's own included.
    EveryoneAndSelf,
    /// The databases of these modules.
    Modules(Vec<ModuleCode>),
}

impl Sources {
    /// Whether a database is one of them, seen from the consumer's own.
    #[must_use]
    pub fn include(&self, source: &DatabaseId, own: &DatabaseId) -> bool {
        match self {
            Self::Everyone => source != own,
            Self::EveryoneAndSelf => true,
            Self::Modules(modules) => modules.contains(&source.module),
        }
    }
}

/// One event, delivered.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The database whose log holds it.
    pub source: DatabaseId,
    /// The entry of the log.
    pub event: Event,
    /// Its data, personal members opened.
    pub data: Json,
}

impl Delivery {
    /// What an event that answers this one follows from: the same correlation, caused by it, done by the consumer.
    #[must_use]
    pub fn cause(&self, consumer: &str) -> Cause {
        Cause {
            causation_id: Some(self.event.id),
            ..Cause::new(&Actor::system(consumer), self.event.correlation_id)
        }
    }
}

/// Why an event could not be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Something is away: the same event will be tried again.
    Transient(String),
    /// The event itself cannot be applied: its stream is parked.
    Poison {
        /// A stable word by which the console groups: `unknown_version`, `missing_field`.
        cause: String,
        /// The whole story.
        message: String,
    },
}

/// A fault, and the place in the page where it was met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageFault {
    /// Index of the delivery.
    pub at: usize,
    /// What was wrong.
    pub fault: Fault,
}

/// What a page of events does to the consumer's database.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Rows to write.
    pub writes: Vec<Write>,
    /// Events to append to the consumer's own log; each says what it answers: see [`Delivery::cause`].
    pub events: Vec<NewEvent>,
}

impl Effects {
    /// Adds what a Batch says, its events under the Batch's own cause: a page answers many, and each answer names its own.
    pub fn add(&mut self, batch: Batch) {
        let Batch { cause, writes, events, .. } = batch;
        self.writes.extend(writes);
        self.events.extend(events.into_iter().map(|event| NewEvent { cause: Some(cause.clone()), ..event }));
    }
}

/// Something that follows logs and keeps its effects in its own database.
pub trait Consumer: Send + Sync + 'static {
    /// Its name, unique in the system; cursors are kept under it.
    fn name(&self) -> &str;

    /// Whose logs it reads.
    fn sources(&self) -> Sources;

    /// Whether it wants events of this type. What it does not want only moves its cursor.
    fn wants(&self, _kind: &str) -> bool {
        true
    }

    /// For a projection, the version of its code; a change rebuilds it beside the old. `None` for consumers that are
    /// never replayed.
    fn version(&self) -> Option<u32> {
        None
    }

    /// Whether events that it has applied may be handed to it again: it sees by its own rows what it has done, and does
    /// nothing twice. A projection is rebuilt instead.
    fn takes_again(&self) -> bool {
        false
    }

    /// The writes that forget a generation of a projection.
    fn forget(&self, _generation: u64) -> Vec<Write> {
        Vec::new()
    }

    /// For a projection, the tables that it fills, for the proof that they are what the events say.
    fn tables(&self) -> Vec<ViewTable> {
        Vec::new()
    }

    /// What a page of events from one source does. Reads only its own database.
    fn handle<'a>(
        &'a self,
        own: &'a Db,
        generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>>;
}
