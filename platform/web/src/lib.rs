//! The HTTP edge: one place each for authentication, permission, limits, idempotency, errors, documentation, and the
//! frame of pages.
//!
//! Invariants:
//! - Deny by default: a route that is not declared public answers nobody who is not signed in.
//! - A command takes a [`Permit`], which only a checked permission makes.
//! - What a caller may not see answers 404; what they see but may not do answers 403.
//! - An error becomes an answer in one place.
//! - The edge names no module.

mod access;
mod api;
pub mod assets;
mod body;
mod calls;
pub mod csv;
mod ctx;
mod edge;
mod idempotency;
mod identity;
pub mod limits;
mod live;
mod module;
mod outer;
pub mod pages;
mod paging;
mod problem;
pub mod ui;

pub use access::{Access, Grant, Permit, Principal, Scope, predicate};
pub use api::{Api, Doc, Endpoint, openapi};
pub use body::{FormBody, JsonBody, Query};
pub use calls::{Away, Calls};
pub use ctx::Ctx;
pub use edge::{Edge, EdgeConfig, MenuGroup, MenuItem};
pub use idempotency::Key;
pub use identity::{Directory, Identity, People, Person, Team};
pub use live::changes;
pub use module::{Contract, Module, Parts, RoleGrant, Wiring};
pub use outer::{Outer, Page, cookie, outer, safe_next, session_cookie_name};
pub use paging::{Page as ListPage, encode as encode_cursor};
pub use problem::{Failure, problem};
