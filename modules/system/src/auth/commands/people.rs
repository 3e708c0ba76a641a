//! Creating and changing people, and whether they may sign in.

use super::password::OneTime;
use super::{Auth, Authority};
use crate::auth::model::{self, PersonChange, PersonDraft};
use crate::auth::roles::{self, PERSON_WRITE, PRIVILEGE_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::{self, PersonRow};
use crate::auth::{passwords, sql_sessions};
use db::{Batch, params};
use kernel::{Cause, Error, Kind, Result, Uuid};

/// Somebody who was created, and how they get in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPerson {
    /// Their row.
    pub person: PersonRow,
    /// The roles that they were given.
    pub roles: Vec<String>,
    /// Their one-time password, told once and kept nowhere.
    pub one_time: OneTime,
}

/// An address that somebody has already.
pub(super) fn email_taken() -> Error {
    Error::refused(
        "email_taken",
        "Quelqu’un a déjà cette adresse. Vérifiez-la, ou modifiez la personne qui existe.",
        "Somebody has this address already. Check it, or change the person who exists.",
    )
    .field("email", "Cette adresse est déjà prise", "This address is taken already")
}

fn unknown_team() -> Error {
    Error::invalid(
        "unknown_team",
        "Cette équipe n’existe pas. Choisissez-en une de la liste.",
        "This team does not exist. Choose one of the list.",
    )
    .field("team", "Équipe inconnue", "Unknown team")
}

/// Somebody who holds a privileged role is changed by an administrator only.
pub(super) fn check_privilege(by: Authority<'_>, snapshot: &Snapshot, person: Uuid) -> Result<()> {
    let privileged = snapshot.stored_roles(person).into_iter().any(roles::is_privileged);
    if !privileged || by.may(PRIVILEGE_WRITE) { Ok(()) } else { Err(privileged_role()) }
}

/// Only an administrator may.
pub(super) fn privileged_role() -> Error {
    Error::new(
        Kind::Forbidden,
        "privileged_role",
        "Cette personne ou ce rôle a des droits étendus\u{a0}: seule l’administration peut les modifier.",
        "This person or role has wide permissions: only an administrator may change them.",
    )
}

/// What nobody does to their own account.
pub(super) fn own_account() -> Error {
    Error::refused(
        "own_account",
        "Vous ne pouvez pas faire cela à votre propre compte. Demandez à quelqu’un d’autre.",
        "You cannot do this to your own account. Ask somebody else.",
    )
}

impl Auth {
    /// Somebody new, with roles and a one-time password.
    ///
    /// # Errors
    /// Invalid with the fields to change; refused when the address is taken or a role is not to be given.
    pub async fn create_person(
        &self,
        by: Authority<'_>,
        draft: PersonDraft,
        given: &[String],
        cause: &Cause,
    ) -> Result<(Batch, NewPerson)> {
        let draft = model::check_person(draft)?;
        let snapshot = self.snapshot().await?;
        check_team(by, &snapshot, Uuid::nil(), draft.team)?;
        for role in given {
            super::roles::check_giving(by, &snapshot, role)?;
        }
        if self.db.query_one(&sql::PERSON_AT, params![&draft.email]).await?.is_some() {
            return Err(email_taken());
        }
        let (mut batch, id) = (self.batch(cause), self.clock.new_id());
        let (text, stored) = passwords::one_time()?;
        let one_time = OneTime::new(text, batch.at);
        self.add_person(&mut batch, id, &draft, false);
        batch
            .write(&sql_sessions::PUT_CREDENTIALS, params![id, stored, true, one_time.valid_until, batch.at]);
        for role in given {
            self.add_role(&mut batch, id, role);
        }
        Ok((batch, NewPerson { person: as_row(id, draft, 1), roles: given.to_vec(), one_time }))
    }

    /// The rows and the event of somebody new.
    pub(super) fn add_person(&self, batch: &mut Batch, id: Uuid, draft: &PersonDraft, sample: bool) {
        let at = batch.at;
        batch.expect_one(&sql::INSERT_USER, params![id, &draft.email, true, sample, at]);
        batch.expect_one(&sql::INSERT_PROFILE, profile(id, draft));
        batch.event(self.events().created(id, draft, sample));
    }

    /// Changes somebody.
    ///
    /// # Errors
    /// Not found out of reach; a conflict when the version that was read has passed; as [`Auth::create_person`].
    pub async fn change_person(
        &self,
        by: Authority<'_>,
        id: Uuid,
        change: &PersonChange,
        cause: &Cause,
    ) -> Result<(Batch, PersonRow)> {
        let mut before = self.person_in_reach(by, id).await?;
        check_version(change.version, before.version)?;
        let draft = model::check_person(PersonDraft {
            email: change.email.clone().unwrap_or_else(|| before.email.clone()),
            name: change.name.clone().unwrap_or_else(|| before.name.clone()),
            title: change.title.clone().unwrap_or_else(|| before.title.clone()),
            lang: change.lang.unwrap_or(before.lang),
            team: change.team.unwrap_or(before.team),
        })?;
        if draft.team != before.team {
            check_team(by, &*self.snapshot().await?, id, draft.team)?;
        }
        if draft.email != before.email
            && self.db.query_one(&sql::PERSON_AT, params![&draft.email]).await?.is_some()
        {
            return Err(email_taken());
        }
        let mut batch = self.batch(cause);
        if draft != as_draft(&before) {
            self.put_person(&mut batch, &before, &draft);
            let after = as_row(id, draft, before.version + 1);
            before = PersonRow { active: before.active, sample: before.sample, ..after };
        }
        Ok((batch, before))
    }

    /// The rows and the event of a change.
    pub(super) fn put_person(&self, batch: &mut Batch, before: &PersonRow, draft: &PersonDraft) {
        batch.expect_one(&sql::UPDATE_USER, params![before.id, before.version, &draft.email]);
        batch.expect_one(&sql::UPDATE_PROFILE, profile(before.id, draft));
        batch.event(self.events().changed(before.id, draft, before.version + 1));
    }

    /// Somebody may sign in again, or no longer; in which case their sessions end.
    ///
    /// # Errors
    /// Not found out of reach; refused for oneself, for the last administrator, and for somebody with a privileged
    /// role unless an administrator asks.
    pub async fn set_active(
        &self,
        by: Authority<'_>,
        id: Uuid,
        active: bool,
        cause: &Cause,
    ) -> Result<(Batch, PersonRow)> {
        let before = self.person_in_reach(by, id).await?;
        if by.is(id) {
            return Err(own_account());
        }
        let snapshot = self.snapshot().await?;
        check_privilege(by, &snapshot, id)?;
        if !active && snapshot.stored_roles(id).contains(&roles::ADMIN) {
            self.check_other_administrator(id).await?;
        }
        let mut batch = self.batch(cause);
        if before.active == active {
            return Ok((batch, before));
        }
        batch.expect_one(&sql::UPDATE_ACTIVE, params![id, before.version, active]);
        batch.event(self.events().active(id, active, before.version + 1));
        if !active {
            self.end_sessions(&mut batch, id, Uuid::nil(), "disabled");
        }
        let version = before.version + 1;
        Ok((batch, PersonRow { active, version, ..before }))
    }

    /// # Errors
    /// Refused when nobody else administers.
    pub(super) async fn check_other_administrator(&self, id: Uuid) -> Result<()> {
        let row = self.db.query_one(&sql::OTHERS_WITH_ROLE, params![roles::ADMIN, true, id]).await?;
        if row.map_or(Ok(0), |row| row.int(0))? > 0 {
            return Ok(());
        }
        Err(Error::refused(
            "last_administrator",
            "C’est la dernière personne qui administre. Donnez d’abord ce rôle à quelqu’un d’autre.",
            "This is the last administrator. Give the role to somebody else first.",
        ))
    }
}

/// A person as they could have been typed.
pub(super) fn as_draft(person: &PersonRow) -> PersonDraft {
    PersonDraft {
        email: person.email.clone(),
        name: person.name.clone(),
        title: person.title.clone(),
        lang: person.lang,
        team: person.team,
    }
}

fn as_row(id: Uuid, draft: PersonDraft, version: u64) -> PersonRow {
    let PersonDraft { email, name, title, lang, team } = draft;
    PersonRow { id, email, active: true, sample: false, version, name, title, lang, team }
}

/// # Errors
/// A conflict when the version that was read has passed.
pub(super) fn check_version(read: Option<u64>, now: u64) -> Result<()> {
    match read {
        Some(version) if version != now => {
            Err(Error::conflict(format!("version {version} was read, {now} is there")))
        }
        _ => Ok(()),
    }
}

/// A team that exists, and that whoever acts may put somebody in.
fn check_team(by: Authority<'_>, snapshot: &Snapshot, person: Uuid, team: Option<Uuid>) -> Result<()> {
    match team {
        Some(id) if !snapshot.teams.contains_key(&id) || !by.reaches(person, team) => Err(unknown_team()),
        None if !by.reaches(person, None) && !by.may(PERSON_WRITE) => Err(Error::forbidden()),
        _ => Ok(()),
    }
}

fn profile(id: Uuid, draft: &PersonDraft) -> Vec<db::Value> {
    let words = model::search_key(&format!("{} {} {}", draft.name, draft.title, draft.email));
    let (name, title) = (&draft.name, &draft.title);
    params![id, name, title, draft.lang.tag(), draft.team, model::search_key(name), words]
}
