//! What the till shows: one field that has the focus, the products of a shelf, the ticket, its total, and the means to pay.

use super::draft::Draft;
use super::{RECEIPTS, TILLS, means_word, number, session, trouble};
use crate::retail::REPORT;
use crate::retail::till::model::{self, Means, Offer};
use crate::retail::till::record::{Chain, Receipt};
use crate::retail::till::sql::Till;
use kernel::{Error, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::Ctx;
use web::ui::{self, Icon, TillPage, Tone, format, icon, icon_large, say};

/// From how many pieces on a product is running short.
const SHORT: i64 = 5;

/// Everything that the page shows.
pub(super) struct View<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) till: &'a Till,
    pub(super) shop: String,
    pub(super) draft: Draft,
    /// The products of the ticket.
    pub(super) known: BTreeMap<Uuid, Offer>,
    pub(super) shelves: Vec<String>,
    pub(super) tiles: Vec<Offer>,
    /// What was looked for, when it was not one product.
    pub(super) sought: String,
    /// What was just sold.
    pub(super) sold: Option<Receipt>,
    pub(super) error: Option<Error>,
}

impl View<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn money(&self, cents: i64) -> String {
        format::money(self.ctx.lang, cents)
    }

    fn path(&self) -> String {
        format!("{TILLS}/{}/{}", self.till.shop, self.till.code)
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &Offer, i64)> {
        let line = |(at, (product, pieces)): (usize, &(Uuid, i64))| {
            self.known.get(product).map(|offer| (at, offer, *pieces))
        };
        self.draft.lines.iter().enumerate().filter_map(line)
    }

    pub(super) fn total_cents(&self) -> i64 {
        self.lines().map(|(_, offer, pieces)| offer.price_cents.saturating_mul(pieces)).sum()
    }

    /// A button that sends the ticket with what is to be done.
    fn act(&self, what: &str, label: &str, shown: Icon) -> Markup {
        html! { button.btn.icon type="submit" name="do" value=(what) aria-label=(label) { (icon(shown)) } }
    }

    fn scan(&self) -> Markup {
        let label = self.say("Code-barres, numéro ou nom", "Bar code, number or name");
        html! {
            div.scanrow {
                label.scan.grow {
                    (icon_large(Icon::Search)) span.sr { (label) }
                    input #code name="code" autocomplete="off" autofocus data-till-focus
                        placeholder=(self.say("Scannez, ou tapez un code ou un nom", "Scan, or type a code or a name"));
                }
                button.btn.tall type="submit" name="do" value="scan" { (self.say("Ajouter", "Add")) }
                a.btn.tall href=(format!("{}/recherche", self.path())) { (icon(Icon::History)) (self.say("Tickets", "Receipts")) }
            }
        }
    }

    fn shelf(&self) -> Markup {
        html! {
            div.cats role="group" aria-label=(self.say("Rayons", "Shelves")) {
                @for shelf in &self.shelves {
                    @let here = self.sought.is_empty() && *shelf == self.draft.shelf;
                    button type="submit" name="do" value={ "shelf:" (shelf) } aria-pressed=(here.to_string()) {
                        @if shelf.is_empty() { (self.say("Divers", "Others")) } @else { (shelf) }
                    }
                }
            }
            @if !self.sought.is_empty() {
                p.small.soft role="status" {
                    @if self.tiles.is_empty() { (self.say("Rien ne correspond à", "Nothing is called")) } @else { (self.say("Choisissez parmi", "Choose among")) }
                    " " (ui::quoted(self.ctx.lang, &self.sought))
                }
            }
            ul.prods { @for offer in &self.tiles { li { (self.tile(offer)) } } }
        }
    }

    fn tile(&self, offer: &Offer) -> Markup {
        let lang = self.ctx.lang;
        html! {
            button.prod.zero[offer.free == Some(0)] type="submit" name="do" value={ "add:" (offer.product) } {
                b { (ui::typeset(lang, &offer.name)) }
                span.tiny.muted.mono { (offer.sku) }
                span.pf {
                    strong.num { (self.money(offer.price_cents)) }
                    @match offer.free {
                        None => {}
                        Some(0) => { span.tiny.stk.bad { (icon(Icon::X)) (self.say("Rupture", "None left")) } }
                        Some(n) if n < SHORT => { span.tiny.stk.warn { (icon(Icon::TriangleAlert)) (self.say("Reste", "Only")) " " (format::integer(lang, n)) } }
                        Some(n) => { span.tiny.muted.num { (format::integer(lang, n)) " " (self.say("en stock", "in stock")) } }
                    }
                }
            }
        }
    }

    fn line(&self, (at, offer, pieces): (usize, &Offer, i64)) -> Markup {
        let lang = self.ctx.lang;
        let name = ui::typeset(lang, &offer.name);
        html! {
            li.on[at == self.draft.on] {
                input type="hidden" name="line" value={ (offer.product) ":" (pieces) };
                span.q.num { (format::integer(lang, pieces)) }
                span.grow {
                    b { (name) }
                    span.small.muted { @if pieces > 1 { (format::integer(lang, pieces)) " × " } (self.money(offer.price_cents)) }
                }
                span.lineact {
                    (self.act(&format!("minus:{at}"), &format!("{} {name}", self.say("Un de moins,", "One less,")), Icon::Minus))
                    (self.act(&format!("plus:{at}"), &format!("{} {name}", self.say("Un de plus,", "One more,")), Icon::Plus))
                    (self.act(&format!("drop:{at}"), &format!("{} {name}", self.say("Retirer,", "Remove,")), Icon::Trash2))
                }
                span.num.strong { (self.money(offer.price_cents.saturating_mul(pieces))) }
            }
        }
    }

    fn sums(&self) -> Markup {
        let total = self.total_cents();
        let amounts: Vec<(u32, i64)> =
            self.lines().map(|(_, o, n)| (o.vat_rate_bp, o.price_cents.saturating_mul(n))).collect();
        let vat = model::taxes(amounts.iter().map(|(rate, cents)| (*rate, cents))).unwrap_or_default();
        let left = total - self.draft.paid_cents();
        html! {
            dl.sum aria-live="polite" {
                @if !vat.is_empty() {
                    dt { (self.say("Hors taxes", "Without tax")) }
                    dd { (self.money(vat.iter().map(|v| v.net_cents).sum())) }
                }
                @for one in &vat {
                    dt { (rate_word(self.ctx.lang, one.rate_bp)) } dd { (self.money(one.vat_cents)) }
                }
                @for one in &self.draft.given {
                    dt { (means_word(self.ctx.lang, one.means.word())) } dd { "−" (self.money(one.given_cents)) }
                }
                dt.tot { (self.say("À payer", "To pay")) } dd.tot #total { (self.money(left)) }
            }
        }
    }

    fn pays(&self) -> Markup {
        let left = self.total_cents() - self.draft.paid_cents();
        let none = self.draft.lines.is_empty();
        let pay = |means: Means, key: &str, class: &str, shown: Icon, label: &Markup| {
            html! {
                button.btn.big.(class) type="submit" name="do" value={ "pay:" (means.word()) } data-till-key=(key)
                    aria-keyshortcuts=(key) disabled[none] { (icon_large(shown)) (label) kbd aria-hidden="true" { (key) } }
            }
        };
        let card =
            html! { span { (self.say("Carte", "Card")) " " span.num data-till-due { (self.money(left)) } } };
        let word = |text: &'static str| html! { (text) };
        html! {
            div.pays {
                label.amount {
                    span { (self.say("Reçu, si ce n’est pas le compte", "Received, if not exact")) }
                    input.in name="amount" inputmode="decimal" autocomplete="off" placeholder=(format::money_field(self.ctx.lang, left.max(0)));
                }
                (pay(Means::Card, "F4", "primary", Icon::CreditCard, &card))
                div.pair {
                    (pay(Means::Cash, "F2", "plain", Icon::Banknote, &word(self.say("Espèces", "Cash"))))
                    (pay(Means::Voucher, "F3", "plain", Icon::Ellipsis, &word(self.say("Bon", "Voucher"))))
                }
                @if !self.draft.given.is_empty() {
                    button.btn type="submit" name="do" value="unpay" { (self.say("Reprendre le règlement", "Begin paying again")) }
                }
            }
        }
    }

    /// What was just sold, until the next scan.
    fn sold(&self) -> Markup {
        let Some(receipt) = &self.sold else { return Markup::default() };
        let title = format!("{} {}", self.say("Ticket", "Receipt"), number(receipt.number));
        let text = html! {
            (self.money(receipt.total_cents))
            @if receipt.change_cents > 0 {
                ". " strong.change { (self.say("À rendre", "Change")) " " (self.money(receipt.change_cents)) }
            }
        };
        let open = format!("{RECEIPTS}/{}", receipt.sale_id);
        ui::message(
            Tone::Ok,
            &title,
            &text,
            &html! { a.btn.tall href=(open) { (self.say("Imprimer", "Print")) } },
        )
    }

    fn ticket(&self) -> Markup {
        let count: i64 = self.draft.lines.iter().map(|(_, pieces)| pieces).sum();
        let next = number(self.till.head(Chain::Receipt).0 + 1);
        html! {
            aside.ticket #ticket aria-label=(self.say("Ticket en cours", "Ticket under way")) {
                div.th {
                    h2 { (self.say("Ticket", "Receipt")) " " (next) }
                    span.count { (ui::counted(self.ctx.lang, count, ["article", "articles"], ["item", "items"])) }
                }
                @if self.draft.lines.is_empty() {
                    div.lines.none { p.soft { (self.say("Le premier article scanné s’affichera ici.", "The first item scanned appears here.")) } }
                } @else {
                    ul.lines { @for line in self.lines() { (self.line(line)) } }
                }
                (self.sums())
                (self.pays())
                template data-till-line { (self.line((0, &blank(), 0))) }
            }
        }
    }

    pub(super) fn page(&self) -> Markup {
        let ctx = self.ctx;
        let title = format!("{}, {} {}", self.shop, self.say("caisse", "till"), self.till.code);
        let last = self.till.head(Chain::Receipt).0;
        let sealed =
            format!("{} {}", self.say("Scellé jusqu’au ticket", "Sealed up to receipt"), number(last));
        let may_close = ctx.principal.as_ref().is_some_and(|p| p.may(REPORT));
        let bar = html! {
            @if last > 0 { (ui::chip(Tone::Ok, Icon::CircleCheck, &sealed)) }
            span.grow {}
            span.chip.warn role="status" data-till-away hidden
                data-away=(self.say("Hors ligne, la caisse continue", "Offline, the till goes on"))
                data-waiting=(self.say("Tickets à envoyer\u{a0}: {n}", "Receipts to send: {n}")) { (icon(Icon::WifiOff)) span {} }
            @if may_close { a.btn.tall href=(format!("{}/cloture", self.path())) { (icon(Icon::Lock)) (self.say("Clôture", "Closing")) } }
        };
        let content = html! {
            form #till.posgrid method="post" action=(self.path()) novalidate data-till
                data-till-api=(format!("/api/v1/retail/tills/{}/{}", self.till.shop, self.till.code)) {
                (ui::csrf_field(&ctx.csrf))
                input type="hidden" name="sale" value=(self.draft.sale);
                input type="hidden" name="shelf" value=(self.draft.shelf);
                input type="hidden" name="on" value=(self.draft.on);
                @for one in &self.draft.given {
                    input type="hidden" name="tender" value={ (one.means.word()) ":" (one.given_cents) };
                }
                main.poscat #main tabindex="-1" {
                    h1.sr { (self.say("Vente", "Sale")) }
                    (self.scan())
                    (trouble(ctx.lang, self.error.as_ref()))
                    (self.sold())
                    p.change role="status" data-till-change=(self.say("À rendre\u{a0}: {n}", "Change: {n}")) {}
                    (self.shelf())
                }
                (self.ticket())
            }
        };
        TillPage { lang: ctx.lang, title, home: TILLS.into(), person: session::person(ctx), bar }
            .page(&content)
    }
}

/// What scripts make lines of, when the server is away.
fn blank() -> Offer {
    Offer {
        product: Uuid::nil(),
        sku: String::new(),
        ean13: String::new(),
        name: "…".into(),
        category: String::new(),
        price_cents: 0,
        vat_rate_bp: 0,
        free: None,
    }
}

/// `TVA 5,5 %`.
pub(super) fn rate_word(lang: kernel::Lang, rate_bp: u32) -> String {
    format!(
        "{} {}",
        say(lang, "TVA", "VAT"),
        format::percent(lang, f64::from(rate_bp) / 100.0, usize::from(!rate_bp.is_multiple_of(100)))
    )
}
