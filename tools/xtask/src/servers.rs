//! The servers that the tests need. The code is testkit's; it is compiled here from its files, because depending on
//! testkit would build every database driver before the first check could run.

#[path = "../../testkit/src/chromium.rs"]
pub mod chromium;
#[path = "../../testkit/src/install.rs"]
pub mod install;
#[path = "../../testkit/src/postgres/cluster.rs"]
#[allow(dead_code, reason = "testkit uses the rest")]
pub mod postgres;

use anyhow::{Context, Result};
use postgres::{Cluster, Options};
use std::process::Command;

/// What the tests read the socket folder from.
const TEST_PG: &str = "ARCHIPEL_TEST_PG";

/// Starts a private PostgreSQL for a stage; it is stopped when the value is dropped, or when this process ends in
/// any other way.
pub fn start(durable: bool) -> Result<Cluster> {
    let options = if durable { Options::durable() } else { Options::default() };
    Cluster::start(options).context("the tests need PostgreSQL")
}

/// Tells a command where the server is.
pub fn offer<'a>(cluster: &Cluster, command: &'a mut Command) -> &'a mut Command {
    command.env(TEST_PG, cluster.socket_dir())
}
