//! Working time.
mod rules;

pub use rules::{AutomaticBreak, Band, Basis, Limit, RuleSource, TimeRules};
