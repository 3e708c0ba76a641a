//! What can go wrong between a command and its database.

use crate::StoredReply;
use kernel::Error;

/// Why a database did not do what was asked. Nothing was changed unless [`DbError::Unknown`] says otherwise.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DbError {
    /// An expectation was missed: read again and decide again.
    #[error("statement `{statement}` found {found} rows, expected {expected}")]
    Missed {
        /// The statement that missed.
        statement: String,
        /// Rows expected.
        expected: u64,
        /// Rows found.
        found: u64,
    },
    /// A stream has another version than expected.
    #[error("stream `{0}` has moved on")]
    StreamMoved(String),
    /// The idempotency key was used before; this is the reply that it got.
    #[error("the idempotency key was used before")]
    Repeated(Box<StoredReply>),
    /// A constraint of a table says no: a unique key exists, a check fails.
    #[error("constraint: {0}")]
    Constraint(String),
    /// The statement is not registered in this database's schema.
    #[error("statement `{0}` is not registered in this database")]
    Unregistered(String),
    /// The schema, or a statement of it, is not acceptable.
    #[error("schema: {0}")]
    Schema(String),
    /// The database does not take writes: quarantined after a failed flush, moved or archived.
    #[error("the database takes no writes: {0}")]
    ReadOnly(String),
    /// The disk is full. What was written before is whole; writes go on when there is room.
    #[error("the database takes no writes: the disk is full; free some space, then try again")]
    DiskFull,
    /// The server or file cannot be reached now.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The file or database is not ours, newer than this program, damaged, or sealed under another key.
    #[error("{0}")]
    Unfit(String),
    /// The connection broke after COMMIT was sent and the outcome could not be read back.
    #[error("the outcome of the commit is not known: {0}")]
    Unknown(String),
    /// A defect.
    #[error("{0}")]
    Internal(String),
}

impl DbError {
    /// A defect, described.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(text.into())
    }

    /// Whether reading again and deciding again can help.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Missed { .. } | Self::StreamMoved(_))
    }

    /// Whether waiting can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unknown(_) | Self::ReadOnly(_) | Self::DiskFull)
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        let cause = error.to_string();
        match error {
            DbError::Missed { .. } | DbError::StreamMoved(_) => Self::conflict(cause),
            DbError::ReadOnly(_) | DbError::DiskFull | DbError::Unavailable(_) | DbError::Unknown(_) => {
                Self::unavailable(cause)
            }
            DbError::Constraint(_)
            | DbError::Repeated(_)
            | DbError::Unregistered(_)
            | DbError::Schema(_)
            | DbError::Unfit(_)
            | DbError::Internal(_) => Self::internal(cause),
        }
    }
}
