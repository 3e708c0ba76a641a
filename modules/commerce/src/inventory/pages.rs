//! The pages of the stock room. Each is a full address that works without scripts.

mod describe;
mod levels;
mod product;
mod transfers;

use super::http::Room;
use super::model::Level;
use super::{APPROVE, RECEIVE, REQUEST, STOCK, WRITE};
use axum::Extension;
use axum::response::{IntoResponse, Response};
use bus::Signal;
use db::Db;
use kernel::{Lang, Result, Text};
use maud::{Markup, html};
use web::ui::{self, Flash, Icon, Tone, say};
use web::{Api, Ctx, Doc, Failure, MenuGroup, MenuItem, Query};

/// What the shops have.
const LEVELS: &str = "/stock";
/// One product: where it is, and its ledger.
const PRODUCTS: &str = "/stock/products";
/// What moves between shops.
const TRANSFERS: &str = "/stock/transfers";
/// The stream of news that the pages follow.
const LIVE: &str = "/stock/live";

type Answer = Result<Response, Failure>;

/// The lines of the menu.
pub(super) fn menu() -> Vec<MenuItem> {
    let line = |fr, en, href: &str, icon: &str| MenuItem {
        group: MenuGroup::Commerce,
        label: Text::new(fr, en),
        href: href.into(),
        icon: icon.into(),
        permission: Some(STOCK.into()),
    };
    vec![
        line("Stock", "Stock", LEVELS, "boxes"),
        line("Transferts", "Transfers", TRANSFERS, "arrow-right-left"),
    ]
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let stock = |text: &str| Doc::new(text).permission(STOCK);
    let receive = |text: &str| Doc::new(text).permission(RECEIVE);
    let (one, transfer) = (format!("{PRODUCTS}/{{id}}"), format!("{TRANSFERS}/{{id}}"));
    let approve = |text: &str| Doc::new(text).permission(APPROVE);
    let write = |text: &str| Doc::new(text).permission(WRITE);
    let (new, edit) = (format!("{PRODUCTS}/new"), format!("{one}/edit"));
    let api = Api::new()
        .get(LEVELS, levels::page, stock("What the shops have"))
        .get(&new, describe::blank, write("Asks for a new product"))
        .post(&new, describe::add, write("Adds a product"))
        .get(&edit, describe::edit, write("Asks how a product is described"))
        .post(&edit, describe::save, write("Describes a product anew"))
        .get(&one, product::page, stock("A product: where it is, and its ledger"))
        .post(&format!("{one}/receive"), product::receive, receive("Takes goods in"))
        .post(&format!("{one}/count"), product::count, receive("Says how many pieces are there"))
        .post(&format!("{one}/threshold"), product::threshold, receive("Says when a shop wants to be told"))
        .get(TRANSFERS, transfers::page, stock("What moves between shops"))
        .get(
            &format!("{TRANSFERS}/new"),
            transfers::blank,
            Doc::new("Asks what is wanted").permission(REQUEST),
        )
        .post(&format!("{TRANSFERS}/new"), transfers::send, Doc::new("Asks for goods").permission(REQUEST))
        .get(&transfer, transfers::one, stock("A transfer"))
        .post(&format!("{transfer}/approve"), transfers::approve, approve("Lets goods go"))
        .post(&format!("{transfer}/refuse"), transfers::refuse, approve("Does not let goods go"))
        .post(&format!("{transfer}/ship"), transfers::ship, receive("Sends goods"))
        .post(&format!("{transfer}/receive"), transfers::arrive, receive("Counts what has come"))
        .get(LIVE, live, stock("Tells when stock has changed"));
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

async fn live(ctx: Ctx) -> Answer {
    ctx.permit(STOCK)?;
    let ours = |signal: &Signal| match signal {
        Signal::Log { database, .. } => database.module.as_str() == super::CODE,
        Signal::Applied { .. } => false,
        Signal::Everything => true,
    };
    Ok(web::changes(&ctx, ours).into_response())
}

/// What was just done, told once.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "described" => say(lang, "Produit enregistré", "Product recorded"),
        "received" => say(lang, "Réception enregistrée", "Receipt recorded"),
        "counted" => say(lang, "Comptage enregistré", "Count recorded"),
        "threshold" => say(lang, "Seuil enregistré", "Threshold recorded"),
        "requested" => say(lang, "Transfert demandé", "Transfer asked for"),
        "approved" => say(lang, "Transfert accordé", "Transfer granted"),
        "refused" => say(lang, "Transfert refusé", "Transfer refused"),
        "shipped" => say(lang, "Transfert expédié", "Transfer sent"),
        "arrived" => say(lang, "Transfert reçu", "Transfer received"),
        _ => return None,
    };
    Some(Flash::done(text))
}

/// What somebody should know of a level.
fn alerts(lang: Lang, level: &Level) -> Markup {
    html! {
        span.row.wrap {
            @if level.to_count { (ui::chip(Tone::Bad, Icon::TriangleAlert, say(lang, "À compter", "To count"))) }
            @if level.low { (ui::chip(Tone::Warn, Icon::ArrowDown, say(lang, "Stock bas", "Low stock"))) }
        }
    }
}

/// The word of a movement.
fn movement_word(lang: Lang, kind: &str) -> &'static str {
    match kind {
        "receipt" => say(lang, "Réception", "Receipt"),
        "sale" => say(lang, "Vente", "Sale"),
        "return" => say(lang, "Retour", "Return"),
        "transfer_out" => say(lang, "Envoi à une boutique", "Sent to a shop"),
        "transfer_in" => say(lang, "Reçu d’une boutique", "Come from a shop"),
        _ => say(lang, "Comptage", "Count"),
    }
}
