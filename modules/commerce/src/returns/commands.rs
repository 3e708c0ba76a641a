//! Ask for a return, accept it, refuse it: each reads, decides, and gives one Batch.

use super::model::{self, Refusal, Return, State};
use super::{events, orders, process, sql};
use db::{Batch, Db};
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};
use std::sync::Arc;
use web::Ctx;

/// The longest reason.
const LONGEST: usize = 500;

/// Who acts, and when.
pub(super) struct Act {
    pub(super) now: Timestamp,
    pub(super) cause: Cause,
    pub(super) clock: Arc<dyn Clock>,
}

impl Act {
    pub(super) fn of(ctx: &Ctx) -> Self {
        Self { now: ctx.now(), cause: ctx.cause(), clock: ctx.edge.clock.clone() }
    }
}

/// What somebody wants to send back.
pub(super) struct Asked {
    /// The return that it will be; asked for twice, it is one.
    pub(super) id: Uuid,
    pub(super) customer: Uuid,
    pub(super) transaction: Uuid,
    pub(super) reason: String,
    /// Product, pieces, and whether they can be sold again.
    pub(super) lines: Vec<(Uuid, u32, bool)>,
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NotDelivered => Error::refused(
            "return_not_possible",
            "Cette commande n’est pas encore livrée\u{202f}: rien ne peut en être renvoyé.",
            "This order has not been delivered: nothing of it can be sent back.",
        ),
        Refusal::Nothing => {
            Error::invalid("return_not_possible", "Indiquez ce que vous renvoyez.", "Say what you send back.")
        }
        Refusal::TooMany(n) => Error::invalid(
            "return_not_possible",
            "Vous ne pouvez pas renvoyer plus que ce que vous avez.",
            "You cannot send back more than you have.",
        )
        .field(format!("/lines/{n}/quantity"), "Trop de pièces.", "Too many pieces."),
    }
}

pub(super) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        let (fr, en) = ("Indiquez pourquoi.", "Say why.");
        return Err(Error::invalid("reason_missing", fr, en).field("reason", fr, en));
    }
    if text.chars().count() > LONGEST {
        let (fr, en) = ("500 caractères au plus.", "500 characters at most.");
        return Err(Error::invalid("reason_too_long", fr, en).field("reason", fr, en));
    }
    Ok(text.to_owned())
}

/// A new return of an order that the customer has bought; when it is known already, a Batch that says nothing.
pub(super) async fn ask(db: &Db, act: &Act, asked: &Asked) -> Result<(Batch, Return)> {
    let reason = reason(&asked.reason)?;
    let order = orders::order(db, asked.transaction).await?;
    let order = order.filter(|order| order.customer == Some(asked.customer)).ok_or_else(Error::not_found)?;
    let before = sql::of_transaction(db, asked.transaction).await?;
    if let Some(known) = before.iter().find(|r| r.id == asked.id) {
        return Ok((Batch::new(act.now, act.cause.clone()), known.clone()));
    }
    let lines = model::lines(&order, &before, &asked.lines).map_err(refused)?;
    let amount_cents = lines.iter().map(|line| i64::from(line.quantity) * line.unit_price_cents).sum();
    let r = Return {
        id: asked.id,
        transaction: asked.transaction,
        customer: asked.customer,
        shop: order.shop,
        reason,
        amount_cents,
        state: State::Asked,
        refusal: None,
        version: 1,
        created_at: act.now,
        updated_at: act.now,
        lines,
    };
    let mut batch = Batch::new(act.now, act.cause.clone());
    sql::add(&mut batch, &r);
    batch.event(events::requested(act.clock.new_id(), &r, before.len() as u64));
    Ok((batch, r))
}

/// Accepts a return, or refuses it with a reason.
pub(super) fn decide(act: &Act, before: &Return, refusal: Option<String>) -> Result<(Batch, Return)> {
    let (state, kind) = match refusal {
        None => (State::Approved, events::APPROVED),
        Some(_) => (State::Refused, events::REFUSED),
    };
    let Some(after) = before.decided(state, refusal, act.now) else {
        return Err(Error::refused(
            "not_at_this_stage",
            "Ce retour est déjà décidé.",
            "This return is decided already.",
        ));
    };
    let mut batch = Batch::new(act.now, act.cause.clone());
    batch.expect_one(&sql::MOVE, sql::move_params(&after));
    batch.event(events::moved(act.clock.new_id(), kind, &after));
    if after.state == State::Approved {
        process::begin(&mut batch, &act.clock, &after);
    }
    Ok((batch, after))
}
