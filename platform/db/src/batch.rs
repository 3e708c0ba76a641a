//! A Batch: everything that one command changes, as data.

use crate::{DbError, Statement, Value};
use kernel::{Cause, Timestamp, Uuid};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What a write must find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// Any number of rows.
    Any,
    /// Exactly this many rows; another count is a miss, and the whole Batch fails as [`DbError::Missed`].
    Rows(u64),
}

/// One statement with its parameters and its expectation.
#[derive(Clone, Debug)]
pub struct Write {
    /// The statement.
    pub statement: Statement,
    /// Its parameters, in the order of the placeholders.
    pub params: Vec<Value>,
    /// What it must find.
    pub expect: Expect,
}

/// The version that a stream must have before an event is appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// Whatever it is; the writer looks it up.
    Any,
    /// Exactly this version; 0 means that the stream does not exist yet. The event becomes the next version.
    Version(u64),
}

/// A member of an event's data that speaks of a person; encrypted under that person's key before hashing, so that
/// erasing the key erases the member everywhere and the chain still verifies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Personal {
    /// JSON pointer (RFC 6901) of the member in the event's data.
    pub pointer: String,
    /// Whose data it is.
    pub subject: Uuid,
}

/// An event to append. Its instant is that of its Batch.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its identifier, for consumers that deduplicate.
    pub id: Uuid,
    /// Its type: `form.workflow.approve`, `payment.processed`.
    pub kind: String,
    /// The version of its contract, from 1.
    pub version: u32,
    /// The stream that it belongs to: `instance/0190…`.
    pub stream: String,
    /// The version that the stream must have.
    pub expected: Expected,
    /// What happened.
    pub data: serde_json::Value,
    /// Members of `data` that speak of a person.
    pub personal: Vec<Personal>,
    /// What it follows from, where that is not what the Batch follows from: a page of a consumer answers many events.
    pub cause: Option<Cause>,
}

impl NewEvent {
    /// The first version of a contract, on a stream of any version, without personal members.
    #[must_use]
    pub fn new(
        id: Uuid,
        kind: impl Into<String>,
        stream: impl Into<String>,
        data: serde_json::Value,
    ) -> Self {
        Self {
            id,
            kind: kind.into(),
            version: 1,
            stream: stream.into(),
            expected: Expected::Any,
            data,
            personal: Vec::new(),
            cause: None,
        }
    }
}

/// An idempotency key with the fingerprint of the request and the reply to keep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// The caller's key; unique per actor.
    pub key: String,
    /// Hash of the request (method, path, body); the same key with another fingerprint is an error.
    pub fingerprint: [u8; 32],
    /// HTTP status of the reply.
    pub status: u16,
    /// Body of the reply, as text.
    pub reply: String,
}

/// The reply kept for an idempotency key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredReply {
    /// Hash of the request that made it.
    pub fingerprint: [u8; 32],
    /// HTTP status of the reply.
    pub status: u16,
    /// Body of the reply.
    pub reply: String,
}

/// Everything that one command changes in one database: committed whole, or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// When the command was decided.
    pub at: Timestamp,
    /// Who acts, and why.
    pub cause: Cause,
    /// The rows, in order. Guards (expectations on a version) come first.
    pub writes: Vec<Write>,
    /// The events, in order.
    pub events: Vec<NewEvent>,
    /// The reply to keep, when the caller gave a key.
    pub idempotency: Option<Idempotency>,
}

impl Batch {
    /// An empty Batch.
    #[must_use]
    pub fn new(at: Timestamp, cause: Cause) -> Self {
        Self { at, cause, writes: Vec::new(), events: Vec::new(), idempotency: None }
    }

    /// Adds a write that may touch any number of rows.
    pub fn write(&mut self, statement: &Statement, params: Vec<Value>) -> &mut Self {
        self.writes.push(Write { statement: statement.clone(), params, expect: Expect::Any });
        self
    }

    /// Adds a write that must touch exactly one row: a guard when it comes first.
    pub fn expect_one(&mut self, statement: &Statement, params: Vec<Value>) -> &mut Self {
        self.writes.push(Write { statement: statement.clone(), params, expect: Expect::Rows(1) });
        self
    }

    /// Adds an event.
    pub fn event(&mut self, event: NewEvent) -> &mut Self {
        self.events.push(event);
        self
    }
}

/// What a committed Batch got.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Receipt {
    /// Position of its last event; the log's head when it wrote none.
    pub position: u64,
    /// Rows touched by each write, in order.
    pub rows: Vec<u64>,
}

impl Batch {
    /// The rows of `state` tables that this Batch writes, as (table, key, deleted), each once, the last word winning.
    ///
    /// # Errors
    /// When a statement names a key parameter that it was not given.
    pub(crate) fn touched(&self) -> Result<Vec<(String, String, bool)>, DbError> {
        let mut rows: Vec<(String, String, bool)> = Vec::new();
        let mut places: HashMap<(&str, String), usize> = HashMap::new();
        for write in &self.writes {
            let crate::Access::Row { table, key, deletes } = write.statement.access() else { continue };
            let parts = key.iter().map(|&n| {
                write.params.get(n.wrapping_sub(1)).map(Value::key_text).ok_or_else(|| {
                    DbError::internal(format!(
                        "`{}` has no parameter {n} for its key",
                        write.statement.name()
                    ))
                })
            });
            let key = parts.collect::<Result<Vec<_>, _>>()?.join("/");
            match places.entry((table, key.clone())) {
                Entry::Occupied(place) => rows[*place.get()].2 = *deletes,
                Entry::Vacant(place) => {
                    place.insert(rows.len());
                    rows.push((table.to_string(), key, *deletes));
                }
            }
        }
        Ok(rows)
    }
}
