//! The event store from the command line: its months, and events as lines.

use super::Voice;
use crate::system::System;
use db::Db;
use kernel::{Actor, Cause, DatabaseId, Error, Result};
use serde_json::{Value as Json, json};
use system::events::{self, Order, Partition, Wanted};

/// Events read at once.
const PAGE: u32 = 500;

fn store(system: &System) -> Result<Db> {
    let code = kernel::ModuleCode::new(events::CODE).map_err(|e| Error::internal(e.to_string()))?;
    system.database(&DatabaseId::main(code))
}

fn row(month: &Partition) -> Json {
    json!({ "partition": month.name, "state": month.state, "events": month.events, "first_at": month.first_at,
        "last_at": month.last_at, "file": month.file, "bytes": month.file_bytes, "sha256": month.file_sha256 })
}

/// The months.
pub(super) async fn months(system: &System) -> Result<Json> {
    let months = events::partitions(&store(system)?).await?;
    Ok(months.iter().map(row).collect())
}

/// Archives a month that is over, or thaws one.
pub(super) async fn move_month(system: &System, month: &str, to_file: bool, voice: &Voice) -> Result<Json> {
    let store = store(system)?;
    let by = (&*system.clock, Cause::new(&Actor::system("command line"), system.clock.new_id()));
    let known = &system.modules.known;
    voice.progress(format!("{month}: {}", if to_file { "into a file" } else { "back from its file" })).await;
    let month = match to_file {
        true => events::archive(&store, known, month, by).await?,
        false => events::thaw(&store, known, month, by).await?,
    };
    Ok(row(&month))
}

/// Gives the events that are wanted, oldest first, one by one.
pub(super) async fn export(system: &System, wanted: &Wanted, voice: &Voice) -> Result<Json> {
    let store = store(system)?;
    events::at_hand(&store, wanted).await?;
    let (mut beyond, mut given) = (None, 0);
    loop {
        let found = events::find(&store, wanted, Order::Oldest, beyond, PAGE).await?;
        for stored in &found.events {
            if !voice.row(events::event_view(stored)).await {
                return Ok(json!({ "events": given }));
            }
            given += 1;
        }
        beyond = found.next;
        if beyond.is_none() {
            return Ok(json!({ "events": given }));
        }
    }
}
