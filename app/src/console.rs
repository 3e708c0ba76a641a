//! What the process itself answers: health, documentation, what there is, and the operator's console.

mod again;
mod consumers;
mod data;
mod databases;
mod desk;
mod docs;
mod events;
mod health;
mod islands;
mod letters;
mod modules;
mod overview;
mod references;
mod replays;
mod trace;
mod what;

use crate::system::System;
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json, Router, routing::get};
use kernel::Error;
use serde_json::Value as Json_;
use std::sync::Arc;
use web::{Api, Doc, Failure, Query};

/// The routes of the process itself.
#[must_use]
pub fn api(system: &System) -> Api {
    let api = Api::new().get("/api/v1/openapi.json", nothing_here, Doc::new("This document").public()).get(
        "/api/v1/docs",
        nothing_here,
        Doc::new("This document, to browse").public().query("q", "Only endpoints with all of these words."),
    );
    // The document is made of all endpoints, so its own routes are laid last, by [`documentation`].
    let endpoints = api.endpoints;
    let api = Api { router: Router::new(), endpoints };
    let desk = desk::Desk::of(system);
    system.edge.add_menu(desk::office_menu());
    api.merge(health::api(system))
        .merge(what::api(system, &desk))
        .merge(desk::api())
        .merge(overview::api(&desk))
        .merge(modules::api(&desk))
        .merge(databases::api(&desk))
        .merge(events::api(&desk))
        .merge(consumers::api(&desk))
        .merge(letters::api(&desk))
        .merge(references::api(system, &desk))
}

/// Adds the OpenAPI document and its browsable form, and lets the pages of the modules read it.
pub fn documentation(router: Router, document: Json_) -> Router {
    let document = Arc::new(document);
    let (shown, browsed) = (document.clone(), document.clone());
    router
        .route("/api/v1/openapi.json", get(move || async move { Json((*shown).clone()) }))
        .route("/api/v1/docs", get(move |query: Query| async move { Html(docs::page(&browsed, &query)) }))
        .layer(Extension(modules::Document(document)))
}

/// No route has this path.
pub async fn nothing_here() -> Response {
    Failure::from(Error::not_found()).into_response()
}

/// The path has no such method.
pub async fn no_such_method() -> Response {
    let error = Error::invalid(
        "method_not_allowed",
        "Cette adresse ne connaît pas cette méthode.",
        "This address does not know this method.",
    );
    let mut response = Failure::from(error).into_response();
    *response.status_mut() = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    response
}
