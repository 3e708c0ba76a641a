//! The part of the API about stock: levels, goods that come in, counts, thresholds, the ledger.

use super::commands::{self, Act};
use super::http::{Answer, Room, commit};
use super::model::{Level, Place};
use super::sql;
use super::{READ, RECEIVE, STOCK};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use db::{Db, DbResult};
use kernel::{Error, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, JsonBody, Key, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/stock";

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

/// What somebody has counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountRequest {
    /// In which shop.
    shop: String,
    /// Of which product.
    product_id: Uuid,
    /// How many pieces are there.
    counted: i64,
}

/// When a shop wants to be told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ThresholdRequest {
    /// Which shop.
    shop: String,
    /// Of which product.
    product_id: Uuid,
    /// At how many pieces that can be sold; 0 for never.
    low_at: i64,
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
    /// At how many of them the shop wants to be told; 0 for never.
    low_at: i64,
    /// It was told.
    low: bool,
    /// A till has sold more than there was by the books: somebody must count.
    to_count: bool,
}

impl LevelView {
    fn new(place: &Place, level: &Level) -> Self {
        let (shop, product_id) = place.clone();
        let Level { on_hand, reserved, low_at, low, to_count, .. } = *level;
        Self { shop, product_id, on_hand, reserved, available: level.free(), low_at, low, to_count }
    }
}

/// A row of the ledger.
#[derive(Serialize, ToSchema)]
struct MovementView {
    id: Uuid,
    shop: String,
    product_id: Uuid,
    /// `receipt`, `sale`, `return`, `transfer_out`, `transfer_in`, `count`.
    kind: String,
    /// Pieces, negative when they went.
    quantity: i64,
    /// The transaction, sale or transfer that moved them.
    of: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let at = |path: &str| format!("{ROOT}{path}");
    let levels = Doc::new("What the shops have, by number and shop")
        .permission(READ)
        .query("shop", "Of this shop only.")
        .query("category", "Of this category only.")
        .query("q", "Of products with these words.")
        .query("needs", "`somebody` for what is low or must be counted.")
        .pages::<LevelView>();
    let ledger = Doc::new("The ledger of a product, newest first")
        .permission(STOCK)
        .query("product_id", "Which product; needed.")
        .query("shop", "Of this shop only.")
        .pages::<MovementView>();
    let mut api = Api::new()
        .get(ROOT, stock, levels)
        .get(&at("/movements"), movements, ledger)
        .get(
            "/api/v1/inventory/shops/{shop}/stock",
            of_shop,
            Doc::new("What a shop has").permission(READ).pages::<LevelView>(),
        )
        .post(
            &at("/counts"),
            count,
            Doc::new("Says how many pieces are there")
                .permission(RECEIVE)
                .body::<CountRequest>()
                .answers::<LevelView>(201),
        )
        .put(
            &at("/thresholds"),
            threshold,
            Doc::new("Says at how many pieces a shop wants to be told")
                .permission(RECEIVE)
                .body::<ThresholdRequest>()
                .answers::<LevelView>(200),
        );
    for receipts in [at("/receipts"), "/api/v1/inventory/receipts".to_owned()] {
        let doc = Doc::new("Takes goods in").permission(RECEIVE).body::<ReceiptRequest>();
        api = api.post(&receipts, receive, doc.answers::<LevelView>(201));
    }
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

async fn stock(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let limit = query.limit()?;
    let (sku, shop): (String, String) = query.cursor()?.unwrap_or_default();
    let pattern = crate::catalogue::pattern(query.get("q").unwrap_or_default());
    let word = |name| query.get(name).unwrap_or_default().to_owned();
    let needy = i64::from(query.get("needs") == Some("somebody"));
    let params = db::params![word("shop"), word("category"), pattern, needy, sku, shop, limit + 1];
    let rows = db.query(&sql::STOCK, params).await.map_err(Error::from)?;
    let found = rows.iter().map(|row| Ok((sql::level(row)?, row.text(8)?)));
    let found = found.collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let ListPage { items, next_cursor } =
        ListPage::cut(found, limit, |((place, _), sku)| (sku.clone(), place.0.clone()));
    let items: Vec<_> = items.iter().map(|((place, level), _)| LevelView::new(place, level)).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn of_shop(Extension(db): Room, ctx: Ctx, Path(shop): Path<String>, query: Query) -> Answer {
    ctx.permit(READ)?;
    let limit = query.limit()?;
    let after: Uuid = query.cursor()?.unwrap_or_default();
    let params = db::params![shop, after, limit + 1];
    let rows = db.query(&sql::LEVELS_OF_SHOP, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::level).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let views = found.iter().map(|(place, level)| LevelView::new(place, level)).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &LevelView| view.product_id)).into_response())
}

async fn movements(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(STOCK)?;
    let product: Uuid = query.parsed("product_id")?.ok_or_else(|| {
        Error::invalid("bad_parameter", "Dites de quel produit.", "Say of which product.").field(
            "product_id",
            "Manquant",
            "Missing",
        )
    })?;
    let limit = query.limit()?;
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MAX, Uuid::max()));
    let params = db::params![query.get("shop").unwrap_or_default(), product, at, id, limit + 1];
    let rows = db.query(&sql::MOVEMENTS, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::moved).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let view = |((shop, product_id), m): (Place, super::events::Movement)| MovementView {
        id: m.id,
        shop,
        product_id,
        kind: m.kind,
        quantity: m.quantity,
        of: m.transaction_id,
        at: m.at,
    };
    let views = found.into_iter().map(view).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &MovementView| (view.at.0, view.id))).into_response())
}

async fn receive(Extension(db): Room, ctx: Ctx, key: Key, body: JsonBody<ReceiptRequest>) -> Answer {
    ctx.permit(RECEIVE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let ReceiptRequest { shop, product_id, quantity } = body.value()?;
    let (place, act): (Place, _) = ((shop, product_id), Act::of(&ctx));
    commit(&db, &key, &body.raw, StatusCode::CREATED, || {
        Box::pin(async {
            let (batch, level) = commands::receive(&db, &act, &place, quantity, None).await?;
            Ok((batch, LevelView::new(&place, &level)))
        })
    })
    .await
}

async fn count(Extension(db): Room, ctx: Ctx, key: Key, body: JsonBody<CountRequest>) -> Answer {
    ctx.permit(RECEIVE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let CountRequest { shop, product_id, counted } = body.value()?;
    let (place, act): (Place, _) = ((shop, product_id), Act::of(&ctx));
    commit(&db, &key, &body.raw, StatusCode::CREATED, || {
        Box::pin(async {
            let (batch, level) = commands::count(&db, &act, &place, counted).await?;
            Ok((batch, LevelView::new(&place, &level)))
        })
    })
    .await
}

async fn threshold(Extension(db): Room, ctx: Ctx, key: Key, body: JsonBody<ThresholdRequest>) -> Answer {
    ctx.permit(RECEIVE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let ThresholdRequest { shop, product_id, low_at } = body.value()?;
    let (place, act): (Place, _) = ((shop, product_id), Act::of(&ctx));
    commit(&db, &key, &body.raw, StatusCode::OK, || {
        Box::pin(async {
            let (batch, level) = commands::threshold(&db, &act, &place, low_at).await?;
            Ok((batch, LevelView::new(&place, &level)))
        })
    })
    .await
}
