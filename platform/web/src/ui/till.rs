//! The layout of a till: a bar with where one is, and below it the whole of the screen for the work. Targets are 48 px
//! or larger, and nothing stands between a scan and the total.

use super::avatar::{AvatarSize, avatar};
use super::document::{Document, Theme};
use super::mark::mark;
use super::me::Person;
use super::text::say;
use crate::assets;
use kernel::Lang;
use maud::{Markup, html};

/// The page of a till.
#[derive(Clone, Debug, Default)]
pub struct TillPage {
    /// The reader's language.
    pub lang: Lang,
    /// Where one is: `Concarneau, caisse 2`.
    pub title: String,
    /// Where the mark leads: the choice of tills.
    pub home: String,
    /// Who is at the till; the disc leads to the settings.
    pub person: Option<Person>,
    /// Chips and buttons of the bar.
    pub bar: Markup,
}

impl TillPage {
    /// The whole document around the content.
    #[must_use]
    pub fn page(&self, content: &Markup) -> Markup {
        let body = html! {
            a.skip href="#ticket" { (say(self.lang, "Aller au ticket", "Skip to the receipt")) }
            header.posbar {
                a.brand href=(self.home) aria-label=(say(self.lang, "Caisses", "Tills")) { (mark()) }
                b { (self.title) }
                (self.bar)
                @if let Some(person) = &self.person {
                    a.row.small href=(person.settings.as_deref().unwrap_or("/")) {
                        (avatar(&person.id, &person.name, AvatarSize::Normal)) (person.name)
                    }
                }
            }
            (content)
            script src=(assets::url("till.js")) defer {}
        };
        let title = self.title.clone();
        Document { lang: self.lang, theme: Theme::Auto, title, body_class: "pos" }.render(&body)
    }
}
