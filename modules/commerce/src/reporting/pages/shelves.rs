//! What has run out, since when, and what is nearly gone.

use super::{SHELVES, View, count};
use crate::reporting::http::{empty_times, threshold};
use crate::reporting::period::Preset;
use crate::reporting::queries::{self, Named, Outs, Shelf};
use crate::reporting::{Reports, words};
use axum::Extension;
use kernel::Uuid;
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use web::ui::{self, Column, Icon, Kpi, Row, Table, Tone, format};
use web::{Ctx, ListPage, Page, Query};

/// Shelves on a page.
const ROWS: u32 = 100;

struct Empty {
    view: View,
    low: i64,
    shelves: Vec<Shelf>,
    next: Option<String>,
    times: BTreeMap<(String, Uuid), Outs>,
    names: BTreeMap<Uuid, Named>,
}

pub(super) async fn page(Extension(reports): Extension<Reports>, ctx: Ctx, query: Query) -> Page {
    let (after, low) = (query.cursor()?, threshold(&query)?);
    let view = View::read(reports, ctx, &query, SHELVES, Preset::Month).await?;
    let db = &view.reports.db;
    let found = queries::low(db, low, &view.scope.shop, after, ROWS + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(found, ROWS, queries::place);
    let names = queries::names(db, items.iter().map(|shelf| &shelf.product)).await?;
    let times = empty_times(&view.reports, &view.scope, view.now()).await?;
    let next = next_cursor.map(|cursor| query.with("cursor", Some(&cursor)));
    let empty = Empty { low, shelves: items, next, times, names, view };
    Ok(web::pages::html(empty.page()))
}

impl Empty {
    fn page(&self) -> Markup {
        let view = &self.view;
        let content = html! { (self.kpis()) (self.table()) };
        view.page(
            view.say("Ruptures et stock bas", "Stock-outs and low stock"),
            &view.filters(false),
            &content,
        )
    }

    fn kpis(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let out = self.shelves.iter().filter(|shelf| shelf.out_since.is_some()).count();
        let low = self.shelves.len() - out;
        let count = |n: usize| count(lang, i64::try_from(n).unwrap_or(i64::MAX));
        let more = if self.next.is_some() { view.say("sur cette page", "on this page") } else { "" };
        let times: i64 = self.times.values().map(|out| out.times).sum();
        let list = [
            Kpi::new(view.say("En rupture", "Out of stock"), count(out)).unit(more),
            Kpi::new(view.say("Stock bas", "Low stock"), count(low)).unit(match lang {
                kernel::Lang::Fr => format!("au plus {} libres", self.low),
                kernel::Lang::En => format!("at most {} free", self.low),
            }),
            Kpi::new(
                view.say("Ruptures de la période", "Times out in the period"),
                super::count(lang, times),
            ),
        ];
        ui::kpis(lang, view.say("Ruptures", "Stock-outs"), &list)
    }

    fn row(&self, shelf: &Shelf) -> Row {
        let (view, lang) = (&self.view, self.view.lang());
        let named = self.names.get(&shelf.product);
        let name = named.map_or_else(|| shelf.product.to_string(), |n| n.name.clone());
        let empty = self.times.get(&(shelf.shop.clone(), shelf.product));
        let state = match shelf.out_since {
            Some(at) => {
                let since = format::when(lang, at, view.now(), &view.reports.calendar.0);
                let since = format!("{} {since}", view.say("Depuis", "Since"));
                ui::chip(Tone::Bad, Icon::CircleAlert, &since)
            }
            None => ui::chip(Tone::Warn, Icon::TriangleAlert, view.say("Bas", "Low")),
        };
        Row::new([
            html! {
                span.strong { (name) }
                span.sub { (words::shop(&shelf.shop)) @if let Some(n) = named { " · " (n.sku) } }
            },
            html! { (count(lang, shelf.on_hand - shelf.reserved)) },
            html! { (count(lang, shelf.on_hand)) },
            html! {
                @match empty {
                    Some(out) => { (count(lang, out.times)) span.sub { (format::span(lang, out.micros)) } }
                    None => { (ui::table::missing()) }
                }
            },
            state,
        ])
    }

    fn table(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let columns = vec![
            Column::new(view.say("Produit", "Product")),
            Column::new(view.say("Libre", "Free")).number(),
            Column::new(view.say("En rayon", "On hand")).number().optional(),
            Column::new(view.say("Ruptures", "Times out")).number().optional(),
            Column::new(view.say("État", "State")).right(),
        ];
        let nothing = ui::empty(
            view.say("Rien ne manque", "Nothing is missing"),
            view.say(
                "Les produits dont il ne reste rien de libre s’afficheront ici.",
                "Products of which nothing is free appear here.",
            ),
            &html! {},
        );
        Table::new(lang, view.say("Rayons vides ou presque", "Shelves that are empty or nearly so"), columns)
            .csv(view.csv("/api/v1/reports/stock-outs", &format!("&low={}", self.low)))
            .rows(self.shelves.iter().map(|shelf| self.row(shelf)))
            .pages(None, self.next.clone())
            .empty(nothing)
            .render()
    }
}
