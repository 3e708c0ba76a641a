//! The rows of runs, in the database of whoever runs them: the module names the technical tables `process_run` and
//! `process_step` beside its own, and registers [`statements`].

use super::{Answer, End, Run, Way};
use db::{Batch, Db, DbError, DbResult, Row, Statement};
use kernel::{Timestamp, Uuid};

/// The tables, for a migration of the module.
pub const MIGRATION: &str = "
CREATE TABLE process_run (
  id {id} NOT NULL PRIMARY KEY,
  process {text} NOT NULL,
  step {int} NOT NULL,
  -- `forward` or `back`.
  way {text} NOT NULL,
  waits {int} NOT NULL,
  -- `done` or `undone`, once it has ended.
  outcome {text},
  tries {int} NOT NULL,
  reason {text},
  data {json} NOT NULL,
  due_at {instant} NOT NULL,
  -- Who works on it until when; whoever takes it raises the epoch.
  holder {text} NOT NULL,
  lease_until {instant} NOT NULL,
  epoch {int} NOT NULL,
  version {int} NOT NULL,
  began_at {instant} NOT NULL
){strict};
CREATE INDEX process_run_open ON process_run (outcome, began_at, id);
-- What was done and undone, in order.
CREATE TABLE process_step (
  run_id {id} NOT NULL,
  nth {int} NOT NULL,
  step {text} NOT NULL,
  way {text} NOT NULL,
  answer {text} NOT NULL,
  epoch {int} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (run_id, nth)
){keyed};
";

/// The columns of a run, in the order of [`run`].
const COLUMNS: &str = "id, step, way, waits, outcome, tries, reason, data, due_at, epoch, version, process, holder, lease_until";

db::statements! {
    ADD_RUN = write("INSERT INTO process_run (id, process, step, way, waits, outcome, tries, reason, data, due_at, holder, lease_until, epoch, version, began_at) VALUES (?1, ?2, 0, 'forward', 0, NULL, 0, NULL, ?3, ?4, '', 0, 0, 1, ?4)").keyed();
    RUN = read(format!("SELECT {COLUMNS} FROM process_run WHERE id = ?1"));
    UNFINISHED = read(format!("SELECT {COLUMNS} FROM process_run WHERE outcome IS NULL ORDER BY began_at, id LIMIT ?1"));
    /// Takes a run from the epoch that was read.
    TAKE_RUN = write("UPDATE process_run SET holder = ?3, lease_until = ?4, epoch = epoch + 1 WHERE id = ?1 AND epoch = ?2").keyed();
    /// Moves a run on, from the version and in the epoch that were read.
    MOVE_RUN = write("UPDATE process_run SET step = ?4, way = ?5, waits = ?6, outcome = ?7, tries = ?8, reason = ?9, due_at = ?10, version = ?11, lease_until = 0 WHERE id = ?1 AND version = ?2 AND epoch = ?3").keyed();
    ADD_STEP = write("INSERT INTO process_step (run_id, nth, step, way, answer, epoch, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").keyed();
    STEPS = read("SELECT step, way, answer, at FROM process_step WHERE run_id = ?1 ORDER BY nth");
}

/// The statements on runs and on timers, for the schema of a module that runs processes.
#[must_use]
pub fn statements() -> Vec<Statement> {
    all()
}

/// A run, with the name of its process and who holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct Standing {
    /// The run.
    pub run: Run,
    /// The name of its process.
    pub process: String,
    /// Who holds it.
    pub holder: String,
    /// Until when.
    pub lease_until: Timestamp,
}

/// What came of a step, as its record says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// It was done.
    Done,
    /// It was asked for; an event will say what came of it.
    Waits,
    /// No event said so in time.
    Late,
    /// It will not be done, and why.
    Refused(String),
    /// It is to be tried again, and why.
    Again(String),
}

impl From<&Answer> for Said {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Done => Self::Done,
            Answer::Waits { .. } => Self::Waits,
            Answer::Refused(why) => Self::Refused(why.clone()),
            Answer::Again(why) => Self::Again(why.clone()),
        }
    }
}

impl Said {
    /// The words of a record.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Done => "done".to_owned(),
            Self::Waits => "waits".to_owned(),
            Self::Late => "late".to_owned(),
            Self::Refused(why) => format!("refused: {why}"),
            Self::Again(why) => format!("again: {why}"),
        }
    }

    fn read(words: &str) -> DbResult<Self> {
        Ok(match words.split_once(": ") {
            Some(("refused", why)) => Self::Refused(why.to_owned()),
            Some(("again", why)) => Self::Again(why.to_owned()),
            _ => match words {
                "done" => Self::Done,
                "waits" => Self::Waits,
                "late" => Self::Late,
                other => return Err(bad(other)),
            },
        })
    }
}

/// What was done about a step, or undone, once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The name of the step.
    pub step: String,
    /// Whether it was to be done or undone.
    pub way: Way,
    /// What came of it.
    pub said: Said,
    /// When.
    pub at: Timestamp,
}

fn bad(word: &str) -> DbError {
    DbError::internal(format!("no word `{word}` of a process"))
}

fn way(word: &str) -> DbResult<Way> {
    match word {
        "forward" => Ok(Way::Forward),
        "back" => Ok(Way::Back),
        other => Err(bad(other)),
    }
}

fn standing(row: &Row) -> DbResult<Standing> {
    let way = way(&row.text(2)?)?;
    let end = match row.opt_text(4)?.as_deref() {
        None => None,
        Some("done") => Some(End::Done),
        Some("undone") => Some(End::Undone),
        Some(other) => return Err(bad(other)),
    };
    let run = Run {
        id: row.uuid(0)?,
        at: usize::try_from(row.int(1)?).unwrap_or(usize::MAX),
        way,
        waits: row.bool(3)?,
        end,
        tries: u32::try_from(row.int(5)?).unwrap_or(u32::MAX),
        reason: row.opt_text(6)?,
        data: row.json(7)?,
        due_at: row.instant(8)?,
        epoch: row.count(9)?,
        version: row.count(10)?,
    };
    Ok(Standing { run, process: row.text(11)?, holder: row.text(12)?, lease_until: row.instant(13)? })
}

/// One run.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(db: &Db, id: Uuid) -> DbResult<Option<Standing>> {
    db.query_one(&RUN, db::params![id]).await?.map(|row| standing(&row)).transpose()
}

/// Everything that was done and undone of a run, in order.
///
/// # Errors
/// When the database cannot be read.
pub async fn records(db: &Db, run: Uuid) -> DbResult<Vec<Record>> {
    let record = |row: &Row| {
        let (way, said) = (way(&row.text(1)?)?, Said::read(&row.text(2)?)?);
        Ok(Record { step: row.text(0)?, way, said, at: row.instant(3)? })
    };
    db.query(&STEPS, db::params![run]).await?.iter().map(record).collect()
}

/// The runs that have not ended, oldest first, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub async fn unfinished(db: &Db, limit: u32) -> DbResult<Vec<Standing>> {
    db.query(&UNFINISHED, db::params![limit]).await?.iter().map(standing).collect()
}

/// Adds to a Batch a run after a change, in the epoch of whoever changes it.
pub(super) fn moved(batch: &mut Batch, before: &Run, after: &Run) {
    let way = if after.way == Way::Forward { "forward" } else { "back" };
    let outcome = after.end.map(|end| if end == End::Done { "done" } else { "undone" });
    let at = u64::try_from(after.at).unwrap_or(u64::MAX);
    batch.expect_one(
        &MOVE_RUN,
        db::params![
            before.id,
            before.version,
            before.epoch,
            at,
            way,
            i64::from(after.waits),
            outcome,
            after.tries,
            after.reason.as_deref(),
            after.due_at,
            after.version
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_says_is_read_as_it_was_written() {
        let why = || "no answer: 503: later".to_owned();
        for said in [Said::Done, Said::Waits, Said::Late, Said::Refused(why()), Said::Again(why())] {
            assert_eq!(Said::read(&said.words()).unwrap(), said);
        }
        assert!(Said::read("Done").is_err());
    }
}
