//! Returns, newest first: a customer's own, or everybody's with a filter.

use super::super::http::found;
use super::super::model::{Return, State};
use super::{Answer, LIVE, READ, RETURNS, Room, flash};
use crate::shown::{link, number, return_chip, return_word, shop_name};
use axum::Extension;
use axum::response::IntoResponse;
use kernel::Lang;
use maud::html;
use web::ui::{self, Button, Choice, Column, Filter, Icon, Row, Table, Width, format, say};
use web::{Ctx, Query, Scope};

/// Where a customer's orders are.
const ORDERS: &str = "/shop/orders";

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    let access = ctx.permit(READ)?.access;
    let (lang, all) = (ctx.lang, access.scope() == Some(Scope::All));
    let page = found(&db, &ctx, &query).await?;
    let (people, zone) = (ctx.edge.people().await?, &ctx.edge.config.zone);
    let row = |r: &Return| {
        let order = format!("{} {}", say(lang, "commande", "order"), number(r.transaction));
        let context = if all { format!("{}, {order}", people.name(r.customer)) } else { ui::capital(&order) };
        Row::new([
            ui::subject(Some(Icon::Undo2), &number(r.id), &format!("{RETURNS}/{}", r.id), &context),
            return_chip(lang, r.state.word()),
            html! { (shop_name(&r.shop)) },
            html! { b.num { (format::money(lang, r.amount_cents)) } },
            html! { time datetime=(r.created_at) { (format::when(lang, r.created_at, ctx.now(), zone)) } },
        ])
        .id(format!("return-{}", r.id))
    };
    let columns = vec![
        Column::new(say(lang, "Retour", "Return")),
        Column::new(say(lang, "État", "State")).width(Width::Medium),
        Column::new(say(lang, "Boutique", "Shop")).optional().width(Width::Medium),
        Column::new(say(lang, "Montant", "Amount")).number().width(Width::Medium),
        Column::new(say(lang, "Demandé", "Asked for")).right().soft().optional().width(Width::Medium),
    ];
    let state = query.get("state").unwrap_or_default();
    let title = if all { say(lang, "Retours", "Returns") } else { say(lang, "Mes retours", "My returns") };
    let first = query.get("cursor").map(|_| link(RETURNS, &[("state", state)]));
    let next = page.next_cursor.as_deref().map(|c| link(RETURNS, &[("state", state), ("cursor", c)]));
    let table = Table::new(lang, title, columns)
        .id("returns")
        .filters(vec![states(lang, state)])
        .rows(page.items.iter().map(row))
        .pages(first, next)
        .empty(nothing(&ctx, all));
    let table = if state.is_empty() { table } else { table.clear(RETURNS) };
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = flash(lang, &query);
    let content =
        html! { (ui::head(title, &html! {}, &html! {})) (ui::live("all-returns", LIVE, &html! { (table) })) };
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

/// The filter by state.
fn states(lang: Lang, state: &str) -> Filter {
    let label = say(lang, "État", "State");
    if let Some(state) = State::parse(state) {
        return Filter::set(label, return_word(lang, state.word()), RETURNS);
    }
    let choice = |state: State| {
        Choice::new(return_word(lang, state.word()), link(RETURNS, &[("state", state.word())]), false)
    };
    Filter::new(label, State::ALL.into_iter().map(choice).collect())
}

/// What stands here when there is no return.
fn nothing(ctx: &Ctx, all: bool) -> maud::Markup {
    let lang = ctx.lang;
    let title = say(lang, "Aucun retour", "No return");
    if all {
        let text = say(
            lang,
            "Ce que les clients renvoient de leurs commandes web s’affiche ici.",
            "What customers send back of their web orders shows here.",
        );
        return ui::empty(title, text, &html! {});
    }
    let text = say(
        lang,
        "Une fois une commande livrée, sa page permet d’en renvoyer des articles.",
        "Once an order has arrived, its page lets you send articles back.",
    );
    let go = Button::link(say(lang, "Voir mes commandes", "See my orders"), ORDERS);
    ui::empty(title, text, &html! { (go) })
}
