//! What the replies of a flight say about each job.

use super::{Meaning, Pass, Trouble, Verdict};
use crate::postgres::fault::Fault;
use crate::postgres::flight::Reply;
use crate::{DbError, Expect};
use kernel::planted;
use std::collections::HashSet;

impl Pass<'_> {
    pub(super) fn absorb(&mut self, replies: Vec<(Meaning, Reply)>) -> Result<(), Trouble> {
        for (meaning, reply) in replies {
            match meaning {
                Meaning::Nothing | Meaning::Log => {}
                Meaning::Keep(jobs) => self.absorb_keep(&jobs, &reply)?,
                Meaning::Writes { form, writes, many } => self.absorb_writes(form, &writes, many, &reply)?,
                Meaning::Head => {
                    if let Some(row) = reply.rows().first() {
                        let hash: &[u8] = row.try_get(1).map_err(unread)?;
                        let hash = hash.try_into().map_err(|_| unfit("a stored hash has not 32 bytes"))?;
                        self.head = (positive(row.try_get(0).map_err(unread)?), hash);
                    }
                }
                Meaning::Streams => {
                    for row in reply.rows() {
                        let version = positive(row.try_get(1).map_err(unread)?);
                        self.streams.insert(row.try_get(0).map_err(unread)?, version);
                    }
                }
            }
        }
        Ok(())
    }

    fn absorb_keep(&mut self, jobs: &[usize], reply: &Reply) -> Result<(), Trouble> {
        let pairs =
            reply.rows().iter().map(|row| Ok((row.try_get::<_, &str>(0)?, row.try_get::<_, &str>(1)?)));
        let inserted = pairs.collect::<Result<HashSet<_>, _>>().map_err(unread)?;
        for &job in jobs {
            let new = self.jobs[job]
                .kept()
                .is_some_and(|(actor, kept)| inserted.contains(&(actor, kept.key.as_str())));
            let progress = &mut self.progress[job];
            progress.kept = new;
            if !new {
                progress.failed = Some(Verdict::Repeated);
            }
        }
        Ok(())
    }

    fn absorb_writes(
        &mut self,
        form: usize,
        writes: &[(usize, usize)],
        many: Option<bool>,
        reply: &Reply,
    ) -> Result<(), Trouble> {
        let mut counts = vec![0_u64; writes.len()];
        match many {
            None => counts.fill(reply.count()),
            Some(false) if reply.count() == writes.len() as u64 => counts.fill(1),
            Some(false) => {
                let fault = Fault::Refused("a folded insert did not insert every row".into());
                return Err(Trouble::Failed { job: None, form: Some(form), fault });
            }
            Some(true) => {
                for row in reply.rows() {
                    let number = usize::try_from(row.try_get::<_, i64>(0).map_err(unread)?).unwrap_or(0);
                    match counts.get_mut(number.wrapping_sub(1)) {
                        Some(count) => *count += 1,
                        None => return Err(unfit("a folded update numbered a row that was not asked for")),
                    }
                }
            }
        }
        for (&(job, write), found) in writes.iter().zip(counts) {
            self.note(job, write, found);
        }
        Ok(())
    }

    /// Notes the rows that a write touched, and a missed expectation.
    fn note(&mut self, job: usize, write: usize, found: u64) {
        let wanted = &self.jobs[job].batch.writes[write];
        let progress = &mut self.progress[job];
        progress.rows[write] = found;
        if let Expect::Rows(expected) = wanted.expect
            && expected != found
            && progress.failed.is_none()
            && !planted("no_expectation")
        {
            let statement = wanted.statement.name().to_owned();
            progress.failed = Some(Verdict::Error(DbError::Missed { statement, expected, found }));
        }
    }
}

fn unfit(why: &str) -> Trouble {
    Trouble::Failed { job: None, form: None, fault: Fault::Refused(why.into()) }
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn unread(error: tokio_postgres::Error) -> Trouble {
    unfit(&error.to_string())
}

/// Positions and versions are counted from 0.
fn positive(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
