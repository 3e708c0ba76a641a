//! What modules answer when somebody adds them up: totals of a period, to the cent, with the position of the log up to
//! which they are told.

use serde::{Deserialize, Serialize};

/// Totals of a period: `GET /api/v1/transactions/totals`, `GET /api/v1/retail/totals`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    /// The position of the answering module's log; everything up to it is in the totals.
    pub position: u64,
    /// The totals, one for each shop and kind.
    pub items: Vec<Total>,
}

/// One total.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Total {
    /// The shop.
    pub shop: String,
    /// For orders their state: `completed`, `cancelled`, anything else is in progress; for tills `sale` or `return`.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// What they come to, never negative.
    pub amount_cents: i64,
}
