//! How a database on a server is opened.

use super::budget::PgBudget;
use super::url::PgUrl;
use std::time::Duration;

/// How a database on a server is opened.
#[derive(Clone, Debug)]
pub struct PgOptions {
    /// The server, the database and the role.
    pub url: PgUrl,
    /// The schema, when several modules share the database; `public` otherwise.
    pub schema: Option<String>,
    /// Connections that read at the same time, at most; the writer has one of its own.
    pub max_readers: usize,
    /// The connections that all databases of this server share.
    pub budget: PgBudget,
    /// How long one statement may run; the server cancels it afterwards.
    pub statement_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// How long a request waits for a connection, and a read altogether, before it is told that the database cannot
    /// be reached.
    pub patience: Duration,
}

impl PgOptions {
    /// A database with the limits that suit most.
    #[must_use]
    pub fn new(url: PgUrl, budget: PgBudget) -> Self {
        Self {
            url,
            schema: None,
            max_readers: 4,
            budget,
            statement_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            patience: Duration::from_secs(10),
        }
    }

    /// The advisory lock under which the log of this database, or of this schema of it, grows.
    pub(super) fn log_lock(&self) -> i64 {
        self.lock("log")
    }

    /// The advisory lock under which the steps of the schema are run.
    pub(super) fn migration_lock(&self) -> i64 {
        self.lock("migration")
    }

    /// Advisory locks are numbers and belong to a database: modules that share one differ by their schema. FNV-1a,
    /// because every program that ever writes this log must come to the same number.
    fn lock(&self, purpose: &str) -> i64 {
        let text = format!("archipel/{purpose}/{}", self.schema.as_deref().unwrap_or("public"));
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        i64::from_ne_bytes(hash.to_ne_bytes())
    }
}

/// A name as SQL writes it, whatever it holds.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it. The session has `standard_conforming_strings`, so that a backslash is itself.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_differ_by_schema_and_purpose_and_never_change() {
        let mut options = PgOptions::new(PgUrl::parse("postgres://h/d").unwrap(), PgBudget::new(1));
        let log = options.log_lock();
        assert_eq!(log, -5_958_073_452_266_316_000);
        assert_ne!(log, options.migration_lock());
        options.schema = Some("heures".into());
        assert_ne!(log, options.log_lock());
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("d'or"), "'d''or'");
    }
}
