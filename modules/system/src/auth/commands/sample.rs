//! Many people and teams at once: the sample company, and loads for tests.

use super::Auth;
use crate::auth::model::{self, PersonDraft, TeamDraft};
use crate::auth::sql_sessions::PUT_CREDENTIALS;
use db::{Batch, params};
use kernel::{Cause, Error, Lang, Result, Timestamp, Uuid};
use std::collections::BTreeMap;

/// People written in one Batch.
const AT_ONCE: usize = 200;

/// Somebody of the sample company.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SamplePerson {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub title: String,
    /// Their language.
    pub lang: Lang,
    /// The name of their team.
    pub team: Option<String>,
    /// Codes of roles to give.
    pub roles: Vec<String>,
}

/// A team of the sample company.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleTeam {
    /// Its name.
    pub name: String,
    /// The address of whoever manages it.
    pub manager: Option<String>,
    /// The name of the team above; that one stands earlier in the list.
    pub parent: Option<String>,
}

/// The ids that people and teams got, or had.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seeded {
    /// People by address.
    pub people: BTreeMap<String, Uuid>,
    /// Teams by name.
    pub teams: BTreeMap<String, Uuid>,
}

impl Auth {
    /// Writes people and teams with one common password, marked as samples. Whoever exists already is left alone, so
    /// that a seed that was interrupted can be run again.
    ///
    /// # Errors
    /// Invalid for a name or an address that cannot be kept, or a team that the list does not have.
    pub async fn seed(
        &self,
        people: &[SamplePerson],
        teams: &[SampleTeam],
        password: &str,
        cause: &Cause,
    ) -> Result<Seeded> {
        let snapshot = self.snapshot().await?;
        let known = &snapshot.people;
        let mut seeded = Seeded {
            people: known.people.values().map(|p| (p.email.clone(), p.id)).collect(),
            teams: known.teams.values().map(|t| (t.name.clone(), t.id)).collect(),
        };
        let new_people: Vec<_> =
            people.iter().filter(|p| !seeded.people.contains_key(&model::normal_email(&p.email))).collect();
        for person in &new_people {
            seeded.people.insert(model::normal_email(&person.email), self.clock.new_id());
        }
        let hash = self.passwords.hash(password).await?;
        let mut batch = self.batch(cause);
        // With the first people, who lead the teams: a crash leaves no team whose manager is not there.
        self.seed_teams(&mut batch, teams, &mut seeded)?;
        for part in new_people.chunks(AT_ONCE) {
            for person in part {
                let draft = model::check_person(PersonDraft {
                    email: person.email.clone(),
                    name: person.name.clone(),
                    title: person.title.clone(),
                    lang: person.lang,
                    team: find(&seeded.teams, person.team.as_deref())?,
                })?;
                let id = seeded.people.get(&draft.email).copied().unwrap_or_default();
                self.add_person(&mut batch, id, &draft, true);
                let never = None::<Timestamp>;
                batch.expect_one(&PUT_CREDENTIALS, params![id, &hash, false, never, batch.at]);
                for role in &person.roles {
                    self.add_role(&mut batch, id, role);
                }
            }
            self.db.write(std::mem::replace(&mut batch, self.batch(cause))).await?;
        }
        if !batch.writes.is_empty() {
            self.db.write(batch).await?;
        }
        Ok(seeded)
    }

    fn seed_teams(&self, batch: &mut Batch, teams: &[SampleTeam], seeded: &mut Seeded) -> Result<()> {
        for team in teams {
            if seeded.teams.contains_key(&team.name) {
                continue;
            }
            let manager = team.manager.as_deref().map(model::normal_email);
            let draft = TeamDraft {
                name: team.name.clone(),
                manager: find(&seeded.people, manager.as_deref())?,
                parent: find(&seeded.teams, team.parent.as_deref())?,
                version: None,
            };
            let id = self.clock.new_id();
            self.add_team(batch, id, &model::check_team(draft)?);
            seeded.teams.insert(team.name.clone(), id);
        }
        Ok(())
    }
}

fn find(known: &BTreeMap<String, Uuid>, name: Option<&str>) -> Result<Option<Uuid>> {
    let Some(name) = name else { return Ok(None) };
    let id = known.get(name).copied();
    id.map(Some).ok_or_else(|| Error::internal(format!("the sample has no `{name}`")))
}
