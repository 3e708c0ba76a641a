//! Carrying: the news that a log has grown, inside one process, and events themselves through a RabbitMQ broker.
//!
//! Invariants:
//! - The log stays the source. A signal is a hint to read it, and a lost one costs a look, never an event; a broker is
//!   a courier, and what it loses is sent again.
//! - A message is taken when the broker has confirmed it, and done when its receiver has acknowledged it; in between
//!   it may be delivered twice, never zero times, as long as the broker keeps its disk.
//! - Personal members travel sealed: what lies in a queue does not outlive the erasure of a person.

mod embedded;
mod message;
mod rabbit;

pub use embedded::{Bus, Listener, Mark, Signal};
pub use message::{CONTENT_TYPE, Message, Unreadable};
pub use rabbit::{
    Broker, BusError, Confirm, DEAD, EXCHANGE, Outcome, Publisher, Queues, RETRY_AFTER_MS, Received,
    Subscription,
};
