//! Reads: a few connections per database, taken from the server's budget, kept while they are used.

use super::connection::{Connection, Purpose};
use super::fault::{self, Fault};
use super::flight::{Reply, Request, fly};
use super::options::PgOptions;
use super::values::{self, Param};
use crate::engine::Query;
use crate::schema::Dialect;
use crate::{DbError, DbResult, Row};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

/// The readers of one database.
#[derive(Debug)]
pub(super) struct Pool {
    options: Arc<PgOptions>,
    id: u64,
    readers: Semaphore,
}

/// Why a read failed: the driver's error, or an answer that is already ours.
enum Failure {
    Driver(Error),
    Ours(DbError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Ours(error)
    }
}

impl Pool {
    pub(super) fn new(options: Arc<PgOptions>) -> Self {
        let readers = Semaphore::new(options.max_readers.max(1));
        Self { id: options.budget.pool(), options, readers }
    }

    /// Runs reads in one snapshot, in order, and never longer than the database's patience.
    pub(super) async fn read(&self, queries: &[Query]) -> DbResult<Vec<Vec<Row>>> {
        self.patiently(async {
            let _reader = self.readers.acquire().await.map_err(|_| closed())?;
            let mut connection = match self.options.budget.take(self.id) {
                Some(connection) => connection,
                None => Connection::open(&self.options, Purpose::Read).await?,
            };
            let answer = match read(&mut connection, queries).await {
                Err(Failure::Driver(error)) => match fault::fault(&error) {
                    Fault::Stale(_) => {
                        connection.forget_prepared();
                        read(&mut connection, queries).await
                    }
                    // A connection may have died while it was idle; a read can be asked again.
                    Fault::Lost(_) => {
                        drop(connection);
                        connection = Connection::open(&self.options, Purpose::Read).await?;
                        read(&mut connection, queries).await
                    }
                    _ => Err(Failure::Driver(error)),
                },
                answer => answer,
            };
            self.put_back(connection);
            answer.map_err(|failure| match failure {
                Failure::Driver(error) => named(queries, fault::answer(&error)),
                Failure::Ours(error) => error,
            })
        })
        .await
    }

    /// Proves that the server understands a statement.
    pub(super) async fn prepare(&self, sql: &str) -> DbResult<()> {
        self.patiently(async {
            let _reader = self.readers.acquire().await.map_err(|_| closed())?;
            let mut connection = match self.options.budget.take(self.id).filter(|c| !c.is_closed()) {
                Some(connection) => connection,
                None => Connection::open(&self.options, Purpose::Read).await?,
            };
            let prepared = prove(&mut connection, sql).await;
            self.put_back(connection);
            prepared.map_err(|e| match fault::fault(&e) {
                Fault::Refused(why) | Fault::Stale(why) => DbError::Schema(why),
                other => other.into_error(),
            })
        })
        .await
    }

    fn put_back(&self, connection: Connection) {
        if !self.readers.is_closed() {
            self.options.budget.keep(self.id, connection, self.options.idle_timeout);
        }
    }

    async fn patiently<T>(&self, work: impl Future<Output = DbResult<T>>) -> DbResult<T> {
        match tokio::time::timeout(self.options.patience, work).await {
            Ok(done) => done,
            Err(_) => Err(DbError::Unavailable("the read took longer than allowed".into())),
        }
    }

    /// Lets go of every idle connection; those in use close when they come back.
    pub(super) fn close(&self) {
        self.readers.close();
        self.options.budget.forget(self.id);
    }
}

fn closed() -> DbError {
    DbError::Unavailable("the database is closed".into())
}

/// With one statement its name helps the operator; with several the server's words have to do.
fn named(queries: &[Query], error: DbError) -> DbError {
    match (queries, error) {
        ([query], DbError::Internal(why)) => {
            DbError::Internal(format!("statement `{}`: {why}", query.statement.name()))
        }
        (_, error) => error,
    }
}

/// Prepares the plain form, and the form for many rows when the text has one.
async fn prove(connection: &mut Connection, sql: &str) -> Result<(), Error> {
    let sql = Dialect::Postgres.statement(sql);
    let one = connection.prepare(&sql).await?;
    if let Some(folded) = super::fold::fold(&sql, one.params()) {
        connection.client().prepare(&folded.sql).await?;
    }
    Ok(())
}

async fn read(connection: &mut Connection, queries: &[Query]) -> Result<Vec<Vec<Row>>, Failure> {
    let mut prepared = Vec::with_capacity(queries.len());
    for query in queries {
        let statement = connection.prepare(&Dialect::Postgres.statement(query.statement.sql())).await?;
        values::check(query.statement.name(), &query.params, statement.params())?;
        prepared.push(statement);
    }
    let client = connection.client();
    let mut requests = Vec::with_capacity(queries.len() + 2);
    let one = queries.len() == 1;
    if !one {
        requests.push(say(client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    }
    requests.extend(queries.iter().zip(&prepared).map(|(query, statement)| ask(client, query, statement)));
    if !one {
        // Sent with the queries: no snapshot outlives its reader, whatever becomes of the caller.
        requests.push(say(client, "COMMIT"));
    }
    let replies = fly(requests).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let answers = replies.iter().skip(usize::from(!one)).zip(queries);
    Ok(answers
        .map(|(reply, query)| values::rows(query.statement.name(), reply.rows()))
        .collect::<DbResult<_>>()?)
}

fn ask<'a>(client: &'a Client, query: &'a Query, statement: &'a Statement) -> Request<'a> {
    Box::pin(async move {
        let params: Vec<Param> = query.params.iter().map(Param).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        client.query(statement, &params).await.map(Reply::Rows)
    })
}

fn say<'a>(client: &'a Client, sql: &'a str) -> Request<'a> {
    Box::pin(async move { client.batch_execute(sql).await.map(|()| Reply::Count(0)) })
}
