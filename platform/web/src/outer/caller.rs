//! Who calls, and from where.

use crate::access::Principal;
use crate::edge::Edge;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header};
use kernel::{Clock, Result, Uuid};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The session cookie beyond loopback: bound to this host and to HTTPS by its prefix (RFC 6265bis 4.1.3.2).
const SESSION_COOKIE_SECURE: &str = "__Host-archipel";
/// The session cookie on plain http, where a browser drops the prefixed one.
const SESSION_COOKIE: &str = "archipel";

/// The name of the session cookie.
#[must_use]
pub fn session_cookie_name(secure: bool) -> &'static str {
    if secure { SESSION_COOKIE_SECURE } else { SESSION_COOKIE }
}

/// What a caller shows.
pub(super) enum Credentials {
    None,
    Cookie(String),
    Bearer(String),
}

/// A cookie's value.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, value)| value.to_owned())
}

pub(super) fn credentials(headers: &HeaderMap, secure: bool) -> Credentials {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    if let Some(token) = bearer.and_then(|v| v.strip_prefix("Bearer ")) {
        return Credentials::Bearer(token.trim().to_owned());
    }
    cookie(headers, session_cookie_name(secure)).map_or(Credentials::None, Credentials::Cookie)
}

/// A bearer token that is not good is refused; a cookie that is not good is nobody.
pub(super) async fn principal(edge: &Edge, credentials: &Credentials) -> Result<Option<Principal>> {
    match credentials {
        Credentials::None => Ok(None),
        Credentials::Cookie(token) => edge.identity()?.by_cookie(token).await,
        Credentials::Bearer(token) => {
            let found = edge.identity()?.by_bearer(token).await?;
            Ok(Some(found.ok_or_else(kernel::Error::unauthenticated)?))
        }
    }
}

/// The trace id of W3C `traceparent`, or `X-Correlation-Id`, or a new one.
pub(super) fn correlation_id(request: &Request, clock: &dyn Clock) -> Uuid {
    let text = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    let trace = text("traceparent").and_then(|v| v.split('-').nth(1)).and_then(|v| Uuid::try_parse(v).ok());
    let given = || text("x-correlation-id").and_then(|v| Uuid::try_parse(v).ok());
    trace.or_else(given).filter(|id| !id.is_nil()).unwrap_or_else(|| clock.new_id())
}

/// The caller's address: the connection's, or, when that is a trusted proxy, the last address of `X-Forwarded-For`
/// that is not one.
pub(super) fn address(request: &Request, trusted: &[IpAddr]) -> IpAddr {
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let direct = connected.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    if !trusted.contains(&direct) {
        return direct;
    }
    let all = request.headers().get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let hops: Vec<IpAddr> =
        all.flat_map(|line| line.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !trusted.contains(hop)).unwrap_or(direct)
}
