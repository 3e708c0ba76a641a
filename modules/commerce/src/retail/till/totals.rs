//! What receipts come to: the figures of a reading ("X") and of a closing ("Z"). Pure.

use super::record::{Receipt, Vat};
use contracts::retail::SaleKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much came in and went out by one means.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct TenderTotal {
    /// `cash`, `card` or `voucher`.
    pub(crate) means: String,
    pub(crate) in_cents: i64,
    pub(crate) out_cents: i64,
}

/// The sums of receipts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Totals {
    /// The first and the last receipt; nothing when there is none.
    pub(crate) first: Option<u64>,
    pub(crate) last: Option<u64>,
    pub(crate) sales: u64,
    pub(crate) returns: u64,
    pub(crate) sold_cents: i64,
    pub(crate) returned_cents: i64,
    /// By means, in the order of their names.
    pub(crate) tenders: Vec<TenderTotal>,
    /// The tax of sales less that of returns, by rate.
    pub(crate) vat: Vec<Vat>,
}

impl Totals {
    /// Adds a receipt; receipts come in the order of their numbers.
    pub(crate) fn add(&mut self, receipt: &Receipt) {
        self.first = self.first.or(Some(receipt.number));
        self.last = Some(receipt.number);
        let sign = match receipt.kind {
            SaleKind::Sale => {
                self.sales += 1;
                self.sold_cents += receipt.total_cents;
                1
            }
            SaleKind::Return => {
                self.returns += 1;
                self.returned_cents += receipt.total_cents;
                -1
            }
        };
        let mut tenders: BTreeMap<String, TenderTotal> =
            self.tenders.drain(..).map(|total| (total.means.clone(), total)).collect();
        for tender in &receipt.tenders {
            let total = tenders
                .entry(tender.means.clone())
                .or_insert_with(|| TenderTotal { means: tender.means.clone(), ..TenderTotal::default() });
            match receipt.kind {
                SaleKind::Sale => total.in_cents += tender.amount_cents,
                SaleKind::Return => total.out_cents += tender.amount_cents,
            }
        }
        self.tenders = tenders.into_values().collect();
        let mut vat: BTreeMap<u32, Vat> = self.vat.drain(..).map(|vat| (vat.rate_bp, vat)).collect();
        for one in &receipt.vat {
            let sum =
                vat.entry(one.rate_bp).or_insert_with(|| Vat { rate_bp: one.rate_bp, ..Vat::default() });
            sum.net_cents += sign * one.net_cents;
            sum.vat_cents += sign * one.vat_cents;
            sum.gross_cents += sign * one.gross_cents;
        }
        self.vat = vat.into_values().collect();
    }

    /// What the drawer holds, when it began with a float.
    pub(crate) fn drawer(&self, float_cents: i64) -> i64 {
        let cash = self.tenders.iter().filter(|total| total.means == "cash");
        float_cents + cash.map(|total| total.in_cents - total.out_cents).sum::<i64>()
    }

    /// Sales less returns.
    pub(crate) fn net_cents(&self) -> i64 {
        self.sold_cents - self.returned_cents
    }
}
