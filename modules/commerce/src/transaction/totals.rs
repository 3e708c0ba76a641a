//! What the orders of a period come to: for whoever adds modules up, and finds the same to the cent.

use super::READ;
use axum::Json;
use contracts::reporting::{Total, Totals};
use db::{Db, DbResult, Row};
use kernel::{Error, Timestamp};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Query};

db::statements! {
    /// Orders placed in a span of time, by shop and state. Parameters: the reach; from, to.
    TOTALS = read(format!("SELECT t.shop, t.state, count(t.id), CAST(sum(t.total_cents) AS BIGINT) FROM transactions t WHERE {} AND t.created_at >= ?4 AND t.created_at < ?5 GROUP BY t.shop, t.state ORDER BY t.shop, t.state", web::predicate("t.customer_id", "t.customer_id", 1)));
}

/// What orders come to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of contracts::reporting::Totals")]
struct OrderTotals {
    /// The position of the log; every order up to it is in the totals.
    position: u64,
    /// A total for each shop and state.
    items: Vec<OrderTotal>,
}

/// Orders of one shop in one state.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of contracts::reporting::Total")]
struct OrderTotal {
    shop: String,
    /// The state.
    kind: String,
    count: u64,
    amount_cents: i64,
}

/// The route.
pub(super) fn api(db: &Db) -> Api {
    let db = db.clone();
    Api::new().get(
        "/api/v1/transactions/totals",
        move |ctx: Ctx, query: Query| totals(db.clone(), ctx, query),
        Doc::new("What the orders placed in a span of time come to, by shop and state")
            .permission(READ)
            .query("from", "The first instant, RFC 3339; the beginning of time when left out.")
            .query("to", "The instant after the last; the end of time when left out.")
            .answers::<OrderTotals>(200),
    )
}

async fn totals(db: Db, ctx: Ctx, query: Query) -> Result<Json<Totals>, Failure> {
    let access = ctx.permit(READ)?.access;
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
    let (position, _) = db.head().await?;
    let mut params = access.params();
    params.extend(db::params![from, to]);
    let rows = db.query(&TOTALS, params).await?;
    let one = |row: &Row| {
        Ok(Total { shop: row.text(0)?, kind: row.text(1)?, count: row.count(2)?, amount_cents: row.int(3)? })
    };
    let items = rows.iter().map(one).collect::<DbResult<Vec<_>>>()?;
    Ok(Json(Totals { position, items }))
}
