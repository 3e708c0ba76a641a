//! What can be sent back, and what becomes of it. Pure.

use contracts::commerce::{Line, ReturnedLine};
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;

/// Where a return stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// The customer asks.
    Asked,
    /// The shop has accepted; money and goods are on their way.
    Approved,
    /// It was not accepted, or the money could not be given back.
    Refused,
    /// The money has gone back, the goods are in.
    Closed,
}

impl State {
    pub(super) const ALL: [Self; 4] = [Self::Asked, Self::Approved, Self::Refused, Self::Closed];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A line of a return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SentBack {
    pub(super) product: Uuid,
    pub(super) quantity: u32,
    pub(super) unit_price_cents: i64,
    pub(super) restock: bool,
}

impl From<&SentBack> for ReturnedLine {
    fn from(line: &SentBack) -> Self {
        Self { product_id: line.product, quantity: line.quantity, restock: line.restock }
    }
}

/// A return as its rows say it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Return {
    pub(super) id: Uuid,
    pub(super) transaction: Uuid,
    pub(super) customer: Uuid,
    pub(super) shop: String,
    pub(super) reason: String,
    pub(super) amount_cents: i64,
    pub(super) state: State,
    pub(super) refusal: Option<String>,
    /// Counts its changes, from 1.
    pub(super) version: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) lines: Vec<SentBack>,
}

/// An order that something can be sent back of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Known {
    pub(super) customer: Option<Uuid>,
    pub(super) shop: String,
    pub(super) completed: bool,
    pub(super) delivered: bool,
    pub(super) lines: Vec<Line>,
}

/// Why something cannot be sent back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    NotDelivered,
    Nothing,
    /// The line under this number: not ordered, or sent back already.
    TooMany(usize),
}

/// What of an order can still be sent back, by product: pieces, and the price that was paid. Nothing before its delivery.
pub(super) fn left(order: &Known, before: &[Return]) -> BTreeMap<Uuid, (u32, i64)> {
    if !(order.completed && order.delivered) {
        return BTreeMap::new();
    }
    let mut left: BTreeMap<Uuid, (u32, i64)> =
        order.lines.iter().map(|line| (line.product_id, (line.quantity, line.unit_price_cents))).collect();
    for line in before.iter().filter(|r| r.state != State::Refused).flat_map(|r| &r.lines) {
        if let Some((quantity, _)) = left.get_mut(&line.product) {
            *quantity = quantity.saturating_sub(line.quantity);
        }
    }
    left.retain(|_, (quantity, _)| *quantity > 0);
    left
}

/// The lines of a return at the prices that were paid; `before` are the order's other returns.
pub(super) fn lines(
    order: &Known,
    before: &[Return],
    wanted: &[(Uuid, u32, bool)],
) -> Result<Vec<SentBack>, Refusal> {
    if !(order.completed && order.delivered) {
        return Err(Refusal::NotDelivered);
    }
    let mut left = left(order, before);
    let mut lines = Vec::new();
    for (n, (product, quantity, restock)) in wanted.iter().enumerate() {
        let Some((there, unit_price_cents)) = left.get_mut(product) else { return Err(Refusal::TooMany(n)) };
        if *quantity == 0 || quantity > there {
            return Err(Refusal::TooMany(n));
        }
        *there = 0;
        let (product, quantity, unit_price_cents) = (*product, *quantity, *unit_price_cents);
        lines.push(SentBack { product, quantity, unit_price_cents, restock: *restock });
    }
    if lines.iter().all(|line| line.unit_price_cents == 0) { Err(Refusal::Nothing) } else { Ok(lines) }
}

impl Return {
    /// It after a decision; `None` when it is not to be decided any more.
    pub(super) fn decided(&self, state: State, refusal: Option<String>, now: Timestamp) -> Option<Self> {
        (self.state == State::Asked).then(|| self.moved(state, refusal, now))
    }

    pub(super) fn moved(&self, state: State, refusal: Option<String>, now: Timestamp) -> Self {
        Self { state, refusal, version: self.version + 1, updated_at: now, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(delivered: bool) -> Known {
        let line = Line { product_id: Uuid::from_u128(1), quantity: 3, unit_price_cents: 500 };
        Known { customer: None, shop: "quai".into(), completed: true, delivered, lines: vec![line] }
    }

    #[test]
    fn each_piece_is_sent_back_once_and_after_its_delivery() {
        let one = Uuid::from_u128(1);
        assert_eq!(lines(&order(false), &[], &[(one, 1, true)]), Err(Refusal::NotDelivered));
        let first = lines(&order(true), &[], &[(one, 2, true)]).unwrap();
        let before = Return {
            id: one,
            transaction: one,
            customer: one,
            shop: "quai".into(),
            reason: String::new(),
            amount_cents: 1000,
            state: State::Asked,
            refusal: None,
            version: 1,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            lines: first,
        };
        let all = [before.clone()];
        assert_eq!(lines(&order(true), &all, &[(one, 2, true)]), Err(Refusal::TooMany(0)));
        assert!(lines(&order(true), &all, &[(one, 1, false)]).is_ok());
        assert_eq!(left(&order(true), &all), [(one, (1, 500))].into());
        assert!(left(&order(false), &[]).is_empty());
        let refused = [before.moved(State::Refused, None, Timestamp(1))];
        assert!(lines(&order(true), &refused, &[(one, 3, true)]).is_ok());
        assert_eq!(lines(&order(true), &[], &[(one, 1, true), (one, 1, true)]), Err(Refusal::TooMany(1)));
        assert_eq!(lines(&order(true), &[], &[(one, 0, true)]), Err(Refusal::TooMany(0)));
    }
}
