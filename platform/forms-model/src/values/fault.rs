//! What can be wrong with one answer, and the sentence that says how to put it right.

use super::display::{amount, duration, number};
use crate::define::{Field, FieldType};
use kernel::{FieldError, Lang, Text};

/// What is wrong with an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// The text or JSON value is not of the field's type.
    Unreadable,
    /// It must be filled in.
    Missing,
    /// Below the smallest, which is given in the field's unit.
    TooSmall(i64),
    /// Above the largest, which is given in the field's unit.
    TooLarge(i64),
    /// Longer than so many characters; how many there are.
    TooLong(u32, usize),
    /// A line break in one line, or a character that no text may hold.
    BadCharacter,
    /// Not one of the answers.
    NotAChoice,
    /// A period that ends before it begins.
    Reversed,
    /// Its check digits are wrong.
    CheckDigits,
    /// The local time does not exist, because the clocks moved forward over it.
    SkippedByClock,
}

impl Fault {
    /// The error for a field.
    pub(super) fn at(&self, field: &Field) -> FieldError {
        let (fr, en) = self.sentence(&field.kind);
        let text = Text::new(format!("{}\u{a0}: {fr}", field.label.fr), format!("{}: {en}", field.label.en));
        FieldError { field: field.key.clone(), text }
    }

    fn sentence(&self, kind: &FieldType) -> (String, String) {
        let both = |fr: &str, en: &str| (fr.to_owned(), en.to_owned());
        match self {
            Self::Unreadable => how_to_write(kind),
            Self::Missing => missing(kind),
            Self::TooSmall(least) => (
                format!("indiquez au moins {}", in_unit(kind, *least, Lang::Fr)),
                format!("give at least {}", in_unit(kind, *least, Lang::En)),
            ),
            Self::TooLarge(most) => (
                format!("indiquez au plus {}", in_unit(kind, *most, Lang::Fr)),
                format!("give at most {}", in_unit(kind, *most, Lang::En)),
            ),
            Self::TooLong(most, length) => (
                format!(
                    "gardez au plus {} caractères ; il y en a {}",
                    number(i64::from(*most), Lang::Fr),
                    count(*length, Lang::Fr)
                )
                .replace(" ;", "\u{202f};"),
                format!(
                    "keep at most {} characters; there are {}",
                    number(i64::from(*most), Lang::En),
                    count(*length, Lang::En)
                ),
            ),
            Self::BadCharacter => both(
                "écrivez sur une seule ligne, sans caractère de commande",
                "write on one line, without control characters",
            ),
            Self::NotAChoice => {
                both("choisissez une des réponses proposées", "choose one of the answers offered")
            }
            Self::Reversed => both("le dernier jour précède le premier", "the last day is before the first"),
            Self::CheckDigits => both(
                "les chiffres de contrôle ne correspondent pas\u{202f}; relisez le numéro",
                "the check digits do not match; read the number again",
            ),
            Self::SkippedByClock => both(
                "cette heure n’existe pas ce jour-là, l’heure d’été commence",
                "this time does not exist on that day, summer time begins",
            ),
        }
    }
}

fn count(length: usize, lang: Lang) -> String {
    number(i64::try_from(length).unwrap_or(i64::MAX), lang)
}

fn in_unit(kind: &FieldType, value: i64, lang: Lang) -> String {
    match kind {
        FieldType::Money { .. } => amount(value, lang),
        FieldType::Duration { .. } => duration(value, lang),
        FieldType::Decimal { scale, .. } => super::display::decimal(value, *scale, lang),
        _ => number(value, lang),
    }
}

fn missing(kind: &FieldType) -> (String, String) {
    let (fr, en) = match kind {
        FieldType::Choice { .. } | FieldType::MultiChoice { .. } => {
            ("choisissez une réponse", "choose an answer")
        }
        FieldType::Bool => ("cochez la case pour continuer", "tick the box to go on"),
        FieldType::Period => ("indiquez le premier et le dernier jour", "give the first and the last day"),
        FieldType::Person => ("choisissez une personne", "choose a person"),
        _ => ("cette réponse est obligatoire", "this answer is required"),
    };
    (fr.to_owned(), en.to_owned())
}

fn how_to_write(kind: &FieldType) -> (String, String) {
    let (fr, en) = match kind {
        FieldType::Date => {
            ("écrivez une date, par exemple 07/11/2026", "write a date, for example 07/11/2026 or 2026-11-07")
        }
        FieldType::Time => ("écrivez une heure, par exemple 8:30", "write a time, for example 8:30"),
        FieldType::DateTime => (
            "écrivez une date et une heure, par exemple 07/11/2026 8:30",
            "write a date and a time, for example 2026-11-07 8:30",
        ),
        FieldType::Duration { .. } => (
            "écrivez une durée en heures et minutes, par exemple 2\u{a0}h\u{a0}30",
            "write a duration in hours and minutes, for example 2:30",
        ),
        FieldType::Money { .. } => {
            ("écrivez un montant en euros, par exemple 12,50", "write an amount in euros, for example 12.50")
        }
        FieldType::Int { .. } => {
            ("écrivez un nombre entier, par exemple 12", "write a whole number, for example 12")
        }
        FieldType::Decimal { scale, .. } => {
            return (
                format!("écrivez un nombre avec au plus {scale} décimales"),
                format!("write a number with at most {scale} decimals"),
            );
        }
        FieldType::Bool => ("répondez par oui ou par non", "answer yes or no"),
        FieldType::Email => (
            "écrivez une adresse complète, par exemple nom@exemple.fr",
            "write a complete address, for example name@example.com",
        ),
        FieldType::Phone => (
            "écrivez un numéro complet, par exemple 06 12 34 56 78",
            "write a complete number, for example +33 6 12 34 56 78",
        ),
        FieldType::Iban => (
            "écrivez un IBAN complet, qui commence par deux lettres et deux chiffres",
            "write a complete IBAN, beginning with two letters and two digits",
        ),
        FieldType::Person => ("choisissez une personne de la liste", "choose a person from the list"),
        FieldType::Period => (
            "indiquez deux dates, par exemple du 21/12/2026 au 31/12/2026",
            "give two dates, for example from 21/12/2026 to 31/12/2026",
        ),
        FieldType::Choice { .. } | FieldType::MultiChoice { .. } => {
            ("choisissez une des réponses proposées", "choose one of the answers offered")
        }
        FieldType::Text { .. } | FieldType::LongText { .. } => ("écrivez un texte", "write a text"),
        FieldType::Note => ("il n’y a rien à répondre ici", "there is nothing to answer here"),
    };
    (fr.to_owned(), en.to_owned())
}

/// A key that the form does not have.
pub(super) fn unknown(key: &str, known: &[&str]) -> FieldError {
    let key: String = key.chars().take(80).collect();
    let text = match crate::nearest::nearest(&key, known) {
        Some(close) => Text::new(
            format!(
                "Ce formulaire n’a pas de champ «\u{a0}{key}\u{a0}»\u{202f}; pensiez-vous à «\u{a0}{close}\u{a0}»\u{202f}?"
            ),
            format!("This form has no field “{key}”; did you mean “{close}”?"),
        ),
        None => Text::new(
            format!("Ce formulaire n’a pas de champ «\u{a0}{key}\u{a0}»."),
            format!("This form has no field “{key}”."),
        ),
    };
    FieldError { field: key, text }
}
