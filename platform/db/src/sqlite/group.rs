//! One group of Batches in one transaction: a savepoint for each, so that one fails alone; one flush for all.

use super::convert::{self, is_fatal};
use super::writer::Job;
use crate::{Batch, DbError, DbResult, Event, Expect, Expected, GENESIS, Hash, Receipt, StoredReply, Write};
use kernel::planted;
use rusqlite::{Connection, OptionalExtension, params};

/// The end of the log while a group is being written.
#[derive(Clone, Copy)]
struct Tip {
    position: u64,
    hash: Hash,
}

/// Commits a group and answers every caller. An error spoils the whole group and has been answered to all of it.
pub(super) fn commit(connection: &mut Connection, jobs: Vec<Job>) -> DbResult<()> {
    let mut answers = Vec::with_capacity(jobs.len());
    match write(connection, jobs, &mut answers) {
        Ok(()) => {
            answers.into_iter().for_each(|(job, answer)| drop(job.answer.send(answer)));
            Ok(())
        }
        Err(error) => {
            // A ROLLBACK that fails leaves a connection that the writer throws away.
            let _ = connection.execute_batch("ROLLBACK");
            answers.into_iter().for_each(|(job, _)| drop(job.answer.send(Err(error.clone()))));
            Err(error)
        }
    }
}

fn write(
    connection: &mut Connection,
    jobs: Vec<Job>,
    answers: &mut Vec<(Job, DbResult<Receipt>)>,
) -> DbResult<()> {
    let pending = DbError::Unavailable("the group was not committed".into());
    answers.extend(jobs.into_iter().map(|job| (job, Err(pending.clone()))));
    connection.execute_batch("BEGIN IMMEDIATE").map_err(convert::error)?;
    let mut tip = tip(connection)?;
    for (job, answer) in answers.iter_mut() {
        *answer = alone(connection, job, &mut tip);
        if let Err(error) = answer
            && is_fatal(error)
        {
            return Err(error.clone());
        }
    }
    if planted("ack_before_commit") {
        for (job, answer) in answers.drain(..) {
            let _ = job.answer.send(answer);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "as long as a slow disk takes: the kill has to fall in here"
        )]
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    connection.execute_batch("COMMIT").map_err(convert::error)
}

/// Runs one Batch under a savepoint: all of it, or nothing.
fn alone(connection: &Connection, job: &mut Job, tip: &mut Tip) -> DbResult<Receipt> {
    let before = *tip;
    execute(connection, "SAVEPOINT batch")?;
    match apply(connection, job, tip) {
        Ok(receipt) => {
            execute(connection, "RELEASE batch")?;
            Ok(receipt)
        }
        Err(error) => {
            *tip = before;
            execute(connection, "ROLLBACK TO batch")?;
            execute(connection, "RELEASE batch")?;
            Err(error)
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> DbResult<()> {
    connection.prepare_cached(sql).and_then(|mut s| s.execute([])).map(drop).map_err(convert::error)
}

fn tip(connection: &Connection) -> DbResult<Tip> {
    let mut statement = connection
        .prepare_cached("SELECT position, hash FROM log ORDER BY position DESC LIMIT 1")
        .map_err(convert::error)?;
    let last: Option<(u64, Hash)> =
        statement.query_row([], |r| Ok((r.get(0)?, r.get(1)?))).optional().map_err(convert::error)?;
    Ok(last.map_or(Tip { position: 0, hash: GENESIS }, |(position, hash)| Tip { position, hash }))
}

fn apply(connection: &Connection, job: &mut Job, tip: &mut Tip) -> DbResult<Receipt> {
    let Job { batch, events, touched, .. } = job;
    keep_reply(connection, batch)?;
    let rows = batch.writes.iter().map(|write| run(connection, write)).collect::<DbResult<Vec<_>>>()?;
    if planted("event_in_second_transaction") {
        execute(connection, "RELEASE batch")?;
        execute(connection, "COMMIT")?;
        execute(connection, "BEGIN IMMEDIATE")?;
        execute(connection, "SAVEPOINT batch")?;
    }
    for (event, new) in events.iter_mut().zip(&batch.events) {
        append(connection, event, new.expected, tip)?;
    }
    touch(connection, touched, tip.position)?;
    Ok(Receipt { position: tip.position, rows })
}

fn keep_reply(connection: &Connection, batch: &Batch) -> DbResult<()> {
    let Some(kept) = &batch.idempotency else { return Ok(()) };
    let inserted = connection
        .prepare_cached(
            "INSERT INTO idempotency (actor, key, fingerprint, status, reply, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (actor, key) DO NOTHING",
        )
        .and_then(|mut s| {
            s.execute(params![batch.cause.actor, kept.key, kept.fingerprint, kept.status, kept.reply, batch.at.0])
        })
        .map_err(convert::error)?;
    if inserted == 1 {
        return Ok(());
    }
    let stored = connection
        .prepare_cached("SELECT fingerprint, status, reply FROM idempotency WHERE actor = ?1 AND key = ?2")
        .and_then(|mut s| {
            s.query_row(params![batch.cause.actor, kept.key], |r| {
                Ok(StoredReply { fingerprint: r.get(0)?, status: r.get(1)?, reply: r.get(2)? })
            })
        })
        .map_err(convert::error)?;
    Err(DbError::Repeated(Box::new(stored)))
}

fn run(connection: &Connection, write: &Write) -> DbResult<u64> {
    let found = connection
        .prepare_cached(write.statement.sqlite())
        .and_then(|mut s| s.execute(rusqlite::params_from_iter(&write.params)))
        .map_err(convert::error)? as u64;
    match write.expect {
        Expect::Rows(expected) if expected != found && !planted("no_expectation") => {
            Err(DbError::Missed { statement: write.statement.name().to_owned(), expected, found })
        }
        _ => Ok(found),
    }
}

fn append(connection: &Connection, event: &mut Event, expected: Expected, tip: &mut Tip) -> DbResult<()> {
    let stored: u64 = connection
        .prepare_cached("SELECT coalesce(max(stream_version), 0) FROM log WHERE stream = ?1")
        .and_then(|mut s| s.query_row([&event.stream], |r| r.get(0)))
        .map_err(convert::error)?;
    if matches!(expected, Expected::Version(expected) if expected != stored) {
        return Err(DbError::StreamMoved(event.stream.clone()));
    }
    (event.position, event.stream_version) = (tip.position + 1, stored + 1);
    event.hash = event.chained(if planted("no_previous_hash") { &GENESIS } else { &tip.hash });
    let inserted = connection
        .prepare_cached(
            "INSERT INTO log (position, at, id, type, version, stream, stream_version, actor, correlation_id,
                              causation_id, data, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .and_then(|mut s| {
            s.execute(params![
                event.position,
                event.at.0,
                event.id.as_bytes(),
                event.kind,
                event.version,
                event.stream,
                event.stream_version,
                event.actor,
                event.correlation_id.as_bytes(),
                event.causation_id.as_ref().map(|id| id.as_bytes()),
                event.data,
                event.hash,
            ])
        });
    match inserted.map_err(convert::error) {
        Ok(_) => {
            *tip = Tip { position: event.position, hash: event.hash };
            Ok(())
        }
        Err(DbError::Constraint(_)) => Err(DbError::StreamMoved(event.stream.clone())),
        Err(other) => Err(other),
    }
}

fn touch(connection: &Connection, touched: &[(String, String, bool)], position: u64) -> DbResult<()> {
    for (table, key, deleted) in touched {
        connection
            .prepare_cached(
                "INSERT INTO log_row (table_name, row_key, position, deleted) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (table_name, row_key) DO UPDATE SET position = excluded.position, deleted = excluded.deleted",
            )
            .and_then(|mut s| s.execute(params![table, key, position, deleted]))
            .map_err(convert::error)?;
    }
    Ok(())
}
