//! What inventory says of its stock.

use kernel::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};

/// `inventory.stock.changed`: what a shop has of a product, or how much of it is promised, is another.
pub const STOCK_CHANGED: &str = "inventory.stock.changed";

/// A row of the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Movement {
    /// The row.
    pub id: Uuid,
    /// `receipt`, `sale`, `return`, `transfer_out`, `transfer_in`, `count`.
    pub kind: String,
    /// Pieces, negative when they went.
    pub quantity: i64,
    /// The transaction or the sale that moved them, if one did.
    pub transaction_id: Option<Uuid>,
    /// When.
    pub at: Timestamp,
}

/// `inventory.stock.changed`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StockChanged {
    /// The shop.
    pub shop: String,
    /// The product.
    pub product_id: Uuid,
    /// Pieces in the shop.
    pub on_hand: i64,
    /// Pieces that are promised.
    pub reserved: i64,
    /// The row of the ledger that came with it, if one did.
    pub movement: Option<Movement>,
}

/// `inventory.stock.low`: what a shop can still sell of a product has fallen to its threshold; said once per fall.
pub const STOCK_LOW: &str = "inventory.stock.low";
/// `inventory.stock.recovered`: there is clearly more than the threshold again.
pub const STOCK_RECOVERED: &str = "inventory.stock.recovered";
/// `inventory.stock.miscounted`: a till has sold what the stock said was not free; somebody must count.
pub const STOCK_MISCOUNTED: &str = "inventory.stock.miscounted";
/// `inventory.transfer.changed`: goods that move between shops are asked for, allowed, on their way, or there.
pub const TRANSFER_CHANGED: &str = "inventory.transfer.changed";

/// `inventory.stock.low`, `inventory.stock.recovered`, `inventory.stock.miscounted`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StockAlert {
    /// The shop.
    pub shop: String,
    /// The product.
    pub product_id: Uuid,
    /// Pieces that can be sold.
    pub available: i64,
    /// At how many of them the shop wants to be told; 0 for never.
    pub low_at: i64,
}
