//! The pages of returns: asking for one, the list, and one with every step of its process, as it happens. Each is a full
//! address that works without scripts. A customer reaches their own.

mod ask;
mod list;
mod one;
mod steps;

use super::{CODE, CREATE, DECIDE, READ};
use axum::Extension;
use axum::response::{IntoResponse, Response};
use bus::Signal;
use db::Db;
use kernel::{Lang, Text};
use web::ui::{Flash, say};
use web::{Api, Ctx, Doc, Failure, MenuGroup, MenuItem, Query};

/// Returns.
const RETURNS: &str = "/returns";
/// What of an order is sent back, before the order's id. The shop's page of an order leads here.
const OF_ORDER: &str = "/returns/orders";
/// The stream of news that the pages follow.
const LIVE: &str = "/returns/live";

/// The module's database, as the pages have it.
type Room = Extension<Db>;
type Answer = Result<Response, Failure>;

/// The line of the menu.
pub(super) fn menu() -> Vec<MenuItem> {
    vec![MenuItem {
        group: MenuGroup::Commerce,
        label: Text::new("Retours", "Returns"),
        href: RETURNS.into(),
        icon: "undo-2".into(),
        permission: Some(READ.into()),
    }]
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let doc = |text: &str, permission: &str| Doc::new(text).permission(permission);
    let (one, of_order) = (format!("{RETURNS}/{{id}}"), format!("{OF_ORDER}/{{id}}"));
    let api = Api::new()
        .get(RETURNS, list::page, doc("Returns", READ))
        .get(LIVE, live, doc("Tells when a return has changed", READ))
        .get(&of_order, ask::page, doc("Asks what is sent back of an order", CREATE))
        .post(&of_order, ask::send, doc("Asks for a return", CREATE))
        .get(&one, one::page, doc("A return, step by step", READ))
        .post(&format!("{one}/approve"), one::approve, doc("Accepts a return", DECIDE))
        .post(&format!("{one}/refuse"), one::refuse, doc("Refuses a return", DECIDE));
    Api { router: api.router.layer(Extension(db.clone())), endpoints: api.endpoints }
}

async fn live(ctx: Ctx) -> Answer {
    ctx.permit(READ)?;
    let ours = |signal: &Signal| match signal {
        Signal::Applied { consumer, .. } => consumer.starts_with("returns."),
        Signal::Log { database, .. } => database.module.as_str() == CODE,
        Signal::Everything => true,
    };
    Ok(web::changes(&ctx, ours).into_response())
}

/// What was just done, told once.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "asked" => say(lang, "Demande envoyée", "Request sent"),
        "approved" => say(lang, "Retour accepté", "Return accepted"),
        "refused" => say(lang, "Retour refusé", "Return refused"),
        _ => return None,
    };
    Some(Flash::done(text))
}
