//! Where a database lives, and how one is made there.

use super::{Databases, NewDatabase};
use crate::postgres::{PgBudget, PgDatabase, PgHost, PgOptions, PgUrl};
use crate::sqlite::{SqliteDatabase, create_from_template};
use crate::{DbError, DbResult};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

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

/// Connections that all databases of a server share, when the configuration does not say.
const CONNECTIONS: usize = 80;

/// A PostgreSQL server, reached as its administrator when something must be made there.
pub struct Server {
    url: PgUrl,
    budget: PgBudget,
    host: OnceCell<PgHost>,
}

impl Server {
    /// A server by its address: `postgres://admin:secret@host:5432/postgres?sslmode=verify-full`.
    ///
    /// # Errors
    /// [`DbError::Unfit`] naming the part of the address that is wrong; never its password.
    pub fn new(url: &str) -> DbResult<Self> {
        Ok(Self { url: PgUrl::parse(url)?, budget: PgBudget::new(CONNECTIONS), host: OnceCell::new() })
    }

    /// The database that the address names.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.url.database()
    }

    /// The server as its administrator sees it; connects on first use.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it cannot be reached, [`DbError::Unfit`] when it is too old.
    pub async fn host(&self) -> DbResult<&PgHost> {
        self.host.get_or_try_init(|| PgHost::connect(self.url.clone())).await
    }

    pub(super) async fn open(
        &self,
        database: &str,
        schema: Option<&str>,
        role: &str,
        password: Option<&str>,
    ) -> DbResult<PgDatabase> {
        let url = if password.is_some() {
            self.url.with(database, role, password)
        } else {
            self.url.with_database(database)
        };
        let mut options = PgOptions::new(url, self.budget.clone());
        options.schema = schema.map(str::to_owned);
        PgDatabase::open(options).await
    }

    async fn provision(
        &self,
        new: &NewDatabase,
        database: &str,
        schema: Option<&str>,
        role: &str,
    ) -> DbResult<()> {
        // Without a password of its own the database is used as it was found.
        let Some(password) = new.password.as_ref() else { return Ok(()) };
        let host = self.host().await?;
        host.ensure_role(role, password).await?;
        match schema {
            Some(schema) => host.create_schema(schema, role).await,
            None => host.create_database(database, role, None).await,
        }
    }
}

/// Makes the file, or the role and the database or schema, when they are not there.
pub(super) async fn provision(databases: &Arc<Databases>, new: &NewDatabase, at: Timestamp) -> DbResult<()> {
    match &new.place {
        Place::Sqlite { file } => {
            let path = databases.folder().join(file);
            if path.exists() { Ok(()) } else { copy_template(databases, new, &path, at).await }
        }
        Place::Postgres { server, database, schema, role } => {
            databases.server(server)?.provision(new, database, schema.as_deref(), role).await
        }
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
