//! Opening a file for writing, and making one from a template.

use super::convert;
use crate::{DbError, DbResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::path::Path;

/// `Arch` in the header of every file of ours (PRAGMA application_id).
const APPLICATION_ID: i64 = 0x4172_6368;

/// Bytes that SQLite takes for all files together before caches give pages back.
const MEMORY: i64 = 256 << 20;

/// Bytes of WAL that a file may keep while it is open.
const WAL_KEPT: i64 = 64 << 20;

/// Statements kept prepared per connection.
pub(super) const PREPARED: usize = 200;

/// Opens a file for its one writer; creates it when it is not there.
pub(super) fn writer(path: &Path) -> DbResult<Connection> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| DbError::Unavailable(format!("{}: {e}", folder.display())))?;
    }
    let named = |e: rusqlite::Error| match convert::error(e) {
        DbError::Unfit(why) => {
            DbError::Unfit(format!("{} is not an Archipel database: {why}", path.display()))
        }
        DbError::Unavailable(why) => DbError::Unavailable(format!("{}: {why}", path.display())),
        other => other,
    };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(named)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(named)?;
    let known: i64 = connection.pragma_query_value(None, "application_id", |r| r.get(0)).map_err(named)?;
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(named)?;
    if known != APPLICATION_ID && (objects > 0 || known != 0) {
        return Err(DbError::Unfit(format!(
            "{} is not an Archipel database: it holds another program's data. Move it away, or choose another folder",
            path.display()
        )));
    }
    for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL"), ("foreign_keys", "ON")] {
        connection.pragma_update(None, name, value).map_err(named)?;
    }
    let numbers = [
        ("application_id", APPLICATION_ID),
        ("wal_autocheckpoint", 0),
        // Only a WAL that a reader has made grow is cut. One of the usual size is written over from its beginning: a
        // flush of blocks that the file has already is much cheaper than one of blocks that it gains.
        ("journal_size_limit", WAL_KEPT),
        // A group touches more pages than the default cache holds: they would be written and read again within one
        // transaction. Kilobytes, taken only as they are used.
        ("cache_size", -16_000),
        ("cache_spill", 0),
        // What a savepoint can roll back to stays in memory, not in a file.
        ("temp_store", 2),
        // Of the whole process: beyond it, caches give back what they can spare.
        ("soft_heap_limit", MEMORY),
    ];
    for (name, value) in numbers.into_iter().filter(|(n, _)| *n != "application_id" || known == 0) {
        connection.pragma_update(None, name, value).map_err(named)?;
    }
    // Only a connection that has read from the WAL takes it away when it is the last to leave.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(named)?;
    steady_plans(&connection).map_err(named)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// Keeps a statement's plan whatever is bound to it. Otherwise the planner looks at each value, and a kept statement is
/// prepared anew whenever one changes.
pub(super) fn steady_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Makes a new database as a copy of a frozen template: copy, flush, rename, flush the folder. A crash leaves either
/// no file or a whole one.
pub(crate) fn create_from_template(template: &Path, path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("unfinished");
    fs::copy(template, &unfinished)?;
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}
