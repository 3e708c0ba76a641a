//! People, from the command line: with the system's own authority.

use crate::system::System;
use kernel::{Actor, Cause, Error, Lang, Result, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use system::auth::{Authority, PersonDraft};

/// A person to add.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewUser {
    /// Their address, which is their login.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub title: String,
    /// The team that they belong to, by its name.
    pub team: Option<String>,
    /// Codes of their roles.
    pub roles: Vec<String>,
}

fn cause(system: &System) -> Cause {
    Cause::new(&Actor::system("command line"), system.clock.new_id())
}

fn unknown(what: &str, name: &str) -> Error {
    Error::new(
        kernel::Kind::NotFound,
        "unknown_name",
        format!("« {name} » n’est pas connu ici."),
        format!("There is no {what} “{name}”."),
    )
}

/// Adds a person and answers the one-time password.
pub(super) async fn add(system: &System, new: NewUser) -> Result<Json> {
    let people = system.edge.people().await?;
    let team = match &new.team {
        None => None,
        Some(name) => {
            let found = people.teams.values().find(|team| team.name == *name);
            Some(found.ok_or_else(|| unknown("team", name))?.id)
        }
    };
    let draft = PersonDraft { email: new.email, name: new.name, title: new.title, lang: Lang::Fr, team };
    let email = draft.email.clone();
    let auth = system.modules.auth()?;
    let cause = cause(system);
    let made =
        auth.commit(|| auth.create_person(Authority::System, draft.clone(), &new.roles, &cause)).await?;
    Ok(json!({ "id": made.person.id, "email": email, "one_time_password": made.one_time.password,
        "valid_until": made.one_time.valid_until }))
}

/// Everybody.
pub(super) async fn list(system: &System) -> Result<Json> {
    let people = system.edge.people().await?;
    let rows = people.people.values().map(|person| {
        let team = person.team.and_then(|team| people.teams.get(&team)).map(|team| &team.name);
        json!({ "id": person.id, "email": person.email, "name": person.name, "title": person.title,
            "team": team, "roles": person.roles, "active": person.active })
    });
    Ok(rows.collect())
}

/// People from a CSV text.
pub(super) async fn import(system: &System, csv: &str, dry_run: bool) -> Result<Json> {
    let (auth, cause) = (system.modules.auth()?, cause(system));
    let report = auth.commit(|| auth.import(Authority::System, csv, dry_run, &cause)).await?;
    super::to_json(report)
}

async fn by_email(system: &System, email: &str) -> Result<Uuid> {
    let people = system.edge.people().await?;
    let found = people.people.values().find(|person| person.email.eq_ignore_ascii_case(email.trim()));
    found.map(|person| person.id).ok_or_else(|| unknown("person", email))
}

/// A new one-time password.
pub(super) async fn reset(system: &System, email: &str) -> Result<Json> {
    let id = by_email(system, email).await?;
    let (auth, cause) = (system.modules.auth()?, cause(system));
    let one_time = auth.commit(|| auth.reset_password(Authority::System, id, &cause)).await?;
    Ok(json!({ "email": email, "one_time_password": one_time.password, "valid_until": one_time.valid_until }))
}

/// No sign-in any more.
pub(super) async fn disable(system: &System, email: &str) -> Result<Json> {
    let id = by_email(system, email).await?;
    let (auth, cause) = (system.modules.auth()?, cause(system));
    auth.commit(|| auth.set_active(Authority::System, id, false, &cause)).await?;
    Ok(json!({ "email": email, "active": false }))
}
