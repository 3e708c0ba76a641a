//! What the caller may know of themselves: who they are here, their sessions, their history.

use crate::auth::commands::Auth;
use crate::auth::on;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Timestamp, Uuid};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, ListPage, Query};

/// Who the caller is here.
#[derive(Serialize, ToSchema)]
struct Me {
    id: Uuid,
    email: String,
    name: String,
    title: String,
    /// `fr` or `en`.
    lang: &'static str,
    team: Option<Uuid>,
    /// The teams that they manage, those below included.
    manages: Vec<Uuid>,
    roles: Vec<String>,
    permissions: Vec<MyPermission>,
    session: Uuid,
}

/// Something that the caller may do.
#[derive(Serialize, ToSchema)]
struct MyPermission {
    permission: String,
    /// `self`, `team` or `all`.
    scope: &'static str,
}

/// An open session of the caller.
#[derive(Serialize, ToSchema)]
struct MySession {
    id: Uuid,
    /// `web` or `api`.
    kind: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    address: String,
    user_agent: String,
    /// Whether it is the one that the caller uses.
    current: bool,
}

/// A try to sign in as the caller.
#[derive(Serialize, ToSchema)]
struct MyLogin {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `signed_in`, or why not.
    outcome: String,
    /// `web` or `api`.
    method: String,
    address: String,
    user_agent: String,
    /// The session that it opened.
    session: Option<Uuid>,
}

/// The routes.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get("/api/v1/me", me, Doc::new("Tells who the caller is.").answers::<Me>(200))
        .get(
            "/api/v1/me/sessions",
            on!(auth, sessions, ctx: Ctx),
            Doc::new("Lists the caller's open sessions.").pages::<MySession>(),
        )
        .delete(
            "/api/v1/me/sessions/{id}",
            on!(auth, revoke, ctx: Ctx, id: Path<String>),
            Doc::new("Ends one of the caller's sessions."),
        )
        .get(
            "/api/v1/me/logins",
            on!(auth, logins, ctx: Ctx, query: Query),
            Doc::new("Lists the tries to sign in as the caller, newest first.").pages::<MyLogin>(),
        )
}

async fn me(ctx: Ctx) -> Result<Response, Failure> {
    let who = ctx.principal()?.clone();
    let permission =
        |grant: &web::Grant| MyPermission { permission: grant.permission.clone(), scope: grant.scope.word() };
    let me = Me {
        id: who.id,
        lang: who.lang.tag(),
        team: who.team,
        manages: who.manages.iter().copied().collect(),
        permissions: who.grants.iter().map(permission).collect(),
        roles: who.roles.into_iter().collect(),
        session: who.session,
        email: who.email,
        name: who.name,
        title: who.title,
    };
    Ok(Json(me).into_response())
}

async fn sessions(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    let who = ctx.principal()?;
    let sessions = auth.sessions_of(who.id).await?.into_iter().map(|s| MySession {
        current: s.id == who.session,
        id: s.id,
        kind: s.kind,
        created_at: s.created_at,
        last_seen_at: s.last_seen_at,
        expires_at: s.expires_at,
        address: s.address,
        user_agent: s.user_agent,
    });
    Ok(Json(ListPage { items: sessions.collect(), next_cursor: None }).into_response())
}

async fn revoke(auth: Arc<Auth>, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = Uuid::parse_str(&id).map_err(|_| Error::not_found())?;
    auth.revoke_session(ctx.principal()?, id, &ctx.cause()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn logins(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let (who, limit) = (ctx.principal()?, query.limit()?);
    let rows = auth.logins_of(who.id, query.cursor()?, limit + 1).await?.into_iter().map(|line| MyLogin {
        id: line.id,
        at: line.at,
        outcome: line.outcome,
        method: line.method,
        address: line.address,
        user_agent: line.user_agent,
        session: line.session,
    });
    Ok(Json(ListPage::cut(rows.collect(), limit, |line: &MyLogin| (line.at.0, line.id))).into_response())
}
