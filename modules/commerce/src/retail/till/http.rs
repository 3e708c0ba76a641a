//! The part of the API about shops, tills and what is sold at them.

use super::change::Act;
use super::commands::{Back, Command, Outcome, Return, Sale, Wanted};
use super::queries::Shop;
use super::record::{Chain, Note, Record};
use super::views::{
    CloseRequest, ClosingView, CopyView, OfferView, OpenRequest, ReadingView, ReceiptView, ReturnRequest,
    SaleRequest, ShopView, TillRequest, TillView,
};
use super::{Tills, offers, shops};
use crate::retail::{CLOSE, REPORT, SELL, SHOP_READ, SHOP_WRITE};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use kernel::{Error, Result, Uuid};
use serde::Serialize;
use std::sync::Arc;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// The tills, as handlers get them.
pub(crate) type AtTills = Extension<Arc<Tills>>;
/// A shop and a till of it, from an address.
pub(crate) type Place = Path<(String, String)>;
type Answer = Result<Response, Failure>;

/// The routes.
pub(crate) fn api(tills: &Arc<Tills>) -> Api {
    let api = shops_api().merge(till_api()).merge(records_api());
    Api { router: api.router.layer(Extension(tills.clone())), endpoints: api.endpoints }
}

fn shops_api() -> Api {
    let doc = |text: &str, permission: &str| Doc::new(text).permission(permission);
    Api::new()
        .get("/api/v1/shops", list_shops, doc("Shops, by code", SHOP_READ).pages::<ShopView>())
        .post(
            "/api/v1/shops",
            new_shop,
            doc("Adds a shop", SHOP_WRITE).body::<ShopView>().answers::<ShopView>(201),
        )
        .get(
            "/api/v1/shops/{shop}/tills",
            list_tills,
            doc("The tills of a shop, by code", SELL).pages::<TillView>(),
        )
        .post(
            "/api/v1/shops/{shop}/tills",
            new_till,
            doc("Adds a till", SHOP_WRITE).body::<TillRequest>().answers::<TillView>(201),
        )
}

fn till_api() -> Api {
    let at = |path: &str| format!("/api/v1/retail/tills/{{shop}}/{{till}}{path}");
    let doc = |text: &str, permission: &str| Doc::new(text).permission(permission);
    Api::new()
        .get(&at(""), one_till, doc("A till", SELL).answers::<TillView>(200))
        .post(
            &at("/open"),
            open,
            doc("Begins a session with a float", SELL).body::<OpenRequest>().answers::<TillView>(200),
        )
        .post(
            &at("/sales"),
            sell,
            doc("Records a sale; one that is sent twice is recorded once", SELL)
                .body::<SaleRequest>()
                .answers::<ReceiptView>(201),
        )
        .post(
            &at("/returns"),
            take_back,
            doc("Takes goods of a receipt back", SELL).body::<ReturnRequest>().answers::<ReceiptView>(201),
        )
        .get(
            &at("/report"),
            reading,
            doc("What the open session has come to (X)", REPORT).answers::<ReadingView>(200),
        )
        .post(
            &at("/close"),
            close,
            doc("Ends the session (Z)", CLOSE).body::<CloseRequest>().answers::<ClosingView>(201),
        )
        .get(&at("/receipts"), list_receipts, doc("Receipts, newest first", REPORT).pages::<ReceiptView>())
        .get(&at("/closings"), list_closings, doc("Closings, newest first", REPORT).pages::<ClosingView>())
        .get(
            &at("/products"),
            products,
            doc("What can be sold, by number", SELL)
                .query("q", "A number, a bar code or a part of a name.")
                .pages::<OfferView>(),
        )
}

fn records_api() -> Api {
    let doc = |text: &str| Doc::new(text).permission(SELL);
    Api::new()
        .get(
            "/api/v1/retail/sales/{id}",
            one_receipt,
            doc("The receipt of a sale or a return").answers::<ReceiptView>(200),
        )
        .post(
            "/api/v1/retail/sales/{id}/copies",
            copy,
            doc("Notes that a receipt is printed once more; says which copy it is").answers::<CopyView>(201),
        )
}

async fn list_shops(Extension(tills): AtTills, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(SHOP_READ)?;
    let (limit, after) = (query.limit()?, query.cursor::<String>()?.unwrap_or_default());
    let found = tills.shops(&after, limit + 1).await?;
    let views = found.into_iter().map(ShopView::from).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &ShopView| view.code.clone())).into_response())
}

async fn new_shop(Extension(tills): AtTills, ctx: Ctx, key: Key, body: JsonBody<ShopView>) -> Answer {
    ctx.permit(SHOP_WRITE)?;
    if let Some(reply) = key.replay(&ctx, &tills.db, &body.raw).await? {
        return Ok(reply);
    }
    let ShopView { code, name, address } = body.value()?;
    let shop = Shop { code, name, address };
    let batch = shops::add_shop(&Act::of(&ctx)?, &shop)?;
    let done = key.commit(&tills.db, batch, &body.raw, StatusCode::CREATED, &ShopView::from(shop)).await;
    Ok(done.map_err(shops::code_taken)?)
}

async fn list_tills(Extension(tills): AtTills, ctx: Ctx, Path(shop): Path<String>, query: Query) -> Answer {
    ctx.permit(SELL)?;
    tills.shop(&shop).await?;
    let (limit, after) = (query.limit()?, query.cursor::<String>()?.unwrap_or_default());
    let found = tills.tills_of(&shop, &after, limit + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(found, limit, |till| till.code.clone());
    let items: Vec<_> = items.iter().map(TillView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn new_till(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path(shop): Path<String>,
    key: Key,
    body: JsonBody<TillRequest>,
) -> Answer {
    ctx.permit(SHOP_WRITE)?;
    if let Some(reply) = key.replay(&ctx, &tills.db, &body.raw).await? {
        return Ok(reply);
    }
    let (batch, till) = tills.add_till(&Act::of(&ctx)?, &shop, &body.value()?.code).await?;
    let done = key.commit(&tills.db, batch, &body.raw, StatusCode::CREATED, &TillView::from(&till)).await;
    Ok(done.map_err(shops::code_taken)?)
}

async fn one_till(Extension(tills): AtTills, ctx: Ctx, Path((shop, till)): Place) -> Answer {
    ctx.permit(SELL)?;
    Ok(Json(TillView::from(&tills.till(&shop, &till).await?)).into_response())
}

/// Decides and commits under the caller's idempotency key; what was recorded before is told again.
async fn act<T: Serialize>(
    (tills, ctx, key, raw): (&Tills, &Ctx, &Key, &[u8]),
    (shop, till): (&str, &str),
    command: &Command,
    view: impl Fn(&Record) -> Result<T>,
) -> Answer {
    if let Some(reply) = key.replay(ctx, &tills.db, raw).await? {
        return Ok(reply);
    }
    let commit = |batch, record: Record| {
        let body = view(&record);
        async move {
            let body = body.map_err(|e| db::DbError::internal(e.operator))?;
            key.commit(&tills.db, batch, raw, StatusCode::CREATED, &body).await
        }
    };
    match tills.execute(&Act::of(ctx)?, (shop, till), command, commit).await? {
        Outcome::Committed(response) => Ok(response),
        Outcome::Known(record) => Ok((StatusCode::OK, Json(view(&record)?)).into_response()),
    }
}

async fn open(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, till)): Place,
    body: JsonBody<OpenRequest>,
) -> Answer {
    ctx.permit(SELL)?;
    let command = Command::Open { float_cents: body.value()?.float_cents };
    tills.run(&Act::of(&ctx)?, (&shop, &till), &command).await?;
    Ok(Json(TillView::from(&tills.till(&shop, &till).await?)).into_response())
}

async fn sell(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, till)): Place,
    key: Key,
    body: JsonBody<SaleRequest>,
) -> Answer {
    ctx.permit(SELL)?;
    let SaleRequest { id, lines, tenders, at } = body.value()?;
    let lines = lines
        .into_iter()
        .map(|line| Wanted {
            product: line.product_id,
            code: line.code,
            quantity: line.quantity,
            seen_cents: line.unit_price_cents,
        })
        .collect();
    let command = Command::Sell(Sale { id, lines, given: tenders, at });
    act((&tills, &ctx, &key, &body.raw), (&shop, &till), &command, ReceiptView::of).await
}

async fn take_back(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, till)): Place,
    key: Key,
    body: JsonBody<ReturnRequest>,
) -> Answer {
    ctx.permit(SELL)?;
    let ReturnRequest { id, sale_id, lines, tenders } = body.value()?;
    let lines = lines
        .into_iter()
        .map(|back| Back { line: back.line, quantity: back.quantity, restock: back.restock })
        .collect();
    let command = Command::TakeBack(Return { id, sale: sale_id, lines, given: tenders });
    act((&tills, &ctx, &key, &body.raw), (&shop, &till), &command, ReceiptView::of).await
}

async fn reading(Extension(tills): AtTills, ctx: Ctx, Path((shop, till)): Place) -> Answer {
    ctx.permit(REPORT)?;
    let till = tills.till(&shop, &till).await?;
    Ok(Json(ReadingView::from(tills.reading(&till).await?)).into_response())
}

async fn close(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, till)): Place,
    key: Key,
    body: JsonBody<CloseRequest>,
) -> Answer {
    ctx.permit(CLOSE)?;
    let command = Command::Close { counted_cents: body.value()?.counted_cents };
    act((&tills, &ctx, &key, &body.raw), (&shop, &till), &command, ClosingView::of).await
}

/// A page of a chain, newest first.
async fn records<T: Serialize>(
    tills: &Tills,
    (shop, till, chain): (&str, &str, Chain),
    query: &Query,
    view: impl Fn(&Record) -> Result<T>,
) -> Answer {
    tills.till(shop, till).await?;
    let limit = query.limit()?;
    let found = tills.records((shop, till), chain, query.cursor()?, limit + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(found, limit, |record| record.number);
    let items = items.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn list_receipts(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, till)): Place,
    query: Query,
) -> Answer {
    ctx.permit(REPORT)?;
    records(&tills, (&shop, &till, Chain::Receipt), &query, ReceiptView::of).await
}

async fn list_closings(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, till)): Place,
    query: Query,
) -> Answer {
    ctx.permit(REPORT)?;
    records(&tills, (&shop, &till, Chain::Closing), &query, ClosingView::of).await
}

async fn products(Extension(tills): AtTills, ctx: Ctx, Path((shop, till)): Place, query: Query) -> Answer {
    ctx.permit(SELL)?;
    tills.till(&shop, &till).await?;
    let limit = query.limit()?;
    let found = match query.get("q") {
        Some(text) => offers::like(&tills.db, &shop, text, limit).await,
        None => {
            let after: String = query.cursor()?.unwrap_or_default();
            offers::all(&tills.db, &shop, &after, limit + 1).await
        }
    };
    let page = ListPage::cut(found.map_err(Error::from)?, limit, |offer| offer.sku.clone());
    let ListPage { items, next_cursor } = page;
    let items: Vec<_> = items.into_iter().map(OfferView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn one_receipt(Extension(tills): AtTills, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(SELL)?;
    let record = tills.receipt(id).await?.ok_or_else(Error::not_found)?;
    Ok(Json(ReceiptView::of(&record)?).into_response())
}

async fn copy(Extension(tills): AtTills, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(SELL)?;
    let copy = copied(&tills, &ctx, id).await?;
    Ok((StatusCode::CREATED, Json(CopyView { sale_id: id, copy })).into_response())
}

/// Notes that a receipt is printed once more. Answers which copy it is.
pub(crate) async fn copied(tills: &Tills, ctx: &Ctx, sale: Uuid) -> Result<u64> {
    let receipt = tills.receipt(sale).await?.ok_or_else(Error::not_found)?;
    let place = (receipt.shop.as_str(), receipt.till.as_str());
    let note: Note = tills.run(&Act::of(ctx)?, place, &Command::Copy { sale }).await?.read()?;
    Ok(note.copy.unwrap_or(1))
}
