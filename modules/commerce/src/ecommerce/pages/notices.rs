//! What became of one's orders, newest first: each a sentence that leads to its order.

use super::super::commands::{self, Act};
use super::super::model::{Step, reference};
use super::{Answer, CART, LIVE, NOTICES, ORDERS, Room, copies, flash, frame};
use crate::shown::{link, see_other, shop_name};
use axum::Extension;
use axum::response::IntoResponse;
use kernel::{Error, Lang, Uuid};
use maud::html;
use web::ui::{self, Button, Card, Icon, ListItem, format, say};
use web::{Ctx, ListPage, Query};

/// Notices on a page.
const ROWS: u32 = 30;

/// What happened to an order, in words.
fn sentence(lang: Lang, step: &Step) -> (&'static str, Icon) {
    match step.kind.as_str() {
        "paid" => (say(lang, "Paiement accepté", "Payment accepted"), Icon::CreditCard),
        "reserved" => (say(lang, "Articles mis de côté", "Articles set aside"), Icon::Package),
        "rerouted" => (say(lang, "Confiée à une autre boutique", "Given to another shop"), Icon::Package),
        "fulfilled" => (say(lang, "Remise ou expédiée", "Handed over or sent"), Icon::CircleCheck),
        "delivered" => (say(lang, "Livrée", "Delivered"), Icon::CircleCheck),
        "refunded" => (say(lang, "Montant libéré ou remboursé", "Amount let go or given back"), Icon::Undo2),
        _ => (say(lang, "Annulée", "Cancelled"), Icon::CircleX),
    }
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    let customer = ctx.permit(CART)?.principal.id;
    let lang = ctx.lang;
    let after: Option<(i64, Uuid, String)> = query.cursor()?;
    let is_first = after.is_none();
    let found = copies::notices(&db, customer, after, ROWS + 1).await.map_err(Error::from)?;
    let page =
        ListPage::cut(found, ROWS, |(order, step): &(Uuid, Step)| (step.at.0, *order, step.kind.clone()));
    let unseen = copies::unseen(&db, customer).await.map_err(Error::from)?;
    let zone = &ctx.edge.config.zone;
    let item = |(order, step): &(Uuid, Step)| {
        let (text, icon) = sentence(lang, step);
        let name = format!("{} {}", say(lang, "Commande", "Order"), reference(*order));
        ListItem {
            icon,
            title: text.to_owned(),
            note: html! { a href=(format!("{ORDERS}/{order}")) { (name) } ", "
            @if step.kind == "rerouted" { (shop_name(&step.detail)) ", " } (format::when(lang, step.at, ctx.now(), zone)) },
            actions: html! {},
        }
    };
    let items: Vec<ListItem> = page.items.iter().map(item).collect();
    let title = say(lang, "Notifications", "Notifications");
    let next = page.next_cursor.as_deref().map(|cursor| link(NOTICES, &[("cursor", cursor)]));
    let first = (!is_first).then_some(NOTICES);
    let all_read = Button::new(say(lang, "Tout marquer comme lu", "Mark all as read")).small();
    let count = ui::counted(lang, unseen, ["nouvelle", "nouvelles"], ["new", "new"]);
    let list = html! {
        @if items.is_empty() {
            (ui::empty(say(lang, "Rien de nouveau", "Nothing new"),
                say(lang, "Ce que deviennent vos commandes s’affiche ici.", "What becomes of your orders shows here."), &html! {}))
        } @else {
            (Card::new(title).count(count).flush(ui::item_list(&items)))
        }
    };
    let mut shell = frame(&db, &ctx, title, &[]).await?;
    shell.flash = flash(lang, &query);
    let read = if unseen > 0 {
        ui::post_button(NOTICES, &ctx.csrf, &all_read)
    } else {
        html! {}
    };
    let content = html! {
        (ui::head(title, &html! {}, &read))
        (ui::live("notices", LIVE, &list))
        (ui::pager(lang, first, next.as_deref()))
    };
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

pub(super) async fn seen(Extension(db): Room, ctx: Ctx) -> Answer {
    let customer = ctx.permit(CART)?.principal.id;
    if let Some(batch) = commands::seen(&db, &Act::of(&ctx), customer).await.map_err(Error::from)? {
        match db.write(batch).await {
            // Somebody else, in another window, has just done the same.
            Err(error) if error.is_conflict() => {}
            other => drop(other.map_err(Error::from)?),
        }
    }
    Ok(see_other(&format!("{NOTICES}?did=seen")))
}
