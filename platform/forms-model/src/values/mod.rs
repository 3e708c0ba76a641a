//! Answers: reading them from JSON or from an HTML form, computing and checking them, showing them.
//!
//! Invariants: a value is kept in one canonical JSON form per field type; an absent key is "not given", and `null`
//! and empty texts are never kept; what a hidden field holds never influences anything unless declared `keep`.

mod convert;
mod display;
mod evaluate;
mod facts;
mod fault;
mod formats;
mod parse_json;
mod parse_text;
mod schema;
mod validate;

pub use display::{display, input_text};
pub use evaluate::{Evaluation, FieldState, dependencies, evaluate, prefill, submit};
pub use facts::Facts;
pub use parse_json::parse_json;
pub use parse_text::parse_text;
pub use schema::json_schema;

pub(crate) use evaluate::scope;

use kernel::FieldError;
use serde_json::Value;
use std::collections::BTreeMap;

/// The answers of an instance, by field key.
pub type Values = BTreeMap<String, Value>;

/// What could be read of an input, and what could not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parsed {
    /// The answers that could be read, in canonical form.
    pub values: Values,
    /// The others.
    pub errors: Vec<FieldError>,
}

impl Parsed {
    /// The answers, when all could be read.
    ///
    /// # Errors
    /// The fields to correct.
    pub fn into_result(self) -> Result<Values, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(self.values) } else { Err(self.errors) }
    }
}

#[cfg(test)]
mod tests;
