//! A connection of the writer, and a group on it until each of its Batches has its answer.

use super::flight::Reply;
use super::group::{self, Ending};
use super::job::Job;
use super::options::PgOptions;
use super::pass::{Doubt, Proof};
use super::session::Session;
use crate::{DbError, DbResult};
use std::sync::Arc;
use std::time::Duration;

/// How long a lost connection is tried again to learn what became of a commit.
const SETTLE: Duration = Duration::from_secs(30);

/// A connection of the writer, opened on use.
#[derive(Debug)]
pub(super) struct Slot {
    options: Arc<PgOptions>,
    session: Option<Session>,
}

impl Slot {
    pub(super) const fn new(options: Arc<PgOptions>) -> Self {
        Self { options, session: None }
    }

    pub(super) const fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Gives the connection back.
    pub(super) fn disconnect(&mut self) {
        self.session = None;
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        if let Some(session) = self.session {
            session.connection.close().await;
        }
    }

    /// Commits a group and answers it.
    pub(super) async fn commit(mut self, mut jobs: Vec<Job>) -> Self {
        self.answer(&mut jobs).await;
        debug_assert!(jobs.iter().all(Job::is_answered), "every job of a group is answered");
        self
    }

    async fn answer(&mut self, jobs: &mut [Job]) {
        let session = match self.session().await {
            Ok(session) => session,
            Err(error) => return jobs.iter_mut().for_each(|job| job.answer(Err(error.clone()))),
        };
        match group::run(session, jobs).await {
            Ending::Done => {}
            Ending::Lost => self.session = None,
            Ending::Ambiguous(doubt) => self.settle(jobs, *doubt).await,
        }
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
