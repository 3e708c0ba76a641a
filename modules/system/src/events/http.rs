//! The event store's part of the API.

mod append;
mod export;
mod months;
mod read;

use super::known::Known;
use db::Db;
use std::sync::Arc;
use web::Api;

pub(super) use export::EXPORTED;
pub use read::view as event_view;

/// Where the API lives.
const ROOT: &str = "/api/v1/events";
/// To read events, streams and states. It is the console's own: `/api/v1/events` was published under it.
pub const READ: &str = "console.system.read";
/// To take events out of the house.
pub const EXPORT: &str = "events.event.export";
/// To append to the store's own streams.
pub const APPEND: &str = "events.event.append";
/// To declare types that can be appended.
pub const DECLARE: &str = "events.type.declare";
/// To archive and thaw months.
pub const ARCHIVE: &str = "events.partition.archive";

/// The routes.
pub(super) fn api(db: &Db, known: &Arc<Known>) -> Api {
    read::api(db, known).merge(append::api(db, known)).merge(months::api(db, known)).merge(export::api(db))
}
