//! The frame of every signed-in page: sidebar with the modules the role may see, bar with where I am and how fresh
//! the figures are, and the panel that holds the content. The operator's console has the same frame in compact
//! density.

use super::button::csrf_field;
use super::document::{Document, Theme};
use super::icon::{Icon, icon};
use super::mark::{Freshness, freshness, mark};
use super::me::{Person, person_menu};
use super::text::say;
use super::toast::{Flash, toasts};
use kernel::Lang;
use maud::{Markup, Render, html};

/// An entry of the menu.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MenuItem {
    /// The module's or page's name.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Its icon; the word always stands beside it.
    pub icon: Icon,
    /// What waits there, already formatted.
    pub badge: Option<String>,
    /// What waits there waits for the reader: the badge is filled.
    pub hot: bool,
    /// The page shown belongs to this entry.
    pub current: bool,
}

impl MenuItem {
    /// An entry without badge.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>, icon: Icon) -> Self {
        Self { label: label.into(), href: href.into(), icon, badge: None, hot: false, current: false }
    }

    /// The entry of the page shown, when the flag says so.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// With a count of what is there.
    #[must_use]
    pub fn badge(mut self, text: impl Into<String>) -> Self {
        self.badge = Some(text.into());
        self
    }

    /// With a count of what waits for the reader.
    #[must_use]
    pub fn hot(mut self, text: impl Into<String>) -> Self {
        self.hot = true;
        self.badge(text)
    }
}

/// Entries under one heading; the first group has none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MenuGroup {
    /// The heading.
    pub title: Option<String>,
    /// Its entries, in order.
    pub items: Vec<MenuItem>,
}

impl MenuGroup {
    /// A group under a heading, or the first one without.
    #[must_use]
    pub fn new(title: Option<&str>, items: Vec<MenuItem>) -> Self {
        Self { title: title.map(str::to_owned), items }
    }
}

/// A step of the path to the page, with a link for all but the page itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crumb {
    /// The step's name.
    pub label: String,
    /// Where it leads, when it is a page.
    pub href: Option<String>,
}

/// The frame of a page. Fill what the page has and take the rest from [`Shell::default`].
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The reader's language.
    pub lang: Lang,
    /// The colours that the reader chose, when the server knows; the browser's memory comes first.
    pub theme: Theme,
    /// The organisation, or `Console · production`, under the product's name.
    pub organisation: String,
    /// Where the product's name leads; `/` when empty.
    pub home: String,
    /// Who reads.
    pub person: Option<Person>,
    /// What the reader may open.
    pub menu: Vec<MenuGroup>,
    /// The page's title: last in the bar and first in the window's title.
    pub title: String,
    /// A count beside the title in the bar.
    pub count: Option<String>,
    /// The path before the title.
    pub crumbs: Vec<Crumb>,
    /// How fresh the figures are; every page with aggregated figures says it.
    pub fresh: Option<Freshness>,
    /// What can be done on this page, at the right of the bar: small buttons, a chip, key hints.
    pub actions: Markup,
    /// The path of the notifications, when there are any to see.
    pub notifications: Option<String>,
    /// The path of the search page; it gets the words in `q`.
    pub search: Option<String>,
    /// What just happened, told once.
    pub flash: Option<Flash>,
    /// The token that guards POST forms.
    pub csrf: String,
    /// How far the page has followed the news, for the streams of its live regions.
    pub seen: String,
    /// The path of the sign-out form; `/sign-out` when empty.
    pub sign_out: String,
    /// The same page in the other language.
    pub other_language: String,
    /// The operator's console: compact density.
    pub console: bool,
    /// The page holds a form with errors: the window's title says so first.
    pub has_errors: bool,
}

impl Shell {
    /// The whole document around the page's content.
    #[must_use]
    pub fn page(&self, content: Markup) -> Markup {
        let density = self.console.then_some("compact");
        let body = html! {
            a.skip href="#main" { (say(self.lang, "Aller au contenu", "Skip to content")) }
            div.app data-density=[density] data-seen=[(!self.seen.is_empty()).then_some(&self.seen)] hx-headers=[self.token_header()] {
                (self.sidebar())
                div.panel {
                    (self.bar())
                    main.panelmain #main tabindex="-1" { (content) }
                }
            }
            (toasts(self.lang, self.flash.as_ref(), &self.csrf))
        };
        self.document().render(&body)
    }

    /// What htmx adds to its requests, so that those without a form of their own carry the token too.
    fn token_header(&self) -> Option<String> {
        (!self.csrf.is_empty()).then(|| serde_json::json!({ "x-csrf-token": self.csrf }).to_string())
    }

    fn document(&self) -> Document {
        let prefix = if self.has_errors { say(self.lang, "Erreur\u{a0}: ", "Error: ") } else { "" };
        Document {
            lang: self.lang,
            theme: self.theme,
            title: format!("{prefix}{}", self.title),
            body_class: "",
        }
    }

    fn sidebar(&self) -> Markup {
        html! {
            nav.side aria-label=(say(self.lang, "Navigation", "Navigation")) {
                a.brand href=(or(&self.home, "/")) {
                    (mark())
                    span.brandname { b { "Archipel" } span { (self.organisation) } }
                }
                @if let Some(path) = &self.search { (search(self.lang, path)) }
                div.navs #menu {
                    @for group in &self.menu {
                        @if let Some(title) = &group.title { div.navh { (title) } }
                        @for item in &group.items { (item) }
                    }
                }
                @if let Some(person) = &self.person {
                    (person_menu(self.lang, person, &self.csrf, or(&self.sign_out, "/sign-out"), &self.other_language))
                }
            }
        }
    }

    fn bar(&self) -> Markup {
        html! {
            header.bar {
                div.crumbs {
                    @for crumb in &self.crumbs {
                        @if let Some(href) = &crumb.href { a href=(href) { (crumb.label) } }
                        @else { span { (crumb.label) } }
                        (icon(Icon::ChevronRight))
                    }
                    b { (self.title) }
                    @if let Some(count) = &self.count { span.count { (count) } }
                }
                span.grow {}
                @if let Some(fresh) = &self.fresh { span #freshness { (freshness(self.lang, fresh)) } }
                (self.actions)
                @if let Some(path) = &self.notifications {
                    (super::Button::link("Notifications", path).quiet().small().icon_only(Icon::Bell))
                }
            }
        }
    }
}

impl Render for MenuItem {
    fn render(&self) -> Markup {
        html! {
            a.nav href=(self.href) aria-current=[self.current.then_some("page")] {
                (icon(self.icon)) span.navl { (self.label) }
                @if let Some(badge) = &self.badge { span.n.hot[self.hot] { (badge) } }
            }
        }
    }
}

fn search(lang: Lang, path: &str) -> Markup {
    let word = say(lang, "Rechercher", "Search");
    html! {
        form.find role="search" action=(path) {
            (icon(Icon::Search))
            input type="search" name="q" placeholder=(word) aria-label=(word) aria-keyshortcuts="/" data-search;
            kbd aria-hidden="true" { "/" }
        }
    }
}

pub(super) fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// The content of an ordinary page: padded blocks, one below the other.
#[must_use]
pub fn blocks(content: Markup) -> Markup {
    html! { div.main { (content) } }
}

/// The head of a page: its title, a sentence below, and a control at the right.
#[must_use]
pub fn head(title: &str, sentence: &Markup, right: &Markup) -> Markup {
    html! {
        div.head {
            div.grow { h1 { (title) } @if !sentence.0.is_empty() { p { (sentence) } } }
            (right)
        }
    }
}

/// Two columns: the work, and beside it what helps to do it.
#[must_use]
pub fn columns(main: &Markup, side: &Markup) -> Markup {
    html! { div.cols.two { div.stack.wide { (main) } div.stack.wide { (side) } } }
}

/// A region that follows its source: when the event stream at `path` sends `changed`, the page is fetched again and
/// the region brought up to date in place. The id names the region; without scripts it is as fresh as the page.
#[must_use]
pub fn live(id: &str, path: &str, content: &Markup) -> Markup {
    html! { section.live id=(id) data-live=(path) { (content) } }
}

/// A settings page: its own menu at the left, the content beside it.
#[must_use]
pub fn settings(lang: Lang, menu: &[MenuItem], content: &Markup) -> Markup {
    html! {
        div.sgrid {
            nav.snav aria-label=(say(lang, "Réglages", "Settings")) { @for item in menu { (item) } }
            div.sbody { (content) }
        }
    }
}

/// A POST form around content that has buttons of its own.
#[must_use]
pub fn post_form(id: &str, action: &str, csrf: &str, content: &Markup) -> Markup {
    html! { form id=(id) method="post" action=(action) novalidate { (csrf_field(csrf)) (content) } }
}
