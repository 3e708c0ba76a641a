//! The layout of the pages made for a phone in one hand: a head, one column, tabs at the bottom.

use super::avatar::{AvatarSize, avatar};
use super::document::{Document, Theme};
use super::icon::{Icon, icon, icon_large};
use super::mark::mark;
use super::me::Person;
use super::shell::MenuItem;
use super::text::say;
use super::toast::{Flash, toasts};
use kernel::Lang;
use maud::{Markup, html};

/// A page for a phone.
#[derive(Clone, Debug, Default)]
pub struct Phone {
    /// The reader's language.
    pub lang: Lang,
    /// The colours that the server knows of.
    pub theme: Theme,
    /// The page's title.
    pub title: String,
    /// Who reads; the disc leads to the settings.
    pub person: Option<Person>,
    /// Up to five pages at the bottom.
    pub tabs: Vec<MenuItem>,
    /// What just happened.
    pub flash: Option<Flash>,
    /// The token that guards POST forms.
    pub csrf: String,
}

impl Phone {
    /// The whole document around the content.
    #[must_use]
    pub fn page(&self, content: &Markup) -> Markup {
        let body = html! {
            a.skip href="#main" { (say(self.lang, "Aller au contenu", "Skip to content")) }
            header.ph {
                a.brand href="/" { (mark()) }
                h1.grow { (self.title) }
                @if let Some(person) = &self.person { (corner(person)) }
            }
            main.pbody #main tabindex="-1" { (content) }
            nav.tab aria-label=(say(self.lang, "Navigation", "Navigation")) {
                @for item in &self.tabs { (tab(item)) }
            }
            (toasts(self.lang, self.flash.as_ref(), &self.csrf))
        };
        let title = self.title.clone();
        Document { lang: self.lang, theme: self.theme, title, body_class: "phone" }.render(&body)
    }
}

fn corner(person: &Person) -> Markup {
    html! {
        a.phme href=(person.settings.as_deref().unwrap_or("/")) {
            (avatar(&person.id, &person.name, AvatarSize::Large)) span.sr { (person.name) }
        }
    }
}

fn tab(item: &MenuItem) -> Markup {
    html! {
        a href=(item.href) aria-current=[item.current.then_some("page")] {
            (icon(item.icon)) (item.label)
            @if let Some(badge) = &item.badge { em { (badge) } }
        }
    }
}

/// The strip on top of a page without network: since when, and what waits on the device.
#[must_use]
pub fn offline_strip(strong: &str, text: &str) -> Markup {
    html! {
        div.net role="status" { (icon_large(Icon::CloudOff)) span.grow { b.strong { (strong) } " " (text) } }
    }
}

/// A card on a phone.
#[must_use]
pub fn phone_card(content: &Markup) -> Markup {
    html! { section.pcard { (content) } }
}

/// The running clock; scripts move it on from the server's time of day, and without them it shows when the page was
/// made.
#[must_use]
pub fn running_clock(lang: Lang, at: jiff::civil::Time) -> Markup {
    let seconds = (i64::from(at.hour()) * 60 + i64::from(at.minute())) * 60 + i64::from(at.second());
    html! {
        div.clock role="timer" aria-label=(say(lang, "Heure", "Time")) data-clock=(seconds * 1000) {
            span { (super::format::clock(at)) } small { ":" (format!("{:02}", at.second())) }
        }
    }
}

/// A punch of the day: its time, what it was and where, and whether it was received.
#[derive(Clone, Debug)]
pub struct Punch {
    /// The time as the reader's language writes it.
    pub time: String,
    /// `Entrée, borne atelier 1`.
    pub text: String,
    /// The chip that says whether the server has it.
    pub state: Markup,
}

/// The punches of a day, oldest first.
#[must_use]
pub fn punches(list: &[Punch]) -> Markup {
    html! {
        ul.punches {
            @for punch in list {
                li { span.num { (punch.time) } span.grow { (punch.text) } (punch.state) }
            }
        }
    }
}
