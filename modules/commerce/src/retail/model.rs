//! What a shop does with an order. Pure.

use kernel::{Timestamp, Uuid, planted};
use serde::{Deserialize, Serialize};

/// How far an order has come in its shop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// To be prepared.
    Assigned,
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
    const ALL: [Self; 5] = [Self::Assigned, Self::Fulfilled, Self::Delivered, Self::Refused, Self::Cancelled];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
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
}

/// What retail hears, and what the people of a shop do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    Reserved { shop: String, pieces: i64 },
    Cancelled,
    Fulfil,
    Refuse,
    Deliver,
}

/// What an input makes of an order; `None` when it changes nothing.
pub(crate) fn take(id: Uuid, known: Option<&ShopOrder>, input: &Input, now: Timestamp) -> Option<ShopOrder> {
    let Some(before) = known else {
        let (shop, stage, pieces) = match input {
            Input::Reserved { shop, pieces } => (shop.clone(), Stage::Assigned, *pieces),
            Input::Cancelled if !planted("no_tombstone") => (String::new(), Stage::Cancelled, 0),
            Input::Cancelled => return None,
            Input::Fulfil | Input::Refuse | Input::Deliver => return None,
        };
        return Some(ShopOrder { transaction: id, shop, stage, pieces, version: 1, assigned_at: now });
    };
    let stage = match (before.stage, input) {
        (Stage::Assigned, Input::Cancelled) => Stage::Cancelled,
        (Stage::Assigned, Input::Fulfil) => Stage::Fulfilled,
        (Stage::Assigned, Input::Refuse) => Stage::Refused,
        (Stage::Fulfilled, Input::Deliver) => Stage::Delivered,
        _ => return None,
    };
    Some(ShopOrder { stage, version: before.version + 1, ..before.clone() })
}
