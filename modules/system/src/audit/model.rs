//! An entry of the audit, and the chain of hashes over entries.

use aws_lc_rs::digest::{Context, SHA256};
use db::{GENESIS, Hash};
use kernel::{Timestamp, Uuid};

/// One event of one log, as the audit keeps it: who, what, when, where, under which correlation id, and why it matters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its place in the audit, dense from 1.
    pub seq: u64,
    /// The database whose log holds the event.
    pub source: String,
    /// Its position there.
    pub position: u64,
    /// The event.
    pub event_id: Uuid,
    /// Its type.
    pub kind: String,
    /// Its stream.
    pub stream: String,
    /// Who acted: `person:ID` or `system:NAME`.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// One id for everything that followed from one request.
    pub correlation_id: Uuid,
    /// Why it matters: `FINANCIAL,GDPR`.
    pub tags: String,
    /// The event's hash in its own log.
    pub source_hash: Hash,
    /// The hash of the entry before.
    pub prev_hash: Hash,
    /// The hash of this entry.
    pub hash: Hash,
}

impl Entry {
    /// SHA-256 over the hash before and each column, every text preceded by its length, so that no two entries have
    /// the same bytes.
    #[must_use]
    pub fn chained(&self) -> Hash {
        let mut digest = Context::new(&SHA256);
        digest.update(&self.prev_hash);
        digest.update(&self.seq.to_be_bytes());
        digest.update(&self.position.to_be_bytes());
        digest.update(&self.at.0.to_be_bytes());
        digest.update(self.event_id.as_bytes());
        digest.update(self.correlation_id.as_bytes());
        for text in [&self.source, &self.kind, &self.stream, &self.actor, &self.tags] {
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.update(&self.source_hash);
        let mut hash = GENESIS;
        hash.copy_from_slice(digest.finish().as_ref());
        hash
    }

    /// What is wrong with this entry after the one before it, if anything is.
    pub(super) fn broken_after(&self, seq: u64, hash: &Hash) -> Option<String> {
        if self.seq != seq + 1 {
            return Some(format!("entry {} is missing: found {}", seq + 1, self.seq));
        }
        if self.prev_hash != *hash {
            return Some("it does not follow the entry before it".into());
        }
        (self.chained() != self.hash).then(|| "it was altered: its hash is another".into())
    }
}
