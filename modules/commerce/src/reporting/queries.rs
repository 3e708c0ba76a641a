//! Reads for pages and API. What is answered is as old as the generations that serve; [`as_of`] says how old.

use super::period::Scope;
use super::sql;
use super::{view_sales, view_stock};
use db::{Db, DbResult, Query, Row, Statement};
use flow::Lag;
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;
use web::Edge;

/// What was sold and what came back, taxes included; and the tax in the difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sums {
    pub(super) pieces: i64,
    pub(super) gross_cents: i64,
    pub(super) returned_pieces: i64,
    pub(super) returned_cents: i64,
    pub(super) vat_cents: i64,
}

impl Sums {
    /// Revenue, taxes included: what was sold less what went back.
    pub(super) fn revenue_cents(&self) -> i64 {
        self.gross_cents - self.returned_cents
    }

    /// Revenue without its tax.
    pub(super) fn net_cents(&self) -> i64 {
        self.revenue_cents() - self.vat_cents
    }

    fn read(row: &Row, from: usize) -> DbResult<Self> {
        let int = |n: usize| Ok::<_, db::DbError>(row.opt_int(from + n)?.unwrap_or(0));
        Ok(Self {
            pieces: int(0)?,
            gross_cents: int(1)?,
            returned_pieces: int(2)?,
            returned_cents: int(3)?,
            vat_cents: int(4)?,
        })
    }
}

/// By what sums are grouped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    Day,
    Week,
    Shop,
    Channel,
    Vat,
}

impl By {
    pub(super) const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Shop, Self::Channel, Self::Vat];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Shop => "shop",
            Self::Channel => "channel",
            Self::Vat => "vat",
        }
    }

    fn statement(self) -> &'static Statement {
        match self {
            Self::Day => &sql::BY_DAY,
            Self::Week => &sql::BY_WEEK,
            Self::Shop => &sql::BY_SHOP,
            Self::Channel => &sql::BY_CHANNEL,
            Self::Vat => &sql::BY_RATE,
        }
    }

    fn baskets(self) -> &'static Statement {
        match self {
            Self::Day => &sql::BASKETS_BY_DAY,
            Self::Week => &sql::BASKETS_BY_WEEK,
            Self::Shop | Self::Vat => &sql::BASKETS_BY_SHOP,
            Self::Channel => &sql::BASKETS_BY_CHANNEL,
        }
    }
}

/// Baskets: receipts of tills and orders of the web.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Baskets {
    pub(super) count: i64,
    pub(super) pieces: i64,
    pub(super) gross_cents: i64,
    pub(super) returns: i64,
}

impl Baskets {
    /// The mean basket, rounded to the nearest cent.
    pub(super) fn mean_cents(&self) -> Option<i64> {
        (self.count > 0).then(|| (2 * self.gross_cents + self.count) / (2 * self.count))
    }
}

/// A product as people know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) category: String,
}

/// A row of the detail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Detail {
    pub(super) day: String,
    pub(super) shop: String,
    pub(super) channel: String,
    pub(super) product: Uuid,
    pub(super) sums: Sums,
}

/// A shelf with few pieces, or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shelf {
    pub(super) shop: String,
    pub(super) product: Uuid,
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) out_since: Option<Timestamp>,
    pub(super) changed_at: Timestamp,
}

/// How often and how long a shelf was empty in a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Outs {
    pub(super) shop: String,
    pub(super) product: Uuid,
    pub(super) times: i64,
    pub(super) micros: i64,
}

fn scope_params(scope: &Scope) -> Vec<db::Value> {
    db::params![scope.from.to_string(), scope.to.to_string(), &scope.shop, &scope.channel]
}

fn with(scope: &Scope, more: Vec<db::Value>) -> Vec<db::Value> {
    let mut params = scope_params(scope);
    params.extend(more);
    params
}

fn query(statement: &Statement, params: Vec<db::Value>) -> Query {
    Query { statement: statement.clone(), params }
}

/// Sums of a period, by the values of something after one of them.
pub(super) fn sums(by: By, scope: &Scope, after: Option<String>, limit: u32) -> Query {
    let after = match by {
        By::Vat => db::params![after.and_then(|text| text.parse().ok()).unwrap_or(-1_i64), limit],
        _ => db::params![after.unwrap_or_default(), limit],
    };
    query(by.statement(), with(scope, after))
}

/// What [`sums`] answers.
pub(super) fn read_sums(by: By, rows: &[Row]) -> DbResult<Vec<(String, Sums)>> {
    let key = |row: &Row| match by {
        By::Vat => row.int(0).map(|rate| rate.to_string()),
        _ => row.text(0),
    };
    rows.iter().map(|row| Ok((key(row)?, Sums::read(row, 1)?))).collect()
}

/// The sums of the whole period.
pub(super) fn total(scope: &Scope) -> Query {
    query(&sql::TOTAL, scope_params(scope))
}

/// What [`total`] answers.
pub(super) fn read_total(rows: &[Row]) -> DbResult<Sums> {
    rows.first().map_or(Ok(Sums::default()), |row| Sums::read(row, 1))
}

/// Baskets by the values of something; baskets have no rate, and are told by shop then.
pub(super) fn baskets(by: By, scope: &Scope) -> Query {
    query(by.baskets(), scope_params(scope))
}

/// What [`baskets`] answers.
pub(super) fn read_baskets(by: By, rows: &[Row]) -> DbResult<BTreeMap<String, Baskets>> {
    let one = |row: &Row| {
        let basket = Baskets {
            count: row.int(1)?,
            pieces: row.int(2)?,
            gross_cents: row.int(3)?,
            returns: row.int(4)?,
        };
        Ok((row.text(0)?, basket))
    };
    if by == By::Vat { Ok(BTreeMap::new()) } else { rows.iter().map(one).collect() }
}

/// Revenue by shop and week.
pub(super) fn by_shop_and_week(scope: &Scope) -> Query {
    query(&sql::BY_SHOP_WEEK, scope_params(scope))
}

/// What [`by_shop_and_week`] answers.
pub(super) fn read_by_shop_and_week(rows: &[Row]) -> DbResult<Vec<(String, String, i64)>> {
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.int(2)?))).collect()
}

/// Several questions, answered from one moment: their sums agree with each other.
pub(super) async fn at_once<const N: usize>(db: &Db, queries: [Query; N]) -> DbResult<[Vec<Row>; N]> {
    let answers = db.snapshot(Vec::from(queries)).await?;
    answers.try_into().map_err(|_| db::DbError::internal("questions and answers differ in number"))
}

/// Where the detail goes on.
pub(super) type DetailKey = (String, String, String, Uuid);

/// Every day, shop, channel and product.
pub(super) fn detail(scope: &Scope, after: Option<DetailKey>, limit: u32) -> Query {
    let (day, shop, channel, product) = after.unwrap_or_default();
    query(&sql::DETAIL, with(scope, db::params![day, shop, channel, product, limit]))
}

/// What [`detail`] answers.
pub(super) fn read_detail(rows: &[Row]) -> DbResult<Vec<Detail>> {
    let one = |row: &Row| {
        let (day, shop, channel) = (row.text(0)?, row.text(1)?, row.text(2)?);
        Ok(Detail { day, shop, channel, product: row.uuid(3)?, sums: Sums::read(row, 4)? })
    };
    rows.iter().map(one).collect()
}

/// Products by what they brought in, the most first.
pub(super) fn products(scope: &Scope, after: Option<(i64, Uuid)>, limit: u32) -> Query {
    let (cents, id) = after.unwrap_or((i64::MAX, Uuid::nil()));
    query(&sql::PRODUCTS, with(scope, db::params![cents, id, limit]))
}

/// What [`products`] answers.
pub(super) fn read_products(rows: &[Row]) -> DbResult<Vec<(Uuid, Sums)>> {
    rows.iter().map(|row| Ok((row.uuid(0)?, Sums::read(row, 1)?))).collect()
}

/// The names of products.
pub(super) async fn names(
    db: &Db,
    products: impl IntoIterator<Item = &Uuid>,
) -> DbResult<BTreeMap<Uuid, Named>> {
    let rows = db.query(&sql::NAMED, db::params![crate::reading::list(products)]).await?;
    let one = |row: &Row| {
        let named = Named { sku: row.text(1)?, name: row.text(2)?, category: row.text(3)? };
        Ok((row.uuid(0)?, named))
    };
    rows.iter().map(one).collect()
}

/// Where the list of shelves goes on.
pub(super) type ShelfKey = (i64, String, Uuid);

/// The place of a shelf in the list.
pub(super) fn place(shelf: &Shelf) -> ShelfKey {
    (shelf.out_since.map_or(i64::MAX, |at| at.0), shelf.shop.clone(), shelf.product)
}

/// Shelves with at most so many free pieces; those that are out come first, the longest first.
pub(super) async fn low(
    db: &Db,
    at_most: i64,
    shop: &str,
    after: Option<ShelfKey>,
    limit: u32,
) -> DbResult<Vec<Shelf>> {
    let (since, after_shop, id) = after.unwrap_or((i64::MIN, String::new(), Uuid::nil()));
    let params = db::params![at_most, shop, since, after_shop, id, limit];
    let one = |row: &Row| {
        Ok(Shelf {
            shop: row.text(0)?,
            product: row.uuid(1)?,
            on_hand: row.int(2)?,
            reserved: row.int(3)?,
            out_since: row.opt_instant(4)?,
            changed_at: row.instant(5)?,
        })
    };
    db.query(&sql::LOW, params).await?.iter().map(one).collect()
}

/// How often and how long shelves were empty.
pub(super) async fn outs(
    db: &Db,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
    shop: &str,
) -> DbResult<Vec<Outs>> {
    let rows = db.query(&sql::OUTS, db::params![from, to.min(now), now, shop]).await?;
    let one = |row: &Row| {
        Ok(Outs { shop: row.text(0)?, product: row.uuid(1)?, times: row.int(2)?, micros: row.int(3)?.max(0) })
    };
    rows.iter().map(one).collect()
}

/// The shops that anything is known of.
pub(super) async fn shops(db: &Db) -> DbResult<Vec<String>> {
    db.query(&sql::SHOPS, Vec::new()).await?.iter().map(|row| row.text(0)).collect()
}

/// How far the reports are in each log that they read.
///
/// # Errors
/// When the cursors cannot be read.
pub(super) async fn as_of(edge: &Edge) -> DbResult<Vec<Lag>> {
    let mut lags = edge.flow.lags().await?;
    lags.retain(|lag| lag.consumer == view_sales::NAME || lag.consumer == view_stock::NAME);
    Ok(lags)
}
