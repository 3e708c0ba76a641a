//! The part of the API about returns. A customer reaches their own.

use super::commands::{self, Act, Asked};
use super::model::{Return, State, left};
use super::{CREATE, DECIDE, READ, orders, sql};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::Db;
use kernel::{Error, Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query, Scope};

/// Where the API lives.
const ROOT: &str = "/api/v1/returns";
/// Lines of a return, at most.
const MOST_LINES: usize = 100;

type Answer = Result<Response, Failure>;

/// What somebody wants to send back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnRequest {
    /// The order.
    transaction_id: Uuid,
    /// Why.
    reason: String,
    /// What, 1 to 100 products.
    lines: Vec<ReturnLineRequest>,
}

/// A line of a return.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnLineRequest {
    /// The product.
    product_id: Uuid,
    /// Pieces.
    quantity: u32,
    /// Whether they can be sold again; they can when it is missing.
    restock: Option<bool>,
}

/// Why a return is refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnRefusal {
    reason: String,
}

/// A return.
#[derive(Serialize, ToSchema)]
struct ReturnView {
    id: Uuid,
    transaction_id: Uuid,
    customer_id: Uuid,
    shop: String,
    reason: String,
    amount_cents: i64,
    /// `asked`, `approved`, `refused` or `closed`.
    state: &'static str,
    /// Why it was refused.
    refusal: Option<String>,
    lines: Vec<ReturnLineView>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A line of a return.
#[derive(Serialize, ToSchema)]
struct ReturnLineView {
    product_id: Uuid,
    quantity: u32,
    unit_price_cents: i64,
    restock: bool,
}

/// What can be sent back of an order, and what was.
#[derive(Serialize, ToSchema)]
struct OrderReturnsView {
    transaction_id: Uuid,
    /// What can still be sent back; nothing before the order was delivered.
    left: Vec<LeftView>,
    /// The order's returns, oldest first.
    returns: Vec<ReturnView>,
}

/// Pieces that can still be sent back.
#[derive(Serialize, ToSchema)]
struct LeftView {
    product_id: Uuid,
    quantity: u32,
    unit_price_cents: i64,
}

impl From<&Return> for ReturnView {
    fn from(r: &Return) -> Self {
        let line = |line: &super::model::SentBack| ReturnLineView {
            product_id: line.product,
            quantity: line.quantity,
            unit_price_cents: line.unit_price_cents,
            restock: line.restock,
        };
        Self {
            id: r.id,
            transaction_id: r.transaction,
            customer_id: r.customer,
            shop: r.shop.clone(),
            reason: r.reason.clone(),
            amount_cents: r.amount_cents,
            state: r.state.word(),
            refusal: r.refusal.clone(),
            lines: r.lines.iter().map(line).collect(),
            created_at: r.created_at,
            updated_at: r.updated_at,
        }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let [asked, listed, shown, of_order, approved, refused] = std::array::from_fn(|_| db.clone());
    Api::new()
        .post(
            ROOT,
            move |ctx: Ctx, key: Key, body: JsonBody<ReturnRequest>| ask(asked.clone(), ctx, key, body),
            Doc::new("Asks to send something back")
                .permission(CREATE)
                .body::<ReturnRequest>()
                .answers::<ReturnView>(201),
        )
        .get(
            ROOT,
            move |ctx: Ctx, query: Query| page(listed.clone(), ctx, query),
            Doc::new("Returns, newest first")
                .permission(READ)
                .query("state", "`asked`, `approved`, `refused` or `closed`.")
                .pages::<ReturnView>(),
        )
        .get(
            &format!("{ROOT}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| one(shown.clone(), ctx, id),
            Doc::new("A return").permission(READ).answers::<ReturnView>(200),
        )
        .get(
            &format!("{ROOT}/orders/{{id}}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| order(of_order.clone(), ctx, id),
            Doc::new("What can be sent back of an order, and what was")
                .permission(READ)
                .answers::<OrderReturnsView>(200),
        )
        .post(
            &format!("{ROOT}/{{id}}/approve"),
            move |ctx: Ctx, Path(id): Path<Uuid>| decide(approved.clone(), ctx, id, None),
            Doc::new("Accepts a return: the money goes back, the goods into stock")
                .permission(DECIDE)
                .answers::<ReturnView>(200),
        )
        .post(
            &format!("{ROOT}/{{id}}/refuse"),
            move |ctx: Ctx, Path(id): Path<Uuid>, body: JsonBody<ReturnRefusal>| {
                decide(refused.clone(), ctx, id, Some(body))
            },
            Doc::new("Refuses a return")
                .permission(DECIDE)
                .body::<ReturnRefusal>()
                .answers::<ReturnView>(200),
        )
}

async fn ask(db: Db, ctx: Ctx, key: Key, body: JsonBody<ReturnRequest>) -> Answer {
    let permit = ctx.permit(CREATE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let ReturnRequest { transaction_id, reason, lines } = body.value()?;
    if lines.len() > MOST_LINES {
        let (fr, en) = ("De 1 à 100 lignes.", "From 1 to 100 lines.");
        return Err(Error::invalid("return_not_possible", fr, en).field("/lines", fr, en).into());
    }
    let lines = lines.into_iter().map(|l| (l.product_id, l.quantity, l.restock.unwrap_or(true))).collect();
    let id = ctx.edge.clock.new_id();
    let asked = Asked { id, customer: permit.principal.id, transaction: transaction_id, reason, lines };
    let (batch, r) = commands::ask(&db, &Act::of(&ctx), &asked).await?;
    let view = ReturnView::from(&r);
    Ok(key.commit(&db, batch, &body.raw, StatusCode::CREATED, &view).await.map_err(Error::from)?)
}

/// A page of the returns that the caller reaches, newest first, with the filter that the query names.
pub(super) async fn found(db: &Db, ctx: &Ctx, query: &Query) -> Result<ListPage<Return>, Failure> {
    let access = ctx.permit(READ)?.access;
    let state = query.get("state").unwrap_or_default();
    if !state.is_empty() && State::parse(state).is_none() {
        let (fr, en) = ("Cet état n’existe pas.", "There is no such state.");
        return Err(Error::invalid("bad_parameter", fr, en).into());
    }
    let limit = query.limit()?;
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MAX, Uuid::max()));
    let mut params = access.params();
    params.extend(db::params![state, at, id, limit + 1]);
    let rows = db.query(&sql::PAGE, params).await.map_err(Error::from)?;
    let found = sql::whole(db, &rows).await.map_err(Error::from)?;
    Ok(ListPage::cut(found, limit, |r: &Return| (r.created_at.0, r.id)))
}

async fn page(db: Db, ctx: Ctx, query: Query) -> Answer {
    let ListPage { items, next_cursor } = found(&db, &ctx, &query).await?;
    let items: Vec<_> = items.iter().map(ReturnView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

/// A return that the caller reaches by a permission.
pub(super) async fn reached(db: &Db, ctx: &Ctx, permission: &str, id: Uuid) -> Result<Return> {
    let access = ctx.permit(permission)?.access;
    let found = sql::one(db, id).await?;
    found.filter(|r| access.reaches(r.customer, None)).ok_or_else(Error::not_found)
}

async fn one(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    Ok(Json(ReturnView::from(&reached(&db, &ctx, READ, id).await?)).into_response())
}

/// What was ordered and delivered, as far as the caller reaches it and it is known here, and its returns.
async fn order(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    let access = ctx.permit(READ)?.access;
    let known = orders::order(&db, id).await.map_err(Error::from)?;
    // Whoever reaches all returns learns that there is none; anybody else not even whose order it is.
    let reached = match known.as_ref().and_then(|order| order.customer) {
        Some(customer) => access.reaches(customer, None),
        None => access.scope() == Some(Scope::All),
    };
    if !reached {
        return Err(Error::not_found().into());
    }
    let returns = sql::of_transaction(&db, id).await.map_err(Error::from)?;
    let left = known.map(|order| left(&order, &returns)).unwrap_or_default();
    let left = left.into_iter().map(|(product_id, (quantity, unit_price_cents))| LeftView {
        product_id,
        quantity,
        unit_price_cents,
    });
    let view = OrderReturnsView {
        transaction_id: id,
        left: left.collect(),
        returns: returns.iter().map(ReturnView::from).collect(),
    };
    Ok(Json(view).into_response())
}

async fn decide(db: Db, ctx: Ctx, id: Uuid, refusal: Option<JsonBody<ReturnRefusal>>) -> Answer {
    let before = reached(&db, &ctx, DECIDE, id).await?;
    let refusal = refusal.map(|body| commands::reason(&body.value()?.reason)).transpose()?;
    let (batch, after) = commands::decide(&Act::of(&ctx), &before, refusal)?;
    db.write(batch).await.map_err(Error::from)?;
    Ok(Json(ReturnView::from(&after)).into_response())
}
