//! Giving and taking roles, and changing what roles may do.

use super::people::{own_account, privileged_role};
use super::{Auth, Authority};
use crate::auth::roles::{self, PRIVILEGE_WRITE, ROLE_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql;
use db::{Batch, params};
use kernel::{Cause, Error, Result, Uuid};
use web::Scope;

/// Whether a role exists and may be given by whoever acts.
pub(super) fn check_giving(by: Authority<'_>, snapshot: &Snapshot, role: &str) -> Result<()> {
    if !snapshot.roles.contains_key(role) {
        return Err(Error::invalid(
            "unknown_role",
            "Ce rôle n’existe pas. Choisissez-en un de la liste.",
            "This role does not exist. Choose one of the list.",
        )
        .field("roles", "Rôle inconnu", "Unknown role"));
    }
    if roles::is_implicit(role) {
        return Err(Error::refused(
            "implicit_role",
            "Ce rôle ne se donne pas\u{a0}: il vient de lui-même avec l’emploi ou avec une équipe.",
            "This role is not given: it comes by itself with the job or with a team.",
        ));
    }
    if roles::is_privileged(role) && !by.may(PRIVILEGE_WRITE) {
        return Err(privileged_role());
    }
    if by.may(ROLE_WRITE) { Ok(()) } else { Err(Error::forbidden()) }
}

impl Auth {
    /// The row and the event of a role that is given.
    pub(super) fn add_role(&self, batch: &mut Batch, user: Uuid, role: &str) {
        batch.expect_one(&sql::INSERT_USER_ROLE, params![user, role]);
        batch.event(self.events().role(user, role, true));
    }

    /// Gives a role; giving it again changes nothing.
    ///
    /// # Errors
    /// Not found out of reach; forbidden for privileged roles unless an administrator asks; refused for oneself.
    pub async fn grant_role(
        &self,
        by: Authority<'_>,
        user: Uuid,
        role: &str,
        cause: &Cause,
    ) -> Result<(Batch, Uuid)> {
        let held = self.check_role(by, user, role).await?;
        let mut batch = self.batch(cause);
        if !held {
            self.add_role(&mut batch, user, role);
        }
        Ok((batch, user))
    }

    /// Takes a role; taking it again changes nothing.
    ///
    /// # Errors
    /// As [`Auth::grant_role`]; refused for the last administrator.
    pub async fn revoke_role(
        &self,
        by: Authority<'_>,
        user: Uuid,
        role: &str,
        cause: &Cause,
    ) -> Result<(Batch, Uuid)> {
        let held = self.check_role(by, user, role).await?;
        if held && role == roles::ADMIN {
            self.check_other_administrator(user).await?;
        }
        let mut batch = self.batch(cause);
        if held {
            batch.expect_one(&sql::DELETE_USER_ROLE, params![user, role]);
            batch.event(self.events().role(user, role, false));
        }
        Ok((batch, user))
    }

    /// Whether a role is held already, when it may be given or taken at all. Nobody changes their own roles: what one
    /// may do is always somebody else's decision.
    async fn check_role(&self, by: Authority<'_>, user: Uuid, role: &str) -> Result<bool> {
        self.person_in_reach(by, user).await?;
        check_giving(by, &*self.snapshot().await?, role)?;
        if by.is(user) {
            return Err(own_account());
        }
        let rows = self.db.query(&sql::ROLES_OF, params![user]).await?;
        Ok(rows.iter().any(|row| row.text(0).is_ok_and(|held| held == role)))
    }

    /// Says how far a role reaches under a permission, or takes it away with `None`.
    ///
    /// # Errors
    /// Invalid for a role or a permission that does not exist; refused when the administrator would lose the way back.
    pub async fn set_permission(
        &self,
        _by: Authority<'_>,
        role: &str,
        permission: &str,
        scope: Option<Scope>,
        cause: &Cause,
    ) -> Result<(Batch, ())> {
        let snapshot = self.snapshot().await?;
        let known = snapshot.permissions.iter().any(|line| line.permission == permission);
        if !known || !snapshot.roles.contains_key(role) {
            return Err(Error::invalid(
                "unknown_permission",
                "Ce rôle ou cette permission n’existe pas.",
                "This role or permission does not exist.",
            ));
        }
        if role == roles::ADMIN && permission == PRIVILEGE_WRITE && scope != Some(Scope::All) {
            return Err(Error::refused(
                "last_administrator",
                "Sans cette permission, plus personne ne pourrait la rendre.",
                "Without this permission nobody could give it back.",
            ));
        }
        let line = snapshot.permissions.iter().find(|l| l.role == role && l.permission == permission);
        let now = line.filter(|l| l.granted).map(|l| l.scope);
        let mut batch = self.batch(cause);
        if now != scope {
            let kept = scope.or(line.map(|l| l.scope)).unwrap_or(Scope::Own);
            self.put_permission(&mut batch, role, permission, kept, scope.is_some());
        }
        Ok((batch, ()))
    }

    /// The row and the event of a line of the matrix.
    pub(super) fn put_permission(
        &self,
        batch: &mut Batch,
        role: &str,
        permission: &str,
        scope: Scope,
        granted: bool,
    ) {
        batch.expect_one(&sql::PUT_PERMISSION, params![role, permission, scope.word(), granted]);
        batch.event(self.events().permission(role, permission, scope.word(), granted));
    }
}
