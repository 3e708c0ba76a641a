//! Bringing a file to a schema's version.

use super::convert;
use crate::engine::Applied;
use crate::schema::Dialect;
use crate::{DbError, DbResult, Migration, Schema, platform};
use kernel::Timestamp;
use rusqlite::{Connection, params};

/// Runs what is missing: the platform's steps, then the module's, each in a transaction with its version row.
pub(super) fn run(connection: &mut Connection, schema: &Schema, at: Timestamp) -> DbResult<Vec<Applied>> {
    connection.execute_batch(&Dialect::Sqlite.ddl(platform::BOOTSTRAP)).map_err(convert::error)?;
    let mut applied = component(connection, platform::COMPONENT, &platform::migrations(), at)?;
    applied.extend(component(connection, platform::MODULE_COMPONENT, schema.migrations(), at)?);
    Ok(applied)
}

/// How many steps are recorded, of all components.
pub(super) fn steps_run(connection: &Connection) -> DbResult<usize> {
    let count =
        |sql: &str| connection.query_row(sql, [], |row| row.get::<_, usize>(0)).map_err(convert::error);
    if count("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'")? == 0 {
        return Ok(0);
    }
    count("SELECT count(*) FROM schema_version")
}

fn component(
    connection: &mut Connection,
    name: &str,
    steps: &[Migration],
    at: Timestamp,
) -> DbResult<Vec<Applied>> {
    let done = recorded(connection, name)?;
    platform::check_recorded(name, &done, steps)?;
    let mut applied = Vec::new();
    for step in steps.iter().skip(done.len()) {
        let transaction = connection.transaction().map_err(convert::error)?;
        transaction
            .execute_batch(&Dialect::Sqlite.ddl(&step.sql))
            .map_err(|e| DbError::Schema(format!("step {} `{}` of {name}: {e}", step.version, step.name)))?;
        transaction
            .execute(
                "INSERT INTO schema_version (component, version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![name, step.version, step.name, step.checksum(), at.0],
            )
            .map_err(convert::error)?;
        transaction.commit().map_err(convert::error)?;
        applied.push(Applied { component: name.into(), version: step.version, checksum: step.checksum() });
    }
    Ok(applied)
}

fn recorded(connection: &Connection, component: &str) -> DbResult<Vec<(u32, String)>> {
    let mut statement = connection
        .prepare("SELECT version, checksum FROM schema_version WHERE component = ?1 ORDER BY version")
        .map_err(convert::error)?;
    let rows = statement.query_map([component], |r| Ok((r.get(0)?, r.get(1)?))).map_err(convert::error)?;
    rows.collect::<Result<Vec<_>, _>>().map_err(convert::error)
}
