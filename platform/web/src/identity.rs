//! What the edge needs to know of people. A module of the business answers; the platform does not know which.

use crate::access::Principal;
use flow::BoxFuture;
use kernel::{Result, Uuid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Turns a token into whoever holds it.
pub trait Identity: Send + Sync + 'static {
    /// The holder of a session cookie's token; `None` when it is unknown, expired or revoked.
    fn by_cookie<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>>;
    /// The holder of an API access token.
    fn by_bearer<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Principal>>>;
}

/// A person as the other modules see them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they do.
    pub title: String,
    /// Their team.
    pub team: Option<Uuid>,
    /// Codes of their roles.
    pub roles: Vec<String>,
    /// Whether they may sign in.
    pub active: bool,
}

/// A team: people with one manager, perhaps below another team.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Who manages it.
    pub manager: Option<Uuid>,
    /// The team above it.
    pub parent: Option<Uuid>,
}

/// Everybody, at one position of the log that says so.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// The position.
    pub position: u64,
    /// People by id.
    pub people: std::collections::BTreeMap<Uuid, Person>,
    /// Teams by id.
    pub teams: std::collections::BTreeMap<Uuid, Team>,
}

impl People {
    /// A person's name, or a dash for somebody unknown.
    #[must_use]
    pub fn name(&self, id: Uuid) -> &str {
        self.people.get(&id).map_or("–", |person| &person.name)
    }

    /// Whoever manages a person's team; the manager of the team above when they manage it themselves.
    #[must_use]
    pub fn manager_of(&self, id: Uuid) -> Option<&Person> {
        let mut team = self.people.get(&id)?.team;
        for _ in 0..self.teams.len().max(1) {
            let here = self.teams.get(&team?)?;
            match here.manager {
                Some(manager) if manager != id => return self.people.get(&manager),
                _ => team = here.parent,
            }
        }
        None
    }

    /// The people who hold a role, by name.
    #[must_use]
    pub fn with_role(&self, role: &str) -> Vec<&Person> {
        let mut people: Vec<_> =
            self.people.values().filter(|p| p.active && p.roles.iter().any(|r| r == role)).collect();
        people.sort_by(|a, b| a.name.cmp(&b.name));
        people
    }
}

/// Who everybody is.
pub trait Directory: Send + Sync + 'static {
    /// Everybody, as of now. Cheap: kept in memory and made anew when the log has moved.
    fn people(&self) -> BoxFuture<'_, Result<Arc<People>>>;
}
