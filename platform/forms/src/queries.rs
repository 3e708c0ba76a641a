//! Reads for screens and the API. What a reader may not see is cut in SQL.

use crate::forms::{Act, Forms};
use crate::model::{Instance, search_pattern};
use crate::roles::Right;
use crate::rows;
use crate::sql::NEVER;
use db::{DbResult, Value};
use forms_model::values::Values;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;
use web::Principal;

/// What a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Of this form; empty for all.
    pub form: String,
    /// In states of this meaning; empty for all.
    pub kind: String,
    /// In these states; none for all.
    pub states: Vec<String>,
    /// Not in these states now, but having entered them in the present week or month.
    pub entered: Option<Present>,
    /// The reader's own only.
    pub mine: bool,
    /// Of the teams that the reader manages only.
    pub team: bool,
    /// Past their due date only.
    pub late: bool,
    /// With these words in number or title.
    pub words: String,
}

/// The week or the month under way, by the calendar of those who read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Present {
    /// From Monday on.
    Week,
    /// From the first of the month on.
    Month,
}

impl Present {
    /// The word in a query.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Week, Self::Month].into_iter().find(|present| present.word() == word)
    }

    /// When it began, in a zone; midnight that does not exist on a day is the first instant after it.
    fn began(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let today = web::ui::format::local(now, zone).date();
        let first = match self {
            Self::Week => {
                let days = i64::from(today.weekday().to_monday_zero_offset());
                today.checked_sub(days.days()).unwrap_or(today)
            }
            Self::Month => today.first_of_month(),
        };
        first.to_zoned(zone.clone()).map_or(now, |midnight| midnight.timestamp().into())
    }
}

/// A place in a list ordered by the last change, newest first.
pub type Place = (i64, Uuid);

/// Before everything.
const TOP: Place = (NEVER, Uuid::max());

/// Which of others' requests are listed beside the inbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watched {
    /// Those that wait for a decision, whoever takes it.
    UnderWay,
    /// Those that are decided.
    Over,
}

/// The teams that somebody manages, as a statement takes a list of them.
fn teams(reader: &Principal) -> serde_json::Value {
    reader.manages.iter().map(Uuid::to_string).collect()
}

impl Forms {
    /// The parameters of reach and filters: 1 to 12.
    fn list_params(&self, reader: &Principal, filter: &Filter, now: Timestamp) -> Vec<Value> {
        let mut params = reader.access(&Right::Read.of(self.code())).params();
        params.extend(db::params![
            &filter.form,
            &filter.kind,
            serde_json::json!(filter.states).to_string(),
            i64::from(filter.mine),
            if filter.late { now.0 } else { 0 },
            search_pattern(&filter.words),
            filter.entered.map_or(0, |present| { present.began(now, &self.definition.module.time_zone()).0 }),
            i64::from(filter.team),
            teams(reader),
        ]);
        params
    }

    /// Instances that somebody sees, the last changed first, after a place.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(
        &self,
        reader: &Principal,
        filter: &Filter,
        now: Timestamp,
        after: Option<Place>,
        limit: u32,
    ) -> DbResult<Vec<Instance>> {
        let (at, id) = after.unwrap_or(TOP);
        let mut params = self.list_params(reader, filter, now);
        params.extend(db::params![at, id, limit]);
        let rows = self.db.query(&self.sql.instances.list, params).await?;
        rows.iter().map(rows::instance).collect()
    }

    /// How many instances the list has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_of(&self, reader: &Principal, filter: &Filter, now: Timestamp) -> DbResult<u64> {
        let row = self.db.query_one(&self.sql.instances.count, self.list_params(reader, filter, now)).await?;
        row.map_or(Ok(0), |row| row.count(0))
    }

    /// Roles, teams and person, as the inbox asks for them; `None` for somebody who decides nothing here.
    fn awaits_params(&self, reader: &Principal) -> Option<Vec<Value>> {
        if !reader.may(&Right::Decide.of(self.code())) {
            return None;
        }
        Some(db::params![serde_json::json!(reader.roles), teams(reader), reader.id])
    }

    /// Instances that await somebody's decision, the most pressing first, after a place.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn awaiting(
        &self,
        reader: &Principal,
        after: Option<Place>,
        limit: u32,
    ) -> DbResult<Vec<Instance>> {
        let Some(mut params) = self.awaits_params(reader) else { return Ok(Vec::new()) };
        let (due, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
        params.extend(db::params![due, id, limit]);
        let rows = self.db.query(&self.sql.instances.inbox, params).await?;
        rows.iter().map(rows::instance).collect()
    }

    /// How many instances await somebody, and how many of them are late.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn awaiting_count(&self, reader: &Principal, now: Timestamp) -> DbResult<(u64, u64)> {
        let Some(mut params) = self.awaits_params(reader) else { return Ok((0, 0)) };
        params.extend(db::params![now]);
        let row = self.db.query_one(&self.sql.instances.inbox_count, params).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.count(0)?, row.count(1)?)))
    }

    /// Others' instances that somebody decides on or has decided on, the last changed first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn watched(
        &self,
        reader: &Principal,
        which: Watched,
        after: Option<Place>,
        limit: u32,
    ) -> DbResult<Vec<Instance>> {
        let (at, id) = after.unwrap_or(TOP);
        let mut params = reader.access(&Right::Decide.of(self.code())).params();
        params.extend(db::params![i64::from(which == Watched::UnderWay), at, id, limit]);
        let rows = self.db.query(&self.sql.instances.watched, params).await?;
        rows.iter().map(rows::instance).collect()
    }

    /// Whether an instance awaits somebody: what the inbox's SQL says, about one.
    #[must_use]
    pub fn awaits(&self, reader: &Principal, instance: &Instance) -> bool {
        let own = instance.subject == reader.id || instance.author == reader.id;
        let decides = reader.may(&Right::Decide.of(self.code()));
        let manages = instance.team.is_some_and(|team| reader.manages.contains(&team));
        let mut asked = instance.awaits.iter().chain(&instance.also);
        !own && decides
            && asked.any(|who| reader.roles.contains(&who.role) && (who.scope == "all" || manages))
    }

    /// The answers of several instances.
    pub(crate) async fn answers_of(&self, ids: &[Uuid]) -> DbResult<BTreeMap<Uuid, Values>> {
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let rows = self.db.query(&self.sql.told.answers_of, db::params![serde_json::json!(ids)]).await?;
        let mut all: BTreeMap<Uuid, Values> = BTreeMap::new();
        for row in &rows {
            let (field, value) = rows::answer(row, 1)?;
            all.entry(row.uuid(0)?).or_default().insert(field, value);
        }
        Ok(all)
    }

    /// Where an instance stands in the inbox.
    #[must_use]
    pub fn due_place(instance: &Instance) -> Place {
        (instance.due_at.map_or(NEVER, |due| due.0), instance.id)
    }

    /// Where an instance stands in a list.
    #[must_use]
    pub fn place(instance: &Instance) -> Place {
        (instance.updated_at.0, instance.id)
    }
}

impl Act {
    /// Who reads.
    #[must_use]
    pub fn reader(&self) -> &Principal {
        &self.principal
    }
}
