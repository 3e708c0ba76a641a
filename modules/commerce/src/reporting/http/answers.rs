//! What the reports answer by the API.

use crate::reporting::period::Scope;
use crate::reporting::queries::Sums;
use flow::Lag;
use kernel::{Timestamp, Uuid};
use serde::Serialize;
use utoipa::ToSchema;

/// The days that an answer is about, both included, where the shops are.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportPeriod {
    #[schema(value_type = String, format = Date)]
    pub(super) from: String,
    #[schema(value_type = String, format = Date)]
    pub(super) to: String,
}

/// How old an answer is, for one log that it reads.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportAsOf {
    /// The view: `reporting.sales` or `reporting.stock`.
    pub(super) view: String,
    /// The database.
    pub(super) source: String,
    /// The position up to which its events are in.
    pub(super) position: u64,
    /// The end of its log.
    pub(super) head: u64,
    /// Since how many seconds something of it is waiting; 0 when everything is in.
    pub(super) age_s: i64,
    /// When the position last moved.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) updated_at: Option<Timestamp>,
}

/// Sums of sales. Amounts are whole cents of euros, taxes included unless said otherwise.
#[derive(Serialize, ToSchema)]
pub(super) struct SalesSums {
    pub(super) pieces: i64,
    /// What was sold.
    pub(super) gross_cents: i64,
    pub(super) returned_pieces: i64,
    /// What went back.
    pub(super) returned_cents: i64,
    /// What was sold less what went back.
    pub(super) revenue_cents: i64,
    /// The tax in it.
    pub(super) vat_cents: i64,
    /// What is left without it.
    pub(super) net_cents: i64,
}

impl From<Sums> for SalesSums {
    fn from(s: Sums) -> Self {
        Self {
            pieces: s.pieces,
            gross_cents: s.gross_cents,
            returned_pieces: s.returned_pieces,
            returned_cents: s.returned_cents,
            revenue_cents: s.revenue_cents(),
            vat_cents: s.vat_cents,
            net_cents: s.net_cents(),
        }
    }
}

/// A row of the sales report.
#[derive(Serialize, ToSchema, Default)]
pub(super) struct SalesRow {
    /// The day, week, shop, channel or rate (in hundredths of a per cent) that the row adds up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product_id: Option<Uuid>,
    /// Baskets: receipts and orders; missing where a basket is not in one row only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baskets: Option<i64>,
    /// The mean basket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mean_basket_cents: Option<i64>,
    #[serde(flatten)]
    pub(super) sums: Option<SalesSums>,
}

/// Sales of a period.
#[derive(Serialize, ToSchema)]
pub(super) struct SalesReport {
    pub(super) period: ReportPeriod,
    pub(super) currency: &'static str,
    /// `day`, `week`, `shop`, `channel`, `vat` or `detail`.
    pub(super) by: &'static str,
    pub(super) items: Vec<SalesRow>,
    /// The sums of the whole period, whatever the page.
    pub(super) total: SalesSums,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
    pub(super) as_of: Vec<ReportAsOf>,
}

/// A product and what it brought in.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductRow {
    pub(super) product_id: Uuid,
    /// Missing for a product that nobody has named.
    pub(super) sku: Option<String>,
    pub(super) name: Option<String>,
    pub(super) category: Option<String>,
    #[serde(flatten)]
    pub(super) sums: SalesSums,
}

/// Products of a period, what brought in most first.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductReport {
    pub(super) period: ReportPeriod,
    pub(super) currency: &'static str,
    pub(super) items: Vec<ProductRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
    pub(super) as_of: Vec<ReportAsOf>,
}

/// A shelf that is empty or nearly so.
#[derive(Serialize, ToSchema)]
pub(super) struct ShelfRow {
    pub(super) shop: String,
    pub(super) product_id: Uuid,
    pub(super) sku: Option<String>,
    pub(super) name: Option<String>,
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) free: i64,
    /// Since when nothing is free.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) out_since: Option<Timestamp>,
    /// How long that is, in seconds.
    pub(super) out_for_s: Option<i64>,
    /// How often it was empty in the period.
    pub(super) times: i64,
    /// How long in all, in seconds.
    pub(super) empty_s: i64,
}

/// Shelves that are empty or nearly so, the longest empty first.
#[derive(Serialize, ToSchema)]
pub(super) struct ShelfReport {
    pub(super) period: ReportPeriod,
    pub(super) items: Vec<ShelfRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
    pub(super) as_of: Vec<ReportAsOf>,
}

pub(super) fn period(scope: &Scope) -> ReportPeriod {
    ReportPeriod { from: scope.from.to_string(), to: scope.to.to_string() }
}

pub(super) fn as_of(lags: Vec<Lag>, now: Timestamp) -> Vec<ReportAsOf> {
    let one = |lag: Lag| {
        let waits = lag.head > lag.position;
        let since = lag.updated_at.map_or(0, |at| (now.0 - at.0).max(0) / Timestamp::SECOND);
        ReportAsOf {
            view: lag.consumer,
            source: lag.source,
            position: lag.position,
            head: lag.head,
            age_s: if waits { since } else { 0 },
            updated_at: lag.updated_at,
        }
    };
    lags.into_iter().map(one).collect()
}
