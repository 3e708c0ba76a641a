//! The pages of the web shop. Each is a full address that works without scripts.

mod cart;
mod checkout;
mod notices;
mod orders;
mod returned;
mod shop;

use super::http::Room;
use super::model::Status;
use super::{BROWSE, CANCEL, CART, CREATE, READ, copies};
use axum::Extension;
use axum::response::{IntoResponse, Response};
use bus::Signal;
use db::Db;
use kernel::{Lang, Result, Text};
use maud::{Markup, html};
use web::ui::{self, Button, Crumb, Flash, Icon, Shell, Tone, say};
use web::{Api, Calls, Ctx, Doc, Failure, MenuGroup, MenuItem, Query};

pub(super) use returned::ASKS;

/// What is sold.
const SHOP: &str = "/shop";
/// One's cart.
const CART_PAGE: &str = "/shop/cart";
/// The last step before an order.
const CHECKOUT: &str = "/shop/checkout";
/// Orders.
const ORDERS: &str = "/shop/orders";
/// What became of them.
const NOTICES: &str = "/shop/notifications";
/// The stream of news that the pages follow.
const LIVE: &str = "/shop/live";

type Answer = Result<Response, Failure>;

/// The lines of the menu.
pub(super) fn menu() -> Vec<MenuItem> {
    let line = |fr, en, href: &str, icon: &str, permission: &str| MenuItem {
        group: MenuGroup::Commerce,
        label: Text::new(fr, en),
        href: href.into(),
        icon: icon.into(),
        permission: Some(permission.into()),
    };
    vec![
        line("Boutique en ligne", "Web shop", SHOP, "shopping-bag", BROWSE),
        line("Panier", "Cart", CART_PAGE, "package", CART),
        line("Commandes web", "Web orders", ORDERS, "receipt-text", READ),
    ]
}

/// The routes.
pub(super) fn api(db: &Db, calls: Calls) -> Api {
    let browse = |text: &str| Doc::new(text).permission(BROWSE);
    let cart = |text: &str| Doc::new(text).permission(CART);
    let read = |text: &str| Doc::new(text).permission(READ);
    let create = |text: &str| Doc::new(text).permission(CREATE);
    let one = format!("{ORDERS}/{{id}}");
    let api = Api::new()
        .get(SHOP, shop::page, browse("What is sold"))
        .get(&format!("{SHOP}/products/{{id}}"), shop::product, browse("A product and where it is"))
        .get(CART_PAGE, cart::page, cart("The cart"))
        .post(&format!("{CART_PAGE}/add"), cart::add, cart("Puts a product into the cart"))
        .post(&format!("{CART_PAGE}/set"), cart::set, cart("Wants so many of a product"))
        .post(&format!("{CART_PAGE}/shop"), cart::shop, cart("Buys from another shop"))
        .post(&format!("{CART_PAGE}/reprice"), cart::reprice, cart("Takes the prices of now"))
        .get(CHECKOUT, checkout::page, create("The last step before an order"))
        .post(CHECKOUT, checkout::send, create("Orders what is in the cart"))
        .get(ORDERS, orders::page, read("Web orders"))
        .get(&one, orders::one, read("A web order and what becomes of it"))
        .post(&format!("{one}/cancel"), orders::cancel, Doc::new("Wants an order no more").permission(CANCEL))
        .get(NOTICES, notices::page, cart("What became of one’s orders"))
        .post(NOTICES, notices::seen, cart("Notes that all of it was seen"))
        .get(LIVE, live, read("Tells when an order has changed"));
    let router = api.router.layer(Extension(db.clone())).layer(Extension(calls));
    Api { router, endpoints: api.endpoints }
}

async fn live(ctx: Ctx) -> Answer {
    ctx.permit(READ)?;
    // The page of an order shows its returns, too.
    let ours = |signal: &Signal| match signal {
        Signal::Applied { consumer, .. } => {
            consumer.starts_with("ecommerce.") || consumer.starts_with("returns.")
        }
        Signal::Log { database, .. } => [super::CODE, "returns"].contains(&database.module.as_str()),
        Signal::Everything => true,
    };
    Ok(web::changes(&ctx, ours).into_response())
}

/// The frame of a page: with the bell, and the way to the cart, for those who have one.
async fn frame(db: &Db, ctx: &Ctx, title: &str, above: &[(&str, &str)]) -> Result<Shell> {
    let mut shell = web::pages::shell(ctx, title);
    shell.crumbs = above
        .iter()
        .map(|(href, label)| Crumb { label: (*label).to_owned(), href: Some((*href).to_owned()) })
        .collect();
    let customer = ctx.principal()?;
    if customer.may(CART) {
        let unseen = copies::unseen(db, customer.id).await?;
        if unseen > 0 {
            let text = ui::counted(ctx.lang, unseen, ["nouvelle", "nouvelles"], ["new", "new"]);
            shell.actions = html! { (Button::link(text, NOTICES).quiet().small().icon(Icon::Bell)) };
        } else {
            shell.notifications = Some(NOTICES.into());
        }
    }
    Ok(shell)
}

/// What was just done, told once.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "added" => say(lang, "Ajouté au panier", "Added to the cart"),
        "set" => say(lang, "Panier mis à jour", "Cart updated"),
        "removed" => say(lang, "Retiré du panier", "Taken out of the cart"),
        "placed" => say(lang, "Commande enregistrée", "Order recorded"),
        "withdrawn" => say(lang, "Annulation demandée", "Cancellation asked for"),
        "seen" => say(lang, "Tout est lu", "All read"),
        _ => return None,
    };
    Some(Flash::done(text))
}

/// The chip of an order's status.
fn status_chip(lang: Lang, status: Status) -> Markup {
    let (tone, icon, text) = match status {
        Status::Placed => (Tone::Info, Icon::Hourglass, say(lang, "Enregistrée", "Recorded")),
        Status::Paid => (Tone::Info, Icon::CreditCard, say(lang, "Payée", "Paid")),
        Status::Preparing => (Tone::Info, Icon::Package, say(lang, "En préparation", "Being prepared")),
        Status::Sent => (Tone::Ok, Icon::CircleCheck, say(lang, "Remise ou expédiée", "Handed over or sent")),
        Status::Delivered => (Tone::Ok, Icon::CircleCheck, say(lang, "Livrée", "Delivered")),
        Status::Withdrawn => {
            (Tone::Warn, Icon::Undo2, say(lang, "Annulation demandée", "Cancellation asked for"))
        }
        Status::Cancelled => (Tone::Bad, Icon::CircleX, say(lang, "Annulée", "Cancelled")),
    };
    ui::chip(tone, icon, text)
}

/// How much of a product can be had.
fn stock_chip(lang: Lang, pieces: i64) -> Markup {
    match pieces {
        ..=0 => ui::chip(Tone::Bad, Icon::CircleX, say(lang, "Épuisé", "Sold out")),
        1..=4 => {
            let text = format!("{} {pieces}", say(lang, "Reste", "Only"));
            let text = if lang == Lang::En { format!("{text} left") } else { text };
            ui::chip(Tone::Warn, Icon::TriangleAlert, &text)
        }
        _ => {
            let text = format!("{} {}", ui::format::integer(lang, pieces), say(lang, "en stock", "in stock"));
            html! { span.tiny.muted.num { (text) } }
        }
    }
}
