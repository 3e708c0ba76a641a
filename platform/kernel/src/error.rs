//! The one error that leaves a module: a kind that decides the answer, a stable code, a text for the user in both
//! languages, and a text for the operator that never reaches the user.

use crate::{Lang, Text};
use serde::{Deserialize, Serialize};

/// What went wrong, as the caller must treat it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The input cannot be used as it is (422; 400 when it cannot even be read).
    Invalid,
    /// Nobody is signed in, or the token has expired (401).
    Unauthenticated,
    /// The caller sees the thing but may not do this (403).
    Forbidden,
    /// It does not exist, or the caller may not see it: the two are told apart by nobody (404).
    NotFound,
    /// Somebody else was faster: read again and decide again (409).
    Conflict,
    /// The rules of the module say no (409 with the rule's code).
    Refused,
    /// The input is larger than the limit (413).
    TooLarge,
    /// Too many requests from this caller (429).
    TooMany {
        /// Seconds after which a new try can succeed.
        retry_after_s: u64,
    },
    /// A part is away for a while (503).
    Unavailable {
        /// Seconds after which a new try can succeed.
        retry_after_s: u64,
    },
    /// A defect or a broken environment (500).
    Internal,
}

/// A field that must change, and how.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's key, or a JSON pointer for nested input.
    pub field: String,
    /// What to change, in both languages.
    pub text: Text,
}

/// An error with two audiences. See [`Kind`] for what it does to the caller.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {operator}")]
pub struct Error {
    /// How the caller must treat it.
    pub kind: Kind,
    /// A stable name in `snake_case`, documented in `docs/errors/`.
    pub code: &'static str,
    /// What happened and what to do next, for the user.
    pub user: Text,
    /// The exact cause, for the operator and the log only. Never a secret.
    pub operator: String,
    /// Fields to correct, when the input is at fault.
    pub fields: Vec<FieldError>,
    /// More for programs: the changed values of a conflict, the position of a syntax error.
    pub details: Option<serde_json::Value>,
}

impl Error {
    /// An error of a kind; the operator's text is the code until [`Error::operator`] gives a better one.
    #[must_use]
    pub fn new(kind: Kind, code: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        let user = Text::new(fr, en);
        Self { kind, code, operator: user.en.clone(), user, fields: Vec::new(), details: None }
    }

    /// Input that must change before it can be used.
    #[must_use]
    pub fn invalid(code: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, code, fr, en)
    }

    /// A rule of the module says no.
    #[must_use]
    pub fn refused(code: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Refused, code, fr, en)
    }

    /// It does not exist, or is not the caller's to see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            Kind::NotFound,
            "not_found",
            "Cette page n’existe pas, ou elle n’est pas à vous.",
            "This page does not exist, or it is not yours.",
        )
    }

    /// The caller sees it but may not do this.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(
            Kind::Forbidden,
            "forbidden",
            "Votre rôle ne permet pas cette action.",
            "Your role does not allow this action.",
        )
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            Kind::Unauthenticated,
            "unauthenticated",
            "Connectez-vous pour continuer.",
            "Sign in to continue.",
        )
    }

    /// Somebody else changed it first.
    #[must_use]
    pub fn conflict(operator: impl Into<String>) -> Self {
        let mut error = Self::new(
            Kind::Conflict,
            "stale_version",
            "Quelqu’un a changé cette demande entre-temps. Relisez-la, puis décidez.",
            "Somebody changed this in the meantime. Read it again, then decide.",
        );
        error.operator = operator.into();
        error
    }

    /// A part is away; trying again later can succeed.
    #[must_use]
    pub fn unavailable(operator: impl Into<String>) -> Self {
        let mut error = Self::new(
            Kind::Unavailable { retry_after_s: 5 },
            "unavailable",
            "Cette partie ne répond pas. Rien n’a été changé\u{202f}; réessayez dans une minute.",
            "This part does not answer. Nothing was changed; try again in a minute.",
        );
        error.operator = operator.into();
        error
    }

    /// A defect or a broken environment; the user learns nothing but that it was noticed.
    #[must_use]
    pub fn internal(operator: impl Into<String>) -> Self {
        let mut error = Self::new(
            Kind::Internal,
            "internal",
            "Une erreur est survenue de notre côté. Elle est notée\u{202f}; réessayez.",
            "Something failed on our side. It was recorded; try again.",
        );
        error.operator = operator.into();
        error
    }

    /// Sets the operator's text.
    #[must_use]
    pub fn because(mut self, operator: impl Into<String>) -> Self {
        self.operator = operator.into();
        self
    }

    /// Adds a field to correct.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, fr: impl Into<String>, en: impl Into<String>) -> Self {
        self.fields.push(FieldError { field: field.into(), text: Text::new(fr, en) });
        self
    }

    /// Adds something that programs can read.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The user's text in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        self.user.get(lang)
    }
}
