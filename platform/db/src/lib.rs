//! Databases: the only crate that knows SQL drivers.
//!
//! A database is an island. Its handle, [`Db`], is the capability to use it: there is no shared pool, no ambient
//! tenant, no SQL across two of them. Every write is one [`Batch`] (rows, events and the reply kept for an
//! idempotency key), committed whole or not at all, and every Batch that changes state takes a dense position in the
//! database's one log. Whatever crosses to another database is a cursor over that log.
//!
//! Invariants:
//! - No transaction is ever held open across an `await` of the caller: a Batch is data, not a closure.
//! - A write is acknowledged after its commit reached the disk, with the positions that it took.
//! - A statement that is not registered in the database's [`Schema`] does not run; one that names another module's
//!   table is refused at registration.
//! - SQL is written once, in the subset that SQLite and PostgreSQL share; what differs lives in one dialect file
//!   per engine.

mod batch;
pub mod databases;
mod db;
mod engine;
mod error;
mod event;
mod params;
mod personal;
mod platform;
mod postgres;
pub mod schema;
mod sqlite;
mod statement;
mod transfer;
mod value;
pub mod vault;

pub use batch::{Batch, Expect, Expected, Idempotency, NewEvent, Personal, Receipt, StoredReply, Write};
pub use db::{Db, OnCommit};
pub use engine::{Applied, Query};
pub use error::DbError;
pub use event::{ChainError, Event, GENESIS, Hash, RowChange};
pub use postgres::{PgBudget, PgHost, PgOptions, PgUrl};
pub use schema::{Migration, Schema, Table, TableClass};
pub use sqlite::SqliteHost;
pub use statement::{Access, Statement};
pub use transfer::place_file;
pub use value::{Row, Value};

/// The result of everything that touches a database.
pub type DbResult<T> = Result<T, DbError>;
