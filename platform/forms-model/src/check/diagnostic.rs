//! One thing that is wrong with a declaration.

use serde::Serialize;

/// What is wrong, where, and what was expected.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Diagnostic {
    /// The file, relative to the module's folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What was expected.
    pub expected: String,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, column, what, expected } = self;
        write!(f, "{file}:{line}:{column}: {what}; expected {expected}")
    }
}
