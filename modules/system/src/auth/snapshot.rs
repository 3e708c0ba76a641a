//! Everybody, every team and every role in memory, as of one position of the log; and what follows from them: who
//! holds which role, who manages whom, what a signed-in person may do.

use super::sql::{self, PersonRow, TeamRow};
use super::{model, roles};
use db::Query;
use db::{Db, DbResult, Row};
use kernel::{Lang, Text, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use web::{Grant, People, Person, Principal, Scope, Team};

/// What the other modules do not need to know of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inner {
    /// Their language.
    pub lang: Lang,
    /// Whether they belong to the sample company.
    pub sample: bool,
}

/// A line of the matrix of roles and permissions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PermissionRow {
    /// The role.
    pub role: String,
    /// What it may do.
    pub permission: String,
    /// How far.
    pub scope: Scope,
    /// Whether it may now; a line that was taken away stays, so that a module does not give it again.
    pub granted: bool,
}

/// Everything at one position.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// People and teams, as the directory gives them.
    pub people: Arc<People>,
    /// More about people.
    pub inner: BTreeMap<Uuid, Inner>,
    /// Versions of teams.
    pub teams: BTreeMap<Uuid, TeamRow>,
    /// Roles by code.
    pub roles: BTreeMap<String, Text>,
    /// The matrix.
    pub permissions: Vec<PermissionRow>,
}

fn query(statement: &db::Statement) -> Query {
    Query { statement: statement.clone(), params: Vec::new() }
}

impl Snapshot {
    /// Reads everything. The position is read before the rows, so that they are at least as new.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(db: &Db) -> DbResult<Self> {
        let (position, _) = db.head().await?;
        let statements =
            [&sql::ALL_PEOPLE, &sql::ALL_TEAMS, &sql::ALL_USER_ROLES, &sql::ALL_ROLES, &sql::ALL_PERMISSIONS];
        let answers = db.snapshot(statements.into_iter().map(|s| query(s)).collect()).await?;
        let [people, teams, user_roles, roles, permissions] = answers.as_slice() else {
            return Err(db::DbError::internal("five statements have five answers"));
        };
        let teams = teams.iter().map(TeamRow::read).collect::<DbResult<Vec<_>>>()?;
        let mut stored: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
        for row in user_roles {
            stored.entry(row.uuid(0)?).or_default().insert(row.text(1)?);
        }
        let rows = people.iter().map(PersonRow::read).collect::<DbResult<Vec<_>>>()?;
        let role = |row: &Row| Ok((row.text(0)?, Text::new(row.text(1)?, row.text(2)?)));
        Ok(Self {
            people: Arc::new(directory(position, &rows, &teams, &stored)),
            inner: rows.iter().map(|p| (p.id, Inner { lang: p.lang, sample: p.sample })).collect(),
            teams: teams.into_iter().map(|t| (t.id, t)).collect(),
            roles: roles.iter().map(role).collect::<DbResult<_>>()?,
            permissions: permissions.iter().map(permission).collect::<DbResult<_>>()?,
        })
    }

    /// A person with what they may do; `None` for somebody who is unknown or may not sign in.
    #[must_use]
    pub fn principal(&self, user: Uuid, session: Uuid) -> Option<Principal> {
        let person = self.people.people.get(&user).filter(|p| p.active)?;
        let roles: BTreeSet<String> = person.roles.iter().cloned().collect();
        let granted = self.permissions.iter().filter(|line| line.granted && roles.contains(&line.role));
        let grants = granted.map(|line| Grant { permission: line.permission.clone(), scope: line.scope });
        Some(Principal {
            id: user,
            email: person.email.clone(),
            name: person.name.clone(),
            title: person.title.clone(),
            lang: self.inner.get(&user).map(|i| i.lang).unwrap_or_default(),
            grants: grants.collect(),
            roles,
            team: person.team,
            manages: model::managed(user, self.lines()),
            session,
        })
    }

    /// Teams as (id, manager, team above).
    fn lines(&self) -> impl Iterator<Item = (Uuid, Option<Uuid>, Option<Uuid>)> + Clone {
        self.teams.values().map(|t| (t.id, t.manager, t.parent))
    }

    /// The roles that a person holds because somebody gave them.
    #[must_use]
    pub fn stored_roles(&self, user: Uuid) -> Vec<&str> {
        let person = self.people.people.get(&user);
        person.map_or_else(Vec::new, |p| {
            p.roles.iter().map(String::as_str).filter(|role| !roles::is_implicit(role)).collect()
        })
    }
}

fn permission(row: &Row) -> DbResult<PermissionRow> {
    Ok(PermissionRow {
        role: row.text(0)?,
        permission: row.text(1)?,
        scope: Scope::parse(&row.text(2)?).unwrap_or(Scope::Own),
        granted: row.bool(3)?,
    })
}

fn directory(
    position: u64,
    people: &[PersonRow],
    teams: &[TeamRow],
    stored: &BTreeMap<Uuid, BTreeSet<String>>,
) -> People {
    let managers: BTreeSet<Uuid> = teams.iter().filter_map(|t| t.manager).collect();
    let none = BTreeSet::new();
    let person = |p: &PersonRow| {
        let roles = roles::effective(stored.get(&p.id).unwrap_or(&none), managers.contains(&p.id));
        let person = Person {
            id: p.id,
            name: p.name.clone(),
            email: p.email.clone(),
            title: p.title.clone(),
            team: p.team,
            roles: roles.into_iter().collect(),
            active: p.active,
        };
        (p.id, person)
    };
    let team =
        |t: &TeamRow| (t.id, Team { id: t.id, name: t.name.clone(), manager: t.manager, parent: t.parent });
    People { position, people: people.iter().map(person).collect(), teams: teams.iter().map(team).collect() }
}
