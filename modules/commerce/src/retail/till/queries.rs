//! Reading shops, tills and records.

use super::Tills;
use super::record::{Chain, Record};
use super::sql::{self, Session, Till};
use super::totals::Totals;
use db::{DbResult, Row};
use kernel::{Error, Result, Uuid};

/// A shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shop {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) address: String,
}

fn shop(row: &Row) -> DbResult<Shop> {
    Ok(Shop { code: row.text(0)?, name: row.text(1)?, address: row.text(2)? })
}

/// What an open session has come to so far: a reading, the "X".
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reading {
    pub(crate) session: Session,
    pub(crate) totals: Totals,
    pub(crate) expected_cents: i64,
}

impl Tills {
    /// A page of shops.
    pub(crate) async fn shops(&self, after: &str, rows: u32) -> Result<Vec<Shop>> {
        let rows = self.db.query(&sql::SHOPS, db::params![after, rows]).await?;
        Ok(rows.iter().map(shop).collect::<DbResult<_>>()?)
    }

    /// A shop.
    ///
    /// # Errors
    /// Not found.
    pub(crate) async fn shop(&self, code: &str) -> Result<Shop> {
        let row = self.db.query_one(&sql::SHOP, db::params![code]).await?;
        Ok(shop(&row.ok_or_else(Error::not_found)?)?)
    }

    /// The tills of a shop.
    pub(crate) async fn tills_of(&self, shop: &str, after: &str, rows: u32) -> Result<Vec<Till>> {
        let rows = self.db.query(&sql::TILLS_OF, db::params![shop, after, rows]).await?;
        Ok(rows.iter().map(sql::till).collect::<DbResult<_>>()?)
    }

    /// A till.
    ///
    /// # Errors
    /// Not found.
    pub(crate) async fn till(&self, shop: &str, code: &str) -> Result<Till> {
        let row = self.db.query_one(&sql::ONE_TILL, db::params![shop, code]).await?;
        Ok(sql::till(&row.ok_or_else(Error::not_found)?)?)
    }

    /// A session.
    ///
    /// # Errors
    /// Not found.
    pub(crate) async fn session(&self, id: Uuid) -> Result<Session> {
        let row = self.db.query_one(&sql::SESSION_OF, db::params![id]).await?;
        Ok(sql::session(&row.ok_or_else(Error::not_found)?)?)
    }

    /// The receipt of a sale or a return.
    pub(crate) async fn receipt(&self, sale: Uuid) -> Result<Option<Record>> {
        let params = db::params![Chain::Receipt.word(), sale];
        let row = self.db.query_one(&sql::RECORD_BY_ID, params).await?;
        Ok(row.as_ref().map(sql::record).transpose()?)
    }

    /// A record by its number.
    pub(crate) async fn record(
        &self,
        (shop, till): (&str, &str),
        chain: Chain,
        number: u64,
    ) -> Result<Option<Record>> {
        let params = db::params![shop, till, chain.word(), number];
        let row = self.db.query_one(&sql::RECORD_AT, params).await?;
        Ok(row.as_ref().map(sql::record).transpose()?)
    }

    /// Records before a number, newest first.
    pub(crate) async fn records(
        &self,
        (shop, till): (&str, &str),
        chain: Chain,
        before: Option<u64>,
        rows: u32,
    ) -> Result<Vec<Record>> {
        let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
        let params = db::params![shop, till, chain.word(), before, rows];
        let rows = self.db.query(&sql::RECORDS_DOWN, params).await?;
        Ok(rows.iter().map(sql::record).collect::<DbResult<_>>()?)
    }

    /// How much of each line of a sale has come back.
    pub(crate) async fn sold(&self, sale: Uuid) -> Result<Vec<sql::Sold>> {
        let rows = self.db.query(&sql::SALE_LINES, db::params![sale]).await?;
        Ok(rows.iter().map(sql::sold).collect::<DbResult<_>>()?)
    }

    /// What the open session of a till has come to.
    ///
    /// # Errors
    /// Refused, when the till is closed.
    pub(crate) async fn reading(&self, till: &Till) -> Result<Reading> {
        let session = self.session(till.session.ok_or_else(super::refusal::closed)?).await?;
        let totals = self.totals(session.id).await?;
        let expected_cents = totals.drawer(session.float_cents);
        Ok(Reading { session, totals, expected_cents })
    }
}
