//! Where a database lives, and how one is made there.

use super::{Databases, NewDatabase};
use crate::postgres::{PgBudget, PgDatabase, PgHost, PgOptions, PgUrl};
use crate::sqlite::{SqliteDatabase, create_from_template};
use crate::{DbError, DbResult};
use kernel::{MAIN_TENANT, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

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

/// How often a template that another process is making is looked at again.
const TRIES: u32 = 20;
/// How long between two looks.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// A PostgreSQL server, reached as its administrator when something must be made there.
pub struct Server {
    url: PgUrl,
    budget: PgBudget,
    host: OnceCell<PgHost>,
    /// The templates that are known to be finished; held while one is made.
    templates: Mutex<BTreeSet<String>>,
}

impl Server {
    /// A server by its address: `postgres://admin:secret@host:5432/postgres?sslmode=verify-full`.
    ///
    /// # Errors
    /// [`DbError::Unfit`] naming the part of the address that is wrong; never its password.
    pub fn new(url: &str) -> DbResult<Self> {
        Ok(Self {
            url: PgUrl::parse(url)?,
            budget: PgBudget::new(CONNECTIONS),
            host: OnceCell::new(),
            templates: Mutex::default(),
        })
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
        (database, schema, role): (&str, Option<&str>, &str),
        at: Timestamp,
    ) -> DbResult<()> {
        // Without a password of its own the database is used as it was found.
        let Some(password) = new.password.as_ref() else { return Ok(()) };
        let host = self.host().await?;
        host.ensure_role(role, password).await?;
        match schema {
            Some(schema) => host.create_schema(schema, role).await,
            // The one database of a module is made once: a template would cost more than it saves.
            None if new.id.tenant == MAIN_TENANT || host.exists(database).await? => {
                host.create_database(database, role, None).await
            }
            None => {
                let template = self.template(host, new, at).await?;
                host.create_database(database, role, Some(&template)).await
            }
        }
    }

    /// The template of a schema, made once per fingerprint by migrating an empty database. One that a crash left
    /// unfinished is finished: every step of it can be done again.
    async fn template(&self, host: &PgHost, new: &NewDatabase, at: Timestamp) -> DbResult<String> {
        let name = template_name(new);
        let mut made = self.templates.lock().await;
        if made.contains(&name) {
            return Ok(name);
        }
        for tries_left in (0..TRIES).rev() {
            match self.make_template(host, &name, new, at).await {
                Ok(()) => break,
                // Another process makes the same one: either finishes it.
                Err(error) if tries_left > 0 => {
                    tracing::info!(%error, template = name, "looked at again");
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Err(error) => return Err(error),
            }
        }
        made.insert(name.clone());
        Ok(name)
    }

    async fn make_template(
        &self,
        host: &PgHost,
        name: &str,
        new: &NewDatabase,
        at: Timestamp,
    ) -> DbResult<()> {
        if host.is_template(name).await? {
            return Ok(());
        }
        host.create_database(name, &host.role().await?, None).await?;
        let unfinished = self.open(name, None, "", None).await?;
        let migrated = unfinished.migrate(&new.schema, at).await;
        unfinished.close().await;
        migrated?;
        host.make_template(name).await
    }
}

/// The name of a template: the module, and what its databases are made of.
fn template_name(new: &NewDatabase) -> String {
    let fingerprint = new.schema.fingerprint();
    format!("{}-{}", new.schema.module(), fingerprint.get(..12).unwrap_or(&fingerprint))
}

/// Makes the file, or the role and the database or schema, when they are not there.
pub(super) async fn provision(databases: &Arc<Databases>, new: &NewDatabase, at: Timestamp) -> DbResult<()> {
    match &new.place {
        Place::Sqlite { file } => {
            let path = databases.folder().join(file);
            if path.exists() { Ok(()) } else { copy_template(databases, new, &path, at).await }
        }
        Place::Postgres { server, database, schema, role } => {
            databases.server(server)?.provision(new, (database, schema.as_deref(), role), at).await
        }
    }
}

/// A template is made once per fingerprint of the schema, by migrating an empty file; copying it is faster than DDL.
async fn copy_template(databases: &Databases, new: &NewDatabase, path: &Path, at: Timestamp) -> DbResult<()> {
    let template = databases.folder().join("templates").join(format!("{}.sqlite", template_name(new)));
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
