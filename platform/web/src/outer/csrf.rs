//! Cross-site requests: a form of this house carries a token bound to the session; every unsafe request that comes
//! with a cookie must show it, and must not come from another site.

use super::caller::Credentials;
use crate::edge::EdgeConfig;
use crate::limits;
use aws_lc_rs::{constant_time, digest};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use kernel::{Error, Kind, Result};

/// The field of a form, and the header of a script, that carry the token.
const FIELD: &str = "csrf";
const HEADER: &str = "x-csrf-token";

/// The token of a session: a hash of the cookie, which scripts of other sites cannot read.
pub(super) fn token(credentials: &Credentials) -> String {
    let Credentials::Cookie(session) = credentials else { return String::new() };
    let hash = digest::digest(&digest::SHA256, format!("csrf {session}").as_bytes());
    hash.as_ref().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

fn foreign() -> Error {
    Error::new(
        Kind::Forbidden,
        "cross_site",
        "Cette demande vient d’une autre page, ou d’une session qui a pris fin. Rechargez la page, puis réessayez.",
        "This request comes from another page, or from a session that has ended. Reload the page, then try again.",
    )
}

fn same_site(headers: &HeaderMap, config: &EdgeConfig) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    match headers.get("sec-fetch-site").and_then(|v| v.to_str().ok()) {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = text(header::HOST).unwrap_or_default();
    origin == config.public_url || origin.split_once("://").is_some_and(|(_, rest)| rest == host)
}

/// Lets safe requests, bearer tokens and forms of this house pass.
pub(super) async fn check(
    request: Request,
    credentials: &Credentials,
    expected: &str,
    config: &EdgeConfig,
) -> Result<Request> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || matches!(credentials, Credentials::Bearer(_)) {
        return Ok(request);
    }
    if !same_site(request.headers(), config) {
        return Err(foreign().because("Origin or Sec-Fetch-Site of another site"));
    }
    if matches!(credentials, Credentials::None) {
        return Ok(request);
    }
    let shown = request.headers().get(HEADER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let (shown, request) = match shown {
        Some(shown) => (shown, request),
        None => from_form(request).await?,
    };
    match constant_time::verify_slices_are_equal(shown.as_bytes(), expected.as_bytes()) {
        Ok(()) => Ok(request),
        Err(_) => Err(foreign().because("the CSRF token is missing or of another session")),
    }
}

/// Reads the token from a form's body, and puts the body back.
async fn from_form(request: Request) -> Result<(String, Request)> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, limits::BODY).await.map_err(|_| {
        Error::new(
            Kind::TooLarge,
            "too_large",
            "Ce que vous envoyez dépasse 1 Mo. Réduisez-le, puis réessayez.",
            "What you send is larger than 1 MB. Make it smaller, then try again.",
        )
    })?;
    let field = form_urlencoded::parse(&bytes).find(|(name, _)| name == FIELD).map(|(_, v)| v.into_owned());
    Ok((field.unwrap_or_default(), Request::from_parts(parts, Body::from(bytes))))
}
