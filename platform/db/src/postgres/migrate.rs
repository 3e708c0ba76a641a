//! Bringing a database to a schema's version: each step one transaction with its version row, so that a crash leaves
//! whole steps.

use super::connection::{Connection, Purpose};
use super::fault::{self, Fault};
use super::options::PgOptions;
use crate::engine::Applied;
use crate::schema::Dialect;
use crate::{DbError, DbResult, Migration, Schema, platform};
use kernel::Timestamp;
use tokio_postgres::Error;

/// Runs what is missing: the platform's steps, then the module's. Two processes do not run steps at the same time.
pub(super) async fn run(options: &PgOptions, schema: &Schema, at: Timestamp) -> DbResult<Vec<Applied>> {
    let mut connection = Connection::open(options, Purpose::Migrate).await?;
    let client = connection.client();
    client
        .execute("SELECT pg_advisory_lock($1)", &[&options.migration_lock()])
        .await
        .map_err(|e| waiting(&e))?;
    client.batch_execute(&Dialect::Postgres.ddl(platform::BOOTSTRAP)).await.map_err(|e| fault::answer(&e))?;
    let mut applied = component(&mut connection, platform::COMPONENT, &platform::migrations(), at).await?;
    applied.extend(component(&mut connection, platform::MODULE_COMPONENT, schema.migrations(), at).await?);
    connection.close().await;
    Ok(applied)
}

async fn component(
    connection: &mut Connection,
    name: &str,
    steps: &[Migration],
    at: Timestamp,
) -> DbResult<Vec<Applied>> {
    let done = recorded(connection, name).await?;
    platform::check_recorded(name, &done, steps)?;
    let mut applied = Vec::new();
    for migration in steps.iter().skip(done.len()) {
        step(connection, name, migration, at).await.map_err(|error| match fault::fault(&error) {
            fault @ (Fault::Refused(_) | Fault::Stale(_) | Fault::Constraint(_)) => {
                let why = fault.into_error();
                DbError::Schema(format!("step {} `{}` of {name}: {why}", migration.version, migration.name))
            }
            Fault::TooLong(_) => waiting(&error),
            other => other.into_error(),
        })?;
        applied.push(Applied {
            component: name.into(),
            version: migration.version,
            checksum: migration.checksum(),
        });
    }
    Ok(applied)
}

/// Runs one step and records it. After an error the connection is dropped by the caller, which rolls back.
async fn step(
    connection: &mut Connection,
    component: &str,
    step: &Migration,
    at: Timestamp,
) -> Result<(), Error> {
    const RECORD: &str = "INSERT INTO schema_version (component, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)";
    let record = connection.prepare(RECORD).await?;
    let client = connection.client();
    client.batch_execute("BEGIN").await?;
    client.batch_execute(&Dialect::Postgres.ddl(&step.sql)).await?;
    let version = i64::from(step.version);
    client.execute(&record, &[&component, &version, &&*step.name, &step.checksum(), &at.0]).await?;
    client.batch_execute("COMMIT").await
}

async fn recorded(connection: &Connection, component: &str) -> DbResult<Vec<(u32, String)>> {
    const RECORDED: &str =
        "SELECT version, checksum FROM schema_version WHERE component = $1 ORDER BY version";
    let rows = connection.client().query(RECORDED, &[&component]).await.map_err(|e| fault::answer(&e))?;
    let read = rows.iter().map(|row| {
        let version = u32::try_from(row.try_get::<_, i64>(0)?)?;
        Ok((version, row.try_get(1)?))
    });
    let read: Result<Vec<_>, Box<dyn std::error::Error>> = read.collect();
    read.map_err(|e| DbError::Unfit(format!("schema_version is not ours: {e}")))
}

fn waiting(error: &Error) -> DbError {
    DbError::Unavailable(format!(
        "the schema's step waits for a lock that somebody holds, nothing was changed; try again: {}",
        fault::describe(error)
    ))
}
