//! What is printed: receipts, readings and closings. On paper nothing else of the page remains.

use super::counter::rate_word;
use super::{means_word, number};
use crate::retail::till::queries::{Reading, Shop};
use crate::retail::till::record::{Closing, Receipt, ReceiptLine, Vat};
use crate::retail::till::totals::Totals;
use contracts::retail::SaleKind;
use kernel::{Lang, Timestamp};
use maud::{Markup, html};
use web::Ctx;
use web::ui::{self, Button, Icon, format, say};

/// A pair of words and a figure.
type Line = (String, String);

/// The button that prints, for those with scripts; the browser's own menu does it too.
pub(super) fn print_button(lang: Lang) -> Markup {
    html! { span data-print { (Button::new(say(lang, "Imprimer", "Print")).icon(Icon::ReceiptText)) } }
}

fn pairs(lines: &[Line]) -> Markup {
    html! { dl.figures { @for (word, figure) in lines { dt { (word) } dd.num { (figure) } } } }
}

fn when(ctx: &Ctx, at: Timestamp) -> String {
    format::datetime_long(ctx.lang, at, &ctx.edge.config.zone)
}

fn vat_lines(ctx: &Ctx, vat: &[Vat]) -> Vec<Line> {
    let line = |one: &Vat| {
        let of = say(ctx.lang, "sur", "of");
        let word =
            format!("{} {of} {}", rate_word(ctx.lang, one.rate_bp), format::money(ctx.lang, one.net_cents));
        (word, format::money(ctx.lang, one.vat_cents))
    };
    vat.iter().map(line).collect()
}

/// The receipt of a sale or a return. The first print is the original; later ones say which copy they are.
pub(super) fn receipt(
    ctx: &Ctx,
    shop: &Shop,
    r: &Receipt,
    hash: &str,
    copy: Option<u64>,
    of: Option<u64>,
) -> Markup {
    let (lang, money) = (ctx.lang, |cents| format::money(ctx.lang, cents));
    let is_return = r.kind == SaleKind::Return;
    let total = if is_return { say(lang, "Remboursé", "Given back") } else { say(lang, "Total", "Total") };
    let mut sums = vat_lines(ctx, &r.vat);
    for tender in &r.tenders {
        sums.push((means_word(lang, &tender.means).to_owned(), money(tender.amount_cents)));
    }
    if r.change_cents > 0 {
        sums.push((say(lang, "Rendu", "Change").to_owned(), money(r.change_cents)));
    }
    let line = |line: &ReceiptLine| {
        html! {
            li {
                span.grow {
                    b { (ui::typeset(lang, &line.name)) }
                    span.small.muted {
                        (format::integer(lang, line.quantity.into())) " × " (money(line.unit_price_cents))
                        @if is_return { ", " @if line.restock { (say(lang, "remis en rayon", "back on the shelf")) } @else { (say(lang, "mis au rebut", "scrapped")) } }
                    }
                }
                span.num { (money(line.total_cents)) }
            }
        }
    };
    html! {
        section.paper aria-label=(say(lang, "Ticket", "Receipt")) {
            header {
                strong { (ctx.edge.config.organisation) }
                span { (shop.name) } @if !shop.address.is_empty() { span.small { (shop.address) } }
            }
            @if let Some(copy) = copy { p.duplicata { "DUPLICATA " (copy) } }
            p {
                (if is_return { say(lang, "Retour", "Return") } else { say(lang, "Ticket", "Receipt") }) " " (number(r.number))
                ", " (say(lang, "caisse", "till")) " " (r.till)
            }
            p.small { (when(ctx, r.at)) }
            @if let Some(of) = of { p.small { (say(lang, "Reprise du ticket", "Takes back receipt")) " " (number(of)) } }
            ul { @for one in &r.lines { (line(one)) } }
            p.papertotal { span { (total) } span.num { (money(r.total_cents)) } }
            (pairs(&sums))
            p.tiny.muted.mono { (say(lang, "Empreinte", "Fingerprint")) " " (hash.get(..16).unwrap_or(hash)) }
        }
    }
}

/// The figures that a reading and a closing share.
fn totals(ctx: &Ctx, totals: &Totals) -> Vec<Line> {
    let (lang, money) = (ctx.lang, |cents| format::money(ctx.lang, cents));
    let mut lines = Vec::new();
    let range = match (totals.first, totals.last) {
        (Some(first), Some(last)) => {
            format!("{} {} {}", number(first), say(lang, "à", "to"), number(last))
        }
        _ => say(lang, "aucun", "none").to_owned(),
    };
    lines.push((say(lang, "Tickets", "Receipts").to_owned(), range));
    let counted = |n: u64| format::integer(lang, i64::try_from(n).unwrap_or(i64::MAX));
    lines.push((
        format!("{} ({})", say(lang, "Ventes", "Sales"), counted(totals.sales)),
        money(totals.sold_cents),
    ));
    lines.push((
        format!("{} ({})", say(lang, "Retours", "Returns"), counted(totals.returns)),
        format::signed_money(lang, -totals.returned_cents),
    ));
    lines.push((say(lang, "Net", "Net").to_owned(), money(totals.net_cents())));
    for tender in &totals.tenders {
        let net = tender.in_cents - tender.out_cents;
        lines.push((means_word(lang, &tender.means).to_owned(), money(net)));
    }
    lines.extend(vat_lines(ctx, &totals.vat));
    lines
}

/// A reading: the figures of the session so far.
pub(super) fn reading(ctx: &Ctx, reading: &Reading) -> Markup {
    let (lang, money) = (ctx.lang, |cents| format::money(ctx.lang, cents));
    let mut lines = totals(ctx, &reading.totals);
    lines.push((say(lang, "Fond de caisse", "Float").to_owned(), money(reading.session.float_cents)));
    lines.push((
        say(lang, "Attendu dans le tiroir", "Expected in the drawer").to_owned(),
        money(reading.expected_cents),
    ));
    html! {
        p.small.soft { (say(lang, "Ouverte le", "Opened on")) " " (when(ctx, reading.session.opened_at)) }
        (pairs(&lines))
    }
}

/// A closing.
pub(super) fn closing(ctx: &Ctx, shop: &Shop, c: &Closing, hash: &str, by: &str) -> Markup {
    let (lang, money) = (ctx.lang, |cents| format::money(ctx.lang, cents));
    let word = |fr, en| say(lang, fr, en).to_owned();
    let drawer = [
        (word("Fond de caisse", "Float"), money(c.float_cents)),
        (word("Espèces attendues", "Cash expected"), money(c.expected_cents)),
        (word("Espèces comptées", "Cash counted"), money(c.counted_cents)),
        (word("Écart", "Difference"), format::signed_money(lang, c.difference_cents)),
    ];
    let ever = [
        (word("Ventes depuis l’origine", "Sales since the beginning"), money(c.sold_ever_cents)),
        (word("Retours depuis l’origine", "Returns since the beginning"), money(c.returned_ever_cents)),
    ];
    html! {
        section.paper aria-label=(say(lang, "Clôture", "Closing")) {
            header {
                strong { (ctx.edge.config.organisation) }
                span { (shop.name) ", " (say(lang, "caisse", "till")) " " (c.till) }
            }
            p { (say(lang, "Clôture Z", "Closing Z")) " " (c.number) }
            p.small { (when(ctx, c.opened_at)) br; (when(ctx, c.closed_at)) ", " (by) }
            (pairs(&totals(ctx, &c.totals)))
            (pairs(&drawer))
            (pairs(&ever))
            p.tiny.muted.mono { (say(lang, "Empreinte", "Fingerprint")) " " (hash.get(..16).unwrap_or(hash)) }
        }
    }
}
