//! What modules give to roles when they are installed.

use super::Auth;
use crate::auth::roles;
use crate::auth::sql;
use db::{Batch, params};
use kernel::{Cause, Result, Text};
use std::collections::{BTreeMap, BTreeSet};
use web::{RoleGrant, Scope};

impl Auth {
    /// Installs the roles that exist from the beginning and what a module gives to roles. Idempotent: a line that
    /// exists, granted or taken away, is left as the administrator has it.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn install_grants(&self, grants: &[RoleGrant], cause: &Cause) -> Result<()> {
        self.commit(|| self.decide_grants(grants, cause)).await
    }

    async fn decide_grants(&self, grants: &[RoleGrant], cause: &Cause) -> Result<(Batch, ())> {
        let snapshot = self.snapshot().await?;
        let mut batch = self.batch(cause);
        let mut known: BTreeSet<&str> = snapshot.roles.keys().map(String::as_str).collect();
        for (code, name) in roles::built_in() {
            if known.insert(code) {
                self.add_built_in(&mut batch, code, &name);
            }
        }
        let lines: BTreeSet<(&str, &str)> =
            snapshot.permissions.iter().map(|l| (l.role.as_str(), l.permission.as_str())).collect();
        for ((role, permission), scope) in widest(grants) {
            if known.insert(role) {
                self.add_built_in(&mut batch, role, &Text::new(role, role));
            }
            if !lines.contains(&(role, permission)) {
                self.put_permission(&mut batch, role, permission, scope, true);
            }
        }
        Ok((batch, ()))
    }

    fn add_built_in(&self, batch: &mut Batch, code: &str, name: &Text) {
        batch.expect_one(&sql::INSERT_ROLE, params![code, &name.fr, &name.en]);
        batch.event(self.events().role_created(code, name));
    }
}

/// One line per role and permission: where a module gives several scopes, the widest counts.
fn widest(grants: &[RoleGrant]) -> BTreeMap<(&str, &str), Scope> {
    let mut lines = BTreeMap::new();
    for RoleGrant { role, grant } in grants {
        let scope = lines.entry((role.as_str(), grant.permission.as_str())).or_insert(grant.scope);
        *scope = (*scope).max(grant.scope);
    }
    lines
}
