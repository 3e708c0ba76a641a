//! The document around every page: language, style sheet, scripts, colours. Scripts and styles are files of our own,
//! so that the content security policy can forbid everything else.

use crate::assets;
use kernel::Lang;
use maud::{DOCTYPE, Markup, html};

/// The colours of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    Auto,
    /// Sand.
    Light,
    /// Deep water.
    Dark,
}

impl Theme {
    /// The value of `data-theme`; the system's choice needs none.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// What the document needs to know about its page.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The language of the page.
    pub lang: Lang,
    /// The colours that the server knows of.
    pub theme: Theme,
    /// The page's title, without the product's name.
    pub title: String,
    /// The class of the body, for layouts that are not the shell's.
    pub body_class: &'static str,
}

/// htmx must neither evaluate text, nor add styles of its own, nor leave this origin.
const HTMX: &str =
    r#"{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"allowScriptTags":false}"#;

impl Document {
    /// The whole document.
    #[must_use]
    pub fn render(&self, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.lang.tag()) data-theme=[self.theme.attribute()] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="same-origin";
                    meta name="htmx-config" content=(HTMX);
                    title { (self.title) " · Archipel" }
                    link rel="icon" type="image/svg+xml" href=(assets::url("favicon.svg"));
                    link rel="preload" as="font" type="font/woff2" crossorigin href=(assets::url("inter-latin.woff2"));
                    link rel="stylesheet" href=(assets::url("archipel.css"));
                    script src=(assets::url("theme.js")) {}
                    script src=(assets::url("htmx.min.js")) defer {}
                    script src=(assets::url("sse.min.js")) defer {}
                    script src=(assets::url("archipel.js")) defer {}
                }
                body class=[(!self.body_class.is_empty()).then_some(self.body_class)] { (body) }
            }
        }
    }
}
