//! What is kept in memory so that a request costs no query: the snapshot of everybody, and the sessions seen lately.
//!
//! Invariant: nothing here is older than the log. Whoever asks first looks whether the log has moved; then what the
//! new events speak of is forgotten, or everything when they speak of more than sessions. A clock orders nothing:
//! once a minute the log itself is asked, in case another handle on this database wrote.

use super::events::OF_SESSIONS;
use super::snapshot::Snapshot;
use super::sql_sessions::SessionRow;
use db::{Db, DbResult, Event};
use kernel::{Timestamp, Uuid};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use web::Principal;

/// Sessions kept; beyond it the memory starts anew.
const KEPT: usize = 20_000;
/// Events read to find out what has changed; more than that, and everything is read again.
const PAGE: u32 = 200;
/// Microseconds after which the log itself is asked.
const TRUST: i64 = 60 * Timestamp::SECOND;

/// A session that was looked up.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The session.
    pub session: SessionRow,
    /// After this the token is over.
    pub token_expires_at: Timestamp,
    /// Whose it is.
    pub principal: Principal,
}

#[derive(Default)]
struct State {
    /// Everything up to here is known.
    position: u64,
    checked_at: Timestamp,
    snapshot: Option<Arc<Snapshot>>,
    sessions: HashMap<[u8; 32], Seen>,
}

/// The memory of this module.
#[derive(Default)]
pub struct View {
    state: Mutex<State>,
    building: tokio::sync::Mutex<()>,
}

impl View {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self, db: &Db, now: Timestamp) -> Option<(u64, Arc<Snapshot>)> {
        let state = self.state();
        let fresh = state.position >= db.known_head() && (now.0 - state.checked_at.0).abs() < TRUST;
        state.snapshot.clone().filter(|_| fresh).map(|snapshot| (state.position, snapshot))
    }

    /// Everybody as of now, and the position that this is true for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshot(&self, db: &Db, now: Timestamp) -> DbResult<(u64, Arc<Snapshot>)> {
        if let Some(current) = self.current(db, now) {
            return Ok(current);
        }
        let _one = self.building.lock().await;
        if let Some(current) = self.current(db, now) {
            return Ok(current);
        }
        let (known, before) = {
            let state = self.state();
            (state.snapshot.clone(), state.position)
        };
        if let Some(snapshot) = known {
            let events = db.log_after(before, PAGE).await?;
            let whole = events.len() < PAGE as usize;
            if whole && events.iter().all(|e| OF_SESSIONS.contains(&e.kind.as_str())) {
                let position = events.last().map_or(before, |e| e.position);
                self.forget(&events, position, now);
                return Ok((position, snapshot));
            }
        }
        let snapshot = Arc::new(Snapshot::load(db).await?);
        let position = snapshot.people.position;
        *self.state() =
            State { position, checked_at: now, snapshot: Some(snapshot.clone()), sessions: HashMap::new() };
        Ok((position, snapshot))
    }

    /// Forgets the sessions of whoever the events speak of.
    fn forget(&self, events: &[Event], position: u64, now: Timestamp) {
        let opens = |kind: &str| matches!(kind, "user.signed_in" | "user.sign_in_failed");
        let users: Vec<Uuid> = events
            .iter()
            .filter(|e| !opens(&e.kind))
            .filter_map(|e| e.stream.strip_prefix("user/")?.parse().ok())
            .collect();
        let mut state = self.state();
        (state.position, state.checked_at) = (position, now);
        if !users.is_empty() {
            state.sessions.retain(|_, seen| !users.contains(&seen.session.user));
        }
    }

    /// A session that is remembered and true for a position.
    pub fn session(&self, hash: &[u8; 32], position: u64) -> Option<Seen> {
        let state = self.state();
        state.sessions.get(hash).filter(|_| state.position == position).cloned()
    }

    /// Remembers a session that was read at a position, unless the log has moved since.
    pub fn remember(&self, hash: [u8; 32], position: u64, seen: Seen) {
        let mut state = self.state();
        if state.position != position {
            return;
        }
        if state.sessions.len() >= KEPT {
            state.sessions.clear();
        }
        state.sessions.insert(hash, seen);
    }
}
