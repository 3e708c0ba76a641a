//! The world of a run: what each module knows, what is on its way, and the bank.

use crate::bank::{Answer, Hold, Request, Verdict, judge, recall};
use crate::inventory::model as stock;
use crate::payment::model as money;
use crate::retail::model as shop;
use crate::transaction::incidents::{Action, Incident, IncidentKind};
use crate::transaction::model as deal;
use contracts::commerce::Line;
use deal::{Outcome, Routing, State, Transaction, Turn};
use kernel::{Timestamp, Uuid};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) const PRICE: i64 = 1000;
/// The shops; the first is the one that is ordered from.
pub(super) const PLACES: [&str; 3] = ["quai", "brest", "crozon"];
/// The tokens that are paid with.
pub(super) const METHODS: [&str; 9] = [
    "tok_ok",
    "tok_refused",
    "tok_silent",
    "tok_slow",
    "tok_twice",
    "tok_expires",
    "tok_capture_fails",
    "tok_refund_late",
    "tok_refund_fails",
];

/// Numbers that look like chance and are the same for a seed (splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What is said, by whoever says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Said {
    Created,
    Cancelled,
    Processed,
    Failed,
    Voided { round: u64 },
    Refunded { refund: Uuid, returned: Option<i64>, round: u64 },
    Manual { refund: Option<Uuid>, round: u64 },
    Settled { round: u64 },
    Decided { kind: IncidentKind, refund: Option<Uuid>, action: Action },
    ComesBack { refund: Uuid, cents: i64 },
    Reserved,
    Unavailable,
    Released,
    Recalled { shop: String, round: u32 },
    Reroute { round: u32 },
    Rerouted { shop: String, round: u32 },
    NotRerouted { round: u32 },
    Fulfilled { shop: String, round: u32 },
    Refused { shop: String, round: u32 },
    Delivered,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Module {
    Transaction,
    Payment,
    Inventory,
    Retail,
    Returns,
}

/// From whom to whom.
pub(super) type Lane = (Module, Module);

#[derive(Clone)]
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) seed: u64,
    pub(super) deals: BTreeMap<Uuid, (Transaction, &'static str)>,
    pub(super) payments: BTreeMap<Uuid, money::Account>,
    pub(super) promises: BTreeMap<Uuid, stock::Reservation>,
    pub(super) levels: stock::Levels,
    pub(super) orders: BTreeMap<Uuid, shop::ShopOrder>,
    pub(super) holds: BTreeMap<String, Hold>,
    pub(super) book: BTreeMap<(String, &'static str, String), i64>,
    pub(super) lanes: BTreeMap<Lane, VecDeque<(Uuid, Said)>>,
    /// What was delivered before, to be delivered again.
    pub(super) past: Vec<(Lane, Uuid, Said)>,
    /// The orders of which the shops have heard that they are cancelled.
    pub(super) told: BTreeSet<Uuid>,
    pub(super) incidents: BTreeMap<Uuid, Incident>,
    /// The orders that somebody has sent goods back of, and how many pieces.
    pub(super) sent_back: BTreeMap<Uuid, i64>,
    /// What each shop had at first.
    pub(super) pieces: BTreeMap<&'static str, i64>,
    /// Whether the faults go on.
    pub(super) faults: bool,
}

pub(super) fn product() -> Uuid {
    Uuid::from_u128(7)
}

fn lines(quantity: u32) -> Vec<Line> {
    vec![Line { product_id: product(), quantity, unit_price_cents: PRICE }]
}

fn turn(shop: &str, round: u32) -> Turn {
    Turn { shop: Some(shop.to_owned()), round }
}

impl World {
    /// A world of shops with so many pieces each.
    pub(super) fn empty(seed: u64, pieces: &[i64]) -> Self {
        let level = |on_hand| stock::Level { on_hand, version: 1, ..stock::Level::default() };
        let pieces: BTreeMap<_, _> = PLACES.into_iter().zip(pieces.iter().copied()).collect();
        let at = |(place, pieces): (&&str, &i64)| (((*place).to_owned(), product()), level(*pieces));
        Self {
            dice: Dice(seed),
            seed,
            deals: BTreeMap::new(),
            payments: BTreeMap::new(),
            promises: BTreeMap::new(),
            levels: pieces.iter().map(at).collect(),
            orders: BTreeMap::new(),
            holds: BTreeMap::new(),
            book: BTreeMap::new(),
            lanes: BTreeMap::new(),
            past: Vec::new(),
            told: BTreeSet::new(),
            incidents: BTreeMap::new(),
            sent_back: BTreeMap::new(),
            pieces,
            faults: true,
        }
    }

    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let shops = 1 + dice.below(PLACES.len());
        let pieces: Vec<i64> = (0..shops).map(|_| i64::try_from(dice.below(6)).unwrap_or(0)).collect();
        let mut world = Self { dice, ..Self::empty(seed, &pieces) };
        for n in 0..1 + world.dice.below(4) {
            let quantity = 1 + u32::try_from(world.dice.below(3)).unwrap_or(0);
            // The one that does as it is told is the usual one.
            let method = if world.dice.one_in(3) { METHODS[0] } else { METHODS[world.dice.below(9)] };
            let reroute = world.dice.one_in(2);
            world.order(Uuid::from_u128(1000 + 1000 * n as u128), quantity, method, reroute);
        }
        world
    }

    pub(super) fn order(&mut self, id: Uuid, quantity: u32, method: &'static str, reroute: bool) {
        let deal = Transaction {
            id,
            shop: PLACES[0].into(),
            customer: Uuid::nil(),
            total_cents: i64::from(quantity) * PRICE,
            state: State::Created,
            reason: None,
            reserved_early: false,
            paid: false,
            settled: false,
            delivered: false,
            returned_cents: 0,
            reroute,
            round: 0,
            routing: Routing::Settled,
            version: 1,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        self.deals.insert(id, (deal, method));
        self.say(Module::Transaction, id, &Said::Created);
    }

    pub(super) fn say(&mut self, by: Module, id: Uuid, said: &Said) {
        use Module::{Inventory, Payment, Retail, Transaction};
        let to: &[Module] = match said {
            Said::Created => &[Payment, Inventory],
            Said::Cancelled => &[Payment, Inventory, Retail],
            Said::Processed => &[Transaction, Inventory],
            Said::Reserved | Said::Rerouted { .. } => &[Transaction, Retail],
            Said::Recalled { .. } => &[Retail],
            Said::Reroute { .. } => &[Inventory],
            Said::Fulfilled { .. } => &[Transaction, Payment, Inventory],
            Said::Decided { .. } | Said::ComesBack { .. } => &[Payment],
            _ => &[Transaction],
        };
        for to in to {
            self.lanes.entry((by, *to)).or_default().push_back((id, said.clone()));
        }
    }

    pub(super) fn hear(&mut self, lane: Lane, id: Uuid, said: &Said) {
        match lane.1 {
            Module::Transaction => self.told_transaction(id, said),
            Module::Payment => self.told_payment(id, said),
            Module::Inventory => self.promise(id, said),
            Module::Retail => self.told_shops(id, said),
            Module::Returns => {}
        }
    }

    fn told_shops(&mut self, id: Uuid, said: &Said) {
        let input = match said {
            Said::Cancelled => {
                self.told.insert(id);
                shop::Input::Cancelled
            }
            Said::Recalled { shop, round } => shop::Input::Recalled { shop: shop.clone(), round: *round },
            Said::Rerouted { shop, round } => {
                shop::Input::Rerouted { shop: shop.clone(), round: *round, pieces: 1 }
            }
            _ => shop::Input::Reserved { shop: PLACES[0].into(), pieces: 1 },
        };
        if let Some(after) = shop::take(id, self.orders.get(&id), &input, Timestamp(0)) {
            self.in_shop(after);
        }
    }

    /// An order in its shop after a change, and what that says.
    pub(super) fn in_shop(&mut self, after: shop::ShopOrder) {
        let (id, shop, round) = (after.transaction, after.shop.clone(), after.round);
        let said = match after.stage {
            shop::Stage::Refused if !after.ended => Some(Said::Refused { shop, round }),
            shop::Stage::Fulfilled => Some(Said::Fulfilled { shop, round }),
            shop::Stage::Delivered => Some(Said::Delivered),
            _ => None,
        };
        self.orders.insert(id, after);
        if let Some(said) = said {
            self.say(Module::Retail, id, &said);
        }
    }

    fn told_transaction(&mut self, id: Uuid, said: &Said) {
        let input = match said {
            Said::Processed => deal::Input::Paid { amount_cents: self.deals[&id].0.total_cents },
            Said::Failed => deal::Input::PaymentFailed,
            Said::Voided { round } => {
                self.resolve(IncidentKind::Capture.of(id), *round);
                deal::Input::Refunded
            }
            Said::Refunded { refund, returned, round } => {
                self.resolve(IncidentKind::Refund.of(*refund), *round);
                match returned {
                    Some(returned_cents) => deal::Input::Returned { returned_cents: *returned_cents },
                    None => deal::Input::Refunded,
                }
            }
            Said::Manual { refund, round } => {
                let kind = if refund.is_some() { IncidentKind::Refund } else { IncidentKind::Capture };
                return self.open(kind, id, *refund, *round);
            }
            Said::Settled { round } => return self.resolve(IncidentKind::Capture.of(id), *round),
            Said::Reserved => deal::Input::Reserved,
            Said::Unavailable => deal::Input::Unavailable,
            Said::Released => deal::Input::Released,
            Said::Fulfilled { shop, round } => deal::Input::Fulfilled(turn(shop, *round)),
            Said::Refused { shop, round } => deal::Input::Refused(turn(shop, *round)),
            Said::Rerouted { shop, round } => deal::Input::Rerouted(turn(shop, *round)),
            Said::NotRerouted { round } => deal::Input::NotRerouted { round: *round },
            Said::Delivered => deal::Input::Delivered,
            _ => return,
        };
        self.decide(id, &input);
    }

    fn open(&mut self, kind: IncidentKind, id: Uuid, refund: Option<Uuid>, round: u64) {
        let place = kind.of(refund.unwrap_or(id));
        let known = self.incidents.get(&place);
        if let Some(after) = Incident::opened(kind, (id, refund), (0, round), known, Timestamp(0)) {
            self.incidents.insert(place, after);
        }
    }

    fn resolve(&mut self, place: Uuid, round: u64) {
        let known = self.incidents.get(&place);
        if let Some(after) = known.and_then(|known| known.resolved(round, Timestamp(0))) {
            self.incidents.insert(place, after);
        }
    }

    pub(super) fn decide(&mut self, id: Uuid, input: &deal::Input) {
        let (before, method) = self.deals[&id].clone();
        match before.take(input) {
            Outcome::Known => {}
            Outcome::Unexpected => panic!("seed {}: {input:?} in {before:?}", self.seed),
            Outcome::Incident(kind) => self.open(kind, id, None, 0),
            Outcome::Moved(after) => {
                if after.state == State::Cancelled && before.state != State::Cancelled {
                    self.say(Module::Transaction, id, &Said::Cancelled);
                }
                if (after.routing, after.round) != (before.routing, before.round) {
                    let (shop, round) = (after.shop.clone(), after.round);
                    match after.routing {
                        Routing::Asked => {
                            self.say(Module::Transaction, id, &Said::Reroute { round: round + 1 });
                        }
                        Routing::Recalled => {
                            self.say(Module::Transaction, id, &Said::Recalled { shop, round });
                        }
                        Routing::Settled => {}
                    }
                }
                self.deals.insert(id, (*after, method));
            }
        }
    }

    fn told_payment(&mut self, id: Uuid, said: &Said) {
        let (deal, method) = &self.deals[&id];
        let input = match said {
            Said::Created => {
                money::Input::Ordered { amount_cents: deal.total_cents, method: (*method).to_owned() }
            }
            Said::Cancelled => money::Input::Cancelled,
            Said::ComesBack { refund, cents } => money::Input::Return { id: *refund, amount_cents: *cents },
            Said::Decided { kind, refund, action } => {
                let act = match action {
                    Action::Retry => money::Hand::Retry,
                    Action::Settle => money::Hand::Settle,
                    Action::WriteOff => money::Hand::WriteOff,
                };
                match kind {
                    IncidentKind::Refund => money::Input::Hand { refund: *refund, act },
                    IncidentKind::Capture => money::Input::Hand { refund: None, act },
                    _ => return,
                }
            }
            _ => money::Input::Fulfilled,
        };
        if let Some(change) = money::take(id, self.payments.get(&id), &input) {
            self.paid(id, change);
        }
    }

    /// A payment after a change, and what it says.
    fn paid(&mut self, id: Uuid, change: money::Change) {
        let money::Change { account, said, .. } = change;
        let p = &account.payment;
        assert!(p.refunded_cents + p.returning_cents <= p.captured_cents, "seed {}: {p:?}", self.seed);
        let round = p.version;
        let said = match said {
            money::Said::Advanced | money::Said::RefundRefused { .. } => None,
            money::Said::Processed => Some(Said::Processed),
            money::Said::Failed => Some(Said::Failed),
            money::Said::Voided { .. } => Some(Said::Voided { round }),
            money::Said::Refunded { refund, .. } => {
                let returned = (refund != id).then(|| account.returned_cents());
                Some(Said::Refunded { refund, returned, round })
            }
            money::Said::Manual { refund } => Some(Said::Manual { refund, round }),
            money::Said::Settled { .. } => Some(Said::Settled { round }),
        };
        self.payments.insert(id, account);
        if let Some(said) = said {
            self.say(Module::Payment, id, &said);
        }
    }

    fn promise(&mut self, id: Uuid, said: &Said) {
        let total = self.deals[&id].0.total_cents;
        let input = match said {
            Said::Created => {
                let lines = lines(u32::try_from(total / PRICE).unwrap_or(0));
                stock::Input::Ordered { shop: PLACES[0].into(), lines }
            }
            Said::Reroute { round } => stock::Input::Reroute { round: *round },
            Said::Processed => stock::Input::Paid,
            Said::Cancelled => stock::Input::Cancelled,
            _ => stock::Input::Fulfilled,
        };
        self.stocked(id, &input);
    }

    /// What the stock room makes of an input.
    pub(super) fn stocked(&mut self, id: Uuid, input: &stock::Input) {
        let Some((after, changes)) = stock::take(id, self.promises.get(&id), input, &self.levels) else {
            return;
        };
        for change in changes {
            let level = self.levels.entry(change.place).or_default();
            level.on_hand += change.on_hand;
            level.reserved += change.reserved;
            assert!(level.reserved >= 0 && level.free() >= 0, "seed {}: {level:?}", self.seed);
        }
        let (shop, round) = (after.shop.clone(), after.round);
        let had = |place: &&str| after.refused.iter().filter(|shop| shop == place).count();
        assert!(PLACES.iter().all(|place| had(place) < 2), "seed {}: twice in {after:?}", self.seed);
        match after.stage {
            stock::Stage::Reserved if after.refused.contains(&shop) => {
                self.say(Module::Inventory, id, &Said::NotRerouted { round });
            }
            stock::Stage::Reserved if round > 0 => {
                self.say(Module::Inventory, id, &Said::Rerouted { shop, round });
            }
            stock::Stage::Reserved => self.say(Module::Inventory, id, &Said::Reserved),
            stock::Stage::Refused => self.say(Module::Inventory, id, &Said::Unavailable),
            stock::Stage::Released | stock::Stage::Expired => {
                self.say(Module::Inventory, id, &Said::Released);
            }
            _ => {}
        }
        self.promises.insert(id, after);
    }

    /// The questions that wait for the bank: the payment's own, and its refunds'.
    pub(super) fn questions(&self, id: Uuid) -> Vec<Option<Uuid>> {
        let Some(account) = self.payments.get(&id) else { return Vec::new() };
        let all = std::iter::once(None).chain(account.refunds.keys().map(|refund| Some(*refund)));
        all.filter(|refund| account.request(*refund).is_some()).collect()
    }

    /// What the bank does with a request.
    fn bank(&mut self, request: &Request) -> Answer {
        let key = (request.authorisation.clone(), request.operation_word(), request.part.clone());
        let hold = self.holds.get(&request.authorisation);
        let Verdict { answer, hold, booked } = judge(request, hold, self.book.get(&key).copied());
        if let Some(hold) = hold {
            self.holds.insert(request.authorisation.clone(), hold);
        }
        if let Some(cents) = booked {
            self.book.insert(key, cents);
        }
        answer
    }

    /// Asks the bank, or first what came of the question before.
    pub(super) fn ask(&mut self, id: Uuid, refund: Option<Uuid>, lost: bool, patient: bool, again: bool) {
        let Some(before) = self.payments.get(&id).cloned() else { return };
        let Some(request) = before.request(refund) else { return };
        let key = (request.authorisation.clone(), request.operation_word(), request.part.clone());
        let hold = self.holds.get(&request.authorisation);
        let known = recall(request.operation, hold, self.book.get(&key).copied()).filter(|_| again);
        let mut answer = known.unwrap_or_else(|| self.bank(&request));
        if request.method == "tok_twice" {
            answer = self.bank(&request);
        }
        // The crash between the bank's deed and our commit is an answer that never came.
        let answer = if lost { Answer::Silence } else { answer };
        if let Some(change) = before.answered(refund, answer, patient) {
            self.paid(id, change);
        }
    }
}
