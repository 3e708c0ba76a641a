//! The part of the API about incidents: what is stuck, why, and what is done about it.

use super::commands::{self, Asked};
use super::{Action, Incident, IncidentKind, Standing, sql};
use crate::transaction::{ACT, INCIDENTS, http::act};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{Db, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, ListPage, Query};

/// Where the API lives.
const ROOT: &str = "/api/v1/transactions/incidents";

type Answer = Result<Response, Failure>;

/// What is stuck.
#[derive(Serialize, ToSchema)]
struct IncidentView {
    id: Uuid,
    transaction_id: Uuid,
    /// `refund`, `capture`, `goods_left`, `amount` or `dead_letter`.
    kind: &'static str,
    amount_cents: i64,
    /// `open`, `acting` or `resolved`.
    state: &'static str,
    /// What can be done: `retry`, `settle`, `write_off`.
    actions: Vec<&'static str>,
    /// What was decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided: Option<DecisionView>,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// What somebody decided.
#[derive(Serialize, ToSchema)]
struct DecisionView {
    action: &'static str,
    by: String,
    reason: String,
    reference: String,
}

/// What to do about it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActRequest {
    /// `retry`, `settle` or `write_off`.
    action: String,
    /// Why; the log keeps it.
    reason: String,
    /// Where it can be looked up; needed to settle.
    #[serde(default)]
    reference: String,
}

/// A transaction of which an event cannot be applied.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenRequest {
    transaction_id: Uuid,
}

impl From<&Incident> for IncidentView {
    fn from(i: &Incident) -> Self {
        let open = i.standing != Standing::Resolved;
        let decided = i.decided.as_ref().map(|d| DecisionView {
            action: d.action.word(),
            by: d.by.clone(),
            reason: d.reason.clone(),
            reference: d.reference.clone(),
        });
        let actions = i.kind.actions().iter().filter(|_| open).map(|action| action.word()).collect();
        Self {
            id: i.id,
            transaction_id: i.transaction,
            kind: i.kind.word(),
            amount_cents: i.amount_cents,
            state: i.standing.word(),
            actions,
            decided,
            opened_at: i.opened_at,
            updated_at: i.updated_at,
        }
    }
}

/// The routes.
pub(in crate::transaction) fn api(db: &Db) -> Api {
    let (listed, shown, decided, opened) = (db.clone(), db.clone(), db.clone(), db.clone());
    Api::new()
        .get(
            ROOT,
            move |ctx: Ctx, query: Query| page(listed.clone(), ctx, query),
            Doc::new("What is stuck, oldest first")
                .permission(INCIDENTS)
                .query("state", "`open`, `acting` or `resolved`; what is not resolved when missing.")
                .query("kind", "`refund`, `capture`, `goods_left`, `amount` or `dead_letter`.")
                .pages::<IncidentView>(),
        )
        .get(
            &format!("{ROOT}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<Uuid>| one(shown.clone(), ctx, id),
            Doc::new("An incident").permission(INCIDENTS).answers::<IncidentView>(200),
        )
        .post(
            ROOT,
            move |ctx: Ctx, body: JsonBody<OpenRequest>| open(opened.clone(), ctx, body),
            Doc::new("Opens an incident for a transaction of which an event cannot be applied")
                .permission(ACT)
                .body::<OpenRequest>()
                .answers::<IncidentView>(201),
        )
        .post(
            &format!("{ROOT}/{{id}}/act"),
            move |ctx: Ctx, Path(id): Path<Uuid>, body: JsonBody<ActRequest>| {
                decide(decided.clone(), ctx, id, body)
            },
            Doc::new("Does something about an incident, with a reason")
                .permission(ACT)
                .body::<ActRequest>()
                .answers::<IncidentView>(200),
        )
}

/// The filters of a list of incidents, and a page of it.
pub(in crate::transaction) async fn found(db: &Db, query: &Query) -> Result<ListPage<Incident>, Failure> {
    let bad = || Error::invalid("bad_parameter", "Ce filtre n’existe pas.", "There is no such filter.");
    let state = query.get("state").unwrap_or_default();
    if !state.is_empty() && Standing::parse(state).is_none() {
        return Err(bad().into());
    }
    let kind = query.get("kind").unwrap_or_default();
    if !kind.is_empty() && IncidentKind::parse(kind).is_none() {
        return Err(bad().into());
    }
    let limit = query.limit()?;
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MIN, Uuid::nil()));
    let params = db::params![state, kind, at, id, limit + 1];
    let rows = db.query(&sql::INCIDENTS, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::incident).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    Ok(ListPage::cut(found, limit, |i: &Incident| (i.opened_at.0, i.id)))
}

async fn page(db: Db, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(INCIDENTS)?;
    let ListPage { items, next_cursor } = found(&db, &query).await?;
    let items: Vec<_> = items.iter().map(IncidentView::from).collect();
    Ok(Json(ListPage { items, next_cursor }).into_response())
}

async fn one(db: Db, ctx: Ctx, id: Uuid) -> Answer {
    ctx.permit(INCIDENTS)?;
    Ok(Json(IncidentView::from(&commands::find(&db, id).await?)).into_response())
}

async fn open(db: Db, ctx: Ctx, body: JsonBody<OpenRequest>) -> Answer {
    ctx.permit(ACT)?;
    let id = body.value()?.transaction_id;
    if db.query_one(&crate::transaction::sql::ONE, db::params![id]).await.map_err(Error::from)?.is_none() {
        return Err(Error::not_found().into());
    }
    let incident = commands::open(&db, &act(&ctx), id).await?;
    Ok((StatusCode::CREATED, Json(IncidentView::from(&incident))).into_response())
}

async fn decide(db: Db, ctx: Ctx, id: Uuid, body: JsonBody<ActRequest>) -> Answer {
    ctx.permit(ACT)?;
    let ActRequest { action, reason, reference } = body.value()?;
    let action = Action::parse(&action).ok_or_else(|| {
        Error::invalid("bad_parameter", "Cette action n’existe pas.", "There is no such action.")
    })?;
    let incident = commands::decide(&db, &act(&ctx), id, &Asked { action, reason, reference }).await?;
    Ok(Json(IncidentView::from(&incident)).into_response())
}
