//! New tokens for a refresh token, once: the rule is in [`crate::auth::tokens`].

use super::Auth;
use crate::auth::sql_sessions::{self as sql, SessionRow, TokenRow};
use crate::auth::tokens::{self, ACCESS_S, Shown, TokenKind, Verdict};
use db::{Batch, params};
use kernel::{Actor, Cause, Error, Kind, Result, Timestamp, Uuid};

/// Seconds after which a program's session ends whatever happens: 180 days.
pub const API_S: i64 = 180 * 86_400;
/// Seconds that a refresh token is good for: 35 days, so that a device that was offline for 30 comes back.
pub const REFRESH_S: i64 = 35 * 86_400;

/// The tokens of a program.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Opens the API for some minutes.
    pub access_token: String,
    /// Gives new tokens, once.
    pub refresh_token: String,
    /// Seconds that the access token is good for.
    pub expires_in_s: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({} s)", self.expires_in_s)
    }
}

fn refused() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "invalid_refresh_token",
        "Cette session a pris fin. Connectez-vous de nouveau.",
        "This session has ended. Sign in again.",
    )
}

impl Auth {
    /// New tokens. The same answer again when the first was lost; the end of the session when somebody else has used
    /// the token.
    ///
    /// # Errors
    /// Unauthenticated.
    pub async fn refresh(&self, refresh_token: &str, correlation_id: Uuid) -> Result<Tokens> {
        // Two callers at once: the second finds the first one's successor when it looks again.
        for _ in 0..2 {
            let (session, token) =
                self.token(refresh_token, TokenKind::Refresh).await?.ok_or_else(refused)?;
            let now = self.now();
            let verdict = tokens::judge(&self.shown(&session, &token).await?, now);
            match (verdict, &token.salt) {
                (Verdict::Rotate, _) => {
                    let rotated = self.rotate(refresh_token, &session, &token, correlation_id).await?;
                    if let Some(tokens) = rotated {
                        return Ok(tokens);
                    }
                }
                (Verdict::Repeat, Some(salt)) => {
                    let used = token.rotated_at.unwrap_or(now);
                    return Ok(answer(refresh_token, salt, used, now));
                }
                (Verdict::Revoke, _) => {
                    self.revoke_family(&session, correlation_id).await?;
                    return Err(refused().because(format!("session {}: a used token came back", session.id)));
                }
                _ => return Err(refused()),
            }
        }
        Err(Error::conflict("a refresh token was used twice at once"))
    }

    async fn shown(&self, session: &SessionRow, token: &TokenRow) -> Result<Shown> {
        let mut successor_used = false;
        if token.rotated_at.is_some() {
            let params = params![session.id, token.generation + 1];
            let next = self.db.query_one(&sql::GENERATION, params).await?;
            successor_used = next.is_none_or(|row| row.opt_instant(0).is_ok_and(|at| at.is_some()));
        }
        let snapshot = self.snapshot().await?;
        let person = snapshot.people.people.get(&session.user);
        let barred = snapshot.inner.get(&session.user).is_none_or(|i| i.sample && !self.options.allow_sample);
        Ok(Shown {
            ended: session.ended_at.is_some() || barred || !person.is_some_and(|p| p.active),
            expires_at: token.expires_at.min(session.expires_at),
            rotated_at: token.rotated_at,
            successor_used,
        })
    }

    /// Uses a token; `None` when somebody else was faster.
    async fn rotate(
        &self,
        refresh_token: &str,
        session: &SessionRow,
        token: &TokenRow,
        correlation_id: Uuid,
    ) -> Result<Option<Tokens>> {
        let salt = tokens::random::<32>()?;
        let cause = Cause::new(&Actor::Person(session.user), correlation_id);
        let mut batch = Batch::new(self.now(), cause);
        let at = batch.at;
        batch.expect_one(&sql::ROTATE, params![tokens::hash(refresh_token), at, salt]);
        let next = tokens::successor(refresh_token, &salt);
        let generation = token.generation + 1;
        self.insert_token(&mut batch, &next.refresh, session.id, TokenKind::Refresh, generation, REFRESH_S);
        self.insert_token(&mut batch, &next.access, session.id, TokenKind::Access, generation, ACCESS_S);
        batch.write(&sql::FORGET_ACCESS, params![session.id, at]);
        batch.write(&sql::SEE, params![session.id, at]);
        match self.db.write(batch).await {
            Ok(_) => Ok(Some(answer(refresh_token, &salt, at, at))),
            Err(error) if error.is_conflict() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn revoke_family(&self, session: &SessionRow, correlation_id: Uuid) -> Result<()> {
        let mut batch = Batch::new(self.now(), Cause::new(&Actor::system("auth"), correlation_id));
        let at = batch.at;
        let reason = "refresh_reused";
        batch.write(&sql::END_SESSION, params![session.id, session.user, at, reason]);
        let (id, address, agent) = (self.clock.new_id(), &session.address, &session.user_agent);
        let line = params![id, session.user, at, reason, "api", address, agent, session.id];
        batch.expect_one(&sql::INSERT_LOGIN, line);
        batch.event(self.events().revoked(session.user, Some(session.id), None, reason));
        self.db.write(batch).await?;
        Ok(())
    }
}

fn answer(refresh_token: &str, salt: &[u8], used_at: Timestamp, now: Timestamp) -> Tokens {
    let next = tokens::successor(refresh_token, salt);
    let lived = (now.0 - used_at.0) / Timestamp::SECOND;
    Tokens { access_token: next.access, refresh_token: next.refresh, expires_in_s: ACCESS_S - lived }
}
