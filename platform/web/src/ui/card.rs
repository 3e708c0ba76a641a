//! Cards, lists with actions, facts, definition lists, the "why" panel and code: the ways to lay out what is known.

use super::icon::{Icon, icon, tile};
use maud::{Markup, Render, html};

/// A card: a titled part of a page, with controls at the right of its title.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Card {
    title: String,
    id: Option<String>,
    count: Option<String>,
    aside: Markup,
    body: Markup,
    bare: bool,
    foot: Markup,
}

impl Card {
    /// A card under a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Its id, for links and live updates.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A count beside the title.
    pub fn count(mut self, text: impl Into<String>) -> Self {
        self.count = Some(text.into());
        self
    }

    /// Controls or a link at the right of the title.
    pub fn aside(mut self, aside: Markup) -> Self {
        self.aside = aside;
        self
    }

    /// The content, with the card's padding around it.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    /// Content that reaches the card's edges: a list or a table.
    pub fn flush(mut self, body: Markup) -> Self {
        self.body = body;
        self.bare = true;
        self
    }

    /// A line at the foot: a link to the rest, or a remark.
    pub fn foot(mut self, foot: Markup) -> Self {
        self.foot = foot;
        self
    }
}

impl Render for Card {
    fn render(&self) -> Markup {
        html! {
            section.card id=[self.id.as_ref()] aria-label=(self.title) {
                div.ch {
                    h2 { (self.title) }
                    @if let Some(count) = &self.count { span.count { (count) } }
                    span.grow {}
                    (self.aside)
                }
                @if self.bare { (self.body) } @else { div.cb { (self.body) } }
                @if !self.foot.0.is_empty() { div.more.small.soft { (self.foot) } }
            }
        }
    }
}

/// A line of a list: icon, name, what is to know about it, and its actions.
#[derive(Clone, Debug)]
pub struct ListItem {
    /// The icon on its tile.
    pub icon: Icon,
    /// The thing.
    pub title: String,
    /// What is to know about it; a warning when it begins with an icon.
    pub note: Markup,
    /// A chip and small buttons.
    pub actions: Markup,
}

/// A list of things with actions, as in the security settings.
#[must_use]
pub fn item_list(items: &[ListItem]) -> Markup {
    html! {
        ul.slist {
            @for item in items {
                li {
                    (tile(item.icon))
                    span.grow { b { (item.title) } span.line.small.muted { (item.note) } }
                    (item.actions)
                }
            }
        }
    }
}

/// A note that warns, with its icon, for a list's line or a cell.
#[must_use]
pub fn warning(text: &str) -> Markup {
    html! { span.warned { (icon(Icon::TriangleAlert)) (text) } }
}

/// A figure that helps to decide: its name, its value, and what it is measured against.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// `Contingent annuel`.
    pub label: String,
    /// `64 h`.
    pub value: String,
    /// `sur 220`; empty when there is nothing to compare with.
    pub of: String,
}

impl Fact {
    /// A figure on its own.
    #[must_use]
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), of: String::new() }
    }

    /// Measured against something.
    #[must_use]
    pub fn of(mut self, of: impl Into<String>) -> Self {
        self.of = of.into();
        self
    }
}

/// The strip of figures above a decision: two to four.
#[must_use]
pub fn fact_strip(facts: &[Fact]) -> Markup {
    html! {
        dl.ifacts {
            @for fact in facts {
                div { dt { (fact.label) } dd { (fact.value) @if !fact.of.is_empty() { " " small { (fact.of) } } } }
            }
        }
    }
}

/// A definition list: what was asked and what was answered.
#[must_use]
pub fn definitions(pairs: &[(String, Markup)]) -> Markup {
    html! { dl.dl { @for (term, value) in pairs { dt { (term) } dd { (value) } } } }
}

/// Why a figure is what it is: a closed or open panel with the rule, its figure on a scale, and its source.
#[must_use]
pub fn why(question: &str, open: bool, content: &Markup) -> Markup {
    html! { details.why open[open] { summary { (icon(Icon::Info)) (question) } (content) } }
}

/// A block of code or stored data, shown as it is.
#[must_use]
pub fn code_block(text: &str) -> Markup {
    html! { pre.code tabindex="0" { code { (text) } } }
}

/// An id, a hash or a host in a line.
#[must_use]
pub fn mono(text: &str) -> Markup {
    html! { code.mono { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_names_its_region() {
        let html = Card::new("À traiter").count("11").body(html! { "x" }).render().into_string();
        assert!(
            html.starts_with("<section class=\"card\" aria-label=\"À traiter\"><div class=\"ch\"><h2>"),
            "{html}"
        );
    }

    #[test]
    fn hostile_data_is_shown_not_run() {
        let hostile = "<img src=x onerror=alert(1)>\u{202e}'\"🦀";
        let html = definitions(&[(hostile.to_owned(), html! { (hostile) })]).into_string();
        assert!(!html.contains("<img") && html.contains("&lt;img") && html.contains("🦀"), "{html}");
        assert!(!code_block("</code></pre><script>").into_string().contains("<script>"));
        assert!(!fact_strip(&[Fact::new("<b>", "\"'>").of("<i>")]).into_string().contains("<i>"));
    }
}
