//! Forms and their fields.

use crate::expr::{Expression, Type};
use kernel::Text;
use serde::{Deserialize, Serialize};

/// The largest integer that JSON carries exactly everywhere (RFC 8259, section 6: 2^53 − 1), in either sign.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// One form: what is asked, and which workflow the answers go through.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The code in events and addresses: `HEURE_SUP`.
    pub code: String,
    /// The version, from 1; an instance keeps the one it began with.
    pub version: u32,
    /// What it is called in lists and menus: "Overtime".
    pub title: Text,
    /// What its page is headed with, when that is more than the title: "Declare overtime".
    pub heading: Option<Text>,
    /// What the form is for, in a sentence.
    pub description: Option<Text>,
    /// The name of its workflow.
    pub workflow: String,
    /// The version of that workflow.
    pub workflow_version: u32,
    /// One line that tells an instance from another in lists; `{field}` stands for an answer. Holds no personal field.
    pub summary: Option<Text>,
    /// Groups of fields, in order.
    pub sections: Vec<Section>,
    /// The fields, in order.
    pub fields: Vec<Field>,
}

impl Form {
    /// The field with that key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

/// A group of fields under one heading.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The key that fields name.
    pub key: String,
    /// The heading.
    pub title: Text,
    /// A sentence below the heading.
    pub hint: Option<Text>,
    /// Whether its fields stand side by side.
    pub inline: bool,
}

/// One question, computed value or note.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The key in values and expressions.
    pub key: String,
    /// What it holds.
    pub kind: FieldType,
    /// The question.
    pub label: Text,
    /// Help below the question.
    pub hint: Option<Text>,
    /// The section it belongs to.
    pub section: Option<String>,
    /// Whether it must be filled in.
    pub required: Required,
    /// Shown only while this holds.
    pub show: Option<Expression>,
    /// What its value must satisfy.
    pub checks: Vec<Check>,
    /// Its value, when people do not type it.
    pub compute: Option<Expression>,
    /// Its first value in a new draft.
    pub prefill: Option<Expression>,
    /// Whether it speaks of a person: encrypted in the log, erased with them.
    pub personal: bool,
    /// What becomes of its value when it is hidden at submit.
    pub on_hide: OnHide,
}

/// When a field must be filled in, and what is said when it is not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// When.
    pub when: Requirement,
    /// What is said, instead of the general sentence.
    pub message: Option<Text>,
}

/// When a field must be filled in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// Never: it is optional.
    Never,
    /// Always, while it is shown.
    Always,
    /// While a condition holds and it is shown.
    When(Expression),
}

/// A condition on a field's value, checked when it has one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Must hold.
    pub ok: Expression,
    /// What to change; `{field}` stands for an answer.
    pub message: Text,
}

/// What becomes of a hidden field's value at submit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnHide {
    /// It is dropped, and expressions read it as not given.
    #[default]
    Drop,
    /// It is kept.
    Keep,
}

/// One answer of a choice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The stored code.
    pub value: String,
    /// What people read.
    pub label: Text,
    /// A sentence below it.
    pub hint: Option<Text>,
}

/// What a field holds. Bounds are inclusive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum FieldType {
    /// One line.
    Text {
        /// In characters.
        max_length: u32,
    },
    /// Several lines.
    LongText {
        /// In characters.
        max_length: u32,
    },
    /// A whole number.
    Int {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A number with a fixed count of decimals; written as a text such as `"12.50"`, computed as `1250`.
    Decimal {
        /// Decimals, 1 to 6.
        scale: u8,
        /// The smallest, scaled.
        min: i64,
        /// The largest, scaled.
        max: i64,
    },
    /// Euros: `{"amount_cents": 1250, "currency": "EUR"}`, computed in cents.
    Money {
        /// The smallest, in cents.
        min: i64,
        /// The largest, in cents.
        max: i64,
    },
    /// Yes or no.
    Bool,
    /// One of some answers.
    Choice {
        /// The answers.
        options: Vec<Choice>,
    },
    /// Any of some answers.
    MultiChoice {
        /// The answers.
        options: Vec<Choice>,
    },
    /// A day, `"2026-11-07"`; computed as days since 1970-01-01.
    Date,
    /// A local time, `"08:30"`; computed as minutes since midnight.
    Time,
    /// An instant, RFC 3339 in UTC; computed as minutes since 1970-01-01T00:00Z.
    DateTime,
    /// Whole minutes.
    Duration {
        /// The smallest, in minutes.
        min: i64,
        /// The largest, in minutes.
        max: i64,
    },
    /// A person, by UUID.
    Person,
    /// An e-mail address.
    Email,
    /// A telephone number, kept in international form: `+33612345678`.
    Phone,
    /// A bank account (ISO 13616), checked by its two digits.
    Iban,
    /// Two days, `{"from": "2026-12-21", "to": "2026-12-31"}`, both counted.
    Period,
    /// A sentence without an answer.
    Note,
}

impl FieldType {
    /// The name in declarations.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::LongText { .. } => "longtext",
            Self::Int { .. } => "int",
            Self::Decimal { .. } => "decimal",
            Self::Money { .. } => "money",
            Self::Bool => "bool",
            Self::Choice { .. } => "choice",
            Self::MultiChoice { .. } => "multichoice",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Duration { .. } => "duration",
            Self::Person => "person",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::Period => "period",
            Self::Note => "note",
        }
    }

    /// How expressions see it; `None` for a note, which they do not see.
    #[must_use]
    pub fn expression_type(&self) -> Option<Type> {
        Some(match self {
            Self::Int { .. }
            | Self::Decimal { .. }
            | Self::Money { .. }
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::Duration { .. } => Type::Int,
            Self::Bool => Type::Bool,
            Self::MultiChoice { .. } => Type::List(Box::new(Type::Text)),
            Self::Period => Type::Period,
            Self::Text { .. }
            | Self::LongText { .. }
            | Self::Choice { .. }
            | Self::Person
            | Self::Email
            | Self::Phone
            | Self::Iban => Type::Text,
            Self::Note => return None,
        })
    }

    /// Whether a sum over instances means something.
    #[must_use]
    pub fn is_summable(&self) -> bool {
        matches!(self, Self::Int { .. } | Self::Decimal { .. } | Self::Money { .. } | Self::Duration { .. })
    }
}
