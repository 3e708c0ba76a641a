//! The pages of the reports. Each is a full address with its days, shop and channel in it, works without scripts, and
//! follows the events when there are any.

mod products;
mod reconciliation;
mod sales;
mod shelves;
mod trends;

use super::period::{Preset, Scope};
use super::{READ, Reports, queries, view_sales, view_stock, words};
use axum::Extension;
use bus::Signal;
use flow::Lag;
use jiff::civil::Date;
use kernel::{Lang, Result, Timestamp};
use maud::{Markup, html};
use web::ui::{self, Choice, Filter, format, say};
use web::{Api, Ctx, Doc, Query};

/// What was sold.
pub(super) const SALES: &str = "/reports";
const PRODUCTS: &str = "/reports/products";
const SHELVES: &str = "/reports/stock-outs";
const TRENDS: &str = "/reports/trends";
const RECONCILIATION: &str = "/reports/reconciliation";
const LIVE: &str = "/reports/live";

/// The routes.
pub(super) fn api(reports: &Reports) -> Api {
    let read = |text: &str| Doc::new(text).permission(READ);
    let ours = |signal: &Signal| matches!(signal, Signal::Applied { consumer, .. } if consumer == view_sales::NAME || consumer == view_stock::NAME);
    let live = move |ctx: Ctx| async move {
        ctx.permit(READ)?;
        Ok::<_, web::Failure>(web::changes(&ctx, ours))
    };
    let api = Api::new()
        .get(SALES, sales::page, read("What was sold"))
        .get(PRODUCTS, products::page, read("What sells best"))
        .get(SHELVES, shelves::page, read("What has run out"))
        .get(TRENDS, trends::page, read("How the weeks go"))
        .get(RECONCILIATION, reconciliation::page, read("Whether the reports say what the modules say"))
        .get(LIVE, live, read("Tells when the reports have changed"));
    Api { router: api.router.layer(Extension(reports.clone())), endpoints: api.endpoints }
}

/// What every page of the reports knows.
struct View {
    ctx: Ctx,
    reports: Reports,
    path: &'static str,
    scope: Scope,
    today: Date,
    shops: Vec<String>,
    lags: Vec<Lag>,
}

impl View {
    async fn read(
        reports: Reports,
        ctx: Ctx,
        query: &Query,
        path: &'static str,
        fallback: Preset,
    ) -> Result<Self> {
        ctx.permit(READ)?;
        // How old the figures are is read before the figures: they are at least as fresh as the page says.
        let lags = queries::as_of(&ctx.edge).await?;
        let scope = Scope::read(query, &reports.calendar, ctx.now(), fallback)?;
        let shops = queries::shops(&reports.db).await?;
        let today = reports.calendar.date(ctx.now());
        Ok(Self { ctx, reports, path, scope, today, shops, lags })
    }

    fn lang(&self) -> Lang {
        self.ctx.lang
    }

    fn now(&self) -> Timestamp {
        self.ctx.now()
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn money(&self, cents: i64) -> String {
        format::money(self.ctx.lang, cents)
    }

    /// The address of a page for other days, another shop, another channel.
    fn href(&self, path: &str, days: &str, shop: &str, channel: &str) -> String {
        let encoded = |text: &str| -> String { text.bytes().map(segment).collect() };
        let mut query = days.to_owned();
        for (name, value) in [("shop", shop), ("channel", channel)] {
            if !value.is_empty() {
                query.push_str(&format!("&{name}={}", encoded(value)));
            }
        }
        format!("{path}?{query}")
    }

    /// The days of this page, as an address says them.
    fn days(&self) -> String {
        match self.scope.preset(self.today) {
            Some(preset) => format!("period={}", preset.word()),
            None => format!("from={}&to={}", self.scope.from, self.scope.to),
        }
    }

    /// The same page's data, as a file.
    fn csv(&self, api: &str, more: &str) -> String {
        format!("{}&format=csv{more}", self.href(api, &self.days(), &self.scope.shop, &self.scope.channel))
    }

    fn tabs(&self) -> Markup {
        let tab = |path: &'static str, fr, en| {
            let href = self.href(path, &self.days(), &self.scope.shop, "");
            Choice::new(self.say(fr, en), href, path == self.path)
        };
        ui::tabs(
            self.say("Rapports", "Reports"),
            &[
                tab(SALES, "Ventes", "Sales"),
                tab(PRODUCTS, "Meilleures ventes", "Best sellers"),
                tab(SHELVES, "Ruptures", "Stock-outs"),
                tab(TRENDS, "Tendances", "Trends"),
                tab(RECONCILIATION, "Rapprochement", "Reconciliation"),
            ],
        )
    }

    fn presets(&self) -> Markup {
        let lang = self.lang();
        let chosen = self.scope.preset(self.today);
        let choices: Vec<Choice> = Preset::ALL
            .into_iter()
            .map(|preset| {
                let days = format!("period={}", preset.word());
                let href = self.href(self.path, &days, &self.scope.shop, &self.scope.channel);
                Choice::new(preset.name().get(lang), href, chosen == Some(preset))
            })
            .collect();
        ui::filter(
            lang,
            &match chosen {
                Some(preset) => Filter::new(preset.name().get(lang), choices),
                None => Filter::new(self.say("Période", "Period"), choices),
            },
        )
    }

    /// Days, shop, and where it makes a difference the channel.
    fn filters(&self, channels: bool) -> Markup {
        let (lang, days) = (self.lang(), self.days());
        let Scope { shop, channel, .. } = &self.scope;
        let label = self.say("Boutique", "Shop");
        let by_shop = if shop.is_empty() {
            let one = |code: &String| {
                Choice::new(words::shop(code), self.href(self.path, &days, code, channel), false)
            };
            Filter::new(label, self.shops.iter().map(one).collect())
        } else {
            Filter::set(label, words::shop(shop), self.href(self.path, &days, "", channel))
        };
        let label = self.say("Canal", "Channel");
        let by_channel = if channel.is_empty() {
            let one = |code: &str| {
                Choice::new(words::channel(lang, code), self.href(self.path, &days, shop, code), false)
            };
            Filter::new(label, [view_sales::WEB, view_sales::TILL].map(one).to_vec())
        } else {
            Filter::set(label, words::channel(lang, channel), self.href(self.path, &days, shop, ""))
        };
        html! {
            div.row.wrap {
                (self.presets())
                @if self.shops.len() > 1 || !shop.is_empty() { (ui::filter(lang, &by_shop)) }
                @if channels { (ui::filter(lang, &by_channel)) }
            }
        }
    }

    /// The whole page around its parts.
    fn page(&self, title: &str, filters: &Markup, content: &Markup) -> Markup {
        let lang = self.lang();
        let mut shell = web::pages::shell(&self.ctx, title);
        shell.fresh = web::pages::fresh(&self.lags, self.now());
        let dates = ui::capital(&format::date_range(lang, self.scope.from, self.scope.to));
        let inside = html! {
            (self.tabs())
            (ui::head(title, &html! { (dates) }, filters))
            (content)
        };
        shell.page(ui::blocks(ui::live("reports", LIVE, &html! { div.stack.wide { (inside) } })))
    }

    /// What stands where nothing was sold.
    fn nothing_sold(&self) -> Markup {
        ui::empty(
            self.say("Aucune vente sur ces jours", "No sales in these days"),
            self.say(
                "Les ventes s’affichent dès qu’une commande est terminée ou qu’un ticket est imprimé.",
                "Sales appear as soon as an order is completed or a receipt is printed.",
            ),
            &html! {},
        )
    }
}

/// A byte as a part of an address.
fn segment(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Cents as a drawing takes them: euros.
fn drawn(cents: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing of some hundred points")]
    let cents = cents as f64;
    cents / 100.0
}

/// A count as it is told.
fn count(lang: Lang, n: i64) -> String {
    format::integer(lang, n)
}
