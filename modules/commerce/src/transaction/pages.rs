//! The back office: transactions in progress, live; one transaction with every step, done and undone; what is stuck.
//! Each page is a full address that works without scripts.

mod incident;
mod list;
mod saga;

use super::incidents::IncidentKind;
use super::model::{State, Transaction};
use super::{ACT, INCIDENTS, READ, WITHDRAW};
use crate::shown::{number, see_other};
use axum::extract::Path;
use axum::response::Response;
use bus::Signal;
use db::Db;
use kernel::{Lang, Text, Uuid};
use maud::Markup;
use web::ui::{self, Flash, Icon, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody, MenuGroup, MenuItem, Query};

/// The transactions.
pub(super) const PATH: &str = "/transactions";
/// What is stuck.
pub(super) const STUCK: &str = "/transactions/incidents";

type Answer = Result<Response, Failure>;

/// The lines of the menu.
pub(super) fn menu() -> Vec<MenuItem> {
    let line = |fr: &str, en: &str, href: &str, icon: &str, permission: &str| MenuItem {
        group: MenuGroup::Commerce,
        label: Text::new(fr, en),
        href: href.into(),
        icon: icon.into(),
        permission: Some(permission.into()),
    };
    vec![
        line("Commandes en cours", "Orders in progress", PATH, "shopping-bag", INCIDENTS),
        line("Incidents", "Incidents", STUCK, "triangle-alert", INCIDENTS),
    ]
}

/// The routes.
pub(super) fn api(db: &Db) -> Api {
    let [listed, shown, withdrawn, stuck, asked, decided] = std::array::from_fn(|_| db.clone());
    Api::new()
        .get(
            PATH,
            move |ctx: Ctx, query: Query| list::page(listed.clone(), ctx, query),
            Doc::new("The page of transactions").permission(INCIDENTS),
        )
        .get(
            "/transactions/live",
            |ctx: Ctx| async move {
                ctx.permit(READ)?;
                Ok::<_, Failure>(web::changes(&ctx, of_transactions))
            },
            Doc::new("Tells when transactions have changed").permission(READ),
        )
        .get(
            STUCK,
            move |ctx: Ctx, query: Query| incident::list(stuck.clone(), ctx, query),
            Doc::new("The page of what is stuck").permission(INCIDENTS),
        )
        .get(
            &format!("{STUCK}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<String>, query: Query| {
                incident::page(asked.clone(), ctx, id, query)
            },
            Doc::new("The page of an incident").permission(INCIDENTS),
        )
        .post(
            &format!("{STUCK}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<String>, body: FormBody| {
                incident::act(decided.clone(), ctx, id, body)
            },
            Doc::new("Does something about an incident").permission(ACT),
        )
        .get(
            &format!("{PATH}/{{id}}"),
            move |ctx: Ctx, Path(id): Path<String>, query: Query| saga::page(shown.clone(), ctx, id, query),
            Doc::new("The page of a transaction, step by step").permission(READ),
        )
        .post(
            &format!("{PATH}/{{id}}/cancel"),
            move |ctx: Ctx, Path(id): Path<String>| saga::withdraw(withdrawn.clone(), ctx, id),
            Doc::new("Takes an order back").permission(WITHDRAW),
        )
}

/// Whether something was applied to transactions.
fn of_transactions(signal: &Signal) -> bool {
    matches!(signal, Signal::Applied { consumer, .. } if consumer.starts_with("transaction."))
}

/// An id in an address; what is none leads nowhere.
fn id_of(text: &str) -> kernel::Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| kernel::Error::not_found())
}

/// What was just done, told once.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "cancelled" => say(lang, "Commande annulée", "Order cancelled"),
        "acted" => say(lang, "Action inscrite au journal", "The log has the action"),
        _ => return None,
    };
    Some(Flash::done(text))
}

/// The words of a state.
fn state_word(lang: Lang, t: &Transaction) -> &'static str {
    match t.state {
        State::Created => say(lang, "Enregistrée", "Recorded"),
        State::Paid => say(lang, "Payée", "Paid"),
        State::Reserved => say(lang, "En préparation", "Being prepared"),
        State::Completed if t.returned_cents == t.total_cents && t.total_cents > 0 => {
            say(lang, "Renvoyée", "Sent back")
        }
        State::Completed if t.returned_cents > 0 => say(lang, "Renvoyée en partie", "Partly sent back"),
        State::Completed if t.delivered => say(lang, "Livrée", "Delivered"),
        State::Completed => say(lang, "Remise ou expédiée", "Handed over or sent"),
        State::Cancelled if !t.settled => say(lang, "Annulation en cours", "Being cancelled"),
        State::Cancelled => say(lang, "Annulée", "Cancelled"),
    }
}

/// The chip of a state.
fn state_chip(lang: Lang, t: &Transaction) -> Markup {
    let (tone, icon) = match t.state {
        State::Created | State::Paid | State::Reserved => (Tone::Info, Icon::Hourglass),
        State::Completed => (Tone::Ok, Icon::Check),
        State::Cancelled if !t.settled => (Tone::Warn, Icon::Undo2),
        State::Cancelled => (Tone::Neutral, Icon::Undo2),
    };
    ui::chip(tone, icon, state_word(lang, t))
}

/// Why a transaction was cancelled.
fn reason_word(lang: Lang, reason: &str) -> &'static str {
    match reason {
        "payment_refused" => say(lang, "La banque a refusé le paiement", "The bank refused the payment"),
        "stock" => say(lang, "Il n’y avait plus assez de stock", "There was not enough stock"),
        "timeout" => say(lang, "Une réponse n’est pas venue à temps", "An answer did not come in time"),
        "customer" => say(lang, "Le client a renoncé", "The customer has thought better of it"),
        "shop" => say(lang, "La boutique ne peut pas la préparer", "The shop cannot prepare it"),
        _ => say(lang, "Annulée", "Cancelled"),
    }
}

/// What an incident is about.
fn kind_word(lang: Lang, kind: IncidentKind) -> &'static str {
    match kind {
        IncidentKind::Refund => say(lang, "Remboursement bloqué", "Stuck refund"),
        IncidentKind::Capture => say(lang, "Encaissement impossible", "Payment cannot be collected"),
        IncidentKind::GoodsLeft => {
            say(lang, "Articles partis pour une commande annulée", "Goods left for a cancelled order")
        }
        IncidentKind::Amount => say(lang, "Montants différents", "Amounts differ"),
        IncidentKind::DeadLetter => say(lang, "Événement non appliqué", "Event not applied"),
    }
}

/// Why it is stuck, in a sentence.
fn why(lang: Lang, kind: IncidentKind) -> &'static str {
    match kind {
        IncidentKind::Refund => say(
            lang,
            "La banque n’a pas rendu l’argent après un jour d’essais. Le client l’attend.",
            "The bank has not given the money back after a day of trying. The customer waits for it.",
        ),
        IncidentKind::Capture => say(
            lang,
            "Les articles sont partis, l’autorisation a expiré et la banque n’en donne pas d’autre.",
            "The goods have left, the authorisation has expired, and the bank gives no other.",
        ),
        IncidentKind::GoodsLeft => say(
            lang,
            "La boutique a remis les articles au moment où la commande était annulée. Rien n’est encaissé.",
            "The shop handed the goods over while the order was being cancelled. Nothing was collected.",
        ),
        IncidentKind::Amount => say(
            lang,
            "La banque et la commande ne disent pas le même montant.",
            "The bank and the order do not say the same amount.",
        ),
        IncidentKind::DeadLetter => say(
            lang,
            "Un événement de la commande attend dans la console.",
            "An event of the order waits in the console.",
        ),
    }
}
