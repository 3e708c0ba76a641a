//! Reads for commands, pages and the API.

use super::balance::{DeltaRow, PlanRow};
use super::model::{Neighbours, PunchRow};
use super::{Heures, events, sql};
use db::{DbResult, Value};
use jiff::civil::Date;
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;
use web::Access;

/// Entries of a stream read at once when its rows do not tell its version.
const PAGE: u32 = 1000;
/// Rows of an export, at most.
pub(super) const EXPORT: u32 = 50_000;

/// Which punches or balances a list shows.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Wanted<T> {
    /// Whose rows the reader reaches.
    pub(super) access: Access,
    /// One person's, or everybody's in reach.
    pub(super) person: Option<Uuid>,
    /// From, and to: not counted for instants, counted for days.
    pub(super) span: (T, T),
}

impl<T> Wanted<T> {
    /// The reach, then whether everybody's are wanted, then the person.
    fn params(&self) -> Vec<Value> {
        let mut params = self.access.params();
        params.extend(db::params![i64::from(self.person.is_none()), self.person.unwrap_or_default()]);
        params
    }
}

impl Heures {
    /// The version of a person's stream. Rows tell it; entries after them are there when rows were erased for their
    /// age, or written a moment ago.
    pub(super) async fn version(&self, person: Uuid) -> DbResult<u64> {
        let row = self.db.query_one(&sql::HS_VERSION, db::params![person]).await?;
        let mut version = match row {
            Some(row) => row.count(0)?.max(row.count(1)?),
            None => 0,
        };
        loop {
            let page = self.db.stream(&events::stream(person), version, PAGE).await?;
            match page.last() {
                Some(last) => version = last.stream_version,
                None => return Ok(version),
            }
        }
    }

    /// The punches in force at or before the first instant and after the second, one left out.
    pub(super) async fn neighbours(
        &self,
        person: Uuid,
        (from, to): (Timestamp, Timestamp),
        gone: Option<Uuid>,
    ) -> DbResult<Neighbours> {
        let query = |statement: &db::Statement, at| db::Query {
            statement: statement.clone(),
            params: db::params![person, at, gone.unwrap_or_default()],
        };
        let mut found =
            self.db.snapshot(vec![query(&sql::HS_BEFORE, from), query(&sql::HS_AFTER, to)]).await?;
        let mut first = || found.pop().and_then(|rows| rows.into_iter().next());
        let (after, before) = (first(), first());
        Ok(Neighbours {
            before: before.as_ref().map(sql::punch).transpose()?,
            after: after.as_ref().map(sql::punch).transpose()?,
        })
    }

    /// The punches in force between two instants, and the one before and after them; one left out.
    pub(super) async fn in_force(
        &self,
        person: Uuid,
        (from, to): (Timestamp, Timestamp),
        gone: Option<Uuid>,
    ) -> DbResult<Vec<PunchRow>> {
        let outside = self.neighbours(person, (Timestamp(from.0 - 1), Timestamp(to.0 - 1)), gone).await?;
        let rows = self.db.query(&sql::HS_BETWEEN, db::params![person, from, to]).await?;
        let inside = rows.iter().map(sql::punch).filter(|row| row.as_ref().is_ok_and(|p| Some(p.id) != gone));
        let inside = inside.collect::<DbResult<Vec<_>>>()?;
        Ok(outside.before.into_iter().chain(inside).chain(outside.after).collect())
    }

    /// The punches in force of everybody in reach between two instants, by person.
    pub(super) async fn in_force_of_all(
        &self,
        access: &Access,
        (from, to): (Timestamp, Timestamp),
    ) -> DbResult<BTreeMap<Uuid, Vec<PunchRow>>> {
        let mut params = access.params();
        params.extend(db::params![from, to]);
        let mut people: BTreeMap<Uuid, Vec<PunchRow>> = BTreeMap::new();
        for row in self.db.query(&sql::HS_BETWEEN_ALL, params).await? {
            let punch = sql::punch(&row)?;
            people.entry(punch.person).or_default().push(punch);
        }
        Ok(people)
    }

    /// One punch, and the row that corrects it.
    pub(super) async fn punch_row(&self, id: Uuid) -> DbResult<Option<(PunchRow, Option<Uuid>)>> {
        let row = self.db.query_one(&sql::HS_PUNCH, db::params![id]).await?;
        row.as_ref().map(sql::punch_and_correction).transpose()
    }

    /// A page of punches, newest first, after a place; each with the row that corrects it.
    pub(super) async fn punches(
        &self,
        wanted: &Wanted<Timestamp>,
        after: Option<(i64, Uuid)>,
        limit: u32,
    ) -> DbResult<Vec<(PunchRow, Option<Uuid>)>> {
        let (at, id) = after.unwrap_or((i64::MAX, Uuid::max()));
        let mut params = wanted.params();
        params.extend(db::params![wanted.span.0, wanted.span.1, at, id, limit]);
        self.db.query(&sql::HS_PUNCHES, params).await?.iter().map(sql::punch_and_correction).collect()
    }

    /// How many punches are in force in reach between two instants.
    pub(super) async fn count(&self, access: &Access, (from, to): (Timestamp, Timestamp)) -> DbResult<i64> {
        let mut params = access.params();
        params.extend(db::params![from, to]);
        let row = self.db.query_one(&sql::HS_COUNT, params).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Entries between two instants that nothing followed: exits that were forgotten, newest first.
    pub(super) async fn forgotten(
        &self,
        access: &Access,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> DbResult<Vec<PunchRow>> {
        let mut params = access.params();
        params.extend(db::params![from, to, limit]);
        self.db.query(&sql::HS_FORGOTTEN, params).await?.iter().map(sql::punch).collect()
    }

    /// A person's plans, oldest first.
    pub(super) async fn plans(&self, person: Uuid) -> DbResult<Vec<PlanRow>> {
        self.db.query(&sql::HS_PLANS, db::params![person]).await?.iter().map(sql::plan).collect()
    }

    /// Everybody's plans.
    pub(super) async fn plans_of_all(&self) -> DbResult<BTreeMap<Uuid, Vec<PlanRow>>> {
        let mut people: BTreeMap<Uuid, Vec<PlanRow>> = BTreeMap::new();
        for row in self.db.query(&sql::HS_PLANS_ALL, Vec::new()).await? {
            people.entry(row.uuid(2)?).or_default().push(sql::plan(&row)?);
        }
        Ok(people)
    }

    /// A page of balances, newest first, after a place; all of them, or those with something wrong.
    pub(super) async fn deltas(
        &self,
        wanted: &Wanted<Date>,
        only_wrong: bool,
        after: Option<(String, Uuid)>,
        limit: u32,
    ) -> DbResult<Vec<(DeltaRow, Timestamp)>> {
        // No day is later.
        let (day, person) = after.unwrap_or_else(|| ("9999-99-99".to_owned(), Uuid::max()));
        let mut params = wanted.params();
        let (from, to) = (wanted.span.0.to_string(), wanted.span.1.to_string());
        params.extend(db::params![from, to, i64::from(!only_wrong), day, person, limit]);
        self.db.query(&sql::HS_DELTAS, params).await?.iter().map(sql::delta).collect()
    }

    /// Minutes worked and planned by everybody in reach, per day between two days, both counted.
    pub(super) async fn sums(
        &self,
        access: &Access,
        (from, to): (Date, Date),
    ) -> DbResult<Vec<(Date, i64, i64)>> {
        let mut params = access.params();
        params.extend(db::params![from.to_string(), to.to_string()]);
        let rows = self.db.query(&sql::HS_SUMS, params).await?;
        rows.iter().map(|row| Ok((sql::day(row, 0)?, row.int(1)?, row.int(2)?))).collect()
    }
}
