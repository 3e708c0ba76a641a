//! What the process itself answers: health, documentation, what there is, and the operator's console.

mod events;
mod health;
mod pages;
mod what;

use crate::system::System;
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing::get};
use kernel::Error;
use serde_json::Value as Json_;
use web::{Api, Doc, Failure};

/// The routes of the process itself.
#[must_use]
pub fn api(system: &System) -> Api {
    let api = Api::new().get("/api/v1/openapi.json", nothing_here, Doc::new("This document").public()).get(
        "/api/v1/docs",
        nothing_here,
        Doc::new("This document, to browse").public(),
    );
    // The document is made of all endpoints, so its own routes are laid last, by [`documentation`].
    let endpoints = api.endpoints;
    let api = Api { router: Router::new(), endpoints };
    api.merge(health::api(system))
        .merge(what::api(system))
        .merge(events::api(system))
        .merge(pages::api(system))
}

/// Adds the OpenAPI document and its browsable form.
pub fn documentation(router: Router, document: Json_) -> Router {
    let page = what::docs_page(&document);
    router
        .route("/api/v1/openapi.json", get(move || async move { Json(document) }))
        .route("/api/v1/docs", get(move || async move { Html(page) }))
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
