//! What the edge asks: whose token this is, and who everybody is.

use super::commands::Auth;
use super::sql_sessions::{self as sql, SessionRow};
use super::tokens::{self, TokenKind};
use super::view::Seen;
use db::{Batch, params};
use flow::BoxFuture;
use kernel::{Actor, Cause, Result, Timestamp, Uuid};
use std::sync::Arc;
use web::{Directory, Identity, People, Principal};

/// Microseconds between two notes that a session is in use.
const NOTE: i64 = 60 * Timestamp::SECOND;

impl Identity for Auth {
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        Box::pin(self.holder(token, TokenKind::Cookie))
    }

    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>> {
        Box::pin(self.holder(token, TokenKind::Access))
    }
}

impl Directory for Auth {
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>> {
        Box::pin(async { Ok(self.snapshot().await?.people.clone()) })
    }
}

impl Auth {
    /// Somebody with what they may do, for sample data that is made in their name; `None` for somebody unknown.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn acting_as(&self, person: Uuid) -> Result<Option<Principal>> {
        Ok(self.snapshot().await?.principal(person, Uuid::nil()))
    }

    /// Who holds a token; from memory when the log has not moved.
    async fn holder(&self, token: &str, kind: TokenKind) -> Result<Option<Principal>> {
        if !tokens::is_kind(token, kind) {
            return Ok(None);
        }
        let now = self.now();
        let (position, snapshot) = self.view.snapshot(&self.db, now).await?;
        let hash = tokens::hash(token);
        if let Some(seen) = self.view.session(&hash, position) {
            let noted = (now.0 - seen.session.last_seen_at.0).abs() < NOTE;
            if noted && is_open(&seen.session, seen.token_expires_at, now) {
                return Ok(Some(seen.principal));
            }
        }
        let Some((mut session, found)) = self.token(token, kind).await? else { return Ok(None) };
        let barred = snapshot.inner.get(&session.user).is_none_or(|i| i.sample && !self.options.allow_sample);
        if barred || !is_open(&session, found.expires_at, now) {
            return Ok(None);
        }
        let Some(principal) = snapshot.principal(session.user, session.id) else { return Ok(None) };
        self.note_use(&mut session, now).await?;
        let seen = Seen { session, token_expires_at: found.expires_at, principal: principal.clone() };
        self.view.remember(hash, position, seen);
        Ok(Some(principal))
    }

    /// Writes that a session is in use, once a minute at most.
    async fn note_use(&self, session: &mut SessionRow, now: Timestamp) -> Result<()> {
        if now.0 - session.last_seen_at.0 < NOTE {
            return Ok(());
        }
        let cause = Cause::new(&Actor::Person(session.user), self.clock.new_id());
        let mut batch = Batch::new(now, cause);
        batch.write(&sql::SEE, params![session.id, now]);
        self.db.write(batch).await?;
        session.last_seen_at = now;
        Ok(())
    }
}

/// Whether a session and its token are good now: not ended, not over, and, in a browser, not left alone for long.
fn is_open(session: &SessionRow, token_expires_at: Timestamp, now: Timestamp) -> bool {
    let idle = session.kind == "web" && session.last_seen_at.plus_seconds(super::commands::WEB_IDLE_S) <= now;
    session.ended_at.is_none() && session.expires_at > now && token_expires_at > now && !idle
}
