//! The life of a payment. Pure. What was decided here is asked of the bank until it answers; what it must not refuse
//! and does is an operator's.

mod given_back;

pub(crate) use given_back::{Back, Refund};

use crate::bank::{Answer, Operation, Request};
use kernel::Uuid;
use std::collections::BTreeMap;

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
    /// The authorisation has expired meanwhile: the bank is asked for another one.
    Reauthorising,
    /// We have it.
    Captured,
    /// The goods have left, and the bank does not pay: somebody must see to it.
    Uncaptured,
    /// The order was cancelled: the bank is asked to let go.
    Voiding,
    /// It has; also the tombstone of an order that was cancelled before it was heard of.
    Voided,
    /// We have the money, past the bank.
    Settled,
    /// We shall never have it.
    WrittenOff,
}

impl Stage {
    pub(crate) const ALL: [Self; 11] = [
        Self::Asked,
        Self::Authorised,
        Self::Failed,
        Self::Capturing,
        Self::Reauthorising,
        Self::Captured,
        Self::Uncaptured,
        Self::Voiding,
        Self::Voided,
        Self::Settled,
        Self::WrittenOff,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Authorised => "authorised",
            Self::Failed => "failed",
            Self::Capturing => "capturing",
            Self::Reauthorising => "reauthorising",
            Self::Captured => "captured",
            Self::Uncaptured => "uncaptured",
            Self::Voiding => "voiding",
            Self::Voided => "voided",
            Self::Settled => "settled",
            Self::WrittenOff => "written_off",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// What the bank is to be asked at this stage.
    fn asks(self) -> Option<Operation> {
        match self {
            Self::Asked | Self::Reauthorising => Some(Operation::Authorise),
            Self::Capturing => Some(Operation::Capture),
            Self::Voiding => Some(Operation::Void),
            _ => None,
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
    /// Which authorisation it is, from 1.
    pub(crate) attempt: u32,
    pub(crate) cancelled: bool,
    pub(crate) captured_cents: i64,
    pub(crate) refunded_cents: i64,
    pub(crate) returning_cents: i64,
    pub(crate) hand_cents: i64,
    /// Counts its changes, from 1.
    pub(crate) version: u64,
}

/// A payment with what is given back of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Account {
    pub(crate) payment: Payment,
    pub(crate) refunds: BTreeMap<Uuid, Refund>,
}

/// What an operator decides about what is stuck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hand {
    /// The bank is asked again.
    Retry,
    /// It was settled past the bank.
    Settle,
    /// We shall never have it.
    WriteOff,
}

/// What payment hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Ordered {
        amount_cents: i64,
        method: String,
    },
    Cancelled,
    Fulfilled,
    /// Goods came back: so much goes back to whoever paid.
    Return {
        id: Uuid,
        amount_cents: i64,
    },
    /// About a refund, or about the capture.
    Hand {
        refund: Option<Uuid>,
        act: Hand,
    },
}

/// What a change says to others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// Nothing that they wait for.
    Advanced,
    Processed,
    Failed,
    Voided {
        cents: i64,
    },
    Refunded {
        refund: Uuid,
        by_hand: bool,
    },
    /// A return whose money cannot be given back.
    RefundRefused {
        refund: Uuid,
    },
    /// An operator must see to it: a refund, or else the capture.
    Manual {
        refund: Option<Uuid>,
    },
    /// The capture that an operator had to see to is settled, by the bank or past it.
    Settled {
        by_hand: bool,
    },
}

/// A payment after a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) account: Account,
    /// The refund that has changed too.
    pub(crate) refund: Option<Uuid>,
    pub(crate) said: Said,
}

impl Account {
    pub(super) fn changed(&self, said: Said, change: impl FnOnce(&mut Payment)) -> Change {
        let mut account = self.clone();
        account.payment.version += 1;
        change(&mut account.payment);
        Change { account, refund: None, said }
    }

    fn at(&self, stage: Stage, said: Said) -> Change {
        self.changed(said, |payment| payment.stage = stage)
    }

    /// The request that the payment itself waits for, or one of its refunds.
    pub(crate) fn request(&self, refund: Option<Uuid>) -> Option<Request> {
        let Payment { transaction, attempt, method, amount_cents, stage, .. } = &self.payment;
        let authorisation =
            if *attempt == 1 { transaction.to_string() } else { format!("{transaction}/{attempt}") };
        let (operation, part, amount_cents) = match refund.map(|id| self.refunds.get(&id)) {
            None => (stage.asks()?, String::new(), *amount_cents),
            Some(refund) => {
                let refund = refund.filter(|refund| refund.state == Back::Asked)?;
                (Operation::Refund, refund.id.to_string(), refund.amount_cents)
            }
        };
        Some(Request { operation, authorisation, part, amount_cents, method: method.clone() })
    }

    /// What is to be asked of the bank after a change from `before`: the payment's own question, and refunds'.
    pub(crate) fn asks_since(&self, before: Option<&Self>) -> Vec<Option<Uuid>> {
        let own = |account: &Self| (account.payment.stage, account.payment.attempt);
        let mut asks = Vec::new();
        if self.payment.stage.asks().is_some() && before.map(own) != Some(own(self)) {
            asks.push(None);
        }
        let was = |id: &Uuid| before.and_then(|before| before.refunds.get(id)).map(|refund| refund.state);
        let asked = self.refunds.values().filter(|refund| refund.state == Back::Asked);
        asks.extend(
            asked.filter(|refund| was(&refund.id) != Some(Back::Asked)).map(|refund| Some(refund.id)),
        );
        asks
    }

    /// What an answer of the bank makes of it; `None` when the bank must be asked again. After a day without success
    /// patience is at its end where somebody waits for their money.
    pub(crate) fn answered(&self, refund: Option<Uuid>, answer: Answer, patient: bool) -> Option<Change> {
        let silent = answer == Answer::Silence && kernel::planted("silence_is_refusal");
        let answer = if silent { Answer::Refused } else { answer };
        match refund {
            Some(id) => self.refund_answered(id, answer, patient),
            None => self.stage_answered(answer),
        }
    }

    fn stage_answered(&self, answer: Answer) -> Option<Change> {
        let cancelled = self.payment.cancelled;
        Some(match (self.payment.stage, answer) {
            (Stage::Asked, Answer::Done(_)) => self.at(Stage::Authorised, Said::Processed),
            (Stage::Asked, Answer::Refused) => self.at(Stage::Failed, Said::Failed),
            (Stage::Reauthorising, Answer::Done(_)) => self.at(Stage::Capturing, Said::Advanced),
            (Stage::Capturing, Answer::Done(cents)) => self.captured(cents),
            // Nothing is held any more, and nothing was taken.
            (Stage::Capturing | Stage::Reauthorising, Answer::Refused) if cancelled => {
                self.at(Stage::Voided, Said::Voided { cents: 0 })
            }
            (Stage::Capturing, Answer::Refused) if self.payment.attempt == 1 => self.reauthorising(),
            (Stage::Capturing | Stage::Reauthorising, Answer::Refused) => {
                self.at(Stage::Uncaptured, Said::Manual { refund: None })
            }
            (Stage::Voiding, Answer::Done(cents)) => self.at(Stage::Voided, Said::Voided { cents }),
            // No answer, or a refusal where none can be: asked again, and seen in the log as what it is.
            _ => return None,
        })
    }

    fn captured(&self, cents: i64) -> Change {
        // The first authorisation is taken without a word: nobody was waiting for somebody to see to it.
        let said = if self.payment.attempt > 2 { Said::Settled { by_hand: false } } else { Said::Advanced };
        let change = self.changed(said, |payment| {
            (payment.stage, payment.captured_cents) = (Stage::Captured, cents);
        });
        if self.payment.cancelled { change.account.all_back(change.said) } else { change }
    }

    fn reauthorising(&self) -> Change {
        self.changed(Said::Advanced, |payment| {
            payment.stage = Stage::Reauthorising;
            payment.attempt += 1;
        })
    }

    fn cancelled(&self) -> Option<Change> {
        let cancelled = |payment: &mut Payment| payment.cancelled = true;
        Some(match self.payment.stage {
            _ if self.payment.cancelled => return None,
            Stage::Asked | Stage::Authorised => self.changed(Said::Advanced, |payment| {
                (payment.stage, payment.cancelled) = (Stage::Voiding, true);
            }),
            Stage::Capturing | Stage::Reauthorising => self.changed(Said::Advanced, cancelled),
            Stage::Captured => {
                let mut account = self.clone();
                account.payment.cancelled = true;
                let mut change = account.all_back(Said::Advanced);
                change.account.payment.version = self.payment.version + 1;
                change
            }
            Stage::Uncaptured => self.changed(Said::Voided { cents: 0 }, |payment| {
                (payment.stage, payment.cancelled) = (Stage::Voided, true);
            }),
            Stage::Failed | Stage::Voiding | Stage::Voided | Stage::Settled | Stage::WrittenOff => {
                return None;
            }
        })
    }

    /// An operator's word on a capture that failed.
    fn capture_by_hand(&self, act: Hand) -> Option<Change> {
        if self.payment.stage != Stage::Uncaptured {
            return None;
        }
        let said = Said::Settled { by_hand: true };
        let stage = match act {
            Hand::Retry => return Some(self.reauthorising()),
            Hand::Settle => Stage::Settled,
            Hand::WriteOff => Stage::WrittenOff,
        };
        Some(self.changed(said, |payment| {
            payment.stage = stage;
            payment.hand_cents += payment.amount_cents;
        }))
    }
}

/// What an input makes of a payment; `None` when it changes nothing.
pub(crate) fn take(id: Uuid, known: Option<&Account>, input: &Input) -> Option<Change> {
    let first = |amount_cents, method, stage, cancelled| {
        let payment = Payment {
            transaction: id,
            amount_cents,
            method,
            stage,
            attempt: 1,
            cancelled,
            captured_cents: 0,
            refunded_cents: 0,
            returning_cents: 0,
            hand_cents: 0,
            version: 1,
        };
        let account = Account { payment, refunds: BTreeMap::new() };
        // A tombstone has nothing to give back.
        Some(Change { account, refund: None, said: Said::Advanced })
    };
    match (known, input) {
        (None, Input::Ordered { amount_cents, method }) => {
            first(*amount_cents, method.clone(), Stage::Asked, false)
        }
        (None, Input::Cancelled) => first(0, String::new(), Stage::Voided, true),
        (None, _) => None,
        (Some(account), Input::Cancelled) => account.cancelled(),
        (Some(account), Input::Fulfilled) if account.payment.stage == Stage::Authorised => {
            Some(account.at(Stage::Capturing, Said::Advanced))
        }
        (Some(account), Input::Return { id, amount_cents }) => account.returned(*id, *amount_cents),
        (Some(account), Input::Hand { refund: Some(id), act }) => account.refund_by_hand(*id, *act),
        (Some(account), Input::Hand { refund: None, act }) => account.capture_by_hand(*act),
        (Some(_), Input::Ordered { .. } | Input::Fulfilled) => None,
    }
}
