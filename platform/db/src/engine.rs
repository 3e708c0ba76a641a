//! The two engines behind one face. The compliance suite (`tests/compliance`) is their contract.

use crate::postgres::PgDatabase;
use crate::sqlite::SqliteDatabase;
use crate::{Batch, DbResult, Receipt, Row, Schema, Statement, Value};

/// A read: a statement and its parameters.
#[derive(Clone, Debug)]
pub struct Query {
    /// The statement.
    pub statement: Statement,
    /// Its parameters, in the order of the placeholders.
    pub params: Vec<Value>,
}

/// A step of a schema that was run on a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// `platform` or `module`.
    pub component: String,
    /// The step's number.
    pub version: u32,
    /// The step's checksum.
    pub checksum: String,
}

/// An open database of either engine.
#[derive(Debug)]
pub(crate) enum Engine {
    /// A file.
    Sqlite(SqliteDatabase),
    /// A database or a schema on a server.
    Postgres(PgDatabase),
}

impl Engine {
    /// Hands a Batch to the writer and waits for its commit. The Batch is already checked and sealed, and carries
    /// at least one event if it touches `state` rows. Dropping the future changes nothing: the writer goes on.
    pub(crate) async fn write(&self, batch: Batch) -> DbResult<Receipt> {
        match self {
            Self::Sqlite(database) => database.write(batch).await,
            Self::Postgres(database) => database.write(batch).await,
        }
    }

    /// Runs reads in one snapshot, in order.
    pub(crate) async fn read(&self, queries: Vec<Query>) -> DbResult<Vec<Vec<Row>>> {
        match self {
            Self::Sqlite(database) => database.read(queries).await,
            Self::Postgres(database) => database.read(queries).await,
        }
    }

    /// Brings the database to a schema's version, each step in one transaction with its version row. Answers the
    /// steps that it ran.
    ///
    /// Refuses a database whose recorded steps are newer than the schema's, or whose checksums differ.
    pub(crate) async fn migrate(&self, schema: &Schema, at: kernel::Timestamp) -> DbResult<Vec<Applied>> {
        match self {
            Self::Sqlite(database) => database.migrate(schema, at).await,
            Self::Postgres(database) => database.migrate(schema, at).await,
        }
    }

    /// Prepares a statement without running it, to prove that the engine understands it.
    pub(crate) async fn prepare(&self, statement: &Statement) -> DbResult<()> {
        match self {
            Self::Sqlite(database) => database.prepare(statement).await,
            Self::Postgres(database) => database.prepare(statement).await,
        }
    }

    /// Bytes on disk, for the operator.
    pub(crate) async fn size(&self) -> DbResult<u64> {
        match self {
            Self::Sqlite(database) => database.size().await,
            Self::Postgres(database) => database.size().await,
        }
    }

    /// Finishes the writes that were handed over, and lets go of every connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(database) => database.close().await,
            Self::Postgres(database) => database.close().await,
        }
    }
}
