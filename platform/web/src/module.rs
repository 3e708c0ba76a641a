//! What a module of the business gives to the platform: its database, its events, its routes.

use crate::access::Grant;
use crate::api::Api;
use crate::edge::{Edge, MenuItem};
use db::{Db, Schema};
use flow::{Check, Consumer, Fold, TimerHandler};
use kernel::{ModuleCode, Text};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A role that a module gives something to, when it is installed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleGrant {
    /// The role's code.
    pub role: String,
    /// What it may do, and how far.
    pub grant: Grant,
}

/// A module, before it has a database.
pub struct Module {
    /// Its code; databases, routes and permissions are named after it.
    pub code: ModuleCode,
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: Text,
    /// What its databases are made of.
    pub schema: Arc<Schema>,
    /// How its events make its rows, for verification.
    pub fold: Option<Fold>,
    /// What else it promises of its rows, for verification.
    pub checks: Vec<Check>,
    /// What its roles may do.
    pub grants: Vec<RoleGrant>,
    /// Its lines of the menu.
    pub menu: Vec<MenuItem>,
    /// The versioned contracts of its events, as JSON Schema by `type` and version.
    pub contracts: Vec<Contract>,
    /// What it declares to other modules, by the name of the contract: figures for the dashboard.
    pub declares: BTreeMap<String, serde_json::Value>,
    /// Puts it to work on its database.
    pub start: Box<dyn FnOnce(Wiring) -> Parts + Send>,
}

/// The contract of an event.
#[derive(Clone, PartialEq, Debug)]
pub struct Contract {
    /// The event's type.
    pub kind: String,
    /// Its version.
    pub version: u32,
    /// JSON Schema 2020-12 of its data.
    pub schema: serde_json::Value,
}

/// What a module is given.
pub struct Wiring {
    /// The edge.
    pub edge: Arc<Edge>,
    /// Its own database, and no other.
    pub db: Db,
}

/// What a module does once it has a database.
#[derive(Default)]
pub struct Parts {
    /// Its routes.
    pub api: Api,
    /// What follows the logs of others into its database.
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// What its timers do.
    pub timers: Option<Arc<dyn TimerHandler>>,
}
