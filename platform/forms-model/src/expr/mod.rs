//! Expressions of declarations: CEL, behind our own types so that no other crate names the interpreter.
//!
//! Invariants: the only numbers are 64-bit integers (minutes, cents, days, scaled decimals); an expression reads
//! named variables and nothing else; at most one comprehension level and 1,000 characters, so that evaluation is
//! bounded without a budget.

mod evaluate;
mod expression;
mod functions;
mod infer;
mod rewrite;
mod types;

pub use evaluate::{EvalError, Scope};
pub use expression::{Expression, MAX_EXPRESSION_CHARS, ParseError};
pub use functions::FUNCTIONS;
pub use infer::{Problem, TypeScope, infer};
pub use types::{Type, Var};

#[cfg(test)]
mod tests;
