//! An event as the log keeps it, and the chain of hashes over the stored bytes.

use crate::{Batch, NewEvent};
use aws_lc_rs::digest::{Context, SHA256};
use kernel::{Timestamp, Uuid};

/// A SHA-256 hash of the chain.
pub type Hash = [u8; 32];

/// The hash before the first event.
pub const GENESIS: Hash = [0; 32];

/// One entry of a database's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Dense position from 1, in commit order.
    pub position: u64,
    /// When the command was decided; data, not order.
    pub at: Timestamp,
    /// Its identifier.
    pub id: Uuid,
    /// Its type.
    pub kind: String,
    /// The version of its contract.
    pub version: u32,
    /// The stream that it belongs to.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub stream_version: u64,
    /// Who acted, as text.
    pub actor: String,
    /// One id for everything that follows from one request.
    pub correlation_id: Uuid,
    /// The event that led here.
    pub causation_id: Option<Uuid>,
    /// What happened: the very text that was stored and hashed.
    pub data: String,
    /// Hash over the previous hash and everything above.
    pub hash: Hash,
}

/// A row of a `state` table that was written or deleted at a position of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowChange {
    /// Its table.
    pub table: String,
    /// Its key as text, the parts separated by `/`.
    pub key: String,
    /// The position of the last event of the Batch that wrote it.
    pub position: u64,
    /// Whether it is gone.
    pub deleted: bool,
}

/// The first place where a log does not verify.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChainError {
    /// A position is missing or doubled.
    #[error("position {expected} is missing: found {found}")]
    Gap {
        /// The position that should come next.
        expected: u64,
        /// The one that was found.
        found: u64,
    },
    /// The stored hash is not the hash of the stored content.
    #[error("position {0} was altered")]
    Altered(u64),
}

impl Event {
    /// The stored form of a new event at its place; the hash comes last.
    pub(crate) fn from_new(new: &NewEvent, batch: &Batch, position: u64, stream_version: u64) -> Self {
        let cause = new.cause.as_ref().unwrap_or(&batch.cause);
        Self {
            position,
            at: batch.at,
            id: new.id,
            kind: new.kind.clone(),
            version: new.version,
            stream: new.stream.clone(),
            stream_version,
            actor: cause.actor.clone(),
            correlation_id: cause.correlation_id,
            causation_id: cause.causation_id,
            data: new.data.to_string(),
            hash: GENESIS,
        }
    }

    /// The hash of this event after a previous one: SHA-256 over the previous hash and each field, every
    /// variable one preceded by its length, so that no two events have the same bytes.
    #[must_use]
    pub fn chained(&self, previous: &Hash) -> Hash {
        let mut digest = Context::new(&SHA256);
        digest.update(previous);
        digest.update(&self.position.to_be_bytes());
        digest.update(&self.at.0.to_be_bytes());
        digest.update(self.id.as_bytes());
        for text in [&self.kind, &self.stream, &self.actor, &self.data] {
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.update(&self.version.to_be_bytes());
        digest.update(&self.stream_version.to_be_bytes());
        digest.update(self.correlation_id.as_bytes());
        digest.update(self.causation_id.map_or([0; 16], Uuid::into_bytes).as_slice());
        let mut hash = GENESIS;
        hash.copy_from_slice(digest.finish().as_ref());
        hash
    }

    /// Checks that this event follows the position and hash before it.
    ///
    /// # Errors
    /// [`ChainError`] when it does not.
    pub fn follows(&self, position: u64, hash: &Hash) -> Result<(), ChainError> {
        if self.position != position + 1 {
            return Err(ChainError::Gap { expected: position + 1, found: self.position });
        }
        if self.chained(hash) == self.hash { Ok(()) } else { Err(ChainError::Altered(self.position)) }
    }

    /// The data as JSON, personal members still sealed.
    ///
    /// # Errors
    /// When the stored text is not JSON, which only damage can cause.
    pub fn json(&self) -> Result<serde_json::Value, crate::DbError> {
        serde_json::from_str(&self.data)
            .map_err(|e| crate::DbError::internal(format!("event {} is not JSON: {e}", self.position)))
    }
}
