//! The built program, as somebody starts it from a terminal: what stands in its way is said in one clear line, what
//! was acknowledged outlives a full disk, and a stop leaves nothing open.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]

mod broker;
mod canary;
mod checkout;
mod full_disk;
mod guide;
mod refusals;
mod running;
mod sample;
mod stopping;
mod stored;
mod tls;
