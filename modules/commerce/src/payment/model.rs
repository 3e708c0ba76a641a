//! The life of a payment. Pure. What was decided here is asked of the bank until it answers.

use crate::bank::{Answer, Operation};
use kernel::Uuid;

/// How far a payment has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The bank is asked to hold the amount.
    Asked,
    /// It does.
    Authorised,
    /// It does not.
    Failed,
    /// The goods have left: the bank is asked for the money.
    Capturing,
    /// We have it.
    Captured,
    /// The order was cancelled: the bank is asked to let go.
    Voiding,
    /// It has; also the tombstone of an order that was cancelled before it was heard of.
    Voided,
    /// The order was cancelled after we had the money: the bank is asked to give it back.
    Refunding,
    /// It has.
    Refunded,
}

impl Stage {
    const ALL: [Self; 9] = [
        Self::Asked,
        Self::Authorised,
        Self::Failed,
        Self::Capturing,
        Self::Captured,
        Self::Voiding,
        Self::Voided,
        Self::Refunding,
        Self::Refunded,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Authorised => "authorised",
            Self::Failed => "failed",
            Self::Capturing => "capturing",
            Self::Captured => "captured",
            Self::Voiding => "voiding",
            Self::Voided => "voided",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// What the bank is to be asked at this stage.
    pub(crate) fn asks(self) -> Option<Operation> {
        match self {
            Self::Asked => Some(Operation::Authorise),
            Self::Capturing => Some(Operation::Capture),
            Self::Voiding => Some(Operation::Void),
            Self::Refunding => Some(Operation::Refund),
            Self::Authorised | Self::Failed | Self::Captured | Self::Voided | Self::Refunded => None,
        }
    }
}

/// A payment as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Payment {
    pub(crate) transaction: Uuid,
    pub(crate) amount_cents: i64,
    pub(crate) method: String,
    pub(crate) stage: Stage,
    /// Counts its changes, from 1.
    pub(crate) version: u64,
}

/// What payment hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Ordered { amount_cents: i64, method: String },
    Cancelled,
    Fulfilled,
}

impl Payment {
    fn moved(&self, stage: Stage) -> Self {
        Self { stage, version: self.version + 1, ..self.clone() }
    }

    /// What an answer of the bank makes of it; `None` when the bank must be asked again.
    pub(crate) fn answered(&self, answer: Answer) -> Option<Self> {
        let stage = match (self.stage, answer) {
            (_, Answer::Silence) => return None,
            (Stage::Asked, Answer::Done(_)) => Stage::Authorised,
            (Stage::Asked, Answer::Refused) => Stage::Failed,
            (Stage::Capturing, Answer::Done(_)) => Stage::Captured,
            (Stage::Voiding, Answer::Done(_)) => Stage::Voided,
            (Stage::Refunding, Answer::Done(_)) => Stage::Refunded,
            // What was asked before may have been done or not: what is not captured is voided, what is, is given back.
            (Stage::Refunding, Answer::Refused) => Stage::Voiding,
            (Stage::Voiding, Answer::Refused) => Stage::Refunding,
            // Refused where it must not be: asked again, and seen by an operator as what it is.
            _ => return None,
        };
        Some(self.moved(stage))
    }
}

/// What an input makes of a payment; `None` when it changes nothing.
pub(crate) fn take(id: Uuid, known: Option<&Payment>, input: &Input) -> Option<Payment> {
    let first =
        |amount_cents, method, stage| Payment { transaction: id, amount_cents, method, stage, version: 1 };
    let Some(before) = known else {
        return match input {
            Input::Ordered { amount_cents, method } => {
                Some(first(*amount_cents, method.clone(), Stage::Asked))
            }
            Input::Cancelled => Some(first(0, String::new(), Stage::Voided)),
            Input::Fulfilled => None,
        };
    };
    let stage = match (before.stage, input) {
        (Stage::Asked | Stage::Authorised, Input::Cancelled) => Stage::Voiding,
        (Stage::Capturing | Stage::Captured, Input::Cancelled) => Stage::Refunding,
        (Stage::Authorised, Input::Fulfilled) => Stage::Capturing,
        _ => return None,
    };
    Some(before.moved(stage))
}
