//! Every statement on what is secret or passing: credentials, sessions and their tokens, the login history.

use db::{DbResult, Row};
use kernel::{Timestamp, Uuid};

db::statements! {
    /// What is needed to check a password, by address.
    LOGIN_BY_EMAIL = read("SELECT u.id, u.active, u.sample, c.hash, c.must_change, c.valid_until FROM users u LEFT JOIN credentials c ON c.user_id = u.id WHERE u.email = ?1");
    /// What is needed to check a password, by person.
    LOGIN_BY_ID = read("SELECT u.id, u.active, u.sample, c.hash, c.must_change, c.valid_until FROM users u LEFT JOIN credentials c ON c.user_id = u.id WHERE u.id = ?1");
    /// When a person's password was set.
    PASSWORD_OF = read("SELECT changed_at, must_change FROM credentials WHERE user_id = ?1");
    /// A password, the first or another.
    PUT_CREDENTIALS = write("INSERT INTO credentials (user_id, hash, must_change, valid_until, changed_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (user_id) DO UPDATE SET hash = ?2, must_change = ?3, valid_until = ?4, changed_at = ?5");

    /// The session of a token, with what the token is.
    SESSION_BY_TOKEN = read("SELECT s.id, s.user_id, s.kind, s.created_at, s.last_seen_at, s.expires_at, s.address, s.user_agent, s.ended_at, t.kind, t.generation, t.expires_at, t.rotated_at, t.salt FROM session_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?1");
    /// When a refresh token of a generation was used.
    GENERATION = read("SELECT rotated_at FROM session_tokens WHERE session_id = ?1 AND generation = ?2 AND kind = 'refresh'");
    /// Open sessions of a person, last used first. Sessions that only wait for a new password are left out.
    SESSIONS_OF = read("SELECT id, user_id, kind, created_at, last_seen_at, expires_at, address, user_agent, ended_at FROM sessions WHERE user_id = ?1 AND ended_at IS NULL AND expires_at > ?2 AND kind <> 'ticket' ORDER BY last_seen_at DESC, id DESC LIMIT 200");
    /// A person's tries to sign in, newest first.
    LOGINS_OF = read("SELECT id, at, outcome, method, address, user_agent, session_id FROM login_history WHERE user_id = ?1 AND (at < ?2 OR (at = ?2 AND id < ?3)) ORDER BY at DESC, id DESC LIMIT ?4");
    /// Failed tries of a person since an instant.
    FAILURES_SINCE = read("SELECT COUNT(id) FROM login_history WHERE user_id = ?1 AND at > ?2 AND outcome <> 'signed_in'");

    /// A new session.
    INSERT_SESSION = write("INSERT INTO sessions (id, user_id, kind, created_at, last_seen_at, expires_at, address, user_agent) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)");
    /// A new token of a session.
    INSERT_TOKEN = write("INSERT INTO session_tokens (hash, session_id, kind, generation, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)");
    /// A refresh token is used; whoever comes second finds no row.
    ROTATE = write("UPDATE session_tokens SET rotated_at = ?2, salt = ?3 WHERE hash = ?1 AND rotated_at IS NULL");
    /// Access tokens of a session that are over.
    FORGET_ACCESS = write("DELETE FROM session_tokens WHERE session_id = ?1 AND kind = 'access' AND expires_at < ?2");
    /// A session was used.
    SEE = write("UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2 AND ended_at IS NULL");
    /// One session of a person ends.
    END_SESSION = write("UPDATE sessions SET ended_at = ?3, end_reason = ?4 WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL");
    /// All sessions of a person end but one.
    END_OTHERS = write("UPDATE sessions SET ended_at = ?3, end_reason = ?4 WHERE user_id = ?1 AND id <> ?2 AND ended_at IS NULL");
    /// A line of the login history.
    INSERT_LOGIN = write("INSERT INTO login_history (id, user_id, at, outcome, method, address, user_agent, session_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    /// Tokens of sessions that ended long ago.
    FORGET_TOKENS = write("DELETE FROM session_tokens WHERE session_id IN (SELECT id FROM sessions WHERE expires_at < ?1 OR ended_at < ?1)");
    /// Sessions that ended long ago.
    FORGET_SESSIONS = write("DELETE FROM sessions WHERE expires_at < ?1 OR ended_at < ?1");
    /// Old lines of the login history.
    FORGET_LOGINS = write("DELETE FROM login_history WHERE at < ?1");
}

/// What is needed to check a password.
#[derive(Clone, Debug)]
pub struct LoginRow {
    /// Whose it is.
    pub user: Uuid,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they belong to the sample company.
    pub sample: bool,
    /// The stored hash; none for somebody who never had a password.
    pub hash: Option<String>,
    /// A one-time password: it only opens the way to a new one.
    pub must_change: bool,
    /// After this a one-time password is over.
    pub valid_until: Option<Timestamp>,
}

impl LoginRow {
    /// Reads the columns of `LOGIN_BY_EMAIL` and `LOGIN_BY_ID`.
    pub fn read(row: &Row) -> DbResult<Self> {
        let hash = row.opt_text(3)?;
        Ok(Self {
            user: row.uuid(0)?,
            active: row.bool(1)?,
            sample: row.bool(2)?,
            must_change: hash.is_some() && row.bool(4)?,
            hash,
            valid_until: row.opt_instant(5)?,
        })
    }
}

/// A session, without its tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// Its id; also the family of its refresh tokens.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// `web`, `api`, or `ticket`.
    pub kind: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was used, to the minute.
    pub last_seen_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// Where they signed in from.
    pub address: String,
    /// With which program.
    pub user_agent: String,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

impl SessionRow {
    /// Reads the nine columns that every statement on sessions begins with.
    pub fn read(row: &Row) -> DbResult<Self> {
        Ok(Self {
            id: row.uuid(0)?,
            user: row.uuid(1)?,
            kind: row.text(2)?,
            created_at: row.instant(3)?,
            last_seen_at: row.instant(4)?,
            expires_at: row.instant(5)?,
            address: row.text(6)?,
            user_agent: row.text(7)?,
            ended_at: row.opt_instant(8)?,
        })
    }
}

/// A token that was shown, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenRow {
    /// `cookie`, `access`, `refresh` or `ticket`.
    pub kind: String,
    /// Its place among the refresh tokens of its session, from 0.
    pub generation: u64,
    /// After this it is over.
    pub expires_at: Timestamp,
    /// When a refresh token was used.
    pub rotated_at: Option<Timestamp>,
    /// What its successor was derived with.
    pub salt: Option<Vec<u8>>,
}

impl TokenRow {
    /// Reads the last columns of `SESSION_BY_TOKEN`.
    pub fn read(row: &Row) -> DbResult<Self> {
        let rotated_at = row.opt_instant(12)?;
        let salt = if rotated_at.is_some() { Some(row.bytes(13)?) } else { None };
        Ok(Self {
            kind: row.text(9)?,
            generation: row.count(10)?,
            expires_at: row.instant(11)?,
            rotated_at,
            salt,
        })
    }
}

/// A try to sign in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginTry {
    /// The line's id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// `signed_in`, or why not.
    pub outcome: String,
    /// `web` or `api`.
    pub method: String,
    /// Where from.
    pub address: String,
    /// With which program.
    pub user_agent: String,
    /// The session that it opened.
    pub session: Option<Uuid>,
}

impl LoginTry {
    /// Reads a line of `LOGINS_OF`.
    pub fn read(row: &Row) -> DbResult<Self> {
        Ok(Self {
            id: row.uuid(0)?,
            at: row.instant(1)?,
            outcome: row.text(2)?,
            method: row.text(3)?,
            address: row.text(4)?,
            user_agent: row.text(5)?,
            session: row.opt_uuid(6)?,
        })
    }
}
