//! The choreography without databases: the four models and the bank, and messages between them that arrive in any
//! order across sources, twice, or late, while customers, shops and timers do what they like. The same seed always
//! plays the same run.
//!
//! What holds at the end: every order is final, money and goods agree with it, nothing is left promised.

use crate::bank::{Answer, Hold, Request, Verdict, judge};
use crate::inventory::model as stock;
use crate::payment::model as money;
use crate::retail::model as shop;
use crate::transaction::model as deal;
use contracts::commerce::Line;
use deal::{Outcome, State, Transaction};
use kernel::{Timestamp, Uuid};
use std::collections::{BTreeMap, VecDeque};

const PRICE: i64 = 1000;
const PLACE: &str = "quai";

/// Numbers that look like chance and are the same for a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What is said, by whoever says it.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Said {
    Created,
    Cancelled,
    Processed,
    Failed,
    Refunded,
    Reserved,
    Unavailable,
    Released,
    Fulfilled,
    Refused,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Module {
    Transaction,
    Payment,
    Inventory,
    Retail,
}

/// From whom to whom.
type Lane = (Module, Module);

struct World {
    dice: Dice,
    seed: u64,
    deals: BTreeMap<Uuid, (Transaction, &'static str)>,
    payments: BTreeMap<Uuid, money::Payment>,
    promises: BTreeMap<Uuid, stock::Reservation>,
    levels: stock::Levels,
    orders: BTreeMap<Uuid, shop::ShopOrder>,
    holds: BTreeMap<Uuid, Hold>,
    lanes: BTreeMap<Lane, VecDeque<(Uuid, Said)>>,
    /// What was delivered before, to be delivered again.
    past: Vec<(Lane, Uuid, Said)>,
    /// The orders of which the shops have heard that they are cancelled.
    told: Vec<Uuid>,
    /// Goods that left for an order that was cancelled meanwhile: somebody must look.
    incidents: Vec<Uuid>,
    pieces: i64,
}

fn product() -> Uuid {
    Uuid::from_u128(7)
}

fn lines(quantity: u32) -> Vec<Line> {
    vec![Line { product_id: product(), quantity, unit_price_cents: PRICE }]
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let pieces = i64::try_from(dice.below(6)).unwrap_or(0);
        let level = stock::Level { on_hand: pieces, reserved: 0, version: 1 };
        let mut world = Self {
            seed,
            deals: BTreeMap::new(),
            payments: BTreeMap::new(),
            promises: BTreeMap::new(),
            levels: BTreeMap::from([((PLACE.to_owned(), product()), level)]),
            orders: BTreeMap::new(),
            holds: BTreeMap::new(),
            lanes: BTreeMap::new(),
            past: Vec::new(),
            told: Vec::new(),
            incidents: Vec::new(),
            pieces,
            dice,
        };
        for n in 0..1 + world.dice.below(4) {
            world.order(Uuid::from_u128(100 + n as u128));
        }
        world
    }

    fn order(&mut self, id: Uuid) {
        let quantity = 1 + u32::try_from(self.dice.below(3)).unwrap_or(0);
        let method = ["tok_ok", "tok_ok", "tok_refused", "tok_silent"][self.dice.below(4)];
        let deal = Transaction {
            id,
            shop: PLACE.into(),
            customer: Uuid::nil(),
            total_cents: i64::from(quantity) * PRICE,
            state: State::Created,
            reason: None,
            reserved_early: false,
            paid: false,
            settled: false,
            delivered: false,
            version: 1,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        self.deals.insert(id, (deal, method));
        self.say(Module::Transaction, id, &Said::Created);
    }

    fn say(&mut self, by: Module, id: Uuid, said: &Said) {
        use Module::{Inventory, Payment, Retail, Transaction};
        let to: &[Module] = match said {
            Said::Created => &[Payment, Inventory],
            Said::Cancelled => &[Payment, Inventory, Retail],
            Said::Processed => &[Transaction, Inventory],
            Said::Failed | Said::Refunded | Said::Unavailable | Said::Released | Said::Refused => {
                &[Transaction]
            }
            Said::Reserved => &[Transaction, Retail],
            Said::Fulfilled => &[Transaction, Payment, Inventory],
        };
        for to in to {
            self.lanes.entry((by, *to)).or_default().push_back((id, said.clone()));
        }
    }

    fn hear(&mut self, lane: Lane, id: Uuid, said: &Said) {
        match lane.1 {
            Module::Transaction => {
                let total = self.deals[&id].0.total_cents;
                let input = match said {
                    Said::Processed => deal::Input::Paid { amount_cents: total },
                    Said::Failed => deal::Input::PaymentFailed,
                    Said::Refunded => deal::Input::Refunded,
                    Said::Reserved => deal::Input::Reserved,
                    Said::Unavailable => deal::Input::Unavailable,
                    Said::Released => deal::Input::Released,
                    Said::Fulfilled => deal::Input::Fulfilled,
                    Said::Refused => deal::Input::Refused,
                    Said::Created | Said::Cancelled => return,
                };
                self.decide(id, &input);
            }
            Module::Payment => {
                let (deal, method) = &self.deals[&id];
                let input = match said {
                    Said::Created => {
                        money::Input::Ordered { amount_cents: deal.total_cents, method: (*method).to_owned() }
                    }
                    Said::Cancelled => money::Input::Cancelled,
                    _ => money::Input::Fulfilled,
                };
                if let Some(after) = money::take(id, self.payments.get(&id), &input) {
                    self.payments.insert(id, after);
                }
            }
            Module::Inventory => self.promise(id, said),
            Module::Retail => {
                if *said == Said::Cancelled {
                    self.told.push(id);
                }
                let input = match said {
                    Said::Cancelled => shop::Input::Cancelled,
                    _ => shop::Input::Reserved { shop: PLACE.into(), pieces: 1 },
                };
                if let Some(after) = shop::take(id, self.orders.get(&id), &input, Timestamp(0)) {
                    self.orders.insert(id, after);
                }
            }
        }
    }

    fn decide(&mut self, id: Uuid, input: &deal::Input) {
        let (before, method) = self.deals[&id].clone();
        match before.take(input) {
            Outcome::Nothing => {}
            Outcome::Contradiction(why) => {
                assert_eq!(before.state, State::Cancelled, "seed {}: {why}", self.seed);
                if !self.incidents.contains(&id) {
                    self.incidents.push(id);
                }
            }
            Outcome::Moved(after) => {
                if after.state == State::Cancelled && before.state != State::Cancelled {
                    self.say(Module::Transaction, id, &Said::Cancelled);
                }
                self.deals.insert(id, (*after, method));
            }
        }
    }

    fn promise(&mut self, id: Uuid, said: &Said) {
        let total = self.deals[&id].0.total_cents;
        let input = match said {
            Said::Created => {
                let lines = lines(u32::try_from(total / PRICE).unwrap_or(0));
                stock::Input::Ordered { shop: PLACE.into(), lines }
            }
            Said::Processed => stock::Input::Paid,
            Said::Cancelled => stock::Input::Cancelled,
            _ => stock::Input::Fulfilled,
        };
        let Some((after, changes)) = stock::take(id, self.promises.get(&id), &input, &self.levels) else {
            return;
        };
        for change in changes {
            let level = self.levels.entry(change.place).or_default();
            level.on_hand += change.on_hand;
            level.reserved += change.reserved;
            assert!(level.reserved >= 0 && level.free() >= 0, "seed {}: {level:?}", self.seed);
        }
        match after.stage {
            stock::Stage::Reserved => self.say(Module::Inventory, id, &Said::Reserved),
            stock::Stage::Refused => self.say(Module::Inventory, id, &Said::Unavailable),
            stock::Stage::Released => self.say(Module::Inventory, id, &Said::Released),
            stock::Stage::Announced | stock::Stage::Held | stock::Stage::Consumed => {}
        }
        self.promises.insert(id, after);
    }

    /// Asks the bank whatever a payment wants to know; sometimes the answer is lost.
    fn ask(&mut self, id: Uuid) {
        let Some(before) = self.payments.get(&id).cloned() else { return };
        let Some(operation) = before.stage.asks() else { return };
        let key = id.to_string();
        let request = Request {
            operation,
            authorisation: &key,
            amount_cents: before.amount_cents,
            method: &before.method,
        };
        let Verdict { answer, hold, .. } = judge(&request, self.holds.get(&id));
        if let Some(hold) = hold {
            self.holds.insert(id, hold);
        }
        let lost = self.dice.one_in(4);
        let Some(after) = before.answered(if lost { Answer::Silence } else { answer }) else { return };
        match after.stage {
            money::Stage::Authorised => self.say(Module::Payment, id, &Said::Processed),
            money::Stage::Failed => self.say(Module::Payment, id, &Said::Failed),
            money::Stage::Voided | money::Stage::Refunded => self.say(Module::Payment, id, &Said::Refunded),
            _ => {}
        }
        self.payments.insert(id, after);
    }

    /// Somebody of a shop, a customer, or a timer.
    fn act(&mut self, id: Uuid) {
        match self.dice.below(12) {
            0 => self.decide(id, &deal::Input::Withdrawn),
            1 => self.decide(id, &deal::Input::Overdue),
            n => {
                let input = if n < 4 { shop::Input::Refuse } else { shop::Input::Fulfil };
                let Some(before) = self.orders.get(&id).cloned() else { return };
                let Some(after) = shop::take(id, Some(&before), &input, Timestamp(0)) else { return };
                assert!(!self.told.contains(&id), "seed {}: {id} was cancelled, and is prepared", self.seed);
                let said = if after.stage == shop::Stage::Refused { Said::Refused } else { Said::Fulfilled };
                self.orders.insert(id, after);
                self.say(Module::Retail, id, &said);
            }
        }
    }

    fn deliver(&mut self) -> bool {
        let open: Vec<Lane> =
            self.lanes.iter().filter(|(_, queue)| !queue.is_empty()).map(|(l, _)| *l).collect();
        if open.is_empty() {
            return false;
        }
        let lane = open[self.dice.below(open.len())];
        let Some((id, said)) = self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) else { return false };
        self.past.push((lane, id, said.clone()));
        self.hear(lane, id, &said);
        true
    }

    fn again(&mut self) {
        if self.past.is_empty() {
            return;
        }
        let (lane, id, said) = self.past[self.dice.below(self.past.len())].clone();
        self.hear(lane, id, &said);
    }

    fn play(mut self) {
        let ids: Vec<Uuid> = self.deals.keys().copied().collect();
        for _ in 0..400 {
            let id = ids[self.dice.below(ids.len())];
            match self.dice.below(10) {
                0..=5 => drop(self.deliver()),
                6 => self.ask(id),
                7 => self.again(),
                8 if self.dice.one_in(2) => self.act(id),
                _ => {}
            }
        }
        // The faults stop: everything is delivered, every question answered, every timer fired.
        for _ in 0..200 {
            while self.deliver() {}
            for id in &ids {
                self.ask(*id);
            }
        }
        for id in &ids {
            self.decide(*id, &deal::Input::Overdue);
        }
        for _ in 0..200 {
            while self.deliver() {}
            for id in &ids {
                self.ask(*id);
            }
        }
        self.check(&ids);
    }

    fn check(&self, ids: &[Uuid]) {
        let seed = self.seed;
        let mut sold = 0;
        for id in ids {
            let deal = &self.deals[id].0;
            let hold = self.holds.get(id).map_or("none", |hold| hold.state.as_str());
            let left = matches!(self.orders.get(id).map(|o| o.stage), Some(shop::Stage::Fulfilled));
            assert_eq!(
                self.incidents.contains(id),
                left && deal.state == State::Cancelled,
                "seed {seed}: {id}"
            );
            match deal.state {
                State::Completed => {
                    assert_eq!((hold, left), ("captured", true), "seed {seed}: {deal:?}");
                    sold += deal.total_cents / PRICE;
                }
                State::Cancelled => {
                    assert!(
                        matches!(hold, "none" | "voided" | "refused" | "refunded"),
                        "seed {seed}: {hold} of {deal:?}"
                    );
                    assert!(deal.settled, "seed {seed}: {deal:?}");
                }
                open => panic!("seed {seed}: {id} is {open:?} for ever"),
            }
            let consumed = self.promises.get(id).is_some_and(|p| p.stage == stock::Stage::Consumed);
            assert!(
                consumed == (deal.state == State::Completed) || self.incidents.contains(id),
                "seed {seed}"
            );
            if consumed && deal.state == State::Cancelled {
                sold += deal.total_cents / PRICE;
            }
        }
        let level = &self.levels[&(PLACE.to_owned(), product())];
        assert_eq!((level.on_hand, level.reserved), (self.pieces - sold, 0), "seed {seed}");
    }
}

/// Plays seeds; a failure names its own.
#[test]
fn every_run_ends_in_agreement() {
    let only = std::env::var("ARCHIPEL_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    for seed in only.map_or(0..=1999, |seed| seed..=seed) {
        World::new(seed).play();
    }
}
