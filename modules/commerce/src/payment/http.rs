//! The part of the API about payments: what the bank holds, has taken and has given back. It is read; what is stuck is
//! mended where it is listed, among the incidents of transactions.

use super::model::{Account, Stage};
use super::{READ, sql};
use crate::reading::list;
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use db::{Db, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/payments";

type Answer = Result<Response, Failure>;

/// A payment. What it is paid with is not shown.
#[derive(Serialize, ToSchema)]
struct PaymentView {
    transaction_id: Uuid,
    amount_cents: i64,
    /// `asked`, `authorised`, `failed`, `capturing`, `reauthorising`, `captured`, `uncaptured`, `voiding`, `voided`,
    /// `settled` or `written_off`.
    stage: &'static str,
    captured_cents: i64,
    refunded_cents: i64,
    /// What the bank was asked to give back and has not.
    returning_cents: i64,
    /// What was settled past the bank: what we got, less what we gave back.
    hand_cents: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// What is given back; missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    refunds: Option<Vec<RefundView>>,
}

/// A refund.
#[derive(Serialize, ToSchema)]
struct RefundView {
    id: Uuid,
    amount_cents: i64,
    /// `cancelled` or `return`.
    reason: String,
    /// `asked`, `done`, `manual` or `settled`.
    state: &'static str,
}

fn view(account: &Account, created_at: Timestamp, whole: bool) -> PaymentView {
    let p = &account.payment;
    let refund = |refund: &super::model::Refund| RefundView {
        id: refund.id,
        amount_cents: refund.amount_cents,
        reason: refund.reason.clone(),
        state: refund.state.word(),
    };
    PaymentView {
        transaction_id: p.transaction,
        amount_cents: p.amount_cents,
        stage: p.stage.word(),
        captured_cents: p.captured_cents,
        refunded_cents: p.refunded_cents,
        returning_cents: p.returning_cents,
        hand_cents: p.hand_cents,
        created_at,
        refunds: whole.then(|| account.refunds.values().map(refund).collect()),
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (listed, shown) = (db.clone(), db.clone());
    Api::new()
        .get(
            ROOT,
            move |ctx: Ctx, query: Query| page(listed.clone(), ctx, query),
            Doc::new("Payments, newest first")
                .permission(READ)
                .query("stage", "Only those at a stage: `authorised`, `captured`, `uncaptured`…")
                .pages::<PaymentView>(),
        )
        .get(
            &format!("{ROOT}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| one(shown.clone(), ctx, id),
            Doc::new("The payment of a transaction").permission(READ).answers::<PaymentView>(200),
        )
}

async fn page(db: Db, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let stage = query.get("stage").unwrap_or_default();
    if !stage.is_empty() && Stage::parse(stage).is_none() {
        let (fr, en) = ("Cette étape n’existe pas.", "There is no such stage.");
        return Err(Error::invalid("bad_parameter", fr, en).into());
    }
    let limit = query.limit()?;
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MAX, Uuid::max()));
    let rows = db.query(&sql::PAGE, db::params![stage, at, id, limit + 1]).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::payment).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let ListPage { items, next_cursor } = ListPage::cut(found, limit, |(p, at)| (at.0, p.transaction));
    let shown = |(payment, at)| view(&Account { payment, refunds: Default::default() }, at, false);
    let items: Vec<_> = items.into_iter().map(shown).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn one(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    ctx.permit(READ)?;
    let ids = list([&id]);
    let row = db.query(&sql::SEVERAL, db::params![ids.clone()]).await.map_err(Error::from)?;
    let (_, created_at) =
        row.first().map(sql::payment).transpose().map_err(Error::from)?.ok_or_else(Error::not_found)?;
    let accounts = sql::accounts(&db, ids).await.map_err(Error::from)?;
    let account = accounts.get(&id).ok_or_else(Error::not_found)?;
    Ok(Json(view(account, created_at, true)).into_response())
}
