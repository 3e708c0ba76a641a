//! What there is, for programs: modules, databases, contracts.

use super::desk::{Desk, READ};
use crate::ops::databases::{self, DatabaseStatus};
use crate::system::System;
use axum::Json;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::Error;
use serde::Serialize;
use serde_json::{Value as Json_, json};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure};

/// A module, as the API tells it.
#[derive(Serialize, ToSchema)]
struct ModuleOut {
    /// Its code.
    code: String,
    /// Its version.
    version: String,
    /// Its name, in the caller's language.
    name: String,
    /// `active` or `absent`.
    state: String,
    /// Where its routes begin.
    endpoint: String,
    /// The events that it writes, as `type vN`; each schema is at `/api/v1/contracts/{module}/{type}/{version}`.
    contracts: Vec<String>,
}

pub(super) fn api(system: &System, desk: &Arc<Desk>) -> Api {
    let (of_modules, of_contracts) = (desk.clone(), desk.clone());
    let parts = databases::Parts::of(system);
    Api::new()
        .get(
            "/api/v1/modules",
            move |ctx: Ctx| modules(of_modules.clone(), ctx),
            Doc::new("Every module: version, state, endpoint, contracts")
                .permission(READ)
                .pages::<ModuleOut>(),
        )
        .get(
            "/api/v1/databases",
            move |ctx: Ctx| all_databases(parts.clone(), ctx),
            Doc::new("Every database: place, state, schema version, log position").permission(READ),
        )
        .get(
            "/api/v1/contracts/{module}/{kind}/{version}",
            move |ctx: Ctx, path| contract(of_contracts.clone(), ctx, path),
            Doc::new("The JSON Schema of an event’s data, as published").permission(READ),
        )
}

async fn modules(desk: Arc<Desk>, ctx: Ctx) -> Result<Json<Json_>, Failure> {
    ctx.permit(READ)?;
    let contracts = desk.registry.contracts().await?;
    let out = desk.registry.modules().await?.into_iter().map(|module| ModuleOut {
        contracts: contracts
            .iter()
            .filter(|contract| contract.module == module.code)
            .map(|contract| format!("{} v{}", contract.kind, contract.version))
            .collect(),
        endpoint: format!("{}/api/v1/{}", desk.url, module.code),
        name: module.name.get(ctx.lang).to_owned(),
        state: module.state.word().to_owned(),
        version: module.version,
        code: module.code,
    });
    Ok(Json(json!({ "items": out.collect::<Vec<_>>() })))
}

async fn all_databases(parts: databases::Parts, ctx: Ctx) -> Result<Json<Json_>, Failure> {
    ctx.permit(READ)?;
    let all: Vec<DatabaseStatus> = databases::status(&parts).await?;
    Ok(Json(json!({ "items": all })))
}

async fn contract(
    desk: Arc<Desk>,
    ctx: Ctx,
    Path((module, kind, version)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    super::desk::see(&ctx)?;
    let version: u32 = version.trim_start_matches('v').parse().map_err(|_| Error::not_found())?;
    let contracts = desk.registry.contracts().await?;
    let found = contracts.into_iter().find(|c| (&c.module, &c.kind, c.version) == (&module, &kind, version));
    let schema = found.ok_or_else(Error::not_found)?.schema;
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema.to_string()).into_response())
}
