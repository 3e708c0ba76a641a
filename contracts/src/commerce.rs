//! What the modules of commerce say to each other, version 1 of each: seed 004's events under its routing keys, and a
//! few additions (`docs/adr/0013`). Amounts are whole cents, quantities whole pieces.

use kernel::Uuid;
use serde::{Deserialize, Serialize};

/// `transaction.created`: somebody wants to buy.
pub const TRANSACTION_CREATED: &str = "transaction.created";
/// `transaction.cancelled`: the one trigger of compensation.
pub const TRANSACTION_CANCELLED: &str = "transaction.cancelled";
/// `transaction.completed`: paid for, and out of the door.
pub const TRANSACTION_COMPLETED: &str = "transaction.completed";
/// `payment.processed`: the amount is authorised; it is captured when the goods leave.
pub const PAYMENT_PROCESSED: &str = "payment.processed";
/// `payment.failed`: the bank refused.
pub const PAYMENT_FAILED: &str = "payment.failed";
/// `payment.refunded`: an authorisation was voided, or money given back.
pub const PAYMENT_REFUNDED: &str = "payment.refunded";
/// `inventory.reserved`: the goods are set aside.
pub const INVENTORY_RESERVED: &str = "inventory.reserved";
/// `inventory.unavailable`: there are not enough.
pub const INVENTORY_UNAVAILABLE: &str = "inventory.unavailable";
/// `inventory.released`: what was set aside can be sold again.
pub const INVENTORY_RELEASED: &str = "inventory.released";
/// `retail.order.fulfilled`: the shop has handed the goods over or sent them.
pub const ORDER_FULFILLED: &str = "retail.order.fulfilled";
/// `retail.order.delivered`: they have arrived.
pub const ORDER_DELIVERED: &str = "retail.order.delivered";
/// `retail.order.refused`: the shop cannot. An addition: the seed's shop can never say no.
pub const ORDER_REFUSED: &str = "retail.order.refused";
/// `transaction.recall.requested`: a shop has had an order for too long, and gives it back if it has not handed it over.
/// An addition.
pub const RECALL_REQUESTED: &str = "transaction.recall.requested";
/// `transaction.reroute.requested`: a shop cannot prepare an order, and another one may. An addition.
pub const REROUTE_REQUESTED: &str = "transaction.reroute.requested";
/// `transaction.rerouted`: another shop prepares it from now on. An addition.
pub const TRANSACTION_REROUTED: &str = "transaction.rerouted";
/// `inventory.rerouted`: what was set aside in one shop is set aside in another. An addition.
pub const INVENTORY_REROUTED: &str = "inventory.rerouted";
/// `inventory.reroute.failed`: no other shop has all of it. An addition.
pub const INVENTORY_REROUTE_FAILED: &str = "inventory.reroute.failed";
/// `payment.refund.refused`: a return whose money cannot be given back: more than was taken, or nothing was. An addition.
pub const PAYMENT_REFUND_REFUSED: &str = "payment.refund.refused";
/// `payment.manual`: the bank does not do what it must; an operator sees to it. An addition.
pub const PAYMENT_MANUAL: &str = "payment.manual";
/// `payment.settled`: what an operator had to see to is in order. An addition.
pub const PAYMENT_SETTLED: &str = "payment.settled";
/// `transaction.compensation.requested`: an operator's word on what is stuck. An addition.
pub const COMPENSATION_REQUESTED: &str = "transaction.compensation.requested";
/// `returns.refund.requested`: goods came back; payment gives money back for them. An addition.
pub const RETURN_REFUND_REQUESTED: &str = "returns.refund.requested";
/// `returns.goods.restocked`: goods that came back can be sold again, or not; inventory takes them in. An addition.
pub const RETURN_RESTOCKED: &str = "returns.goods.restocked";

/// A product and how many of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The product.
    pub product_id: Uuid,
    /// Pieces, at least 1.
    pub quantity: u32,
    /// The price of one, taxes included, as it was agreed.
    pub unit_price_cents: i64,
}

/// `transaction.created`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TransactionCreated {
    /// The transaction.
    pub transaction_id: Uuid,
    /// From which shop's stock.
    pub shop: String,
    /// Who buys.
    pub customer_id: Uuid,
    /// What.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total_cents: i64,
    /// By what it is paid: a token of the bank, never a card number.
    pub payment_method: String,
}

/// An event that says no more than which transaction it is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OfTransaction {
    /// The transaction.
    pub transaction_id: Uuid,
}

/// `transaction.cancelled`, `payment.failed`, `retail.order.refused`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ended {
    /// The transaction.
    pub transaction_id: Uuid,
    /// A stable word: `payment_refused`, `stock`, `timeout`, `customer`, `shop`.
    pub reason: String,
}

/// `retail.order.fulfilled` and `retail.order.refused`, as far as they say which shop: older events do not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ByShop {
    /// The transaction.
    pub transaction_id: Uuid,
    /// The shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// Which shop it is in turn: 0 for the one that was ordered from.
    #[serde(default)]
    pub round: u32,
}

/// `transaction.recall.requested`, `transaction.reroute.requested`, `transaction.rerouted`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rerouting {
    /// The transaction.
    pub transaction_id: Uuid,
    /// The shop that has it; for a request, the one that is to lose it.
    pub shop: String,
    /// Which shop in turn: the one that has it or, where another one is asked for, that one.
    pub round: u32,
}

/// `inventory.rerouted`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InventoryRerouted {
    /// The transaction.
    pub transaction_id: Uuid,
    /// Where it is set aside now.
    pub shop: String,
    /// Which shop in turn.
    pub round: u32,
    /// What.
    pub lines: Vec<Line>,
}

/// `inventory.reroute.failed`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RerouteFailed {
    /// The transaction.
    pub transaction_id: Uuid,
    /// Which shop in turn was looked for.
    pub round: u32,
}

/// `payment.processed`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentProcessed {
    /// The transaction.
    pub transaction_id: Uuid,
    /// What the bank holds for us.
    pub amount_cents: i64,
}

/// `payment.refunded`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentRefunded {
    /// The transaction.
    pub transaction_id: Uuid,
    /// `void` for an authorisation that was let go, `refund` for money that went back.
    pub kind: String,
    /// How much; 0 when the bank had held nothing.
    pub amount_cents: i64,
    /// `cancelled` or `return`; older events do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The return whose money it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<Uuid>,
    /// What has gone back for returns of this transaction in all, this one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_cents: Option<i64>,
    /// Whether it went back past the bank.
    #[serde(default)]
    pub by_hand: bool,
}

/// `payment.refund.refused`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefundRefused {
    /// The transaction.
    pub transaction_id: Uuid,
    /// The return.
    pub return_id: Uuid,
}

/// `payment.manual`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentManual {
    /// The transaction.
    pub transaction_id: Uuid,
    /// `refund` or `capture`.
    pub what: String,
    /// How much.
    pub amount_cents: i64,
    /// Which refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<Uuid>,
    /// The payment's version: an older word is a repetition.
    pub version: u64,
}

/// `payment.settled`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentSettled {
    /// The transaction.
    pub transaction_id: Uuid,
    /// How much.
    pub amount_cents: i64,
    /// Whether it was settled past the bank, or written off.
    pub by_hand: bool,
}

/// `transaction.compensation.requested`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CompensationRequested {
    /// The transaction.
    pub transaction_id: Uuid,
    /// The incident that it is about.
    pub incident_id: Uuid,
    /// What is stuck: `refund`, `capture`, `goods_left`, `amount`.
    pub kind: String,
    /// Which refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<Uuid>,
    /// `retry`, `settle` or `write_off`.
    pub action: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// Where it can be looked up: a transfer, a letter.
    pub reference: String,
}

/// `returns.refund.requested`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReturnRefundRequested {
    /// The transaction.
    pub transaction_id: Uuid,
    /// The return; also the key under which the bank is asked.
    pub return_id: Uuid,
    /// How much.
    pub amount_cents: i64,
}

/// `returns.goods.restocked`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReturnRestocked {
    /// The transaction.
    pub transaction_id: Uuid,
    /// The return.
    pub return_id: Uuid,
    /// Into which shop's stock.
    pub shop: String,
    /// What came back, and whether it can be sold again.
    pub lines: Vec<ReturnedLine>,
}

/// A line of goods that came back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReturnedLine {
    /// The product.
    pub product_id: Uuid,
    /// Pieces, at least 1.
    pub quantity: u32,
    /// Whether they can be sold again.
    pub restock: bool,
}

/// `inventory.reserved`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InventoryReserved {
    /// The transaction.
    pub transaction_id: Uuid,
    /// Where.
    pub shop: String,
    /// What.
    pub lines: Vec<Line>,
}

/// `inventory.unavailable`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InventoryUnavailable {
    /// The transaction.
    pub transaction_id: Uuid,
    /// Of which products there are not enough.
    pub lacking: Vec<Uuid>,
}

/// `inventory.product.changed`: a product is sold from now on, or at another price.
pub const PRODUCT_CHANGED: &str = "inventory.product.changed";

/// `inventory.product.changed`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProductChanged {
    /// The product.
    pub product_id: Uuid,
    /// Its number in the house.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The price of one, taxes included.
    pub price_cents: i64,
    /// The VAT rate, in hundredths of a per cent; 20 % where an older event does not say.
    #[serde(default = "standard_vat")]
    pub vat_rate_bp: u32,
    /// What its bar code says, if it has one.
    #[serde(default)]
    pub ean13: Option<String>,
    /// The shelf that it is looked for on: `Sécurité`, `Moteur`.
    #[serde(default)]
    pub category: String,
}

/// The standard rate of French VAT (CGI art. 278).
fn standard_vat() -> u32 {
    2000
}
