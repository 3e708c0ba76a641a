//! The broker, as an operator sees it: how far each log was sent, what nobody wants, and sending again.

use super::Voice;
use crate::system::System;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};

/// A row for each log, then the connection and what nobody wanted.
pub(super) async fn status(system: &System, voice: &Voice) -> Result<Json> {
    let status = system.flow.bus_status().await?.ok_or_else(no_bus)?;
    for lag in &status.relay {
        voice.row(json!({ "database": lag.database, "sent": lag.position, "of": lag.head })).await;
    }
    Ok(json!({ "connected_to": status.connected_to, "unrouted": status.unrouted }))
}

/// Answers how many positions of each log are looked at again.
pub(super) async fn refeed(system: &System, all: bool) -> Result<Json> {
    system.flow.bus_status().await?.ok_or_else(no_bus)?;
    Ok(json!({ "again": system.flow.refeed(all).await? }))
}

fn no_bus() -> Error {
    Error::refused(
        "no_bus",
        "Les événements ne passent par aucun courtier : le système tourne sans --bus.",
        "No broker carries the events: the system runs without --bus.",
    )
}
