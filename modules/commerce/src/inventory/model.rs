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
    /// Counts its changes; 0 for a level that is not there yet.
    pub(crate) version: u64,
}

impl Level {
    pub(crate) fn free(&self) -> i64 {
        self.on_hand - self.reserved
    }
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
    /// There was not enough.
    Refused,
    /// Given back; also the tombstone of an order that was cancelled before it was heard of.
    Released,
    /// Gone with the customer.
    Consumed,
}

impl Stage {
    const ALL: [Self; 6] =
        [Self::Announced, Self::Held, Self::Reserved, Self::Refused, Self::Released, Self::Consumed];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Held => "held",
            Self::Reserved => "reserved",
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
    /// Counts its changes, from 1.
    pub(crate) version: u64,
}

/// What inventory hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Ordered { shop: String, lines: Vec<Line> },
    Paid,
    Cancelled,
    Fulfilled,
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

/// What an input makes of a promise.
pub(crate) fn take(id: Uuid, known: Option<&Reservation>, input: &Input, levels: &Levels) -> Outcome {
    let first = |stage, paid| Reservation {
        transaction: id,
        shop: String::new(),
        stage,
        paid,
        lines: Vec::new(),
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
            Input::Fulfilled => None,
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
        _ => None,
    }
}
