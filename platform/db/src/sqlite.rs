//! The SQLite engine: one file per database, WAL, every commit flushed (`synchronous=FULL`).
//!
//! A few writer threads serve all files (a file always goes to the same thread, so it has one writer); another thread
//! checkpoints, off the write path. Readers are read-only connections of their own, opened on demand.

mod convert;
mod group;
mod migrate;
mod open;
mod reader;
mod writer;

pub(crate) use open::create_from_template;
pub use writer::SqliteHost;

use crate::engine::{Applied, Query};
use crate::{Batch, DbError, DbResult, Receipt, Row, Schema, Statement};
use reader::Readers;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use writer::Message;

/// What the threads know of one file.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    /// Set once when a flush failed: a failed fsync is never retried, the file takes no more writes until it is
    /// opened anew and has recovered from its log.
    failed: OnceLock<String>,
    /// A checkpoint is already on its way.
    checkpointing: AtomicBool,
    /// Pages in its WAL after the last commit.
    wal_pages: AtomicU64,
    /// The checkpointer has copied all but what was written meanwhile.
    nearly_copied: AtomicBool,
}

impl File {
    fn failure(&self) -> Option<DbError> {
        self.failed.get().map(|why| DbError::ReadOnly(why.clone()))
    }
}

/// An open SQLite database.
#[derive(Debug)]
pub(crate) struct SqliteDatabase {
    file: Arc<File>,
    host: Arc<SqliteHost>,
    readers: Arc<Readers>,
}

impl SqliteDatabase {
    /// Opens or creates a file. Refuses a file that is not one of ours.
    pub(crate) async fn open(host: Arc<SqliteHost>, path: &Path) -> DbResult<Self> {
        let file = Arc::new(File {
            path: path.to_owned(),
            failed: OnceLock::new(),
            checkpointing: AtomicBool::new(false),
            wal_pages: AtomicU64::new(0),
            nearly_copied: AtomicBool::new(false),
        });
        let readers = Arc::new(Readers::new(path));
        let database = Self { file, host, readers };
        database.on_writer(|_| Ok(())).await?;
        Ok(database)
    }

    pub(crate) async fn write(&self, batch: Batch) -> DbResult<Receipt> {
        if let Some(failure) = self.file.failure() {
            return Err(failure);
        }
        self.host.write(&self.file, batch).await
    }

    pub(crate) async fn read(&self, queries: Vec<Query>) -> DbResult<Vec<Vec<Row>>> {
        self.readers.read(queries).await
    }

    pub(crate) async fn migrate(&self, schema: &Schema, at: kernel::Timestamp) -> DbResult<Vec<Applied>> {
        let schema = schema.clone();
        let applied = self.on_writer(move |connection| migrate::run(connection, &schema, at)).await?;
        self.readers.forget();
        Ok(applied)
    }

    /// How many steps of migrations were run; 0 for a new file.
    pub(crate) async fn steps_run(&self) -> DbResult<usize> {
        self.on_writer(|connection| migrate::steps_run(connection)).await
    }

    pub(crate) async fn prepare(&self, statement: &Statement) -> DbResult<()> {
        let sql = statement.sqlite().to_owned();
        self.on_writer(move |connection| connection.prepare(&sql).map(drop).map_err(convert::error)).await
    }

    pub(crate) async fn size(&self) -> DbResult<u64> {
        Ok(std::fs::metadata(&self.file.path).map_err(|e| DbError::Unavailable(e.to_string()))?.len())
    }

    /// Copies the database as it stands at one position into a new file, while it is in use.
    pub(crate) async fn copy_to(&self, target: &Path) -> DbResult<()> {
        let (source, target) = (self.file.path.clone(), target.to_owned());
        let copy = move || {
            let connection = reader::open(&source)?;
            let text = target.to_str().ok_or_else(|| DbError::internal("the path is not UTF-8"))?;
            connection.execute("VACUUM INTO ?1", [text]).map(drop).map_err(convert::error)
        };
        tokio::task::spawn_blocking(copy).await.map_err(|e| DbError::internal(e.to_string()))?
    }

    pub(crate) async fn close(&self) {
        // Those who write go last: the last to leave a file copies its WAL home and removes it, which a reader cannot.
        self.readers.close().await;
        self.host.close(&self.file).await;
    }

    /// Runs something on the writer's own connection, between two groups.
    async fn on_writer<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut rusqlite::Connection) -> DbResult<T> + Send + 'static,
    ) -> DbResult<T> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let run = Box::new(move |connection: DbResult<&mut rusqlite::Connection>| {
            let _ = answer.send(connection.and_then(job));
        });
        self.host.send(&self.file, Message::Run { file: self.file.clone(), run }).await?;
        answered.await.map_err(|_| DbError::Unavailable("the writer has ended".into()))?
    }
}

impl File {
    /// Whether a checkpoint may start now; at most one per file is under way.
    fn claim_checkpoint(&self) -> bool {
        !self.checkpointing.swap(true, Ordering::AcqRel)
    }
}
