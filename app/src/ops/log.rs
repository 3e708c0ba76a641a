//! Reading a log.

use super::Voice;
use crate::system::System;
use bus::Signal;
use db::Event;
use kernel::{DatabaseId, Error, Result};
use serde_json::{Value as Json, json};

/// An entry as JSON; personal members stay sealed.
pub fn entry(event: &Event) -> Json {
    let hash: String = event.hash.iter().map(|b| format!("{b:02x}")).collect();
    json!({
        "position": event.position, "at": event.at, "id": event.id, "type": event.kind, "version": event.version,
        "stream": event.stream, "stream_version": event.stream_version, "actor": event.actor,
        "correlation_id": event.correlation_id, "causation_id": event.causation_id,
        "data": event.json().unwrap_or(Json::Null), "hash": hash,
    })
}

/// Entries after a position: `limit` of them, or all that come for as long as somebody listens.
pub(super) async fn read(
    system: &System,
    database: &str,
    after: u64,
    limit: Option<u32>,
    voice: &Voice,
) -> Result<Json> {
    let id: DatabaseId = database.parse().map_err(|e: kernel::BadCode| {
        Error::invalid("bad_database", format!("« {database} » n’est pas un nom de base."), e.to_string())
    })?;
    let db = system.database(&id)?;
    let mut news = system.bus.listen();
    let mut stop = system.flow.stopping();
    let (mut position, mut given) = (after, 0);
    loop {
        let page = db.log_after(position, 500).await?;
        for event in &page {
            if limit.is_some_and(|limit| given >= limit) || !voice.row(entry(event)).await {
                return Ok(json!({ "entries": given, "position": position }));
            }
            (position, given) = (event.position, given + 1);
        }
        if page.is_empty() {
            if limit.is_some() {
                return Ok(json!({ "entries": given, "position": position }));
            }
            loop {
                let signal = tokio::select! {
                    signal = news.next() => signal,
                    _ = stop.wait_for(|stop| *stop) => None,
                };
                match signal {
                    None => return Ok(json!({ "entries": given, "position": position })),
                    Some(Signal::Log { database, .. }) if database == id => break,
                    Some(Signal::Everything) => break,
                    Some(_) => {}
                }
            }
        }
    }
}
