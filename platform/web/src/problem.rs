//! One place where an error becomes an answer: problem+json (RFC 9457) for programs, a page for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Lang};
use serde_json::json;

/// A failed request. Handlers answer `Result<_, Failure>`; `?` turns a [`kernel::Error`] into one.
#[derive(Debug)]
pub struct Failure(pub Box<Error>);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Box::new(error))
    }
}

impl From<db::DbError> for Failure {
    fn from(error: db::DbError) -> Self {
        Error::from(error).into()
    }
}

/// The status of a kind of error.
#[must_use]
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict | Kind::Refused => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    /// Problem+json in English; the outermost layer words it in the caller's language, and makes it a page for people.
    fn into_response(self) -> Response {
        let mut response = problem(&self.0, Lang::En, None);
        response.extensions_mut().insert(std::sync::Arc::new(*self.0));
        response
    }
}

/// The problem document of an error.
#[must_use]
pub fn problem(error: &Error, lang: Lang, correlation: Option<&str>) -> Response {
    let status = status(error.kind);
    let mut body = json!({
        "type": format!("urn:archipel:error:{}", error.code),
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "code": error.code,
        "detail": error.text(lang),
    });
    if !error.fields.is_empty() {
        let fields = error.fields.iter().map(|f| json!({ "field": f.field, "detail": f.text.get(lang) }));
        body["errors"] = fields.collect();
    }
    if let Some(details) = &error.details {
        body["details"] = details.clone();
    }
    if let Some(correlation) = correlation {
        body["correlation_id"] = correlation.into();
    }
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Kind::TooMany { retry_after_s } | Kind::Unavailable { retry_after_s } = error.kind {
        headers.insert(header::RETRY_AFTER, retry_after_s.into());
    }
    response
}
