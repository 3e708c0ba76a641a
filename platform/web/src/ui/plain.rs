//! Pages without the shell: signing in, and what is said when there is no page to show.

use super::document::{Document, Theme};
use super::icon::{Icon, icon};
use super::mark::mark;
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// A page with a form at the left and the islands at the right.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// The reader's language.
    pub lang: Lang,
    /// The colours that the server knows of.
    pub theme: Theme,
    /// The window's title.
    pub title: String,
    /// The same page in the other language.
    pub other_language: String,
    /// The path of the page about accessibility, when there is one.
    pub accessibility: Option<String>,
    /// The page holds a form with errors.
    pub has_errors: bool,
    /// The databases to draw with the position of their log, largest first; none draws the islands without names.
    pub islands: Vec<(String, i64)>,
}

impl SignIn {
    /// The whole document around the form.
    #[must_use]
    pub fn page(&self, form: &Markup) -> Markup {
        let body = html! {
            a.skip href="#main" { (say(self.lang, "Aller au contenu", "Skip to content")) }
            div.login {
                main.lform #main tabindex="-1" {
                    a.brand href="/" { (mark()) b { "Archipel" } }
                    div.lbody { (form) }
                    (self.foot())
                }
                aside.lart aria-hidden="true" {
                    (super::islands::drawing(self.lang, &self.islands))
                    p {
                        (say(self.lang, "Chaque île tient son journal.", "Every island keeps its log."))
                        span { (say(
                            self.lang,
                            "Vos heures, vos ventes, vos tournées\u{a0}: chacune sa base, rien ne se perd entre elles.",
                            "Your hours, your sales, your rounds: each its database, and nothing is lost between them.",
                        )) }
                    }
                }
            }
        };
        let prefix = if self.has_errors { say(self.lang, "Erreur\u{a0}: ", "Error: ") } else { "" };
        let title = format!("{prefix}{}", self.title);
        Document { lang: self.lang, theme: self.theme, title, body_class: "" }.render(&body)
    }

    fn foot(&self) -> Markup {
        let (here, there, tag) = match self.lang {
            Lang::Fr => ("Français", "English", "en"),
            Lang::En => ("English", "Français", "fr"),
        };
        html! {
            div.lfoot.small.muted {
                span {
                    (icon(Icon::Globe)) " " (here)
                    @if !self.other_language.is_empty() {
                        " " span aria-hidden="true" { "/" } " "
                        a href=(self.other_language) lang=(tag) hreflang=(tag) { (there) }
                    }
                }
                (super::me::theme_switch(self.lang))
                @if let Some(path) = &self.accessibility {
                    a href=(path) { (say(self.lang, "Accessibilité", "Accessibility")) }
                }
            }
        }
    }
}

/// A page with one message and nothing else, for readers who are not signed in.
#[must_use]
pub fn bare_page(lang: Lang, title: &str, content: &Markup) -> Markup {
    let body = html! {
        main.bare #main {
            a.brand href="/" { (mark()) b { "Archipel" } }
            div.card { (content) }
        }
    };
    Document { lang, theme: Theme::Auto, title: title.to_owned(), body_class: "" }.render(&body)
}

/// What is said when a page does not exist or is not the reader's: the two are told apart by nobody.
#[must_use]
pub fn not_found(lang: Lang, home: &str) -> Markup {
    nothing_here(
        say(
            lang,
            "Cette page n’existe pas, ou elle n’est pas à vous.",
            "This page does not exist, or it is not yours.",
        ),
        say(
            lang,
            "Vérifiez l’adresse, ou reprenez depuis l’accueil.",
            "Check the address, or start again from the home page.",
        ),
        &html! { (super::Button::link(say(lang, "Aller à l’accueil", "Go to the home page"), home)) },
    )
}

/// What is said when something failed: the sentence for the user, what to do, and the reference that operators can
/// search for.
#[must_use]
pub fn failure(lang: Lang, error: &kernel::Error, reference: Option<&str>, retry: Option<&str>) -> Markup {
    if matches!(error.kind, kernel::Kind::NotFound) {
        return not_found(lang, "/");
    }
    let line = reference.map(|id| super::labelled(lang, say(lang, "Référence", "Reference"), id));
    let action = retry
        .map(|path| super::Button::link(say(lang, "Réessayer", "Try again"), path).icon(Icon::RefreshCw));
    html! {
        div.empty role="alert" {
            (icon_of_failure())
            h1.small-title { (super::text::typeset(lang, error.text(lang))) }
            @if let Some(line) = line { span.tiny.muted.mono { (line) } }
            @if let Some(action) = action { (action) }
        }
    }
}

fn icon_of_failure() -> Markup {
    html! { span.failure { (super::icon_large(Icon::TriangleAlert)) } }
}

fn nothing_here(title: &str, text: &str, action: &Markup) -> Markup {
    html! {
        div.empty { (super::empty::dashed_dome()) h1.small-title { (title) } span { (text) } (action) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_found_and_forbidden_read_the_same() {
        let html = failure(Lang::Fr, &kernel::Error::not_found(), Some("x"), None).into_string();
        assert!(html.contains("n’est pas à vous") && !html.contains("Référence"), "{html}");
    }

    #[test]
    fn a_failure_gives_its_reference_and_never_the_operators_text() {
        let error = kernel::Error::internal("secret cause");
        let html = failure(Lang::En, &error, Some("01J"), Some("/again")).into_string();
        assert!(
            html.contains("Reference: 01J") && html.contains("/again") && !html.contains("secret"),
            "{html}"
        );
    }
}
