//! What every engine must do: the contract of `db`, through its public door.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]

mod groups;
mod island;
mod log;
mod migrations;
mod personal;
mod tenants;
mod values;
mod wal;
mod writes;
