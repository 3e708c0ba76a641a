//! What the receipts of a span of time come to: for whoever adds modules up, and finds the same to the cent.

use super::sql;
use crate::retail::SUMS;
use axum::Json;
use contracts::reporting::{Total, Totals};
use db::{Db, DbResult, Row};
use kernel::{Error, Timestamp};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Query};

/// What receipts come to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of contracts::reporting::Totals")]
struct ReceiptTotals {
    /// The position of the log; every receipt up to it is in the totals.
    position: u64,
    /// A total for each shop and kind.
    items: Vec<ReceiptTotal>,
}

/// Receipts of one shop and kind.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of contracts::reporting::Total")]
struct ReceiptTotal {
    shop: String,
    /// `sale` or `return`.
    kind: String,
    count: u64,
    amount_cents: i64,
}

/// The route.
pub(crate) fn api(db: &Db) -> Api {
    let db = db.clone();
    Api::new().get(
        "/api/v1/retail/totals",
        move |ctx: Ctx, query: Query| totals(db.clone(), ctx, query),
        Doc::new("What the receipts of a span of time come to, by shop and kind")
            .permission(SUMS)
            .query(
                "from",
                "The first instant by the till’s clock, RFC 3339; the beginning of time when left out.",
            )
            .query("to", "The instant after the last; the end of time when left out.")
            .answers::<ReceiptTotals>(200),
    )
}

async fn totals(db: Db, ctx: Ctx, query: Query) -> Result<Json<Totals>, Failure> {
    ctx.permit(SUMS)?;
    let instant = |name: &str, otherwise: i64| match query.get(name) {
        None => Ok(Timestamp(otherwise)),
        Some(text) => Timestamp::parse(text).ok_or_else(|| {
            Error::invalid(
                "bad_parameter",
                "Un instant s’écrit comme 2026-11-18T00:00:00Z.",
                "An instant is written like 2026-11-18T00:00:00Z.",
            )
        }),
    };
    let (from, to) = (instant("from", i64::MIN)?, instant("to", i64::MAX)?);
    // The position first: what is committed between the two reads is in the totals and beyond the position.
    let (position, _) = db.head().await.map_err(Error::from)?;
    let rows = db.query(&sql::SUMS, db::params![from, to]).await.map_err(Error::from)?;
    let one = |row: &Row| {
        Ok(Total { shop: row.text(0)?, kind: row.text(1)?, count: row.count(2)?, amount_cents: row.int(3)? })
    };
    let items = rows.iter().map(one).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    Ok(Json(Totals { position, items }))
}
