//! How the weeks go: revenue of each shop as lines, and week against week.

use super::{TRENDS, View, count, drawn};
use crate::reporting::calendar::week_code;
use crate::reporting::period::Preset;
use crate::reporting::queries::{self, Baskets, By, Sums};
use crate::reporting::{Reports, words};
use axum::Extension;
use jiff::ToSpan;
use kernel::{Lang, Result};
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use web::ui::{self, Card, Column, Line, LineChart, Row, Table, format};
use web::{Ctx, Page, Query};

/// Weeks read, at most: two years.
const ROWS: u32 = 120;

struct Weeks {
    view: View,
    /// The weeks of the period, also those without a sale.
    codes: Vec<String>,
    sums: BTreeMap<String, Sums>,
    baskets: BTreeMap<String, Baskets>,
    /// Revenue by shop and week.
    by_shop: BTreeMap<String, BTreeMap<String, i64>>,
}

pub(super) async fn page(Extension(reports): Extension<Reports>, ctx: Ctx, query: Query) -> Page {
    let view = View::read(reports, ctx, &query, TRENDS, Preset::Quarter).await?;
    Ok(web::pages::html(Weeks::read(view).await?.page()))
}

impl Weeks {
    async fn read(view: View) -> Result<Self> {
        let (db, scope) = (&view.reports.db, &view.scope);
        let mut codes: Vec<String> = Vec::new();
        for day in scope.from.series(1.day()).take_while(|day| *day <= scope.to) {
            let code = week_code(day);
            if codes.last() != Some(&code) {
                codes.push(code);
            }
        }
        let mut by_shop: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        let asked = [
            queries::by_shop_and_week(scope),
            queries::sums(By::Week, scope, None, ROWS),
            queries::baskets(By::Week, scope),
        ];
        let [shops, sums, baskets] = queries::at_once(db, asked).await?;
        for (shop, week, cents) in queries::read_by_shop_and_week(&shops)? {
            by_shop.entry(shop).or_default().insert(week, cents);
        }
        let sums = queries::read_sums(By::Week, &sums)?.into_iter().collect();
        let baskets = queries::read_baskets(By::Week, &baskets)?;
        Ok(Self { codes, sums, baskets, by_shop, view })
    }

    fn page(&self) -> Markup {
        let view = &self.view;
        let content = html! {
            @if self.sums.is_empty() { (view.nothing_sold()) } @else { (self.chart()) (self.table()) }
        };
        view.page(view.say("Tendances", "Trends"), &view.filters(true), &content)
    }

    fn chart(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let line = |(shop, weeks): (&String, &BTreeMap<String, i64>)| {
            let name = words::shop(shop);
            let cents: Vec<i64> =
                self.codes.iter().map(|code| weeks.get(code).copied().unwrap_or(0)).collect();
            let title = |(code, cents): (&String, &i64)| {
                let week = format!("{name}, {}", words::week(lang, code).to_lowercase());
                ui::labelled(lang, &week, &view.money(*cents))
            };
            let titles = self.codes.iter().zip(&cents).map(title).collect();
            Line { name: name.clone(), values: cents.iter().map(|cents| drawn(*cents)).collect(), titles }
        };
        let number = |code: &String| {
            code.split_once("-W").map_or(code.as_str(), |(_, week)| week.trim_start_matches('0')).to_owned()
        };
        let (first, last) = (self.codes.first(), self.codes.last());
        let ends = first.zip(last).map(|(a, b)| (words::week(lang, a), words::week(lang, b)));
        let (first, last) = ends.unwrap_or_default();
        let label = match lang {
            Lang::Fr => format!("Chiffre d’affaires par semaine et boutique, en euros, de {first} à {last}"),
            Lang::En => format!("Revenue by week and shop, in euros, {first} to {last}"),
        };
        let chart = LineChart {
            label,
            periods: self.codes.iter().map(number).collect(),
            lines: self.by_shop.iter().take(6).map(line).collect(),
        };
        let shown = |value: f64| format::decimal(lang, value, 2);
        let table = ui::line_table(view.say("Semaine", "Week"), &chart, shown);
        let why = ui::why(view.say("Tableau", "Table"), false, &table);
        Card::new(view.say("Chiffre d’affaires par boutique, en euros", "Revenue by shop, in euros"))
            .body(html! { div.stack { (ui::line_chart(lang, &chart)) (why) } })
            .render()
    }

    /// How a week moved against the one before, in per cent; a week that is not over is not compared.
    fn moved(&self, nth: usize) -> Markup {
        let lang = self.view.lang();
        let of = |nth: usize| {
            self.codes.get(nth).and_then(|code| self.sums.get(code)).map_or(0, Sums::revenue_cents)
        };
        let running = self.codes.get(nth) == Some(&week_code(self.view.today));
        match nth.checked_sub(1).map(of) {
            Some(before) if before > 0 && !running => {
                let change = drawn(of(nth) - before) / drawn(before) * 100.0;
                html! { (format::signed_percent(lang, change, 1)) }
            }
            _ if running => html! { span.muted { (self.view.say("en cours", "running")) } },
            _ => ui::table::missing(),
        }
    }

    fn table(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let row = |nth: usize, code: &String| {
            let sums = self.sums.get(code).copied().unwrap_or_default();
            let of = self.baskets.get(code).copied().unwrap_or_default();
            Row::new([
                html! { (words::week(lang, code)) },
                html! { (count(lang, of.count)) },
                html! { (of.mean_cents().map_or_else(|| "–".to_owned(), |cents| view.money(cents))) },
                self.moved(nth),
                html! { b.strong { (view.money(sums.revenue_cents())) } },
            ])
        };
        let columns = vec![
            Column::new(view.say("Semaine", "Week")),
            Column::new(view.say("Paniers", "Baskets")).number().optional(),
            Column::new(view.say("Panier moyen", "Mean basket")).number().optional(),
            Column::new(view.say("Évolution", "Change")).number(),
            Column::new(view.say("CA TTC", "Revenue")).number(),
        ];
        let caption = view.say("Semaine par semaine", "Week by week");
        Table::new(lang, caption, columns)
            .title(caption)
            .csv(view.csv("/api/v1/reports/trends", ""))
            .rows(self.codes.iter().enumerate().rev().map(|(nth, code)| row(nth, code)))
            .render()
    }
}
