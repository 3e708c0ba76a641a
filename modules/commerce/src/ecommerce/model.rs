//! A cart and what can be done with it, and what the steps of an order come to. Pure.

use kernel::{Timestamp, Uuid, planted};
use serde::Serialize;
use std::collections::BTreeMap;

/// Pieces of one product in a cart, at most.
pub(super) const MOST_PIECES: u32 = 1000;
/// Lines of a cart, at most.
pub(super) const MOST_LINES: usize = 100;

/// A product as the shop shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Article {
    pub(super) id: Uuid,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) price_cents: i64,
    pub(super) vat_rate_bp: u32,
    pub(super) category: String,
}

/// What somebody may buy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cart {
    pub(super) id: Uuid,
    pub(super) customer: Uuid,
    pub(super) shop: String,
    /// The order that it became.
    pub(super) order: Option<Uuid>,
    pub(super) lines: BTreeMap<Uuid, CartLine>,
    /// Counts its changes, from 1.
    pub(super) version: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A product in a cart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct CartLine {
    pub(super) quantity: u32,
    /// The price that the customer has seen.
    pub(super) seen_cents: i64,
}

/// What somebody does with a cart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// Puts pieces of a product in, at its price of now.
    Add(Uuid, u32),
    /// Wants so many of a product that is there.
    Set(Uuid, u32),
    Remove(Uuid),
    /// Buys from another shop's stock.
    Shop(String),
    /// Has seen the prices of now.
    Reprice,
}

/// Why a cart stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// It is an order already.
    Ordered,
    /// No such product is sold, or it is not in the cart.
    Product,
    /// Not 1 to 1,000 pieces.
    Pieces,
    /// More than 100 products.
    Lines,
}

impl Cart {
    /// The sum at the prices that were seen.
    pub(super) fn total_cents(&self) -> i64 {
        self.lines.values().map(|line| i64::from(line.quantity) * line.seen_cents).sum()
    }

    pub(super) fn pieces(&self) -> i64 {
        self.lines.values().map(|line| i64::from(line.quantity)).sum()
    }

    /// What a change makes of it, by what is sold now.
    pub(super) fn take(&self, change: &Change, sold: &BTreeMap<Uuid, Article>) -> Result<Self, Refusal> {
        if self.order.is_some() {
            return Err(Refusal::Ordered);
        }
        let mut after = Self { version: self.version + 1, ..self.clone() };
        match change {
            Change::Add(product, more) => {
                let article = sold.get(product).ok_or(Refusal::Product)?;
                let before = self.lines.get(product).map_or(0, |line| line.quantity);
                let quantity = pieces(before.checked_add(*more).filter(|_| *more > 0))?;
                // What lies in the cart at another price keeps it until the customer has seen the new one.
                let seen_cents = self.lines.get(product).map_or(article.price_cents, |line| line.seen_cents);
                after.lines.insert(*product, CartLine { quantity, seen_cents });
            }
            Change::Set(product, quantity) => {
                let line = after.lines.get_mut(product).ok_or(Refusal::Product)?;
                line.quantity = pieces(Some(*quantity))?;
            }
            Change::Remove(product) => {
                after.lines.remove(product).ok_or(Refusal::Product)?;
            }
            Change::Shop(shop) => after.shop.clone_from(shop),
            Change::Reprice => {
                for (product, line) in &mut after.lines {
                    line.seen_cents =
                        sold.get(product).map_or(line.seen_cents, |article| article.price_cents);
                }
            }
        }
        if after.lines.len() > MOST_LINES { Err(Refusal::Lines) } else { Ok(after) }
    }

    /// The lines whose price is another now: the product, what was seen, what it is.
    pub(super) fn repriced(&self, sold: &BTreeMap<Uuid, Article>) -> Vec<(Uuid, i64, i64)> {
        let changed = |(product, line): (&Uuid, &CartLine)| {
            let now = sold.get(product)?.price_cents;
            (now != line.seen_cents && !planted("price_not_looked_at")).then_some((
                *product,
                line.seen_cents,
                now,
            ))
        };
        self.lines.iter().filter_map(changed).collect()
    }
}

fn pieces(quantity: Option<u32>) -> Result<u32, Refusal> {
    quantity.filter(|n| (1..=MOST_PIECES).contains(n)).ok_or(Refusal::Pieces)
}

/// An order as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct WebOrder {
    pub(super) id: Uuid,
    pub(super) cart: Uuid,
    pub(super) customer: Uuid,
    /// The shop that was ordered from; [`shop_now`] is the one that has it.
    pub(super) shop: String,
    pub(super) total_cents: i64,
    pub(super) payment_method: String,
    /// Whether another shop may prepare it when this one cannot.
    pub(super) reroute: bool,
    /// The customer wants it no more.
    pub(super) withdrawn: bool,
    pub(super) version: u64,
    pub(super) placed_at: Timestamp,
}

impl WebOrder {
    /// How people name it: short, and unlike the others of the day.
    pub(super) fn reference(&self) -> String {
        reference(self.id)
    }
}

/// How people name an order.
pub(super) fn reference(id: Uuid) -> String {
    format!("CW-{}", crate::shown::number(id))
}

/// A product of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct OrderLine {
    pub(super) product: Uuid,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) quantity: u32,
    pub(super) unit_price_cents: i64,
    pub(super) vat_rate_bp: u32,
}

/// Something that became of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Step {
    /// A word of [`super::progress`].
    pub(super) kind: String,
    pub(super) at: Timestamp,
    pub(super) detail: String,
}

/// Where an order stands, for whoever waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// Recorded; the bank is asked.
    Placed,
    /// The bank holds the amount.
    Paid,
    /// The goods are set aside; the shop prepares them.
    Preparing,
    /// Handed over, or sent.
    Sent,
    Delivered,
    /// The customer wants it no more; it is not known yet whether that comes in time.
    Withdrawn,
    /// Nothing is sold.
    Cancelled,
}

impl Status {
    /// Whether nothing is to come any more that could stop it.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Cancelled)
    }
}

/// The shop that has an order now: the one that was ordered from, or the last that it went to.
pub(super) fn shop_now<'a>(order: &'a WebOrder, steps: &'a [Step]) -> &'a str {
    steps.iter().find(|step| step.kind == "rerouted").map_or(&order.shop, |step| &step.detail)
}

/// What the steps of an order come to. Their order does not matter: some overtake others.
pub(super) fn status(withdrawn: bool, steps: &[Step]) -> Status {
    let has = |kind: &str| steps.iter().any(|step| step.kind == kind);
    match () {
        () if has("cancelled") => Status::Cancelled,
        () if has("delivered") => Status::Delivered,
        () if has("completed") || has("fulfilled") => Status::Sent,
        () if withdrawn => Status::Withdrawn,
        () if has("reserved") => Status::Preparing,
        () if has("paid") => Status::Paid,
        () => Status::Placed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sold(price_cents: i64) -> BTreeMap<Uuid, Article> {
        let id = Uuid::from_u128(7);
        let (sku, name, category) = ("A".to_owned(), "Gilet".to_owned(), String::new());
        BTreeMap::from([(id, Article { id, sku, name, price_cents, vat_rate_bp: 2000, category })])
    }

    fn cart() -> Cart {
        let (id, at) = (Uuid::from_u128(1), Timestamp(0));
        let lines = BTreeMap::new();
        let shop = "concarneau".to_owned();
        Cart { id, customer: id, shop, order: None, lines, version: 1, created_at: at, updated_at: at }
    }

    #[test]
    fn quantities_stay_between_one_and_a_thousand() {
        let (product, sold) = (Uuid::from_u128(7), sold(100));
        let full = cart().take(&Change::Add(product, 1000), &sold).unwrap();
        assert_eq!(full.total_cents(), 100_000);
        for wrong in [Change::Add(product, 1), Change::Add(product, u32::MAX), Change::Set(product, 0)] {
            assert_eq!(full.take(&wrong, &sold), Err(Refusal::Pieces), "{wrong:?}");
        }
        assert_eq!(cart().take(&Change::Add(product, 0), &sold), Err(Refusal::Pieces));
        assert_eq!(cart().take(&Change::Add(Uuid::nil(), 1), &sold), Err(Refusal::Product));
        assert_eq!(cart().take(&Change::Remove(product), &sold), Err(Refusal::Product));
        let ordered = Cart { order: Some(Uuid::nil()), ..full };
        assert_eq!(ordered.take(&Change::Remove(product), &sold), Err(Refusal::Ordered));
    }

    #[test]
    fn a_new_price_is_told_until_it_was_seen() {
        let product = Uuid::from_u128(7);
        let old = cart().take(&Change::Add(product, 2), &sold(100)).unwrap();
        let more = old.take(&Change::Add(product, 1), &sold(120)).unwrap();
        assert_eq!(more.repriced(&sold(120)), [(product, 100, 120)]);
        let seen = more.take(&Change::Reprice, &sold(120)).unwrap();
        assert_eq!((seen.repriced(&sold(120)), seen.total_cents()), (vec![], 360));
    }

    #[test]
    fn steps_may_overtake_each_other() {
        let steps = |kinds: &[&str]| {
            let step = |kind: &&str| Step { kind: (*kind).into(), at: Timestamp(0), detail: String::new() };
            kinds.iter().map(step).collect::<Vec<_>>()
        };
        assert_eq!(status(false, &[]), Status::Placed);
        assert_eq!(status(false, &steps(&["reserved", "paid"])), Status::Preparing);
        assert_eq!(status(true, &steps(&["paid"])), Status::Withdrawn);
        assert_eq!(status(true, &steps(&["paid", "reserved", "completed"])), Status::Sent);
        assert_eq!(status(true, &steps(&["refunded", "cancelled", "paid"])), Status::Cancelled);
    }
}
