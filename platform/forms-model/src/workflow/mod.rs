//! Decisions: who may do what to an instance, and what follows.
//!
//! Invariants: [`decide`] changes nothing, it says what changes; a person never decides on their own instance unless
//! the declaration allows it, not even for somebody else by delegation; the first transition that fits is taken.

mod decide;
mod refusal;

pub use decide::{ActorFacts, Change, Command, Held, InstanceFacts, Moment, available, decide};
pub use refusal::Refusal;

#[cfg(test)]
mod tests;
