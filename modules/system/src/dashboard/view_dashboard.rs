//! The projection: workflow events of every module into figures and backlog.
//!
//! A pure function of the declarations and the events, so that a rebuild gives the same rows. The events of a page are
//! added up before anything is written: a row that a hundred events change is one statement.

use super::counted::{self, ThingKey};
use super::declared::{Declarations, Declared};
use super::model::{self, Item, KpiKey, KpiSum, Pending};
use super::sql;
use contracts::forms::{FAMILY, WorkflowEvent};
use db::{Db, Expect, Statement, Value, Write};
use flow::{BoxFuture, Consumer, Delivery, Effects, Fault, PageFault, Sources, ViewTable};
use kernel::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of the projection and of its consumer.
pub const NAME: &str = "dashboard";

/// A due date passed: somebody else may decide as well. It moves nothing.
const DUE_PASSED: &str = "form.due.passed";

/// The version of the event contract that this code reads.
const CONTRACT: u64 = 1;

/// What a number of events add up to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally {
    pub(super) kpis: BTreeMap<KpiKey, KpiSum>,
    /// The last word on each instance: what it awaits, or that it awaits nobody.
    pub(super) items: BTreeMap<String, Option<Item>>,
    /// The last word on each thing that a figure counts: since when it is so, or that it is not.
    pub(super) things: BTreeMap<ThingKey, Option<Timestamp>>,
    /// The last position of each source, with its instant.
    pub(super) sources: BTreeMap<String, (u64, Timestamp)>,
}

impl Tally {
    /// Adds one event.
    ///
    /// # Errors
    /// [`Fault::Poison`] when it is not an event of the contract; nothing was added then.
    pub(super) fn add(&mut self, declared: &Declared, delivery: &Delivery) -> Result<(), Fault> {
        let source = delivery.source.to_string();
        let unreadable = |why: String| poison("unreadable", why);
        let mut sums = counted::sums(declared, delivery).map_err(unreadable)?;
        if is_workflow(&delivery.event.kind) {
            let event = read(delivery)?;
            sums.extend(model::sums(declared, &event, &source).map_err(unreadable)?);
            match model::pending(&event, &source) {
                Pending::Keep => {}
                Pending::Gone(id) => drop(self.items.insert(id, None)),
                Pending::Awaits(item) => drop(self.items.insert(item.id.clone(), Some(*item))),
            }
        }
        for (key, is_so) in counted::things(declared, delivery) {
            self.things.insert(key, is_so.then_some(delivery.event.at));
        }
        for (key, sum) in sums {
            match self.kpis.get_mut(&key) {
                None => drop(self.kpis.insert(key, sum)),
                Some(known) => {
                    known.total += sum.total;
                    known.n += sum.n;
                    known.computed_at = known.computed_at.max(sum.computed_at);
                }
            }
        }
        let mark = (delivery.event.position, delivery.event.at);
        let last = self.sources.entry(source).or_insert(mark);
        *last = mark.max(*last);
        Ok(())
    }

    fn writes(&self, generation: u64) -> Vec<Write> {
        let kpis = self.kpis.iter();
        let kpis = kpis.map(|(key, sum)| write(&sql::ADD_KPI, sql::kpi_params(generation, key, sum)));
        let items = self.items.iter().map(|(id, item)| match item {
            Some(item) => write(&sql::PUT_ITEM, sql::item_params(generation, item)),
            None => write(&sql::DROP_ITEM, db::params![generation, id]),
        });
        let things = self.things.iter().map(|(key, since)| {
            let of = db::params![generation, &key.role_scope, &key.id, &key.thing];
            match since {
                Some(at) => write(&sql::PUT_THING, [of, db::params![*at]].concat()),
                None => write(&sql::DROP_THING, of),
            }
        });
        let sources = self.sources.iter().map(|(source, (position, at))| {
            write(&sql::MARK_SOURCE, db::params![generation, source, *position, *at])
        });
        kpis.chain(items).chain(things).chain(sources).collect()
    }
}

fn write(statement: &Statement, params: Vec<Value>) -> Write {
    Write { statement: statement.clone(), params, expect: Expect::Any }
}

fn poison(cause: &str, message: impl Into<String>) -> Fault {
    Fault::Poison { cause: cause.to_owned(), message: message.into() }
}

/// The event of a delivery. A module speaks for itself only.
fn read(delivery: &Delivery) -> Result<WorkflowEvent, Fault> {
    let said = delivery.data["version"].as_u64().unwrap_or(CONTRACT);
    let version = if said == CONTRACT { u64::from(delivery.event.version) } else { said };
    if version != CONTRACT {
        let kind = &delivery.event.kind;
        return Err(poison("unknown_version", format!("{kind} has version {version}, known is {CONTRACT}")));
    }
    let event: WorkflowEvent =
        serde_json::from_value(delivery.data.clone()).map_err(|e| poison("unreadable", e.to_string()))?;
    if event.module != delivery.source.module.as_str() {
        let message = format!("{} speaks for {}", delivery.source, event.module);
        return Err(poison("foreign_module", message));
    }
    Ok(event)
}

/// Whether events of this type are about somebody's request.
fn is_workflow(kind: &str) -> bool {
    kind.starts_with(FAMILY) || kind == DUE_PASSED
}

/// Whether events of this type change the dashboard.
pub(super) fn wants(declared: &Declared, kind: &str) -> bool {
    is_workflow(kind) || counted::counts(declared, kind)
}

/// The consumer that keeps the dashboard.
pub struct View(pub Arc<Declarations>);

impl Consumer for View {
    fn name(&self) -> &str {
        NAME
    }

    fn sources(&self) -> Sources {
        Sources::Everyone
    }

    fn wants(&self, kind: &str) -> bool {
        wants(&self.0.now(), kind)
    }

    fn version(&self) -> Option<u32> {
        Some(self.0.now().version())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        [&sql::FORGET_KPIS, &sql::FORGET_ITEMS, &sql::FORGET_THINGS, &sql::FORGET_SOURCES]
            .map(|statement| write(statement, db::params![generation]))
            .to_vec()
    }

    /// Figures and backlog are proved by their own comparison, which knows of people who were erased.
    fn tables(&self) -> Vec<ViewTable> {
        vec![ViewTable { name: "kpi_thing", columns: &["role_scope", "id", "thing", "at"] }]
    }

    fn handle<'a>(
        &'a self,
        _own: &'a Db,
        generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        let declared = self.0.now();
        Box::pin(async move {
            let mut tally = Tally::default();
            for (at, delivery) in page.iter().enumerate() {
                tally.add(&declared, delivery).map_err(|fault| PageFault { at, fault })?;
            }
            Ok(Effects { writes: tally.writes(generation), events: Vec::new() })
        })
    }
}
