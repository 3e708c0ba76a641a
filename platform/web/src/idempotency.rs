//! Idempotency keys: the reply is stored in the Batch of the effect, bound to a fingerprint of the request.

use crate::ctx::Ctx;
use crate::problem::Failure;
use aws_lc_rs::digest;
use axum::extract::FromRequestParts;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use db::{Batch, Db, DbError, Idempotency, Receipt, StoredReply};
use kernel::{Error, Result};
use serde::Serialize;

/// Characters of a key, at most.
const LONGEST: usize = 200;

/// The caller's `Idempotency-Key`, when there is one.
#[derive(Clone, Debug, Default)]
pub struct Key {
    key: Option<String>,
    request: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let request = format!("{} {}", parts.method, parts.uri.path());
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self { key: None, request });
        };
        let key = value.to_str().ok().filter(|k| !k.is_empty() && k.len() <= LONGEST).ok_or_else(|| {
            Error::invalid(
                "bad_idempotency_key",
                "La clé d’idempotence compte 1 à 200 caractères visibles.",
                "The idempotency key has 1 to 200 visible characters.",
            )
        })?;
        Ok(Self { key: Some(key.to_owned()), request })
    }
}

impl Key {
    fn fingerprint(&self, body: &[u8]) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(self.request.as_bytes());
        context.update(&[0]);
        context.update(body);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(context.finish().as_ref());
        fingerprint
    }

    /// The reply that this key got before, before anything is decided again.
    ///
    /// # Errors
    /// Refused when the key was used for another request.
    pub async fn replay(&self, ctx: &Ctx, db: &Db, body: &[u8]) -> Result<Option<Response>> {
        let Some(key) = &self.key else { return Ok(None) };
        let stored = db.reply_of(&ctx.cause().actor, key).await?;
        stored.map(|stored| self.answer(&stored, body)).transpose()
    }

    fn answer(&self, stored: &StoredReply, body: &[u8]) -> Result<Response> {
        if stored.fingerprint != self.fingerprint(body) {
            return Err(Error::refused(
                "idempotency_key_reused",
                "Cette clé d’idempotence a déjà servi à une autre demande. Prenez-en une nouvelle.",
                "This idempotency key was used for another request. Take a new one.",
            ));
        }
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
        let mut response = json(status, stored.reply.clone());
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        Ok(response)
    }

    /// Commits a Batch and answers with a body; the body is kept under the key in the same commit.
    ///
    /// # Errors
    /// As [`Db::write`]; refused when the key was used for another request.
    pub async fn commit<T: Serialize>(
        &self,
        db: &Db,
        mut batch: Batch,
        raw: &[u8],
        status: StatusCode,
        body: &T,
    ) -> Result<Response, DbError> {
        let reply = serde_json::to_string(body).map_err(|e| DbError::internal(e.to_string()))?;
        batch.idempotency = self.key.as_ref().map(|key| Idempotency {
            key: key.clone(),
            fingerprint: self.fingerprint(raw),
            status: status.as_u16(),
            reply: reply.clone(),
        });
        match db.write(batch).await {
            Ok(receipt) => Ok(with_position(json(status, reply), db, &receipt)),
            Err(DbError::Repeated(stored)) => {
                Ok(self.answer(&stored, raw).unwrap_or_else(|error| Failure::from(error).into_response()))
            }
            Err(error) => Err(error),
        }
    }
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Tells where the write stands, so that the next read elsewhere can wait for it.
fn with_position(mut response: Response, db: &Db, receipt: &Receipt) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("{}:{}", db.id(), receipt.position)) {
        response.headers_mut().insert("archipel-position", value);
    }
    response
}
