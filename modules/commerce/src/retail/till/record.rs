//! What is written once at a till: receipts, closings, notes. Each is a text with the hash of the one before it, so that
//! nobody changes, drops, swaps or adds one unseen. Pure.
//!
//! A record names people by their identifier only: who somebody is can be erased, a receipt cannot.

use super::model::Means;
use aws_lc_rs::digest::{Context, SHA256};
use contracts::retail::{SaleKind, Tender};
use kernel::{Error, Result, Timestamp, Uuid, planted};
use serde::{Deserialize, Serialize};

/// The hash before the first record of a chain.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A line of a receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ReceiptLine {
    pub(crate) product_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price_cents: i64,
    pub(crate) vat_rate_bp: u32,
    pub(crate) total_cents: i64,
    /// For goods that came back: whether they can be sold again.
    pub(crate) restock: bool,
    /// For goods that came back: the line of the sale, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of_line: Option<u32>,
}

/// The tax at one rate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Vat {
    pub(crate) rate_bp: u32,
    pub(crate) net_cents: i64,
    pub(crate) vat_cents: i64,
    pub(crate) gross_cents: i64,
}

/// What was put on the counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) means: Means,
    pub(crate) given_cents: i64,
}

/// A receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) shop: String,
    pub(crate) till: String,
    pub(crate) number: u64,
    pub(crate) sale_id: Uuid,
    pub(crate) kind: SaleKind,
    pub(crate) session_id: Uuid,
    pub(crate) cashier: Uuid,
    /// By the till's clock.
    pub(crate) at: Timestamp,
    /// By the server's.
    pub(crate) recorded_at: Timestamp,
    /// For a return, the sale that it takes back.
    pub(crate) returns: Option<Uuid>,
    pub(crate) lines: Vec<ReceiptLine>,
    pub(crate) vat: Vec<Vat>,
    pub(crate) total_cents: i64,
    pub(crate) given: Vec<Given>,
    pub(crate) tenders: Vec<Tender>,
    pub(crate) change_cents: i64,
}

/// A closing, the "Z": what a session came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(crate) shop: String,
    pub(crate) till: String,
    pub(crate) number: u64,
    pub(crate) session_id: Uuid,
    pub(crate) opened_by: Uuid,
    pub(crate) closed_by: Uuid,
    pub(crate) opened_at: Timestamp,
    pub(crate) closed_at: Timestamp,
    pub(crate) totals: super::totals::Totals,
    pub(crate) float_cents: i64,
    pub(crate) expected_cents: i64,
    pub(crate) counted_cents: i64,
    /// Counted less expected.
    pub(crate) difference_cents: i64,
    /// What the till has ever sold, this session included.
    pub(crate) sold_ever_cents: i64,
    /// What it has ever taken back.
    pub(crate) returned_ever_cents: i64,
    /// The hash of the last receipt, so that none can be cut off at the end unseen.
    pub(crate) receipt_hash: String,
}

/// A note of what was done at a till.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) shop: String,
    pub(crate) till: String,
    pub(crate) number: u64,
    /// `opened`, `closed`, `copied`, `read`.
    pub(crate) what: String,
    /// The session or the sale that it is about.
    pub(crate) about: Option<Uuid>,
    pub(crate) by: Uuid,
    pub(crate) at: Timestamp,
    /// Which copy of a receipt it was, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copy: Option<u64>,
}

/// Which chain a record belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Chain {
    Receipt,
    Closing,
    Note,
}

impl Chain {
    pub(crate) const ALL: [Self; 3] = [Self::Receipt, Self::Closing, Self::Note];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Closing => "closing",
            Self::Note => "note",
        }
    }
}

/// A record as its row holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    pub(crate) shop: String,
    pub(crate) till: String,
    pub(crate) chain: Chain,
    pub(crate) number: u64,
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) about: Option<Uuid>,
    pub(crate) total_cents: i64,
    pub(crate) at: Timestamp,
    pub(crate) content: String,
    pub(crate) previous: String,
    pub(crate) hash: String,
}

/// The hash of a record: SHA-256 of the hash before it and of its content, in hexadecimal.
pub(crate) fn seal(previous: &str, content: &str) -> String {
    let mut context = Context::new(&SHA256);
    if !planted("receipt_unchained") {
        context.update(previous.as_bytes());
    }
    context.update(content.as_bytes());
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Record {
    /// What a record says.
    ///
    /// # Errors
    /// Internal, when the text is not one of ours.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(&self.content).map_err(|e| Error::internal(format!("{}: {e}", self.place())))
    }

    /// Where it stands: `quai/1 receipt 42`.
    pub(crate) fn place(&self) -> String {
        format!("{}/{} {} {}", self.shop, self.till, self.chain.word(), self.number)
    }

    /// Why it cannot come after another one, if it cannot.
    pub(crate) fn broken_after(&self, number: u64, hash: &str) -> Option<String> {
        if self.number != number + 1 {
            return Some(format!("number {} is missing", number + 1));
        }
        if self.previous != hash {
            return Some("it does not follow the one before it".to_owned());
        }
        (self.hash != seal(&self.previous, &self.content)).then(|| "its content was altered".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for number in 1..=4 {
            let previous = records.last().map_or(FIRST.to_owned(), |last| last.hash.clone());
            let content = format!("{{\"number\":{number},\"total_cents\":{}}}", number * 100);
            let hash = seal(&previous, &content);
            records.push(Record {
                shop: "quai".into(),
                till: "1".into(),
                chain: Chain::Receipt,
                number,
                id: Uuid::from_u128(number.into()),
                kind: "sale".into(),
                about: None,
                total_cents: 0,
                at: Timestamp(0),
                content,
                previous,
                hash,
            });
        }
        records
    }

    fn first_broken(records: &[Record]) -> Option<u64> {
        let (mut number, mut hash) = (0, FIRST.to_owned());
        for record in records {
            if record.broken_after(number, &hash).is_some() {
                return Some(record.number);
            }
            (number, hash) = (record.number, record.hash.clone());
        }
        None
    }

    #[test]
    fn a_receipt_that_was_altered_dropped_or_swapped_is_found() {
        assert_eq!(first_broken(&chain()), None);
        let mut altered = chain();
        altered[1].content = altered[1].content.replace("200", "100");
        assert_eq!(first_broken(&altered), Some(2));
        let mut dropped = chain();
        dropped.remove(1);
        assert_eq!(first_broken(&dropped), Some(3));
        let mut swapped = chain();
        swapped.swap(1, 2);
        assert_eq!(first_broken(&swapped), Some(3));
    }

    /// Somebody who knows how hashes are made mends the altered receipt and what the next one says of it; the next one's
    /// own hash betrays them.
    #[test]
    fn a_receipt_with_a_hash_of_its_own_making_is_found() {
        let mut forged = chain();
        forged[1].content = forged[1].content.replace("200", "100");
        forged[1].hash = seal(&forged[1].previous, &forged[1].content);
        forged[2].previous = forged[1].hash.clone();
        assert_eq!(first_broken(&forged), Some(3));
    }
}
