//! What can be done with people, teams, roles and sessions. A command reads, decides, and answers a [`Batch`] with
//! the reply; whoever called commits it, with an idempotency key where there is one.

mod grants;
mod import;
mod password;
mod people;
mod refresh;
mod roles;
mod sample;
mod sign_in;
mod teams;

pub use import::{ImportLine, ImportReport, Outcome};
pub use password::OneTime;
pub use people::NewPerson;
pub use refresh::Tokens;
pub use sample::{SamplePerson, SampleTeam, Seeded};
pub use sign_in::{Attempt, Method, Opened, SignedIn, WEB_IDLE_S, WEB_S};

use super::Options;
use super::events::Events;
use super::passwords::Passwords;
use super::snapshot::Snapshot;
use super::sql::{self, PersonRow};
use super::view::View;
use db::{Batch, Db, DbError};
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use web::Permit;

/// Times that a command is decided again when somebody was faster.
const TRIES: u32 = 4;

/// On whose authority a command runs.
#[derive(Clone, Copy, Debug)]
pub enum Authority<'a> {
    /// A person's, as far as their permission reaches.
    Permit(&'a Permit),
    /// The system's own: the command line, the sample data.
    System,
}

impl<'a> From<&'a Permit> for Authority<'a> {
    fn from(permit: &'a Permit) -> Self {
        Self::Permit(permit)
    }
}

impl Authority<'_> {
    /// Whether somebody of a team is in reach.
    #[must_use]
    pub fn reaches(self, person: Uuid, team: Option<Uuid>) -> bool {
        match self {
            Self::Permit(permit) => permit.access.reaches(person, team),
            Self::System => true,
        }
    }

    /// Whether another permission is held as well.
    #[must_use]
    pub fn may(self, permission: &str) -> bool {
        match self {
            Self::Permit(permit) => permit.principal.may(permission),
            Self::System => true,
        }
    }

    /// Whether a person is who acts.
    #[must_use]
    pub fn is(self, person: Uuid) -> bool {
        matches!(self, Self::Permit(permit) if permit.principal.id == person)
    }
}

/// People, teams, roles and sessions of one database. Several may stand on the same database in one process: they
/// keep their memory by the log.
pub struct Auth {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: Options,
    pub(super) passwords: Passwords,
    pub(super) view: View,
    /// When old sessions and history were last forgotten.
    pub(super) tidied_at: AtomicI64,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Auth({})", self.db.id())
    }
}

impl Auth {
    /// Puts the module on its database, without routes: what the command line and the sample data use.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, options: Options) -> Arc<Self> {
        Arc::new(Self {
            db,
            clock,
            options,
            passwords: Passwords::default(),
            view: View::default(),
            tidied_at: AtomicI64::new(0),
        })
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn events(&self) -> Events<'_> {
        Events(&*self.clock)
    }

    pub(super) fn batch(&self, cause: &Cause) -> Batch {
        Batch::new(self.now(), cause.clone())
    }

    /// Everybody as of now.
    pub(super) async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        Ok(self.view.snapshot(&self.db, self.now()).await?.1)
    }

    /// A person in reach.
    ///
    /// # Errors
    /// Not found for somebody who does not exist or is out of reach.
    pub(super) async fn person_in_reach(&self, by: Authority<'_>, id: Uuid) -> Result<PersonRow> {
        let row = self.db.query_one(&sql::PERSON, db::params![id]).await?.ok_or_else(Error::not_found)?;
        let person = PersonRow::read(&row)?;
        if by.reaches(person.id, person.team) { Ok(person) } else { Err(Error::not_found()) }
    }

    /// Decides a command and commits it, again when somebody was faster.
    ///
    /// # Errors
    /// Whatever the command refuses; a conflict after [`TRIES`] tries.
    pub async fn commit<T, F>(&self, command: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<(Batch, T)>>,
    {
        let mut tries = 0;
        loop {
            let (batch, reply) = command().await?;
            tries += 1;
            match self.db.write(batch).await {
                Ok(_) => return Ok(reply),
                Err(error) if again(&error) && tries < TRIES => {}
                Err(error) => return Err(refine(error)),
            }
        }
    }
}

/// Whether deciding again can help: somebody was faster, or took the same address or name in between, which the next
/// decision sees and refuses.
pub(in crate::auth) fn again(error: &DbError) -> bool {
    error.is_conflict() || matches!(error, DbError::Constraint(_))
}

/// A database's error as the caller hears it.
pub(in crate::auth) fn refine(error: DbError) -> Error {
    match error {
        DbError::Constraint(cause) => Error::conflict(cause),
        other => other.into(),
    }
}
