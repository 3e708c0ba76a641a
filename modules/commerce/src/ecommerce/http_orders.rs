//! The part of the API about web orders. A customer reaches their own, the shops all of them.

use super::commands::{self, Act, TRIES, faster, met};
use super::http::{Answer, Room};
use super::model::{OrderLine, Status, Step, WebOrder, shop_now, status};
use super::{CANCEL, READ, copies, sql};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use db::{Db, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, ListPage, Query};

/// Where web orders live.
const ORDERS: &str = "/api/v1/ecommerce/orders";

/// An order.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderView {
    id: Uuid,
    /// How people name it.
    reference: String,
    cart_id: Uuid,
    customer_id: Uuid,
    /// The shop that prepares it; at first the one that was ordered from.
    shop: String,
    /// Whether another shop may prepare it when this one cannot.
    reroute: bool,
    total_cents: i64,
    status: Status,
    /// Why it was cancelled.
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    /// What was ordered; missing in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<OrderLineView>,
    /// What became of it, oldest first.
    steps: Vec<StepView>,
}

/// A product of an order.
#[derive(Serialize, ToSchema)]
struct OrderLineView {
    product_id: Uuid,
    sku: String,
    name: String,
    quantity: u32,
    unit_price_cents: i64,
    /// Hundredths of a per cent.
    vat_rate_bp: u32,
}

/// Something that became of an order.
#[derive(Serialize, ToSchema)]
struct StepView {
    /// `created`, `paid`, `reserved`, `fulfilled`, `completed`, `delivered`, `payment_failed`, `unavailable`, `refused`,
    /// `rerouted`, `cancelled`, `released`, `refunded`.
    kind: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl OrderView {
    pub(super) fn new(order: &WebOrder, lines: Vec<OrderLine>, steps: &[Step]) -> Self {
        let cancelled = steps.iter().find(|step| step.kind == "cancelled");
        let line = |l: OrderLine| OrderLineView {
            product_id: l.product,
            sku: l.sku,
            name: l.name,
            quantity: l.quantity,
            unit_price_cents: l.unit_price_cents,
            vat_rate_bp: l.vat_rate_bp,
        };
        Self {
            id: order.id,
            reference: order.reference(),
            cart_id: order.cart,
            customer_id: order.customer,
            shop: shop_now(order, steps).to_owned(),
            reroute: order.reroute,
            total_cents: order.total_cents,
            status: status(order.withdrawn, steps),
            reason: cancelled.map(|step| step.detail.clone()),
            placed_at: order.placed_at,
            lines: lines.into_iter().map(line).collect(),
            steps: steps.iter().map(|s| StepView { kind: s.kind.clone(), at: s.at }).collect(),
        }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let api = Api::new()
        .get(ORDERS, orders, Doc::new("Web orders, newest first").permission(READ).pages::<OrderView>())
        .get(
            &format!("{ORDERS}/{{id}}"),
            show_order,
            Doc::new("A web order").permission(READ).answers::<OrderView>(200),
        )
        .post(
            &format!("{ORDERS}/{{id}}/cancel"),
            cancel,
            Doc::new("Wants an order no more, as far as that comes in time")
                .permission(CANCEL)
                .answers::<OrderView>(200),
        );
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

/// An order with what became of it.
pub(super) async fn show(db: &Db, id: Uuid) -> Answer {
    let order = commands::order(db, id).await.map_err(Error::from)?.ok_or_else(Error::not_found)?;
    let lines = commands::order_lines(db, id).await.map_err(Error::from)?;
    let steps = copies::steps(db, [&id]).await.map_err(Error::from)?.remove(&id).unwrap_or_default();
    Ok(Json(OrderView::new(&order, lines, &steps)).into_response())
}

/// Orders that the caller reaches, newest first, after a place in that list, with what became of them.
pub(super) async fn list_orders(
    db: &Db,
    ctx: &Ctx,
    after: Option<(i64, Uuid)>,
    rows: u32,
) -> Result<Vec<(WebOrder, Vec<Step>)>> {
    let access = ctx.permit(READ)?.access;
    let (at, id) = after.unwrap_or((i64::MAX, Uuid::max()));
    let mut params = access.params();
    params.extend(db::params![at, id, rows]);
    let rows = db.query(&sql::ORDERS, params).await?;
    let found = rows.iter().map(sql::order).collect::<DbResult<Vec<_>>>()?;
    let mut steps = copies::steps(db, found.iter().map(|order| &order.id)).await?;
    Ok(found
        .into_iter()
        .map(|o| {
            let s = steps.remove(&o.id).unwrap_or_default();
            (o, s)
        })
        .collect())
}

/// An order that the caller reaches by a permission.
pub(super) async fn reached_order(db: &Db, ctx: &Ctx, permission: &str, id: Uuid) -> Result<WebOrder> {
    let access = ctx.permit(permission)?.access;
    let order = commands::order(db, id).await?;
    order.filter(|order| access.reaches(order.customer, None)).ok_or_else(Error::not_found)
}

async fn orders(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    let limit = query.limit()?;
    let found = list_orders(&db, &ctx, query.cursor()?, limit + 1).await?;
    let ListPage { items, next_cursor } =
        ListPage::cut(found, limit, |(o, _): &(WebOrder, Vec<Step>)| (o.placed_at.0, o.id));
    let items: Vec<_> = items.iter().map(|(o, steps)| OrderView::new(o, Vec::new(), steps)).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn show_order(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    reached_order(&db, &ctx, READ, id).await?;
    show(&db, id).await
}

async fn cancel(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    withdraw(&db, &ctx, id).await?;
    show(&db, id).await
}

/// Says that an order is wanted no more.
pub(super) async fn withdraw(db: &Db, ctx: &Ctx, id: Uuid) -> Result<()> {
    for _ in 0..TRIES {
        let before = reached_order(db, ctx, CANCEL, id).await?;
        let steps = copies::steps(db, [&id]).await?.remove(&id).unwrap_or_default();
        let status = status(before.withdrawn, &steps);
        let (batch, _) = commands::withdraw(&Act::of(ctx), &before, status)?;
        if batch.writes.is_empty() {
            return Ok(());
        }
        match db.write(batch).await {
            Err(error) if met(&error) => {}
            other => return Ok(other.map(drop)?),
        }
    }
    Err(faster())
}
