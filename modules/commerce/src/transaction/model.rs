//! The life of a transaction: one table of states and what moves it. Pure.
//!
//! The decision comes first, the settlement after: a cancelled transaction is cancelled at once, and money and goods
//! follow (`docs/adr/0013`).

use super::incidents::IncidentKind;
use kernel::{Timestamp, Uuid, planted};
use serde::{Deserialize, Serialize};

/// Where a transaction stands. Only this module writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Recorded; the bank is asked.
    Created,
    /// The bank holds the amount.
    Paid,
    /// The goods are set aside.
    Reserved,
    /// The goods have left and are paid for. Final.
    Completed,
    /// Nothing is sold. Final.
    Cancelled,
}

impl State {
    pub(crate) const ALL: [Self; 5] =
        [Self::Created, Self::Paid, Self::Reserved, Self::Completed, Self::Cancelled];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Paid => "paid",
            Self::Reserved => "reserved",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A transaction as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: Uuid,
    pub(crate) shop: String,
    pub(crate) customer: Uuid,
    pub(crate) total_cents: i64,
    pub(crate) state: State,
    /// Why it was cancelled.
    pub(crate) reason: Option<String>,
    /// The goods were set aside before the payment was known.
    pub(crate) reserved_early: bool,
    /// The bank holds, or held, the amount: after a cancellation it owes an answer.
    pub(crate) paid: bool,
    /// After a cancellation, the bank has let go.
    pub(crate) settled: bool,
    pub(crate) delivered: bool,
    /// What has gone back for goods that came back.
    pub(crate) returned_cents: i64,
    /// Counts its changes, from 1; also the version of its stream.
    pub(crate) version: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What happens to a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Paid {
        amount_cents: i64,
    },
    PaymentFailed,
    /// The bank has let go of everything, after a cancellation.
    Refunded,
    /// Money has gone back for goods that came back; so much in all.
    Returned {
        returned_cents: i64,
    },
    Reserved,
    Unavailable,
    Released,
    Fulfilled,
    Refused,
    Delivered,
    /// What it waited for did not come.
    Overdue,
    /// The customer has thought better of it.
    Withdrawn,
}

/// What an input comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// A new state, or a new detail of the same.
    Moved(Box<Transaction>),
    /// Nothing: it was known, or comes too late.
    Known,
    /// It contradicts what is known, and somebody must see to it.
    Incident(IncidentKind),
    /// The table has no line for it: counted, and kept in the log.
    Unexpected,
}

impl Transaction {
    fn with(&self, change: impl FnOnce(&mut Self)) -> Outcome {
        let mut next = self.clone();
        change(&mut next);
        Outcome::Moved(Box::new(next))
    }

    fn cancelled(&self, reason: &str) -> Outcome {
        self.with(|next| {
            next.state = State::Cancelled;
            next.reason = Some(reason.to_owned());
            next.settled = !next.paid;
        })
    }

    /// What an input makes of it.
    pub(crate) fn take(&self, input: &Input) -> Outcome {
        match self.state {
            State::Cancelled => self.after_cancellation(input),
            State::Completed => self.after_completion(input),
            State::Created | State::Paid | State::Reserved => self.underway(input),
        }
    }

    fn underway(&self, input: &Input) -> Outcome {
        use State::{Completed, Created, Paid, Reserved};
        match (self.state, input) {
            (Created, Input::Paid { amount_cents }) if *amount_cents != self.total_cents => {
                Outcome::Incident(IncidentKind::Amount)
            }
            (Created, Input::Paid { .. }) => self.with(|next| {
                next.paid = true;
                next.state = if next.reserved_early { Reserved } else { Paid };
            }),
            (Created, Input::PaymentFailed) => self.cancelled("payment_refused"),
            (Created, Input::Reserved) if !self.reserved_early => {
                self.with(|next| next.reserved_early = true)
            }
            (Paid, Input::Reserved) => self.with(|next| next.state = Reserved),
            (Created | Paid, Input::Unavailable) => self.cancelled("stock"),
            // What overtakes the payment or the reservation implies them.
            (_, Input::Fulfilled) => self.with(|next| {
                next.paid = true;
                next.state = Completed;
            }),
            (_, Input::Refused) => self.cancelled("shop"),
            (_, Input::Overdue) if planted("without_timer") => Outcome::Known,
            (_, Input::Overdue) => self.cancelled("timeout"),
            (_, Input::Withdrawn) => self.cancelled("customer"),
            (Paid | Reserved, Input::Paid { .. }) | (Created | Reserved, Input::Reserved) => Outcome::Known,
            // A hold has lasted long enough; the goods are set aside again when the money comes, if they are there.
            (_, Input::Released) => Outcome::Known,
            _ => Outcome::Unexpected,
        }
    }

    fn after_completion(&self, input: &Input) -> Outcome {
        match input {
            Input::Delivered if !self.delivered => self.with(|next| next.delivered = true),
            Input::Returned { returned_cents } if *returned_cents > self.total_cents => {
                Outcome::Incident(IncidentKind::Amount)
            }
            Input::Returned { returned_cents } if *returned_cents > self.returned_cents => {
                self.with(|next| next.returned_cents = *returned_cents)
            }
            Input::Paid { .. }
            | Input::Reserved
            // A hold had lasted long enough, and was confirmed later: the hand-over has overtaken both.
            | Input::Released
            | Input::Fulfilled
            | Input::Delivered
            | Input::Returned { .. }
            | Input::Overdue
            | Input::Withdrawn => Outcome::Known,
            _ => Outcome::Unexpected,
        }
    }

    fn after_cancellation(&self, input: &Input) -> Outcome {
        match input {
            // Too late: the bank lets go of it, since it hears of the cancellation too.
            Input::Paid { .. } if !self.paid => self.with(|next| {
                next.paid = true;
                next.settled = false;
            }),
            Input::Refunded if !self.settled => self.with(|next| next.settled = true),
            Input::Fulfilled => Outcome::Incident(IncidentKind::GoodsLeft),
            Input::Returned { .. } => Outcome::Unexpected,
            _ => Outcome::Known,
        }
    }
}
