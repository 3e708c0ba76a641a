//! What a module declares of the references that it keeps into other modules' databases, where no foreign key can
//! hold them.

use serde::{Deserialize, Serialize};

/// The name of the declaration: a list of [`Reference`].
pub const DECLARATION: &str = "references";

/// A column that names rows of another module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// The table that names.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The module that is named.
    pub module: String,
    /// Its table.
    pub owner_table: String,
    /// The column that identifies its rows.
    pub owner_column: String,
    /// Whether a name without a row is an error. Otherwise it is told to the operator and nothing more: the owner may
    /// know the row later, or never.
    pub strict: bool,
}

impl Reference {
    /// A reference from `table.column` to `module`'s `table.column` that must hold.
    #[must_use]
    pub fn new(from: (&str, &str), module: &str, to: (&str, &str)) -> Self {
        let own = str::to_owned;
        Self {
            table: own(from.0),
            column: own(from.1),
            module: own(module),
            owner_table: own(to.0),
            owner_column: own(to.1),
            strict: true,
        }
    }

    /// The same, told and not enforced.
    #[must_use]
    pub fn loose(mut self) -> Self {
        self.strict = false;
        self
    }
}
