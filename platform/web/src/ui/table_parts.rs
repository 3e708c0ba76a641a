//! The columns and rows of a table.

use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// How a column is sorted now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sort {
    /// Another column decides.
    #[default]
    None,
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Sort {
    fn aria(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Ascending => Some("ascending"),
            Self::Descending => Some("descending"),
        }
    }
}

/// The width of a column that must not follow its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// 44 px: a check box or three dots.
    Tick,
    /// 110 px: a number, a short word.
    Short,
    /// 162 px: a person, a date.
    Medium,
    /// 184 px: a chip.
    Long,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[must_use]
pub struct Column {
    label: String,
    class: Vec<&'static str>,
    hidden_label: bool,
    sort: Option<(Sort, String)>,
    width: Option<Width>,
}

impl Column {
    /// A column under its name.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A column whose name is only said, not shown: actions, check boxes.
    pub fn unnamed(label: impl Into<String>) -> Self {
        Self { hidden_label: true, ..Self::new(label) }
    }

    /// Numbers and dates: at the right.
    pub fn right(mut self) -> Self {
        self.class.push("right");
        self
    }

    /// Figures of equal width: for numbers in a column.
    pub fn number(mut self) -> Self {
        self.class.extend(["right", "num"]);
        self
    }

    /// In the second ink, for what matters less.
    pub fn soft(mut self) -> Self {
        self.class.push("soft");
        self
    }

    /// Ids, hashes and hosts.
    pub fn mono(mut self) -> Self {
        self.class.extend(["mono", "muted"]);
        self
    }

    /// Never wraps.
    pub fn nowrap(mut self) -> Self {
        self.class.push("nowrap");
        self
    }

    /// Left out on narrow screens.
    pub fn optional(mut self) -> Self {
        self.class.push("opt-col");
        self
    }

    /// Sorts: how it is sorted now, and the address that sorts by it, or the other way round.
    pub fn sort(mut self, now: Sort, href: impl Into<String>) -> Self {
        self.sort = Some((now, href.into()));
        self
    }

    /// A fixed width; the columns without one share the rest.
    pub fn width(mut self, width: Width) -> Self {
        self.width = Some(width);
        self
    }

    pub(super) fn has_width(&self) -> bool {
        self.width.is_some()
    }

    pub(super) fn width_class(&self) -> Option<&'static str> {
        self.width.map(|width| match width {
            Width::Tick => "c-tick",
            Width::Short => "c-short",
            Width::Medium => "c-medium",
            Width::Long => "c-long",
        })
    }

    fn classes(&self) -> Option<String> {
        (!self.class.is_empty()).then(|| self.class.join(" "))
    }

    fn heading_class(&self) -> Option<String> {
        let kept: Vec<&str> =
            self.class.iter().copied().filter(|c| matches!(*c, "right" | "opt-col")).collect();
        (!kept.is_empty()).then(|| kept.join(" "))
    }

    pub(super) fn heading(&self, lang: Lang) -> Markup {
        html! {
            th scope="col" class=[self.heading_class()] aria-sort=[self.sort.as_ref().and_then(|(now, _)| now.aria())] {
                @match &self.sort {
                    Some((now, href)) => a href=(href) { (self.label) (arrow(lang, *now)) },
                    None if self.hidden_label => span.sr { (self.label) },
                    None => (self.label),
                }
            }
        }
    }
}

fn arrow(lang: Lang, now: Sort) -> Markup {
    match now {
        Sort::None => html! { span.sr { (say(lang, ", trier", ", sort")) } },
        Sort::Ascending => icon(Icon::ArrowUp),
        Sort::Descending => icon(Icon::ArrowDown),
    }
}

/// A row.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Row {
    cells: Vec<Markup>,
    id: Option<String>,
    selected: bool,
    danger: Option<Markup>,
    open: Option<Markup>,
}

impl Row {
    /// A row of cells, one per column.
    pub fn new(cells: impl IntoIterator<Item = Markup>) -> Self {
        Self { cells: cells.into_iter().collect(), ..Self::default() }
    }

    /// Its id, for links and live updates.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Chosen by the reader.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Something is wrong with it: what, and what can be done, directly below.
    pub fn danger(mut self, explanation: Markup) -> Self {
        self.danger = Some(explanation);
        self
    }

    /// Expanded: more about it directly below.
    pub fn open(mut self, detail: Markup) -> Self {
        self.open = Some(detail);
        self
    }

    fn class(&self) -> Option<&'static str> {
        match (&self.danger, self.selected) {
            (Some(_), _) => Some("badrow"),
            (None, true) => Some("sel"),
            (None, false) => None,
        }
    }

    pub(super) fn render(&self, columns: &[Column]) -> Markup {
        html! {
            tr class=[self.class()] id=[self.id.as_ref()] {
                @for (cell, column) in self.cells.iter().zip(columns) { td class=[column.classes()] { (cell) } }
            }
            @if let Some(text) = &self.danger { tr.why2 { td colspan=(columns.len()) { div.row.wrap { (text) } } } }
            @if let Some(detail) = &self.open { tr.opened { td colspan=(columns.len()) { (detail) } } }
        }
    }
}

/// The sentence of a row in danger with its actions.
#[must_use]
pub fn danger_line(sentence: &str, actions: &[super::Button]) -> Markup {
    html! { span.grow { (sentence) } @for action in actions { (action) } }
}
