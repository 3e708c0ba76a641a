//! Creating and changing teams.

use super::people::check_version;
use super::{Auth, Authority};
use crate::auth::model::{self, TeamDraft, invalid_team};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::{self, TeamRow};
use db::{Batch, params};
use kernel::{Cause, Error, Result, Uuid};

impl Auth {
    /// A new team.
    ///
    /// # Errors
    /// Invalid with the field to change: a name that is taken, a manager or a team above that does not exist.
    pub async fn create_team(
        &self,
        _by: Authority<'_>,
        draft: TeamDraft,
        cause: &Cause,
    ) -> Result<(Batch, TeamRow)> {
        let snapshot = self.snapshot().await?;
        let draft = check(&snapshot, None, draft)?;
        let mut batch = self.batch(cause);
        let id = self.clock.new_id();
        self.add_team(&mut batch, id, &draft);
        Ok((batch, row(id, &draft, 1)))
    }

    /// The row and the event of a new team.
    pub(super) fn add_team(&self, batch: &mut Batch, id: Uuid, draft: &TeamDraft) {
        batch.expect_one(&sql::INSERT_TEAM, params![id, &draft.name, draft.manager, draft.parent]);
        batch.event(self.events().team_created(&row(id, draft, 1)));
    }

    /// The row and the event of a changed team.
    pub(super) fn put_team(&self, batch: &mut Batch, before: &TeamRow, draft: &TeamDraft) {
        let params = params![before.id, before.version, &draft.name, draft.manager, draft.parent];
        batch.expect_one(&sql::UPDATE_TEAM, params);
        batch.event(self.events().team_changed(&row(before.id, draft, before.version + 1)));
    }

    /// Changes a team's name, manager or place.
    ///
    /// # Errors
    /// Not found; a conflict when the version that was read has passed; as [`Auth::create_team`].
    pub async fn change_team(
        &self,
        _by: Authority<'_>,
        id: Uuid,
        draft: TeamDraft,
        cause: &Cause,
    ) -> Result<(Batch, TeamRow)> {
        let found = self.db.query_one(&sql::TEAM, params![id]).await?.ok_or_else(Error::not_found)?;
        let before = TeamRow::read(&found)?;
        check_version(draft.version, before.version)?;
        let snapshot = self.snapshot().await?;
        let draft = check(&snapshot, Some(id), draft)?;
        let mut batch = self.batch(cause);
        if row(id, &draft, before.version) == before {
            return Ok((batch, before));
        }
        self.put_team(&mut batch, &before, &draft);
        Ok((batch, row(id, &draft, before.version + 1)))
    }
}

fn row(id: Uuid, draft: &TeamDraft, version: u64) -> TeamRow {
    let TeamDraft { name, manager, parent, .. } = draft.clone();
    TeamRow { id, name, manager, parent, version }
}

fn check(snapshot: &Snapshot, id: Option<Uuid>, draft: TeamDraft) -> Result<TeamDraft> {
    let draft = model::check_team(draft)?;
    let key = model::search_key(&draft.name);
    if snapshot.teams.values().any(|t| Some(t.id) != id && model::search_key(&t.name) == key) {
        return Err(invalid_team("name", "Une équipe porte déjà ce nom", "A team has this name already"));
    }
    let manager = draft.manager.map(|manager| snapshot.people.people.get(&manager));
    if manager.is_some_and(|person| !person.is_some_and(|p| p.active)) {
        return Err(invalid_team("manager", "Choisissez une personne active", "Choose an active person"));
    }
    if draft.parent.is_some_and(|parent| !snapshot.teams.contains_key(&parent)) {
        return Err(invalid_team("parent", "Équipe inconnue", "Unknown team"));
    }
    let parents = snapshot.teams.values().map(|t| (t.id, t.parent)).collect();
    if id.is_some_and(|id| model::makes_circle(id, draft.parent, &parents)) {
        return Err(invalid_team(
            "parent",
            "Une équipe ne peut pas être au-dessus d’elle-même",
            "A team cannot stand above itself",
        ));
    }
    Ok(draft)
}
