//! What the web shop says. Amounts are whole cents, taxes included.

use crate::commerce::Line;
use kernel::Uuid;
use serde::{Deserialize, Serialize};

/// `ecommerce.order.placed`: a cart was checked out; `transaction` takes it up under the same id.
pub const ORDER_PLACED: &str = "ecommerce.order.placed";
/// `ecommerce.order.withdrawn`: the customer wants it no more; `transaction` decides whether it is too late.
pub const ORDER_WITHDRAWN: &str = "ecommerce.order.withdrawn";

/// `ecommerce.order.placed`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The order, and the transaction that it becomes.
    pub order_id: Uuid,
    /// From which shop's stock.
    pub shop: String,
    /// Who buys.
    pub customer_id: Uuid,
    /// What, at the prices that the customer has agreed to.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total_cents: i64,
    /// By what it is paid: a token of the bank, never a card number.
    pub payment_method: String,
    /// Whether another shop may prepare it when this one cannot; older events do not say, which means no.
    #[serde(default)]
    pub reroute: bool,
}

/// `ecommerce.order.withdrawn`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderWithdrawn {
    /// The order.
    pub order_id: Uuid,
}
