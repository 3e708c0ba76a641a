//! Forms and workflows as data: declarations in files, a checker that names line and column, evaluation of fields,
//! the state machine of decisions, and the rules of working time.
//!
//! Invariant: pure functions. No clock, no file, no network, no database: whoever calls hands in the texts, the
//! present and the facts, and gets values, decisions or reasons back. The same input always gives the same output.

pub mod calendar;
pub mod check;
mod days;
pub mod define;
pub mod diff;
pub mod expr;
mod nearest;
mod template;
pub mod time;
pub mod values;
pub mod workflow;

pub use check::{Diagnostic, check};
pub use days::{from_days, to_days};
pub use define::Definition;
