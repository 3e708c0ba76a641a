//! The writer of one database: a task that owns a connection and commits what waits, in groups.
//!
//! Nobody cancels it. It takes everything that waits, up to 256 Batches, without delay: the flush in progress is the
//! gathering time. Without work it gives its connection back. If it ends, its queue ends with it, so that nobody waits
//! for an answer that cannot come.

use super::flight::Reply;
use super::group::{self, Ending};
use super::job::Job;
use super::options::PgOptions;
use super::pass::{Doubt, Proof};
use super::session::Session;
use crate::{Batch, DbError, DbResult, Receipt};
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Batches committed together at most.
const GROUP: usize = 256;
/// Writes and events committed together at most, so that a few huge Batches do not make one endless transaction.
const WEIGHT: usize = 20_000;
/// Batches that may wait; beyond it callers wait before they are heard.
const QUEUE: usize = 1024;
/// How long a lost connection is tried again to learn what became of a commit.
const SETTLE: Duration = Duration::from_secs(30);

/// The way to a database's writer.
#[derive(Debug)]
pub(super) struct Writer {
    options: Arc<PgOptions>,
    running: Mutex<Running>,
}

#[derive(Debug)]
enum Running {
    /// Nobody has written yet.
    No,
    Yes(mpsc::Sender<Job>, JoinHandle<()>),
    Closed,
}

impl Writer {
    pub(super) fn new(options: Arc<PgOptions>) -> Self {
        Self { options, running: Mutex::new(Running::No) }
    }

    /// The queue of the running task; starts it when it has not been started, or has ended by a panic.
    fn queue(&self) -> DbResult<mpsc::Sender<Job>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match &*running {
            Running::Closed => return Err(DbError::Unavailable("the database is closed".into())),
            Running::Yes(queue, _) if !queue.is_closed() => return Ok(queue.clone()),
            Running::Yes(..) => tracing::error!("the writer had ended; it starts again"),
            Running::No => {}
        }
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = tokio::spawn(Task::new(self.options.clone()).run(receiver));
        *running = Running::Yes(sender.clone(), task);
        Ok(sender)
    }

    /// Hands a Batch over and waits for its answer. Dropping the future afterwards changes nothing.
    pub(super) async fn write(&self, batch: Batch) -> DbResult<Receipt> {
        let (job, answer) = Job::new(batch)?;
        let queue = self.queue()?;
        queue.send(job).await.map_err(|_| DbError::Unavailable("the writer has ended; try again".into()))?;
        drop(queue);
        answer.await.map_err(|_| DbError::Unknown("the writer ended while it held the Batch".into()))?
    }

    /// Lets the task finish what was handed over, and waits for it.
    pub(super) async fn close(&self) {
        let running = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *running, Running::Closed)
        };
        if let Running::Yes(queue, task) = running {
            drop(queue);
            if task.await.is_err() {
                tracing::error!("the writer had ended by a panic");
            }
        }
    }
}

struct Task {
    options: Arc<PgOptions>,
    session: Option<Session>,
    /// Taken from the queue and not yet committed.
    waiting: VecDeque<Job>,
}

impl Task {
    fn new(options: Arc<PgOptions>) -> Self {
        Self { options, session: None, waiting: VecDeque::new() }
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut taken = Vec::with_capacity(GROUP);
        loop {
            if self.waiting.len() < GROUP {
                let open = self.gather(&mut queue, &mut taken).await;
                self.waiting.extend(taken.drain(..));
                if !open && self.waiting.is_empty() {
                    break;
                }
            }
            if !self.waiting.is_empty() {
                self.commit().await;
            }
        }
        if let Some(session) = self.session.take() {
            session.connection.close().await;
        }
    }

    /// Takes what waits; waits itself only when there is nothing left to do. `false` when the queue has ended.
    async fn gather(&mut self, queue: &mut mpsc::Receiver<Job>, taken: &mut Vec<Job>) -> bool {
        if !self.waiting.is_empty() {
            while taken.len() + self.waiting.len() < GROUP
                && let Ok(job) = queue.try_recv()
            {
                taken.push(job);
            }
            return true;
        }
        if self.session.is_none() {
            return queue.recv_many(taken, GROUP).await > 0;
        }
        match tokio::time::timeout(self.options.idle_timeout, queue.recv_many(taken, GROUP)).await {
            Ok(count) => count > 0,
            Err(_) => {
                self.session = None;
                true
            }
        }
    }

    /// The next group: of two jobs with the same idempotency key only the first, so that the second finds the stored
    /// reply, or takes the place of a first that failed.
    fn next_group(&mut self) -> Vec<Job> {
        let mut group: Vec<Job> = Vec::new();
        let mut keys: HashSet<(String, String)> = HashSet::new();
        let mut later = VecDeque::new();
        let mut weight = 0;
        while let Some(job) = self.waiting.pop_front() {
            let fits = group.is_empty() || weight + job.weight() <= WEIGHT;
            let key = job.kept().map(|(actor, kept)| (actor.to_owned(), kept.key.clone()));
            if fits && key.is_none_or(|key| keys.insert(key)) {
                weight += job.weight();
                group.push(job);
            } else {
                later.push_back(job);
            }
        }
        self.waiting = later;
        group.sort_by(|a, b| a.place().cmp(&b.place()));
        group
    }

    async fn commit(&mut self) {
        let mut jobs = self.next_group();
        let session = match self.session().await {
            Ok(session) => session,
            Err(error) => return jobs.iter_mut().for_each(|job| job.answer(Err(error.clone()))),
        };
        match group::run(session, &mut jobs).await {
            Ending::Done => {}
            Ending::Lost => self.session = None,
            Ending::Ambiguous(doubt) => self.settle(&mut jobs, *doubt).await,
        }
        debug_assert!(jobs.iter().all(Job::is_answered), "every job of a group is answered");
    }

    async fn session(&mut self) -> DbResult<&mut Session> {
        if self.session.as_ref().is_none_or(|session| session.connection.is_closed()) {
            self.session = None;
            self.session = Some(Session::open(&self.options).await?);
        }
        self.session.as_mut().ok_or_else(|| DbError::internal("no connection"))
    }

    /// Learns what became of a commit whose acknowledgement was lost.
    async fn settle(&mut self, jobs: &mut [Job], doubt: Doubt) {
        let Doubt { why, proof, done } = doubt;
        tracing::warn!(%why, "the connection broke during a commit; looking up what became of it");
        self.session = None;
        let deadline = tokio::time::Instant::now() + SETTLE;
        let verdict = loop {
            match self.look_up(&proof).await {
                Ok(Some(true)) => break Ok(()),
                Ok(Some(false)) => break Err(DbError::Unavailable(format!("nothing was changed: {why}"))),
                Ok(None) => break Err(DbError::Unknown(why)),
                Err(error) if tokio::time::Instant::now() > deadline => {
                    break Err(DbError::Unknown(format!("{why}; then {error}")));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        group::settle(jobs, done, verdict);
    }

    /// Whether the group that left this proof was committed; `None` when the proof says nothing.
    ///
    /// The old server process may still be at work on it. It holds the log's lock until it is done, so the answer is
    /// final once this connection has had the lock.
    async fn look_up(&mut self, proof: &Proof) -> DbResult<Option<bool>> {
        let session = self.session().await?;
        let client = session.client();
        let question = match proof {
            Proof::None => return Ok(None),
            Proof::Log { position, .. } => session.own.hash_at(client, *position),
            Proof::Kept { actor, key, .. } => session.own.replies(client, &[(actor, key)]),
        };
        let requests = vec![
            session.say("BEGIN ISOLATION LEVEL READ COMMITTED"),
            session.own.lock(client, session.lock),
            question,
            session.say("COMMIT"),
        ];
        let replies = session.fly(requests).await.ok_or_else(|| DbError::Unavailable("no answer".into()))?;
        let replies: Result<Vec<Reply>, _> = replies.into_iter().collect();
        let found = replies.map_err(|e| super::fault::answer(&e)).and_then(|replies| {
            let row = replies.get(2).and_then(|reply| reply.rows().first());
            let hash = row
                .map(|row| row.try_get::<_, &[u8]>(if matches!(proof, Proof::Log { .. }) { 0 } else { 2 }));
            let hash = hash.transpose().map_err(|e| DbError::internal(e.to_string()))?;
            Ok(match proof {
                Proof::Log { hash: mine, .. } => Some(hash == Some(mine.as_slice())),
                Proof::Kept { fingerprint, .. } => Some(hash == Some(fingerprint.as_slice())),
                Proof::None => None,
            })
        });
        if found.is_err() {
            self.session = None;
        }
        found
    }
}
