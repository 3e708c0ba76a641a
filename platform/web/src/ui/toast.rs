//! What just happened, in a sentence in the past, with an undo for eight seconds. Without scripts it stays at the
//! foot of the page. Errors are never toasts.

use super::button::csrf_field;
use super::chip::Tone;
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// A sentence about what just happened, shown once after a redirect.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flash {
    /// What happened: `Demande approuvée`.
    pub text: String,
    /// Whether it went well; only the icon-free toast is shown for `Ok` and neutral tones, a message for others.
    pub tone: Tone,
    /// The path to POST to in order to undo it, while that is possible.
    pub undo: Option<String>,
}

impl Flash {
    /// Something that was done.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Ok, undo: None }
    }

    /// With a way back.
    #[must_use]
    pub fn undo(mut self, path: impl Into<String>) -> Self {
        self.undo = Some(path.into());
        self
    }
}

/// The live region that every page has, with the flash message of this one. Scripts add to it.
#[must_use]
pub fn toasts(lang: Lang, flash: Option<&Flash>, csrf: &str) -> Markup {
    html! {
        div.toasts #toasts role="status" aria-live="polite" data-undo=(say(lang, "Annuler", "Undo")) {
            @if let Some(flash) = flash { (toast(lang, flash, csrf)) }
        }
    }
}

/// One toast.
#[must_use]
pub fn toast(lang: Lang, flash: &Flash, csrf: &str) -> Markup {
    html! {
        div.toast data-toast {
            span { (flash.text) }
            @if let Some(path) = &flash.undo {
                form method="post" action=(path) {
                    (csrf_field(csrf))
                    button type="submit" { (say(lang, "Annuler", "Undo")) }
                }
            }
        }
    }
}
