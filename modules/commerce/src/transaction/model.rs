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

/// What is asked about the shop, while the goods are set aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Routing {
    /// Nothing: it has the order, or the order is over.
    Settled,
    /// It has taken too long, and is to give the order back.
    Recalled,
    /// It does not prepare it, and another one is looked for.
    Asked,
}

impl Routing {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Settled => "",
            Self::Recalled => "recalled",
            Self::Asked => "asked",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Settled, Self::Recalled, Self::Asked].into_iter().find(|routing| routing.word() == word)
    }
}

/// A transaction as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: Uuid,
    /// The shop that prepares it; at first the one that was ordered from.
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
    /// Whether another shop may prepare it when this one cannot.
    pub(crate) reroute: bool,
    /// Which shop in turn has it: 0 for the one that was ordered from.
    pub(crate) round: u32,
    pub(crate) routing: Routing,
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
    /// A shop has handed it over.
    Fulfilled(Turn),
    /// A shop cannot, or has given it back.
    Refused(Turn),
    /// It is set aside in another shop.
    Rerouted(Turn),
    /// No other shop has all of it.
    NotRerouted {
        round: u32,
    },
    Delivered,
    /// What it waited for did not come.
    Overdue,
    /// The customer has thought better of it.
    Withdrawn,
}

/// A shop whose turn it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    /// Older events do not say.
    pub(crate) shop: Option<String>,
    pub(crate) round: u32,
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
            next.routing = Routing::Settled;
        })
    }

    /// It is a shop's turn, as far as that is news.
    fn at(&mut self, turn: &Turn) {
        if turn.round > self.round {
            self.round = turn.round;
            self.shop = turn.shop.clone().unwrap_or_else(|| self.shop.clone());
        }
    }

    /// A shop does not prepare it: another one is looked for where the customer allows it.
    fn refused(&self, turn: &Turn) -> Outcome {
        // Of a shop that has lost it already, or heard before.
        if turn.round < self.round || (turn.round == self.round && self.routing == Routing::Asked) {
            return Outcome::Known;
        }
        if !self.reroute {
            return self.cancelled("shop");
        }
        // It had the order, so that it was paid for and set aside; and the answer that made it its turn may be late.
        self.with(|next| {
            next.at(turn);
            next.paid = true;
            next.state = State::Reserved;
            next.routing = Routing::Asked;
        })
    }

    /// The answer of the stock room to the question for another shop.
    fn rerouted(&self, round: u32, answer: impl FnOnce(&Self) -> Outcome) -> Outcome {
        let awaited = self.routing == Routing::Asked && round == self.round + 1;
        match self.state {
            State::Reserved if awaited => answer(self),
            State::Reserved if round <= self.round => Outcome::Known,
            _ => Outcome::Unexpected,
        }
    }

    /// What it waited for did not come in time.
    fn overdue(&self) -> Outcome {
        if planted("without_timer") {
            return Outcome::Known;
        }
        let with_shop = self.state == State::Reserved && self.routing == Routing::Settled;
        if with_shop && self.reroute {
            return self.with(|next| next.routing = Routing::Recalled);
        }
        self.cancelled("timeout")
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
            (_, Input::Fulfilled(turn)) => self.with(|next| {
                next.at(turn);
                next.paid = true;
                next.state = Completed;
                next.routing = Routing::Settled;
            }),
            (_, Input::Refused(turn)) => self.refused(turn),
            (_, Input::Rerouted(turn)) => self.rerouted(turn.round, |before| {
                before.with(|next| {
                    next.at(turn);
                    next.routing = Routing::Settled;
                })
            }),
            (_, Input::NotRerouted { round }) => self.rerouted(*round, |before| before.cancelled("shop")),
            (_, Input::Overdue) => self.overdue(),
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
            // Of a shop that had it before: the hand-over by another one has overtaken it, or it is heard again.
            Input::Refused(turn) if turn.round < self.round => Outcome::Known,
            Input::Rerouted(turn) if turn.round <= self.round => Outcome::Known,
            Input::Paid { .. }
            | Input::Reserved
            // A hold had lasted long enough, and was confirmed later: the hand-over has overtaken both.
            | Input::Released
            | Input::Fulfilled(_)
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
            Input::Fulfilled(_) => Outcome::Incident(IncidentKind::GoodsLeft),
            Input::Returned { .. } => Outcome::Unexpected,
            _ => Outcome::Known,
        }
    }
}
