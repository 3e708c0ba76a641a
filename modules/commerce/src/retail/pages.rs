//! The pages of the shops: the till and its sessions, receipts, returns, closings, and the orders to prepare. Each is a
//! full address that works without scripts; with them the till keeps its focus and its keys.

mod back;
mod counter;
mod draft;
mod orders;
mod paper;
mod receipts;
mod session;
mod shops;
mod till;

use super::till::Tills;
use super::{CLOSE, READ, REPORT, SELL, SHOP_READ, SHOP_WRITE, WRITE};
use axum::Extension;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Lang, Text};
use maud::Markup;
use std::sync::Arc;
use web::ui::{self, Flash, say};
use web::{Api, Doc, Failure, MenuGroup, MenuItem, Query};

/// The tills; `/SHOP/TILL` below it is the till itself.
pub(super) const TILLS: &str = "/caisse";
/// Receipts, before the sale's identifier.
pub(super) const RECEIPTS: &str = "/tickets";
/// The shops.
pub(super) const SHOPS: &str = "/magasins";

/// What a page answers.
type Answer = Result<Response, Failure>;

/// The routes.
pub(super) fn api(tills: &Arc<Tills>) -> Api {
    let doc = |text: &str, permission: &str| Doc::new(text).permission(permission);
    let at = |path: &str| format!("{TILLS}/{{shop}}/{{till}}{path}");
    let api = Api::new()
        .get(TILLS, session::choose, doc("Asks which till", SELL))
        .get(&at(""), till::page, doc("The till", SELL))
        .post(&at(""), till::step, doc("Scans, changes the ticket, takes payment", SELL))
        .post(&at("/ouverture"), session::open, doc("Opens the till", SELL))
        .get(
            &at("/cloture"),
            session::close_page,
            doc("Reads the session (X) and asks for the count", REPORT),
        )
        .post(&at("/cloture"), session::close, doc("Closes the session (Z)", CLOSE))
        .get(&at("/cloture/{number}"), session::closing, doc("A closing (Z)", REPORT))
        .get(&at("/tickets"), receipts::list, doc("The receipts of a till", REPORT))
        .get(&at("/recherche"), receipts::find, doc("Finds a receipt by its number", SELL))
        .get(&format!("{RECEIPTS}/{{id}}"), receipts::page, doc("A receipt", SELL))
        .post(
            &format!("{RECEIPTS}/{{id}}/duplicata"),
            receipts::copy,
            doc("Prints a receipt once more", SELL),
        )
        .get(&format!("{RECEIPTS}/{{id}}/retour"), back::page, doc("Asks what comes back", SELL))
        .post(&format!("{RECEIPTS}/{{id}}/retour"), back::take, doc("Takes goods back", SELL))
        .get(SHOPS, shops::page, doc("The shops", SHOP_READ))
        .post(SHOPS, shops::add, doc("Adds a shop or a till", SHOP_WRITE))
        .get(&format!("{SHOPS}/{{shop}}/commandes"), orders::list, doc("A shop’s orders to prepare", READ))
        .get(&format!("{SHOPS}/commandes/{{id}}"), orders::page, doc("An order to prepare", READ))
        .post(&format!("{SHOPS}/commandes/{{id}}"), orders::act, doc("Moves an order on", WRITE));
    Api { router: api.router.layer(Extension(tills.clone())), endpoints: api.endpoints }
}

/// The lines of the menu.
pub(super) fn menu() -> Vec<MenuItem> {
    let item = |fr: &str, en: &str, href: &str, icon: &str, permission: &str| MenuItem {
        group: MenuGroup::Work,
        label: Text::new(fr, en),
        href: href.to_owned(),
        icon: icon.to_owned(),
        permission: Some(permission.to_owned()),
    };
    vec![
        item("Caisse", "Till", TILLS, "receipt-text", SELL),
        item("Commandes à préparer", "Orders to prepare", SHOPS, "store", READ),
    ]
}

/// Goes on to another page after a POST.
fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

/// Whether an error is told on the page that the reader is on.
fn told_here(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Refused | Kind::Conflict)
}

/// A page with the status of an error: what was typed is on it.
fn with_status(error: &Error, page: Markup) -> Response {
    let status =
        if error.kind == Kind::Invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    (status, web::pages::html(page)).into_response()
}

/// What is wrong, above the questions.
fn trouble(lang: Lang, error: Option<&Error>) -> Markup {
    let Some(error) = error else { return Markup::default() };
    let title = ui::typeset(lang, error.text(lang));
    let details: Vec<String> =
        error.fields.iter().map(|field| ui::typeset(lang, field.text.get(lang))).collect();
    let text = maud::html! { (details.join(" ")) };
    ui::message(ui::Tone::Bad, &title, &text, &Markup::default())
}

/// What was just done, told once.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "opened" => say(lang, "Caisse ouverte", "Till opened"),
        "closed" => say(lang, "Caisse clôturée", "Till closed"),
        "added" => say(lang, "Ajouté", "Added"),
        "pick" => say(lang, "Préparation commencée", "Preparation begun"),
        "fulfil" => say(lang, "Commande remise", "Order handed over"),
        "refuse" => say(lang, "Commande refusée", "Order refused"),
        "put-back" => say(lang, "Articles remis en place", "Goods put back"),
        "deliver" => say(lang, "Livraison notée", "Delivery noted"),
        _ => return None,
    };
    Some(Flash::done(text))
}

/// A receipt's number as it is printed: `000 418`.
fn number(n: u64) -> String {
    format!("{:03}\u{202f}{:03}", n / 1000, n % 1000)
}

/// How a means of payment is called.
fn means_word(lang: Lang, word: &str) -> &'static str {
    match word {
        "cash" => say(lang, "Espèces", "Cash"),
        "card" => say(lang, "Carte", "Card"),
        _ => say(lang, "Bon d’achat", "Voucher"),
    }
}
