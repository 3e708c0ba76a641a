//! A change at a till as one Batch: the till's row moved on from the version that was read, the records that follow its
//! heads, and the event that accounts for every row.

use super::record::{Chain, Note, Record, seal};
use super::sql::{self, Session, Till};
use db::{Batch, Expected, NewEvent};
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Who acts, and when.
#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) now: Timestamp,
    pub(crate) cause: Cause,
    pub(crate) clock: Arc<dyn Clock>,
    /// The person at the till.
    pub(crate) by: Uuid,
}

impl Act {
    /// What somebody does who is signed in.
    pub(crate) fn of(ctx: &web::Ctx) -> Result<Self> {
        let by = ctx.principal()?.id;
        Ok(Self { now: ctx.now(), cause: ctx.cause(), clock: ctx.edge.clock.clone(), by })
    }
}

/// What the columns beside a new record's content say.
pub(crate) struct New<'a> {
    pub(crate) chain: Chain,
    pub(crate) id: Uuid,
    pub(crate) kind: &'a str,
    pub(crate) about: Option<Uuid>,
    pub(crate) at: Timestamp,
    pub(crate) total_cents: i64,
}

/// A change under way.
pub(crate) struct Change {
    /// The till as it will be.
    pub(crate) till: Till,
    /// The rows.
    pub(crate) batch: Batch,
    /// The rows again, as the event tells them: by table and key.
    after: Map<String, Json>,
}

impl Change {
    /// Of a till as it was read. Its row, the guard, is the first write.
    pub(crate) fn of(before: &Till, act: &Act) -> Self {
        let till = Till { version: before.version + 1, ..before.clone() };
        let mut batch = Batch::new(act.now, act.cause.clone());
        batch.expect_one(&sql::MOVE_TILL, Vec::new());
        Self { till, batch, after: Map::new() }
    }

    /// Tells a row in the event.
    pub(crate) fn tell(&mut self, table: &str, key: String, row: Json) {
        self.after.entry(table).or_insert_with(|| json!({}))[key] = row;
    }

    /// Adds a record at the head of its chain.
    ///
    /// # Errors
    /// Internal, when the content cannot be written as JSON.
    pub(crate) fn record<T: Serialize>(&mut self, head: New<'_>, content: &T) -> Result<Record> {
        let New { chain, id, kind, about, at, total_cents } = head;
        let content = serde_json::to_string(content).map_err(|e| Error::internal(e.to_string()))?;
        let (shop, till) = (self.till.shop.clone(), self.till.code.clone());
        let head = &mut self.till.heads[chain as usize];
        let previous = head.1.clone();
        *head = (head.0 + 1, seal(&previous, &content));
        let (number, hash) = head.clone();
        let kind = kind.to_owned();
        let r =
            Record { shop, till, chain, number, id, kind, about, total_cents, at, content, previous, hash };
        self.batch.expect_one(&sql::ADD_RECORD, sql::record_params(&r));
        let key = format!("{}/{}/{}/{}", r.shop, r.till, r.chain.word(), r.number);
        let row = json!({
            "id": r.id, "kind": r.kind, "about": r.about, "total_cents": r.total_cents, "at": r.at.0,
            "content": r.content, "previous": r.previous, "hash": r.hash,
        });
        self.tell("till_record", key, row);
        Ok(r)
    }

    /// Notes what was done.
    pub(crate) fn note(
        &mut self,
        act: &Act,
        what: &str,
        about: Option<Uuid>,
        copy: Option<u64>,
    ) -> Result<Record> {
        let note = Note {
            shop: self.till.shop.clone(),
            till: self.till.code.clone(),
            number: self.till.head(Chain::Note).0 + 1,
            what: what.to_owned(),
            about,
            by: act.by,
            at: act.now,
            copy,
        };
        let id = act.clock.new_id();
        self.record(New { chain: Chain::Note, id, kind: what, about, at: act.now, total_cents: 0 }, &note)
    }

    /// Tells a session as it now is.
    pub(crate) fn tell_session(&mut self, s: &Session, closing: Option<u64>) {
        let row = json!({
            "shop": s.shop, "till": s.till, "opened_by": s.opened_by, "float_cents": s.float_cents,
            "opened_at": s.opened_at.0, "closed_at": s.closed_at.map(|at| at.0), "closing": closing,
        });
        self.tell("till_session", s.id.to_string(), row);
    }

    /// The whole Batch with its event, whose data is what the contract says and the rows.
    pub(crate) fn finish(mut self, act: &Act, kind: &str, mut data: Json) -> Batch {
        let mut params = sql::till_params(&self.till);
        params.push((self.till.version - 1).into());
        if let Some(guard) = self.batch.writes.first_mut() {
            guard.params = params;
        }
        let (key, row) = till_row(&self.till);
        self.tell("tills", key, row);
        data["after"] = Json::Object(self.after);
        let stream = format!("till/{}/{}", self.till.shop, self.till.code);
        self.batch.event(NewEvent {
            expected: Expected::Version(self.till.version - 1),
            ..NewEvent::new(act.clock.new_id(), kind, stream, data)
        });
        self.batch
    }
}

/// A till's row as an event tells it.
pub(crate) fn till_row(t: &Till) -> (String, Json) {
    let [(receipts, receipt), (closings, closing), (notes, note)] = &t.heads;
    let row = json!({
        "receipts": receipts, "receipt_hash": receipt, "closings": closings, "closing_hash": closing,
        "notes": notes, "note_hash": note, "sold_cents": t.sold_cents, "returned_cents": t.returned_cents,
        "session_id": t.session, "version": t.version,
    });
    (format!("{}/{}", t.shop, t.code), row)
}
