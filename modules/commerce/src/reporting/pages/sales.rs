//! What was sold: the sums, day by day, by shop, by channel, and the tax by rate.

use super::{SALES, View, count, drawn};
use crate::reporting::calendar::week_code;
use crate::reporting::period::Preset;
use crate::reporting::queries::{self, Baskets, By, Sums};
use crate::reporting::{Reports, words};
use axum::Extension;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{Lang, Result};
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use web::ui::{self, Bar, BarChart, Card, Column, Kpi, Row, Table, format};
use web::{Ctx, Page, Query};

/// The most days that are drawn one by one; beyond it weeks.
const DAYS: i32 = 31;
/// Rows of a table, at most: two years of days.
const ROWS: u32 = 800;
/// Names below the bars, at most.
const NAMES: usize = 8;

/// What the page shows.
struct Sold {
    view: View,
    by: By,
    total: Sums,
    baskets: Baskets,
    periods: Vec<(String, Sums)>,
    shops: Vec<(String, Sums)>,
    shop_baskets: BTreeMap<String, Baskets>,
    channels: Vec<(String, Sums)>,
    rates: Vec<(String, Sums)>,
}

pub(super) async fn page(Extension(reports): Extension<Reports>, ctx: Ctx, query: Query) -> Page {
    let view = View::read(reports, ctx, &query, SALES, Preset::Month).await?;
    let sold = Sold::read(view).await?;
    Ok(web::pages::html(sold.page()))
}

impl Sold {
    async fn read(view: View) -> Result<Self> {
        let (db, scope) = (&view.reports.db, &view.scope);
        let by = if (scope.to - scope.from).get_days() < DAYS { By::Day } else { By::Week };
        let of = |by| queries::sums(by, scope, None, ROWS);
        let asked = [
            queries::baskets(By::Shop, scope),
            queries::total(scope),
            of(by),
            of(By::Shop),
            of(By::Channel),
            of(By::Vat),
        ];
        let [baskets, total, periods, shops, channels, rates] = queries::at_once(db, asked).await?;
        let shop_baskets = queries::read_baskets(By::Shop, &baskets)?;
        let mut baskets = Baskets::default();
        for of in shop_baskets.values() {
            baskets.count += of.count;
            baskets.pieces += of.pieces;
            baskets.gross_cents += of.gross_cents;
            baskets.returns += of.returns;
        }
        Ok(Self {
            by,
            total: queries::read_total(&total)?,
            baskets,
            periods: queries::read_sums(by, &periods)?,
            shops: queries::read_sums(By::Shop, &shops)?,
            shop_baskets,
            channels: queries::read_sums(By::Channel, &channels)?,
            rates: queries::read_sums(By::Vat, &rates)?,
            view,
        })
    }

    fn page(&self) -> Markup {
        let view = &self.view;
        let content = if self.periods.is_empty() {
            view.nothing_sold()
        } else {
            html! {
                (self.kpis())
                (ui::columns(
                    &html! { (self.chart()) (self.table()) },
                    &html! { (self.by_shop()) (self.by_channel()) (self.vat()) },
                ))
            }
        };
        view.page(view.say("Ventes", "Sales"), &view.filters(true), &content)
    }

    fn kpis(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let mean = self.baskets.mean_cents().map_or_else(|| "–".to_owned(), |cents| view.money(cents));
        let baskets = ui::counted(lang, self.baskets.count, ["panier", "paniers"], ["basket", "baskets"]);
        let vat = view.money(self.total.vat_cents);
        let of_vat = if lang == Lang::Fr { format!("{vat} de TVA") } else { format!("{vat} VAT") };
        let sold = ui::counted(lang, self.total.pieces, ["pièce", "pièces"], ["piece", "pieces"]);
        let back = ui::counted(lang, self.total.returned_pieces, ["pièce", "pièces"], ["piece", "pieces"]);
        let list = [
            Kpi::new(
                view.say("Chiffre d’affaires TTC", "Revenue incl. VAT"),
                view.money(self.total.revenue_cents()),
            )
            .unit(sold)
            .spark(self.axis().iter().map(|(_, s)| drawn(s.revenue_cents())).collect(), None),
            Kpi::new(
                view.say("Chiffre d’affaires HT", "Revenue excl. VAT"),
                view.money(self.total.net_cents()),
            )
            .unit(of_vat),
            Kpi::new(view.say("Panier moyen", "Mean basket"), mean).unit(baskets),
            Kpi::new(
                view.say("Retours et remboursements", "Returns and refunds"),
                view.money(self.total.returned_cents),
            )
            .unit(back),
        ];
        ui::kpis(lang, view.say("Chiffres de la période", "Figures of the period"), &list)
    }

    /// Every day or week of the period, also those on which nothing was sold.
    fn axis(&self) -> Vec<(String, Sums)> {
        let known: BTreeMap<&str, Sums> =
            self.periods.iter().map(|(key, sums)| (key.as_str(), *sums)).collect();
        let mut axis: Vec<(String, Sums)> = Vec::new();
        for day in self.view.scope.from.series(1.day()).take_while(|day| *day <= self.view.scope.to) {
            let key = if self.by == By::Day { day.to_string() } else { week_code(day) };
            if axis.last().is_none_or(|(last, _)| *last != key) {
                let sums = known.get(key.as_str()).copied().unwrap_or_default();
                axis.push((key, sums));
            }
        }
        axis
    }

    /// The short name below a bar.
    fn short(&self, key: &str) -> String {
        match (self.by, key.parse::<Date>()) {
            (By::Day, Ok(date)) => date.day().to_string(),
            _ => key.split_once("-W").map_or(key, |(_, week)| week.trim_start_matches('0')).to_owned(),
        }
    }

    fn chart(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let axis = self.axis();
        let every = axis.len().div_ceil(NAMES).max(1);
        let last = axis.len().saturating_sub(1);
        let bar = |(nth, (key, sums)): (usize, &(String, Sums))| {
            let title = words::told(lang, self.by, key);
            Bar {
                label: if (last - nth).is_multiple_of(every) { self.short(key) } else { String::new() },
                value: drawn(sums.revenue_cents()).max(0.0),
                title: ui::labelled(lang, &title, &view.money(sums.revenue_cents())),
                ..Bar::default()
            }
        };
        let best = self.periods.iter().max_by_key(|(_, sums)| sums.revenue_cents());
        let (what, best) = (
            view.say("Chiffre d’affaires en euros", "Revenue in euros"),
            best.map(|(key, sums)| {
                format!("{}, {}", words::told(lang, self.by, key), view.money(sums.revenue_cents()))
            }),
        );
        let label = match (best, lang) {
            (Some(best), Lang::Fr) => format!("{what}\u{a0}; le plus haut\u{a0}: {best}"),
            (Some(best), Lang::En) => format!("{what}; the highest: {best}"),
            (None, _) => what.to_owned(),
        };
        let chart = BarChart { label, bars: axis.iter().enumerate().map(bar).collect(), legend: None };
        let title = match self.by {
            By::Day => view.say("Chiffre d’affaires par jour, en euros", "Revenue by day, in euros"),
            _ => view.say("Chiffre d’affaires par semaine, en euros", "Revenue by week, in euros"),
        };
        let link = ui::table_link(lang, "#by-period");
        Card::new(title).aside(link).body(ui::bar_chart(lang, &chart)).render()
    }

    fn sums(&self, sums: &Sums) -> [Markup; 4] {
        let view = &self.view;
        [
            html! { (count(view.lang(), sums.pieces)) },
            html! { @if sums.returned_cents == 0 { (ui::table::missing()) } @else { (view.money(sums.returned_cents)) } },
            html! { (view.money(sums.vat_cents)) },
            html! { b.strong { (view.money(sums.revenue_cents())) } },
        ]
    }

    fn columns(&self, first: &str) -> Vec<Column> {
        let view = &self.view;
        vec![
            Column::new(first),
            Column::new(view.say("Pièces", "Pieces")).number().optional(),
            Column::new(view.say("Retours", "Returns")).number().optional(),
            Column::new(view.say("TVA", "VAT")).number().optional(),
            Column::new(view.say("CA TTC", "Revenue")).number(),
        ]
    }

    fn table(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let row = |(key, sums): &(String, Sums)| {
            let [pieces, back, vat, revenue] = self.sums(sums);
            Row::new([html! { (words::told(lang, self.by, key)) }, pieces, back, vat, revenue])
        };
        let caption = match self.by {
            By::Day => view.say("Jour par jour", "Day by day"),
            _ => view.say("Semaine par semaine", "Week by week"),
        };
        let by = if self.by == By::Day { "" } else { "&by=week" };
        Table::new(lang, caption, self.columns(words::by(lang, self.by)))
            .id("by-period")
            .title(caption)
            .csv(view.csv("/api/v1/reports/sales", by))
            .rows(self.periods.iter().rev().map(row))
            .foot(html! {
                a href=(view.csv("/api/v1/reports/sales", "&by=detail")) download {
                    (view.say("Tout le détail, par jour, boutique et produit", "The whole detail, by day, shop and product"))
                }
            })
            .render()
    }

    fn by_shop(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let row = |(key, sums): &(String, Sums)| {
            let of = self.shop_baskets.get(key).copied().unwrap_or_default();
            let mean = of.mean_cents().map_or_else(ui::table::missing, |cents| html! { (view.money(cents)) });
            let baskets = ui::counted(lang, of.count, ["panier", "paniers"], ["basket", "baskets"]);
            let href = view.href(SALES, &view.days(), key, &view.scope.channel);
            Row::new([
                ui::subject(None, &words::shop(key), &href, &baskets),
                mean,
                html! { b.strong { (view.money(sums.revenue_cents())) } },
            ])
        };
        let columns = vec![
            Column::new(view.say("Boutique", "Shop")),
            Column::new(view.say("Panier moyen", "Mean basket")).number(),
            Column::new(view.say("CA TTC", "Revenue")).number(),
        ];
        let caption = view.say("Par boutique", "By shop");
        Table::new(lang, caption, columns)
            .title(caption)
            .csv(view.csv("/api/v1/reports/sales", "&by=shop"))
            .rows(self.shops.iter().map(row))
            .render()
    }

    fn by_channel(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let whole = self.total.revenue_cents();
        let row = |(key, sums): &(String, Sums)| {
            let share = if whole > 0 { drawn(sums.revenue_cents()) / drawn(whole) * 100.0 } else { 0.0 };
            Row::new([
                html! { (words::channel(lang, key)) },
                html! { (format::percent(lang, share, 1)) },
                html! { b.strong { (view.money(sums.revenue_cents())) } },
            ])
        };
        let columns = vec![
            Column::new(view.say("Canal", "Channel")),
            Column::new(view.say("Part", "Share")).number(),
            Column::new(view.say("CA TTC", "Revenue")).number(),
        ];
        let caption = view.say("Par canal", "By channel");
        Table::new(lang, caption, columns).title(caption).rows(self.channels.iter().map(row)).render()
    }

    fn vat(&self) -> Markup {
        let (view, lang) = (&self.view, self.view.lang());
        let line = |name: String, sums: &Sums| {
            Row::new([
                html! { (name) },
                html! { (view.money(sums.net_cents())) },
                html! { b.strong { (view.money(sums.vat_cents)) } },
            ])
        };
        let rows = self.rates.iter().rev();
        let rows = rows.map(|(key, sums)| line(words::told(lang, By::Vat, key), sums));
        let total = line(view.say("Ensemble", "All").to_owned(), &self.total);
        let columns = vec![
            Column::new(view.say("Taux", "Rate")),
            Column::new(view.say("HT", "Net")).number(),
            Column::new(view.say("TVA", "VAT")).number(),
        ];
        let caption = view.say("TVA par taux", "VAT by rate");
        Table::new(lang, caption, columns)
            .title(caption)
            .csv(view.csv("/api/v1/reports/sales", "&by=vat"))
            .rows(rows.chain([total]))
            .render()
    }
}
