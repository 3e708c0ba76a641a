//! One module asks another: a read of its API, as any caller makes it, through the same route, the same permission and
//! the same JSON. In this process the request goes to the router without a socket; who asks cannot tell.
//!
//! Invariants: only reads; under the asking module's own name, with the permissions that it declares and no person's; a
//! module that does not answer in time, or at all, is [`Away`], and what the others say still counts.

use crate::access::{Grant, Principal, Scope};
use crate::ctx::Ctx;
use crate::edge::Edge;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use kernel::{Lang, Uuid};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// How long the other module may take: a person waits for the page that asks.
const PATIENCE: Duration = Duration::from_secs(2);
/// The largest answer, in bytes.
const LARGEST: usize = 8 << 20;

/// The other module has no answer now, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Away {
    /// The path that was asked for.
    pub path: String,
    /// What happened, for the operator.
    pub why: String,
}

impl std::fmt::Display for Away {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

/// The right of one module to ask others.
#[derive(Clone)]
pub struct Calls {
    edge: Arc<Edge>,
    principal: Principal,
}

impl Calls {
    /// The calls of a module, under its own name, with these permissions of others.
    #[must_use]
    pub fn new(edge: &Arc<Edge>, module: &str, permissions: &[&str]) -> Self {
        let grant = |permission: &&str| Grant { permission: (*permission).to_owned(), scope: Scope::All };
        let principal = Principal {
            id: Uuid::nil(),
            email: format!("{module}@module"),
            name: module.to_owned(),
            title: String::new(),
            lang: Lang::default(),
            roles: BTreeSet::new(),
            grants: permissions.iter().map(grant).collect(),
            team: None,
            manages: BTreeSet::new(),
            session: Uuid::nil(),
        };
        Self { edge: edge.clone(), principal }
    }

    /// Asks for a path under `/api/v1`, and reads the answer. The correlation id is that of whoever wants to know.
    ///
    /// # Errors
    /// [`Away`], when there is no such answer, whatever the reason.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        correlation_id: Uuid,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Away> {
        let away = |why: String| Away { path: path.to_owned(), why };
        let answer = tokio::time::timeout(PATIENCE, self.answer(correlation_id, path, query)).await;
        let (status, body) = answer
            .map_err(|_| away(format!("no answer within {} s", PATIENCE.as_secs())))
            .and_then(|answer| answer.map_err(away))?;
        if !status.is_success() {
            let code = serde_json::from_slice::<serde_json::Value>(&body).ok();
            let code = code.and_then(|problem| problem["code"].as_str().map(str::to_owned));
            return Err(away(format!("{status}, {}", code.unwrap_or_else(|| "no such route".into()))));
        }
        serde_json::from_slice(&body).map_err(|error| away(format!("cannot be read: {error}")))
    }

    async fn answer(
        &self,
        correlation_id: Uuid,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<(StatusCode, axum::body::Bytes), String> {
        let Some(router) = self.edge.router() else { return Err("nobody serves".into()) };
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let uri = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut request = Request::get(&uri)
            .header(header::ACCEPT, "application/json")
            .body(Body::empty())
            .map_err(|error| error.to_string())?;
        request.extensions_mut().insert(self.ctx(correlation_id, uri));
        let response: Response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), LARGEST).await;
        Ok((status, body.map_err(|error| error.to_string())?))
    }

    fn ctx(&self, correlation_id: Uuid, path: String) -> Ctx {
        Ctx {
            edge: self.edge.clone(),
            principal: Some(self.principal.clone()),
            lang: Lang::default(),
            correlation_id,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: self.principal.email.clone(),
            csrf: String::new(),
            path,
            seen: self.edge.bus.mark(),
            wants_html: false,
        }
    }
}
