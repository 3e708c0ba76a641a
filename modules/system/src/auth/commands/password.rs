//! Passwords: chosen by their owner, or replaced by a one-time password.

use super::people::{check_privilege, own_account};
use super::{Auth, Authority};
use crate::auth::sql_sessions::{LOGIN_BY_ID, LoginRow, PUT_CREDENTIALS};
use crate::auth::{model, passwords};
use db::{Batch, params};
use kernel::{Cause, Error, Result, Timestamp, Uuid};

/// Seconds that a one-time password is good for: 14 days.
const ONE_TIME_S: i64 = 14 * 86_400;

/// A one-time password: told once, good for one thing, choosing a new password.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTime {
    /// The password.
    pub password: String,
    /// After this it is over.
    pub valid_until: Timestamp,
}

impl std::fmt::Debug for OneTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OneTime(until {})", self.valid_until)
    }
}

impl OneTime {
    /// A one-time password made now.
    pub(super) fn new(password: String, now: Timestamp) -> Self {
        Self { password, valid_until: now.plus_seconds(ONE_TIME_S) }
    }
}

impl Auth {
    /// Gives somebody a one-time password; their sessions end.
    ///
    /// # Errors
    /// Not found out of reach; refused for oneself and, unless an administrator asks, for privileged roles.
    pub async fn reset_password(
        &self,
        by: Authority<'_>,
        id: Uuid,
        cause: &Cause,
    ) -> Result<(Batch, OneTime)> {
        self.person_in_reach(by, id).await?;
        if by.is(id) {
            return Err(own_account());
        }
        check_privilege(by, &*self.snapshot().await?, id)?;
        let mut batch = self.batch(cause);
        let (text, stored) = passwords::one_time()?;
        let one_time = OneTime::new(text, batch.at);
        batch.expect_one(&PUT_CREDENTIALS, params![id, stored, true, one_time.valid_until, batch.at]);
        batch.event(self.events().password_reset(id));
        self.end_sessions(&mut batch, id, Uuid::nil(), "password_reset");
        Ok((batch, one_time))
    }

    /// Changes one's own password; every other session ends.
    ///
    /// # Errors
    /// Refused when the present one is wrong; invalid when the new one does not do.
    pub async fn change_password(
        &self,
        who: &web::Principal,
        present: &str,
        chosen: &str,
        cause: &Cause,
    ) -> Result<()> {
        model::check_password("new_password", chosen, &who.email)?;
        let row = self.db.query_one(&LOGIN_BY_ID, params![who.id]).await?.ok_or_else(Error::not_found)?;
        let login = LoginRow::read(&row)?;
        if !self.passwords.verify(login.hash.as_deref(), present).await? {
            return Err(Error::invalid(
                "wrong_password",
                "Votre mot de passe actuel n’est pas celui-là.",
                "Your present password is another one.",
            )
            .field(
                "password",
                "Ce n’est pas le bon mot de passe",
                "This is not the right password",
            ));
        }
        let hash = self.passwords.hash(chosen).await?;
        let mut batch = self.batch(cause);
        self.put_password(&mut batch, who.id, hash);
        self.end_sessions(&mut batch, who.id, who.session, "password_changed");
        self.db.write(batch).await?;
        Ok(())
    }

    /// Sets somebody's password without asking, as the command line does.
    ///
    /// # Errors
    /// Not found; invalid when the password does not do.
    pub async fn set_password(&self, id: Uuid, chosen: &str, cause: &Cause) -> Result<()> {
        let person = self.person_in_reach(Authority::System, id).await?;
        model::check_password("password", chosen, &person.email)?;
        let hash = self.passwords.hash(chosen).await?;
        let mut batch = self.batch(cause);
        self.put_password(&mut batch, id, hash);
        self.end_sessions(&mut batch, id, Uuid::nil(), "password_changed");
        self.db.write(batch).await?;
        Ok(())
    }

    /// The row and the event of a chosen password.
    pub(super) fn put_password(&self, batch: &mut Batch, id: Uuid, hash: String) {
        let (at, never) = (batch.at, None::<Timestamp>);
        batch.expect_one(&PUT_CREDENTIALS, params![id, hash, false, never, at]);
        batch.event(self.events().password_changed(id));
    }
}
