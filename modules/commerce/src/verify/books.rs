//! The books of commerce as an auditor reads them: a summary of each module by key.

use db::{Db, DbResult};
use kernel::Uuid;
use std::collections::{BTreeMap, BTreeSet};

/// A transaction.
pub(super) struct Deal {
    pub(super) state: String,
    pub(super) total_cents: i64,
    pub(super) returned_cents: i64,
    pub(super) settled: bool,
    /// The shop that has it.
    pub(super) shop: String,
}

/// How far something has come, and in which shop.
pub(super) struct InShop {
    pub(super) stage: String,
    pub(super) shop: String,
}

/// A payment.
pub(super) struct Paid {
    pub(super) stage: String,
    pub(super) captured_cents: i64,
    pub(super) refunded_cents: i64,
    pub(super) returning_cents: i64,
    pub(super) hand_cents: i64,
}

impl Paid {
    /// Whether the bank is being asked for something.
    pub(super) fn is_underway(&self) -> bool {
        self.returning_cents > 0
            || matches!(self.stage.as_str(), "asked" | "capturing" | "reauthorising" | "voiding")
    }
}

/// A refund by our book.
pub(super) struct GivenBack {
    pub(super) transaction: Uuid,
    pub(super) amount_cents: i64,
    pub(super) state: String,
}

/// What the bank has done under the keys of a transaction.
#[derive(Clone, Default)]
pub(super) struct Banked {
    pub(super) captured_cents: i64,
    pub(super) held_cents: i64,
    /// By the key of the refund.
    pub(super) refunds: BTreeMap<String, i64>,
}

/// All of it.
pub(super) struct Books {
    pub(super) deals: BTreeMap<Uuid, Deal>,
    pub(super) paid: BTreeMap<Uuid, Paid>,
    /// By the key of the refund.
    pub(super) refunds: BTreeMap<String, GivenBack>,
    pub(super) bank: BTreeMap<Uuid, Banked>,
    /// The stage of each order in its shop.
    pub(super) orders: BTreeMap<Uuid, InShop>,
    /// The stage of each promise of stock.
    pub(super) promises: BTreeMap<Uuid, InShop>,
    /// The transactions with an incident that is not closed.
    open: BTreeSet<Uuid>,
    /// Those for which goods left after they were cancelled, whatever has become of it.
    pub(super) goods_left: BTreeSet<Uuid>,
    strange: BTreeSet<String>,
}

/// The transaction of a key of authorisation: `ID`, or `ID/2` when it was authorised again.
fn of_key(key: &str) -> Option<Uuid> {
    key.split('/').next().and_then(|id| id.parse().ok())
}

impl Books {
    pub(super) async fn read(
        transactions: &Db,
        payments: &Db,
        bank: &Db,
        retail: Option<&Db>,
        inventory: Option<&Db>,
    ) -> DbResult<Self> {
        // The bank first, then those who ask it, then those who wait for them: nothing is missing in a later book that
        // an earlier one has, but for what was begun meanwhile.
        let bank = banked(bank).await?;
        let mut books = Self {
            deals: BTreeMap::new(),
            paid: BTreeMap::new(),
            refunds: BTreeMap::new(),
            bank,
            orders: stages(retail, "shop_order").await?,
            promises: stages(inventory, "reservation").await?,
            open: BTreeSet::new(),
            goods_left: BTreeSet::new(),
            strange: BTreeSet::new(),
        };
        books.payments(payments).await?;
        books.transactions(transactions).await?;
        let known = |id: &&Uuid| !books.paid.contains_key(*id);
        books.strange = books.bank.keys().filter(known).map(Uuid::to_string).collect();
        Ok(books)
    }

    async fn payments(&mut self, db: &Db) -> DbResult<()> {
        let amounts = ["captured_cents", "refunded_cents", "returning_cents", "hand_cents"];
        let columns = [&["transaction_id", "stage"], &amounts[..]].concat();
        for row in db.rows_of("payment", &columns).await? {
            let paid = Paid {
                stage: row.text(1)?,
                captured_cents: row.int(2)?,
                refunded_cents: row.int(3)?,
                returning_cents: row.int(4)?,
                hand_cents: row.int(5)?,
            };
            self.paid.insert(row.uuid(0)?, paid);
        }
        let columns = ["id", "transaction_id", "amount_cents", "state"];
        for row in db.rows_of("payment_refund", &columns).await? {
            let back =
                GivenBack { transaction: row.uuid(1)?, amount_cents: row.int(2)?, state: row.text(3)? };
            self.refunds.insert(row.uuid(0)?.to_string(), back);
        }
        Ok(())
    }

    async fn transactions(&mut self, db: &Db) -> DbResult<()> {
        let columns = ["id", "state", "total_cents", "returned_cents", "settled", "shop"];
        for row in db.rows_of("transactions", &columns).await? {
            let deal = Deal {
                state: row.text(1)?,
                total_cents: row.int(2)?,
                returned_cents: row.int(3)?,
                settled: row.bool(4)?,
                shop: row.text(5)?,
            };
            self.deals.insert(row.uuid(0)?, deal);
        }
        for row in db.rows_of("incident", &["transaction_id", "kind", "state"]).await? {
            let id = row.uuid(0)?;
            if row.text(2)? != "resolved" {
                self.open.insert(id);
            }
            if row.text(1)? == "goods_left" {
                self.goods_left.insert(id);
            }
        }
        Ok(())
    }

    /// Whether an incident of a transaction is not closed.
    pub(super) fn is_open(&self, id: Uuid) -> bool {
        self.open.contains(&id)
    }

    /// The keys under which the bank has done something, and no payment knows.
    pub(super) fn strange_keys(&self) -> impl Iterator<Item = &String> {
        self.strange.iter()
    }
}

async fn banked(db: &Db) -> DbResult<BTreeMap<Uuid, Banked>> {
    let mut bank: BTreeMap<Uuid, Banked> = BTreeMap::new();
    for row in db.rows_of("bank_hold", &["authorisation", "amount_cents", "state"]).await? {
        let Some(id) = of_key(&row.text(0)?) else { continue };
        let entry = bank.entry(id).or_default();
        if row.text(2)? == "authorised" {
            entry.held_cents += row.int(1)?;
        }
    }
    for row in db.rows_of("bank_operation", &["authorisation", "kind", "part", "amount_cents"]).await? {
        let Some(id) = of_key(&row.text(0)?) else { continue };
        let entry = bank.entry(id).or_default();
        match row.text(1)?.as_str() {
            "capture" => entry.captured_cents += row.int(3)?,
            "refund" => drop(entry.refunds.insert(row.text(2)?, row.int(3)?)),
            _ => {}
        }
    }
    Ok(bank)
}

async fn stages(db: Option<&Db>, table: &str) -> DbResult<BTreeMap<Uuid, InShop>> {
    let Some(db) = db else { return Ok(BTreeMap::new()) };
    let rows = db.rows_of(table, &["transaction_id", "stage", "shop"]).await?;
    let in_shop = |row: &db::Row| Ok((row.uuid(0)?, InShop { stage: row.text(1)?, shop: row.text(2)? }));
    rows.iter().map(in_shop).collect()
}
