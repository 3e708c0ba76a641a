//! The writer's connection with everything prepared on it.

use super::connection::{Connection, Purpose};
use super::fault::{Fault, fault};
use super::flight::{Reply, Request, fly};
use super::form::Forms;
use super::options::PgOptions;
use super::own::Own;
use crate::{DbError, DbResult};
use std::time::Duration;
use tokio_postgres::{Client, Error};

/// The writer's connection with everything prepared on it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) forms: Forms,
    pub(super) own: Own,
    /// The advisory lock of the log.
    pub(super) lock: i64,
    /// Groups that still run their guards row by row, after a deadlock: see [`super::group`].
    pub(super) cautious: u32,
    /// How long a flight may take before the connection is given up.
    limit: Duration,
}

impl Session {
    pub(super) async fn open(options: &PgOptions) -> DbResult<Self> {
        let mut connection = Connection::open(options, Purpose::Write).await?;
        let own = Own::prepare(&mut connection).await.map_err(|e| match fault(&e) {
            Fault::Refused(why) => {
                DbError::Unfit(format!("the database has no log of ours, migrate it before writing: {why}"))
            }
            other => other.into_error(),
        })?;
        // The server cancels a statement earlier; this is for a network that swallows everything.
        let limit = options.statement_timeout * 2 + Duration::from_secs(5);
        Ok(Self { connection, forms: Forms::default(), own, lock: options.log_lock(), cautious: 0, limit })
    }

    pub(super) fn client(&self) -> &Client {
        self.connection.client()
    }

    /// Sends requests and reads their replies; `None` when the network has swallowed them.
    pub(super) async fn fly(&self, requests: Vec<Request<'_>>) -> Option<Vec<Result<Reply, Error>>> {
        tokio::time::timeout(self.limit, fly(requests)).await.ok()
    }

    /// A request without parameters or answer.
    pub(super) fn say<'a>(&'a self, sql: &'a str) -> Request<'a> {
        Box::pin(async move { self.client().batch_execute(sql).await.map(|()| Reply::Count(0)) })
    }

    /// Forgets everything prepared and prepares the platform's statements again.
    pub(super) async fn prepare_again(&mut self) -> Result<(), Error> {
        self.forms.clear();
        self.connection.forget_prepared();
        self.own = Own::prepare(&mut self.connection).await?;
        Ok(())
    }
}
