//! Projections: pure, replayable, rebuilt beside themselves and swapped by one pointer.

use crate::consumer::{BoxFuture, Consumer, Delivery, Effects, Fault, PageFault, Sources};
use crate::machinery::{MACHINERY, PROJECTION};
use db::{Db, DbResult, Write};

/// A pure function from an event to writes. Every row that it writes carries the generation, so that two generations
/// live side by side in the same tables.
pub trait Projector: Send + Sync + 'static {
    /// The projection's name.
    fn name(&self) -> &str;
    /// The version of this code; a change rebuilds.
    fn version(&self) -> u32;
    /// Whose logs it reads.
    fn sources(&self) -> Sources;
    /// Whether it wants events of this type.
    fn wants(&self, kind: &str) -> bool;
    /// The writes of one event, pure: no clock, no chance, no reading.
    ///
    /// # Errors
    /// [`Fault::Poison`] when the event cannot be understood.
    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault>;
    /// The writes of a page of one source: what its events do one by one. A projector that adds up says it in fewer
    /// writes; the rows must be the same wherever pages are cut.
    ///
    /// # Errors
    /// The first event that cannot be understood, and its place.
    fn page(&self, generation: u64, page: &[Delivery], writes: &mut Vec<Write>) -> Result<(), PageFault> {
        for (at, delivery) in page.iter().enumerate() {
            self.apply(generation, delivery, writes).map_err(|fault| PageFault { at, fault })?;
        }
        Ok(())
    }
    /// The writes that forget a generation.
    fn forget(&self, generation: u64) -> Vec<Write>;
    /// The tables that it fills, for the proof that they are what the events say.
    fn tables(&self) -> Vec<ViewTable> {
        Vec::new()
    }
}

/// A table of a projection. It has a column `generation`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ViewTable {
    /// The table.
    pub name: &'static str,
    /// Its other columns.
    pub columns: &'static [&'static str],
}

/// A projector as a consumer.
pub struct Projection<P>(pub P);

impl<P: Projector> Consumer for Projection<P> {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn sources(&self) -> Sources {
        self.0.sources()
    }
    fn wants(&self, kind: &str) -> bool {
        self.0.wants(kind)
    }
    fn version(&self) -> Option<u32> {
        Some(self.0.version())
    }
    fn forget(&self, generation: u64) -> Vec<Write> {
        self.0.forget(generation)
    }
    fn tables(&self) -> Vec<ViewTable> {
        self.0.tables()
    }
    fn handle<'a>(
        &'a self,
        _own: &'a Db,
        generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        Box::pin(async move {
            let mut effects = Effects::default();
            self.0.page(generation, page, &mut effects.writes)?;
            Ok(effects)
        })
    }
}

/// Where a projection stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct State {
    pub(crate) version: u32,
    pub(crate) active: u64,
    pub(crate) building: Option<Build>,
}

/// A generation that is being built beside the one that serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Build {
    pub(crate) generation: u64,
    /// The version of the code that builds it.
    pub(crate) version: u32,
}

pub(crate) async fn state(db: &Db, name: &str) -> DbResult<Option<State>> {
    let rows = db.query_with(&PROJECTION, db::params![name], &MACHINERY).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(State {
        version: u32::try_from(row.int(0)?).unwrap_or(0),
        active: row.count(1)?,
        building: row.opt_int(2)?.zip(row.opt_int(3)?).map(|(generation, version)| Build {
            generation: generation.unsigned_abs(),
            version: u32::try_from(version).unwrap_or(0),
        }),
    }))
}

/// The generation that readers of a projection see now; 1 before it has begun.
///
/// # Errors
/// When the database cannot be read.
pub async fn active_generation(db: &Db, name: &str) -> DbResult<u64> {
    Ok(state(db, name).await?.map_or(1, |state| state.active))
}
