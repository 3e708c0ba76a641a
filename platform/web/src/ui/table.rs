//! Tables: the thing first, as a link with its context; numbers and dates right; filters, count and CSV above; the
//! next rows by cursor below.

use super::choice::{Filter, filter, pager};
use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, Render, html};

pub use super::table_parts::{Column, Row, Sort, Width};

/// A table in its card. Start from [`Table::new`], fill what it has, and splice it into markup as it is.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Table {
    lang: Lang,
    caption: String,
    title: Option<String>,
    id: Option<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    filters: Vec<Filter>,
    controls: Markup,
    count: Option<String>,
    csv: Option<String>,
    pages: (Option<String>, Option<String>),
    empty: Markup,
    clear: Option<String>,
    foot: Markup,
    bare: bool,
}

impl Table {
    /// A table that says in its caption, for those who do not see it, what it lists.
    pub fn new(lang: Lang, caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { lang, caption: caption.into(), columns, ..Self::default() }
    }

    /// Its rows.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows = rows.into_iter().collect();
        self
    }

    /// A title above, when the table is one part of a page among others.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Its id, for live updates.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The filters above.
    pub fn filters(mut self, filters: Vec<Filter>) -> Self {
        self.filters = filters;
        self
    }

    /// Controls at the right above: a segmented control, a button.
    pub fn controls(mut self, controls: Markup) -> Self {
        self.controls = controls;
        self
    }

    /// How many rows there are in all, in words: `216 lignes`.
    pub fn count(mut self, text: impl Into<String>) -> Self {
        self.count = Some(text.into());
        self
    }

    /// The address of the same rows as CSV.
    pub fn csv(mut self, href: impl Into<String>) -> Self {
        self.csv = Some(href.into());
        self
    }

    /// The addresses of the rows before and after.
    pub fn pages(mut self, previous: Option<String>, next: Option<String>) -> Self {
        self.pages = (previous, next);
        self
    }

    /// What stands here when there is nothing yet: see [`super::empty`].
    pub fn empty(mut self, empty: Markup) -> Self {
        self.empty = empty;
        self
    }

    /// The address without filters; with it, an empty table names its filters and offers to clear them.
    pub fn clear(mut self, href: impl Into<String>) -> Self {
        self.clear = Some(href.into());
        self
    }

    /// A line at the foot.
    pub fn foot(mut self, foot: Markup) -> Self {
        self.foot = foot;
        self
    }

    /// Without a card of its own, inside another one.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    fn header(&self) -> Markup {
        let any = !self.filters.is_empty() || self.csv.is_some() || self.count.is_some();
        html! {
            @if any || self.title.is_some() || !self.controls.0.is_empty() {
                div.ch {
                    @if let Some(title) = &self.title { h2 { (title) } }
                    @if self.title.is_some() { (self.counted()) }
                    @for one in &self.filters { (filter(self.lang, one)) }
                    span.grow {}
                    @if self.title.is_none() { (self.counted()) }
                    (self.controls)
                    @if let Some(href) = &self.csv {
                        a.btn.quiet.sm href=(href) download { (icon(Icon::Download)) "CSV" }
                    }
                }
            }
        }
    }

    fn counted(&self) -> Markup {
        html! { @if let Some(count) = &self.count { span.count { (count) } } }
    }

    fn grid(&self) -> Markup {
        let fixed = self.columns.iter().any(Column::has_width);
        html! {
            div.tscroll tabindex="0" role="region" aria-label=(self.caption) {
                table.tbl.fixed[fixed] {
                    caption.sr { (self.caption) }
                    @if fixed { colgroup { @for column in &self.columns { col class=[column.width_class()]; } } }
                    thead { tr { @for column in &self.columns { (column.heading(self.lang)) } } }
                    tbody { @for row in &self.rows { (row.render(&self.columns)) } }
                }
            }
        }
    }

    fn nothing(&self) -> Markup {
        let named: Vec<String> = self
            .filters
            .iter()
            .filter_map(|f| f.set.as_ref().map(|(value, _)| super::labelled(self.lang, &f.label, value)))
            .collect();
        match &self.clear {
            Some(clear) if !named.is_empty() => super::empty_filtered(self.lang, &named.join(", "), clear),
            _ if self.empty.0.is_empty() => {
                super::empty(say(self.lang, "Rien ici", "Nothing here"), "", &html! {})
            }
            _ => self.empty.clone(),
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        let inside = html! {
            (self.header())
            @if self.rows.is_empty() { (self.nothing()) } @else { (self.grid()) }
            @let pages = pager(self.lang, self.pages.0.as_deref(), self.pages.1.as_deref());
            @if !self.foot.0.is_empty() || !pages.0.is_empty() {
                div.more.small.soft.row { span.grow { (self.foot) } (pages) }
            }
        };
        html! {
            @if self.bare { div.tbare id=[self.id.as_ref()] { (inside) } }
            @else { section.card.tcard id=[self.id.as_ref()] aria-label=(self.caption) { (inside) } }
        }
    }
}

/// The first cell of a row: the thing as a link, its one line of context below, its icon before.
#[must_use]
pub fn subject(shown: Option<Icon>, title: &str, href: &str, context: &str) -> Markup {
    html! {
        span.subject {
            @if let Some(shown) = shown { (super::tile(shown)) }
            span.grow {
                a.t.trunc href=(href) { (title) }
                @if !context.is_empty() { span.sub.trunc { (context) } }
            }
        }
    }
}

/// The first cell of a database's row: dome, name, tenant.
#[must_use]
pub fn database_cell(state: super::Dome, name: &str, href: &str, tenant: &str) -> Markup {
    html! {
        span.row { (super::dome(state)) a.t href=(href) { (name) } @if !tenant.is_empty() { span.muted { (tenant) } } }
    }
}

/// A value that is not there.
#[must_use]
pub fn missing() -> Markup {
    html! { span.muted { "–" } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            Column::new("Objet").sort(Sort::Descending, "?sort=subject"),
            Column::new("Montant").right().sort(Sort::None, "?sort=amount"),
        ]
    }

    #[test]
    fn sorted_columns_say_so_and_lead_on() {
        let row = Row::new([subject(None, "Clé <20>", "/r/1", "Demandes"), html! { "184,90" }]);
        let html = Table::new(Lang::Fr, "Demandes", columns()).rows([row]).render().into_string();
        assert!(html.contains("<th scope=\"col\" aria-sort=\"descending\">"), "{html}");
        assert!(
            html.contains("<th scope=\"col\" class=\"right\"><a href=\"?sort=amount\">Montant"),
            "{html}"
        );
        assert!(
            html.contains("Clé &lt;20&gt;") && html.contains("<td class=\"right\">184,90</td>"),
            "{html}"
        );
    }

    #[test]
    fn empty_after_a_filter_names_the_filter() {
        let table = Table::new(Lang::Fr, "Demandes", columns()).clear("/all");
        assert!(table.clone().render().into_string().contains("Rien ici"));
        let filtered = table.filters(vec![Filter::set("État", "froid", "/x")]).render().into_string();
        assert!(filtered.contains("Rien avec «\u{a0}État\u{a0}: froid\u{a0}»"), "{filtered}");
        assert!(filtered.contains("href=\"/all\""));
    }

    #[test]
    fn a_row_in_danger_explains_itself_below() {
        let row = Row::new([html! { "chat" }, html! { "x" }]).danger(html! { "The hash does not match." });
        let html = Table::new(Lang::En, "Databases", columns()).rows([row]).render().into_string();
        assert!(html.contains("<tr class=\"badrow\">"), "{html}");
        assert!(html.contains("<tr class=\"why2\"><td colspan=\"2\">"), "{html}");
    }
}
