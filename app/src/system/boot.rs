//! Putting the system together, in the one order that works: folder, key, servers, registry, databases, flow, edge,
//! modules, routes.

use super::folder::{Folder, Manifest};
use super::{System, places, registered};
use crate::config::{Config, Placement};
use crate::{console, modules};
use anyhow::{Context, Result};
use bus::{Bus, Signal};
use db::databases::{Databases, Options};
use db::{Db, DbResult, Schema};
use flow::{Check, Flow, Fold};
use kernel::{Clock, DatabaseId, ModuleCode, SystemClock, Text};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use system::registry::{ContractRow, ModuleRow, ModuleState, Registry, Wanted};
use web::{Api, Contract, Edge, EdgeConfig, Outer};

/// Threads that write SQLite files.
const WRITERS: usize = 2;

/// What the registry is told of a module.
pub struct Admission {
    /// Its code.
    pub code: ModuleCode,
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: Text,
    /// What its databases are made of.
    pub schema: Arc<Schema>,
    /// How its events make its rows.
    pub fold: Option<Fold>,
    /// What else it promises of its rows.
    pub checks: Vec<Check>,
    /// The contracts of its events.
    pub contracts: Vec<Contract>,
    /// Its declaration, when it is installed and not built in.
    pub declared: Option<serde_json::Value>,
}

impl System {
    /// Puts the system together on a data folder, with the machine's clock.
    ///
    /// # Errors
    /// Saying what is in the way and what to do.
    pub async fn boot(config: Config, progress: &(dyn Fn(&str) + Sync)) -> Result<Self> {
        Self::boot_at(config, Arc::new(SystemClock), progress).await
    }

    /// Puts the system together with a clock of the caller's.
    ///
    /// # Errors
    /// As [`System::boot`].
    pub async fn boot_at(
        config: Config,
        clock: Arc<dyn Clock>,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self> {
        let folder = Folder::take(&config.data)?;
        let bus = Bus::default();
        let databases = start(&folder, &config, &bus)?;
        let placement = places::add_servers(&databases, &config).await?;
        progress("registry");
        let registry = registered::open(&folder, &config, placement, &databases, clock.clone()).await?;
        let flow = Flow::start(databases.clone(), bus.clone(), clock.clone());
        let edge = Edge::new(clock.clone(), bus.clone(), flow.clone(), edge_config(&config));
        let mut system = Self {
            folder,
            clock,
            databases,
            bus,
            flow,
            registry: Arc::new(registry),
            edge,
            endpoints: Vec::new(),
            router: axum::Router::new(),
            folds: RwLock::default(),
            checks: RwLock::default(),
            placement,
            modules: modules::Modules::default(),
            config,
        };
        system.folds =
            RwLock::new(BTreeMap::from([(system::registry::CODE.to_owned(), system::registry::fold())]));
        let own = system::registry::fold();
        system.modules.known.learn(system::registry::CODE, env!("CARGO_PKG_VERSION"), Some(&own), &[]);
        system.modules.known.keep_archives_in(system.folder.path().join("archives/events"));
        let api = modules::start(&mut system, progress).await?;
        system.connect_bus(progress).await?;
        system.make_sample(progress).await?;
        Ok(system.route(api))
    }

    /// Lets events travel through the broker, when there is to be one. What modules said and heard before counts: their
    /// cursors tell.
    async fn connect_bus(&self, progress: &(dyn Fn(&str) + Sync)) -> Result<()> {
        let Some(urls) = &self.config.bus else { return Ok(()) };
        progress("bus");
        let holder = self.folder.manifest()?.map(|manifest| manifest.master_key).unwrap_or_default();
        self.flow.connect(bus::Broker::new(urls)?, &holder).await?;
        Ok(())
    }

    /// Makes the sample company on the first start, or goes on with one that a crash left unfinished.
    async fn make_sample(&self, progress: &(dyn Fn(&str) + Sync)) -> Result<()> {
        let Some(manifest) = self.folder.manifest()?.filter(|manifest| manifest.sample_due) else {
            return Ok(());
        };
        if self.config.sample_allowed() {
            progress("sample company");
            modules::sample::seed(self).await.context("the sample company")?;
        }
        self.folder.write_manifest(&Manifest { sample_due: false, ..manifest })
    }

    /// Gives a module its database, and publishes what it says.
    ///
    /// # Errors
    /// When the place cannot be reached, or what is there is not ours.
    pub async fn admit(&self, module: Admission) -> Result<Db> {
        let id = DatabaseId::main(module.code.clone());
        let place = places::place(&self.config, self.placement, &self.databases, &id)?;
        self.registry
            .register(&ModuleRow {
                code: module.code.to_string(),
                version: module.version.clone(),
                name: module.name.clone(),
                state: ModuleState::Active,
                declared: module.declared,
                registered_at: self.clock.now(),
            })
            .await?;
        publish(&self.registry, module.code.as_str(), &module.contracts).await?;
        self.flow.publishes(module.code.clone(), module.contracts.iter().map(|c| c.kind.clone()));
        let wanted = Wanted { id, schema: module.schema.clone(), place };
        let db = self.registry.ensure(&self.databases, wanted).await;
        let db = db.with_context(|| format!("the database of {}", module.code))?;
        // What lies there may not be what the registry remembers: another file, or a newer program's.
        db.migrate(self.clock.now()).await.with_context(|| format!("the database of {}", module.code))?;
        let made_by = format!("{} {}", module.version, module.schema.fingerprint());
        self.modules.known.learn(module.code.as_str(), &made_by, module.fold.as_ref(), &module.contracts);
        if let Some(fold) = module.fold.clone() {
            let mut folds = self.folds.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            folds.insert(module.code.to_string(), fold);
        }
        let mut checks = self.checks.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        checks.insert(module.code.to_string(), module.checks);
        Ok(db)
    }

    fn route(mut self, api: Api) -> Self {
        let api = api.merge(console::api(&self));
        let outer = Outer::new(self.edge.clone(), &api.endpoints);
        self.edge.serve_calls(Some(api.router.clone()));
        let document = web::openapi(&api.endpoints, &self.config.public_url);
        let router = console::documentation(api.router, document).merge(web::assets::routes());
        let router = router.fallback(console::nothing_here);
        let router = router.method_not_allowed_fallback(console::no_such_method);
        self.router = router
            .layer(axum::middleware::from_fn_with_state(outer, web::outer))
            .layer(tower_http::compression::CompressionLayer::new());
        self.endpoints = api.endpoints;
        self
    }
}

async fn publish(registry: &Registry, code: &str, contracts: &[Contract]) -> DbResult<()> {
    for contract in contracts {
        let (kind, version, schema) = (contract.kind.clone(), contract.version, contract.schema.clone());
        registry.publish(&ContractRow { module: code.to_owned(), kind, version, schema }).await?;
    }
    Ok(())
}

pub(super) fn start(folder: &Folder, config: &Config, bus: &Bus) -> Result<Arc<Databases>> {
    let bus = bus.clone();
    let on_commit: db::OnCommit = Arc::new(move |database, position| {
        bus.announce(Signal::Log { database: database.clone(), position })
    });
    let folder = folder.path().to_owned();
    Ok(Databases::start(Options { folder, max_open: config.max_open, writers: WRITERS, on_commit })?)
}

fn edge_config(config: &Config) -> EdgeConfig {
    EdgeConfig {
        organisation: config.organisation.clone(),
        public_url: config.public_url.clone(),
        secure: config.public_url.starts_with("https://"),
        trusted_proxies: config.trusted_proxies.clone(),
        zone: config.zone.clone(),
        requests_per_second: config.requests_per_second,
    }
}

impl System {
    /// How modules share a server.
    #[must_use]
    pub fn placement(&self) -> Placement {
        self.placement
    }
}
