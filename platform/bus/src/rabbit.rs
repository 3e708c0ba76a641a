//! RabbitMQ: one connection for a process, kept, and found again on whichever address answers.
//!
//! Invariants:
//! - Whoever gets a connection gets it with every exchange, queue and binding declared: nothing that a consumer waits
//!   for is published into the void.
//! - Nothing waits without a bound: an address that does not answer is passed over after ten seconds.

mod address;
mod broker;
mod error;
mod publisher;
mod subscription;
mod topology;

pub use broker::Broker;
pub use error::BusError;
pub use publisher::{Confirm, Outcome, Publisher};
pub use subscription::{Received, Subscription};
pub use topology::{DEAD, EXCHANGE, Queues, RETRY_AFTER_MS};
