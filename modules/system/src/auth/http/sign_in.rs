//! Tokens for programs. An `Idempotency-Key` is not kept here: a kept reply would be a kept token. Refreshing repeats
//! its answer by itself, signing out twice is signing out, and signing in twice is two sessions.

use crate::auth::commands::{Attempt, Auth, Method, Opened, SignedIn, Tokens};
use crate::auth::model;
use crate::auth::on;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Error;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody};

/// An address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    email: String,
    password: String,
}

/// A one-time password, and the one that takes its place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstPasswordRequest {
    email: String,
    password: String,
    new_password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    refresh_token: String,
}

/// Tokens: the access token goes into `Authorization: Bearer`, the refresh token is used once.
#[derive(Serialize, ToSchema)]
struct TokenReply {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: i64,
}

impl From<Tokens> for TokenReply {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in_s,
        }
    }
}

/// How and from where a caller signs in.
#[must_use]
pub fn caller(ctx: &Ctx, method: Method) -> Attempt {
    Attempt {
        method,
        address: ctx.address.to_string(),
        user_agent: ctx.user_agent.clone(),
        correlation_id: ctx.correlation_id,
    }
}

/// The routes.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .post(
            "/api/v1/auth/login",
            on!(auth, login, ctx: Ctx, body: JsonBody<LoginRequest>),
            Doc::new("Opens a session with an address and a password.")
                .public()
                .body::<LoginRequest>()
                .answers::<TokenReply>(200),
        )
        .post(
            "/api/v1/auth/password",
            on!(auth, first_password, ctx: Ctx, body: JsonBody<FirstPasswordRequest>),
            Doc::new("Replaces a one-time password by a chosen one, and opens a session.")
                .public()
                .body::<FirstPasswordRequest>()
                .answers::<TokenReply>(200),
        )
        .post(
            "/api/v1/auth/refresh",
            on!(auth, refresh, ctx: Ctx, body: JsonBody<RefreshRequest>),
            Doc::new("Gives new tokens for a refresh token, which is used once.")
                .public()
                .body::<RefreshRequest>()
                .answers::<TokenReply>(200),
        )
        .post(
            "/api/v1/auth/logout",
            on!(auth, logout, ctx: Ctx),
            Doc::new("Ends the session that the caller uses."),
        )
}

async fn login(auth: Arc<Auth>, ctx: Ctx, body: JsonBody<LoginRequest>) -> Result<Response, Failure> {
    let LoginRequest { email, password } = body.value()?;
    ctx.edge.limits.login(&ctx.address.to_string(), &model::account_key(&email))?;
    match auth.sign_in(&caller(&ctx, Method::Api), &email, &password).await? {
        SignedIn::Opened(opened) => tokens(opened),
        SignedIn::MustChange { .. } => Err(Error::refused(
            "password_must_change",
            "Ce mot de passe ne sert qu’une fois\u{a0}: choisissez-en un nouveau avec /api/v1/auth/password.",
            "This password serves once only: choose a new one with /api/v1/auth/password.",
        )
        .into()),
    }
}

async fn first_password(
    auth: Arc<Auth>,
    ctx: Ctx,
    body: JsonBody<FirstPasswordRequest>,
) -> Result<Response, Failure> {
    let FirstPasswordRequest { email, password, new_password } = body.value()?;
    ctx.edge.limits.login(&ctx.address.to_string(), &model::account_key(&email))?;
    model::check_password("new_password", &new_password, &email)?;
    let attempt = caller(&ctx, Method::Api);
    match auth.sign_in(&attempt, &email, &password).await? {
        SignedIn::MustChange { ticket } => {
            tokens(auth.choose_password(&attempt, &ticket, &new_password).await?)
        }
        SignedIn::Opened(opened) => tokens(opened),
    }
}

async fn refresh(auth: Arc<Auth>, ctx: Ctx, body: JsonBody<RefreshRequest>) -> Result<Response, Failure> {
    let tokens = auth.refresh(&body.value()?.refresh_token, ctx.correlation_id).await?;
    Ok(Json(TokenReply::from(tokens)).into_response())
}

async fn logout(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    auth.sign_out(ctx.principal()?, &ctx.cause()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn tokens(opened: Opened) -> Result<Response, Failure> {
    match opened {
        Opened::Api(tokens) => Ok(Json(TokenReply::from(tokens)).into_response()),
        Opened::Web(_) => Err(Error::internal("a program was given a cookie").into()),
    }
}
