//! What every answer carries to keep the reader's browser on our side.

use crate::ctx::Ctx;
use crate::edge::Edge;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// Nothing but our own files; no inline script or style, no frame, no other target of forms.
const CSP: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:";

pub(super) fn secure(edge: &Edge, ctx: &Ctx, response: &mut Response) {
    let headers = response.headers_mut();
    let always: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if edge.config.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if ctx.wants_html {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(ctx.lang.tag()));
        headers.append(header::VARY, HeaderValue::from_static("Cookie, Accept-Language"));
    }
}
