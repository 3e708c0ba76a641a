//! What a shop does with an order. Pure.

use kernel::{Timestamp, Uuid, planted};
use serde::{Deserialize, Serialize};

/// How far an order has come in its shop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// To be prepared.
    Assigned,
    /// Somebody fetches the goods together.
    Picking,
    /// Cancelled while it was picked: what was fetched has to go back to its place.
    CancelRequested,
    /// Handed over, or sent.
    Fulfilled,
    /// Arrived.
    Delivered,
    /// The shop cannot.
    Refused,
    /// The order was cancelled; also the tombstone of one that was cancelled before it was heard of.
    Cancelled,
}

impl Stage {
    pub(crate) const ALL: [Self; 7] = [
        Self::Assigned,
        Self::Picking,
        Self::CancelRequested,
        Self::Fulfilled,
        Self::Delivered,
        Self::Refused,
        Self::Cancelled,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Picking => "picking",
            Self::CancelRequested => "cancel_requested",
            Self::Fulfilled => "fulfilled",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// An order as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ShopOrder {
    pub(crate) transaction: Uuid,
    pub(crate) shop: String,
    pub(crate) stage: Stage,
    /// How many things are to be prepared.
    pub(crate) pieces: i64,
    /// Counts its changes, from 1.
    pub(crate) version: u64,
    pub(crate) assigned_at: Timestamp,
    /// Why the shop cannot prepare it, in its own words.
    pub(crate) note: Option<String>,
    /// Which shop in turn has it: 0 for the one that was ordered from.
    pub(crate) round: u32,
    /// Refused, and cancelled since: no other shop gets it, whatever is still on its way.
    pub(crate) ended: bool,
}

/// What retail hears, and what the people of a shop do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Reserved {
        shop: String,
        pieces: i64,
    },
    Cancelled,
    /// A shop has had it for too long, and gives it back if it has not handed it over.
    Recalled {
        shop: String,
        round: u32,
    },
    /// Another shop has the goods, and prepares it from now on.
    Rerouted {
        shop: String,
        round: u32,
        pieces: i64,
    },
    /// Begins to fetch the goods together.
    Pick,
    Fulfil,
    Refuse,
    /// Goods that were fetched for an order that was cancelled are back in their place.
    PutBack,
    Deliver,
}

/// An order that was not known: what makes it so.
fn first(id: Uuid, input: &Input, now: Timestamp) -> Option<ShopOrder> {
    let (shop, stage, round, pieces) = match input {
        Input::Reserved { shop, pieces } => (shop.clone(), Stage::Assigned, 0, *pieces),
        Input::Rerouted { shop, round, pieces } => (shop.clone(), Stage::Assigned, *round, *pieces),
        Input::Recalled { shop, round } => (shop.clone(), Stage::Refused, *round, 0),
        Input::Cancelled if !planted("no_tombstone") => (String::new(), Stage::Cancelled, 0, 0),
        Input::Cancelled => return None,
        Input::Pick | Input::Fulfil | Input::Refuse | Input::PutBack | Input::Deliver => return None,
    };
    let (version, note, ended) = (1, None, false);
    Some(ShopOrder { transaction: id, shop, stage, pieces, version, assigned_at: now, note, round, ended })
}

/// Whether a turn is after the one that an order has had.
fn later(before: &ShopOrder, round: u32) -> bool {
    round > before.round && !before.ended
}

/// What an input makes of an order; `None` when it changes nothing.
pub(crate) fn take(id: Uuid, known: Option<&ShopOrder>, input: &Input, now: Timestamp) -> Option<ShopOrder> {
    let Some(before) = known else { return first(id, input, now) };
    let given = |shop: &str, stage, (round, pieces)| ShopOrder {
        shop: shop.to_owned(),
        stage,
        round,
        pieces,
        assigned_at: now,
        note: None,
        version: before.version + 1,
        ..before.clone()
    };
    match (before.stage, input) {
        // It goes to another shop only from one that has given it back, and not once it is over.
        (Stage::Refused, Input::Rerouted { shop, round, pieces }) if later(before, *round) => {
            return Some(given(shop, Stage::Assigned, (*round, *pieces)));
        }
        // Heard of before the shop it speaks of: that one has it no more when it is told of it.
        (Stage::Refused, Input::Recalled { shop, round }) if later(before, *round) => {
            return Some(given(shop, Stage::Refused, (*round, before.pieces)));
        }
        (Stage::Refused, Input::Cancelled) if !before.ended && !planted("rerouted_after_cancel") => {
            return Some(ShopOrder { ended: true, version: before.version + 1, ..before.clone() });
        }
        _ => {}
    }
    let stage = match (before.stage, input) {
        (Stage::Assigned, Input::Cancelled) | (Stage::CancelRequested, Input::PutBack) => Stage::Cancelled,
        (Stage::Picking, Input::Cancelled) => Stage::CancelRequested,
        (Stage::Assigned, Input::Pick) => Stage::Picking,
        (Stage::Assigned | Stage::Picking, Input::Fulfil) => Stage::Fulfilled,
        (Stage::Assigned | Stage::Picking, Input::Refuse) => Stage::Refused,
        (Stage::Assigned | Stage::Picking, Input::Recalled { round, .. }) if *round == before.round => {
            Stage::Refused
        }
        (Stage::Fulfilled, Input::Deliver) => Stage::Delivered,
        _ => return None,
    };
    Some(ShopOrder { stage, version: before.version + 1, ..before.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(inputs: &[Input]) -> Stage {
        let id = Uuid::from_u128(1);
        let mut order = None;
        for input in inputs {
            order = take(id, order.as_ref(), input, Timestamp(0)).or(order);
        }
        order.map_or(Stage::Cancelled, |order| order.stage)
    }

    #[test]
    fn a_cancellation_stops_picking_and_goods_go_back_before_it_ends() {
        let reserved = Input::Reserved { shop: "quai".into(), pieces: 2 };
        let picking = [reserved.clone(), Input::Pick, Input::Cancelled];
        assert_eq!(after(&picking), Stage::CancelRequested);
        assert_eq!(
            after(&[&picking[..], &[Input::Fulfil, Input::Refuse, Input::Deliver]].concat()),
            Stage::CancelRequested
        );
        assert_eq!(after(&[&picking[..], &[Input::PutBack]].concat()), Stage::Cancelled);
        assert_eq!(
            after(&[reserved.clone(), Input::Pick, Input::Fulfil, Input::Cancelled, Input::Deliver]),
            Stage::Delivered
        );
        assert_eq!(after(&[reserved, Input::Fulfil, Input::Pick]), Stage::Fulfilled);
        assert_eq!(after(&[Input::Cancelled, Input::Pick]), Stage::Cancelled);
    }

    #[test]
    fn another_shop_has_what_was_given_back_and_no_other() {
        let id = Uuid::from_u128(1);
        let reserved = Input::Reserved { shop: "quai".into(), pieces: 2 };
        let recalled = |shop: &str, round| Input::Recalled { shop: shop.into(), round };
        let rerouted = |shop: &str, round| Input::Rerouted { shop: shop.into(), round, pieces: 2 };
        let run = |inputs: &[Input]| {
            inputs.iter().fold(None, |order: Option<ShopOrder>, input| {
                take(id, order.as_ref(), input, Timestamp(0)).or(order)
            })
        };
        let stands = |inputs: &[Input]| run(inputs).map(|o| (o.shop, o.stage, o.round)).unwrap();
        let given = |shop: &str, stage, round| (shop.to_owned(), stage, round);
        let there = [reserved.clone(), Input::Refuse, rerouted("brest", 1)];
        assert_eq!(stands(&there), given("brest", Stage::Assigned, 1));
        // A shop that has it keeps it; one that handed it over has handed it over.
        assert_eq!(stands(&[reserved.clone(), rerouted("brest", 1)]), given("quai", Stage::Assigned, 0));
        let handed = [reserved.clone(), Input::Fulfil, recalled("quai", 0), rerouted("brest", 1)];
        assert_eq!(stands(&handed), given("quai", Stage::Fulfilled, 0));
        // What is heard late or again moves nothing.
        let late = [&there[..], &[recalled("quai", 0), rerouted("brest", 1), reserved.clone()]].concat();
        assert_eq!(stands(&late), given("brest", Stage::Assigned, 1));
        // Cancelled in between: the other shop never gets it.
        let over = [reserved.clone(), Input::Refuse, Input::Cancelled, rerouted("brest", 1)];
        assert_eq!(stands(&over), given("quai", Stage::Refused, 0));
        // Recalled before it was heard of.
        let early = [
            recalled("quai", 0),
            reserved,
            recalled("brest", 1),
            rerouted("brest", 1),
            rerouted("crozon", 2),
        ];
        assert_eq!(stands(&early), given("crozon", Stage::Assigned, 2));
        assert_eq!(run(&early).unwrap().pieces, 2);
    }
}
