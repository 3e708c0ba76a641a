//! The part of the API about reports. Each answer says which days it is about and how old it is; each list pages by
//! cursor, and is a file with `format=csv`.

mod answers;
mod reconciliation;

use super::period::{Preset, Scope};
use super::queries::{self, By, Named, Sums};
use super::{READ, Reports, csv};
use answers::{ProductReport, ProductRow, SalesReport, SalesRow, ShelfReport, ShelfRow, as_of, period};
use axum::Json;
use axum::response::{IntoResponse, Response};
use db::DbResult;
use kernel::{Error, Result, Timestamp, Uuid};
use std::collections::BTreeMap;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Rows of a file, at most.
pub(super) const EXPORT: u32 = 200_000;
/// Free pieces from which a shelf is low, when nobody says.
pub(super) const LOW: i64 = 3;

type Answer = Result<Response, Failure>;

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

/// A page of rows and the way on, and the sums of the whole period: all of one moment.
struct Rows {
    items: Vec<SalesRow>,
    next_cursor: Option<String>,
    total: Sums,
}

async fn grouped(
    reports: &Reports,
    by: By,
    scope: &Scope,
    query: &Query,
    limit: u32,
) -> Result<Rows, Failure> {
    let asked = [
        queries::sums(by, scope, query.cursor()?, limit + 1),
        queries::baskets(by, scope),
        queries::total(scope),
    ];
    let [sums, baskets, total] = queries::at_once(&reports.db, asked).await?;
    let (found, baskets) = (queries::read_sums(by, &sums)?, queries::read_baskets(by, &baskets)?);
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
    let (items, next_cursor) = (page.items.into_iter().map(row).collect(), page.next_cursor);
    Ok(Rows { items, next_cursor, total: queries::read_total(&total)? })
}

async fn detailed(reports: &Reports, scope: &Scope, query: &Query, limit: u32) -> Result<Rows, Failure> {
    let asked = [queries::detail(scope, query.cursor()?, limit + 1), queries::total(scope)];
    let [rows, total] = queries::at_once(&reports.db, asked).await?;
    let found = queries::read_detail(&rows)?;
    let page = ListPage::cut(found, limit, |d| (d.day.clone(), d.shop.clone(), d.channel.clone(), d.product));
    let row = |d: queries::Detail| SalesRow {
        day: Some(d.day),
        shop: Some(d.shop),
        channel: Some(d.channel),
        product_id: Some(d.product),
        sums: Some(d.sums.into()),
        ..SalesRow::default()
    };
    let (items, next_cursor) = (page.items.into_iter().map(row).collect(), page.next_cursor);
    Ok(Rows { items, next_cursor, total: queries::read_total(&total)? })
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
    let Rows { items, next_cursor, total } = match by {
        Some(by) => grouped(&reports, by, &scope, &query, limit).await?,
        None => detailed(&reports, &scope, &query, limit).await?,
    };
    let (period, as_of) = (period(&scope), as_of(lags, ctx.now()));
    let by = by.map_or("detail", By::word);
    let total = total.into();
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
    let asked = [queries::products(&scope, query.cursor()?, limit + 1)];
    let [rows] = queries::at_once(&reports.db, asked).await?;
    let page = ListPage::cut(queries::read_products(&rows)?, limit, |(id, sums)| (sums.revenue_cents(), *id));
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
