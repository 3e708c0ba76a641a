//! The connections that all databases of one server share: so many tokens, one for each open connection, and the idle
//! connections of every database in order of use. Whoever finds no token closes the connection that has been idle
//! for longest, whichever database it belongs to.

use super::connection::Connection;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
struct Idle {
    pool: u64,
    connection: Connection,
    since: Instant,
}

#[derive(Debug)]
struct Inner {
    connections: usize,
    tokens: Arc<Semaphore>,
    waiting: AtomicUsize,
    pools: AtomicU64,
    /// Oldest first.
    idle: Mutex<Vec<Idle>>,
}

/// The budget of one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PgBudget(Arc<Inner>);

impl PgBudget {
    /// A budget of so many connections, at least two: a writer and a reader.
    #[must_use]
    pub fn new(connections: usize) -> Self {
        let connections = connections.max(2);
        Self(Arc::new(Inner {
            connections,
            tokens: Arc::new(Semaphore::new(connections)),
            waiting: AtomicUsize::new(0),
            pools: AtomicU64::new(0),
            idle: Mutex::new(Vec::new()),
        }))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a new pool, by which its idle connections are known.
    pub(super) fn pool(&self) -> u64 {
        self.0.pools.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits for the right to open a connection.
    pub(super) async fn token(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(token) = self.0.tokens.clone().try_acquire_owned() {
            return Some(token);
        }
        // Counted before looking, so that a connection put back in between is closed and not kept.
        let _waiting = Waiting::new(&self.0.waiting);
        let oldest = {
            let mut idle = self.idle();
            if idle.is_empty() { None } else { Some(idle.remove(0)) }
        };
        drop(oldest);
        self.0.tokens.clone().acquire_owned().await.ok()
    }

    /// The connection that a pool has used last, if it has an idle one.
    pub(super) fn take(&self, pool: u64) -> Option<Connection> {
        let mut idle = self.idle();
        let at = idle.iter().rposition(|entry| entry.pool == pool)?;
        Some(idle.remove(at).connection)
    }

    /// Keeps a connection for later, unless somebody waits for its token; closes those that were idle for too long.
    pub(super) fn keep(&self, pool: u64, connection: Connection, limit: Duration) {
        let mut expired = Vec::new();
        if self.0.waiting.load(Ordering::Acquire) > 0 || connection.is_closed() {
            drop(connection);
            return;
        }
        {
            let mut idle = self.idle();
            while idle.first().is_some_and(|entry| entry.since.elapsed() > limit) {
                expired.push(idle.remove(0));
            }
            idle.push(Idle { pool, connection, since: Instant::now() });
        }
        drop(expired);
    }

    /// Closes the idle connections of a pool.
    pub(super) fn forget(&self, pool: u64) {
        let gone: Vec<Idle> = self.idle().extract_if(.., |entry| entry.pool == pool).collect();
        drop(gone);
    }

    /// Whether a writer may take a second connection: half of the budget stays for first ones and for readers.
    pub(super) fn is_roomy(&self) -> bool {
        self.available() > self.0.connections / 2
    }

    /// Connections that may still be opened.
    #[must_use]
    pub fn available(&self) -> usize {
        self.0.tokens.available_permits()
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::AcqRel);
        Self(counter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
