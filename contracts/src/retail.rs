//! What the shops say of their tills. Amounts are whole cents, taxes included unless said otherwise.

use kernel::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};

/// `retail.sale.recorded`: a sale or a return has a receipt; nothing changes it any more.
pub const SALE_RECORDED: &str = "retail.sale.recorded";

/// Whether goods went out or came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleKind {
    /// Goods went out, money came in.
    Sale,
    /// Goods came back, money went out.
    Return,
}

/// A line of a receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SaleLine {
    /// The product.
    pub product_id: Uuid,
    /// Pieces, at least 1, whichever way they went.
    pub quantity: u32,
    /// The price of one.
    pub unit_price_cents: i64,
    /// The VAT rate, in hundredths of a per cent: 2000 for 20 %.
    pub vat_rate_bp: u32,
    /// What the line comes to, never negative.
    pub total_cents: i64,
    /// For goods that came back: whether they can be sold again.
    pub restock: bool,
}

/// A means of payment and how much of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tender {
    /// `cash`, `card` or `voucher`.
    pub means: String,
    /// How much was given this way, change taken off; never negative.
    pub amount_cents: i64,
}

/// `retail.sale.recorded`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SaleRecorded {
    /// The sale.
    pub sale_id: Uuid,
    /// Sale or return.
    pub kind: SaleKind,
    /// The shop.
    pub shop: String,
    /// The till, by its code.
    pub till: String,
    /// The receipt's number, without gaps for each till, from 1.
    pub receipt: u64,
    /// What.
    pub lines: Vec<SaleLine>,
    /// The sum of the lines.
    pub total_cents: i64,
    /// How it was paid; their sum is the total.
    pub tenders: Vec<Tender>,
    /// For a return, the sale that it takes back.
    pub returns: Option<Uuid>,
    /// When, by the till's clock.
    pub at: Timestamp,
}
