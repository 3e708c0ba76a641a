//! Read-only connections of one file: opened on demand, at most a few, run off the runtime's threads.

use super::convert;
use super::open::{PREPARED, steady_plans};
use crate::engine::Query;
use crate::{DbError, DbResult, Row};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads that run at once on one file; more wait.
const AT_ONCE: u32 = 4;

/// The idle readers of one file.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

/// Opens a file for reading only.
pub(super) fn open(path: &Path) -> DbResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(convert::error)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(convert::error)?;
    connection.pragma_update(None, "cache_size", -512).map_err(convert::error)?;
    steady_plans(&connection).map_err(convert::error)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::new(Vec::new()),
            turns: Arc::new(Semaphore::new(AT_ONCE as usize)),
        }
    }

    /// Closes the idle connections: the schema has changed.
    pub(super) fn forget(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits for the reads under way, then closes every connection.
    pub(super) async fn close(&self) {
        let _all = self.turns.acquire_many(AT_ONCE).await;
        self.forget();
    }

    /// Runs reads in one snapshot, in order.
    pub(super) async fn read(self: &Arc<Self>, queries: Vec<Query>) -> DbResult<Vec<Vec<Row>>> {
        let readers = self.clone();
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|e| DbError::Unavailable(e.to_string()))?;
        let work = move || {
            // Held by the work, not by its caller, who may go away before it ends.
            let _turn = turn;
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| open(&readers.path), Ok)?;
            let answers = snapshot(&connection, &queries)?;
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(answers)
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| DbError::internal(e.to_string()))?
    }
}

/// A failed read drops its connection, and with it the open transaction.
fn snapshot(connection: &Connection, queries: &[Query]) -> DbResult<Vec<Vec<Row>>> {
    let several = queries.len() > 1;
    if several {
        connection.execute_batch("BEGIN").map_err(convert::error)?;
    }
    let answers = queries.iter().map(|query| run(connection, query)).collect::<DbResult<Vec<_>>>()?;
    if several {
        connection.execute_batch("COMMIT").map_err(convert::error)?;
    }
    Ok(answers)
}

fn run(connection: &Connection, query: &Query) -> DbResult<Vec<Row>> {
    let mut statement = connection.prepare_cached(query.statement.sqlite()).map_err(convert::error)?;
    let columns = statement.column_count();
    let rows = statement
        .query_map(rusqlite::params_from_iter(&query.params), |row| convert::row(row, columns))
        .map_err(convert::error)?;
    rows.collect::<Result<Vec<_>, _>>().map_err(convert::error)
}
