//! What is given back of what was taken: all of it when an order is cancelled, a part for goods that came back. Never
//! more than was taken.

use super::{Account, Change, Hand, Said, Stage};
use crate::bank::Answer;
use kernel::Uuid;

/// How far a refund has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Back {
    /// The bank is asked.
    Asked,
    /// It has given the money back.
    Done,
    /// It has not, for a day: somebody must see to it.
    Manual,
    /// Whoever paid has their money, past the bank.
    Settled,
}

impl Back {
    const ALL: [Self; 4] = [Self::Asked, Self::Done, Self::Manual, Self::Settled];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Done => "done",
            Self::Manual => "manual",
            Self::Settled => "settled",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A refund as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refund {
    /// The return's, or for a cancelled order the transaction's.
    pub(crate) id: Uuid,
    pub(crate) amount_cents: i64,
    /// `cancelled` or `return`.
    pub(crate) reason: String,
    pub(crate) state: Back,
    /// Counts its changes, from 1.
    pub(crate) version: u64,
}

impl Account {
    /// What is left of what was taken.
    pub(crate) fn left_cents(&self) -> i64 {
        let settled = self.refunds.values().filter(|refund| refund.state == Back::Settled);
        let past_the_bank: i64 = settled.map(|refund| refund.amount_cents).sum();
        let payment = &self.payment;
        payment.captured_cents - payment.refunded_cents - payment.returning_cents - past_the_bank
    }

    /// What has gone back for goods that came back, by the bank or past it.
    pub(crate) fn returned_cents(&self) -> i64 {
        let gone = |refund: &&Refund| {
            refund.reason == "return" && matches!(refund.state, Back::Done | Back::Settled)
        };
        self.refunds.values().filter(gone).map(|refund| refund.amount_cents).sum()
    }

    /// Adds a refund to what is asked of the bank.
    fn give_back(&self, id: Uuid, amount_cents: i64, reason: &str, said: Said) -> Change {
        let mut change = self.changed(said, |payment| payment.returning_cents += amount_cents);
        let refund = Refund { id, amount_cents, reason: reason.to_owned(), state: Back::Asked, version: 1 };
        change.account.refunds.insert(id, refund);
        change.refund = Some(id);
        change
    }

    /// Everything that was taken and not given back goes back; a change of the version is the caller's.
    pub(super) fn all_back(&self, said: Said) -> Change {
        let left = self.left_cents();
        if left == 0 {
            return Change { account: self.clone(), refund: None, said };
        }
        let mut change = self.give_back(self.payment.transaction, left, "cancelled", said);
        change.account.payment.version = self.payment.version;
        change
    }

    /// Goods came back.
    pub(super) fn returned(&self, id: Uuid, amount_cents: i64) -> Option<Change> {
        if self.refunds.contains_key(&id) {
            return None;
        }
        let possible = self.payment.stage == Stage::Captured
            && !self.payment.cancelled
            && (1..=self.left_cents()).contains(&amount_cents);
        Some(if possible || kernel::planted("refund_without_limit") {
            self.give_back(id, amount_cents, "return", Said::Advanced)
        } else {
            self.changed(Said::RefundRefused { refund: id }, |_| {})
        })
    }

    fn moved(&self, id: Uuid, state: Back, said: Said) -> Change {
        let mut change = self.changed(said, |_| {});
        change.refund = Some(id);
        if let Some(refund) = change.account.refunds.get_mut(&id) {
            (refund.state, refund.version) = (state, refund.version + 1);
        }
        change
    }

    pub(super) fn refund_answered(&self, id: Uuid, answer: Answer, patient: bool) -> Option<Change> {
        let refund = self.refunds.get(&id).filter(|refund| refund.state == Back::Asked)?;
        let cents = refund.amount_cents;
        match answer {
            Answer::Done(_) => {
                let mut change = self.moved(id, Back::Done, Said::Refunded { refund: id, by_hand: false });
                change.account.payment.refunded_cents += cents;
                change.account.payment.returning_cents -= cents;
                Some(change)
            }
            // No answer is no refusal: whoever gives it back by hand now may give it back twice.
            Answer::Silence => None,
            Answer::Refused | Answer::Failed if patient => None,
            Answer::Refused | Answer::Failed => {
                Some(self.moved(id, Back::Manual, Said::Manual { refund: Some(id) }))
            }
        }
    }

    /// An operator's word on a refund that failed. What is owed to somebody is never written off.
    pub(super) fn refund_by_hand(&self, id: Uuid, act: Hand) -> Option<Change> {
        let refund = self.refunds.get(&id).filter(|refund| refund.state == Back::Manual)?;
        let cents = refund.amount_cents;
        match act {
            Hand::Retry => Some(self.moved(id, Back::Asked, Said::Advanced)),
            Hand::Settle => {
                let mut change = self.moved(id, Back::Settled, Said::Refunded { refund: id, by_hand: true });
                change.account.payment.returning_cents -= cents;
                change.account.payment.hand_cents -= cents;
                Some(change)
            }
            Hand::WriteOff => None,
        }
    }
}
