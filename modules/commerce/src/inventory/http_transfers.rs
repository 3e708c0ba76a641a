//! The part of the API about goods that move between shops.

use super::commands::{self, Act};
use super::http::{Answer, Room, commit};
use super::sql;
use super::transfer::{State, Step, Transfer};
use super::{APPROVE, RECEIVE, REQUEST, STOCK};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use db::{Db, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, JsonBody, Key, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/stock/transfers";

/// A product and how many of it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PiecesRequest {
    product_id: Uuid,
    quantity: i64,
}

/// Goods that are wanted from another shop.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferRequest {
    from_shop: String,
    to_shop: String,
    lines: Vec<PiecesRequest>,
}

/// What has come of a transfer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ArrivalRequest {
    /// Pieces of each product; of one that is missing here, all have come.
    #[serde(default)]
    lines: Vec<PiecesRequest>,
}

/// A transfer.
#[derive(Serialize, ToSchema)]
struct TransferView {
    id: Uuid,
    from_shop: String,
    to_shop: String,
    state: State,
    requested_by: Uuid,
    lines: Vec<TransferLineView>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A product of a transfer.
#[derive(Serialize, ToSchema)]
struct TransferLineView {
    product_id: Uuid,
    asked: i64,
    received: i64,
    /// On its way: sent, and not counted yet.
    in_transit: i64,
    /// Sent, and did not come.
    missing: i64,
}

impl From<&Transfer> for TransferView {
    fn from(t: &Transfer) -> Self {
        let line = |line: &super::transfer::TransferLine| TransferLineView {
            product_id: line.product,
            asked: line.asked,
            received: line.received,
            in_transit: if t.state == State::Shipped { line.asked } else { 0 },
            missing: if t.state == State::Received { line.asked - line.received } else { 0 },
        };
        Self {
            id: t.id,
            from_shop: t.from.clone(),
            to_shop: t.to.clone(),
            state: t.state,
            requested_by: t.requested_by,
            lines: t.lines.iter().map(line).collect(),
            created_at: t.created_at,
            updated_at: t.updated_at,
        }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let root = ROOT;
    let step =
        |text: &str, permission: &str| Doc::new(text).permission(permission).answers::<TransferView>(200);
    let api = Api::new()
        .get(
            root,
            transfers,
            Doc::new("Transfers between shops, newest first")
                .permission(STOCK)
                .query("state", "`requested`, `approved`, `shipped`, `received` or `refused`.")
                .pages::<TransferView>(),
        )
        .post(
            root,
            request,
            Doc::new("Asks for goods of another shop")
                .permission(REQUEST)
                .body::<TransferRequest>()
                .answers::<TransferView>(201),
        )
        .get(
            &format!("{root}/{{id}}"),
            transfer,
            Doc::new("A transfer").permission(STOCK).answers::<TransferView>(200),
        )
        .post(&format!("{root}/{{id}}/approve"), approve, step("Lets goods go", APPROVE))
        .post(&format!("{root}/{{id}}/refuse"), refuse, step("Does not let goods go", APPROVE))
        .post(&format!("{root}/{{id}}/ship"), ship, step("Sends goods", RECEIVE))
        .post(
            &format!("{root}/{{id}}/receive"),
            arrive,
            step("Counts what has come", RECEIVE).body::<ArrivalRequest>(),
        );
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

async fn transfers(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(STOCK)?;
    let state = query.get("state").unwrap_or_default();
    if !state.is_empty() && State::parse(state).is_none() {
        let (fr, en) = ("Cet état n’existe pas.", "There is no such state.");
        return Err(Error::invalid("bad_parameter", fr, en).into());
    }
    let limit = query.limit()?;
    let after = query.cursor()?;
    let found = list_transfers(&db, state, after, limit + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(found, limit, |t: &Transfer| (t.created_at.0, t.id));
    let items: Vec<_> = items.iter().map(TransferView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

/// Transfers with their lines, newest first.
pub(super) async fn list_transfers(
    db: &Db,
    state: &str,
    after: Option<(i64, Uuid)>,
    rows: u32,
) -> Result<Vec<Transfer>> {
    let (at, id) = after.unwrap_or((i64::MAX, Uuid::max()));
    let found = db.query(&sql::TRANSFERS, db::params![state, at, id, rows]).await?;
    let mut found = found.iter().map(sql::transfer).collect::<DbResult<Vec<_>>>()?;
    let ids = crate::reading::list(found.iter().map(|t| &t.id));
    for row in db.query(&sql::TRANSFER_LINES, db::params![ids]).await? {
        let (of, line) = sql::transfer_line(&row)?;
        if let Some(transfer) = found.iter_mut().find(|t| t.id == of) {
            transfer.lines.push(line);
        }
    }
    Ok(found)
}

async fn transfer(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(STOCK)?;
    Ok(Json(TransferView::from(&commands::transfer(&db, id).await?)).into_response())
}

async fn request(Extension(db): Room, ctx: Ctx, key: Key, body: JsonBody<TransferRequest>) -> Answer {
    ctx.permit(REQUEST)?;
    if let Some(reply) = key.replay(&ctx, &db, &body.raw).await? {
        return Ok(reply);
    }
    let TransferRequest { from_shop, to_shop, lines } = &body.value()?;
    let wanted: Vec<_> = lines.iter().map(|line| (line.product_id, line.quantity)).collect();
    let act = Act::of(&ctx);
    commit(&db, &key, &body.raw, StatusCode::CREATED, || {
        Box::pin(async {
            let shops = (from_shop.as_str(), to_shop.as_str());
            let (batch, transfer) = commands::request_transfer(&db, &act, shops, &wanted).await?;
            Ok((batch, TransferView::from(&transfer)))
        })
    })
    .await
}

async fn step(db: Db, ctx: Ctx, id: Uuid, permission: &str, (key, raw): (Key, &[u8]), step: Step) -> Answer {
    ctx.permit(permission)?;
    if let Some(reply) = key.replay(&ctx, &db, raw).await? {
        return Ok(reply);
    }
    let act = Act::of(&ctx);
    commit(&db, &key, raw, StatusCode::OK, || {
        Box::pin(async {
            let (batch, transfer) = commands::step_transfer(&db, &act, id, &step).await?;
            Ok((batch, TransferView::from(&transfer)))
        })
    })
    .await
}

async fn approve(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, key: Key) -> Answer {
    step(db, ctx, id, APPROVE, (key, &[]), Step::Approve).await
}

async fn refuse(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, key: Key) -> Answer {
    step(db, ctx, id, APPROVE, (key, &[]), Step::Refuse).await
}

async fn ship(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, key: Key) -> Answer {
    step(db, ctx, id, RECEIVE, (key, &[]), Step::Ship).await
}

async fn arrive(
    Extension(db): Room,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    key: Key,
    body: JsonBody<ArrivalRequest>,
) -> Answer {
    ctx.permit(RECEIVE)?;
    let come = body.value()?.lines.iter().map(|line| (line.product_id, line.quantity)).collect();
    step(db, ctx, id, RECEIVE, (key, &body.raw), Step::Receive(come)).await
}
