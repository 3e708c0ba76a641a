//! The alerts' part of the API, and the button of their page.

use super::alerts::{self, ACKNOWLEDGED, Alert};
use super::http::READ;
use super::pages_alerts::PATH;
use super::rules;
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use db::Db;
use kernel::{Timestamp, Uuid};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// The permission to see to alerts.
pub(super) const SEE_TO: &str = "audit.alert.acknowledge";

/// Something that somebody must look at.
#[derive(Serialize, ToSchema)]
struct AlertView {
    id: Uuid,
    /// The rule that raised it.
    rule: String,
    /// Its words, in the caller's language.
    title: String,
    /// The database whose log holds the event.
    source: String,
    position: u64,
    event_id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    stream: String,
    /// `person:ID` or `system:NAME`.
    actor: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    correlation_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    raised_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged_at: Option<Timestamp>,
    acknowledged_by: Option<String>,
}

fn view(ctx: &Ctx, alert: Alert) -> AlertView {
    AlertView {
        title: rules::words(&alert.rule).get(ctx.lang).to_owned(),
        id: alert.id,
        rule: alert.rule,
        source: alert.source,
        position: alert.position,
        event_id: alert.event_id,
        kind: alert.kind,
        stream: alert.stream,
        actor: alert.actor,
        at: alert.at,
        correlation_id: alert.correlation_id,
        raised_at: alert.raised_at,
        acknowledged_at: alert.acknowledged_at,
        acknowledged_by: alert.acknowledged_by,
    }
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let (listed, seen, pressed) = (db.clone(), db.clone(), db.clone());
    Api::new()
        .get(
            "/api/v1/audit/alerts",
            move |ctx: Ctx, query: Query| list(listed.clone(), ctx, query),
            Doc::new("Critical events that somebody must look at, newest first.")
                .permission(READ)
                .query("open", "`true`: only those that nobody has seen to.")
                .query("rule", "Of this rule only.")
                .pages::<AlertView>(),
        )
        .post(
            "/api/v1/audit/alerts/{id}/acknowledge",
            move |ctx: Ctx, Path(id): Path<Uuid>| acknowledge(seen.clone(), ctx, id),
            Doc::new("Says that the caller has seen to an alert.")
                .permission(SEE_TO)
                .answers::<AlertView>(200),
        )
        .post(
            &format!("{PATH}/{{id}}/acknowledge"),
            move |ctx: Ctx, Path(id): Path<Uuid>| press(pressed.clone(), ctx, id),
            Doc::new("The button that says that one has seen to an alert.").permission(SEE_TO),
        )
}

async fn list(db: Db, ctx: Ctx, query: Query) -> Result<Json<ListPage<AlertView>>, Failure> {
    ctx.permit(READ)?;
    let (open, limit) = (query.parsed("open")?.unwrap_or(false), query.limit()?);
    let rule = query.get("rule").unwrap_or_default();
    let found = alerts::list(&db, (open, rule), query.cursor()?, limit + 1).await?;
    let page = ListPage::cut(found, limit, |alert: &Alert| (alert.raised_at.0, alert.id));
    let items = page.items.into_iter().map(|alert| view(&ctx, alert)).collect();
    Ok(Json(ListPage { items, next_cursor: page.next_cursor }))
}

async fn see_to(db: &Db, ctx: &Ctx, id: Uuid) -> Result<(), Failure> {
    ctx.permit(SEE_TO)?;
    let batch = alerts::acknowledge(db, id, (&*ctx.edge.clock, ctx.cause())).await?;
    debug_assert!(batch.events.iter().all(|event| event.kind == ACKNOWLEDGED));
    db.write(batch).await?;
    Ok(())
}

async fn acknowledge(db: Db, ctx: Ctx, id: Uuid) -> Result<Json<AlertView>, Failure> {
    see_to(&db, &ctx, id).await?;
    let row = db.query_one(&super::sql::ALERT, db::params![id]).await?;
    let alert = row.as_ref().map(super::sql::alert).transpose()?.ok_or_else(kernel::Error::not_found)?;
    Ok(Json(view(&ctx, alert)))
}

async fn press(db: Db, ctx: Ctx, id: Uuid) -> Result<Response, Failure> {
    see_to(&db, &ctx, id).await?;
    Ok(Redirect::to(&format!("{PATH}?done=1")).into_response())
}
