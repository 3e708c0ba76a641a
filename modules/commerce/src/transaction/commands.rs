//! Order and withdraw: each reads, decides, and gives one Batch.

use super::model::{Input, Outcome, Routing, State, Transaction};
use super::{events, offers, saga, sql};
use contracts::commerce::Line;
use db::{Batch, Db};
use kernel::{Cause, Clock, Error, FieldError, Result, Text, Timestamp, Uuid};
use std::sync::Arc;

/// Pieces of one product in an order, at most.
pub(super) const MOST_PIECES: u32 = 1000;
/// Lines of an order, at most.
pub(super) const MOST_LINES: usize = 100;

/// Who acts, and when.
pub(super) struct Act {
    pub(super) now: Timestamp,
    pub(super) cause: Cause,
    pub(super) clock: Arc<dyn Clock>,
}

/// What somebody wants to buy. A price that they have seen must still hold.
pub(super) struct Order {
    pub(super) shop: String,
    pub(super) customer: Uuid,
    pub(super) payment_method: String,
    /// Whether another shop may prepare it when this one cannot.
    pub(super) reroute: bool,
    pub(super) lines: Vec<Wanted>,
}

/// A line of an order.
pub(super) struct Wanted {
    pub(super) product: Uuid,
    pub(super) quantity: u32,
    pub(super) seen_price_cents: Option<i64>,
}

fn wrong(field: String, fr: &str, en: &str) -> FieldError {
    FieldError { field, text: Text::new(fr, en) }
}

/// What is wrong with an order before any price is known.
fn faults(order: &Order) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if order.lines.is_empty() || order.lines.len() > MOST_LINES {
        faults.push(wrong("/lines".into(), "De 1 à 100 lignes.", "From 1 to 100 lines."));
    }
    if kernel::card_number(&order.payment_method).is_some() {
        let (fr, en) = (
            "Un numéro de carte n’est pas pris ici\u{202f}: donnez le jeton de la banque.",
            "A card number is not taken here: give the bank’s token.",
        );
        faults.push(wrong("/payment_method".into(), fr, en));
    }
    for (n, line) in order.lines.iter().enumerate() {
        if !(1..=MOST_PIECES).contains(&line.quantity) {
            let field = format!("/lines/{n}/quantity");
            faults.push(wrong(field, "De 1 à 1 000 pièces.", "From 1 to 1,000 pieces."));
        }
        if order.lines[..n].iter().any(|other| other.product == line.product) {
            let field = format!("/lines/{n}/product_id");
            faults.push(wrong(
                field,
                "Ce produit est déjà dans la commande.",
                "This product is in the order already.",
            ));
        }
    }
    faults
}

/// The lines at the prices of now.
async fn priced(db: &Db, order: &Order) -> Result<Vec<Line>> {
    let mut faults = faults(order);
    let products: Vec<Uuid> = order.lines.iter().map(|line| line.product).collect();
    let prices = offers::prices(db, &products).await?;
    let mut lines = Vec::new();
    for (n, line) in order.lines.iter().enumerate() {
        match prices.get(&line.product) {
            None => {
                let field = format!("/lines/{n}/product_id");
                faults.push(wrong(field, "Ce produit n’est pas en vente.", "This product is not on sale."));
            }
            Some(price) if line.seen_price_cents.is_some_and(|seen| seen != *price) => {
                let field = format!("/lines/{n}/unit_price_cents");
                faults.push(wrong(field, "Le prix a changé.", "The price has changed."));
            }
            Some(price) => lines.push(Line {
                product_id: line.product,
                quantity: line.quantity,
                unit_price_cents: *price,
            }),
        }
    }
    if faults.is_empty() {
        return Ok(lines);
    }
    let (fr, en) =
        ("La commande ne peut pas être passée telle quelle.", "The order cannot be placed as it is.");
    Err(Error { fields: faults, ..Error::invalid("order_not_possible", fr, en) })
}

/// A new transaction with its first event and its timer.
pub(super) async fn order(db: &Db, act: &Act, order: &Order) -> Result<(Batch, Transaction, Vec<Line>)> {
    let lines = priced(db, order).await?;
    let total_cents = lines.iter().map(|line| i64::from(line.quantity) * line.unit_price_cents).sum();
    let t = Transaction {
        id: act.clock.new_id(),
        shop: order.shop.clone(),
        customer: order.customer,
        total_cents,
        state: State::Created,
        reason: None,
        reserved_early: false,
        paid: false,
        settled: false,
        delivered: false,
        returned_cents: 0,
        reroute: order.reroute,
        round: 0,
        routing: Routing::Settled,
        version: 1,
        created_at: act.now,
        updated_at: act.now,
    };
    let mut batch = Batch::new(act.now, act.cause.clone());
    batch.expect_one(&sql::ADD, sql::add_params(&t));
    for line in &lines {
        let params = db::params![t.id, line.product_id, i64::from(line.quantity), line.unit_price_cents];
        batch.expect_one(&sql::ADD_LINE, params);
    }
    batch.event(events::created(act.clock.new_id(), &t, &lines, &order.payment_method));
    saga::arm(&mut batch, &t);
    Ok((batch, t, lines))
}

/// Takes an order back that is not out of the door yet.
pub(super) fn withdraw(act: &Act, before: &Transaction) -> Result<(Batch, Transaction)> {
    let Outcome::Moved(after) = before.take(&Input::Withdrawn) else {
        return Err(Error::refused(
            "order_is_final",
            "Cette commande est terminée : elle ne peut plus être annulée.",
            "This order is final: it cannot be cancelled any more.",
        ));
    };
    let mut batch = Batch::new(act.now, act.cause.clone());
    let (after, writes, event) = saga::step(before, *after, act.clock.new_id(), act.now, &act.cause);
    batch.writes = writes;
    batch.event(event);
    Ok((batch, after))
}
