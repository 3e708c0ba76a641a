//! What there is: modules, databases, and the documentation of the API.

use crate::ops::databases::{self, DatabaseStatus};
use crate::system::System;
use axum::Json;
use maud::html;
use serde::Serialize;
use serde_json::{Value as Json_, json};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure};

/// The permission to see modules, databases and events.
pub(super) const READ: &str = "console.system.read";

/// A module, as the API tells it.
#[derive(Serialize, ToSchema)]
struct ModuleOut {
    code: String,
    version: String,
    name: String,
    state: String,
    endpoint: String,
    contracts: Vec<String>,
}

pub(super) fn api(system: &System) -> Api {
    let (registry, url) = (system.registry.clone(), system.config.public_url.clone());
    let modules = async move |ctx: Ctx| -> Result<Json<Json_>, Failure> {
        ctx.permit(READ)?;
        let contracts = registry.contracts().await?;
        let out = registry.modules().await?.into_iter().map(|m| ModuleOut {
            contracts: contracts
                .iter()
                .filter(|c| c.module == m.code)
                .map(|c| format!("{} v{}", c.kind, c.version))
                .collect(),
            endpoint: format!("{url}/api/v1/{}", m.code),
            name: m.name.get(ctx.lang).to_owned(),
            state: m.state.word().to_owned(),
            version: m.version,
            code: m.code,
        });
        Ok(Json(json!({ "items": out.collect::<Vec<_>>() })))
    };
    let parts = databases::Parts::of(system);
    let databases = async move |ctx: Ctx| -> Result<Json<Json_>, Failure> {
        ctx.permit(READ)?;
        let all: Vec<DatabaseStatus> = databases::status(&parts).await?;
        Ok(Json(json!({ "items": all })))
    };
    let (modules, databases) = (Arc::new(modules), Arc::new(databases));
    Api::new()
        .get(
            "/api/v1/modules",
            move |ctx: Ctx| {
                let modules = modules.clone();
                async move { modules(ctx).await }
            },
            Doc::new("Every module: version, state, endpoint, contracts")
                .permission(READ)
                .pages::<ModuleOut>(),
        )
        .get(
            "/api/v1/databases",
            move |ctx: Ctx| {
                let databases = databases.clone();
                async move { databases(ctx).await }
            },
            Doc::new("Every database: place, state, schema version, log position").permission(READ),
        )
}

/// The document as one page: every endpoint with what it needs and answers, foldable, without a script.
pub(super) fn docs_page(document: &Json_) -> String {
    let empty = serde_json::Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty);
    let operations = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    let content = html! {
        div.docs {
            h1 { "Archipel API, version 1" }
            p { (document["info"]["description"].as_str().unwrap_or_default()) }
            p { a href="/api/v1/openapi.json" { "openapi.json" } " (OpenAPI 3.1)" }
            @for (path, method, operation) in operations {
                details id=(operation["operationId"].as_str().unwrap_or_default()) {
                    summary {
                        code { (method.to_uppercase()) " " (path) } " "
                        span { (operation["summary"].as_str().unwrap_or_default()) }
                    }
                    @if let Some(permission) = operation["x-permission"].as_str() {
                        p { "Permission: " code { (permission) } }
                    }
                    pre { code { (serde_json::to_string_pretty(operation).unwrap_or_default()) } }
                }
            }
            h2 { "Schemas" }
            @for (name, schema) in document["components"]["schemas"].as_object().unwrap_or(&empty) {
                details id=(format!("schema-{name}")) {
                    summary { code { (name) } }
                    pre { code { (serde_json::to_string_pretty(schema).unwrap_or_default()) } }
                }
            }
        }
    };
    web::ui::bare_page(kernel::Lang::En, "API", &content).into_string()
}
