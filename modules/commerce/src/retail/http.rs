//! The part of the API about what shops have to prepare.

use super::model::{Input, ShopOrder, Stage};
use super::orders::{self, Act, Line};
use super::{READ, WRITE};
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use db::Db;
use kernel::{Error, Result, Timestamp, Uuid};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/retail";

type Answer = Result<Response, Failure>;

/// An order in its shop.
#[derive(Serialize, ToSchema)]
struct ShopOrderView {
    transaction_id: Uuid,
    shop: String,
    stage: Stage,
    /// How many things are to be prepared.
    pieces: i64,
    #[schema(value_type = String, format = DateTime)]
    assigned_at: Timestamp,
    /// Why the shop cannot prepare it, in its own words.
    note: Option<String>,
}

impl From<&ShopOrder> for ShopOrderView {
    fn from(o: &ShopOrder) -> Self {
        let ShopOrder { transaction, shop, stage, pieces, assigned_at, note, .. } = o.clone();
        Self { transaction_id: transaction, shop, stage, pieces, assigned_at, note }
    }
}

/// A product to fetch.
#[derive(Serialize, ToSchema)]
struct OrderLineView {
    product_id: Uuid,
    sku: String,
    name: String,
    quantity: i64,
}

/// An order with what it consists of.
#[derive(Serialize, ToSchema)]
struct ShopOrderDetail {
    #[serde(flatten)]
    order: ShopOrderView,
    lines: Vec<OrderLineView>,
}

/// What can be done with an order, by the last word of the address.
pub(super) const ACTS: [(&str, &str, Input); 5] = [
    ("pick", "Begins to fetch the goods of an order together", Input::Pick),
    ("fulfil", "Hands an order over, or sends it", Input::Fulfil),
    ("refuse", "Says that the shop cannot prepare an order", Input::Refuse),
    ("put-back", "Notes that what was fetched for a cancelled order is back in its place", Input::PutBack),
    ("deliver", "Notes that an order has arrived", Input::Deliver),
];

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (listed, read) = (db.clone(), db.clone());
    let mut api = Api::new()
        .get(
            &format!("{ROOT}/shops/{{shop}}/orders"),
            move |ctx: Ctx, Path(shop): Path<String>, query: Query| page(listed.clone(), ctx, shop, query),
            Doc::new("A shop’s orders at a stage, oldest first")
                .permission(READ)
                .query(
                    "stage",
                    "`assigned` when missing; `picking`, `cancel_requested`, `fulfilled`, `delivered`, `refused`, `cancelled`.",
                )
                .pages::<ShopOrderView>(),
        )
        .get(
            &format!("{ROOT}/orders/{{id}}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| detail(read.clone(), ctx, id),
            Doc::new("An order with what it consists of").permission(READ).answers::<ShopOrderDetail>(200),
        );
    for (verb, summary, input) in ACTS {
        let db = db.clone();
        let mut doc = Doc::new(summary)
            .permission(WRITE)
            .query("shop", "The shop that acts: refused when another one has the order by now.")
            .answers::<ShopOrderView>(200);
        if input == Input::Refuse {
            doc = doc.query("reason", "Why, in the shop’s own words.");
        }
        api = api.post(
            &format!("{ROOT}/orders/{{id}}/{verb}"),
            move |ctx: Ctx, Path(id): Path<Uuid>, query: Query| {
                act(db.clone(), ctx, id, input.clone(), query)
            },
            doc,
        );
    }
    api
}

async fn page(db: Db, ctx: Ctx, shop: String, query: Query) -> Answer {
    ctx.permit(READ)?;
    let stage = query.get("stage").unwrap_or("assigned");
    let stage = Stage::parse(stage).ok_or_else(|| {
        Error::invalid("bad_parameter", "Cette étape n’existe pas.", "There is no such stage.")
    })?;
    let limit = query.limit()?;
    let after: (i64, Uuid) = query.cursor()?.unwrap_or((i64::MIN, Uuid::nil()));
    let found = orders::at_stage(&db, (&shop, stage), after, limit + 1).await?;
    let ListPage { items, next_cursor } =
        ListPage::cut(found, limit, |o: &ShopOrder| (o.assigned_at.0, o.transaction));
    let items: Vec<_> = items.iter().map(ShopOrderView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn detail(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    ctx.permit(READ)?;
    let order = orders::one(&db, id).await?;
    let line = |line: Line| {
        let Line { product, name, sku, quantity } = line;
        OrderLineView { product_id: product, sku, name, quantity }
    };
    let lines = orders::lines(&db, &order).await?.into_iter().map(line).collect();
    Ok(Json(ShopOrderDetail { order: ShopOrderView::from(&order), lines }).into_response())
}

async fn act(db: Db, ctx: Ctx, id: Uuid, input: Input, query: Query) -> Answer {
    ctx.permit(WRITE)?;
    let after =
        orders::act(&db, &Act::from(&ctx), id, &input, (query.get("shop"), query.get("reason"))).await?;
    Ok(Json(ShopOrderView::from(&after)).into_response())
}
