//! What people, timers and deliveries do to the world, and how a run goes.

use super::world::{Lane, Module, PLACES, PRICE, Said, World};
use crate::inventory::model as stock;
use crate::retail::model as shop;
use crate::transaction::incidents::{Action, Decision, Standing};
use crate::transaction::model as deal;
use deal::State;
use kernel::{Timestamp, Uuid};
use std::collections::VecDeque;

impl World {
    /// Somebody of the shop does something.
    pub(super) fn shop_does(&mut self, id: Uuid, input: &shop::Input) -> bool {
        let Some(before) = self.orders.get(&id).cloned() else { return false };
        let Some(after) = shop::take(id, Some(&before), input, Timestamp(0)) else { return false };
        let prepares = matches!(input, shop::Input::Fulfil | shop::Input::Refuse);
        assert!(
            !prepares || !self.told.contains(&id),
            "seed {}: {id} was cancelled, and is prepared",
            self.seed
        );
        // Whoever hands it over has the goods: they are set aside there, or not any more, and nobody knows it yet.
        let promise = self.promises.get(&id).filter(|promise| promise.stage == stock::Stage::Reserved);
        assert!(
            !prepares || promise.is_none_or(|promise| promise.shop == before.shop),
            "seed {}: {before:?} is prepared, and {promise:?}",
            self.seed
        );
        self.in_shop(after);
        true
    }

    /// A customer sends a piece back of what they have, at most once.
    pub(super) fn sends_back(&mut self, id: Uuid) -> bool {
        let delivered = self.deals[&id].0.state == State::Completed && self.deals[&id].0.delivered;
        if !delivered || self.sent_back.contains_key(&id) {
            return false;
        }
        let refund = Uuid::from_u128(id.as_u128() + 500);
        self.sent_back.insert(id, 1);
        // Somebody asks for more than they have paid, which is refused.
        let too_much = self.faults && self.dice.one_in(4);
        let cents = if too_much { self.deals[&id].0.total_cents + PRICE } else { PRICE };
        self.say(Module::Returns, id, &Said::ComesBack { refund, cents });
        true
    }

    /// An operator does something about an incident.
    pub(super) fn operates(&mut self, place: Uuid, action: Action) -> bool {
        let Some(before) = self.incidents.get(&place).cloned() else { return false };
        if before.standing != Standing::Open {
            return false;
        }
        let (by, reason, reference) = (String::new(), "x".to_owned(), "y".to_owned());
        let decision = Decision { action, by, reason, reference };
        let Some(after) = before.decided(decision, Timestamp(0)) else { return false };
        let said = Said::Decided { kind: after.kind, refund: after.refund, action };
        let id = after.transaction;
        self.incidents.insert(place, after);
        self.say(Module::Transaction, id, &said);
        true
    }

    pub(super) fn open_lanes(&self) -> Vec<Lane> {
        self.lanes.iter().filter(|(_, queue)| !queue.is_empty()).map(|(lane, _)| *lane).collect()
    }

    /// Delivers the next of a lane.
    pub(super) fn deliver(&mut self, lane: Lane) {
        let Some((id, said)) = self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) else { return };
        self.hear(lane, id, &said);
        self.past.push((lane, id, said));
    }

    fn deliver_some(&mut self) -> bool {
        let open = self.open_lanes();
        if open.is_empty() {
            return false;
        }
        let lane = open[self.dice.below(open.len())];
        if self.faults && self.dice.one_in(12) {
            // Killed before the commit: nothing of it was kept, and it is delivered again.
            let mut kept = self.clone();
            self.deliver(lane);
            kept.dice = self.dice.clone();
            *self = kept;
        }
        self.deliver(lane);
        if self.faults && self.dice.one_in(12) {
            // Killed after the commit and before anybody knew: it is delivered again.
            if let Some((lane, id, said)) = self.past.last().cloned() {
                self.hear(lane, id, &said);
            }
        }
        true
    }

    fn again(&mut self) {
        if self.past.is_empty() {
            return;
        }
        let (lane, id, said) = self.past[self.dice.below(self.past.len())].clone();
        self.hear(lane, id, &said);
    }

    /// Somebody of a shop, a customer, an operator, or a timer.
    fn act(&mut self, id: Uuid) {
        match self.dice.below(16) {
            0 => self.decide(id, &deal::Input::Withdrawn),
            1 => self.decide(id, &deal::Input::Overdue),
            9 => self.stocked(id, &stock::Input::Expired),
            2 => {
                self.sends_back(id);
            }
            3 | 4 => {
                self.shop_does(id, &shop::Input::Refuse);
            }
            5..=7 => {
                self.shop_does(id, &shop::Input::Deliver);
            }
            8 => {
                let places: Vec<Uuid> = self.incidents.keys().copied().collect();
                if let Some(place) = places.get(self.dice.below(places.len())).copied() {
                    let action = [Action::Retry, Action::Settle, Action::WriteOff][self.dice.below(3)];
                    self.operates(place, action);
                }
            }
            _ => {
                self.shop_does(id, &shop::Input::Fulfil);
            }
        }
    }

    /// Everything is delivered, and every question answered.
    pub(super) fn settle(&mut self, ids: &[Uuid], patient: bool) {
        for _ in 0..12 {
            while self.deliver_some() {}
            if ids.iter().all(|id| self.questions(*id).is_empty()) {
                return;
            }
            for id in ids {
                for refund in self.questions(*id) {
                    self.ask(*id, refund, false, patient, true);
                }
            }
        }
    }

    /// Until the goods of an order that was paid for are set aside; who is to hear of that has not.
    pub(super) fn until_reserved(&mut self, id: Uuid) {
        use Module::{Inventory, Payment, Transaction};
        self.deliver((Transaction, Payment));
        self.ask(id, None, false, true, true);
        for lane in [(Transaction, Inventory), (Payment, Inventory)] {
            self.deliver(lane);
        }
        assert!(self.promises[&id].stage == stock::Stage::Reserved);
    }

    pub(super) fn play(mut self) {
        let ids: Vec<Uuid> = self.deals.keys().copied().collect();
        for _ in 0..400 {
            let id = ids[self.dice.below(ids.len())];
            match self.dice.below(10) {
                0..=5 => {
                    self.deliver_some();
                }
                6 => {
                    for refund in self.questions(id) {
                        let (lost, patient) = (self.dice.one_in(4), !self.dice.one_in(8));
                        let again = self.dice.one_in(2);
                        self.ask(id, refund, lost, patient, again);
                    }
                }
                7 => self.again(),
                8 if self.dice.one_in(2) => self.act(id),
                _ => {}
            }
        }
        self.end(&ids);
    }

    /// The faults stop: everything is delivered, every question answered, every timer fired, every incident closed.
    pub(super) fn end(&mut self, ids: &[Uuid]) {
        self.faults = false;
        self.settle(ids, true);
        // Each shop may let its time go by, and the last one's ends it.
        for _ in 0..=PLACES.len() {
            for id in ids {
                self.decide(*id, &deal::Input::Overdue);
            }
            self.settle(ids, true);
        }
        self.settle(ids, false);
        self.check_open(ids);
        let places: Vec<Uuid> = self.incidents.keys().copied().collect();
        for place in places {
            self.operates(place, Action::Settle);
        }
        self.settle(ids, false);
        self.check(ids);
    }
}
