//! Private RabbitMQ for tests: one shared node with a virtual host per test, and nodes of one's own for tests that
//! kill a broker or make it lose everything.
//!
//! Invariants: a node has an epmd of its own, and everything listens on 127.0.0.1 alone, on ports of its own; both are
//! stopped and their folder removed when their owner ends, however the owner ends; a broker that cannot start is a
//! failure with the command that helps, never a skipped test.

mod host;
mod node;
mod shared;

pub use host::VirtualHost;
pub use node::Node;
pub use shared::virtual_host;

#[cfg(test)]
mod tests;
