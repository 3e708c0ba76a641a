//! What moves between shops: the list, one transfer with its next step, and a new one.

use super::super::commands::{self, Act};
use super::super::http::Room;
use super::super::http_transfers::list_transfers;
use super::super::sql;
use super::super::transfer::{State, Step, Transfer, TransferLine};
use super::levels::shops;
use super::product::shop_choice;
use super::{APPROVE, Answer, LIVE, PRODUCTS, RECEIVE, REQUEST, STOCK, TRANSFERS, flash};
use crate::deciding::attempt;
use crate::reading::list;
use crate::shown::{error_message, link, see_other, shop_name, told_here, with_status};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use db::{Db, DbResult};
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{
    self, Button, Card, Choice, Column, Crumb, Filter, Icon, Row, Table, Tone, Width, format, say,
};
use web::{Ctx, FormBody, ListPage, Query};

/// Transfers on a page.
const ROWS: u32 = 25;
/// Lines of the form for a new one.
const LINES: usize = 5;

fn state_word(lang: Lang, state: State) -> &'static str {
    match state {
        State::Requested => say(lang, "Demandé", "Asked for"),
        State::Approved => say(lang, "Accordé", "Granted"),
        State::Shipped => say(lang, "En route", "Under way"),
        State::Received => say(lang, "Reçu", "Received"),
        State::Refused => say(lang, "Refusé", "Refused"),
    }
}

fn chip(lang: Lang, state: State) -> Markup {
    let (tone, icon) = match state {
        State::Requested => (Tone::Accent, Icon::Hourglass),
        State::Approved => (Tone::Info, Icon::Check),
        State::Shipped => (Tone::Info, Icon::ArrowRightLeft),
        State::Received => (Tone::Ok, Icon::CircleCheck),
        State::Refused => (Tone::Bad, Icon::CircleX),
    };
    ui::chip(tone, icon, state_word(lang, state))
}

/// From where to where.
fn way(t: &Transfer) -> String {
    format!("{} → {}", shop_name(&t.from), shop_name(&t.to))
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    let principal = ctx.permit(STOCK)?.principal;
    let (lang, zone) = (ctx.lang, &ctx.edge.config.zone);
    let state = query.get("state").and_then(State::parse);
    let word = state.map_or("", State::word);
    let after = query.cursor()?;
    let found = list_transfers(&db, word, after, ROWS + 1).await?;
    let page = ListPage::cut(found, ROWS, |t: &Transfer| (t.created_at.0, t.id));
    let row = |t: &Transfer| {
        let pieces: i64 = t.lines.iter().map(|line| line.asked).sum();
        let context = ui::counted(lang, pieces, ["pièce", "pièces"], ["piece", "pieces"]);
        let when = format::when(lang, t.updated_at, ctx.now(), zone);
        Row::new([
            ui::subject(None, &way(t), &format!("{TRANSFERS}/{}", t.id), &context),
            chip(lang, t.state),
            html! { span.soft.nowrap { (when) } },
        ])
        .id(format!("transfer-{}", t.id))
    };
    let columns = vec![
        Column::new(say(lang, "Transfert", "Transfer")),
        Column::new(say(lang, "État", "State")).width(Width::Medium),
        Column::new(say(lang, "Modifié", "Changed")).right().optional().width(Width::Medium),
    ];
    let label = say(lang, "État", "State");
    let filter = match state {
        Some(state) => Filter::set(label, state_word(lang, state), TRANSFERS),
        None => {
            let choice =
                |s: State| Choice::new(state_word(lang, s), link(TRANSFERS, &[("state", s.word())]), false);
            Filter::new(label, State::ALL.into_iter().map(choice).collect())
        }
    };
    let title = say(lang, "Transferts", "Transfers");
    let empty = ui::empty(
        say(lang, "Aucun transfert", "No transfer"),
        say(
            lang,
            "Ce qu’une boutique demande à une autre s’affiche ici.",
            "What a shop asks of another shows here.",
        ),
        &html! {},
    );
    let first = after.map(|_: (i64, Uuid)| link(TRANSFERS, &[("state", word)]));
    let next = page.next_cursor.as_deref().map(|c| link(TRANSFERS, &[("state", word), ("cursor", c)]));
    let table = Table::new(lang, title, columns)
        .filters(vec![filter])
        .rows(page.items.iter().map(row))
        .pages(first, next)
        .empty(empty);
    let table = if state.is_some() { table.clear(TRANSFERS) } else { table };
    let new =
        Button::link(say(lang, "Demander un transfert", "Ask for a transfer"), format!("{TRANSFERS}/new"));
    let new = if principal.may(REQUEST) {
        html! { (new.primary().icon(Icon::Plus)) }
    } else {
        html! {}
    };
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = flash(lang, &query);
    let content =
        html! { (ui::head(title, &html! {}, &new)) (ui::live("transfers", LIVE, &html! { (table) })) };
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

async fn names(db: &Db, t: &Transfer) -> Result<BTreeMap<Uuid, String>> {
    let rows =
        db.query(&sql::PRODUCTS_OF, db::params![list(t.lines.iter().map(|line| &line.product))]).await?;
    Ok(rows.iter().map(|row| Ok((row.uuid(0)?, row.text(2)?))).collect::<DbResult<_>>()?)
}

/// The name of the question how many pieces of a product have come.
fn question(product: Uuid) -> String {
    format!("come-{product}")
}

fn lines(ctx: &Ctx, t: &Transfer, names: &BTreeMap<Uuid, String>, counts: bool) -> Table {
    let lang = ctx.lang;
    let number = |n: i64| html! { span.num { (format::integer(lang, n)) } };
    let row = |line: &TransferLine| {
        let name = names.get(&line.product).map_or("–", String::as_str);
        let come = match t.state {
            State::Shipped if counts => {
                let label = format!("{} {name}", say(lang, "Pièces reçues de", "Pieces received of"));
                html! {
                    input.in.qty type="text" inputmode="numeric" form="receive" name=(question(line.product))
                        value=(line.asked) aria-label=(label);
                }
            }
            State::Received => number(line.received),
            _ => ui::table::missing(),
        };
        let missing = if t.state == State::Received { line.asked - line.received } else { 0 };
        let missing = if missing > 0 {
            ui::chip(Tone::Warn, Icon::TriangleAlert, &format::integer(lang, missing))
        } else {
            ui::table::missing()
        };
        Row::new([
            ui::subject(None, name, &format!("{PRODUCTS}/{}", line.product), ""),
            number(line.asked),
            come,
            missing,
        ])
    };
    let columns = vec![
        Column::new(say(lang, "Article", "Article")),
        Column::new(say(lang, "Demandé", "Asked for")).number().width(Width::Medium),
        Column::new(say(lang, "Reçu", "Received")).number().width(Width::Medium),
        Column::new(say(lang, "Manquant", "Missing")).right().width(Width::Medium),
    ];
    let title = say(lang, "Articles", "Articles");
    Table::new(lang, title, columns).title(title).rows(t.lines.iter().map(row))
}

/// The next steps that the reader may take.
fn steps(ctx: &Ctx, t: &Transfer) -> Markup {
    let lang = ctx.lang;
    let may = |permission: &str| ctx.principal.as_ref().is_some_and(|principal| principal.may(permission));
    let action = |verb: &str| format!("{TRANSFERS}/{}/{verb}", t.id);
    let button = |verb: &str, label: Button| ui::post_button(&action(verb), &ctx.csrf, &label);
    let refuse = Button::new(say(lang, "Refuser le transfert", "Refuse the transfer")).danger();
    html! {
        div.row.wrap {
            @if t.state == State::Requested && may(APPROVE) {
                (button("approve", Button::new(say(lang, "Accorder le transfert", "Grant the transfer")).primary()))
            }
            @if t.state == State::Approved && may(RECEIVE) {
                (button("ship", Button::new(say(lang, "Expédier les articles", "Send the articles")).primary()))
            }
            @if t.state == State::Shipped && may(RECEIVE) {
                (ui::post_form("receive", &action("receive"), &ctx.csrf, &html! {
                    (Button::new(say(lang, "Enregistrer l’arrivée", "Record the arrival")).primary()) }))
            }
            @if matches!(t.state, State::Requested | State::Approved) && may(APPROVE) { (button("refuse", refuse)) }
        }
    }
}

async fn shown(db: &Db, ctx: &Ctx, id: Uuid, query: &Query, error: Option<&Error>) -> Result<Markup> {
    let transfer = commands::transfer(db, id).await?;
    let (names, people) = (names(db, &transfer).await?, ctx.edge.people().await?);
    let lang = ctx.lang;
    let counts = ctx.principal.as_ref().is_some_and(|principal| principal.may(RECEIVE));
    let mut shell = web::pages::shell(ctx, way(&transfer));
    shell.crumbs =
        vec![Crumb { label: say(lang, "Transferts", "Transfers").into(), href: Some(TRANSFERS.into()) }];
    shell.flash = flash(lang, query);
    shell.has_errors = error.is_some();
    let asked = format::datetime_long(lang, transfer.created_at, &ctx.edge.config.zone);
    let sentence = html! { (people.name(transfer.requested_by)) ", " (asked) };
    let content = html! {
        @if let Some(error) = error { (error_message(lang, error)) }
        (ui::head(&way(&transfer), &sentence, &chip(lang, transfer.state)))
        (lines(ctx, &transfer, &names, counts))
        (steps(ctx, &transfer))
    };
    Ok(shell.page(ui::blocks(content)))
}

pub(super) async fn one(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    ctx.permit(STOCK)?;
    Ok(web::pages::html(shown(&db, &ctx, id, &query, None).await?).into_response())
}

async fn step(db: Db, ctx: Ctx, id: Uuid, (permission, did): (&str, &str), step: Step) -> Answer {
    ctx.permit(permission)?;
    let act = Act::of(&ctx);
    match attempt(&db, || Box::pin(commands::step_transfer(&db, &act, id, &step))).await {
        Ok(_) => Ok(see_other(&format!("{TRANSFERS}/{id}?did={did}"))),
        Err(error) if told_here(&error) => {
            Ok(with_status(&error, shown(&db, &ctx, id, &Query::default(), Some(&error)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn approve(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    step(db, ctx, id, (APPROVE, "approved"), Step::Approve).await
}

pub(super) async fn refuse(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    step(db, ctx, id, (APPROVE, "refused"), Step::Refuse).await
}

pub(super) async fn ship(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    step(db, ctx, id, (RECEIVE, "shipped"), Step::Ship).await
}

pub(super) async fn arrive(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    let come = body.iter().filter_map(|(name, values)| {
        let product = name.strip_prefix("come-")?.parse().ok()?;
        let pieces = values.first().and_then(|text| format::read::integer(text)).unwrap_or(-1);
        Some((product, pieces))
    });
    step(db, ctx, id, (RECEIVE, "arrived"), Step::Receive(come.collect())).await
}

/// The form of a new transfer, with what was typed.
async fn form(db: &Db, ctx: &Ctx, typed: &FormBody, error: Option<&Error>) -> Result<Markup> {
    let lang = ctx.lang;
    let shops = shops(db).await?;
    let title = say(lang, "Demander un transfert", "Ask for a transfer");
    let mut shell = web::pages::shell(ctx, title);
    shell.crumbs =
        vec![Crumb { label: say(lang, "Transferts", "Transfers").into(), href: Some(TRANSFERS.into()) }];
    shell.has_errors = error.is_some();
    let rows = db.query(&sql::PRODUCTS, db::params!["", "", "", 200]).await?;
    let products = rows.iter().map(sql::product).collect::<DbResult<Vec<_>>>()?;
    let (from, to) = (typed.get("from"), typed.get("to"));
    let inside = html! {
        div.frow-in {
            (shop_choice(("from", "from", say(lang, "De la boutique", "From the shop")), &shops, from))
            (shop_choice(("to", "to", say(lang, "Vers la boutique", "To the shop")), &shops, to))
        }
        @for n in 0..LINES {
            @let chosen = typed.all("product").get(n).map_or("", String::as_str);
            @let pieces = typed.all("pieces").get(n).map_or("", String::as_str);
            div.frow-in {
                div.field.w600 {
                    label for=(format!("product-{n}")) { (say(lang, "Article", "Article")) " " (n + 1) }
                    span.wrapin {
                        select.in id=(format!("product-{n}")) name="product" {
                            option value="" { "–" }
                            @for p in &products {
                                option value=(p.id) selected[p.id.to_string() == chosen] { (p.name) " (" (p.sku) ")" }
                            }
                        }
                        (ui::icon::icon(Icon::ChevronDown))
                    }
                }
                div.field.w140 {
                    label for=(format!("pieces-{n}")) { (say(lang, "Pièces", "Pieces")) }
                    input.in type="text" inputmode="numeric" id=(format!("pieces-{n}")) name="pieces" value=(pieces);
                }
            }
        }
        div.row {
            (Button::new(say(lang, "Envoyer la demande", "Send the request")).primary())
            (Button::link(say(lang, "Revenir", "Go back"), TRANSFERS).quiet())
        }
    };
    let content = html! {
        @if let Some(error) = error { (error_message(lang, error)) }
        (ui::head(title, &html! {}, &html! {}))
        (Card::new(say(lang, "Ce qu’il faut envoyer", "What is to be sent"))
            .body(ui::post_form("transfer", &format!("{TRANSFERS}/new"), &ctx.csrf, &inside)))
    };
    Ok(shell.page(ui::blocks(content)))
}

pub(super) async fn blank(Extension(db): Room, ctx: Ctx) -> Answer {
    ctx.permit(REQUEST)?;
    Ok(web::pages::html(form(&db, &ctx, &FormBody::default(), None).await?).into_response())
}

pub(super) async fn send(Extension(db): Room, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(REQUEST)?;
    let act = Act::of(&ctx);
    let pairs = body.all("product").iter().zip(body.all("pieces"));
    let wanted: Vec<(Uuid, i64)> = pairs
        .filter_map(|(product, pieces)| {
            Some((product.parse().ok()?, format::read::integer(pieces).unwrap_or(0)))
        })
        .collect();
    let shops = (body.get("from"), body.get("to"));
    match attempt(&db, || Box::pin(commands::request_transfer(&db, &act, shops, &wanted))).await {
        Ok(transfer) => Ok(see_other(&format!("{TRANSFERS}/{}?did=requested", transfer.id))),
        Err(error) if told_here(&error) => {
            Ok(with_status(&error, form(&db, &ctx, &body, Some(&error)).await?))
        }
        Err(error) => Err(error.into()),
    }
}
