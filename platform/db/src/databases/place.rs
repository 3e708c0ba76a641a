//! Where a database lives, and how one is made there.

use super::{Databases, NewDatabase};
use crate::postgres::PgDatabase;
use crate::sqlite::{SqliteDatabase, create_from_template};
use crate::{DbError, DbResult};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where a database lives. Kept in the registry; holds no secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "lowercase")]
pub enum Place {
    /// A file in the data folder.
    Sqlite {
        /// Path relative to the data folder.
        file: String,
    },
    /// A database, or a schema of one, on a server.
    Postgres {
        /// The server's name in the configuration.
        server: String,
        /// The database.
        database: String,
        /// The schema, when several modules share the database (MONO-DB).
        schema: Option<String>,
        /// The login role, which has rights nowhere else.
        role: String,
    },
}

impl Place {
    /// The engine's name: `sqlite` or `postgres`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }
}

/// A PostgreSQL server.
pub struct Server {}

impl Server {
    pub(super) async fn open(
        &self,
        _database: &str,
        _schema: Option<&str>,
        _role: &str,
        _password: Option<Zeroizing<String>>,
    ) -> DbResult<PgDatabase> {
        Err(DbError::internal("no postgres"))
    }
}

/// Makes the file, or the role and the database or schema, when they are not there.
pub(super) async fn provision(databases: &Arc<Databases>, new: &NewDatabase, at: Timestamp) -> DbResult<()> {
    match &new.place {
        Place::Sqlite { file } => {
            let path = databases.folder().join(file);
            if path.exists() { Ok(()) } else { copy_template(databases, new, &path, at).await }
        }
        Place::Postgres { .. } => Err(DbError::internal("no postgres")),
    }
}

/// A template is made once per fingerprint of the schema, by migrating an empty file; copying it is faster than DDL.
async fn copy_template(databases: &Databases, new: &NewDatabase, path: &Path, at: Timestamp) -> DbResult<()> {
    let fingerprint = new.schema.fingerprint();
    let name = format!("{}-{}.sqlite", new.schema.module(), fingerprint.get(..12).unwrap_or(&fingerprint));
    let template = databases.folder().join("templates").join(name);
    let io = |e: std::io::Error| DbError::Unavailable(format!("{}: {e}", path.display()));
    if !template.exists() {
        let unfinished = template.with_extension("unfinished");
        let _ = std::fs::remove_file(&unfinished);
        let empty = SqliteDatabase::open(databases.sqlite_host().clone(), &unfinished).await?;
        empty.migrate(&new.schema, at).await?;
        empty.close().await;
        std::fs::rename(&unfinished, &template).map_err(io)?;
    }
    create_from_template(&template, path).map_err(io)
}
