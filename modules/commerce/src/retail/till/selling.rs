//! Sales and returns: what was asked for becomes a receipt.

use super::change::{Act, Change, New};
use super::commands::{Back, Return, Sale, Wanted, moment};
use super::model::{self, Asked, MOST_LINES, MOST_PIECES, Offer};
use super::record::{Chain, Given, Receipt, ReceiptLine, Record};
use super::sql::{self, Sold, Till};
use super::{Tills, offers, refusal};
use contracts::retail::{SALE_RECORDED, SaleKind, SaleLine, SaleRecorded, Tender};
use db::{Batch, DbResult};
use kernel::{Error, FieldError, Result, Timestamp, Uuid};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What a receipt is made of, once it is decided.
struct Decided {
    id: Uuid,
    kind: SaleKind,
    at: Timestamp,
    returns: Option<Uuid>,
    lines: Vec<ReceiptLine>,
    total_cents: i64,
    given: Vec<Given>,
    tenders: Vec<Tender>,
    change_cents: i64,
}

/// Lines that cannot be sold, each with its reason.
#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, line: usize, member: &str, fr: &str, en: &str) {
        let fault = refusal::wrong(&format!("/lines/{line}/{member}"), fr, en);
        self.0.extend(fault.fields);
    }

    fn end(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (fr, en) =
            ("Ce ticket ne peut pas être enregistré tel quel.", "The receipt cannot be recorded as it is.");
        Err(Error { fields: self.0, ..Error::invalid("sale_not_possible", fr, en) })
    }
}

impl Tills {
    /// Records a sale.
    pub(super) async fn sell(&self, act: &Act, till: &Till, sale: &Sale) -> Result<(Batch, Record)> {
        till.session.ok_or_else(refusal::closed)?;
        let at = moment(sale.at, act.now)?;
        check_count(sale.lines.len())?;
        let lines = self.priced(&till.shop, &sale.lines, at).await?;
        let total_cents = model::total(&lines).ok_or_else(refusal::too_much)?;
        let (tenders, change_cents) = model::settle(total_cents, &sale.given)?;
        let decided = Decided {
            id: sale.id,
            kind: SaleKind::Sale,
            at,
            returns: None,
            lines,
            total_cents,
            given: sale.given.clone(),
            tenders,
            change_cents,
        };
        let mut change = Change::of(till, act);
        let added = |cents: i64| cents.checked_add(total_cents).ok_or_else(refusal::too_much);
        change.till.sold_cents = added(till.sold_cents)?;
        for (line, sold) in (1_u32..).zip(&decided.lines) {
            let quantity = i64::from(sold.quantity);
            change.batch.expect_one(&sql::ADD_SALE_LINE, db::params![sale.id, line, quantity]);
            let row = json!({ "quantity": quantity, "returned": 0 });
            change.tell("sale_line", format!("{}/{line}", sale.id), row);
        }
        finish(change, act, decided)
    }

    /// The lines of a sale at the prices of its moment.
    async fn priced(&self, shop: &str, wanted: &[Wanted], at: Timestamp) -> Result<Vec<ReceiptLine>> {
        let ids: Vec<Uuid> = wanted.iter().filter_map(|line| line.product).collect();
        let mut known = offers::by_id(&self.db, shop, &ids).await?;
        let mut named: BTreeMap<&str, Uuid> = BTreeMap::new();
        for code in wanted.iter().filter_map(|line| line.code.as_deref()).collect::<BTreeSet<_>>() {
            for offer in offers::coded(&self.db, shop, code).await? {
                named.insert(code, offer.product);
                known.insert(offer.product, offer);
            }
        }
        let all: Vec<Uuid> = known.keys().copied().collect();
        let prices = offers::prices(&self.db, &all).await?;
        let (mut faults, mut lines) = (Faults::default(), Vec::new());
        for (n, line) in wanted.iter().enumerate() {
            let id = line.product.or_else(|| named.get(line.code.as_deref()?).copied());
            let Some(offer) = id.and_then(|id| known.get(&id)) else {
                faults.add(n, "code", "Ce produit n’est pas en vente.", "This product is not on sale.");
                continue;
            };
            let asked = Asked {
                offer: offer.clone(),
                prices: prices.get(&offer.product).cloned().unwrap_or_default(),
                quantity: line.quantity,
                seen_cents: line.seen_cents,
            };
            lines.extend(sold(n, &asked, at, &mut faults));
        }
        faults.end()?;
        Ok(lines)
    }

    /// Takes goods back, at the price paid.
    pub(super) async fn take_back(&self, act: &Act, till: &Till, back: &Return) -> Result<(Batch, Record)> {
        till.session.ok_or_else(refusal::closed)?;
        check_count(back.lines.len())?;
        let sale = self.receipt(back.sale).await?.ok_or_else(Error::not_found)?;
        let sale: Receipt = sale.read()?;
        if sale.kind != SaleKind::Sale {
            return Err(refusal::not_a_sale());
        }
        let rows = self.db.query(&sql::SALE_LINES, db::params![back.sale]).await?;
        let sold = rows.iter().map(sql::sold).collect::<DbResult<Vec<Sold>>>()?;
        let mut change = Change::of(till, act);
        let (mut faults, mut lines, mut seen) = (Faults::default(), Vec::new(), BTreeSet::new());
        for (n, asked) in back.lines.iter().enumerate() {
            let was = sold.iter().find(|one| one.line == asked.line);
            let paid = asked.line.checked_sub(1).and_then(|at| sale.lines.get(at as usize));
            let (Some(was), Some(paid)) = (was, paid) else {
                faults.add(
                    n,
                    "line",
                    "Cette ligne n’est pas sur le ticket.",
                    "The receipt has no such line.",
                );
                continue;
            };
            if !seen.insert(asked.line) {
                faults.add(n, "line", "Cette ligne est demandée deux fois.", "This line is asked for twice.");
            } else if asked.quantity < 1 {
                faults.add(n, "quantity", "Au moins une pièce.", "One piece at least.");
            } else if asked.quantity > was.quantity - was.returned {
                return Err(refusal::returned(asked.line, was.quantity - was.returned));
            } else {
                let returned = was.returned + asked.quantity;
                let params = db::params![back.sale, was.line, was.returned, returned];
                change.batch.expect_one(&sql::TAKE_BACK, params);
                let row = json!({ "quantity": was.quantity, "returned": returned });
                change.tell("sale_line", format!("{}/{}", back.sale, was.line), row);
                lines.extend(came_back(paid, asked));
            }
        }
        faults.end()?;
        let total_cents = model::total(&lines).ok_or_else(refusal::too_much)?;
        let tenders = model::give_back(total_cents, &back.given)?;
        let added = till.returned_cents.checked_add(total_cents);
        change.till.returned_cents = added.ok_or_else(refusal::too_much)?;
        let decided = Decided {
            id: back.id,
            kind: SaleKind::Return,
            at: act.now,
            returns: Some(back.sale),
            lines,
            total_cents,
            given: back.given.clone(),
            tenders,
            change_cents: 0,
        };
        finish(change, act, decided)
    }
}

fn check_count(lines: usize) -> Result<()> {
    if (1..=MOST_LINES).contains(&lines) {
        return Ok(());
    }
    Err(refusal::wrong("/lines", "De 1 à 200 lignes.", "From 1 to 200 lines."))
}

/// A line of a sale, when it can be sold.
fn sold(n: usize, asked: &Asked, at: Timestamp, faults: &mut Faults) -> Option<ReceiptLine> {
    let quantity = u32::try_from(asked.quantity).ok().filter(|_| (1..=MOST_PIECES).contains(&asked.quantity));
    let Some(quantity) = quantity else {
        faults.add(n, "quantity", "De 1 à 9\u{202f}999 pièces.", "From 1 to 9,999 pieces.");
        return None;
    };
    let Some((unit_price_cents, vat_rate_bp)) = model::priced(asked, at) else {
        faults.add(n, "unit_price_cents", "Le prix a changé.", "The price has changed.");
        return None;
    };
    let Offer { product, sku, name, .. } = asked.offer.clone();
    let total_cents = unit_price_cents.checked_mul(asked.quantity)?;
    let line = ReceiptLine {
        product_id: product,
        sku,
        name,
        quantity,
        unit_price_cents,
        vat_rate_bp,
        total_cents,
        restock: false,
        of_line: None,
    };
    Some(line)
}

/// A line of a return: what was paid for it.
fn came_back(paid: &ReceiptLine, asked: &Back) -> Option<ReceiptLine> {
    let total_cents = paid.unit_price_cents.checked_mul(asked.quantity)?;
    let (quantity, of_line) = (u32::try_from(asked.quantity).ok()?, Some(asked.line));
    Some(ReceiptLine { quantity, total_cents, restock: asked.restock, of_line, ..paid.clone() })
}

/// Writes the receipt and its event.
fn finish(mut change: Change, act: &Act, d: Decided) -> Result<(Batch, Record)> {
    let session_id = change.till.session.ok_or_else(refusal::closed)?;
    let rates = d.lines.iter().map(|line| (line.vat_rate_bp, &line.total_cents));
    let vat = model::taxes(rates).ok_or_else(refusal::too_much)?;
    let receipt = Receipt {
        shop: change.till.shop.clone(),
        till: change.till.code.clone(),
        number: change.till.head(Chain::Receipt).0 + 1,
        sale_id: d.id,
        kind: d.kind,
        session_id,
        cashier: act.by,
        at: d.at,
        recorded_at: act.now,
        returns: d.returns,
        lines: d.lines,
        vat,
        total_cents: d.total_cents,
        given: d.given,
        tenders: d.tenders,
        change_cents: d.change_cents,
    };
    let kind = kind_word(receipt.kind);
    let head = New {
        chain: Chain::Receipt,
        id: d.id,
        kind,
        about: Some(session_id),
        at: receipt.at,
        total_cents: receipt.total_cents,
    };
    let record = change.record(head, &receipt)?;
    let said = serde_json::to_value(said(receipt)).map_err(|e| Error::internal(e.to_string()))?;
    Ok((change.finish(act, SALE_RECORDED, said), record))
}

/// `sale` or `return`.
pub(crate) fn kind_word(kind: SaleKind) -> &'static str {
    match kind {
        SaleKind::Sale => "sale",
        SaleKind::Return => "return",
    }
}

/// A receipt in the words of the contract.
fn said(r: Receipt) -> SaleRecorded {
    let line = |line: ReceiptLine| SaleLine {
        product_id: line.product_id,
        quantity: line.quantity,
        unit_price_cents: line.unit_price_cents,
        vat_rate_bp: line.vat_rate_bp,
        total_cents: line.total_cents,
        restock: line.restock,
    };
    SaleRecorded {
        sale_id: r.sale_id,
        kind: r.kind,
        shop: r.shop,
        till: r.till,
        receipt: r.number,
        lines: r.lines.into_iter().map(line).collect(),
        total_cents: r.total_cents,
        tenders: r.tenders,
        returns: r.returns,
        at: r.at,
    }
}
