//! One group of Batches in one transaction, one flush for all; one that fails fails alone.
//!
//! A Batch that fails before it has changed anything, at its guard, costs its neighbours nothing. One that fails later
//! spoils the transaction: it is rolled back, and the group goes again with a savepoint for each Batch. Savepoints from
//! the start would copy every page that a Batch touches.

use super::convert::{self, is_fatal};
use super::writer::{Job, Work};
use crate::{Batch, DbError, DbResult, Event, Expect, Expected, GENESIS, Hash, Receipt, StoredReply, Write};
use kernel::planted;
use rusqlite::{Connection, OptionalExtension, params};

/// The end of the log while a group is being written.
#[derive(Clone, Copy)]
struct Tip {
    position: u64,
    hash: Hash,
}

/// What a Batch has done so far.
#[derive(Default)]
struct Progress {
    /// Its idempotency row is there.
    kept: bool,
    /// Rows or events are there.
    wrote: bool,
}

/// Why a group was not committed.
enum Stop {
    /// A Batch failed after it had written.
    Spoilt,
    /// The database does not take the group.
    Fatal(DbError),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Fatal(error)
    }
}

/// Commits a group and answers every caller. An error spoils the whole group and has been answered to all of it.
pub(super) fn commit(connection: &mut Connection, mut jobs: Vec<Job>) -> DbResult<()> {
    let swift = attempt(connection, &mut jobs, false);
    let answers = match swift {
        Err(Stop::Spoilt) => attempt(connection, &mut jobs, true),
        done => done,
    };
    match answers {
        Ok(answers) => {
            jobs.into_iter().zip(answers).for_each(|(job, answer)| job.answer(answer));
            Ok(())
        }
        Err(stop) => {
            let error = match stop {
                Stop::Fatal(error) => error,
                Stop::Spoilt => DbError::internal("a savepoint did not hold"),
            };
            jobs.into_iter().for_each(|job| job.answer(Err(error.clone())));
            Err(error)
        }
    }
}

fn attempt(
    connection: &Connection,
    jobs: &mut Vec<Job>,
    saved: bool,
) -> Result<Vec<DbResult<Receipt>>, Stop> {
    let written = write(connection, jobs, saved);
    if written.is_err() {
        // A ROLLBACK that fails leaves a connection that the writer throws away, or that refuses the next BEGIN.
        let _ = connection.execute_batch("ROLLBACK");
    }
    written
}

fn write(connection: &Connection, jobs: &mut Vec<Job>, saved: bool) -> Result<Vec<DbResult<Receipt>>, Stop> {
    execute(connection, "BEGIN IMMEDIATE")?;
    let mut tip = tip(connection)?;
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs.iter_mut() {
        let answer = if saved {
            alone(connection, &mut job.work, &mut tip)
        } else {
            among(connection, &mut job.work, &mut tip)?
        };
        match answer {
            Err(error) if is_fatal(&error) => return Err(Stop::Fatal(error)),
            answer => answers.push(answer),
        }
    }
    if planted("ack_before_commit") {
        for (job, answer) in jobs.drain(..).zip(answers.drain(..)) {
            job.answer(answer);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "as long as a slow disk takes: the kill has to fall in here"
        )]
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    execute(connection, "COMMIT")?;
    Ok(answers)
}

/// Runs one Batch without a savepoint: it is whole, or has changed nothing, or the group is spoilt.
fn among(connection: &Connection, work: &mut Work, tip: &mut Tip) -> Result<DbResult<Receipt>, Stop> {
    let mut progress = Progress::default();
    let answer = apply(connection, work, tip, &mut progress);
    match &answer {
        Err(error) if is_fatal(error) => return Err(Stop::Fatal(error.clone())),
        Err(_) if progress.wrote => return Err(Stop::Spoilt),
        Err(_) if progress.kept => forget_reply(connection, &work.batch)?,
        _ => {}
    }
    Ok(answer)
}

/// Runs one Batch under a savepoint: all of it, or nothing.
fn alone(connection: &Connection, work: &mut Work, tip: &mut Tip) -> DbResult<Receipt> {
    let before = *tip;
    execute(connection, "SAVEPOINT batch")?;
    match apply(connection, work, tip, &mut Progress::default()) {
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

fn apply(
    connection: &Connection,
    work: &mut Work,
    tip: &mut Tip,
    progress: &mut Progress,
) -> DbResult<Receipt> {
    let Work { batch, events, touched } = work;
    keep_reply(connection, batch)?;
    progress.kept = batch.idempotency.is_some();
    let mut rows = Vec::with_capacity(batch.writes.len());
    for write in &batch.writes {
        let found = run(connection, write)?;
        progress.wrote |= found > 0;
        rows.push(expected(write, found)?);
    }
    if planted("event_in_second_transaction") {
        execute(connection, "COMMIT")?;
        execute(connection, "BEGIN IMMEDIATE")?;
    }
    for (event, new) in events.iter_mut().zip(&batch.events) {
        append(connection, event, new.expected, tip)?;
        progress.wrote = true;
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

/// Takes an idempotency row back that this transaction has inserted.
fn forget_reply(connection: &Connection, batch: &Batch) -> DbResult<()> {
    let Some(kept) = &batch.idempotency else { return Ok(()) };
    connection
        .prepare_cached("DELETE FROM idempotency WHERE actor = ?1 AND key = ?2")
        .and_then(|mut s| s.execute(params![batch.cause.actor, kept.key]))
        .map(drop)
        .map_err(convert::error)
}

fn run(connection: &Connection, write: &Write) -> DbResult<u64> {
    connection
        .prepare_cached(write.statement.sqlite())
        .and_then(|mut s| s.execute(rusqlite::params_from_iter(&write.params)))
        .map(|rows| rows as u64)
        .map_err(convert::error)
}

/// The rows found, if they are as many as they must be.
fn expected(write: &Write, found: u64) -> DbResult<u64> {
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
                "INSERT INTO row_change (position, table_name, row_key, deleted) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut s| s.execute(params![position, table, key, deleted]))
            .map_err(convert::error)?;
    }
    Ok(())
}
