//! The values that expressions compute with, and their types.

use std::collections::BTreeMap;

/// A value inside an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Var {
    /// True or false.
    Bool(bool),
    /// Minutes, cents, days since 1970-01-01, minutes since midnight, or a scaled decimal: the field's type says.
    Int(i64),
    /// Any text; codes of choices and identifiers too.
    Text(String),
    /// The chosen codes of a `multichoice` field.
    List(Vec<Self>),
    /// A `period`: its `from`, `to` (days since 1970-01-01) and `days` (both ends counted).
    Record(BTreeMap<String, i64>),
}

impl Var {
    /// The boolean, when it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The integer, when it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }
}

/// The type of a [`Var`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// True or false.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A text.
    Text,
    /// A list of one type.
    List(Box<Self>),
    /// A `period`, read by `.from`, `.to` and `.days`.
    Period,
    /// Not known, because of an empty list or of an error that is already reported: fits everything.
    Unknown,
}

impl Type {
    /// Whether a value of this type may stand where the other is expected.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (Self::List(a), Self::List(b)) => a.fits(b),
            _ => self == other,
        }
    }

    /// The value that stands for "not given".
    #[must_use]
    pub fn default_value(&self) -> Var {
        match self {
            Self::Bool => Var::Bool(false),
            Self::Int | Self::Unknown => Var::Int(0),
            Self::Text => Var::Text(String::new()),
            Self::List(_) => Var::List(Vec::new()),
            Self::Period => Var::Record(["from", "to", "days"].map(|key| (key.to_owned(), 0)).into()),
        }
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Int => f.write_str("an integer"),
            Self::Text => f.write_str("a text"),
            Self::List(of) => write!(f, "a list of {of}"),
            Self::Period => f.write_str("a period"),
            Self::Unknown => f.write_str("anything"),
        }
    }
}
