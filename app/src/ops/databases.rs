//! Databases: their state, and bringing them up to date.

use super::{Voice, to_json};
use crate::system::System;
use db::databases::{Databases, Place};
use kernel::{Error, Result};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use system::registry::Registry;

/// A database, as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseStatus {
    /// Its name.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// Its place, without secrets.
    pub place: Json,
    /// The registry's word for its state.
    pub state: &'static str,
    /// The version of its schema.
    pub schema_version: u32,
    /// Counts its transitions.
    pub epoch: u64,
    /// The last position of its log; missing when it does not answer.
    pub position: Option<u64>,
    /// Bytes on disk.
    pub bytes: Option<u64>,
    /// Whether connections are open now.
    pub open: bool,
    /// Why it does not answer.
    pub error: Option<String>,
}

/// What the state of databases is read from.
#[derive(Clone)]
pub struct Parts {
    databases: Arc<Databases>,
    registry: Arc<Registry>,
    /// The registry's own place, which only the data folder names.
    own: Option<Place>,
}

impl Parts {
    /// Of a system.
    #[must_use]
    pub fn of(system: &System) -> Self {
        let own = system.folder.manifest().ok().flatten().map(|manifest| manifest.registry);
        Self { databases: system.databases.clone(), registry: system.registry.clone(), own }
    }
}

/// Every database with its state.
///
/// # Errors
/// When the registry cannot be read; a database that does not answer is shown so.
pub async fn status(parts: &Parts) -> Result<Vec<DatabaseStatus>> {
    let rows = parts.registry.databases().await?;
    let mut all = Vec::new();
    for db in parts.databases.all() {
        let row = rows.iter().find(|row| row.id == *db.id());
        let place = row.map(|row| row.place.clone()).or_else(|| parts.own.clone());
        let open = db.is_open();
        let head = db.head().await;
        all.push(DatabaseStatus {
            database: db.id().to_string(),
            engine: place.as_ref().map_or("–", Place::engine),
            place: place.map_or(Ok(Json::Null), to_json)?,
            state: row.map_or("active", |row| row.state.word()),
            schema_version: row.map_or_else(|| db.schema().version(), |row| row.schema_version),
            epoch: row.map_or(1, |row| row.epoch),
            position: head.as_ref().ok().map(|(position, _)| *position),
            bytes: db.size().await.ok(),
            open,
            error: head.err().map(|e| e.to_string()),
        });
    }
    Ok(all)
}

/// Brings every database to its schema's version.
pub(super) async fn migrate(system: &System, voice: &Voice) -> Result<Json> {
    let mut steps = 0;
    for db in system.databases.all() {
        voice.progress(format!("{}", db.id())).await;
        for step in db.migrate(system.clock.now()).await? {
            voice
                .row(json!({ "database": db.id(), "component": step.component, "version": step.version }))
                .await;
            steps += 1;
        }
    }
    Ok(json!({ "steps": steps }))
}

/// Builds a projection anew and waits for the swap.
pub(super) async fn rebuild(system: &System, projection: &str, voice: &Voice) -> Result<Json> {
    if !system.flow.rebuild(projection).await? {
        return Err(Error::new(
            kernel::Kind::NotFound,
            "unknown_projection",
            format!("Il n’y a pas de projection « {projection} »."),
            format!("There is no projection “{projection}”."),
        ));
    }
    let started = system.clock.now();
    while system.flow.is_building(projection).await? {
        voice.progress(format!("building {projection} beside the one that serves")).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let millis = (system.clock.now().0 - started.0) / 1000;
    Ok(json!({ "projection": projection, "rebuilt_in_ms": millis }))
}
