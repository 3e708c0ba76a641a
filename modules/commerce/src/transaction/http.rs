//! The part of the API about orders. A customer reaches their own.

use super::commands::{self, Act, Order, Wanted};
use super::model::{State, Transaction};
use super::{CREATE, READ, WITHDRAW, sql};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use contracts::commerce::Line;
use db::{Db, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/transactions";
/// How often a command that met another one is decided again.
const TRIES: usize = 5;

type Answer = Result<Response, Failure>;

/// An order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderRequest {
    /// From which shop’s stock.
    shop: String,
    /// By what it is paid: a token of the bank.
    payment_method: String,
    /// Whether another shop may prepare it when this one cannot; without a word, it may not, and the order is cancelled.
    #[serde(default)]
    reroute: bool,
    /// What, 1 to 100 products.
    lines: Vec<LineRequest>,
}

/// A line of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LineRequest {
    /// The product.
    product_id: Uuid,
    /// Pieces, 1 to 1,000.
    quantity: u32,
    /// The price that the buyer has seen; when it has changed, the order is not placed.
    unit_price_cents: Option<i64>,
}

/// A transaction.
#[derive(Serialize, ToSchema)]
struct TransactionView {
    id: Uuid,
    /// The shop that prepares it; at first the one that was ordered from.
    shop: String,
    customer_id: Uuid,
    total_cents: i64,
    state: State,
    /// Why it was cancelled.
    reason: Option<String>,
    /// Whether the bank owes nothing any more.
    settled: bool,
    delivered: bool,
    /// What has gone back for goods that came back.
    returned_cents: i64,
    /// Whether another shop may prepare it when this one cannot.
    reroute: bool,
    /// From how many shops it has gone to another.
    rerouted: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// What was ordered; missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<LineView>>,
}

/// A line of a transaction.
#[derive(Serialize, ToSchema)]
struct LineView {
    product_id: Uuid,
    quantity: u32,
    unit_price_cents: i64,
}

impl TransactionView {
    fn new(t: &Transaction, lines: Option<&[Line]>) -> Self {
        let line = |line: &Line| LineView {
            product_id: line.product_id,
            quantity: line.quantity,
            unit_price_cents: line.unit_price_cents,
        };
        Self {
            id: t.id,
            shop: t.shop.clone(),
            customer_id: t.customer,
            total_cents: t.total_cents,
            state: t.state,
            reason: t.reason.clone(),
            settled: t.settled || t.state != State::Cancelled,
            delivered: t.delivered,
            returned_cents: t.returned_cents,
            reroute: t.reroute,
            rerouted: t.round,
            created_at: t.created_at,
            updated_at: t.updated_at,
            lines: lines.map(|lines| lines.iter().map(line).collect()),
        }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (ordered, listed, shown, withdrawn) = (db.clone(), db.clone(), db.clone(), db.clone());
    Api::new()
        .post(
            ROOT,
            move |ctx: Ctx, key: Key, body: JsonBody<OrderRequest>| order(ordered.clone(), ctx, key, body),
            Doc::new("Places an order")
                .permission(CREATE)
                .body::<OrderRequest>()
                .answers::<TransactionView>(201),
        )
        .get(
            ROOT,
            move |ctx: Ctx, query: Query| page(listed.clone(), ctx, query),
            Doc::new("Orders, newest first")
                .permission(READ)
                .query("state", "`created`, `paid`, `reserved`, `completed` or `cancelled`.")
                .pages::<TransactionView>(),
        )
        .get(
            &format!("{ROOT}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| one(shown.clone(), ctx, id),
            Doc::new("An order").permission(READ).answers::<TransactionView>(200),
        )
        .post(
            &format!("{ROOT}/{{id}}/cancel"),
            move |ctx: Ctx, Path(id): Path<Uuid>| withdraw(withdrawn.clone(), ctx, id),
            Doc::new("Takes an order back that is not out of the door yet")
                .permission(WITHDRAW)
                .answers::<TransactionView>(200),
        )
}

pub(super) fn act(ctx: &Ctx) -> Act {
    Act { now: ctx.now(), cause: ctx.cause(), clock: ctx.edge.clock.clone() }
}

async fn order(db: Db, ctx: Ctx, key: Key, body: JsonBody<OrderRequest>) -> Answer {
    let permit = ctx.permit(CREATE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let OrderRequest { shop, payment_method, reroute, lines } = body.value()?;
    let wanted = |line: LineRequest| Wanted {
        product: line.product_id,
        quantity: line.quantity,
        seen_price_cents: line.unit_price_cents,
    };
    let customer = permit.principal.id;
    let lines = lines.into_iter().map(wanted).collect();
    let order = Order { shop, customer, payment_method, reroute, lines };
    let (batch, t, lines) = commands::order(&db, &act(&ctx), &order).await?;
    let view = TransactionView::new(&t, Some(&lines));
    Ok(key.commit(&db, batch, &body.raw, StatusCode::CREATED, &view).await.map_err(Error::from)?)
}

async fn page(db: Db, ctx: Ctx, query: Query) -> Answer {
    let access = ctx.permit(READ)?.access;
    let state = query.get("state").unwrap_or_default();
    if !state.is_empty() && State::parse(state).is_none() {
        return Err(
            Error::invalid("bad_parameter", "Cet état n’existe pas.", "There is no such state.").into()
        );
    }
    let limit = query.limit()?;
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MAX, Uuid::max()));
    let mut params = access.params();
    params.extend(db::params![state, at, id, limit + 1]);
    let rows = db.query(&sql::PAGE, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::transaction).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let ListPage { items, next_cursor } =
        ListPage::cut(found, limit, |t: &Transaction| (t.created_at.0, t.id));
    let items: Vec<_> = items.iter().map(|t| TransactionView::new(t, None)).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

/// A transaction that the caller reaches by a permission.
pub(super) async fn reached(db: &Db, ctx: &Ctx, permission: &str, id: Uuid) -> Result<Transaction> {
    let access = ctx.permit(permission)?.access;
    let row = db.query_one(&sql::ONE, db::params![id]).await?;
    let t = row.map(|row| sql::transaction(&row)).transpose()?;
    t.filter(|t| access.reaches(t.customer, None)).ok_or_else(Error::not_found)
}

async fn one(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    let t = reached(&db, &ctx, READ, id).await?;
    let rows = db.query(&sql::LINES, db::params![id]).await.map_err(Error::from)?;
    let lines = rows.iter().map(sql::line).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    Ok(Json(TransactionView::new(&t, Some(&lines))).into_response())
}

async fn withdraw(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    for _ in 0..TRIES {
        let before = reached(&db, &ctx, WITHDRAW, id).await?;
        let (batch, after) = commands::withdraw(&act(&ctx), &before)?;
        match db.write(batch).await {
            Err(error) if error.is_conflict() => {}
            other => {
                other.map_err(Error::from)?;
                return Ok(Json(TransactionView::new(&after, None)).into_response());
            }
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")).into())
}
