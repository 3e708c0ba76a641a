//! What happened to each transaction in all modules: a projection, for the page that tells it. Nobody decides by it.

use super::sql_journal as sql;
use contracts::commerce::{
    INVENTORY_RESERVED, InventoryReserved, PAYMENT_PROCESSED, PAYMENT_REFUNDED, PaymentProcessed,
    PaymentRefunded,
};
use db::{Db, DbResult, Write};
use flow::{Delivery, Fault, Projector, Sources, ViewTable, active_generation};
use kernel::{ModuleCode, Timestamp, Uuid};

const NAME: &str = "transaction.journal";

pub(super) struct Journal;

/// Something that happened to a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) event: Uuid,
    pub(super) source: String,
    pub(super) position: u64,
    pub(super) kind: String,
    pub(super) cause: Option<Uuid>,
    pub(super) actor: String,
    /// What it changed of what the bank holds, and of what we have taken.
    pub(super) held_cents: i64,
    pub(super) taken_cents: i64,
    /// What it changed of the pieces that can be sold.
    pub(super) pieces: i64,
    /// The stage or reason that goes with it.
    pub(super) note: String,
    pub(super) at: Timestamp,
}

/// Cents held, cents taken, and the note. What payment says of its own details is read for display alone.
fn money(delivery: &Delivery) -> (i64, i64, String) {
    let stage = delivery.data["after"]["stage"].as_str().unwrap_or_default();
    match delivery.event.kind.as_str() {
        PAYMENT_PROCESSED => {
            let said: Option<PaymentProcessed> = serde_json::from_value(delivery.data.clone()).ok();
            (said.map_or(0, |said| said.amount_cents), 0, stage.to_owned())
        }
        PAYMENT_REFUNDED => match serde_json::from_value::<PaymentRefunded>(delivery.data.clone()) {
            Ok(said) if said.kind == "void" => (-said.amount_cents, 0, "void".to_owned()),
            Ok(said) => (0, -said.amount_cents, said.reason.unwrap_or_default()),
            Err(_) => (0, 0, String::new()),
        },
        // The one change of payment's by which held money is ours.
        _ if stage == "captured" && delivery.data["refund"].is_null() => {
            let cents = delivery.data["after"]["captured_cents"].as_i64().unwrap_or(0);
            (-cents, cents, stage.to_owned())
        }
        _ => (0, 0, stage.to_owned()),
    }
}

fn note(delivery: &Delivery) -> String {
    let word = |name: &str| delivery.data[name].as_str().unwrap_or_default().to_owned();
    let state = delivery.data["after"]["state"].as_str().unwrap_or_default().to_owned();
    [word("reason"), word("shop"), word("what"), state]
        .into_iter()
        .find(|w| !w.is_empty())
        .unwrap_or_default()
}

impl Projector for Journal {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "payment", "inventory", "retail", "returns"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        ["transaction.", "payment.", "inventory.reserved", "inventory.unavailable", "inventory.released"]
            .iter()
            .chain(["inventory.rerout", "retail.order.", "returns."].iter())
            .any(|prefix| kind.starts_with(prefix))
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let event = &delivery.event;
        let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse::<Uuid>().ok());
        let Some(id) = id else { return Ok(()) };
        let source = delivery.source.module.as_str();
        let (held, taken, money_note) =
            if source == "payment" { money(delivery) } else { Default::default() };
        let count = |data: &serde_json::Value| {
            let said: Option<InventoryReserved> = serde_json::from_value(data.clone()).ok();
            said.map_or(0, |said| said.lines.iter().map(|line| i64::from(line.quantity)).sum())
        };
        // What comes back is what was set aside; the page adds it up from there.
        let pieces: i64 = if event.kind == INVENTORY_RESERVED { -count(&delivery.data) } else { 0 };
        let note = if source == "payment" { money_note } else { note(delivery) };
        let params = db::params![
            generation,
            event.id,
            id,
            source,
            event.position,
            &event.kind,
            event.causation_id,
            &event.actor,
            held,
            taken,
            pieces,
            note,
            event.at
        ];
        writes.push(Write { statement: sql::ADD_ENTRY.clone(), params, expect: db::Expect::Any });
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        let params = db::params![generation];
        vec![Write { statement: sql::FORGET_ENTRIES.clone(), params, expect: db::Expect::Any }]
    }

    fn tables(&self) -> Vec<ViewTable> {
        let columns = &[
            "event_id",
            "transaction_id",
            "source",
            "position",
            "kind",
            "actor",
            "held_cents",
            "taken_cents",
            "pieces",
            "note",
            "at",
        ];
        vec![ViewTable { name: "journal", columns }]
    }
}

/// What happened to a transaction, in the order of its time.
pub(super) async fn of(db: &Db, transaction: Uuid) -> DbResult<Vec<Entry>> {
    let generation = active_generation(db, NAME).await?;
    let rows = db.query(&sql::ENTRIES, db::params![generation, transaction]).await?;
    let entry = |row: &db::Row| {
        Ok(Entry {
            event: row.uuid(0)?,
            source: row.text(1)?,
            position: row.count(2)?,
            kind: row.text(3)?,
            cause: row.opt_uuid(4)?,
            actor: row.text(5)?,
            held_cents: row.int(6)?,
            taken_cents: row.int(7)?,
            pieces: row.int(8)?,
            note: row.text(9)?,
            at: row.instant(10)?,
        })
    };
    rows.iter().map(entry).collect()
}
