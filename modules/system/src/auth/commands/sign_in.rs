//! Signing in and out. Whatever is wrong with a try, the answer is the same and takes the same time.

use super::Auth;
use super::refresh::{API_S, REFRESH_S, Tokens};
use crate::auth::model;
use crate::auth::sql_sessions::{self as sql, LoginRow, SessionRow, TokenRow};
use crate::auth::tokens::{self, TokenKind};
use db::{Batch, params};
use kernel::{Actor, Cause, Error, Kind, Result, Timestamp, Uuid};
use std::sync::atomic::Ordering;

/// Seconds after which a browser's session ends whatever happens: 30 days.
pub const WEB_S: i64 = 30 * 86_400;
/// Seconds after which a browser's session that nobody uses ends: 8 hours.
pub const WEB_IDLE_S: i64 = 8 * 3600;
/// Seconds to choose a new password after a one-time one: 15 minutes.
const TICKET_S: i64 = 900;
/// Seconds within which failed tries of one person are told once.
const TOLD_S: i64 = 300;
/// Seconds that ended sessions are kept (30 days), and lines of the login history (a year).
const KEEP_SESSIONS_S: i64 = 30 * 86_400;
const KEEP_HISTORY_S: i64 = 365 * 86_400;

/// How somebody signs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// With a browser: a cookie.
    Web,
    /// With a program: an access and a refresh token.
    Api,
}

impl Method {
    /// The method's word in the database and in events.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
        }
    }
}

/// A try to sign in: from where, with what, in which conversation.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// How.
    pub method: Method,
    /// The caller's address.
    pub address: String,
    /// The caller's program.
    pub user_agent: String,
    /// The conversation.
    pub correlation_id: Uuid,
}

/// A session that was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opened {
    /// The token of the cookie.
    Web(String),
    /// The tokens of a program.
    Api(Tokens),
}

/// How a try to sign in ends, when it does not fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignedIn {
    /// A session was opened.
    Opened(Opened),
    /// The password was a one-time one: this ticket lets choose a new one.
    MustChange {
        /// The ticket.
        ticket: String,
    },
}

/// The one answer to whatever is wrong.
fn wrong() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "wrong_credentials",
        "L’adresse ou le mot de passe ne convient pas. Vérifiez-les, puis réessayez.",
        "The address or the password does not fit. Check them, then try again.",
    )
}

impl Attempt {
    fn cause(&self, user: Uuid) -> Cause {
        Cause::new(&Actor::Person(user), self.correlation_id)
    }
}

impl Auth {
    /// Signs somebody in. Ask the limiter first.
    ///
    /// # Errors
    /// Unauthenticated, in the same words and time for a wrong password, an unknown address, a disabled account and a
    /// sample account that is not allowed here; unavailable when too many sign in at once.
    pub async fn sign_in(&self, attempt: &Attempt, email: &str, password: &str) -> Result<SignedIn> {
        let row = self.db.query_one(&sql::LOGIN_BY_EMAIL, params![model::normal_email(email)]).await?;
        let login = row.as_ref().map(LoginRow::read).transpose()?;
        let stored = login.as_ref().and_then(|l| l.hash.as_deref());
        let matches = self.passwords.verify(stored, password).await?;
        let Some(login) = login else { return Err(wrong().because("nobody has this address")) };
        if let Some(reason) = self.refusal(&login, matches) {
            self.note_failure(attempt, login.user, reason).await?;
            return Err(wrong().because(format!("{}: {reason}", login.user)));
        }
        let mut batch = Batch::new(self.now(), attempt.cause(login.user));
        if login.must_change {
            let ticket = tokens::fresh(TokenKind::Ticket)?;
            let session = self.clock.new_id();
            self.insert_session(&mut batch, session, login.user, "ticket", TICKET_S, attempt);
            self.insert_token(&mut batch, &ticket, session, TokenKind::Ticket, 0, TICKET_S);
            self.db.write(batch).await?;
            return Ok(SignedIn::MustChange { ticket });
        }
        let opened = self.open(&mut batch, attempt, login.user)?;
        self.db.write(batch).await?;
        self.tidy().await;
        Ok(SignedIn::Opened(opened))
    }

    fn refusal(&self, login: &LoginRow, matches: bool) -> Option<&'static str> {
        let over = login.must_change && login.valid_until.is_some_and(|until| until <= self.now());
        match login {
            _ if !matches => Some("wrong_password"),
            login if !login.active => Some("disabled"),
            login if login.sample && !self.options.allow_sample => Some("sample_account"),
            _ if over => Some("one_time_over"),
            _ => None,
        }
    }
}

impl Auth {
    /// Opens a session: its rows, its line in the history, its event.
    fn open(&self, batch: &mut Batch, attempt: &Attempt, user: Uuid) -> Result<Opened> {
        let session = self.clock.new_id();
        let opened = match attempt.method {
            Method::Web => {
                let cookie = tokens::fresh(TokenKind::Cookie)?;
                self.insert_session(batch, session, user, "web", WEB_S, attempt);
                self.insert_token(batch, &cookie, session, TokenKind::Cookie, 0, WEB_S);
                Opened::Web(cookie)
            }
            Method::Api => {
                let refresh_token = tokens::fresh(TokenKind::Refresh)?;
                let access_token = tokens::fresh(TokenKind::Access)?;
                self.insert_session(batch, session, user, "api", API_S, attempt);
                self.insert_token(batch, &refresh_token, session, TokenKind::Refresh, 0, REFRESH_S);
                self.insert_token(batch, &access_token, session, TokenKind::Access, 0, tokens::ACCESS_S);
                Opened::Api(Tokens { access_token, refresh_token, expires_in_s: tokens::ACCESS_S })
            }
        };
        self.insert_login(batch, attempt, user, "signed_in", Some(session));
        let method = attempt.method.word();
        batch.event(self.events().signed_in(user, session, method, &attempt.address));
        Ok(opened)
    }

    fn insert_session(
        &self,
        batch: &mut Batch,
        id: Uuid,
        user: Uuid,
        kind: &str,
        seconds: i64,
        attempt: &Attempt,
    ) {
        let (at, until) = (batch.at, batch.at.plus_seconds(seconds));
        let params = params![id, user, kind, at, until, &attempt.address, &attempt.user_agent];
        batch.expect_one(&sql::INSERT_SESSION, params);
    }

    pub(super) fn insert_token(
        &self,
        batch: &mut Batch,
        token: &str,
        session: Uuid,
        kind: TokenKind,
        generation: u64,
        seconds: i64,
    ) {
        let until = batch.at.plus_seconds(seconds);
        let params = params![tokens::hash(token), session, kind.word(), generation, until];
        batch.expect_one(&sql::INSERT_TOKEN, params);
    }

    fn insert_login(
        &self,
        batch: &mut Batch,
        attempt: &Attempt,
        user: Uuid,
        outcome: &str,
        session: Option<Uuid>,
    ) {
        let (at, method) = (batch.at, attempt.method.word());
        let (id, address, agent) = (self.clock.new_id(), &attempt.address, &attempt.user_agent);
        batch.expect_one(&sql::INSERT_LOGIN, params![id, user, at, outcome, method, address, agent, session]);
    }

    /// A failed try: a line for the person, and an event when none was told lately.
    async fn note_failure(&self, attempt: &Attempt, user: Uuid, reason: &str) -> Result<()> {
        let now = self.now();
        let since = now.plus_seconds(-TOLD_S);
        let lately = self.db.query_one(&sql::FAILURES_SINCE, params![user, since]).await?;
        let mut batch = Batch::new(now, Cause::new(&Actor::system("anonymous"), attempt.correlation_id));
        self.insert_login(&mut batch, attempt, user, reason, None);
        if lately.map_or(Ok(0), |row| row.int(0))? == 0 {
            batch.event(self.events().sign_in_failed(user, reason, attempt.method.word()));
        }
        self.db.write(batch).await?;
        Ok(())
    }

    /// Chooses a new password with a ticket, and opens a session.
    ///
    /// # Errors
    /// Unauthenticated when the ticket is over; invalid when the password does not do.
    pub async fn choose_password(&self, attempt: &Attempt, ticket: &str, chosen: &str) -> Result<Opened> {
        let (session, token) = self.token(ticket, TokenKind::Ticket).await?.ok_or_else(ticket_over)?;
        let now = self.now();
        if session.ended_at.is_some() || session.expires_at <= now || token.expires_at <= now {
            return Err(ticket_over());
        }
        let snapshot = self.snapshot().await?;
        let person = snapshot.people.people.get(&session.user).filter(|p| p.active);
        let email = person.map(|p| p.email.clone()).ok_or_else(ticket_over)?;
        model::check_password("new_password", chosen, &email)?;
        let hash = self.passwords.hash(chosen).await?;
        let mut batch = Batch::new(now, attempt.cause(session.user));
        let reason = "password_changed";
        batch.expect_one(&sql::END_SESSION, params![session.id, session.user, now, reason]);
        self.put_password(&mut batch, session.user, hash);
        self.end_sessions(&mut batch, session.user, Uuid::nil(), reason);
        let opened = self.open(&mut batch, attempt, session.user)?;
        self.db.write(batch).await?;
        Ok(opened)
    }

    /// A token of a kind with its session, whatever their state.
    pub(in crate::auth) async fn token(
        &self,
        token: &str,
        kind: TokenKind,
    ) -> Result<Option<(SessionRow, TokenRow)>> {
        if !tokens::is_kind(token, kind) {
            return Ok(None);
        }
        let row = self.db.query_one(&sql::SESSION_BY_TOKEN, params![tokens::hash(token)]).await?;
        let Some(row) = row else { return Ok(None) };
        let found = (SessionRow::read(&row)?, TokenRow::read(&row)?);
        Ok(Some(found).filter(|(_, token)| token.kind == kind.word()))
    }

    /// Ends the caller's own session.
    ///
    /// # Errors
    /// When the database does not take the write.
    pub async fn sign_out(&self, who: &web::Principal, cause: &Cause) -> Result<()> {
        let mut batch = self.batch(cause);
        batch.write(&sql::END_SESSION, params![who.session, who.id, batch.at, "signed_out"]);
        batch.event(self.events().signed_out(who.id, who.session));
        self.db.write(batch).await?;
        Ok(())
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// Not found when it is not theirs or has ended.
    pub async fn revoke_session(&self, who: &web::Principal, session: Uuid, cause: &Cause) -> Result<()> {
        let open = self.sessions_of(who.id).await?;
        if !open.iter().any(|s| s.id == session) {
            return Err(Error::not_found());
        }
        let mut batch = self.batch(cause);
        batch.write(&sql::END_SESSION, params![session, who.id, batch.at, "revoked"]);
        batch.event(self.events().revoked(who.id, Some(session), None, "revoked"));
        self.db.write(batch).await?;
        Ok(())
    }

    /// Ends all sessions of the caller but the one they use.
    ///
    /// # Errors
    /// When the database does not take the write.
    pub async fn revoke_others(&self, who: &web::Principal, cause: &Cause) -> Result<()> {
        let mut batch = self.batch(cause);
        self.end_sessions(&mut batch, who.id, who.session, "revoked");
        self.db.write(batch).await?;
        Ok(())
    }

    /// All sessions of somebody end, one kept.
    pub(super) fn end_sessions(&self, batch: &mut Batch, user: Uuid, kept: Uuid, reason: &str) {
        let at = batch.at;
        batch.write(&sql::END_OTHERS, params![user, kept, at, reason]);
        let kept = Some(kept).filter(|id| !id.is_nil());
        batch.event(self.events().revoked(user, None, kept, reason));
    }

    /// Forgets what ended long ago, once an hour at most, at somebody's sign-in. A failure is told and tried again
    /// later: nobody waits for it.
    async fn tidy(&self) {
        let now = self.now();
        let last = self.tidied_at.load(Ordering::Acquire);
        let due = now.0 - last >= 3600 * Timestamp::SECOND;
        let mine = || self.tidied_at.compare_exchange(last, now.0, Ordering::AcqRel, Ordering::Acquire);
        if !due || mine().is_err() {
            return;
        }
        let mut batch = Batch::new(now, Cause::new(&Actor::system("tidy"), self.clock.new_id()));
        let ended = now.plus_seconds(-KEEP_SESSIONS_S);
        batch.write(&sql::FORGET_TOKENS, params![ended]);
        batch.write(&sql::FORGET_SESSIONS, params![ended]);
        batch.write(&sql::FORGET_LOGINS, params![now.plus_seconds(-KEEP_HISTORY_S)]);
        if let Err(error) = self.db.write(batch).await {
            tracing::warn!(%error, "old sessions will be forgotten later");
        }
    }
}

fn ticket_over() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "ticket_over",
        "Le délai pour choisir un mot de passe est passé. Connectez-vous de nouveau.",
        "The time to choose a password is over. Sign in again.",
    )
}
