//! The part of the API about products and stock.

use super::model::{Level, Place};
use super::sql::{self, Product};
use super::{READ, RECEIVE, WRITE, events, saga};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{Batch, Db, DbResult};
use kernel::{Error, FieldError, Result, Text, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/inventory";
/// How often a command that met another one is decided again.
const TRIES: usize = 5;
/// Pieces that come in at once, at most.
const MOST_PIECES: i64 = 1_000_000;
/// Cents of a price, at most: ten million euros.
const MOST_CENTS: i64 = 1_000_000_000;

type Answer = Result<Response, Failure>;

/// A new product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProductRequest {
    /// Its number in the house: 1 to 40 visible characters, unique.
    sku: String,
    /// Its name.
    name: String,
    /// The price of one, taxes included.
    price_cents: i64,
}

/// Another price.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PriceRequest {
    /// The price of one, taxes included.
    price_cents: i64,
    /// The version that the caller has seen.
    version: u64,
}

/// A product.
#[derive(Serialize, ToSchema)]
struct ProductView {
    id: Uuid,
    sku: String,
    name: String,
    price_cents: i64,
    version: u64,
}

impl From<&Product> for ProductView {
    fn from(p: &Product) -> Self {
        let (sku, name) = (p.sku.clone(), p.name.clone());
        Self { id: p.id, sku, name, price_cents: p.price_cents, version: p.version }
    }
}

/// Goods that have come in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptRequest {
    /// Into which shop.
    shop: String,
    /// Of which product.
    product_id: Uuid,
    /// How many pieces.
    quantity: i64,
}

/// What a shop has of a product.
#[derive(Serialize, ToSchema)]
struct LevelView {
    shop: String,
    product_id: Uuid,
    on_hand: i64,
    reserved: i64,
    /// What can be sold: on hand and not reserved.
    available: i64,
}

impl LevelView {
    fn new(place: &Place, level: &Level) -> Self {
        let (shop, product_id) = place.clone();
        let Level { on_hand, reserved, .. } = *level;
        Self { shop, product_id, on_hand, reserved, available: level.free() }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (listed, added, priced, stocked, received) =
        (db.clone(), db.clone(), db.clone(), db.clone(), db.clone());
    let at = |path: &str| format!("{ROOT}{path}");
    Api::new()
        .get(
            &at("/products"),
            move |ctx: Ctx, query: Query| products(listed.clone(), ctx, query),
            Doc::new("Products, by number").permission(READ).pages::<ProductView>(),
        )
        .post(
            &at("/products"),
            move |ctx: Ctx, key: Key, body: JsonBody<ProductRequest>| add(added.clone(), ctx, key, body),
            Doc::new("Adds a product").permission(WRITE).body::<ProductRequest>().answers::<ProductView>(201),
        )
        .put(
            &at("/products/{id}/price"),
            move |ctx: Ctx, Path(id): Path<Uuid>, body: JsonBody<PriceRequest>| {
                price(priced.clone(), ctx, id, body)
            },
            Doc::new("Changes a price").permission(WRITE).body::<PriceRequest>().answers::<ProductView>(200),
        )
        .get(
            &at("/shops/{shop}/stock"),
            move |ctx: Ctx, Path(shop): Path<String>, query: Query| stock(stocked.clone(), ctx, shop, query),
            Doc::new("What a shop has").permission(READ).pages::<LevelView>(),
        )
        .post(
            &at("/receipts"),
            move |ctx: Ctx, key: Key, body: JsonBody<ReceiptRequest>| {
                receive(received.clone(), ctx, key, body)
            },
            Doc::new("Takes goods in").permission(RECEIVE).body::<ReceiptRequest>().answers::<LevelView>(201),
        )
}

/// A value that cannot be used, in a field.
fn wrong(field: &str, fr: &str, en: &str) -> Error {
    let fields = vec![FieldError { field: field.to_owned(), text: Text::new(fr, en) }];
    let (fr, en) =
        ("Corrigez ce qui est signalé, puis réessayez.", "Correct what is marked, then try again.");
    Error { fields, ..Error::invalid("invalid_values", fr, en) }
}

fn check_price(price_cents: i64) -> Result<()> {
    let (fr, en) = ("De 0 à 10 millions d’euros.", "From 0 to 10 million euros.");
    if (0..=MOST_CENTS).contains(&price_cents) { Ok(()) } else { Err(wrong("/price_cents", fr, en)) }
}

/// A text that people read.
fn check_text(field: &str, text: &str, most: usize) -> Result<()> {
    let visible = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if visible && text.chars().count() <= most {
        return Ok(());
    }
    let (fr, en) =
        (format!("De 1 à {most} caractères visibles."), format!("From 1 to {most} visible characters."));
    Err(wrong(field, &fr, &en))
}

async fn products(db: Db, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let limit = query.limit()?;
    let after: String = query.cursor()?.unwrap_or_default();
    let rows = db.query(&sql::PRODUCTS, db::params![after, limit + 1]).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::product).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let views = found.iter().map(ProductView::from).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &ProductView| view.sku.clone())).into_response())
}

async fn add(db: Db, ctx: Ctx, key: Key, body: JsonBody<ProductRequest>) -> Answer {
    ctx.permit(WRITE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let ProductRequest { sku, name, price_cents } = body.value()?;
    check_text("/sku", &sku, 40)?;
    check_text("/name", &name, 200)?;
    check_price(price_cents)?;
    let known = db.query_one(&sql::PRODUCT_BY_SKU, db::params![&sku]).await.map_err(Error::from)?;
    if known.is_some() {
        return Err(sku_taken().into());
    }
    let product = Product { id: ctx.edge.clock.new_id(), sku, name, price_cents, version: 1 };
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    let params = db::params![product.id, &product.sku, &product.name, price_cents];
    batch.expect_one(&sql::ADD_PRODUCT, params);
    batch.event(events::of_product(ctx.edge.clock.new_id(), &product));
    let view = ProductView::from(&product);
    match key.commit(&db, batch, &body.raw, StatusCode::CREATED, &view).await {
        Err(db::DbError::Constraint(_)) => Err(sku_taken().into()),
        other => Ok(other.map_err(Error::from)?),
    }
}

fn sku_taken() -> Error {
    Error::refused("sku_taken", "Ce numéro d’article existe déjà.", "This article number exists already.")
}

async fn price(db: Db, ctx: Ctx, id: Uuid, body: JsonBody<PriceRequest>) -> Answer {
    ctx.permit(WRITE)?;
    let asked = body.value()?;
    check_price(asked.price_cents)?;
    let row = db.query_one(&sql::PRODUCT, db::params![id]).await.map_err(Error::from)?;
    let row = row.ok_or_else(Error::not_found)?;
    let before = sql::product(&row).map_err(Error::from)?;
    if before.version != asked.version {
        let view = serde_json::to_value(ProductView::from(&before)).unwrap_or_default();
        return Err(
            Error { details: Some(view), ..Error::conflict("the price was changed meanwhile") }.into()
        );
    }
    let after = Product { price_cents: asked.price_cents, version: before.version + 1, ..before };
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    batch.expect_one(&sql::SET_PRICE, db::params![id, asked.version, asked.price_cents]);
    batch.event(events::of_product(ctx.edge.clock.new_id(), &after));
    db.write(batch).await.map_err(Error::from)?;
    Ok(Json(ProductView::from(&after)).into_response())
}

async fn stock(db: Db, ctx: Ctx, shop: String, query: Query) -> Answer {
    ctx.permit(READ)?;
    let limit = query.limit()?;
    let after: Uuid = query.cursor()?.unwrap_or_default();
    let params = db::params![shop, after, limit + 1];
    let rows = db.query(&sql::LEVELS_OF_SHOP, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::level).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let views = found.iter().map(|(place, level)| LevelView::new(place, level)).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &LevelView| view.product_id)).into_response())
}

async fn receive(db: Db, ctx: Ctx, key: Key, body: JsonBody<ReceiptRequest>) -> Answer {
    ctx.permit(RECEIVE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let ReceiptRequest { shop, product_id, quantity } = body.value()?;
    check_text("/shop", &shop, 40)?;
    if !(1..=MOST_PIECES).contains(&quantity) {
        return Err(wrong("/quantity", "De 1 à 1 000 000 pièces.", "From 1 to 1,000,000 pieces.").into());
    }
    let product = db.query_one(&sql::PRODUCT, db::params![product_id]).await.map_err(Error::from)?;
    product.ok_or_else(Error::not_found)?;
    let place: Place = (shop, product_id);
    for _ in 0..TRIES {
        let rows = db.query(&sql::LEVELS, db::params![crate::reading::list([&product_id])]).await;
        let rows = rows.map_err(Error::from)?;
        let levels = rows.iter().map(sql::level).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
        let before = levels.iter().find(|(known, _)| *known == place).map(|(_, level)| level);
        let mut batch = Batch::new(ctx.now(), ctx.cause());
        let ids = [ctx.edge.clock.new_id(), ctx.edge.clock.new_id()];
        let level = saga::receive(&mut batch, &place, before, quantity, ids);
        let view = LevelView::new(&place, &level);
        match key.commit(&db, batch, &body.raw, StatusCode::CREATED, &view).await {
            Err(error) if error.is_conflict() || matches!(error, db::DbError::Constraint(_)) => {}
            other => return Ok(other.map_err(Error::from)?),
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")).into())
}
