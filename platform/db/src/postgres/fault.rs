//! What an error of the driver means to a group of Batches.

use crate::DbError;
use tokio_postgres::error::{Severity, SqlState};

/// An error, sorted by what has to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// A table's constraint says no to one Batch.
    Constraint(String),
    /// One Batch asks for what cannot be done: a division by zero, a text that is no number.
    Refused(String),
    /// A deadlock or a serialization failure: the same again can succeed.
    Retry(String),
    /// A prepared statement has outlived the table's shape.
    Stale(String),
    /// A statement or a lock took longer than allowed.
    TooLong(String),
    /// The server's disk is full.
    DiskFull,
    /// A server that only reads, or cannot read or write its files.
    ReadOnly(String),
    /// The server has no room now.
    Busy(String),
    /// The connection is gone.
    Lost(String),
    /// An earlier statement of the transaction failed; that one says why.
    Aborted,
}

/// The server's own words with the code, or the driver's with its cause.
pub(super) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

/// Sorts an error.
pub(super) fn fault(error: &tokio_postgres::Error) -> Fault {
    let text = describe(error);
    let Some(db) = error.as_db_error() else {
        // Encoding errors cannot happen after the check of the parameters; everything else is the connection's end.
        let encoding = !error.is_closed() && text.starts_with("error serializing");
        return if encoding { Fault::Refused(text) } else { Fault::Lost(text) };
    };
    if matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
        return Fault::Lost(text);
    }
    let named = || db.constraint().map_or_else(|| text.clone(), ToOwned::to_owned);
    by_code(db.code(), &text, named)
}

fn by_code(code: &SqlState, text: &str, constraint: impl Fn() -> String) -> Fault {
    let text = text.to_owned();
    match code.code() {
        "25P02" => Fault::Aborted,
        "40001" | "40P01" => Fault::Retry(text),
        "0A000" | "26000" | "42804" => Fault::Stale(text),
        "53100" => Fault::DiskFull,
        "25006" | "58030" => Fault::ReadOnly(text),
        "57014" | "55P03" => Fault::TooLong(text),
        "57P01" | "57P02" | "57P03" | "57P05" => Fault::Lost(text),
        code => match code.get(..2) {
            Some("23") => Fault::Constraint(constraint()),
            Some("08") => Fault::Lost(text),
            Some("53") => Fault::Busy(text),
            _ => Fault::Refused(text),
        },
    }
}

impl Fault {
    /// Whether it is the doing of one job, so that the others can go on without it.
    pub(super) fn is_of_one_job(&self) -> bool {
        matches!(self, Self::Constraint(_) | Self::Refused(_) | Self::Stale(_) | Self::TooLong(_))
    }

    /// The answer to whoever asked, when nothing is to be tried again.
    pub(super) fn into_error(self) -> DbError {
        match self {
            Self::Constraint(name) => DbError::Constraint(name),
            Self::Refused(text) | Self::Stale(text) => DbError::Internal(text),
            Self::Retry(text) | Self::TooLong(text) | Self::Busy(text) | Self::Lost(text) => {
                DbError::Unavailable(text)
            }
            Self::DiskFull => DbError::DiskFull,
            Self::ReadOnly(text) => DbError::ReadOnly(text),
            Self::Aborted => DbError::internal("a statement failed before this one"),
        }
    }
}

/// An error as the answer of a single request outside of a group.
pub(super) fn answer(error: &tokio_postgres::Error) -> DbError {
    fault(error).into_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_must_be_done() {
        let sort = |code: &str| by_code(&SqlState::from_code(code), "x", || "item_pkey".into());
        assert_eq!(sort("23505"), Fault::Constraint("item_pkey".into()));
        assert_eq!(sort("40P01"), Fault::Retry("x".into()));
        assert_eq!(sort("0A000"), Fault::Stale("x".into()));
        assert_eq!(sort("53100"), Fault::DiskFull);
        assert_eq!(sort("25006"), Fault::ReadOnly("x".into()));
        assert_eq!(sort("53300"), Fault::Busy("x".into()));
        assert_eq!(sort("57P01"), Fault::Lost("x".into()));
        assert_eq!(sort("22012"), Fault::Refused("x".into()));
    }
}
