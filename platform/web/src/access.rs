//! Who may do what, and on which rows. One function answers both the question about one thing and the predicate for a
//! list, from the same data, so that a page and its list cannot disagree.

use db::Value;
use kernel::{Error, Lang, Result, Uuid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far a permission reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// What is one's own.
    #[serde(rename = "self")]
    Own,
    /// What belongs to the teams that one manages, and one's own.
    Team,
    /// Everything in the module.
    All,
}

impl Scope {
    /// The scope's word in tables, files and the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Team => "team",
            Self::All => "all",
        }
    }

    /// Reads a scope's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Own, Self::Team, Self::All].into_iter().find(|scope| scope.word() == word)
    }
}

/// A permission that somebody has, with its reach.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// `module.noun.verb`.
    pub permission: String,
    /// How far it reaches.
    pub scope: Scope,
}

/// Who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Principal {
    /// Their id in `users`.
    pub id: Uuid,
    /// Their address, which is also their login.
    pub email: String,
    /// Their name as others read it.
    pub name: String,
    /// What they do, as others read it.
    pub title: String,
    /// The language that they chose.
    pub lang: Lang,
    /// Codes of their roles: `employee`, `chef`, `rh`, `operator`…
    pub roles: BTreeSet<String>,
    /// What their roles allow.
    pub grants: BTreeSet<Grant>,
    /// The team that they belong to.
    pub team: Option<Uuid>,
    /// The teams that they manage, those below included.
    pub manages: BTreeSet<Uuid>,
    /// Their session.
    pub session: Uuid,
}

impl Principal {
    /// Their reach under a permission; the widest of their grants.
    #[must_use]
    pub fn access(&self, permission: &str) -> Access {
        let scope = self.grants.iter().filter(|g| g.permission == permission).map(|g| g.scope).max();
        Access { scope, person: self.id, teams: self.manages.clone() }
    }

    /// The proof that they hold a permission; every command asks for one.
    ///
    /// # Errors
    /// Forbidden when no grant gives it.
    pub fn permit(&self, permission: &str) -> Result<Permit> {
        let access = self.access(permission);
        if access.scope.is_none() {
            return Err(Error::forbidden().because(format!("{} lacks {permission}", self.id)));
        }
        Ok(Permit { principal: self.clone(), access })
    }

    /// Whether any grant gives a permission.
    #[must_use]
    pub fn may(&self, permission: &str) -> bool {
        self.grants.iter().any(|g| g.permission == permission)
    }
}

/// The proof that a permission was checked. Only [`Principal::permit`] makes one, so a command that takes it cannot be
/// called by a handler that forgot to ask.
#[derive(Clone, Debug)]
pub struct Permit {
    /// Who acts.
    pub principal: Principal,
    /// How far they reach.
    pub access: Access,
}

/// Which rows somebody reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    scope: Option<Scope>,
    person: Uuid,
    teams: BTreeSet<Uuid>,
}

/// The predicate of a list, as SQL over an owner and a team column, its three parameters beginning at `?first`. The
/// parameters are [`Access::params`].
#[must_use]
pub fn predicate(owner: &str, team: &str, first: usize) -> String {
    let (second, third) = (first + 1, first + 2);
    format!("(?{first} = 1 OR {owner} = ?{second} OR among({team}, ?{third}))")
}

impl Access {
    /// Whether a thing that belongs to a person and a team is in reach.
    #[must_use]
    pub fn reaches(&self, owner: Uuid, team: Option<Uuid>) -> bool {
        match self.scope {
            None => false,
            Some(Scope::All) => true,
            Some(Scope::Own) => owner == self.person,
            Some(Scope::Team) => owner == self.person || team.is_some_and(|team| self.teams.contains(&team)),
        }
    }

    /// The parameters of [`predicate`]: everything, own, teams.
    #[must_use]
    pub fn params(&self) -> Vec<Value> {
        if kernel::planted("list_without_permission") {
            return db::params![1, self.person, serde_json::json!([])];
        }
        let teams: Vec<String> = match self.scope {
            Some(Scope::Team) => self.teams.iter().map(Uuid::to_string).collect(),
            _ => Vec::new(),
        };
        let all = i64::from(self.scope == Some(Scope::All));
        let person = if self.scope.is_some() { self.person } else { Uuid::nil() };
        db::params![all, person, serde_json::json!(teams)]
    }

    /// The widest scope, if there is any.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        self.scope
    }

    /// The keys under which aggregated figures are kept for those who may see them: `all`, `team:ID`, `person:ID`.
    #[must_use]
    pub fn scope_keys(&self) -> Vec<String> {
        let own = format!("person:{}", self.person);
        match self.scope {
            None => Vec::new(),
            Some(Scope::Own) => vec![own],
            Some(Scope::Team) => self.teams.iter().map(|t| format!("team:{t}")).chain([own]).collect(),
            Some(Scope::All) => vec!["all".into()],
        }
    }
}
