//! `auth`: who there is, what they may do, and how they prove it.
//!
//! It owns people (`users`, `user_profiles`), `teams`, `roles`, `user_roles`, what roles may do (`permissions`), and,
//! as technical tables that no event ever quotes, `credentials`, `sessions`, `session_tokens` and `login_history`. It
//! consumes no events. It tells `user.*`, `team.*`, `role.*`, `permission.*` and `session.revoked` on the streams
//! `user/ID`, `team/ID` and `role/CODE`; names, titles and addresses in them are sealed under the person's own key.
//!
//! Invariants:
//! - Of a token only SHA-256 is stored, of a chosen password only argon2id; neither is ever in an event, a log line or
//!   a kept reply.
//! - A try to sign in that fails says nothing of why, and takes as long as any other.
//! - Everything in memory is as new as the log: a role that is taken, or a session that is ended, counts at once.
//! - Nobody changes their own roles, resets or disables themselves; the last administrator stays.
//!
//! # Who may do what
//!
//! | role | people | teams | roles |
//! |---|---|---|---|
//! | `employee` (everybody but those who are customers only) | themselves, under `/account` | | |
//! | `chef` (whoever manages a team) | read, in their teams and below | read | |
//! | `rh` | read, create, change, disable, import | read, write | read; give and take those without privilege |
//! | `operator` | read, reset passwords | | read |
//! | `security` | read | read | read |
//! | `admin` | all of it | all of it | all of it, privileged roles and the matrix too |
//! | `cashier`, `shop_manager`, `technician`, `customer` | | | |
//!
//! Least privilege decides the rest: who keeps the machine running (`operator`) does not decide who may do what; who
//! keeps the staff's files (`rh`) cannot give herself, or anybody, a role that reaches everybody's data. `rh`,
//! `operator`, `security` and `admin` are *privileged*: only `admin` gives or takes them, and only `admin` resets or
//! disables whoever holds one. The command line acts with the system's own authority, so that a house that has lost
//! its last administrator can make another.

mod commands;
mod contracts;
mod csv_file;
mod events;
mod fold;
mod http;
mod identity;
mod model;
mod pages;
mod passwords;
mod queries;
mod roles;
mod snapshot;
mod sql;
mod sql_sessions;
mod tokens;
mod view;

#[cfg(test)]
mod tests;

/// A handler that is given the module: `on!(auth, login, ctx: Ctx, form: FormBody)`.
macro_rules! on {
    ($auth:ident, $handler:path, $($argument:ident: $kind:ty),*) => {{
        let auth = Arc::clone($auth);
        move |$($argument: $kind),*| $handler(Arc::clone(&auth), $($argument),*)
    }};
}
use on;

pub use commands::{
    Attempt, Auth, Authority, ImportLine, ImportReport, Method, NewPerson, OneTime, Opened, Outcome,
    SamplePerson, SampleTeam, Seeded, SignedIn, Tokens,
};
pub use model::{PersonChange, PersonDraft, TeamDraft};
pub use queries::PeopleFilter;

use db::{DbResult, Migration, Schema, Table};
use kernel::{ModuleCode, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{MenuGroup, MenuItem, Module, Parts, Wiring};

/// How this module behaves in a house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Whether accounts of the sample company may sign in: on loopback only, because everybody knows their password.
    pub allow_sample: bool,
}

/// The module's code.
pub const CODE: &str = "auth";

/// What databases of this module are made of.
///
/// # Errors
/// When a statement is not acceptable, which a test excludes.
pub fn schema() -> DbResult<Schema> {
    let code = ModuleCode::new(CODE).map_err(|e| db::DbError::internal(e.to_string()))?;
    let state = ["users", "user_profiles", "teams", "roles", "user_roles", "permissions"].map(Table::state);
    let technical = ["credentials", "sessions", "session_tokens", "login_history"].map(Table::technical);
    let migrations = vec![Migration::new(1, "identity", include_str!("migrations/0001_identity.sql"))];
    let statements = sql::all().into_iter().chain(sql_sessions::all()).collect();
    Schema::new(code, state.into_iter().chain(technical).collect(), migrations, statements)
}

/// The module.
///
/// # Errors
/// As [`schema`].
pub fn module(options: Options) -> DbResult<Module> {
    let schema = Arc::new(schema()?);
    Ok(Module {
        code: schema.module().clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: Text::new("Personnes et accès", "People and access"),
        schema,
        fold: Some(fold::fold()),
        grants: roles::grants(),
        menu: menu(),
        contracts: contracts::contracts(),
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(move |wiring| start(wiring, options)),
    })
}

/// Puts the module to work: the edge learns who answers for identities and people.
fn start(wiring: Wiring, options: Options) -> Parts {
    let auth = Auth::new(wiring.db, wiring.edge.clock.clone(), options);
    wiring.edge.know(auth.clone(), auth.clone());
    Parts { api: http::api(&auth).merge(pages::api(&auth)), ..Parts::default() }
}

fn menu() -> Vec<MenuItem> {
    let line = |fr: &str, en: &str, href: &str, icon: &str, permission: &str| MenuItem {
        group: MenuGroup::People,
        label: Text::new(fr, en),
        href: href.to_owned(),
        icon: icon.to_owned(),
        permission: Some(permission.to_owned()),
    };
    vec![
        line("Personnes", "People", "/people", "users", roles::PERSON_READ),
        line("Équipes", "Teams", "/teams", "workflow", roles::TEAM_READ),
        line("Rôles", "Roles", "/roles", "shield-check", roles::ROLE_READ),
    ]
}
