//! What holds at the end of a run.

use super::world::{PRICE, World, product};
use crate::bank::Standing as Held;
use crate::inventory::model as stock;
use crate::payment::model::{Back, Stage};
use crate::retail::model as shop;
use crate::transaction::incidents::{IncidentKind, Standing};
use crate::transaction::model::State;
use kernel::Uuid;
use std::collections::BTreeMap;

impl World {
    /// Captured, given back, and held without having been captured, in the bank's own book.
    fn banked(&self, id: Uuid) -> (i64, i64, i64) {
        let own = |key: &str| key.split('/').next() == Some(&id.to_string());
        let holds = self.holds.iter().filter(|(key, _)| own(key)).map(|(_, hold)| hold);
        holds.fold((0, 0, 0), |(captured, refunded, held), hold| {
            let open = if hold.standing == Held::Authorised { hold.amount_cents } else { 0 };
            (captured + hold.captured_cents, refunded + hold.refunded_cents, held + open)
        })
    }

    /// Before the operators have done their part: what is not in order is an open incident.
    pub(super) fn check_open(&self, ids: &[Uuid]) {
        for id in ids {
            let Some(account) = self.payments.get(id) else { continue };
            let open = |kind: IncidentKind, subject: Uuid| {
                let incident = self.incidents.get(&kind.of(subject));
                incident.is_some_and(|incident| incident.standing != Standing::Resolved)
            };
            let stuck = account.payment.stage == Stage::Uncaptured;
            assert_eq!(open(IncidentKind::Capture, *id), stuck, "seed {}: {account:?}", self.seed);
            for refund in account.refunds.values() {
                let stuck = refund.state == Back::Manual;
                assert_eq!(open(IncidentKind::Refund, refund.id), stuck, "seed {}: {refund:?}", self.seed);
            }
        }
    }

    pub(super) fn check(&self, ids: &[Uuid]) {
        let seed = self.seed;
        let mut gone: BTreeMap<String, i64> = BTreeMap::new();
        for id in ids {
            let deal = &self.deals[id].0;
            let left = self.orders.get(id).map(|order| order.stage);
            let left = matches!(left, Some(shop::Stage::Fulfilled | shop::Stage::Delivered));
            let (captured, refunded, held) = self.banked(*id);
            assert_eq!(held, 0, "seed {seed}: held for ever of {deal:?}");
            let hand = match self.payments.get(id) {
                None => (0, 0, 0),
                Some(a) => (a.payment.captured_cents, a.payment.refunded_cents, a.payment.hand_cents),
            };
            assert_eq!((captured, refunded), (hand.0, hand.1), "seed {seed}: two books of {deal:?}");
            let money = captured - refunded + hand.2;
            let goods_left = self.incidents.contains_key(&IncidentKind::GoodsLeft.of(*id));
            match deal.state {
                State::Completed => {
                    assert!(left, "seed {seed}: {deal:?}");
                    assert_eq!(money, deal.total_cents - deal.returned_cents, "seed {seed}: {deal:?}");
                }
                State::Cancelled => {
                    assert_eq!((money, deal.settled), (0, true), "seed {seed}: {deal:?}");
                }
                open => panic!("seed {seed}: {id} is {open:?} for ever"),
            }
            assert_eq!(goods_left, left && deal.state == State::Cancelled, "seed {seed}: {id}");
            let promise = self.promises.get(id);
            let consumed = promise.filter(|p| p.stage == stock::Stage::Consumed);
            if let Some(promise) = consumed {
                let order = &self.orders[id];
                assert_eq!(promise.shop, order.shop, "seed {seed}: {deal:?}");
                assert!(goods_left || deal.shop == order.shop, "seed {seed}: {deal:?} of {order:?}");
                *gone.entry(promise.shop.clone()).or_default() += deal.total_cents / PRICE;
            }
            let consumed = consumed.is_some();
            assert!(consumed == (deal.state == State::Completed) || goods_left, "seed {seed}: {deal:?}");
        }
        for (place, pieces) in &self.pieces {
            let level = &self.levels[&((*place).to_owned(), product())];
            let left = pieces - gone.get(*place).copied().unwrap_or(0);
            assert_eq!((level.on_hand, level.reserved), (left, 0), "seed {seed}: {place}");
        }
        let open = self.incidents.values().filter(|incident| incident.standing != Standing::Resolved);
        assert_eq!(open.count(), 0, "seed {seed}: {:?}", self.incidents);
    }
}
