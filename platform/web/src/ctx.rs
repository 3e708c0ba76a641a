//! A request, as handlers see it: who, in which language, under which correlation id, from where.

use crate::access::{Permit, Principal};
use crate::edge::Edge;
use crate::problem::Failure;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::{Actor, Cause, Error, Lang, Result, Timestamp, Uuid};
use std::net::IpAddr;
use std::sync::Arc;

/// A request, as handlers see it. Made by the outermost layer; a handler names it as an argument.
#[derive(Clone)]
pub struct Ctx {
    /// The edge.
    pub edge: Arc<Edge>,
    /// Who is signed in.
    pub principal: Option<Principal>,
    /// The language of the answer.
    pub lang: Lang,
    /// One id for everything that follows from this request.
    pub correlation_id: Uuid,
    /// The caller's address, as far as trusted proxies tell.
    pub address: IpAddr,
    /// The caller's program.
    pub user_agent: String,
    /// The token that forms of this session carry.
    pub csrf: String,
    /// The path that was asked for.
    pub path: String,
    /// How far the caller has followed the news; for whoever does not say it, up to the request's beginning.
    pub seen: bus::Mark,
    /// Whether the answer is a page for people.
    pub wants_html: bool,
}

impl Ctx {
    /// Who is signed in.
    ///
    /// # Errors
    /// Unauthenticated.
    pub fn principal(&self) -> Result<&Principal> {
        self.principal.as_ref().ok_or_else(Error::unauthenticated)
    }

    /// The proof that the caller holds a permission.
    ///
    /// # Errors
    /// Unauthenticated, or forbidden.
    pub fn permit(&self, permission: &str) -> Result<Permit> {
        self.principal()?.permit(permission)
    }

    /// The cause of what the caller does.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let actor = match &self.principal {
            Some(principal) => Actor::Person(principal.id),
            None => Actor::system("anonymous"),
        };
        Cause::new(&actor, self.correlation_id)
    }

    /// Now, by the edge's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.edge.clock.now()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::internal("a route stands outside of the edge").into())
    }
}
