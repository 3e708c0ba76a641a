//! Receipts: those of a till, one by its number, one to be read, printed, copied or taken back.

use super::{Answer, RECEIPTS, TILLS, means_word, number, paper, see_other};
use crate::retail::till::http::{AtTills, Place, copied};
use crate::retail::till::record::{Chain, Closing, Receipt, Record};
use crate::retail::till::views::left_of;
use crate::retail::{REPORT, SELL};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use contracts::retail::SaleKind;
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Column, Crumb, Field, FieldKind, Icon, Row, Table, format, say};
use web::{Ctx, ListPage, Query};

/// Receipts of a page.
const PAGE: u32 = 50;
/// Closings beside them.
const CLOSINGS: u32 = 14;

fn row(ctx: &Ctx, record: &Record) -> Result<Row> {
    let (lang, r): (_, Receipt) = (ctx.lang, record.read()?);
    let is_return = r.kind == SaleKind::Return;
    let means: Vec<&str> = r.tenders.iter().map(|t| means_word(lang, &t.means)).collect();
    let pieces: i64 = r.lines.iter().map(|line| i64::from(line.quantity)).sum();
    let amount = if is_return { -r.total_cents } else { r.total_cents };
    Ok(Row::new([
        html! { a href=(format!("{RECEIPTS}/{}", r.sale_id)) { (number(r.number)) } },
        html! { (format::datetime_short(lang, r.at, &ctx.edge.config.zone)) },
        html! {
            @if is_return { (ui::tag(say(lang, "Retour", "Return"))) " " }
            (ui::counted(lang, pieces, ["article", "articles"], ["item", "items"]))
        },
        html! { (means.join(", ")) },
        html! { (if is_return { format::signed_money(lang, amount) } else { format::money(lang, amount) }) },
    ]))
}

/// The receipts of a till, newest first, and its closings.
pub(super) async fn list(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code)): Place,
    query: Query,
) -> Answer {
    ctx.permit(REPORT)?;
    let lang = ctx.lang;
    tills.till(&shop, &code).await?;
    let place = (shop.as_str(), code.as_str());
    let found = tills.records(place, Chain::Receipt, query.cursor()?, PAGE + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(found, PAGE, |record| record.number);
    let closings = tills.records(place, Chain::Closing, None, CLOSINGS).await?;
    let name = tills.shop(&shop).await?.name;
    let title =
        format!("{} {name}, {} {code}", say(lang, "Tickets de", "Receipts of"), say(lang, "caisse", "till"));
    let columns = vec![
        Column::new(say(lang, "Ticket", "Receipt")).nowrap(),
        Column::new(say(lang, "Moment", "When")).nowrap(),
        Column::new(say(lang, "Contenu", "Content")).soft().optional(),
        Column::new(say(lang, "Règlement", "Tender")).soft().optional(),
        Column::new(say(lang, "Total", "Total")).number(),
    ];
    let rows = items.iter().map(|record| row(&ctx, record)).collect::<Result<Vec<_>>>()?;
    let next = next_cursor.map(|cursor| query.with("cursor", Some(&cursor)));
    let nothing = say(lang, "Aucun ticket", "No receipt");
    let table = Table::new(lang, title.clone(), columns).rows(rows).pages(None, next).empty(ui::empty(
        nothing,
        say(lang, "Les ventes de cette caisse s’afficheront ici.", "The sales of this till appear here."),
        &html! {},
    ));
    let mut frame = web::pages::shell(&ctx, title.clone());
    frame.crumbs = vec![Crumb { label: say(lang, "Caisse", "Till").into(), href: Some(TILLS.into()) }];
    let side = closings_card(&ctx, place, &closings)?;
    let find = Button::link(
        say(lang, "Chercher un ticket", "Find a receipt"),
        format!("{TILLS}/{shop}/{code}/recherche"),
    )
    .icon(Icon::Search);
    let body = html! {
        (ui::head(&title, &html! {}, &html! { (find) }))
        (ui::columns(&html! { (table) }, &side))
    };
    Ok(web::pages::html(frame.page(ui::blocks(body))).into_response())
}

fn closings_card(ctx: &Ctx, (shop, till): (&str, &str), closings: &[Record]) -> Result<Markup> {
    let lang = ctx.lang;
    let line = |record: &Record| {
        let c: Closing = record.read()?;
        let day = format::datetime_short(lang, c.closed_at, &ctx.edge.config.zone);
        let href = format!("{TILLS}/{shop}/{till}/cloture/{}", c.number);
        Ok(html! {
            li {
                a href=(href) { "Z " (c.number) } " " span.small.muted { (day) }
                span.num.strong { (format::money(lang, c.totals.net_cents())) }
            }
        })
    };
    let lines = closings.iter().map(line).collect::<Result<Vec<_>>>()?;
    let body = html! {
        @if lines.is_empty() { p.small.soft { (say(lang, "Aucune clôture encore.", "No closing yet.")) } }
        @else { ul.closings { @for line in lines { (line) } } }
    };
    Ok(html! { (ui::Card::new(say(lang, "Clôtures", "Closings")).body(body)) })
}

/// A receipt by its number: for whoever comes back with the paper.
pub(super) async fn find(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code)): Place,
    query: Query,
) -> Answer {
    ctx.permit(SELL)?;
    let lang = ctx.lang;
    tills.till(&shop, &code).await?;
    let (typed, asked) = (query.get("numero").unwrap_or_default(), query.get("caisse").unwrap_or(&code));
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if let Ok(n) = digits.parse::<u64>()
        && let Some(record) = tills.record((&shop, asked), Chain::Receipt, n).await?
    {
        return Ok(see_other(&format!("{RECEIPTS}/{}", record.id)));
    }
    let title = say(lang, "Retrouver un ticket", "Find a receipt");
    let mut field =
        Field::new(lang, "numero", say(lang, "Numéro du ticket", "Receipt’s number"), FieldKind::Integer)
            .value(typed)
            .hint(say(lang, "En haut du papier", "On top of the paper"));
    if !typed.is_empty() {
        field = field.error(say(
            lang,
            "Cette caisse n’a pas de ticket de ce numéro",
            "This till has no receipt of this number",
        ));
    }
    let till = Field::new(lang, "caisse", say(lang, "Caisse", "Till"), FieldKind::Text).value(asked);
    let back = format!("{TILLS}/{shop}/{code}");
    let mut frame = web::pages::shell(&ctx, title);
    let place = format!("{}, {} {code}", tills.shop(&shop).await?.name, say(lang, "caisse", "till"));
    frame.crumbs = vec![Crumb { label: place, href: Some(back.clone()) }];
    frame.has_errors = !typed.is_empty();
    let body = html! {
        form.card.cb.stack method="get" action=(format!("{back}/recherche")) novalidate {
            h1.form-title { (title) }
            (field) (till)
            div.row.wrap {
                (Button::new(say(lang, "Chercher", "Find")).primary())
                (Button::link(say(lang, "Revenir à la caisse", "Back to the till"), back).quiet())
            }
        }
    };
    Ok(web::pages::html(frame.page(ui::blocks(body))).into_response())
}

/// A receipt.
pub(super) async fn page(Extension(tills): AtTills, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    ctx.permit(SELL)?;
    let lang = ctx.lang;
    let record = tills.receipt(id).await?.ok_or_else(Error::not_found)?;
    let receipt: Receipt = record.read()?;
    let shop = tills.shop(&receipt.shop).await?;
    let of = match receipt.returns {
        Some(sale) => tills.receipt(sale).await?.map(|record| record.number),
        None => None,
    };
    let copy = query.parsed::<u64>("duplicata")?;
    let is_sale = receipt.kind == SaleKind::Sale;
    let left = left_of(&tills.sold(id).await?);
    let title = format!(
        "{} {}",
        if is_sale { say(lang, "Ticket", "Receipt") } else { say(lang, "Retour", "Return") },
        number(receipt.number)
    );
    let mut frame = web::pages::shell(&ctx, title.clone());
    let till = format!("{TILLS}/{}/{}", receipt.shop, receipt.till);
    let place = format!("{}, {} {}", shop.name, say(lang, "caisse", "till"), receipt.till);
    frame.crumbs = vec![Crumb { label: place, href: Some(till.clone()) }];
    let again = Button::new(say(lang, "Imprimer un duplicata", "Print a copy")).busy(say(
        lang,
        "Un instant…",
        "One moment…",
    ));
    let actions = html! {
        div.row.wrap {
            (paper::print_button(lang))
            (ui::post_button(&format!("{RECEIPTS}/{id}/duplicata"), &ctx.csrf, &again))
            @if is_sale && left > 0 { (Button::link(say(lang, "Reprendre des articles", "Take goods back"), format!("{RECEIPTS}/{id}/retour"))) }
            (Button::link(say(lang, "Revenir à la caisse", "Back to the till"), till).quiet())
        }
    };
    let paper = paper::receipt(&ctx, &shop, &receipt, &record.hash, copy, of);
    let body = html! { (ui::head(&title, &html! {}, &html! {})) (actions) (paper) };
    Ok(web::pages::html(frame.page(ui::blocks(body))).into_response())
}

/// Prints it once more, which is noted.
pub(super) async fn copy(Extension(tills): AtTills, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(SELL)?;
    let copy = copied(&tills, &ctx, id).await?;
    Ok(see_other(&format!("{RECEIPTS}/{id}?duplicata={copy}")))
}
