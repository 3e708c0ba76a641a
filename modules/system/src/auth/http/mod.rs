//! The routes of the API, with their permission and documentation line by line.

mod import;
mod me;
mod people;
mod roles;
mod sign_in;
mod teams;

pub use people::filter as people_filter;
pub use sign_in::caller;
pub use teams::reaches as reaches_team;

use super::commands::{self, Auth};
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use db::Batch;
use kernel::{Error, Result, Uuid};
use serde::Serialize;
use std::future::Future;
use std::sync::Arc;
use web::{Api, Ctx, Failure, Key};

/// Times that a command is decided again when somebody was faster.
const TRIES: u32 = 4;

/// Every route of the API.
#[must_use]
pub fn api(auth: &Arc<Auth>) -> Api {
    sign_in::api(auth)
        .merge(me::api(auth))
        .merge(people::api(auth))
        .merge(import::api(auth))
        .merge(teams::api(auth))
        .merge(roles::api(auth))
}

/// An identifier of a path; what is none names nothing.
///
/// # Errors
/// Not found.
pub fn id(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::not_found())
}

/// Decides a command and commits it with the caller's idempotency key, again when somebody was faster. What is kept
/// under the key is the reply without secrets.
async fn commit<T, R, F>(
    auth: &Auth,
    ctx: &Ctx,
    (key, raw): (&Key, &[u8]),
    (status, reply): (StatusCode, impl Fn(&T) -> R),
    command: impl Fn() -> F,
) -> Result<(Response, Option<T>), Failure>
where
    R: Serialize,
    F: Future<Output = Result<(Batch, T)>>,
{
    if let Some(stored) = key.replay(ctx, auth.db(), raw).await? {
        return Ok((stored, None));
    }
    let mut tries = 0;
    loop {
        let (batch, done) = command().await?;
        tries += 1;
        match key.commit(auth.db(), batch, raw, status, &reply(&done)).await {
            Ok(response) => {
                let replayed = response.headers().contains_key("idempotency-replayed");
                return Ok((response, Some(done).filter(|_| !replayed)));
            }
            Err(error) if commands::again(&error) && tries < TRIES => {}
            Err(error) => return Err(commands::refine(error).into()),
        }
    }
}

/// The same answer with a secret that is told once: its headers stay, its body is another.
fn told_once<R: Serialize>(response: Response, body: &R) -> Result<Response> {
    let text = serde_json::to_string(body).map_err(|e| Error::internal(e.to_string()))?;
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(text)))
}
