//! Private PostgreSQL for tests: one shared cluster, a database per test, and clusters of one's own for tests that
//! kill, fill or configure a server.
//!
//! Invariants: a server listens on a unix socket in a folder of its own under `/tmp` (on TCP only when asked, and
//! then on 127.0.0.1 alone); it is stopped and its folder removed when its owner ends, however the owner ends; a
//! server that cannot start is a failure with the command that helps, never a skipped test.

mod cluster;
mod fresh;
mod shared;

pub use cluster::{Cluster, Options, free_port};
pub use fresh::{FreshDatabase, execute, fresh_database, fresh_database_on};
pub use shared::shared;

#[cfg(test)]
mod tests;
