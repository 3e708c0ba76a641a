//! Ways to choose what a page shows: segmented controls, tabs, filters, and the next page. All are links, so that
//! what is shown lives in the address.

use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// A choice that is a link.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// What it shows.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// It is what the page shows now.
    pub current: bool,
    /// How many things are there, already formatted.
    pub count: Option<String>,
}

impl Choice {
    /// A choice.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current, count: None }
    }

    /// With the number of things it shows.
    #[must_use]
    pub fn count(mut self, count: impl Into<String>) -> Self {
        self.count = Some(count.into());
        self
    }

    fn text(&self) -> Markup {
        html! { (self.label) @if let Some(count) = &self.count { " " (count) } }
    }
}

/// A segmented control: two to four choices of the same thing.
#[must_use]
pub fn segmented(label: &str, choices: &[Choice]) -> Markup {
    html! {
        div.seg role="group" aria-label=(label) {
            @for choice in choices {
                a href=(choice.href) aria-current=[choice.current.then_some("true")] { (choice.text()) }
            }
        }
    }
}

/// Tabs: parts of one thing.
#[must_use]
pub fn tabs(label: &str, choices: &[Choice]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for choice in choices {
                a href=(choice.href) aria-current=[choice.current.then_some("page")] { (choice.text()) }
            }
        }
    }
}

/// Pills that choose one part of a list: `À décider 7`, `Suivies`, `Terminées`.
#[must_use]
pub fn pills(label: &str, choices: &[Choice]) -> Markup {
    html! {
        nav.ifilt aria-label=(label) {
            @for choice in choices {
                a.filter.on[choice.current] href=(choice.href) aria-current=[choice.current.then_some("true")] { (choice.text()) }
            }
        }
    }
}

/// A filter of a table. Set, it says its value and a cross clears it; not set, it opens the list of its values.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// What is filtered: `État`.
    pub label: String,
    /// The value in force, and the address without it.
    pub set: Option<(String, String)>,
    /// The values to choose from.
    pub choices: Vec<Choice>,
}

impl Filter {
    /// A filter that is not set, with the values to choose from.
    #[must_use]
    pub fn new(label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { label: label.into(), set: None, choices }
    }

    /// A filter in force: its value, and the address that clears it.
    #[must_use]
    pub fn set(label: impl Into<String>, value: impl Into<String>, clear: impl Into<String>) -> Self {
        Self { label: label.into(), set: Some((value.into(), clear.into())), choices: Vec::new() }
    }
}

/// The pill of a filter.
#[must_use]
pub fn filter(lang: Lang, filter: &Filter) -> Markup {
    match (&filter.set, filter.choices.as_slice()) {
        (Some((value, clear)), _) => html! {
            a.filter.on href=(clear) {
                (icon(Icon::ListFilter)) (super::labelled(lang, &filter.label, value)) (icon(Icon::X))
                span.sr { (say(lang, ", retirer ce filtre", ", clear this filter")) }
            }
        },
        (None, [only]) => html! { a.filter href=(only.href) { (only.label) } },
        (None, choices) => html! {
            details.drop data-menu {
                summary.filter { (filter.label) (icon(Icon::ChevronDown)) }
                div.pop { @for choice in choices { a.nav href=(choice.href) { (choice.text()) } } }
            }
        },
    }
}

/// A menu of actions behind three dots, for a row: links and one-button forms.
#[must_use]
pub fn action_menu(label: &str, actions: &[Markup]) -> Markup {
    html! {
        details.drop.end data-menu {
            summary.btn.quiet.sm.icon aria-label=(label) { (icon(Icon::Ellipsis)) }
            div.pop { @for action in actions { (action) } }
        }
    }
}

/// Previous and next by cursor; there are no page numbers because rows come and go.
#[must_use]
pub fn pager(lang: Lang, previous: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pager aria-label=(say(lang, "Pages", "Pages")) {
                @if let Some(href) = previous {
                    a.btn.sm rel="prev" href=(href) { (icon(Icon::ChevronLeft)) (say(lang, "Précédent", "Previous")) }
                }
                @if let Some(href) = next {
                    a.btn.sm rel="next" href=(href) { (say(lang, "Suivant", "Next")) (icon(Icon::ChevronRight)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_filter_clears_itself() {
        let html = filter(Lang::Fr, &Filter::set("État", "en retard", "/x")).into_string();
        assert!(html.contains("État\u{a0}: en retard") && html.contains("href=\"/x\""), "{html}");
        assert!(html.contains("retirer ce filtre"));
    }

    #[test]
    fn the_choice_in_force_says_so() {
        let html =
            segmented("Période", &[Choice::new("Jour", "?p=d", false), Choice::new("Semaine", "?p=w", true)]);
        let html = html.into_string();
        assert_eq!(html.matches("aria-current").count(), 1);
        assert!(html.contains("<a href=\"?p=w\" aria-current=\"true\">Semaine</a>"), "{html}");
    }

    #[test]
    fn without_more_rows_there_is_no_pager() {
        assert_eq!(pager(Lang::Fr, None, None).into_string(), "");
        assert!(pager(Lang::En, None, Some("?after=9")).into_string().contains("rel=\"next\""));
    }
}
