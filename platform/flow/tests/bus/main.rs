//! What every way of carrying events must hold: the embedded one, where a consumer reads the log itself, and RabbitMQ.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]

mod broken;
mod compliance;
mod fencing;
mod wire;
mod world;
