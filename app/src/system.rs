//! The whole system in one process: a data folder, its databases, the modules on them, and what connects them.

mod boot;
mod folder;
mod places;
mod registered;
mod restore;

pub use boot::Admission;
pub use folder::{Folder, Manifest, read_manifest};

use crate::config::{Config, Placement};
use crate::modules::Modules;
use bus::Bus;
use db::Db;
use db::databases::Databases;
use flow::{Check, Flow, Fold};
use kernel::{Clock, DatabaseId};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use system::registry::Registry;
use web::{Edge, Endpoint};

/// The whole system, serving or not.
pub struct System {
    /// Its configuration.
    pub config: Config,
    /// The data folder, held.
    pub folder: Folder,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Every database.
    pub databases: Arc<Databases>,
    /// The bus.
    pub bus: Bus,
    /// The consumers.
    pub flow: Arc<Flow>,
    /// What there is.
    pub registry: Arc<Registry>,
    /// The edge.
    pub edge: Arc<Edge>,
    /// Every endpoint, for documentation and tests.
    pub endpoints: Vec<Endpoint>,
    /// The routes.
    pub router: axum::Router,
    /// How each module's events make its rows.
    pub folds: RwLock<BTreeMap<String, Fold>>,
    /// What else each module promises of its rows.
    pub checks: RwLock<BTreeMap<String, Vec<Check>>>,
    /// What the program keeps of its modules.
    pub modules: Modules,
    placement: Placement,
}

impl System {
    /// A database of the system.
    ///
    /// # Errors
    /// Not found, when there is none of this name.
    pub fn database(&self, id: &DatabaseId) -> kernel::Result<Db> {
        self.databases.get(id).ok_or_else(|| {
            kernel::Error::new(
                kernel::Kind::NotFound,
                "unknown_database",
                format!("Il n’y a pas de base « {id} ». `archipel db status` les nomme."),
                format!("There is no database “{id}”. `archipel db status` names them."),
            )
        })
    }

    /// Ends everything: consumers after their page, writers after their group, then every connection.
    pub async fn close(&self) {
        self.flow.stop().await;
        self.edge.serve_calls(None);
        self.databases.close().await;
    }
}
