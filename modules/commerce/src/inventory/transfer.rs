//! Goods that move from one shop to another: asked for, allowed, sent, received. Pure.
//!
//! What is on its way is in no shop: it left the first one's ledger when it was sent and enters the second one's when it
//! is counted there. What does not come is the difference that stays on the line.

use kernel::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a transfer has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// A shop asks for goods of another.
    Requested,
    /// They may go.
    Approved,
    /// They are on their way.
    Shipped,
    /// They were counted at the other end. Final.
    Received,
    /// They will not go. Final.
    Refused,
}

impl State {
    pub(super) const ALL: [Self; 5] =
        [Self::Requested, Self::Approved, Self::Shipped, Self::Received, Self::Refused];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Shipped => "shipped",
            Self::Received => "received",
            Self::Refused => "refused",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A transfer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Transfer {
    pub(super) id: Uuid,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) state: State,
    pub(super) requested_by: Uuid,
    pub(super) lines: Vec<TransferLine>,
    /// Counts its changes, from 1.
    pub(super) version: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A product of a transfer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TransferLine {
    pub(super) product: Uuid,
    /// Pieces asked for; what is sent is all of them.
    pub(super) asked: i64,
    /// Pieces that were counted on arrival.
    pub(super) received: i64,
}

/// What people do with a transfer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Approve,
    Refuse,
    Ship,
    /// How many pieces of each product have come; all of a product that is not named.
    Receive(BTreeMap<Uuid, i64>),
}

/// Why a step cannot be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// Not at this stage.
    Stage,
    /// More has come than was sent, or less than nothing, or something that was not sent.
    Pieces,
}

impl Transfer {
    /// What a step makes of it.
    pub(super) fn take(&self, step: &Step) -> Result<Self, Refusal> {
        let state = match (self.state, step) {
            (State::Requested, Step::Approve) => State::Approved,
            (State::Requested | State::Approved, Step::Refuse) => State::Refused,
            (State::Approved, Step::Ship) => State::Shipped,
            (State::Shipped, Step::Receive(_)) => State::Received,
            _ => return Err(Refusal::Stage),
        };
        let mut after = Self { state, version: self.version + 1, ..self.clone() };
        if let Step::Receive(come) = step {
            if come.keys().any(|product| self.lines.iter().all(|line| line.product != *product)) {
                return Err(Refusal::Pieces);
            }
            for line in &mut after.lines {
                line.received = come.get(&line.product).copied().unwrap_or(line.asked);
                if !(0..=line.asked).contains(&line.received) {
                    return Err(Refusal::Pieces);
                }
            }
        }
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(state: State) -> Transfer {
        let line = |n, asked| TransferLine { product: Uuid::from_u128(n), asked, received: 0 };
        let (id, at) = (Uuid::from_u128(9), Timestamp(0));
        let lines = vec![line(1, 3), line(2, 5)];
        let (from, to) = ("concarneau".into(), "lorient".into());
        Transfer { id, from, to, state, requested_by: id, lines, version: 1, created_at: at, updated_at: at }
    }

    #[test]
    fn what_has_come_is_at_most_what_was_sent() {
        let shipped = transfer(State::Shipped);
        let come = |n, pieces| Step::Receive(BTreeMap::from([(Uuid::from_u128(n), pieces)]));
        let short = shipped.take(&come(1, 2)).unwrap();
        assert_eq!(short.lines.iter().map(|line| line.received).collect::<Vec<_>>(), [2, 5]);
        for wrong in [come(1, 4), come(1, -1), come(3, 1)] {
            assert_eq!(shipped.take(&wrong), Err(Refusal::Pieces), "{wrong:?}");
        }
    }

    #[test]
    fn goods_are_sent_once_and_received_once() {
        let all = [Step::Approve, Step::Refuse, Step::Ship, Step::Receive(BTreeMap::new())];
        let possible = |state| all.iter().filter(|step| transfer(state).take(step).is_ok()).count();
        let counts = State::ALL.map(possible);
        assert_eq!(counts, [2, 2, 1, 0, 0]);
    }
}
