//! PostgreSQL 15 and newer.
//!
//! A database has one writer task with a connection of its own, and a few connections that read. The algorithm of
//! the writer: a group of Batches in one transaction, guards first, equal statements folded, the log under an
//! advisory lock; `group` and `pass` say it step by step.

mod budget;
mod connection;
mod fault;
mod flight;
mod fold;
mod form;
mod group;
mod host;
mod job;
mod migrate;
mod options;
mod own;
mod pass;
mod plan;
mod pool;
mod scram;
mod session;
mod slot;
mod tls;
mod url;
mod values;
mod words;
mod writer;

pub use budget::PgBudget;
pub use host::PgHost;
pub use options::PgOptions;
pub use url::PgUrl;

use crate::engine::{Applied, Query};
use crate::{Batch, DbError, DbResult, Receipt, Row, Schema, Statement};
use connection::{Connection, Purpose};
use pool::Pool;
use std::sync::Arc;
use writer::Writer;

/// An open database, or schema of one, on a server. Connections are made when they are needed.
#[derive(Debug)]
pub(crate) struct PgDatabase {
    options: Arc<PgOptions>,
    writer: Writer,
    readers: Pool,
}

impl PgDatabase {
    /// Makes a database usable; connects to nothing yet.
    pub(crate) async fn open(options: PgOptions) -> DbResult<Self> {
        let options = Arc::new(options);
        let (writer, readers) = (Writer::new(options.clone()), Pool::new(options.clone()));
        Ok(Self { options, writer, readers })
    }

    pub(crate) async fn write(&self, batch: Batch) -> DbResult<Receipt> {
        self.writer.write(batch).await
    }

    pub(crate) async fn read(&self, queries: Vec<Query>) -> DbResult<Vec<Vec<Row>>> {
        self.readers.read(&queries).await
    }

    pub(crate) async fn migrate(&self, schema: &Schema, at: kernel::Timestamp) -> DbResult<Vec<Applied>> {
        migrate::run(&self.options, schema, at).await
    }

    pub(crate) async fn prepare(&self, statement: &Statement) -> DbResult<()> {
        self.readers.prepare(statement.sql()).await
    }

    /// Bytes of the database, or of the tables, indexes and large values of the schema.
    pub(crate) async fn size(&self) -> DbResult<u64> {
        const DATABASE: &str = "SELECT pg_database_size(current_database())";
        const SCHEMA: &str = "
            SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'm')";
        let sql = if self.options.schema.is_some() { SCHEMA } else { DATABASE };
        let connection = Connection::open(&self.options, Purpose::Read).await?;
        let row = connection.client().query_one(sql, &[]).await.map_err(|e| fault::answer(&e))?;
        let bytes: i64 = row.try_get(0).map_err(|e| DbError::internal(e.to_string()))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    pub(crate) async fn close(&self) {
        self.writer.close().await;
        self.readers.close();
    }
}
