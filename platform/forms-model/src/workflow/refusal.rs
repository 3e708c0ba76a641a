//! Why somebody may not do something, in their words.

use crate::define::{Audience, Verb};
use kernel::{Error, FieldError, Kind, Text};

/// Why a command on an instance is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Nothing of that kind is done in this state.
    NotAllowedFromState {
        /// What was tried.
        verb: Verb,
        /// Where the instance is, in the reader's words.
        state: Text,
    },
    /// The person does not hold one of the roles over this instance.
    RoleRequired {
        /// Who may.
        who: Vec<Audience>,
    },
    /// The person, or the one they stand in for, is the author or the subject.
    OwnRequest,
    /// A reason or a comment is required.
    CommentRequired,
    /// The comment is longer than allowed.
    CommentTooLong {
        /// The most, in characters.
        most: usize,
    },
    /// A condition of the declaration does not hold.
    GuardFailed {
        /// Why, in the declaration's words.
        message: Text,
    },
    /// A number that the condition needs is not known at this moment.
    FactUnknown {
        /// Its name.
        fact: String,
    },
    /// The answers cannot be sent as they are.
    InvalidValues(Vec<FieldError>),
}

impl Refusal {
    /// The stable code of the API's answer.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowedFromState { .. } => "not_allowed_from_state",
            Self::RoleRequired { .. } => "role_required",
            Self::OwnRequest => "own_request",
            Self::CommentRequired => "comment_required",
            Self::CommentTooLong { .. } => "comment_too_long",
            Self::GuardFailed { .. } => "guard_failed",
            Self::FactUnknown { .. } => "fact_unknown",
            Self::InvalidValues(_) => "invalid_values",
        }
    }

    /// The sentence for the user.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotAllowedFromState { state, verb } => {
                let (fr, en) = verb_words(*verb);
                Text::new(
                    format!("On ne peut pas {fr} une demande dans l’état «\u{a0}{}\u{a0}».", state.fr),
                    format!("A request in the state “{}” cannot be {en}.", state.en),
                )
            }
            Self::RoleRequired { .. } => Text::new(
                "Cette décision revient à une autre personne.",
                "This decision is somebody else’s to take.",
            ),
            Self::OwnRequest => Text::new(
                "Cette demande est la vôtre, ou celle de la personne que vous remplacez\u{202f}: une autre personne en décide.",
                "This request is yours, or that of the person you stand in for: somebody else decides on it.",
            ),
            Self::CommentRequired => Text::new(
                "Écrivez le motif\u{a0}: la personne concernée le lira.",
                "Give the reason: the person concerned will read it.",
            ),
            Self::CommentTooLong { most } => Text::new(
                format!("Gardez au plus {most} caractères dans le commentaire."),
                format!("Keep at most {most} characters in the comment."),
            ),
            Self::GuardFailed { message } => message.clone(),
            Self::FactUnknown { .. } => Text::new(
                "Un chiffre nécessaire à cette décision n’est pas disponible. Rien n’a été changé\u{202f}; réessayez dans une minute.",
                "A figure that this decision needs is not available. Nothing was changed; try again in a minute.",
            ),
            Self::InvalidValues(_) => {
                Text::new("Des réponses sont à corriger.", "Some answers need to be corrected.")
            }
        }
    }
}

fn verb_words(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Submit => ("envoyer", "sent"),
        Verb::Approve => ("approuver", "approved"),
        Verb::Refuse => ("refuser", "refused"),
        Verb::Comment => ("commenter", "commented on"),
        Verb::Close => ("clore", "closed"),
        Verb::Reopen => ("rouvrir", "reopened"),
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::RoleRequired { .. } | Refusal::OwnRequest => Kind::Forbidden,
            Refusal::InvalidValues(_) | Refusal::CommentRequired | Refusal::CommentTooLong { .. } => {
                Kind::Invalid
            }
            Refusal::FactUnknown { .. } => Kind::Unavailable { retry_after_s: 60 },
            Refusal::NotAllowedFromState { .. } | Refusal::GuardFailed { .. } => Kind::Refused,
        };
        let text = refusal.text();
        let mut error = Self::new(kind, refusal.code(), text.fr.clone(), text.en.clone());
        match refusal {
            Refusal::InvalidValues(fields) => error.fields = fields,
            Refusal::CommentRequired | Refusal::CommentTooLong { .. } => {
                error.fields = vec![FieldError { field: "comment".to_owned(), text }];
            }
            Refusal::FactUnknown { fact } => error.operator = format!("the fact `{fact}` was not provided"),
            Refusal::RoleRequired { who } => {
                let who: Vec<String> = who.iter().map(ToString::to_string).collect();
                error.operator = format!("one of {} is required", who.join(", "));
            }
            _ => {}
        }
        error
    }
}
