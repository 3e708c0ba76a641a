//! Stock, and the promises on it. Pure: what is free is decided here, and nowhere read first and written later.

use contracts::commerce::Line;
use kernel::{Uuid, planted};
use std::collections::BTreeMap;

/// A place where stock lies: shop and product.
pub(crate) type Place = (String, Uuid);

/// What a shop has of a product.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Level {
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
    /// At how many free pieces the shop wants to be told; 0 for never.
    pub(crate) low_at: i64,
    /// It was told, and there is not clearly more since.
    pub(crate) low: bool,
    /// What is on hand was found to be wrong; somebody must count.
    pub(crate) to_count: bool,
    /// Counts its changes; 0 for a level that is not there yet.
    pub(crate) version: u64,
}

/// Which way a level has crossed its threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Crossing {
    Low,
    Recovered,
}

impl Level {
    pub(crate) fn free(&self) -> i64 {
        self.on_hand - self.reserved
    }

    /// How many free pieces are clearly more than the threshold: half of it above, so that one piece that comes and
    /// goes is not told every time.
    fn recovered_at(&self) -> i64 {
        self.low_at.saturating_add(self.low_at / 2).saturating_add(1)
    }

    /// Notes whether a threshold was crossed; each crossing is told once.
    pub(crate) fn cross(&mut self) -> Option<Crossing> {
        if !self.low && self.low_at > 0 && self.free() <= self.low_at {
            self.low = true;
            return Some(Crossing::Low);
        }
        if self.low && (self.low_at == 0 || self.free() >= self.recovered_at()) {
            self.low = false;
            return Some(Crossing::Recovered);
        }
        None
    }

    /// How many pieces a till has sold beyond what is free: what was on hand was more than was known.
    pub(crate) fn short(&self, sold: i64) -> i64 {
        if planted("till_sells_without_count") { 0 } else { (sold - self.free()).max(0) }
    }
}

/// Whether 13 digits are an EAN-13: the last is the check digit of the others (GS1 General Specifications 7.9).
pub(crate) fn is_ean13(code: &str) -> bool {
    let digits: Vec<u32> = code.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 13 || code.len() != 13 {
        return false;
    }
    let sum: u32 = digits.iter().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    sum.is_multiple_of(10)
}

/// How far a promise has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The payment is known, the order is not yet.
    Announced,
    /// Set aside until the bank has answered.
    Held,
    /// Set aside, and paid for.
    Reserved,
    /// Given back because the payment did not come in time; it may still come.
    Expired,
    /// There was not enough.
    Refused,
    /// Given back; also the tombstone of an order that was cancelled before it was heard of.
    Released,
    /// Gone with the customer.
    Consumed,
}

impl Stage {
    const ALL: [Self; 7] = [
        Self::Announced,
        Self::Held,
        Self::Reserved,
        Self::Expired,
        Self::Refused,
        Self::Released,
        Self::Consumed,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Held => "held",
            Self::Reserved => "reserved",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Released => "released",
            Self::Consumed => "consumed",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// The promise to a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reservation {
    pub(crate) transaction: Uuid,
    /// Empty while the order is not known.
    pub(crate) shop: String,
    pub(crate) stage: Stage,
    pub(crate) paid: bool,
    pub(crate) lines: Vec<Line>,
    /// Which shop in turn was looked for last: 0 for the one that was ordered from.
    pub(crate) round: u32,
    /// The shops that it was taken from, or would be if another one had all of it.
    pub(crate) refused: Vec<String>,
    /// Counts its changes, from 1.
    pub(crate) version: u64,
}

/// What inventory hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Ordered {
        shop: String,
        lines: Vec<Line>,
    },
    Paid,
    Cancelled,
    Fulfilled,
    /// Its shop does not prepare it: another one is to, the one of this round.
    Reroute {
        round: u32,
    },
    /// The hold has lasted long enough.
    Expired,
}

/// One change of a level.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) place: Place,
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
}

/// What an input comes to: the promise, and the changes of stock that go with it. `None` when it changes nothing.
pub(crate) type Outcome = Option<(Reservation, Vec<Change>)>;

/// The levels as they are known, and as they will be.
pub(crate) type Levels = BTreeMap<Place, Level>;

fn moved(before: &Reservation, stage: Stage) -> Reservation {
    Reservation { stage, version: before.version + 1, ..before.clone() }
}

/// The changes of all lines of a promise, so many of each piece on hand and reserved.
fn changes(of: &Reservation, on_hand: i64, reserved: i64) -> Vec<Change> {
    let change = |line: &Line| {
        let pieces = i64::from(line.quantity);
        let place = (of.shop.clone(), line.product_id);
        Change { place, on_hand: on_hand * pieces, reserved: reserved * pieces }
    };
    of.lines.iter().map(change).collect()
}

/// Of which lines there are not enough.
pub(crate) fn lacking(of: &Reservation, levels: &Levels) -> Vec<Uuid> {
    let short = |line: &&Line| {
        let level = levels.get(&(of.shop.clone(), line.product_id));
        level.map_or(0, Level::free) < i64::from(line.quantity)
    };
    if planted("sell_without_looking") {
        return Vec::new();
    }
    of.lines.iter().filter(short).map(|line| line.product_id).collect()
}

/// All or nothing: every line is set aside, or none.
fn hold(wanted: Reservation, levels: &Levels) -> Outcome {
    if !lacking(&wanted, levels).is_empty() {
        return Some((Reservation { stage: Stage::Refused, ..wanted }, Vec::new()));
    }
    let stage = if wanted.paid { Stage::Reserved } else { Stage::Held };
    let changes = changes(&wanted, 0, 1);
    Some((Reservation { stage, ..wanted }, changes))
}

/// The other shop that gets a promise: it has all of it, and has not had it before. The one with the most free pieces of
/// what was ordered, then the first by its code: the same levels choose the same shop.
fn other_shop(of: &Reservation, levels: &Levels) -> Option<String> {
    let mut free: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
    for line in &of.lines {
        for ((shop, _), level) in levels.iter().filter(|((_, product), _)| *product == line.product_id) {
            if level.free() >= i64::from(line.quantity) {
                let found = free.entry(shop).or_default();
                *found = (found.0 + 1, found.1 + level.free());
            }
        }
    }
    let whole = free.into_iter().filter(|(shop, (lines, _))| {
        *lines == of.lines.len() && !of.refused.iter().any(|refused| refused == shop)
    });
    // The first of several with as many: shops come by their code.
    let best = whole.reduce(|best, shop| if shop.1.1 > best.1.1 { shop } else { best });
    best.map(|(shop, _)| shop.to_owned())
}

/// Takes a promise from its shop and gives it to another, or notes that there is none.
fn reroute(before: &Reservation, round: u32, levels: &Levels) -> Outcome {
    let mut after = Reservation { round, ..moved(before, Stage::Reserved) };
    after.refused.push(before.shop.clone());
    let Some(shop) = other_shop(&after, levels) else { return Some((after, Vec::new())) };
    let mut moves = if planted("rerouted_twice") { Vec::new() } else { changes(before, 0, -1) };
    after.shop = shop;
    moves.extend(changes(&after, 0, 1));
    Some((after, moves))
}

/// What an input makes of a promise.
pub(crate) fn take(id: Uuid, known: Option<&Reservation>, input: &Input, levels: &Levels) -> Outcome {
    let first = |stage, paid| Reservation {
        transaction: id,
        shop: String::new(),
        stage,
        paid,
        lines: Vec::new(),
        round: 0,
        refused: Vec::new(),
        version: 1,
    };
    let Some(before) = known else {
        return match input {
            Input::Ordered { shop, lines } => {
                let wanted =
                    Reservation { shop: shop.clone(), lines: lines.clone(), ..first(Stage::Held, false) };
                hold(wanted, levels)
            }
            Input::Paid => Some((first(Stage::Announced, true), Vec::new())),
            Input::Cancelled => Some((first(Stage::Released, false), Vec::new())),
            Input::Fulfilled | Input::Reroute { .. } | Input::Expired => None,
        };
    };
    match (before.stage, input) {
        (Stage::Announced, Input::Ordered { shop, lines }) => {
            let wanted =
                Reservation { shop: shop.clone(), lines: lines.clone(), ..moved(before, Stage::Held) };
            hold(wanted, levels)
        }
        (Stage::Held, Input::Paid) => {
            Some((Reservation { paid: true, ..moved(before, Stage::Reserved) }, Vec::new()))
        }
        (Stage::Held, Input::Expired) => Some((moved(before, Stage::Expired), changes(before, 0, -1))),
        // Paid for after all: as long as there is enough, nothing was lost by the wait.
        (Stage::Expired, Input::Paid) => {
            hold(Reservation { paid: true, ..moved(before, Stage::Held) }, levels)
        }
        (Stage::Expired, Input::Cancelled) => Some((moved(before, Stage::Released), Vec::new())),
        (Stage::Announced, Input::Cancelled) => Some((moved(before, Stage::Released), Vec::new())),
        (Stage::Released, Input::Cancelled) if planted("heard_twice") => {
            Some((moved(before, Stage::Released), changes(before, 0, -1)))
        }
        (Stage::Held | Stage::Reserved, Input::Cancelled) => {
            Some((moved(before, Stage::Released), changes(before, 0, -1)))
        }
        (Stage::Held | Stage::Reserved, Input::Fulfilled) => {
            Some((moved(before, Stage::Consumed), changes(before, -1, -1)))
        }
        // Each question is answered once; what was given back meanwhile stays so.
        (Stage::Reserved, Input::Reroute { round }) if *round == before.round + 1 => {
            reroute(before, *round, levels)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(on_hand: i64, reserved: i64, low_at: i64) -> Level {
        Level { on_hand, reserved, low_at, ..Level::default() }
    }

    #[test]
    fn the_check_digit_is_checked() {
        assert!(is_ean13("4006381333931") && is_ean13("9780201379624"));
        for wrong in
            ["4006381333932", "400638133393", "40063813339310", "400638133393x", "", "４006381333931"]
        {
            assert!(!is_ean13(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_threshold_is_told_once_per_crossing() {
        let mut at = level(6, 0, 4);
        let mut told = Vec::new();
        for on_hand in [5, 4, 3, 4, 5, 6, 7, 6, 5, 4] {
            at.on_hand = on_hand;
            told.extend(at.cross().map(|crossing| (on_hand, crossing)));
        }
        assert_eq!(told, [(4, Crossing::Low), (7, Crossing::Recovered), (4, Crossing::Low)]);
        at.low_at = 0;
        assert_eq!(at.cross(), Some(Crossing::Recovered), "who wants no alert has none");
        assert_eq!(at.cross(), None);
    }

    #[test]
    fn what_a_till_sells_beyond_what_is_free_was_there() {
        assert_eq!(level(5, 2, 0).short(3), 0);
        assert_eq!(level(5, 2, 0).short(4), 1);
        assert_eq!(level(0, 0, 0).short(2), 2);
    }

    #[test]
    fn a_hold_that_expired_is_confirmed_while_there_is_enough() {
        let id = Uuid::from_u128(1);
        let lines = vec![Line { product_id: Uuid::from_u128(7), quantity: 2, unit_price_cents: 100 }];
        let place = ("quai".to_owned(), Uuid::from_u128(7));
        let mut levels = Levels::from([(place.clone(), level(2, 0, 0))]);
        let ordered = Input::Ordered { shop: "quai".into(), lines };
        let (held, changes) = take(id, None, &ordered, &levels).unwrap();
        assert_eq!((held.stage, changes[0].reserved), (Stage::Held, 2));
        let (expired, back) = take(id, Some(&held), &Input::Expired, &levels).unwrap();
        assert_eq!((expired.stage, back[0].reserved), (Stage::Expired, -2));
        assert!(take(id, Some(&expired), &Input::Expired, &levels).is_none());
        let (late, again) = take(id, Some(&expired), &Input::Paid, &levels).unwrap();
        assert_eq!((late.stage, late.paid, again[0].reserved), (Stage::Reserved, true, 2));
        assert!(
            take(id, Some(&late), &Input::Expired, &levels).is_none(),
            "what is paid for does not expire"
        );
        levels.insert(place, level(1, 0, 0));
        let (refused, none) = take(id, Some(&expired), &Input::Paid, &levels).unwrap();
        assert_eq!((refused.stage, none.len()), (Stage::Refused, 0));
        let (released, none) = take(id, Some(&expired), &Input::Cancelled, &levels).unwrap();
        assert_eq!((released.stage, none.len()), (Stage::Released, 0), "it was given back already");
    }

    #[test]
    fn another_shop_has_all_of_it_and_has_not_had_it_before() {
        let (first, second) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let line = |product_id, quantity| Line { product_id, quantity, unit_price_cents: 100 };
        let at = |shop: &str, product: Uuid, free: i64| ((shop.to_owned(), product), level(free + 1, 1, 0));
        let levels = Levels::from([
            at("arzal", first, 9),
            at("brest", first, 2),
            at("brest", second, 4),
            at("camaret", first, 3),
            at("camaret", second, 3),
            at("douarnenez", first, 1),
            at("douarnenez", second, 90),
            at("quai", first, 50),
            at("quai", second, 50),
        ]);
        let id = Uuid::from_u128(1);
        let lines = vec![line(first, 2), line(second, 1)];
        let ordered = Input::Ordered { shop: "quai".into(), lines };
        let held = take(id, None, &ordered, &levels).unwrap().0;
        let mut promise = take(id, Some(&held), &Input::Paid, &levels).unwrap().0;
        let ask = |promise: &Reservation, round| take(id, Some(promise), &Input::Reroute { round }, &levels);
        assert!(ask(&held, 1).is_none() && ask(&promise, 2).is_none(), "neither early nor out of turn");
        for (round, shop) in [(1, "brest"), (2, "camaret")] {
            let (after, moves) = ask(&promise, round).unwrap();
            assert_eq!((after.shop.as_str(), after.stage), (shop, Stage::Reserved));
            let sum: i64 = moves.iter().map(|change| change.reserved).sum();
            assert_eq!((moves.len(), sum), (4, 0), "what is given back is set aside");
            assert!(ask(&after, round).is_none(), "a question is answered once");
            promise = after;
        }
        let (none, moves) = ask(&promise, 3).unwrap();
        assert_eq!((none.shop.as_str(), none.refused.len(), moves.len()), ("camaret", 3, 0));
        let (released, back) = take(id, Some(&none), &Input::Cancelled, &levels).unwrap();
        assert_eq!((released.stage, back[0].place.0.as_str()), (Stage::Released, "camaret"));
        assert!(ask(&released, 4).is_none(), "what was given back stays so");
    }
}
