//! One connection: how its session is set, and the statements that it has prepared.

use super::fault;
use super::options::{PgOptions, quoted};
use crate::{DbError, DbResult};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Statement};

/// The oldest server that we know to work.
const OLDEST: u32 = 15;
/// How long a broken network may leave sent data unacknowledged.
const TCP_TIMEOUT: Duration = Duration::from_secs(30);

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Write,
    Read,
    Migrate,
}

/// A connection. Dropping it closes it and gives its token back.
#[derive(Debug)]
pub(super) struct Connection {
    client: Client,
    driver: JoinHandle<()>,
    prepared: HashMap<Box<str>, Statement>,
    _token: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Takes a token of the server's budget and connects, both within the database's patience.
    pub(super) async fn open(options: &PgOptions, purpose: Purpose) -> DbResult<Self> {
        let opening = async {
            let token = options.budget.token().await;
            let mut connection = Self::connect(&options.url).await?;
            connection._token = token;
            connection.settle(options, purpose).await?;
            Ok(connection)
        };
        match tokio::time::timeout(options.patience, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(DbError::Unavailable(
                "no connection within the time allowed: the server or its budget of connections is exhausted"
                    .into(),
            )),
        }
    }

    /// Connects and checks that the server is one that we know; the session is as the server makes it.
    pub(super) async fn connect(url: &super::PgUrl) -> DbResult<Self> {
        let mut config = url.config.clone();
        config.keepalives_idle(Duration::from_secs(60)).tcp_user_timeout(TCP_TIMEOUT);
        let (client, connection) = config.connect(url.tls.clone()).await.map_err(|e| unreachable(&e))?;
        check_server(connection.parameter("server_version"), connection.parameter("server_encoding"))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %fault::describe(&error), "a connection ended");
            }
        });
        Ok(Self { client, driver, prepared: HashMap::new(), _token: None })
    }

    async fn settle(&self, options: &PgOptions, purpose: Purpose) -> DbResult<()> {
        let limit = options.statement_timeout.as_millis();
        let path = quoted(options.schema.as_deref().unwrap_or("public"));
        let own = match purpose {
            // A folded statement planned anew each time costs as much as the rows that it saves. A stopped process
            // must not hold the log's lock for ever.
            Purpose::Write => format!(
                "SET plan_cache_mode = force_generic_plan; SET statement_timeout = {limit};
                 SET idle_in_transaction_session_timeout = {};",
                limit * 3
            ),
            Purpose::Read => {
                format!("SET default_transaction_read_only = on; SET statement_timeout = {limit};")
            }
            Purpose::Migrate => format!("SET statement_timeout = 0; SET lock_timeout = {limit};"),
        };
        let common = format!("SET search_path TO {path}; SET client_min_messages = warning; SET jit = off;");
        self.client.batch_execute(&(common + &own)).await.map_err(|e| fault::answer(&e))
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The prepared form of a text, prepared now if it was not before.
    pub(super) async fn prepare(&mut self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.prepared.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    /// Forgets every prepared statement: a table has changed its shape, or somebody said DISCARD ALL.
    pub(super) fn forget_prepared(&mut self) {
        self.prepared.clear();
    }

    /// Says goodbye and waits for the connection's end.
    pub(super) async fn close(self) {
        let Self { client, driver, prepared, _token } = self;
        drop(prepared);
        drop(client);
        if tokio::time::timeout(Duration::from_secs(1), driver).await.is_err() {
            tracing::debug!("a connection did not end within a second");
        }
    }
}

fn unreachable(error: &tokio_postgres::Error) -> DbError {
    DbError::Unavailable(fault::describe(error))
}

fn check_server(version: Option<&str>, encoding: Option<&str>) -> DbResult<()> {
    let version = version.unwrap_or("unknown");
    let major: u32 =
        version.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok()).unwrap_or(0);
    if major < OLDEST {
        return Err(DbError::Unfit(format!(
            "the server is PostgreSQL {version}; {OLDEST} or newer is needed: upgrade the server, or name another one"
        )));
    }
    match encoding {
        Some("UTF8") => Ok(()),
        other => Err(DbError::Unfit(format!(
            "the database's encoding is {}; UTF8 is needed: create it with ENCODING 'UTF8'",
            other.unwrap_or("unknown")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_and_other_encodings_are_refused_with_advice() {
        assert!(check_server(Some("15.4 (Debian 15.4-1)"), Some("UTF8")).is_ok());
        assert!(check_server(Some("18beta1"), Some("UTF8")).is_ok());
        let error = check_server(Some("14.9"), Some("UTF8")).unwrap_err().to_string();
        assert!(error.contains("15 or newer"), "{error}");
        let error = check_server(Some("16.1"), Some("LATIN1")).unwrap_err().to_string();
        assert!(error.contains("ENCODING 'UTF8'"), "{error}");
    }
}
