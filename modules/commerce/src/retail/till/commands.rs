//! Opening, selling, taking back, copying, closing: each reads, decides, and gives one Batch whose first write moves the
//! till's row on from the version that was read. Two of them at once at one till meet there, and the second decides
//! again; within a process they queue before it, so that this seldom happens.

use super::change::{Act, Change, New};
use super::model::{self, MOST_CENTS};
use super::record::{Chain, Closing, Given, Receipt, Record};
use super::sql::{self, Session, Till};
use super::totals::Totals;
use super::{Tills, events, refusal};
use db::{Batch, DbError, DbResult};
use kernel::{Error, Result, Timestamp, Uuid};
use serde_json::json;
use std::sync::{Arc, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// How often a command that met another one is decided again.
const TRIES: usize = 12;
/// Records read at once.
const PAGE: u32 = 500;

/// A line that somebody wants: by identifier, or by number or bar code.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) product: Option<Uuid>,
    pub(crate) code: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) seen_cents: Option<i64>,
}

/// A sale as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sale {
    /// Chosen by the till, so that a sale that is sent twice is recorded once.
    pub(crate) id: Uuid,
    pub(crate) lines: Vec<Wanted>,
    pub(crate) given: Vec<Given>,
    /// When, by the till's clock.
    pub(crate) at: Option<Timestamp>,
}

/// A part of a line that comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Back {
    pub(crate) line: u32,
    pub(crate) quantity: i64,
    pub(crate) restock: bool,
}

/// A return as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Return {
    /// Chosen by the till.
    pub(crate) id: Uuid,
    /// The sale that it takes back.
    pub(crate) sale: Uuid,
    pub(crate) lines: Vec<Back>,
    pub(crate) given: Vec<Given>,
}

/// Everything that can be asked of a till. Who may ask was checked before.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Begins a session with a float.
    Open { float_cents: i64 },
    /// Records a sale.
    Sell(Sale),
    /// Takes goods back.
    TakeBack(Return),
    /// Prints a receipt once more.
    Copy { sale: Uuid },
    /// Ends the session, with what is in the drawer.
    Close { counted_cents: i64 },
}

/// What a command came to.
pub(crate) enum Outcome<T> {
    /// It was committed.
    Committed(T),
    /// It had been recorded before.
    Known(Box<Record>),
}

impl Tills {
    /// Waits for one's turn at a till.
    async fn turn(&self, shop: &str, till: &str) -> OwnedMutexGuard<()> {
        let place = (shop.to_owned(), till.to_owned());
        let queue: Arc<tokio::sync::Mutex<()>> =
            self.queues.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default().clone();
        queue.lock_owned().await
    }

    /// Decides and commits; `commit` gets the Batch and the record that it writes, and may add an idempotency key.
    pub(crate) async fn execute<T, F>(
        &self,
        act: &Act,
        (shop, code): (&str, &str),
        command: &Command,
        commit: impl Fn(Batch, Record) -> F,
    ) -> Result<Outcome<T>>
    where
        F: Future<Output = DbResult<T>>,
    {
        // A till that does not exist gets no queue.
        self.till(shop, code).await?;
        let _turn = self.turn(shop, code).await;
        for _ in 0..TRIES {
            if let Some(known) = self.known(command).await? {
                refusal::same(&known, shop, code, command)?;
                return Ok(Outcome::Known(Box::new(known)));
            }
            let till = self.till(shop, code).await?;
            let (batch, record) = match command {
                Command::Open { float_cents } => open(act, &till, *float_cents)?,
                Command::Sell(sale) => self.sell(act, &till, sale).await?,
                Command::TakeBack(back) => self.take_back(act, &till, back).await?,
                Command::Copy { sale } => self.copy(act, &till, *sale).await?,
                Command::Close { counted_cents } => self.close(act, &till, *counted_cents).await?,
            };
            match commit(batch, record).await {
                Err(error) if error.is_conflict() || matches!(error, DbError::Constraint(_)) => {}
                other => return Ok(Outcome::Committed(other?)),
            }
        }
        Err(Error::conflict(format!("{TRIES} others were faster")))
    }

    /// Decides and commits, for pages and programs of the house. Answers the record.
    pub(crate) async fn run(&self, act: &Act, place: (&str, &str), command: &Command) -> Result<Record> {
        let commit = |batch, record: Record| async move { self.db.write(batch).await.map(|_| record) };
        Ok(match self.execute(act, place, command, commit).await? {
            Outcome::Committed(record) => record,
            Outcome::Known(record) => *record,
        })
    }

    /// The receipt that a command has made before.
    async fn known(&self, command: &Command) -> Result<Option<Record>> {
        match command {
            Command::Sell(Sale { id, .. }) | Command::TakeBack(Return { id, .. }) => self.receipt(*id).await,
            Command::Open { .. } | Command::Copy { .. } | Command::Close { .. } => Ok(None),
        }
    }

    async fn copy(&self, act: &Act, till: &Till, sale: Uuid) -> Result<(Batch, Record)> {
        let receipt = self.receipt(sale).await?.ok_or_else(Error::not_found)?;
        if (receipt.shop.as_str(), receipt.till.as_str()) != (till.shop.as_str(), till.code.as_str()) {
            return Err(Error::not_found());
        }
        let rows = self.db.query(&sql::COPIES, db::params![sale]).await?;
        let before = rows.first().map(|row| row.count(0)).transpose()?.unwrap_or(0);
        let mut change = Change::of(till, act);
        let record = change.note(act, "copied", Some(sale), Some(before + 1))?;
        let data = json!({ "shop": till.shop, "till": till.code, "what": "copied" });
        Ok((change.finish(act, events::TILL_NOTED, data), record))
    }

    async fn close(&self, act: &Act, till: &Till, counted_cents: i64) -> Result<(Batch, Record)> {
        check_drawer("/counted_cents", counted_cents)?;
        let session = self.session(till.session.ok_or_else(refusal::closed)?).await?;
        let totals = self.totals(session.id).await?;
        let mut change = Change::of(till, act);
        let expected_cents = totals.drawer(session.float_cents);
        let net_cents = totals.net_cents();
        let closing = Closing {
            shop: till.shop.clone(),
            till: till.code.clone(),
            number: till.head(Chain::Closing).0 + 1,
            session_id: session.id,
            opened_by: session.opened_by,
            closed_by: act.by,
            opened_at: session.opened_at,
            closed_at: act.now,
            totals,
            float_cents: session.float_cents,
            expected_cents,
            counted_cents,
            difference_cents: counted_cents - expected_cents,
            sold_ever_cents: till.sold_cents,
            returned_ever_cents: till.returned_cents,
            receipt_hash: till.head(Chain::Receipt).1.clone(),
        };
        let head = New {
            chain: Chain::Closing,
            id: session.id,
            kind: "closing",
            about: Some(session.id),
            at: act.now,
            total_cents: closing.totals.sold_cents,
        };
        let record = change.record(head, &closing)?;
        change.note(act, "closed", Some(session.id), None)?;
        change.till.session = None;
        change.batch.expect_one(&sql::CLOSE_SESSION, db::params![session.id, act.now, record.number]);
        let closed = Session { closed_at: Some(act.now), ..session };
        change.tell_session(&closed, Some(record.number));
        let data = json!({
            "shop": till.shop, "till": till.code, "session_id": closed.id, "closing": record.number,
            "hash": record.hash, "net_cents": net_cents,
        });
        Ok((change.finish(act, events::TILL_CLOSED, data), record))
    }

    /// What the receipts of a session come to.
    pub(crate) async fn totals(&self, session: Uuid) -> Result<Totals> {
        let (mut totals, mut after) = (Totals::default(), 0);
        loop {
            let params = db::params![session, Chain::Receipt.word(), after, PAGE];
            let rows = self.db.query(&sql::RECORDS_ABOUT, params).await?;
            let page = rows.iter().map(sql::record).collect::<DbResult<Vec<_>>>()?;
            for record in &page {
                totals.add(&record.read::<Receipt>()?);
                after = record.number;
            }
            if page.len() < PAGE as usize {
                return Ok(totals);
            }
        }
    }
}

/// Begins a session.
fn open(act: &Act, till: &Till, float_cents: i64) -> Result<(Batch, Record)> {
    check_drawer("/float_cents", float_cents)?;
    if till.session.is_some() {
        return Err(refusal::open());
    }
    let mut change = Change::of(till, act);
    let (shop, code) = (till.shop.clone(), till.code.clone());
    let session = Session {
        id: act.clock.new_id(),
        shop: shop.clone(),
        till: code.clone(),
        opened_by: act.by,
        float_cents,
        opened_at: act.now,
        closed_at: None,
    };
    change.till.session = Some(session.id);
    let params = db::params![session.id, &shop, &code, act.by, float_cents, act.now];
    change.batch.expect_one(&sql::ADD_SESSION, params);
    change.tell_session(&session, None);
    let record = change.note(act, "opened", Some(session.id), None)?;
    let data = json!({ "shop": shop, "till": code, "session_id": session.id, "float_cents": float_cents });
    Ok((change.finish(act, events::TILL_OPENED, data), record))
}

fn check_drawer(field: &str, cents: i64) -> Result<()> {
    if (0..=MOST_CENTS).contains(&cents) {
        return Ok(());
    }
    Err(refusal::wrong(field, "De 0 à 10 millions d’euros.", "From 0 to 10 million euros."))
}

/// The moment that a till claims for a sale: not in the future, and not so long ago that nobody would have waited.
pub(crate) fn moment(claimed: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    let Some(at) = claimed else { return Ok(now) };
    if at < now.plus_seconds(-model::LATE_S) || at > now.plus_seconds(300) {
        let fr = "L’heure de la vente est à moins de sept jours, et pas à venir.";
        let en = "The time of the sale is less than seven days ago, and not to come.";
        return Err(refusal::wrong("/at", fr, en));
    }
    Ok(at.min(now))
}
