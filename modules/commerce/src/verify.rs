//! What commerce promises across its databases, proved on live data: the books of payment, bank, transactions, shops
//! and stock agree by their keys, and what does not is an incident that somebody has open.
//!
//! It reads summaries of each module by key, as an auditor reads the books of several houses. What is on its way is no
//! finding: whoever asks repeats it until the logs are at rest.

mod books;
mod stock;

use books::{Books, Deal, Paid};
use db::{Db, DbResult};
use flow::{DeadLetter, Finding};
use kernel::Uuid;
use std::collections::BTreeMap;

/// Events read at once.
const PAGE: u32 = 1000;
/// Dead letters looked at in one database.
const LETTERS: u32 = 1000;
/// The modules that take part in a transaction: what they cannot apply, somebody must see to. What a view cannot apply
/// is found where views are proved.
const MODULES: [&str; 7] = ["transaction", "payment", "bank", "inventory", "retail", "returns", "ecommerce"];

/// Proves what can be proved across the databases of commerce; nothing where it is not installed.
///
/// # Errors
/// When a database cannot be read.
pub async fn verify(databases: &[Db]) -> DbResult<Vec<Finding>> {
    let named = |code: &str| databases.iter().find(|db| db.id().module.as_str() == code);
    let (Some(transactions), Some(payments), Some(bank)) =
        (named("transaction"), named("payment"), named("bank"))
    else {
        return Ok(Vec::new());
    };
    let books = Books::read(transactions, payments, bank, named("retail"), named("inventory")).await?;
    let mut findings = Vec::new();
    ends(transactions, &books, &mut findings).await?;
    for (id, deal) in &books.deals {
        let place = format!("transaction {id}");
        let wrong = money(&books, *id, deal).into_iter().chain(goods(&books, *id, deal));
        findings.extend(wrong.map(|message| Finding::new(transactions, place.clone(), message)));
    }
    for (id, paid) in &books.paid {
        let place = format!("payment {id}");
        let wrong = two_books(&books, *id, paid);
        findings.extend(wrong.into_iter().map(|message| Finding::new(payments, place.clone(), message)));
    }
    for key in books.strange_keys() {
        let message = "the bank has done something that no payment asked for";
        findings.push(Finding::new(bank, format!("operation {key}"), message));
    }
    if let Some(inventory) = named("inventory") {
        stock::verify(inventory, &mut findings).await?;
    }
    for code in MODULES {
        if let Some(db) = named(code) {
            letters(db, &books, &mut findings).await?;
        }
    }
    Ok(findings)
}

/// Exactly one terminal event for each transaction that is final, and none for the others.
async fn ends(db: &Db, books: &Books, findings: &mut Vec<Finding>) -> DbResult<()> {
    let mut ends: BTreeMap<Uuid, Vec<&'static str>> = BTreeMap::new();
    let (head, _) = db.head().await?;
    let mut position = 0;
    while position < head {
        let page = db.log_after(position, PAGE).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        for event in &page {
            let state = match event.kind.as_str() {
                "transaction.completed" => "completed",
                "transaction.cancelled" => "cancelled",
                _ => continue,
            };
            let id = event.stream.split('/').nth(1).and_then(|id| id.parse().ok());
            ends.entry(id.unwrap_or_default()).or_default().push(state);
        }
    }
    for (id, deal) in &books.deals {
        let said = ends.remove(id).unwrap_or_default();
        let is_final = deal.state == "completed" || deal.state == "cancelled";
        let right = if is_final { said == [deal.state.as_str()] } else { said.is_empty() };
        if !right {
            let message = format!("it is {}, and its log says {said:?}", deal.state);
            findings.push(Finding::new(db, format!("transaction {id}"), message));
        }
    }
    Ok(())
}

/// What was paid for a transaction that has ended is what was delivered.
fn money(books: &Books, id: Uuid, deal: &Deal) -> Option<String> {
    let paid = books.paid.get(&id);
    if books.is_open(id) || paid.is_some_and(Paid::is_underway) {
        return None;
    }
    let net = paid.map_or(0, |p| p.captured_cents - p.refunded_cents + p.hand_cents);
    let due = match deal.state.as_str() {
        "completed" => deal.total_cents - deal.returned_cents,
        "cancelled" if deal.settled => 0,
        _ => return None,
    };
    (net != due).then(|| format!("{net} cents were kept of it, and {due} are due"))
}

/// Goods have left exactly for what was completed; a cancelled one promises nothing any more.
fn goods(books: &Books, id: Uuid, deal: &Deal) -> Option<String> {
    let (order, promise) = (books.orders.get(&id), books.promises.get(&id));
    let left = matches!(order.map(|order| order.stage.as_str()), Some("fulfilled" | "delivered"));
    let stage = promise.map_or("", |promise| &promise.stage);
    let elsewhere = order.into_iter().chain(promise).find(|at| at.shop != deal.shop);
    match deal.state.as_str() {
        "completed" if !books.orders.is_empty() && !left => {
            Some("it is completed, and no shop has handed anything over".into())
        }
        "cancelled" if left && !books.goods_left.contains(&id) => {
            Some("goods have left for it, it is cancelled, and no incident says so".into())
        }
        "completed" if elsewhere.is_some() => {
            let shop = elsewhere.map_or("", |at| &at.shop);
            Some(format!("it is a sale of {}, and {shop} has handed it over", deal.shop))
        }
        "cancelled" | "completed" if matches!(stage, "held" | "reserved") => {
            Some(format!("it is {}, and goods are still {stage} for it", deal.state))
        }
        _ => None,
    }
}

/// Our book and the bank's say the same of a payment, key by key.
fn two_books(books: &Books, id: Uuid, paid: &Paid) -> Vec<String> {
    let mut wrong = Vec::new();
    let bank = books.bank.get(&id).cloned().unwrap_or_default();
    // While the bank is asked it may be ahead of us, never behind.
    if bank.captured_cents != paid.captured_cents && paid.stage != "capturing" {
        wrong.push(format!(
            "captured {} by our book, {} by the bank’s",
            paid.captured_cents, bank.captured_cents
        ));
    }
    for (key, refund) in books.refunds.iter().filter(|(_, refund)| refund.transaction == id) {
        match (refund.state.as_str(), bank.refunds.get(key)) {
            ("done", Some(cents)) if *cents == refund.amount_cents => {}
            ("done", found) => {
                wrong.push(format!(
                    "refund {key} of {} by our book, {found:?} by the bank’s",
                    refund.amount_cents
                ));
            }
            ("manual" | "settled", Some(cents)) => {
                wrong.push(format!("refund {key} is {}, and the bank has given {cents} back", refund.state));
            }
            _ => {}
        }
    }
    for key in bank.refunds.keys().filter(|key| !books.refunds.contains_key(*key)) {
        wrong.push(format!("the bank has given back under {key}, which our book does not have"));
    }
    let over = matches!(paid.stage.as_str(), "failed" | "captured" | "voided" | "settled" | "written_off");
    if over && bank.held_cents > 0 {
        wrong.push(format!("it is {}, and the bank still holds {}", paid.stage, bank.held_cents));
    }
    wrong
}

/// A dead letter is tied to an open incident of its transaction.
async fn letters(db: &Db, books: &Books, findings: &mut Vec<Finding>) -> DbResult<()> {
    for letter in DeadLetter::list(db, LETTERS).await? {
        let id = letter.stream.split('/').nth(1).and_then(|id| id.parse::<Uuid>().ok());
        if !id.is_some_and(|id| books.is_open(id)) {
            let message = format!(
                "{} is not applied by {}, and no incident is open for it: {}",
                letter.kind, letter.consumer, letter.message
            );
            findings.push(Finding::new(db, format!("dead letter {}", letter.id), message));
        }
    }
    Ok(())
}
