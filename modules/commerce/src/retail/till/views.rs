//! What the API tells of shops, tills and records.

use super::model::{Means, Offer};
use super::queries::{Reading, Shop};
use super::record::{Chain, Closing, Given, Receipt, ReceiptLine, Record, Vat};
use super::selling::kind_word;
use super::sql::Till;
use super::totals::Totals;
use kernel::{Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A shop.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopView {
    /// Its code: small letters, digits and `-`.
    pub(crate) code: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) address: String,
}

impl From<Shop> for ShopView {
    fn from(shop: Shop) -> Self {
        let Shop { code, name, address } = shop;
        Self { code, name, address }
    }
}

/// A new till.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TillRequest {
    /// Its code, unique in its shop.
    pub(crate) code: String,
}

/// A till.
#[derive(Serialize, ToSchema)]
pub(crate) struct TillView {
    shop: String,
    code: String,
    open: bool,
    session_id: Option<Uuid>,
    /// How many receipts it has, which is the number of the last.
    receipts: u64,
    closings: u64,
    /// What it has ever sold.
    sold_ever_cents: i64,
    /// What it has ever taken back.
    returned_ever_cents: i64,
}

impl From<&Till> for TillView {
    fn from(till: &Till) -> Self {
        Self {
            shop: till.shop.clone(),
            code: till.code.clone(),
            open: till.session.is_some(),
            session_id: till.session,
            receipts: till.head(Chain::Receipt).0,
            closings: till.head(Chain::Closing).0,
            sold_ever_cents: till.sold_cents,
            returned_ever_cents: till.returned_cents,
        }
    }
}

/// The beginning of a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenRequest {
    /// What lies in the drawer.
    pub(crate) float_cents: i64,
}

/// Its end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseRequest {
    /// What was counted in the drawer.
    pub(crate) counted_cents: i64,
}

/// A line to sell.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineRequest {
    /// The product, by its identifier…
    pub(crate) product_id: Option<Uuid>,
    /// … or by its number in the house or its bar code.
    pub(crate) code: Option<String>,
    pub(crate) quantity: i64,
    /// The price that the customer saw; the sale is refused when it was not in force.
    pub(crate) unit_price_cents: Option<i64>,
}

/// A sale.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaleRequest {
    /// Chosen by the till: a sale that is sent twice is recorded once.
    pub(crate) id: Uuid,
    pub(crate) lines: Vec<LineRequest>,
    /// What was put on the counter; change is given on cash only.
    pub(crate) tenders: Vec<Given>,
    /// When, by the till’s clock, for a till that was without network.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) at: Option<Timestamp>,
}

/// A part of a line that comes back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackRequest {
    /// The line of the receipt, from 1.
    pub(crate) line: u32,
    pub(crate) quantity: i64,
    /// Whether it can be sold again; what cannot is scrapped.
    pub(crate) restock: bool,
}

/// A return.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnRequest {
    /// Chosen by the till.
    pub(crate) id: Uuid,
    /// The sale that it takes back.
    pub(crate) sale_id: Uuid,
    pub(crate) lines: Vec<BackRequest>,
    /// How the money goes back; their sum is what was paid for the lines.
    pub(crate) tenders: Vec<Given>,
}

/// An amount by one means.
#[derive(Serialize, ToSchema)]
struct TenderView {
    #[schema(value_type = Means)]
    means: String,
    amount_cents: i64,
}

/// A receipt.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReceiptView {
    shop: String,
    till: String,
    number: u64,
    sale_id: Uuid,
    /// `sale` or `return`.
    kind: String,
    session_id: Uuid,
    cashier: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// For a return, the sale that it takes back.
    returns: Option<Uuid>,
    lines: Vec<ReceiptLine>,
    vat: Vec<Vat>,
    total_cents: i64,
    tenders: Vec<TenderView>,
    change_cents: i64,
    /// The hash of the receipt before it at this till.
    previous: String,
    /// SHA-256 of `previous` and the receipt.
    hash: String,
}

impl ReceiptView {
    /// A record as the API tells it.
    pub(crate) fn of(record: &Record) -> Result<Self> {
        let r: Receipt = record.read()?;
        let tender =
            |t: contracts::retail::Tender| TenderView { means: t.means, amount_cents: t.amount_cents };
        Ok(Self {
            shop: r.shop,
            till: r.till,
            number: r.number,
            sale_id: r.sale_id,
            kind: kind_word(r.kind).into(),
            session_id: r.session_id,
            cashier: r.cashier,
            at: r.at,
            returns: r.returns,
            lines: r.lines,
            vat: r.vat,
            total_cents: r.total_cents,
            tenders: r.tenders.into_iter().map(tender).collect(),
            change_cents: r.change_cents,
            previous: record.previous.clone(),
            hash: record.hash.clone(),
        })
    }
}

/// A copy of a receipt.
#[derive(Serialize, ToSchema)]
pub(crate) struct CopyView {
    pub(crate) sale_id: Uuid,
    /// Which copy it is: the paper says `DUPLICATA` and this number.
    pub(crate) copy: u64,
}

/// A reading of the open session: the figures of the closing that would be made now. Nothing is written.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadingView {
    shop: String,
    till: String,
    session_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    totals: Totals,
    float_cents: i64,
    /// What the drawer should hold.
    expected_cents: i64,
}

impl From<Reading> for ReadingView {
    fn from(reading: Reading) -> Self {
        let Reading { session, totals, expected_cents } = reading;
        Self {
            shop: session.shop,
            till: session.till,
            session_id: session.id,
            opened_at: session.opened_at,
            totals,
            float_cents: session.float_cents,
            expected_cents,
        }
    }
}

/// A closing.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosingView {
    shop: String,
    till: String,
    number: u64,
    session_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    closed_at: Timestamp,
    totals: Totals,
    float_cents: i64,
    expected_cents: i64,
    counted_cents: i64,
    /// Counted less expected.
    difference_cents: i64,
    /// What the till has ever sold; it only grows.
    sold_ever_cents: i64,
    /// What it has ever taken back; it only grows.
    returned_ever_cents: i64,
    hash: String,
}

impl ClosingView {
    /// A record as the API tells it.
    pub(crate) fn of(record: &Record) -> Result<Self> {
        let c: Closing = record.read()?;
        Ok(Self {
            shop: c.shop,
            till: c.till,
            number: c.number,
            session_id: c.session_id,
            opened_at: c.opened_at,
            closed_at: c.closed_at,
            totals: c.totals,
            float_cents: c.float_cents,
            expected_cents: c.expected_cents,
            counted_cents: c.counted_cents,
            difference_cents: c.difference_cents,
            sold_ever_cents: c.sold_ever_cents,
            returned_ever_cents: c.returned_ever_cents,
            hash: record.hash.clone(),
        })
    }
}

/// A product as tills know it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferView {
    product_id: Uuid,
    sku: String,
    ean13: String,
    name: String,
    category: String,
    price_cents: i64,
    vat_rate_bp: u32,
    /// What the shop has and has not promised, as far as its till has heard.
    available: Option<i64>,
}

impl From<Offer> for OfferView {
    fn from(o: Offer) -> Self {
        Self {
            product_id: o.product,
            sku: o.sku,
            ean13: o.ean13,
            name: o.name,
            category: o.category,
            price_cents: o.price_cents,
            vat_rate_bp: o.vat_rate_bp,
            available: o.free,
        }
    }
}

/// How many pieces of a sale can still come back.
pub(crate) fn left_of(sold: &[super::sql::Sold]) -> i64 {
    sold.iter().map(|line| line.quantity - line.returned).sum()
}
