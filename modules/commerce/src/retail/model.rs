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
}

/// What retail hears, and what the people of a shop do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Reserved {
        shop: String,
        pieces: i64,
    },
    Cancelled,
    /// Begins to fetch the goods together.
    Pick,
    Fulfil,
    Refuse,
    /// Goods that were fetched for an order that was cancelled are back in their place.
    PutBack,
    Deliver,
}

/// What an input makes of an order; `None` when it changes nothing.
pub(crate) fn take(id: Uuid, known: Option<&ShopOrder>, input: &Input, now: Timestamp) -> Option<ShopOrder> {
    let Some(before) = known else {
        let (shop, stage, pieces) = match input {
            Input::Reserved { shop, pieces } => (shop.clone(), Stage::Assigned, *pieces),
            Input::Cancelled if !planted("no_tombstone") => (String::new(), Stage::Cancelled, 0),
            Input::Cancelled => return None,
            Input::Pick | Input::Fulfil | Input::Refuse | Input::PutBack | Input::Deliver => return None,
        };
        return Some(ShopOrder {
            transaction: id,
            shop,
            stage,
            pieces,
            version: 1,
            assigned_at: now,
            note: None,
        });
    };
    let stage = match (before.stage, input) {
        (Stage::Assigned, Input::Cancelled) | (Stage::CancelRequested, Input::PutBack) => Stage::Cancelled,
        (Stage::Picking, Input::Cancelled) => Stage::CancelRequested,
        (Stage::Assigned, Input::Pick) => Stage::Picking,
        (Stage::Assigned | Stage::Picking, Input::Fulfil) => Stage::Fulfilled,
        (Stage::Assigned | Stage::Picking, Input::Refuse) => Stage::Refused,
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
}
