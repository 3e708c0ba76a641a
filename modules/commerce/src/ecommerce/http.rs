//! The part of the API about carts. A customer reaches their own.

use super::commands::{self, Act, TRIES, Terms, faster, met};
use super::http_orders::{OrderView, show};
use super::model::{Article, Cart, Change};
use super::{CART, CREATE, copies};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use db::Db;
use kernel::{Error, Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// Where carts live.
const CARTS: &str = "/api/v1/carts";

/// The module's database, as its handlers have it.
pub(super) type Room = Extension<Db>;
pub(super) type Answer = Result<Response, Failure>;

/// A new cart.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CartRequest {
    /// From which shop’s stock; the first one’s when missing.
    #[serde(default)]
    shop: Option<String>,
}

/// A cart changed as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CartChange {
    /// From which shop’s stock.
    #[serde(default)]
    shop: Option<String>,
    /// Whether the customer has seen the prices of now.
    #[serde(default)]
    reprice: bool,
}

/// A product and how many of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddRequest {
    /// The product.
    product_id: Uuid,
    /// Pieces more, 1 to 1,000.
    quantity: i64,
}

/// How many of a product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuantityRequest {
    /// Pieces, 1 to 1,000.
    quantity: i64,
}

/// An order of a cart.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckoutRequest {
    /// By what it is paid: a token of the bank, never a card number.
    payment_method: String,
    /// Whether another shop may prepare it when this one cannot; without a word, it may not, and the order is cancelled.
    #[serde(default)]
    reroute: bool,
}

/// A cart.
#[derive(Serialize, ToSchema)]
struct CartView {
    id: Uuid,
    shop: String,
    /// The order that it became; missing while it is open.
    order_id: Option<Uuid>,
    lines: Vec<CartLineView>,
    /// The sum at the prices that were seen.
    total_cents: i64,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A product in a cart.
#[derive(Serialize, ToSchema)]
struct CartLineView {
    product_id: Uuid,
    /// Missing when it is not sold any more.
    name: Option<String>,
    quantity: u32,
    /// The price that was seen.
    unit_price_cents: i64,
    /// The price of now, when it is another: checkout refuses until it was seen.
    new_price_cents: Option<i64>,
}

impl CartView {
    fn new(cart: &Cart, sold: &BTreeMap<Uuid, Article>) -> Self {
        let line = |(product, line): (&Uuid, &super::model::CartLine)| {
            let article = sold.get(product);
            CartLineView {
                product_id: *product,
                name: article.map(|article| article.name.clone()),
                quantity: line.quantity,
                unit_price_cents: line.seen_cents,
                new_price_cents: article.map(|a| a.price_cents).filter(|now| *now != line.seen_cents),
            }
        };
        Self {
            id: cart.id,
            shop: cart.shop.clone(),
            order_id: cart.order,
            lines: cart.lines.iter().map(line).collect(),
            total_cents: cart.total_cents(),
            version: cart.version,
            created_at: cart.created_at,
            updated_at: cart.updated_at,
        }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let cart = |text: &str| Doc::new(text).permission(CART);
    let one = format!("{CARTS}/{{id}}");
    let line = format!("{one}/lines/{{product}}");
    let api = Api::new()
        .get(CARTS, carts, cart("One’s carts, newest first").pages::<CartView>())
        .post(
            CARTS,
            new_cart,
            cart("A new cart; the open one when there is one").body::<CartRequest>().answers::<CartView>(201),
        )
        .get(&one, show_cart, cart("A cart").answers::<CartView>(200))
        .patch(
            &one,
            change_cart,
            cart("Buys from another shop, or takes the prices of now")
                .body::<CartChange>()
                .answers::<CartView>(200),
        )
        .post(
            &format!("{one}/lines"),
            add_line,
            cart("Puts pieces of a product in").body::<AddRequest>().answers::<CartView>(200),
        )
        .put(
            &line,
            set_line,
            cart("Wants so many of a product").body::<QuantityRequest>().answers::<CartView>(200),
        )
        .delete(&line, drop_line, cart("Takes a product out").answers::<CartView>(200))
        .post(
            &format!("{one}/checkout"),
            check_out,
            Doc::new("Makes an order of a cart; a cart that is one already answers the same order")
                .permission(CREATE)
                .body::<CheckoutRequest>()
                .answers::<OrderView>(201),
        );
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

/// A cart that the caller reaches.
pub(super) async fn reached(db: &Db, ctx: &Ctx, permission: &str, id: Uuid) -> Result<Cart> {
    let access = ctx.permit(permission)?.access;
    let cart = commands::cart(db, id).await?;
    cart.filter(|cart| access.reaches(cart.customer, None)).ok_or_else(Error::not_found)
}

async fn view(db: &Db, cart: &Cart) -> Result<CartView> {
    Ok(CartView::new(cart, &copies::articles_of(db, cart.lines.keys()).await?))
}

async fn carts(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    let customer = ctx.permit(CART)?.principal.id;
    let limit = query.limit()?;
    let found = commands::carts(&db, customer, query.cursor()?, limit + 1).await.map_err(Error::from)?;
    let products = found.iter().flat_map(|cart| cart.lines.keys());
    let sold = copies::articles_of(&db, products).await.map_err(Error::from)?;
    let ListPage { items, next_cursor } = ListPage::cut(found, limit, |c: &Cart| (c.created_at.0, c.id));
    let items: Vec<_> = items.iter().map(|cart| CartView::new(cart, &sold)).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn new_cart(Extension(db): Room, ctx: Ctx, key: Key, body: JsonBody<CartRequest>) -> Answer {
    let customer = ctx.permit(CART)?.principal.id;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    for _ in 0..TRIES {
        if let Some(open) = commands::open_cart(&db, customer).await.map_err(Error::from)? {
            return Ok(Json(view(&db, &open).await?).into_response());
        }
        let shop = body.value()?.shop;
        let (batch, cart) = commands::new_cart(&db, &Act::of(&ctx), customer, shop).await?;
        let view = CartView::new(&cart, &BTreeMap::new());
        match key.commit(&db, batch, &body.raw, StatusCode::CREATED, &view).await {
            Err(error) if met(&error) => {}
            other => return Ok(other.map_err(Error::from)?),
        }
    }
    Err(faster().into())
}

async fn show_cart(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    let cart = reached(&db, &ctx, CART, id).await?;
    Ok(Json(view(&db, &cart).await?).into_response())
}

/// Changes a cart under the caller's key, again while others are faster.
async fn change(db: &Db, ctx: &Ctx, id: Uuid, (key, raw): (&Key, &[u8]), change: &Change) -> Answer {
    // Whose cart it is comes before what the key has answered.
    reached(db, ctx, CART, id).await?;
    if let Some(reply) = key.replay(ctx, db, raw).await? {
        return Ok(reply);
    }
    for _ in 0..TRIES {
        let before = reached(db, ctx, CART, id).await?;
        let (batch, after) = commands::change(db, &Act::of(ctx), &before, change).await?;
        let view = view(db, &after).await?;
        match key.commit(db, batch, raw, StatusCode::OK, &view).await {
            Err(error) if met(&error) => {}
            other => return Ok(other.map_err(Error::from)?),
        }
    }
    Err(faster().into())
}

async fn change_cart(
    Extension(db): Room,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    key: Key,
    body: JsonBody<CartChange>,
) -> Answer {
    ctx.permit(CART)?;
    let asked = body.value()?;
    let wanted = match (&asked.shop, asked.reprice) {
        (Some(shop), _) => Change::Shop(shop.clone()),
        (None, true) => Change::Reprice,
        (None, false) => return show_cart(Extension(db), ctx, Path(id)).await,
    };
    change(&db, &ctx, id, (&key, &body.raw), &wanted).await
}

/// Pieces as a cart takes them; what is not is refused by it.
fn pieces(quantity: i64) -> u32 {
    u32::try_from(quantity).unwrap_or(0)
}

async fn add_line(
    Extension(db): Room,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    key: Key,
    body: JsonBody<AddRequest>,
) -> Answer {
    ctx.permit(CART)?;
    let asked = body.value()?;
    let wanted = Change::Add(asked.product_id, pieces(asked.quantity));
    change(&db, &ctx, id, (&key, &body.raw), &wanted).await
}

async fn set_line(
    Extension(db): Room,
    ctx: Ctx,
    Path((id, product)): Path<(Uuid, Uuid)>,
    key: Key,
    body: JsonBody<QuantityRequest>,
) -> Answer {
    ctx.permit(CART)?;
    let wanted = Change::Set(product, pieces(body.value()?.quantity));
    change(&db, &ctx, id, (&key, &body.raw), &wanted).await
}

async fn drop_line(
    Extension(db): Room,
    ctx: Ctx,
    Path((id, product)): Path<(Uuid, Uuid)>,
    key: Key,
) -> Answer {
    change(&db, &ctx, id, (&key, &[]), &Change::Remove(product)).await
}

async fn check_out(
    Extension(db): Room,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    key: Key,
    body: JsonBody<CheckoutRequest>,
) -> Answer {
    reached(&db, &ctx, CREATE, id).await?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let CheckoutRequest { payment_method, reroute } = body.value()?;
    let terms = Terms { method: &payment_method, reroute };
    for _ in 0..TRIES {
        let cart = reached(&db, &ctx, CREATE, id).await?;
        if let Some(order) = cart.order {
            return show(&db, order).await;
        }
        let (batch, order, lines) = commands::check_out(&db, &Act::of(&ctx), &cart, &terms).await?;
        let view = OrderView::new(&order, lines, &[]);
        match key.commit(&db, batch, &body.raw, StatusCode::CREATED, &view).await {
            Err(error) if met(&error) => {}
            other => return Ok(other.map_err(Error::from)?),
        }
    }
    Err(faster().into())
}
