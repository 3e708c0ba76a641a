//! A group of Batches until each has its answer: passes, and what is done about what stood in their way.

use super::fault::{Fault, fault};
use super::job::Job;
use super::pass::{Done, Doubt, Mode, Pass, Trouble, Verdict};
use super::plan::{Intent, Step, Touch};
use super::session::Session;
use crate::{DbError, DbResult, Expect, Receipt, StoredReply};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::ControlFlow;
use std::time::Duration;

/// Groups that run their guards row by row after a deadlock. Another process writes here too, and a folded statement
/// does not lock the rows that it misses: a row that several jobs of a group want may then be locked out of order.
const CAUTION: u32 = 1000;
/// Passes in which jobs were thrown out before each runs alone.
const REDOS: u32 = 3;
/// Deadlocks and serialization failures of one group.
const RETRIES: u32 = 8;
/// Passes of one group, whatever the reasons.
const PASSES: u32 = 32;

/// How a group ended. All jobs are answered, except after [`Ending::Ambiguous`].
#[derive(Debug)]
pub(super) enum Ending {
    /// The connection can go on.
    Done,
    /// The connection is gone; nothing of the group was committed.
    Lost,
    /// The connection is gone, and the commit was on its way.
    Ambiguous(Box<Doubt>),
}

/// Commits the jobs and answers them.
pub(super) async fn run(session: &mut Session, jobs: &mut [Job]) -> Ending {
    let mut group = Group::new(jobs.len(), session.cautious == 0);
    session.cautious = session.cautious.saturating_sub(1);
    let ending = group.passes(session, jobs).await;
    let usable = matches!(ending, Ending::Done);
    group.deliver(session, jobs, usable).await;
    ending
}

/// Answers jobs whose commit was looked up afterwards.
pub(super) fn settle(jobs: &mut [Job], done: Done, verdict: DbResult<()>) {
    for (job, receipt) in done.receipts {
        jobs[job].answer(verdict.clone().map(|()| receipt));
    }
    // They had no effect either way; with the group unknown, so is the state that they should read again.
    for (job, refused) in done.refused {
        jobs[job].answer(Err(match refused {
            Verdict::Error(error) => error,
            Verdict::Repeated => DbError::Unavailable("the stored reply could not be read; try again".into()),
        }));
    }
}

struct Group {
    mode: Mode,
    verdicts: Vec<Option<Result<Receipt, Verdict>>>,
    passes: u32,
    redos: u32,
    retries: u32,
    refused_by_log: u32,
    prepared_again: bool,
    /// Forms that failed when folded.
    suspects: Vec<usize>,
}

impl Group {
    fn new(jobs: usize, fold_guards: bool) -> Self {
        Self {
            mode: Mode { fold: true, fold_guards, look_up: false, alone: false },
            verdicts: vec![None; jobs],
            passes: 0,
            redos: 0,
            retries: 0,
            refused_by_log: 0,
            prepared_again: false,
            suspects: Vec::new(),
        }
    }

    fn live(&self) -> Vec<usize> {
        (0..self.verdicts.len()).filter(|job| self.verdicts[*job].is_none()).collect()
    }

    fn refuse(&mut self, job: usize, verdict: Verdict) {
        self.verdicts[job] = Some(Err(verdict));
    }

    fn refuse_all(&mut self, error: &DbError) {
        for job in self.live() {
            self.refuse(job, Verdict::Error(error.clone()));
        }
    }

    async fn passes(&mut self, session: &mut Session, jobs: &mut [Job]) -> Ending {
        loop {
            self.passes += 1;
            if self.passes > PASSES {
                self.refuse_all(&DbError::Unavailable("the group met too many conflicts; try again".into()));
            }
            let intents = match self.intents(session, jobs).await {
                Ok(intents) => intents,
                Err(fault) => {
                    let lost = matches!(fault, Fault::Lost(_));
                    self.refuse_all(&fault.into_error());
                    return if lost { Ending::Lost } else { Ending::Done };
                }
            };
            if intents.is_empty() {
                return Ending::Done;
            }
            match Pass::new(session, jobs, self.mode).run(intents).await {
                Ok(done) => {
                    self.accept(session, done);
                    return Ending::Done;
                }
                Err(trouble) => {
                    if let ControlFlow::Break(ending) = self.recover(session, trouble).await {
                        return ending;
                    }
                }
            }
        }
    }

    fn accept(&mut self, session: &mut Session, done: Done) {
        for (job, receipt) in done.receipts {
            self.verdicts[job] = Some(Ok(receipt));
        }
        for (job, verdict) in done.refused {
            self.refuse(job, verdict);
        }
        // What failed when folded and passed row by row depends on the order of its rows.
        if self.redos == 0 && !self.mode.alone {
            self.suspects.drain(..).for_each(|form| session.forms.unfold(form));
        }
    }

    /// Prepares and checks every statement of the jobs that are left, outside of any transaction.
    async fn intents(&mut self, session: &mut Session, jobs: &[Job]) -> Result<Vec<Intent>, Fault> {
        let mut intents = Vec::new();
        let mut rows_of: HashMap<usize, usize> = HashMap::new();
        let mut naming: HashMap<u64, u64> = HashMap::new();
        for job in self.live() {
            match intent(session, &jobs[job], job, &mut naming).await? {
                Ok(intent) => {
                    intent.steps.iter().for_each(|step| *rows_of.entry(step.form).or_default() += 1);
                    intents.push(intent);
                }
                Err(error) => self.refuse(job, Verdict::Error(error)),
            }
        }
        for (form, rows) in rows_of {
            if self.mode.fold && rows >= super::form::FOLD_FROM {
                let Session { connection, forms, .. } = &mut *session;
                forms.ready(connection, form).await.map_err(|e| fault(&e))?;
            }
        }
        Ok(intents)
    }

    /// Rolls back and decides how the next pass differs; breaks when there is none.
    async fn recover(&mut self, session: &mut Session, trouble: Trouble) -> ControlFlow<Ending> {
        match trouble {
            Trouble::Lost(why) => return self.lost(why),
            Trouble::Ambiguous(doubt) => return ControlFlow::Break(Ending::Ambiguous(doubt)),
            Trouble::Missed(_) | Trouble::LogRefused | Trouble::Failed { .. } => {}
        }
        match session.fly(vec![session.say("ROLLBACK")]).await.as_deref() {
            Some([Ok(_)]) => {}
            _ => return self.lost("the connection broke during a rollback".into()),
        }
        match trouble {
            Trouble::Missed(failed) => {
                for (job, verdict) in failed {
                    self.refuse(job, verdict);
                }
                self.redos_done();
            }
            Trouble::LogRefused => {
                self.mode.look_up = true;
                self.refused_by_log += 1;
                if self.refused_by_log > REDOS {
                    self.refuse_all(&DbError::internal(
                        "the log refuses events although their streams agree",
                    ));
                }
            }
            Trouble::Failed { job, form, fault } => return self.failed(session, job, form, fault).await,
            Trouble::Lost(_) | Trouble::Ambiguous(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn lost(&mut self, why: String) -> ControlFlow<Ending> {
        self.refuse_all(&DbError::Unavailable(why));
        ControlFlow::Break(Ending::Lost)
    }

    fn redos_done(&mut self) {
        self.redos += 1;
        self.mode.alone |= self.redos > REDOS;
    }

    async fn failed(
        &mut self,
        session: &mut Session,
        job: Option<usize>,
        form: Option<usize>,
        fault: Fault,
    ) -> ControlFlow<Ending> {
        match fault {
            Fault::Retry(_) if self.retries < RETRIES => {
                self.retries += 1;
                self.mode.fold_guards = false;
                session.cautious = CAUTION;
                tokio::time::sleep(jitter(self.retries)).await;
            }
            Fault::Stale(_) if !self.prepared_again => {
                self.prepared_again = true;
                self.suspects.clear();
                if let Err(error) = session.prepare_again().await {
                    return self.lost(super::fault::describe(&error));
                }
            }
            fault if fault.is_of_one_job() => match (job, form) {
                (Some(job), _) => {
                    self.refuse(job, Verdict::Error(fault.into_error()));
                    self.redos_done();
                }
                (None, Some(form)) => {
                    self.mode.fold = false;
                    self.suspects.push(form);
                }
                (None, None) => self.refuse_all(&fault.into_error()),
            },
            fault => self.refuse_all(&fault.into_error()),
        }
        ControlFlow::Continue(())
    }

    /// Gives every job its answer. A miss is answered no sooner than its rivals' commit, so that who reads again sees
    /// what it lost to.
    async fn deliver(self, session: &Session, jobs: &mut [Job], usable: bool) {
        // A job that failed otherwise may be a repetition all the same: its constraint was met by its own first time.
        // A conflict is none: the key was looked at before the expectation.
        let asked = |job: &usize| match &self.verdicts[*job] {
            Some(Err(Verdict::Error(error))) => !error.is_conflict(),
            Some(Err(Verdict::Repeated)) => true,
            Some(Ok(_)) | None => false,
        };
        let repeated: Vec<_> =
            (0..jobs.len()).filter(asked).filter(|job| jobs[*job].kept().is_some()).collect();
        let mut stored = if repeated.is_empty() || !usable {
            HashMap::new()
        } else {
            replies(session, jobs, &repeated).await
        };
        for (job, verdict) in self.verdicts.into_iter().enumerate() {
            match verdict {
                Some(Ok(receipt)) => jobs[job].answer(Ok(receipt)),
                Some(Err(verdict)) => {
                    let otherwise = || match verdict {
                        Verdict::Error(error) => error,
                        Verdict::Repeated => {
                            DbError::Unavailable("the stored reply could not be read; try again".into())
                        }
                    };
                    let reply = stored.remove(&job).map(|reply| DbError::Repeated(Box::new(reply)));
                    jobs[job].answer(Err(reply.unwrap_or_else(otherwise)));
                }
                None => {}
            }
        }
    }
}

/// Reads the stored replies of jobs whose key may have been used.
async fn replies(session: &Session, jobs: &[Job], repeated: &[usize]) -> HashMap<usize, StoredReply> {
    let keys: Vec<_> = repeated
        .iter()
        .filter_map(|job| jobs[*job].kept().map(|(actor, kept)| (actor, kept.key.as_str())))
        .collect();
    let read = session.fly(vec![session.own.replies(session.client(), &keys)]).await;
    let Some(Ok(reply)) = read.and_then(|mut replies| replies.pop()) else { return HashMap::new() };
    let mut stored = HashMap::new();
    for row in reply.rows() {
        let found = || -> Result<_, Box<dyn std::error::Error>> {
            let fingerprint = row.try_get::<_, &[u8]>(2)?.try_into()?;
            let kept = StoredReply {
                fingerprint,
                status: row.try_get::<_, i64>(3)?.try_into()?,
                reply: row.try_get(4)?,
            };
            Ok(((row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?), kept))
        };
        if let Ok((key, kept)) = found() {
            stored.insert(key, kept);
        }
    }
    let of = |job: &usize| {
        let (actor, kept) = jobs[*job].kept()?;
        Some((*job, stored.get(&(actor.to_owned(), kept.key.clone()))?.clone()))
    };
    repeated.iter().filter_map(of).collect()
}

/// What one job wants to run. The outer error is the connection's, the inner one the job's.
async fn intent(
    session: &mut Session,
    job: &Job,
    number: usize,
    naming: &mut HashMap<u64, u64>,
) -> Result<DbResult<Intent>, Fault> {
    let mut steps = Vec::with_capacity(job.batch.writes.len());
    let mut guards = 0;
    for (n, write) in job.batch.writes.iter().enumerate() {
        let form = match session.forms.resolve(&mut session.connection, &write.statement).await {
            Ok(form) => form,
            Err(error) => match fault(&error) {
                fault @ (Fault::Refused(_) | Fault::Stale(_)) => {
                    let why = fault.into_error();
                    return Ok(Err(DbError::internal(format!(
                        "statement `{}`: {why}",
                        write.statement.name()
                    ))));
                }
                fault => return Err(fault),
            },
        };
        if let Err(error) = session.forms.check(form, &write.params) {
            return Ok(Err(error));
        }
        let mut touch = session.forms.get(form).touch(&write.params);
        // Rows of one table named by different columns cannot be told apart.
        if let Some((table, columns)) = session.forms.get(form).naming()
            && *naming.entry(table).or_insert(columns) != columns
        {
            touch = Touch::Free;
        }
        let guard = matches!(touch, Touch::Row { .. }) && matches!(write.expect, Expect::Rows(1..));
        guards += usize::from(guard && guards == n);
        steps.push(Step { job: number, write: n, form, touch });
    }
    Ok(Ok(Intent { job: number, guards, steps }))
}

/// Some milliseconds, more each time, different in every process.
fn jitter(retry: u32) -> Duration {
    let span = 2_u64 << retry.min(5);
    Duration::from_millis(1 + RandomState::new().build_hasher().finish() % span)
}
