//! One try to commit a group: begin, guards, the rest, the log, commit, in at most three flights.
//!
//! Invariants: every reply is looked at before anything is believed, because COMMIT of a transaction that has failed
//! answers like a success. A job that missed and has written nothing is left out and costs nothing; one that has
//! written ends the pass, and the group goes again without it.

use super::fault::{Fault, fault};
use super::flight::{Reply, Request};
use super::form::FOLD_FROM;
use super::job::Job;
use super::own::portions;
use super::plan::{self, Intent, Order, Step};
use super::session::Session;
use super::values::Param;
use crate::{DbError, GENESIS, Hash, Receipt};
use std::collections::HashMap;
use tokio_postgres::types::ToSql;

mod absorb;
mod append;
pub(super) use append::Proof;

/// How the group is run this time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    /// Many rows in one statement where possible.
    pub(super) fold: bool,
    /// The same for the guards, which run ahead of everything else.
    pub(super) fold_guards: bool,
    /// Look up the version of every stream, also of those that should not exist yet.
    pub(super) look_up: bool,
    /// Each job under a savepoint of its own, a round trip each.
    pub(super) alone: bool,
}

/// Why one job is not committed.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    Error(DbError),
    /// Its idempotency key was used; the stored reply is read later.
    Repeated,
}

/// Why a pass did not commit. Nothing of the group is in the database, except perhaps after [`Trouble::Ambiguous`].
#[derive(Debug)]
pub(super) enum Trouble {
    /// These jobs missed after having written.
    Missed(Vec<(usize, Verdict)>),
    /// A statement failed: of a job when it is known, of a form when several jobs shared it, else the platform's.
    Failed { job: Option<usize>, form: Option<usize>, fault: Fault },
    /// The log did not take an event: a stream that should not exist does.
    LogRefused,
    /// The connection is gone, before COMMIT was sent.
    Lost(String),
    /// The connection is gone, and COMMIT was sent.
    Ambiguous(Box<Doubt>),
}

/// A commit whose acknowledgement was lost.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) why: String,
    /// By what the group is recognised.
    pub(super) proof: Proof,
    /// What it came to, if it was committed.
    pub(super) done: Done,
}

/// What a pass came to for each job.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) receipts: Vec<(usize, Receipt)>,
    pub(super) refused: Vec<(usize, Verdict)>,
}

/// How far one job has come.
#[derive(Debug, Default)]
struct Progress {
    /// Rows touched by each write.
    rows: Vec<u64>,
    /// Whether its idempotency row was inserted.
    kept: bool,
    failed: Option<Verdict>,
}

impl Progress {
    fn wrote(&self) -> bool {
        self.rows.iter().any(|rows| *rows > 0)
    }
}

/// What a reply will mean.
#[derive(Debug)]
enum Meaning {
    Nothing,
    /// The idempotency rows of these jobs.
    Keep(Vec<usize>),
    /// Rows of one statement; for many rows, whether it answers their numbers.
    Writes {
        form: usize,
        writes: Vec<(usize, usize)>,
        many: Option<bool>,
    },
    Head,
    Streams,
    Log,
}

#[derive(Default)]
struct Flight<'a> {
    requests: Vec<Request<'a>>,
    meanings: Vec<Meaning>,
}

impl<'a> Flight<'a> {
    fn add(&mut self, meaning: Meaning, request: Request<'a>) {
        self.requests.push(request);
        self.meanings.push(meaning);
    }
}

pub(super) struct Pass<'a> {
    session: &'a Session,
    jobs: &'a mut [Job],
    mode: Mode,
    progress: Vec<Progress>,
    head: (u64, Hash),
    /// Versions of streams, as looked up under the lock.
    streams: HashMap<String, u64>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(session: &'a Session, jobs: &'a mut [Job], mode: Mode) -> Self {
        let progress = jobs
            .iter()
            .map(|job| Progress { rows: vec![0; job.batch.writes.len()], ..Progress::default() })
            .collect();
        Self { session, jobs, mode, progress, head: (0, GENESIS), streams: HashMap::new() }
    }

    /// Commits the jobs of the intents, or says what stood in the way.
    pub(super) async fn run(mut self, intents: Vec<Intent>) -> Result<Done, Trouble> {
        let order = if self.mode.alone {
            let jobs = intents.iter().map(|intent| intent.job).collect();
            self.one_by_one(intents).await?;
            jobs
        } else {
            self.together(plan::order(intents)).await?
        };
        self.weed(&order)?;
        self.append(order).await
    }

    /// Guards in one flight, everything else with the lock and the head of the log in a second; one flight when there
    /// is no guard, or no neighbour whom a miss could cost a rollback.
    async fn together(&mut self, order: Order) -> Result<Vec<usize>, Trouble> {
        let Order { guards, rest, jobs } = order;
        let mut flight = Flight::default();
        flight.add(Meaning::Nothing, self.session.say("BEGIN ISOLATION LEVEL READ COMMITTED"));
        self.add_keep(&mut flight, &jobs);
        let ahead = !guards.is_empty() && jobs.len() > 1;
        if ahead {
            self.add_writes(&mut flight, &guards, self.mode.fold && self.mode.fold_guards);
            let replies = self.send(flight).await?;
            self.absorb(replies)?;
            self.weed(&jobs)?;
            flight = Flight::default();
        }
        let mut steps = if ahead { Vec::new() } else { guards };
        steps.extend(rest);
        steps.retain(|step| self.progress[step.job].failed.is_none());
        self.add_writes(&mut flight, &steps, self.mode.fold);
        self.add_log(&mut flight, &jobs);
        let replies = self.send(flight).await?;
        self.absorb(replies)?;
        Ok(jobs)
    }

    /// Each job under a savepoint: the slow way, when constraints have failed again and again.
    async fn one_by_one(&mut self, intents: Vec<Intent>) -> Result<(), Trouble> {
        let mut flight = Flight::default();
        flight.add(Meaning::Nothing, self.session.say("BEGIN ISOLATION LEVEL READ COMMITTED"));
        self.send(flight).await?;
        let jobs: Vec<_> = intents.iter().map(|intent| intent.job).collect();
        for Intent { job, steps, .. } in intents {
            let mut flight = Flight::default();
            flight.add(Meaning::Nothing, self.session.say("SAVEPOINT batch"));
            self.add_keep(&mut flight, &[job]);
            self.add_writes(&mut flight, &steps, false);
            match self.send(flight).await {
                Ok(replies) => self.absorb(replies)?,
                Err(Trouble::Failed { job: Some(job), fault, .. }) if fault.is_of_one_job() => {
                    self.progress[job].failed = Some(Verdict::Error(fault.into_error()));
                }
                Err(trouble) => return Err(trouble),
            }
            let mut flight = Flight::default();
            let progress = &mut self.progress[job];
            if progress.failed.is_some() {
                *progress = Progress { failed: progress.failed.take(), ..Progress::default() };
                flight.add(Meaning::Nothing, self.session.say("ROLLBACK TO SAVEPOINT batch"));
            }
            flight.add(Meaning::Nothing, self.session.say("RELEASE SAVEPOINT batch"));
            self.send(flight).await?;
        }
        let mut flight = Flight::default();
        self.add_log(&mut flight, &jobs);
        let replies = self.send(flight).await?;
        self.absorb(replies)
    }

    fn add_keep<'f>(&'f self, flight: &mut Flight<'f>, jobs: &[usize]) {
        let kept = jobs.iter().filter_map(|&job| {
            let (actor, kept) = self.jobs[job].kept()?;
            Some((job, (actor, kept, self.jobs[job].batch.at.0)))
        });
        let mut kept: Vec<_> = kept.collect();
        kept.sort_by_key(|(_, (actor, kept, _))| (*actor, kept.key.as_str()));
        for portion in portions(&kept) {
            let (jobs, rows): (Vec<_>, Vec<_>) = portion.iter().copied().unzip();
            flight.add(Meaning::Keep(jobs), self.session.own.keep(self.session.client(), &rows));
        }
    }

    fn add_writes<'f>(&'f self, flight: &mut Flight<'f>, steps: &[Step], fold: bool) {
        let (own, client) = (&self.session.own, self.session.client());
        let mut ordered = false;
        for chunk in plan::chunks(steps, fold) {
            let form = self.session.forms.get(chunk.form);
            let joins = matches!(form.many(), Some((_, true))) && chunk.writes.len() >= FOLD_FROM;
            if joins != ordered && (joins || form.is_free()) {
                ordered = joins;
                flight.add(Meaning::Nothing, own.joins(client, !joins));
            }
            match form.many().filter(|_| chunk.writes.len() >= FOLD_FROM) {
                Some((statement, numbered)) => {
                    let request = self.many(statement, numbered, &chunk.writes);
                    flight.add(
                        Meaning::Writes { form: chunk.form, writes: chunk.writes, many: Some(numbered) },
                        request,
                    );
                }
                None => {
                    for write in chunk.writes {
                        let request = self.one(&form.one, write);
                        flight.add(
                            Meaning::Writes { form: chunk.form, writes: vec![write], many: None },
                            request,
                        );
                    }
                }
            }
        }
    }

    fn one<'f>(
        &'f self,
        statement: &'f tokio_postgres::Statement,
        (job, write): (usize, usize),
    ) -> Request<'f> {
        let params = &self.jobs[job].batch.writes[write].params;
        let client = self.session.client();
        Box::pin(
            async move { client.execute_raw(statement, params.iter().map(Param)).await.map(Reply::Count) },
        )
    }

    fn many<'f>(
        &'f self,
        statement: &'f tokio_postgres::Statement,
        numbered: bool,
        writes: &[(usize, usize)],
    ) -> Request<'f> {
        let mut columns = vec![Vec::with_capacity(writes.len()); statement.params().len()];
        for (job, write) in writes {
            for (column, value) in columns.iter_mut().zip(&self.jobs[*job].batch.writes[*write].params) {
                column.push(Param(value));
            }
        }
        let client = self.session.client();
        Box::pin(async move {
            if !numbered {
                return client.execute_raw(statement, columns).await.map(Reply::Count);
            }
            let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
            client.query(statement, &params).await.map(Reply::Rows)
        })
    }

    /// Sends a flight; the first error in it is what happened, all later ones are its echo.
    async fn send(&self, flight: Flight<'_>) -> Result<Vec<(Meaning, Reply)>, Trouble> {
        let Flight { requests, meanings } = flight;
        let Some(replies) = self.session.fly(requests).await else {
            return Err(Trouble::Lost("the server did not answer in time".into()));
        };
        let mut read = Vec::with_capacity(meanings.len());
        for (meaning, reply) in meanings.into_iter().zip(replies) {
            match reply {
                Ok(reply) => read.push((meaning, reply)),
                Err(error) => return Err(trouble(&meaning, fault(&error))),
            }
        }
        Ok(read)
    }

    /// Ends the pass if a failed job has written, or if nobody is left.
    fn weed(&mut self, jobs: &[usize]) -> Result<(), Trouble> {
        let spoilt = |job: &usize| self.progress[*job].failed.is_some() && self.progress[*job].wrote();
        let over = jobs.iter().all(|job| self.progress[*job].failed.is_some());
        if over || jobs.iter().any(spoilt) {
            let failed = jobs.iter().filter_map(|job| Some((*job, self.progress[*job].failed.take()?)));
            return Err(Trouble::Missed(failed.collect()));
        }
        Ok(())
    }
}

fn trouble(meaning: &Meaning, fault: Fault) -> Trouble {
    match (meaning, fault) {
        (_, Fault::Lost(why)) => Trouble::Lost(why),
        (Meaning::Log, Fault::Constraint(_)) => Trouble::LogRefused,
        (Meaning::Writes { form, writes, many }, fault) => {
            let job = writes.first().filter(|_| many.is_none()).map(|(job, _)| *job);
            Trouble::Failed { job, form: Some(*form), fault }
        }
        (_, fault) => Trouble::Failed { job: None, form: None, fault },
    }
}
