//! The part of the API about reports. Each answer says which days it is about and how old it is; each list pages by
//! cursor, and is a file with `format=csv`.

mod reconciliation;

use super::period::{Preset, Scope};
use super::queries::{self, By, Named, Sums};
use super::{READ, Reports, csv};
use axum::Json;
use axum::response::{IntoResponse, Response};
use db::DbResult;
use flow::Lag;
use kernel::{Error, Result, Timestamp, Uuid};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Rows of a file, at most.
pub(super) const EXPORT: u32 = 50_000;
/// Free pieces from which a shelf is low, when nobody says.
pub(super) const LOW: i64 = 3;

type Answer = Result<Response, Failure>;

/// The days that an answer is about, both included, where the shops are.
#[derive(Serialize, ToSchema)]
struct ReportPeriod {
    #[schema(value_type = String, format = Date)]
    from: String,
    #[schema(value_type = String, format = Date)]
    to: String,
}

/// How old an answer is, for one log that it reads.
#[derive(Serialize, ToSchema)]
struct ReportAsOf {
    /// The view: `reporting.sales` or `reporting.stock`.
    view: String,
    /// The database.
    source: String,
    /// The position up to which its events are in.
    position: u64,
    /// The end of its log.
    head: u64,
    /// Since how many seconds something of it is waiting; 0 when everything is in.
    age_s: i64,
    /// When the position last moved.
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Timestamp>,
}

/// Sums of sales. Amounts are whole cents of euros, taxes included unless said otherwise.
#[derive(Serialize, ToSchema)]
struct SalesSums {
    pieces: i64,
    /// What was sold.
    gross_cents: i64,
    returned_pieces: i64,
    /// What went back.
    returned_cents: i64,
    /// What was sold less what went back.
    revenue_cents: i64,
    /// The tax in it.
    vat_cents: i64,
    /// What is left without it.
    net_cents: i64,
}

impl From<Sums> for SalesSums {
    fn from(s: Sums) -> Self {
        Self {
            pieces: s.pieces,
            gross_cents: s.gross_cents,
            returned_pieces: s.returned_pieces,
            returned_cents: s.returned_cents,
            revenue_cents: s.revenue_cents(),
            vat_cents: s.vat_cents,
            net_cents: s.net_cents(),
        }
    }
}

/// A row of the sales report.
#[derive(Serialize, ToSchema, Default)]
struct SalesRow {
    /// The day, week, shop, channel or rate (in hundredths of a per cent) that the row adds up.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<Uuid>,
    /// Baskets: receipts and orders; missing where a basket is not in one row only.
    #[serde(skip_serializing_if = "Option::is_none")]
    baskets: Option<i64>,
    /// The mean basket.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_basket_cents: Option<i64>,
    #[serde(flatten)]
    sums: Option<SalesSums>,
}

/// Sales of a period.
#[derive(Serialize, ToSchema)]
struct SalesReport {
    period: ReportPeriod,
    currency: &'static str,
    /// `day`, `week`, `shop`, `channel`, `vat` or `detail`.
    by: &'static str,
    items: Vec<SalesRow>,
    /// The sums of the whole period, whatever the page.
    total: SalesSums,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    as_of: Vec<ReportAsOf>,
}

/// A product and what it brought in.
#[derive(Serialize, ToSchema)]
struct ProductRow {
    product_id: Uuid,
    /// Missing for a product that nobody has named.
    sku: Option<String>,
    name: Option<String>,
    category: Option<String>,
    #[serde(flatten)]
    sums: SalesSums,
}

/// Products of a period, what brought in most first.
#[derive(Serialize, ToSchema)]
struct ProductReport {
    period: ReportPeriod,
    currency: &'static str,
    items: Vec<ProductRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    as_of: Vec<ReportAsOf>,
}

/// A shelf that is empty or nearly so.
#[derive(Serialize, ToSchema)]
struct ShelfRow {
    shop: String,
    product_id: Uuid,
    sku: Option<String>,
    name: Option<String>,
    on_hand: i64,
    reserved: i64,
    free: i64,
    /// Since when nothing is free.
    #[schema(value_type = Option<String>, format = DateTime)]
    out_since: Option<Timestamp>,
    /// How long that is, in seconds.
    out_for_s: Option<i64>,
    /// How often it was empty in the period.
    times: i64,
    /// How long in all, in seconds.
    empty_s: i64,
}

/// Shelves that are empty or nearly so, the longest empty first.
#[derive(Serialize, ToSchema)]
struct ShelfReport {
    period: ReportPeriod,
    items: Vec<ShelfRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    as_of: Vec<ReportAsOf>,
}

fn period(scope: &Scope) -> ReportPeriod {
    ReportPeriod { from: scope.from.to_string(), to: scope.to.to_string() }
}

fn as_of(lags: Vec<Lag>, now: Timestamp) -> Vec<ReportAsOf> {
    let one = |lag: Lag| {
        let waits = lag.head > lag.position;
        let since = lag.updated_at.map_or(0, |at| (now.0 - at.0).max(0) / Timestamp::SECOND);
        ReportAsOf {
            view: lag.consumer,
            source: lag.source,
            position: lag.position,
            head: lag.head,
            age_s: if waits { since } else { 0 },
            updated_at: lag.updated_at,
        }
    };
    lags.into_iter().map(one).collect()
}

fn scoped(doc: Doc) -> Doc {
    doc.permission(READ)
        .query("period", "`today`, `week`, `last-week`, `month`, `last-month`, `13-weeks` or `year`.")
        .query("from", "The first day, in place of `period`.")
        .query("to", "The last day; today when left out.")
        .query("shop", "Of this shop only.")
        .query("channel", "`web` or `till` only.")
        .query("format", "`csv` for a file.")
        .query("limit", "Rows of a page, 1 to 200.")
        .query("cursor", "The `next_cursor` of the page before.")
}

/// The routes.
pub(super) fn api(reports: &Reports) -> Api {
    let (sold, ranked, empty, weeks) = (reports.clone(), reports.clone(), reports.clone(), reports.clone());
    Api::new()
        .get(
            "/api/v1/reports/sales",
            move |ctx: Ctx, query: Query| sales(sold.clone(), ctx, query, By::Day),
            scoped(Doc::new("Sales of a period, by day, week, shop, channel or rate, or in detail"))
                .query("by", "`day` (without it), `week`, `shop`, `channel`, `vat`, `detail`.")
                .answers::<SalesReport>(200),
        )
        .get(
            "/api/v1/reports/trends",
            move |ctx: Ctx, query: Query| sales(weeks.clone(), ctx, query, By::Week),
            scoped(Doc::new("Sales week by week, the last 13 weeks when no period is given"))
                .answers::<SalesReport>(200),
        )
        .get(
            "/api/v1/reports/products",
            move |ctx: Ctx, query: Query| products(ranked.clone(), ctx, query),
            scoped(Doc::new("Products of a period, what brought in most first"))
                .answers::<ProductReport>(200),
        )
        .get(
            "/api/v1/reports/stock-outs",
            move |ctx: Ctx, query: Query| stock_outs(empty.clone(), ctx, query),
            scoped(Doc::new("Shelves with nothing free, the longest first, then those with little"))
                .query("low", "Up to how many free pieces a shelf is listed; 3 when left out.")
                .answers::<ShelfReport>(200),
        )
        .merge(reconciliation::api(reports))
}

fn wants_csv(query: &Query) -> bool {
    query.get("format") == Some("csv")
}

/// Whether the grouping is the whole detail; else which it is.
fn grouping(query: &Query, fallback: By) -> Result<Option<By>> {
    match query.get("by") {
        None => Ok(Some(fallback)),
        Some("detail") => Ok(None),
        Some(word) => By::ALL.into_iter().find(|by| by.word() == word).map(Some).ok_or_else(|| {
            Error::invalid(
                "bad_parameter",
                "« by » vaut day, week, shop, channel, vat ou detail.",
                "“by” is day, week, shop, channel, vat or detail.",
            )
        }),
    }
}

/// A page of rows, whole sums, and the way on.
struct Rows {
    items: Vec<SalesRow>,
    next_cursor: Option<String>,
}

async fn grouped(
    reports: &Reports,
    by: By,
    scope: &Scope,
    query: &Query,
    limit: u32,
) -> Result<Rows, Failure> {
    let found = queries::sums(&reports.db, by, scope, query.cursor()?, limit.saturating_add(1)).await?;
    let baskets = queries::baskets(&reports.db, by, scope).await?;
    let page = ListPage::cut(found, limit, |(key, _)| key.clone());
    let row = |(key, sums): (String, Sums)| {
        let of = baskets.get(&key);
        SalesRow {
            baskets: of.map(|b| b.count),
            mean_basket_cents: of.and_then(queries::Baskets::mean_cents),
            key: Some(key),
            sums: Some(sums.into()),
            ..SalesRow::default()
        }
    };
    Ok(Rows { items: page.items.into_iter().map(row).collect(), next_cursor: page.next_cursor })
}

async fn detailed(reports: &Reports, scope: &Scope, query: &Query, limit: u32) -> Result<Rows, Failure> {
    let found = queries::detail(&reports.db, scope, query.cursor()?, limit.saturating_add(1)).await?;
    let page = ListPage::cut(found, limit, |d| (d.day.clone(), d.shop.clone(), d.channel.clone(), d.product));
    let row = |d: queries::Detail| SalesRow {
        day: Some(d.day),
        shop: Some(d.shop),
        channel: Some(d.channel),
        product_id: Some(d.product),
        sums: Some(d.sums.into()),
        ..SalesRow::default()
    };
    Ok(Rows { items: page.items.into_iter().map(row).collect(), next_cursor: page.next_cursor })
}

async fn sales(reports: Reports, ctx: Ctx, query: Query, fallback: By) -> Answer {
    ctx.permit(READ)?;
    let preset = if fallback == By::Week { Preset::Quarter } else { Preset::Month };
    let scope = Scope::read(&query, &reports.calendar, ctx.now(), preset)?;
    let by = grouping(&query, fallback)?;
    if wants_csv(&query) {
        return Ok(match by {
            Some(by) => csv::sums(&reports, &ctx, by, &scope).await?,
            None => csv::detail(&reports, &ctx, &scope).await?,
        });
    }
    let limit = query.limit()?;
    let lags = queries::as_of(&ctx.edge).await?;
    let Rows { items, next_cursor } = match by {
        Some(by) => grouped(&reports, by, &scope, &query, limit).await?,
        None => detailed(&reports, &scope, &query, limit).await?,
    };
    let total = queries::total(&reports.db, &scope).await?.into();
    let (period, as_of) = (period(&scope), as_of(lags, ctx.now()));
    let by = by.map_or("detail", By::word);
    Ok(Json(SalesReport { period, currency: "EUR", by, items, total, next_cursor, as_of }).into_response())
}

async fn products(reports: Reports, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let scope = Scope::read(&query, &reports.calendar, ctx.now(), Preset::Month)?;
    if wants_csv(&query) {
        return Ok(csv::products(&reports, &ctx, &scope).await?);
    }
    let limit = query.limit()?;
    let lags = queries::as_of(&ctx.edge).await?;
    let found = queries::products(&reports.db, &scope, query.cursor()?, limit + 1).await?;
    let page = ListPage::cut(found, limit, |(id, sums)| (sums.revenue_cents(), *id));
    let mut names = queries::names(&reports.db, page.items.iter().map(|(id, _)| id)).await?;
    let row = |(product_id, sums): (Uuid, Sums)| {
        let Parts { sku, name, category } = parts(names.remove(&product_id));
        ProductRow { product_id, sku, name, category, sums: sums.into() }
    };
    let items = page.items.into_iter().map(row).collect();
    let (period, as_of) = (period(&scope), as_of(lags, ctx.now()));
    let next_cursor = page.next_cursor;
    Ok(Json(ProductReport { period, currency: "EUR", items, next_cursor, as_of }).into_response())
}

/// The parts of a name that may be missing.
#[derive(Default)]
struct Parts {
    sku: Option<String>,
    name: Option<String>,
    category: Option<String>,
}

fn parts(named: Option<Named>) -> Parts {
    named.map_or_else(Parts::default, |n| Parts {
        sku: Some(n.sku),
        name: Some(n.name),
        category: Some(n.category),
    })
}

/// Free pieces up to which a shelf is listed.
pub(super) fn threshold(query: &Query) -> Result<i64, Failure> {
    match query.parsed::<i64>("low")? {
        None => Ok(LOW),
        Some(low @ 0..=100_000) => Ok(low),
        Some(_) => Err(Error::invalid(
            "bad_parameter",
            "« low » va de 0 à 100 000.",
            "“low” goes from 0 to 100,000.",
        )
        .into()),
    }
}

/// How often and how long shelves were empty, by place.
pub(super) async fn empty_times(
    reports: &Reports,
    scope: &Scope,
    now: Timestamp,
) -> DbResult<BTreeMap<(String, Uuid), queries::Outs>> {
    let span = reports.calendar.span(scope.from, scope.to);
    let outs = queries::outs(&reports.db, span, now, &scope.shop).await?;
    Ok(outs.into_iter().map(|out| ((out.shop.clone(), out.product), out)).collect())
}

async fn stock_outs(reports: Reports, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let (now, low) = (ctx.now(), threshold(&query)?);
    let scope = Scope::read(&query, &reports.calendar, now, Preset::Month)?;
    if wants_csv(&query) {
        return Ok(csv::stock_outs(&reports, &ctx, &scope, low).await?);
    }
    let limit = query.limit()?;
    let lags = queries::as_of(&ctx.edge).await?;
    let found = queries::low(&reports.db, low, &scope.shop, query.cursor()?, limit + 1).await?;
    let page = ListPage::cut(found, limit, queries::place);
    let names = queries::names(&reports.db, page.items.iter().map(|shelf| &shelf.product)).await?;
    let times = empty_times(&reports, &scope, now).await?;
    let row = |shelf: queries::Shelf| {
        let Parts { sku, name, .. } = parts(names.get(&shelf.product).cloned());
        let empty = times.get(&(shelf.shop.clone(), shelf.product));
        ShelfRow {
            free: shelf.on_hand - shelf.reserved,
            out_for_s: shelf.out_since.map(|at| (now.0 - at.0).max(0) / Timestamp::SECOND),
            times: empty.map_or(0, |e| e.times),
            empty_s: empty.map_or(0, |e| e.micros / Timestamp::SECOND),
            shop: shelf.shop,
            product_id: shelf.product,
            sku,
            name,
            on_hand: shelf.on_hand,
            reserved: shelf.reserved,
            out_since: shelf.out_since,
        }
    };
    let items = page.items.into_iter().map(row).collect();
    let (period, as_of) = (period(&scope), as_of(lags, now));
    Ok(Json(ShelfReport { period, items, next_cursor: page.next_cursor, as_of }).into_response())
}
