//! Roles: who holds them, and what they may do.

use super::{commit, id};
use crate::auth::commands::Auth;
use crate::auth::on;
use crate::auth::roles::{self, PRIVILEGE_WRITE, ROLE_READ, ROLE_WRITE};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Text, Uuid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Scope};

/// A role.
#[derive(Serialize, ToSchema)]
struct RoleReply {
    code: String,
    #[schema(value_type = Object)]
    name: Text,
    /// Whether it follows from something else and is never given.
    implicit: bool,
    /// Whether only an administrator gives it.
    privileged: bool,
    /// How many people hold it.
    holders: usize,
}

/// Something that a role may do.
#[derive(Serialize, ToSchema)]
struct PermissionReply {
    role: String,
    permission: String,
    /// `self`, `team` or `all`.
    scope: &'static str,
    /// Whether it may now; `false` when an administrator took it away.
    granted: bool,
}

/// Whether somebody holds a role now.
#[derive(Serialize, ToSchema)]
struct HeldReply {
    person: Uuid,
    role: String,
    held: bool,
}

/// How far a role reaches under a permission.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPermission {
    /// `self`, `team`, `all`, or `null` to take it away.
    #[schema(value_type = Option<String>)]
    #[serde(deserialize_with = "Option::deserialize")]
    scope: Option<Scope>,
}

/// The routes.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/api/v1/roles",
            on!(auth, list, ctx: Ctx),
            Doc::new("Lists the roles.").permission(ROLE_READ).pages::<RoleReply>(),
        )
        .get(
            "/api/v1/permissions",
            on!(auth, permissions, ctx: Ctx),
            Doc::new("Lists what roles may do.").permission(ROLE_READ).pages::<PermissionReply>(),
        )
        .put(
            "/api/v1/roles/{role}/permissions/{permission}",
            on!(auth, set_permission, ctx: Ctx, key: Key, path: Path<(String, String)>, body: JsonBody<SetPermission>),
            Doc::new("Says how far a role reaches under a permission, or takes it away.")
                .permission(PRIVILEGE_WRITE)
                .body::<SetPermission>()
                .answers::<PermissionReply>(200),
        )
        .post(
            "/api/v1/people/{id}/roles/{role}",
            on!(auth, grant, ctx: Ctx, key: Key, path: Path<(String, String)>),
            Doc::new("Gives somebody a role.").permission(ROLE_WRITE).answers::<HeldReply>(200),
        )
        .delete(
            "/api/v1/people/{id}/roles/{role}",
            on!(auth, revoke, ctx: Ctx, key: Key, path: Path<(String, String)>),
            Doc::new("Takes a role from somebody.").permission(ROLE_WRITE).answers::<HeldReply>(200),
        )
}

async fn list(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    ctx.permit(ROLE_READ)?;
    let snapshot = auth.snapshot().await?;
    let people = &snapshot.people.people;
    let items = snapshot.roles.iter().map(|(code, name)| RoleReply {
        code: code.clone(),
        name: name.clone(),
        implicit: roles::is_implicit(code),
        privileged: roles::is_privileged(code),
        holders: people.values().filter(|p| p.active && p.roles.contains(code)).count(),
    });
    Ok(Json(ListPage { items: items.collect(), next_cursor: None }).into_response())
}

async fn permissions(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    ctx.permit(ROLE_READ)?;
    let snapshot = auth.snapshot().await?;
    let items = snapshot.permissions.iter().map(|line| PermissionReply {
        role: line.role.clone(),
        permission: line.permission.clone(),
        scope: line.scope.word(),
        granted: line.granted,
    });
    Ok(Json(ListPage { items: items.collect(), next_cursor: None }).into_response())
}

async fn set_permission(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    Path((role, permission)): Path<(String, String)>,
    body: JsonBody<SetPermission>,
) -> Result<Response, Failure> {
    let (permit, cause, scope) = (ctx.permit(PRIVILEGE_WRITE)?, ctx.cause(), body.value()?.scope);
    let reply = |(): &()| PermissionReply {
        role: role.clone(),
        permission: permission.clone(),
        scope: scope.unwrap_or(Scope::Own).word(),
        granted: scope.is_some(),
    };
    let command = || auth.set_permission((&permit).into(), &role, &permission, scope, &cause);
    Ok(commit(&auth, &ctx, (&key, &body.raw), (StatusCode::OK, reply), command).await?.0)
}

async fn grant(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    Path((person, role)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (permit, cause, person) = (ctx.permit(ROLE_WRITE)?, ctx.cause(), id(&person)?);
    let reply = |_: &Uuid| HeldReply { person, role: role.clone(), held: true };
    let command = || auth.grant_role((&permit).into(), person, &role, &cause);
    Ok(commit(&auth, &ctx, (&key, &[]), (StatusCode::OK, reply), command).await?.0)
}

async fn revoke(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    Path((person, role)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (permit, cause, person) = (ctx.permit(ROLE_WRITE)?, ctx.cause(), id(&person)?);
    let reply = |_: &Uuid| HeldReply { person, role: role.clone(), held: false };
    let command = || auth.revoke_role((&permit).into(), person, &role, &cause);
    Ok(commit(&auth, &ctx, (&key, &[]), (StatusCode::OK, reply), command).await?.0)
}
