//! Archiving a month that is over into a file, and thawing it.
//!
//! The file is written whole and flushed before any row goes; the rows go in one Batch that is refused when the month
//! has grown meanwhile. A crash in between leaves the rows, and a file that the next try writes anew. Thawing fills in
//! what is missing, as often as it is begun; until it is done, the month counts as archived.

use super::known::Known;
use super::model::{Partition, PartitionState, month};
use super::{file, queries, sql};
use db::{Batch, Db, DbError, NewEvent};
use kernel::{Cause, Clock, Error, Kind, Result};
use serde_json::json;
use std::path::PathBuf;

/// The event that tells of an archived month.
pub(super) const ARCHIVED: &str = "events.partition.archived";
/// The event that tells of a thawed month.
pub(super) const THAWED: &str = "events.partition.thawed";
/// Events read or written at once.
const PAGE: u32 = 1000;
/// How often a month that grew is written again.
const TRIES: usize = 3;

fn failed(why: impl std::fmt::Display) -> Error {
    Error::new(
        Kind::Unavailable { retry_after_s: 60 },
        "archive_failed",
        "Le fichier du mois n’a pas pu être écrit ou relu\u{202f}; rien n’a été retiré.",
        "The month’s file could not be written or read; nothing was taken away.",
    )
    .because(why.to_string())
}

fn folder(known: &Known) -> Result<PathBuf> {
    known.archives().cloned().ok_or_else(|| Error::internal("nobody said where archives go"))
}

async fn found(db: &Db, name: &str) -> Result<Partition> {
    let months = queries::partitions(db).await?;
    months.into_iter().find(|month| month.name == name).ok_or_else(Error::not_found)
}

fn not_now(month: &Partition) -> Error {
    let state = match month.state {
        PartitionState::Open => ("est ouvert", "is open"),
        PartitionState::Archived => ("est archivé", "is archived"),
        PartitionState::Thawing => ("est en train d’être dégelé", "is being thawed"),
    };
    Error::refused(
        "partition_state",
        format!("Le mois {} {}.", month.name, state.0),
        format!("The month {} {}.", month.name, state.1),
    )
}

/// Archives a month: answers it as it is afterwards.
///
/// # Errors
/// Refused for the month that is under way and for one that is archived; unavailable when the file cannot be written.
pub async fn archive(
    db: &Db,
    known: &Known,
    name: &str,
    (clock, cause): (&dyn Clock, Cause),
) -> Result<Partition> {
    let folder = folder(known)?;
    for _ in 0..TRIES {
        let before = found(db, name).await?;
        if before.state != PartitionState::Open {
            return Err(not_now(&before));
        }
        if before.name >= month(clock.now()) {
            let (fr, en) = ("Ce mois n’est pas fini.", "This month is not over.");
            return Err(Error::refused("partition_under_way", fr, en));
        }
        let written = write(db, &folder, &before).await?;
        let now = clock.now();
        let mut batch = Batch::new(now, cause.clone());
        let file = file::name(name);
        let params =
            db::params![name, before.events, before.last_seq, &file, &written.sha256, written.bytes, now];
        batch.expect_one(&sql::ARCHIVE_PARTITION, params);
        batch.write(&sql::NOTE_STREAMS, db::params![name]);
        batch.writes.push(db::Write {
            statement: sql::REMOVE_PARTITION.clone(),
            params: db::params![name],
            expect: db::Expect::Rows(before.events),
        });
        batch.event(NewEvent::new(
            clock.new_id(),
            ARCHIVED,
            format!("partition/{name}"),
            json!({ "partition": name, "events": before.events, "file": file, "sha256": written.sha256,
                "bytes": written.bytes }),
        ));
        match db.write(batch).await {
            Ok(_) => return found(db, name).await,
            Err(DbError::Missed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::conflict(format!("{name} grew {TRIES} times while it was archived")))
}

/// Writes a month's file; it must hold what the month's row says.
async fn write(db: &Db, folder: &std::path::Path, month: &Partition) -> Result<file::Written> {
    let (into, name) = (folder.to_owned(), month.name.clone());
    let mut writing = blocking(move || file::Writing::begin(&into, &name)).await?;
    let mut after = 0;
    loop {
        let rows = db.query(&sql::OF_PARTITION, db::params![&month.name, after, PAGE]).await?;
        let page = rows.iter().map(sql::stored).collect::<Result<Vec<_>, DbError>>()?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        if after > month.last_seq {
            break;
        }
        writing = blocking(move || writing.add(&page)).await?;
    }
    if writing.hash != month.hash || writing.events != month.events {
        return Err(failed(format!(
            "{} has other events than its row says; run `archipel verify`",
            month.name
        )));
    }
    blocking(move || writing.end()).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(e.to_string()))?;
    done.map_err(failed)
}

/// Reads an archived month back: answers it as it is afterwards. Its file stays where it is.
///
/// # Errors
/// Refused for a month that is at hand; unavailable when its file is gone or was altered.
pub async fn thaw(
    db: &Db,
    known: &Known,
    name: &str,
    (clock, cause): (&dyn Clock, Cause),
) -> Result<Partition> {
    let folder = folder(known)?;
    let before = found(db, name).await?;
    if before.state == PartitionState::Open {
        return Err(not_now(&before));
    }
    let mut batch = Batch::new(clock.now(), cause.clone());
    batch.expect_one(&sql::BEGIN_THAW, db::params![name, clock.now()]);
    db.write(batch).await?;
    if let Err(error) = fill(db, &folder, &before, (clock, &cause)).await {
        tracing::warn!(partition = name, cause = %error.operator, "a month could not be thawed");
        return Err(error);
    }
    let count = db.query_one(&sql::COUNT_PARTITION, db::params![name]).await?;
    if count.map_or(Ok(0), |row| row.count(0))? != before.events {
        return Err(failed(format!("{name} is not whole after its file was read")));
    }
    let mut batch = Batch::new(clock.now(), cause);
    batch.expect_one(&sql::END_THAW, db::params![name, clock.now()]);
    batch.write(&sql::FORGET_STREAMS, db::params![name]);
    let data = json!({ "partition": name, "events": before.events });
    batch.event(NewEvent::new(clock.new_id(), THAWED, format!("partition/{name}"), data));
    db.write(batch).await?;
    found(db, name).await
}

/// Writes the events of a month's file, those that are there already aside.
async fn fill(
    db: &Db,
    folder: &std::path::Path,
    month: &Partition,
    (clock, cause): (&dyn Clock, &Cause),
) -> Result<()> {
    let (pages, mut waiting) = tokio::sync::mpsc::channel(2);
    let (folder, month) = (folder.to_owned(), month.clone());
    let reading = tokio::task::spawn_blocking(move || {
        file::read(&folder, &month, PAGE as usize, |page| {
            pages.blocking_send(page).map_err(|_| "nobody reads on".to_owned())
        })
    });
    while let Some(page) = waiting.recv().await {
        let mut batch = Batch::new(clock.now(), cause.clone());
        for stored in &page {
            batch.write(&sql::THAW_EVENT, sql::params(stored));
        }
        db.write(batch).await?;
    }
    reading.await.map_err(|e| Error::internal(e.to_string()))?.map_err(failed)
}
