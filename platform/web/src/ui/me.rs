//! The person's corner of the sidebar: settings, language, colours, sign out. A `details` element, so that it opens
//! without scripts; what only scripts can do is hidden without them.

use super::avatar::{AvatarSize, avatar};
use super::button::csrf_field;
use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// Who reads the page.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    /// The person's id; it gives the avatar its colour.
    pub id: String,
    /// The name as others see it.
    pub name: String,
    /// The role in words: `Responsable atelier`.
    pub role: String,
    /// The path of the person's settings, when there is one.
    pub settings: Option<String>,
}

/// The corner at the foot of the sidebar.
#[must_use]
pub(super) fn person_menu(lang: Lang, person: &Person, csrf: &str, sign_out: &str, other: &str) -> Markup {
    html! {
        details.me data-menu {
            summary {
                (avatar(&person.id, &person.name, AvatarSize::Normal))
                span.mename { b { (person.name) } span.r { (person.role) } }
                span.sr { (say(lang, "Menu personnel", "Personal menu")) }
            }
            div.pop {
                @if let Some(path) = &person.settings {
                    a.nav href=(path) { (icon(Icon::Settings)) (say(lang, "Réglages", "Settings")) }
                }
                (language_link(lang, other))
                (theme_switch(lang))
                (shortcut_switch(lang))
                form method="post" action=(sign_out) {
                    (csrf_field(csrf))
                    button.nav type="submit" { (icon(Icon::LogOut)) (say(lang, "Se déconnecter", "Sign out")) }
                }
            }
        }
    }
}

fn language_link(lang: Lang, other: &str) -> Markup {
    html! {
        @if !other.is_empty() {
            a.nav href=(other) hreflang=(say(lang, "en", "fr")) lang=(say(lang, "en", "fr")) {
                (icon(Icon::Languages)) (say(lang, "English", "Français"))
            }
        }
    }
}

/// The three choices of colours. Kept by the browser, applied before the first paint by `theme.js`.
#[must_use]
pub fn theme_switch(lang: Lang) -> Markup {
    let choices = [
        ("auto", Icon::Monitor, say(lang, "Comme le système", "As the system")),
        ("light", Icon::Sun, say(lang, "Clair", "Light")),
        ("dark", Icon::Moon, say(lang, "Sombre", "Dark")),
    ];
    html! {
        div.themes.needs-js role="group" aria-label=(say(lang, "Couleurs", "Colours")) {
            @for (value, shown, label) in choices {
                button type="button" data-theme-set=(value) aria-pressed="false" title=(label) {
                    (icon(shown)) span.sr { (label) }
                }
            }
        }
    }
}

/// Single keys can be switched off (WCAG 2.1.4): speech input types letters.
fn shortcut_switch(lang: Lang) -> Markup {
    html! {
        button.nav.needs-js type="button" data-shortcuts aria-pressed="true" {
            (icon(Icon::Keyboard)) (say(lang, "Raccourcis", "Shortcuts")) span.sw aria-hidden="true" {}
        }
    }
}
