//! What sells best: products by what they brought in, with their share.

use super::{PRODUCTS, View, count, drawn};
use crate::reporting::Reports;
use crate::reporting::period::Preset;
use crate::reporting::queries::{self, Named, Sums};
use axum::Extension;
use kernel::{Lang, Uuid};
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use web::ui::{self, Bar, BarChart, Card, Column, Row, Table, format};
use web::{Ctx, ListPage, Page, Query};

/// Products on a page.
const ROWS: u32 = 50;
/// Bars of the chart.
const BARS: usize = 8;

struct Ranked {
    view: View,
    total: Sums,
    items: Vec<(Uuid, Sums)>,
    next: Option<String>,
    is_first: bool,
    names: BTreeMap<Uuid, Named>,
}

pub(super) async fn page(Extension(reports): Extension<Reports>, ctx: Ctx, query: Query) -> Page {
    let after: Option<(i64, Uuid)> = query.cursor()?;
    let view = View::read(reports, ctx, &query, PRODUCTS, Preset::Month).await?;
    let db = &view.reports.db;
    let asked = [queries::products(&view.scope, after, ROWS + 1), queries::total(&view.scope)];
    let [rows, total] = queries::at_once(db, asked).await?;
    let ListPage { items, next_cursor } =
        ListPage::cut(queries::read_products(&rows)?, ROWS, |(id, sums)| (sums.revenue_cents(), *id));
    let names = queries::names(db, items.iter().map(|(id, _)| id)).await?;
    let total = queries::read_total(&total)?;
    let next = next_cursor.map(|cursor| query.with("cursor", Some(&cursor)));
    let ranked = Ranked { total, items, next, is_first: after.is_none(), names, view };
    Ok(web::pages::html(ranked.page()))
}

impl Ranked {
    fn name(&self, id: &Uuid) -> String {
        self.names.get(id).map_or_else(|| id.to_string(), |named| named.name.clone())
    }

    fn page(&self) -> Markup {
        let view = &self.view;
        let content = html! {
            @if self.items.is_empty() { (view.nothing_sold()) }
            @else if self.is_first { (ui::columns(&self.table(), &self.chart())) }
            @else { (self.table()) }
        };
        view.page(view.say("Meilleures ventes", "Best sellers"), &view.filters(true), &content)
    }

    fn table(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let whole = self.total.revenue_cents();
        let row = |(id, sums): &(Uuid, Sums)| {
            let share = if whole > 0 { drawn(sums.revenue_cents()) / drawn(whole) * 100.0 } else { 0.0 };
            let context = self.names.get(id).map_or_else(String::new, |n| {
                if n.category.is_empty() { n.sku.clone() } else { format!("{} · {}", n.sku, n.category) }
            });
            Row::new([
                html! { span.strong { (self.name(id)) } @if !context.is_empty() { span.sub { (context) } } },
                html! { (count(lang, sums.pieces)) },
                html! {
                    @if sums.returned_pieces == 0 { (ui::table::missing()) } @else { (count(lang, sums.returned_pieces)) }
                },
                html! { (format::percent(lang, share, 1)) },
                html! { b.strong { (view.money(sums.revenue_cents())) } },
            ])
        };
        let columns = vec![
            Column::new(view.say("Produit", "Product")),
            Column::new(view.say("Pièces", "Pieces")).number(),
            Column::new(view.say("Rendues", "Returned")).number().optional(),
            Column::new(view.say("Part", "Share")).number().optional(),
            Column::new(view.say("CA TTC", "Revenue")).number(),
        ];
        Table::new(lang, view.say("Produits par chiffre d’affaires", "Products by revenue"), columns)
            .id("ranking")
            .csv(view.csv("/api/v1/reports/products", ""))
            .rows(self.items.iter().map(row))
            .pages(None, self.next.clone())
            .render()
    }

    fn chart(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let bar = |(nth, (id, sums)): (usize, &(Uuid, Sums))| Bar {
            label: (nth + 1).to_string(),
            value: drawn(sums.revenue_cents()).max(0.0),
            title: ui::labelled(lang, &self.name(id), &view.money(sums.revenue_cents())),
            ..Bar::default()
        };
        let first = self.items.first().map(|(id, _)| self.name(id)).unwrap_or_default();
        let label = match lang {
            Lang::Fr => format!("Chiffre d’affaires des premiers produits, en euros\u{a0}; d’abord {first}"),
            Lang::En => format!("Revenue of the first products, in euros; first {first}"),
        };
        let bars = self.items.iter().take(BARS).enumerate().map(bar).collect();
        let chart = BarChart { label, bars, legend: None };
        let body = html! {
            (ui::bar_chart(lang, &chart))
            p.small.soft { (view.say("Les numéros sont les rangs de la liste.", "The numbers are the ranks of the list.")) }
        };
        Card::new(view.say("Les premiers, en euros", "The first, in euros"))
            .aside(ui::table_link(lang, "#ranking"))
            .body(body)
            .render()
    }
}
