//! What every consumer of a process knows of the broker: whether there is one, and which types it carries.

use bus::Broker;
use kernel::{DatabaseId, ModuleCode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{OnceLock, PoisonError, RwLock};

/// A broker, perhaps, and the types that modules publish: only what has a contract leaves its database.
#[derive(Default)]
pub(super) struct Carriage {
    broker: OnceLock<Broker>,
    published: RwLock<BTreeMap<ModuleCode, BTreeSet<String>>>,
}

impl Carriage {
    pub(super) fn broker(&self) -> Option<&Broker> {
        self.broker.get()
    }

    pub(super) fn set(&self, broker: Broker) -> bool {
        self.broker.set(broker).is_ok()
    }

    pub(super) fn publish(&self, module: ModuleCode, kinds: impl IntoIterator<Item = String>) {
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        published.entry(module).or_default().extend(kinds);
    }

    pub(super) fn kinds(&self, source: &DatabaseId) -> BTreeSet<String> {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        published.get(&source.module).cloned().unwrap_or_default()
    }

    pub(super) fn carries(&self, source: &DatabaseId, kind: &str) -> bool {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        published.get(&source.module).is_some_and(|kinds| kinds.contains(kind))
    }
}
