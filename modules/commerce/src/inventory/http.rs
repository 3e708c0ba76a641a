//! The part of the API about products. The first routes, under the module's name, answer as the fixed ones do.

use super::commands::{self, Act, Described};
use super::sql::{self, Product};
use super::{READ, WRITE, vat};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use db::{Batch, Db, DbError, DbResult};
use flow::BoxFuture;
use kernel::{Error, Result, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// The module's database, as its handlers have it.
pub(super) type Room = Extension<Db>;
pub(super) type Answer = Result<Response, Failure>;

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
    /// What its bar code says: 13 digits, the last of which checks the others.
    #[serde(default)]
    ean13: Option<String>,
    /// The shelf that it is looked for on.
    #[serde(default)]
    category: String,
    /// The class of its VAT: `standard`, `intermediate`, `reduced`, `special`.
    #[serde(default = "standard")]
    vat: String,
}

fn standard() -> String {
    "standard".to_owned()
}

/// A product described anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProductChange {
    /// Its name.
    name: String,
    /// The price of one, taxes included.
    price_cents: i64,
    /// What its bar code says.
    #[serde(default)]
    ean13: Option<String>,
    /// The shelf that it is looked for on.
    #[serde(default)]
    category: String,
    /// The class of its VAT.
    #[serde(default = "standard")]
    vat: String,
    /// The version that the caller has seen.
    version: u64,
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
    /// The price of one, taxes included.
    price_cents: i64,
    ean13: Option<String>,
    category: String,
    /// The class of its VAT.
    vat: String,
    /// The rate of today, in hundredths of a per cent.
    vat_rate_bp: u32,
    version: u64,
}

impl ProductView {
    fn new(p: Product, day: &str) -> Self {
        let vat_rate_bp = vat::rate_bp(&p.vat, day).unwrap_or(0);
        let Product { id, sku, name, price_cents, ean13, category, vat, version } = p;
        Self { id, sku, name, price_cents, ean13, category, vat, vat_rate_bp, version }
    }
}

/// A rate of VAT from its first day.
#[derive(Serialize, ToSchema)]
struct RateView {
    /// The class.
    vat: String,
    /// Its first local day.
    valid_from: String,
    /// Hundredths of a per cent.
    rate_bp: u32,
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let mut api = Api::new().get(
        "/api/v1/vat-rates",
        rates,
        Doc::new("Rates of French VAT, each from its first day")
            .permission(READ)
            .answers::<Vec<RateView>>(200),
    );
    for root in ["/api/v1/products", "/api/v1/inventory/products"] {
        let one = format!("{root}/{{id}}");
        let body = |text: &str| Doc::new(text).permission(WRITE);
        api = api
            .get(
                root,
                products,
                Doc::new("Products, by number")
                    .permission(READ)
                    .query("category", "Of this category only.")
                    .query("q", "With these words in number, name or bar code.")
                    .pages::<ProductView>(),
            )
            .post(root, add, body("Adds a product").body::<ProductRequest>().answers::<ProductView>(201))
            .get(&one, show, Doc::new("A product").permission(READ).answers::<ProductView>(200))
            .put(
                &one,
                change,
                body("Describes a product anew").body::<ProductChange>().answers::<ProductView>(200),
            )
            .put(
                &format!("{one}/price"),
                price,
                body("Changes a price").body::<PriceRequest>().answers::<ProductView>(200),
            );
    }
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

/// Decides and writes under the caller's key, again while others are faster, and answers with what was made.
pub(super) async fn commit<'a, V: Serialize>(
    db: &Db,
    key: &Key,
    raw: &[u8],
    status: StatusCode,
    decide: impl Fn() -> BoxFuture<'a, Result<(Batch, V)>>,
) -> Answer {
    for _ in 0..crate::deciding::TRIES {
        let (batch, view) = decide().await?;
        match key.commit(db, batch, raw, status, &view).await {
            Err(error) if error.is_conflict() || matches!(error, DbError::Constraint(_)) => {}
            other => return Ok(other.map_err(Error::from)?),
        }
    }
    Err(Error::conflict(format!("{} others were faster", crate::deciding::TRIES)).into())
}

async fn rates(ctx: Ctx) -> Answer {
    ctx.permit(READ)?;
    let view = |(vat, from, bp): &(&str, &str, u32)| RateView {
        vat: (*vat).to_owned(),
        valid_from: (*from).to_owned(),
        rate_bp: *bp,
    };
    Ok(Json(vat::table().iter().map(view).collect::<Vec<_>>()).into_response())
}

async fn products(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let limit = query.limit()?;
    let after: String = query.cursor()?.unwrap_or_default();
    let pattern = crate::catalogue::pattern(query.get("q").unwrap_or_default());
    let category = query.get("category").unwrap_or_default();
    let params = db::params![after, category, pattern, limit + 1];
    let rows = db.query(&sql::PRODUCTS, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::product).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let day = Act::of(&ctx).day;
    let views = found.into_iter().map(|product| ProductView::new(product, &day)).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &ProductView| view.sku.clone())).into_response())
}

async fn show(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(READ)?;
    let product = commands::product(&db, id).await?;
    Ok(Json(ProductView::new(product, &Act::of(&ctx).day)).into_response())
}

async fn add(Extension(db): Room, ctx: Ctx, key: Key, body: JsonBody<ProductRequest>) -> Answer {
    ctx.permit(WRITE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let ProductRequest { sku, name, price_cents, ean13, category, vat } = body.value()?;
    let (new, act) = (Described { sku, name, price_cents, ean13, category, vat }, Act::of(&ctx));
    commit(&db, &key, &body.raw, StatusCode::CREATED, || {
        Box::pin(async {
            let (batch, product) = commands::add_product(&db, &act, &new).await?;
            Ok((batch, ProductView::new(product, &act.day)))
        })
    })
    .await
}

async fn change(
    Extension(db): Room,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    key: Key,
    body: JsonBody<ProductChange>,
) -> Answer {
    ctx.permit(WRITE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let (act, asked) = (Act::of(&ctx), &body.value()?);
    commit(&db, &key, &body.raw, StatusCode::OK, || {
        Box::pin(async {
            let describe = |product: &mut Product| {
                product.name.clone_from(&asked.name);
                product.price_cents = asked.price_cents;
                product.ean13.clone_from(&asked.ean13);
                product.category.clone_from(&asked.category);
                product.vat.clone_from(&asked.vat);
            };
            let (batch, after) = commands::change_product(&db, &act, (id, asked.version), describe).await?;
            Ok((batch, ProductView::new(after, &act.day)))
        })
    })
    .await
}

async fn price(
    Extension(db): Room,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    key: Key,
    body: JsonBody<PriceRequest>,
) -> Answer {
    ctx.permit(WRITE)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let (act, asked) = (Act::of(&ctx), &body.value()?);
    commit(&db, &key, &body.raw, StatusCode::OK, || {
        Box::pin(async {
            let set = |product: &mut Product| product.price_cents = asked.price_cents;
            let (batch, after) = commands::change_product(&db, &act, (id, asked.version), set).await?;
            Ok((batch, ProductView::new(after, &act.day)))
        })
    })
    .await
}
