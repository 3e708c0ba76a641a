//! The part of the API about what shops have to prepare.

use super::model::{Input, ShopOrder, Stage, take};
use super::{READ, WRITE, saga, sql};
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use db::{Batch, Db, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/retail";
/// How often a command that met another one is decided again.
const TRIES: usize = 5;

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
}

impl From<&ShopOrder> for ShopOrderView {
    fn from(o: &ShopOrder) -> Self {
        let ShopOrder { transaction, shop, stage, pieces, assigned_at, .. } = o.clone();
        Self { transaction_id: transaction, shop, stage, pieces, assigned_at }
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let listed = db.clone();
    let mut api = Api::new().get(
        &format!("{ROOT}/shops/{{shop}}/orders"),
        move |ctx: Ctx, Path(shop): Path<String>, query: Query| page(listed.clone(), ctx, shop, query),
        Doc::new("A shop’s orders at a stage, oldest first")
            .permission(READ)
            .query("stage", "`assigned` when missing; `fulfilled`, `delivered`, `refused`, `cancelled`.")
            .pages::<ShopOrderView>(),
    );
    let acts = [
        ("fulfil", "Hands an order over, or sends it", Input::Fulfil),
        ("refuse", "Says that the shop cannot prepare an order", Input::Refuse),
        ("deliver", "Notes that an order has arrived", Input::Deliver),
    ];
    for (verb, summary, input) in acts {
        let db = db.clone();
        api = api.post(
            &format!("{ROOT}/orders/{{id}}/{verb}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| act(db.clone(), ctx, id, input.clone()),
            Doc::new(summary).permission(WRITE).answers::<ShopOrderView>(200),
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
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MIN, Uuid::nil()));
    let params = db::params![shop, stage.word(), at, id, limit + 1];
    let rows = db.query(&sql::PAGE, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::shop_order).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let ListPage { items, next_cursor } =
        ListPage::cut(found, limit, |o: &ShopOrder| (o.assigned_at.0, o.transaction));
    let items: Vec<_> = items.iter().map(ShopOrderView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn act(db: Db, ctx: Ctx, id: Uuid, input: Input) -> Answer {
    ctx.permit(WRITE)?;
    for _ in 0..TRIES {
        let row = db.query_one(&sql::ONE, db::params![id]).await.map_err(Error::from)?;
        let before = row.map(|row| sql::shop_order(&row)).transpose().map_err(Error::from)?;
        let before = before.ok_or_else(Error::not_found)?;
        let Some(after) = take(id, Some(&before), &input, ctx.now()) else {
            let fr = "À cette étape, cela n’est pas possible.";
            let details = serde_json::json!({ "stage": before.stage });
            let refused = Error::refused("not_at_this_stage", fr, "This is not possible at this stage.");
            return Err(Error { details: Some(details), ..refused }.into());
        };
        let mut batch = Batch::new(ctx.now(), ctx.cause());
        saga::write(&mut batch, &after, ctx.edge.clock.new_id());
        match db.write(batch).await {
            Err(error) if error.is_conflict() => {}
            other => {
                other.map_err(Error::from)?;
                return Ok(Json(ShopOrderView::from(&after)).into_response());
            }
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")).into())
}
