//! Reads for screens and the API.

use super::commands::Auth;
use super::model;
use super::sql::{self, PersonRow};
use super::sql_sessions::{self, LoginTry, SessionRow};
use db::{Row, params};
use kernel::{Result, Timestamp, Uuid};
use web::Access;

/// What a list of people shows, and where it begins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PeopleFilter {
    /// Words in the name, title or address.
    pub words: String,
    /// One team only.
    pub team: Option<Uuid>,
    /// Holders of one role only; empty for all.
    pub role: String,
    /// Only those who may sign in, or only those who may not.
    pub active: Option<bool>,
    /// The name and id to begin after.
    pub after: Option<(String, Uuid)>,
    /// Rows, at most.
    pub limit: u32,
}

impl Auth {
    /// A page of the people in reach, by name, each with the place that a next page begins after.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn people_page(
        &self,
        reach: &Access,
        filter: &PeopleFilter,
    ) -> Result<Vec<(PersonRow, String)>> {
        let (name, id) = filter.after.clone().unwrap_or_default();
        let mut params = reach.params();
        params.extend(params![
            model::like(&filter.words),
            i64::from(filter.team.is_none()),
            filter.team.unwrap_or_default(),
            &filter.role,
            i64::from(filter.active.is_none()),
            filter.active.unwrap_or(true),
            name,
            id,
            filter.limit,
        ]);
        let rows = self.db.query(&sql::PEOPLE_PAGE, params).await?;
        let read = |row: &Row| Ok((PersonRow::read(row)?, row.text(9)?));
        rows.iter().map(read).collect()
    }

    /// How many people are in reach.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn people_count(&self, reach: &Access) -> Result<i64> {
        let row = self.db.query_one(&sql::PEOPLE_COUNT, reach.params()).await?;
        Ok(row.map_or(Ok(0), |row| row.int(0))?)
    }

    /// Open sessions of a person, last used first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions_of(&self, user: Uuid) -> Result<Vec<SessionRow>> {
        let now = self.now();
        let rows = self.db.query(&sql_sessions::SESSIONS_OF, params![user, now]).await?;
        let idle = now.plus_seconds(-super::commands::WEB_IDLE_S);
        let sessions = rows.iter().map(SessionRow::read).collect::<db::DbResult<Vec<_>>>()?;
        Ok(sessions.into_iter().filter(|s| s.kind != "web" || s.last_seen_at > idle).collect())
    }

    /// A person's tries to sign in, newest first, before a place.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn logins_of(
        &self,
        user: Uuid,
        before: Option<(i64, Uuid)>,
        limit: u32,
    ) -> Result<Vec<LoginTry>> {
        let (at, id) = before.unwrap_or((i64::MAX, Uuid::nil()));
        let params = params![user, Timestamp(at), id, limit];
        let rows = self.db.query(&sql_sessions::LOGINS_OF, params).await?;
        Ok(rows.iter().map(LoginTry::read).collect::<db::DbResult<_>>()?)
    }

    /// When a person chose their password; `None` while it is a one-time one or missing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn password_since(&self, user: Uuid) -> Result<Option<Timestamp>> {
        let row = self.db.query_one(&sql_sessions::PASSWORD_OF, params![user]).await?;
        match row {
            Some(row) if !row.bool(1)? => Ok(Some(row.instant(0)?)),
            _ => Ok(None),
        }
    }
}
