//! The handle on one database: the only way to read or write it.

use crate::engine::{Applied, Engine, Query};
use crate::personal::Subjects;
use crate::sqlite::SqliteHost;
use crate::vault::Key;
use crate::{Batch, DbError, DbResult, Event, GENESIS, Hash, NewEvent, Receipt, Row, Schema, Statement};
use crate::{RowChange, StoredReply, Value, platform};
use kernel::{DatabaseId, Timestamp, Uuid, planted};
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use tokio::sync::Mutex;

/// Opens the engine of a database when it is needed.
pub(crate) type Opener =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = DbResult<Engine>> + Send>> + Send + Sync>;

/// Called with the database and its last position after each commit of events, or of what somebody waits for
/// ([`Statement::wakes`](crate::Statement::wakes)).
pub type OnCommit = Arc<dyn Fn(&DatabaseId, u64) + Send + Sync>;

pub(crate) struct Inner {
    id: DatabaseId,
    schema: Arc<Schema>,
    subjects: Subjects,
    opener: Opener,
    /// The threads that write files: a backup of any engine is one.
    pub(crate) host: Arc<SqliteHost>,
    engine: RwLock<Option<Arc<Engine>>>,
    /// Held while the engine is opened or closed, so that nobody opens what somebody still closes.
    changing: Mutex<()>,
    on_commit: OnCommit,
    /// The last position known here; what readers of this process wait for.
    head: AtomicU64,
    /// Order of use, for closing what has not been used for longest.
    pub(crate) used: AtomicI64,
}

impl Inner {
    fn opened(&self) -> Option<Arc<Engine>> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn slot(&self) -> RwLockWriteGuard<'_, Option<Arc<Engine>>> {
        self.engine.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle on one database. Cheap to clone; the database opens on first use and may be closed and opened again
/// behind it.
#[derive(Clone)]
pub struct Db(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.0.id)
    }
}

impl Db {
    pub(crate) fn new(
        id: DatabaseId,
        schema: Arc<Schema>,
        key: Key,
        (opener, on_commit): (Opener, OnCommit),
        host: Arc<SqliteHost>,
    ) -> Self {
        Self(Arc::new(Inner {
            id,
            schema,
            subjects: Subjects::new(key),
            opener,
            host,
            engine: RwLock::new(None),
            changing: Mutex::new(()),
            on_commit,
            head: AtomicU64::new(0),
            used: AtomicI64::new(0),
        }))
    }

    /// Which database this is.
    #[must_use]
    pub fn id(&self) -> &DatabaseId {
        &self.0.id
    }

    /// What it is made of.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.0.schema
    }

    pub(crate) fn subjects(&self) -> &Subjects {
        &self.0.subjects
    }

    pub(crate) async fn engine(&self) -> DbResult<Arc<Engine>> {
        static USES: AtomicI64 = AtomicI64::new(0);
        self.0.used.store(USES.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if let Some(engine) = self.0.opened() {
            return Ok(engine);
        }
        let _changing = self.0.changing.lock().await;
        if let Some(engine) = self.0.opened() {
            return Ok(engine);
        }
        let engine = Arc::new((self.0.opener)().await?);
        *self.0.slot() = Some(engine.clone());
        Ok(engine)
    }

    /// Whether connections are open now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.opened().is_some()
    }

    /// A number that grows with each use of any database of the process.
    pub(crate) fn last_used(&self) -> i64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Closes the connections unless somebody is using them now.
    pub(crate) async fn close_if_idle(&self) {
        let _changing = self.0.changing.lock().await;
        let idle = self.0.slot().take_if(|engine| Arc::strong_count(engine) == 1);
        if let Some(engine) = idle {
            engine.close().await;
        }
    }

    /// Commits a Batch: all of it, after its flush, or nothing. Answers the position of its last event.
    ///
    /// # Errors
    /// [`DbError::Missed`] and [`DbError::StreamMoved`] when somebody was faster; [`DbError::Repeated`] when the
    /// idempotency key was used; [`DbError::Unregistered`] for a statement of another schema.
    pub async fn write(&self, batch: Batch) -> DbResult<Receipt> {
        for write in &batch.writes {
            self.0.schema.admit(&write.statement, true)?;
        }
        self.write_platform(batch).await
    }

    /// As [`Db::write`], for the platform's own statements too.
    pub(crate) async fn write_platform(&self, mut batch: Batch) -> DbResult<Receipt> {
        Box::pin(self.seal_events(&mut batch)).await?;
        name_silent_change(&mut batch)?;
        let logged = !batch.events.is_empty();
        let waking = batch.writes.iter().any(|write| write.statement.is_waking()) && !planted("timer_untold");
        let receipt = self.engine().await?.write(batch).await?;
        if logged {
            self.0.head.fetch_max(receipt.position, Ordering::AcqRel);
        }
        if logged || waking {
            (self.0.on_commit)(&self.0.id, self.known_head());
        }
        Ok(receipt)
    }

    /// Commits a Batch that may hold statements of the platform's machinery (`consumer_cursor`, `timer`…), which
    /// `flow` registers under its own catalogue.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_with(&self, batch: Batch, machinery: &Schema) -> DbResult<Receipt> {
        for write in &batch.writes {
            self.0
                .schema
                .admit(&write.statement, true)
                .or_else(|_| machinery.admit(&write.statement, true))?;
        }
        self.write_platform(batch).await
    }

    /// Reads with one statement.
    ///
    /// # Errors
    /// [`DbError::Unregistered`], [`DbError::Unavailable`].
    pub async fn query(&self, statement: &Statement, params: Vec<Value>) -> DbResult<Vec<Row>> {
        self.0.schema.admit(statement, false)?;
        self.read_platform(Query { statement: statement.clone(), params }).await
    }

    /// Reads the first row of an answer.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn query_one(&self, statement: &Statement, params: Vec<Value>) -> DbResult<Option<Row>> {
        Ok(self.query(statement, params).await?.into_iter().next())
    }

    /// Reads with several statements in one snapshot.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn snapshot(&self, queries: Vec<Query>) -> DbResult<Vec<Vec<Row>>> {
        for query in &queries {
            self.0.schema.admit(&query.statement, false)?;
        }
        self.engine().await?.read(queries).await
    }

    /// Reads with a statement of a machinery that `flow` registers under its own catalogue.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn query_with(
        &self,
        statement: &Statement,
        params: Vec<Value>,
        machinery: &Schema,
    ) -> DbResult<Vec<Row>> {
        machinery.admit(statement, false)?;
        self.read_platform(Query { statement: statement.clone(), params }).await
    }

    pub(crate) async fn read_platform(&self, query: Query) -> DbResult<Vec<Row>> {
        Ok(self.engine().await?.read(vec![query]).await?.pop().unwrap_or_default())
    }

    /// The last position and its hash; 0 and [`GENESIS`] for an empty log.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn head(&self) -> DbResult<(u64, Hash)> {
        let query = Query { statement: platform::HEAD.clone(), params: Vec::new() };
        match self.read_platform(query).await?.first() {
            None => Ok((0, GENESIS)),
            Some(row) => Ok((row.count(0)?, hash(row, 1)?)),
        }
    }

    /// The last position that this process has seen committed; cheap, and never ahead of the truth.
    #[must_use]
    pub fn known_head(&self) -> u64 {
        self.0.head.load(Ordering::Acquire)
    }

    /// The entries after a position, at most `limit`, in order. Positions are dense, so fewer means the end.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn log_after(&self, position: u64, limit: u32) -> DbResult<Vec<Event>> {
        let params = crate::params![position, position.saturating_add(limit.into())];
        self.events(&platform::LOG_AFTER, params).await
    }

    /// The entries of one stream after a version, at most `limit`, in order.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn stream(&self, stream: &str, after_version: u64, limit: u32) -> DbResult<Vec<Event>> {
        self.events(&platform::STREAM_AFTER, crate::params![stream, after_version, limit]).await
    }

    /// The last version of one stream; 0 when nothing was ever written to it.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn stream_version(&self, stream: &str) -> DbResult<u64> {
        let query = Query { statement: platform::STREAM_VERSION.clone(), params: crate::params![stream] };
        let rows = self.read_platform(query).await?;
        let version = rows.first().map_or(Ok(None), |row| row.opt_int(0))?;
        Ok(version.map_or(0, i64::unsigned_abs))
    }

    /// The entries under one correlation id, in order.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn correlated(&self, correlation_id: Uuid, limit: u32) -> DbResult<Vec<Event>> {
        self.events(&platform::CORRELATED, crate::params![correlation_id, limit]).await
    }

    async fn events(&self, statement: &Statement, params: Vec<Value>) -> DbResult<Vec<Event>> {
        let rows = self.read_platform(Query { statement: statement.clone(), params }).await?;
        rows.into_iter().map(event).collect()
    }

    /// The changes of rows of `state` tables at the `limit` positions after a position, in order. A row that changed
    /// more than once is there more than once: the last word counts.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn row_changes_after(&self, position: u64, limit: u32) -> DbResult<Vec<RowChange>> {
        let params = crate::params![position, position.saturating_add(limit.into())];
        let query = Query { statement: platform::ROW_CHANGES.clone(), params };
        let change = |row: &Row| {
            Ok(RowChange {
                table: row.text(0)?,
                key: row.text(1)?,
                position: row.count(2)?,
                deleted: row.bool(3)?,
            })
        };
        self.read_platform(query).await?.iter().map(change).collect()
    }

    /// All rows of one of the schema's own tables, some columns, for verification.
    ///
    /// # Errors
    /// [`DbError::Schema`] for a table that is not the schema's or a name that is not one.
    pub async fn rows_of(&self, table: &str, columns: &[&str]) -> DbResult<Vec<Row>> {
        let named = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !self.0.schema.tables().contains_key(table) || !columns.iter().all(named) {
            return Err(DbError::Schema(format!("`{table}` is not a table of {}", self.0.id)));
        }
        let sql = format!("SELECT {} FROM {table}", columns.join(", "));
        self.read_platform(Query { statement: Statement::read("rows_of", sql), params: Vec::new() }).await
    }

    /// The reply kept for an actor's idempotency key.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn reply_of(&self, actor: &str, key: &str) -> DbResult<Option<StoredReply>> {
        let query = Query { statement: platform::REPLY_OF.clone(), params: crate::params![actor, key] };
        let rows = self.read_platform(query).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let status = u16::try_from(row.int(1)?).map_err(|e| DbError::internal(e.to_string()))?;
        Ok(Some(StoredReply { fingerprint: hash(row, 0)?, status, reply: row.text(2)? }))
    }

    /// Forgets kept replies older than an instant.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn forget_replies(&self, before: Timestamp, cause: kernel::Cause) -> DbResult<()> {
        let mut batch = Batch::new(before, cause);
        batch.write(&platform::FORGET_REPLIES, crate::params![before]);
        self.write_platform(batch).await.map(drop)
    }

    /// Brings the database to its schema's version; answers the steps that were run.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when the database is newer than the program, or was made by other steps.
    pub async fn migrate(&self, at: Timestamp) -> DbResult<Vec<Applied>> {
        self.engine().await?.migrate(&self.0.schema, at).await
    }

    /// Proves that the engine understands every registered statement.
    ///
    /// # Errors
    /// [`DbError::Schema`] naming the first that it does not.
    pub async fn prepare_all(&self) -> DbResult<usize> {
        let engine = self.engine().await?;
        let mut prepared = 0;
        for statement in self.0.schema.statements().chain(&platform::all()) {
            let named = |e: DbError| DbError::Schema(format!("{}: `{}`: {e}", self.0.id, statement.name()));
            engine.prepare(statement).await.map_err(named)?;
            prepared += 1;
        }
        Ok(prepared)
    }

    /// Bytes on disk.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn size(&self) -> DbResult<u64> {
        self.engine().await?.size().await
    }

    /// Lets go of every connection after the writes under way; the next use opens it again.
    pub async fn close(&self) {
        let _changing = self.0.changing.lock().await;
        let engine = self.0.slot().take();
        if let Some(engine) = engine {
            engine.close().await;
        }
    }
}

/// Every Batch that changes state takes a place in the log: one without an event of its own gets `rows.changed`.
fn name_silent_change(batch: &mut Batch) -> DbResult<()> {
    if !batch.events.is_empty() {
        return Ok(());
    }
    let touched = batch.touched()?;
    if touched.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = touched.iter().map(|(table, key, deleted)| json!([table, key, deleted])).collect();
    batch.events.push(NewEvent::new(batch.at.new_id(), "rows.changed", "rows", json!({ "rows": rows })));
    Ok(())
}

fn hash(row: &Row, column: usize) -> DbResult<Hash> {
    row.bytes(column)?.try_into().map_err(|_| DbError::Unfit("a stored hash has not 32 bytes".into()))
}

fn event(mut row: Row) -> DbResult<Event> {
    Ok(Event {
        position: row.count(0)?,
        at: row.instant(1)?,
        id: row.uuid(2)?,
        kind: row.take_text(3)?,
        version: u32::try_from(row.int(4)?).map_err(|e| DbError::internal(e.to_string()))?,
        stream: row.take_text(5)?,
        stream_version: row.count(6)?,
        actor: row.take_text(7)?,
        correlation_id: row.uuid(8)?,
        causation_id: row.opt_uuid(9)?,
        data: row.take_text(10)?,
        hash: hash(&row, 11)?,
    })
}
