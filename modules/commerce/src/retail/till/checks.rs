//! What `verify` asks of the tills: every chain whole and without gaps, every column what its content says, every closing
//! the sum of its receipts, and the perpetual totals those of all of them.

use super::record::{Chain, Closing, FIRST, Receipt, Record};
use super::selling::kind_word;
use super::sql::{self, Till};
use super::totals::Totals;
use db::{Db, DbResult};
use flow::{Check, Finding};
use kernel::Uuid;
use std::collections::BTreeMap;

/// Records read at once.
const PAGE: u32 = 500;

/// The checks of the tills.
pub(crate) fn checks() -> Vec<Check> {
    vec![Check::new("receipts and closings", |db| async move { look(&db).await })]
}

async fn look(db: &Db) -> DbResult<Vec<Finding>> {
    let mut findings = Vec::new();
    for row in db.query(&sql::TILLS, Vec::new()).await? {
        let till = sql::till(&row)?;
        let (mut books, mut broken) = (Books::default(), Vec::new());
        for chain in Chain::ALL {
            broken.extend(walk(db, &till, chain, &mut books).await?);
        }
        // Sums of records that are not what they were say nothing.
        findings.extend(if broken.is_empty() { books.against(db, &till) } else { broken });
    }
    Ok(findings)
}

/// What was added up on the way.
#[derive(Default)]
struct Books {
    sessions: BTreeMap<Uuid, Totals>,
    sold_cents: i64,
    returned_cents: i64,
    /// The hash of each receipt that may be the last of a closing.
    hashes: BTreeMap<u64, String>,
    closings: Vec<Closing>,
}

/// Walks one chain up to the head that the till's row had when it was read: what was added since is left to the next
/// time. Answers the first place that does not hold.
async fn walk(db: &Db, till: &Till, chain: Chain, books: &mut Books) -> DbResult<Option<Finding>> {
    let (end, last) = till.head(chain);
    let (mut number, mut hash) = (0, FIRST.to_owned());
    while number < *end {
        let params = db::params![&till.shop, &till.code, chain.word(), number, *end, PAGE];
        let rows = db.query(&sql::RECORDS_UP, params).await?;
        if rows.is_empty() {
            let place = format!("{}/{} {} {}", till.shop, till.code, chain.word(), number + 1);
            return Ok(Some(Finding::new(db, place, format!("missing: the till counts {end}"))));
        }
        for row in &rows {
            let record = sql::record(row)?;
            if let Some(message) = record.broken_after(number, &hash).or_else(|| books.enter(&record)) {
                return Ok(Some(Finding::new(db, record.place(), message)));
            }
            (number, hash) = (record.number, record.hash);
        }
    }
    let place = format!("{}/{} {} {number}", till.shop, till.code, chain.word());
    Ok((hash != *last).then(|| Finding::new(db, place, "the till knows another one as its last")))
}

impl Books {
    /// Adds a record up. Answers what its columns say otherwise than its content.
    fn enter(&mut self, record: &Record) -> Option<String> {
        match record.chain {
            Chain::Receipt => {
                let Ok(receipt) = record.read::<Receipt>() else { return Some("it cannot be read".into()) };
                let told = (receipt.shop.as_str(), receipt.till.as_str(), receipt.number, receipt.sale_id);
                let is_told = told == (record.shop.as_str(), record.till.as_str(), record.number, record.id)
                    && record.kind == kind_word(receipt.kind)
                    && record.about == Some(receipt.session_id)
                    && (record.at, record.total_cents) == (receipt.at, receipt.total_cents);
                self.add(&receipt, &record.hash);
                let adds_up = adds_up(&receipt);
                match (is_told, adds_up) {
                    (false, _) => Some("its columns and its content differ".into()),
                    (true, false) => Some("lines, taxes or tenders do not add up to its total".into()),
                    (true, true) => None,
                }
            }
            Chain::Closing => {
                let Ok(closing) = record.read::<Closing>() else { return Some("it cannot be read".into()) };
                let is_told = closing.session_id == record.id && closing.number == record.number;
                self.closings.push(closing);
                (!is_told).then(|| "its columns and its content differ".into())
            }
            Chain::Note => None,
        }
    }

    fn add(&mut self, receipt: &Receipt, hash: &str) {
        self.sessions.entry(receipt.session_id).or_default().add(receipt);
        match receipt.kind {
            contracts::retail::SaleKind::Sale => self.sold_cents += receipt.total_cents,
            contracts::retail::SaleKind::Return => self.returned_cents += receipt.total_cents,
        }
        self.hashes.insert(receipt.number, hash.to_owned());
    }

    /// What closings and the till's own totals say otherwise than the receipts.
    fn against(&self, db: &Db, till: &Till) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (mut sold, mut returned, mut next) = (0_i64, 0_i64, 1_u64);
        for closing in &self.closings {
            let totals = self.sessions.get(&closing.session_id).cloned().unwrap_or_default();
            (sold, returned) = (sold + totals.sold_cents, returned + totals.returned_cents);
            let last = totals.last.or(next.checked_sub(1).filter(|n| *n > 0));
            let anchor = last.and_then(|n| self.hashes.get(&n)).map_or(FIRST, String::as_str);
            let wrong = if closing.totals != totals {
                Some("it is not the sum of its receipts")
            } else if totals.first.is_some_and(|first| first != next) {
                Some("it does not begin where the one before it ended")
            } else if (closing.sold_ever_cents, closing.returned_ever_cents) != (sold, returned) {
                Some("its perpetual totals are not those of all receipts")
            } else if closing.receipt_hash != anchor {
                Some("its last receipt has another hash")
            } else {
                None
            };
            next = totals.last.map_or(next, |last| last + 1);
            let place = format!("{}/{} closing {}", till.shop, till.code, closing.number);
            findings.extend(wrong.map(|message| Finding::new(db, place, message)));
        }
        if (self.sold_cents, self.returned_cents) != (till.sold_cents, till.returned_cents) {
            let place = format!("tills {}/{}", till.shop, till.code);
            findings.push(Finding::new(db, place, "its perpetual totals are not those of its receipts"));
        }
        findings
    }
}

/// Whether lines, taxes and tenders each come to the total.
fn adds_up(r: &Receipt) -> bool {
    let lines: i64 = r.lines.iter().map(|line| line.total_cents).sum();
    let taxes: i64 = r.vat.iter().map(|vat| vat.net_cents + vat.vat_cents).sum();
    let tenders: i64 = r.tenders.iter().map(|tender| tender.amount_cents).sum();
    [lines, taxes, tenders].iter().all(|sum| *sum == r.total_cents)
}
