//! A server seen by its administrator: roles, databases, schemas, templates.
//!
//! Everything here can be called again after a crash at any point and ends in the same state. Names are quoted;
//! they come from `kernel::DatabaseId::slug`.

use super::connection::Connection;
use super::fault;
use super::options::{literal, quoted};
use super::scram;
use super::url::PgUrl;
use crate::{DbError, DbResult};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// A PostgreSQL server, reached by a role that may create roles and databases.
#[derive(Debug)]
pub struct PgHost {
    url: PgUrl,
    /// One connection to the administrator's database, kept between calls.
    connection: Mutex<Option<Connection>>,
}

/// Gives the tables, sequences and views that came with a template to the new owner.
const ADOPT: &str = "
DO $adopt$
DECLARE thing record;
BEGIN
  FOR thing IN
    SELECT c.oid::regclass AS name FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND c.relowner <> OWNER::regrole
      AND NOT EXISTS (SELECT 1 FROM pg_depend AS d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO %s', thing.name, OWNER::regrole);
  END LOOP;
END $adopt$;";

impl PgHost {
    /// Connects, and refuses a server that is too old or does not speak UTF-8.
    ///
    /// # Errors
    /// [`DbError::Unfit`] for such a server or address, [`DbError::Unavailable`] when it cannot be reached.
    pub async fn connect(url: PgUrl) -> DbResult<Self> {
        let connection = Connection::connect(&url).await?;
        Ok(Self { url, connection: Mutex::new(Some(connection)) })
    }

    /// The server's address, with the administrator's role and database.
    #[must_use]
    pub fn url(&self) -> &PgUrl {
        &self.url
    }

    async fn connection(&self) -> DbResult<MutexGuard<'_, Option<Connection>>> {
        let mut slot = self.connection.lock().await;
        if slot.as_ref().is_none_or(Connection::is_closed) {
            *slot = Some(Connection::connect(&self.url).await?);
        }
        Ok(slot)
    }

    async fn run(&self, sql: &str) -> DbResult<()> {
        let slot = self.connection().await?;
        let connection = slot.as_ref().ok_or_else(|| DbError::internal("no connection"))?;
        connection.client().batch_execute(sql).await.map_err(|e| refused(&e))
    }

    async fn ask<T: for<'r> tokio_postgres::types::FromSql<'r>>(&self, sql: &str) -> DbResult<Vec<T>> {
        let slot = self.connection().await?;
        let connection = slot.as_ref().ok_or_else(|| DbError::internal("no connection"))?;
        let rows = connection.client().query(sql, &[]).await.map_err(|e| refused(&e))?;
        rows.iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()
            .map_err(|e| DbError::internal(e.to_string()))
    }

    /// Whether the administrator may create databases and roles; without, modules share one database and its role.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn can_create_databases(&self) -> DbResult<bool> {
        let rights: Vec<bool> = self
            .ask("SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = current_user")
            .await?;
        Ok(rights == [true])
    }

    /// Makes a login role, or gives an existing one a new password. The password never leaves this process: the
    /// server is given its SCRAM verifier, and is asked to log not even that.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when the administrator may not create roles, or the password is not printable ASCII.
    pub async fn ensure_role(&self, name: &str, password: &str) -> DbResult<()> {
        let verifier = scram::verifier(password)?;
        let (role, verifier) = (quoted(name), literal(&verifier));
        let connection = Connection::connect(&self.url).await?;
        let client = connection.client();
        // Only a superuser may silence the log; for others the verifier alone protects the password.
        if self.is_superuser().await? {
            let quiet = "SET log_statement = 'none'; SET log_min_error_statement = 'panic';
                         SET log_min_duration_statement = -1; SET log_min_duration_sample = -1";
            client.batch_execute(quiet).await.map_err(|e| refused(&e))?;
        }
        match client.batch_execute(&format!("CREATE ROLE {role} LOGIN")).await {
            Err(error) if !is(&error, &SqlState::DUPLICATE_OBJECT) => return Err(refused(&error)),
            Ok(()) | Err(_) => {}
        }
        let changed = client.batch_execute(&format!("ALTER ROLE {role} LOGIN PASSWORD {verifier}")).await;
        changed.map_err(|e| refused(&e))?;
        connection.close().await;
        self.join(&role).await
    }

    async fn is_superuser(&self) -> DbResult<bool> {
        Ok(self.ask::<bool>("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").await? == [true])
    }

    /// An administrator that is no superuser must be a member of a role to give it anything.
    async fn join(&self, role: &str) -> DbResult<()> {
        if self.is_superuser().await? {
            Ok(())
        } else {
            self.run(&format!("GRANT {role} TO CURRENT_USER")).await
        }
    }

    /// Whether a database of this name exists; one whose removal was interrupted does not count.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn exists(&self, name: &str) -> DbResult<bool> {
        let name = literal(name);
        let found = self
            .ask::<bool>(&format!(
                "SELECT true FROM pg_database WHERE datname = {name} AND datconnlimit <> -2"
            ))
            .await?;
        Ok(!found.is_empty())
    }

    /// The databases of the server, without the server's own, by name.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn list(&self) -> DbResult<Vec<String>> {
        self.ask(
            "SELECT datname::text FROM pg_database
             WHERE datname NOT IN ('template0', 'template1', 'postgres') AND datconnlimit <> -2 ORDER BY datname",
        )
        .await
    }

    /// Makes a database that only its owner can enter, empty or as a copy of a template.
    ///
    /// Texts sort by their bytes (`LOCALE 'C'`), as in SQLite. The copy goes through the WAL: copying files would
    /// force a checkpoint, which takes seconds on a busy server.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when the administrator may not create databases, [`DbError::Unavailable`].
    pub async fn create_database(&self, name: &str, owner: &str, template: Option<&str>) -> DbResult<()> {
        let (database, role) = (quoted(name), quoted(owner));
        if !self.exists(name).await? {
            let source = match template {
                Some(template) => format!("TEMPLATE {}", quoted(template)),
                None => "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'".to_owned(),
            };
            self.run(&format!("DROP DATABASE IF EXISTS {database}")).await?;
            self.run(&format!("CREATE DATABASE {database} OWNER {role} {source} STRATEGY wal_log")).await?;
        }
        self.run(&format!(
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC;
             GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};
             ALTER DATABASE {database} OWNER TO {role};"
        ))
        .await?;
        let inside = Connection::connect(&self.url.with_database(name)).await?;
        let adopt = ADOPT.replace("OWNER::regrole", &format!("{}::regrole", literal(&role)));
        let sql =
            format!("REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT ALL ON SCHEMA public TO {role}; {adopt}");
        inside.client().batch_execute(&sql).await.map_err(|e| refused(&e))?;
        inside.close().await;
        Ok(())
    }

    /// The administrator's role.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn role(&self) -> DbResult<String> {
        Ok(self.ask::<String>("SELECT current_user::text").await?.concat())
    }

    /// Whether a finished template of this name exists.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn is_template(&self, name: &str) -> DbResult<bool> {
        let name = literal(name);
        let found = self
            .ask::<bool>(&format!("SELECT datistemplate FROM pg_database WHERE datname = {name}"))
            .await?;
        Ok(found == [true])
    }

    /// Freezes a database as a template: nobody connects to it any more, so that copies never wait for a session.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn make_template(&self, name: &str) -> DbResult<()> {
        let (database, text) = (quoted(name), literal(name));
        self.run(&format!("ALTER DATABASE {database} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")).await?;
        self.ask::<bool>(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {text}"
        ))
        .await
        .map(drop)
    }

    /// Makes a schema in the administrator's database that only its owner can enter, and in which the owner finds
    /// itself after connecting.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when the administrator may not, [`DbError::Unavailable`].
    pub async fn create_schema(&self, name: &str, owner: &str) -> DbResult<()> {
        let (schema, role) = (quoted(name), quoted(owner));
        let database = self.ask::<String>("SELECT quote_ident(current_database())").await?.concat();
        self.run(&format!(
            "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role};
             ALTER SCHEMA {schema} OWNER TO {role};
             REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
             REVOKE ALL ON SCHEMA public FROM PUBLIC;
             REVOKE ALL ON DATABASE {database} FROM PUBLIC;
             GRANT CONNECT ON DATABASE {database} TO {role};
             ALTER ROLE {role} IN DATABASE {database} SET search_path TO {schema};"
        ))
        .await
    }

    /// Removes a schema with everything in it.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn drop_schema(&self, name: &str) -> DbResult<()> {
        self.run(&format!("DROP SCHEMA IF EXISTS {} CASCADE", quoted(name))).await
    }

    /// Removes a database, or a template, with everything in it; whoever is connected is thrown out.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn drop_database(&self, name: &str) -> DbResult<()> {
        let database = quoted(name);
        if self.exists(name).await? {
            self.run(&format!("ALTER DATABASE {database} WITH IS_TEMPLATE false")).await?;
        }
        self.run(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await
    }
}

fn is(error: &Error, state: &SqlState) -> bool {
    error.code() == Some(state)
}

/// An administrator's error: lacking a right is a matter of configuration.
fn refused(error: &Error) -> DbError {
    if is(error, &SqlState::INSUFFICIENT_PRIVILEGE) {
        return DbError::Unfit(format!(
            "the role of the database URL lacks a right: {}; give it CREATEDB and CREATEROLE, or use one schema per module",
            fault::describe(error)
        ));
    }
    fault::answer(error)
}
