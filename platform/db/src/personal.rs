//! Members of events that speak of a person, sealed under that person's key before they are hashed. Erasing the key
//! erases the person from the log, its copies and its backups; the chain still verifies.

use crate::engine::Query;
use crate::vault::Key;
use crate::{Batch, Db, DbError, DbResult, Event, NewEvent, platform};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Cause, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The member that takes the place of a sealed one.
const SEALED: &str = "$sealed";
/// What a reader finds where a person was erased.
const ERASED: &str = "$erased";
/// Keys kept in memory per database; beyond it the cache starts anew.
const KEPT: usize = 10_000;

/// The keys of persons in one database. `None` is a person who was erased.
#[derive(Debug)]
pub(crate) struct Subjects {
    key: Key,
    known: Mutex<HashMap<Uuid, Option<Key>>>,
}

impl Subjects {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, known: Mutex::new(HashMap::new()) }
    }

    fn remember(&self, subject: Uuid, key: Option<Key>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(subject, key);
    }

    fn recall(&self, subject: Uuid) -> Option<Option<Key>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&subject).cloned()
    }
}

fn place(event: Uuid, pointer: &str) -> String {
    format!("event {event} {pointer}")
}

impl Db {
    /// Seals what the events of a Batch declare personal, making keys for persons who have none yet.
    pub(crate) async fn seal_events(&self, batch: &mut Batch) -> DbResult<()> {
        let (at, cause) = (batch.at, batch.cause.clone());
        for event in &mut batch.events {
            for personal in std::mem::take(&mut event.personal) {
                let Some(member) = event.data.pointer_mut(&personal.pointer).filter(|m| !m.is_null()) else {
                    continue;
                };
                let Some(key) = self.subject_key(personal.subject, at, &cause).await? else {
                    return Err(DbError::Constraint(format!(
                        "{} was erased and takes no new data",
                        personal.subject
                    )));
                };
                let plain = serde_json::to_vec(member).map_err(|e| DbError::internal(e.to_string()))?;
                let sealed = key.seal(&place(event.id, &personal.pointer), &plain)?;
                *member = json!({ SEALED: STANDARD.encode(sealed), "by": personal.subject, "at": personal.pointer });
            }
        }
        Ok(())
    }

    /// The key of a person, made on first use; `None` when the person was erased.
    async fn subject_key(&self, subject: Uuid, at: Timestamp, cause: &Cause) -> DbResult<Option<Key>> {
        loop {
            if let Some(found) = self.find_subject_key(subject).await? {
                return Ok(found);
            }
            let sealed = self.subjects().key.seal(&format!("subject {subject}"), Key::random()?.bytes())?;
            let mut batch = Batch::new(at, cause.clone());
            batch.write(&platform::ADD_SUBJECT_KEY, crate::params![subject, sealed, at]);
            self.write_platform(batch).await?;
        }
    }

    /// `None`: no key yet; `Some(None)`: erased.
    async fn find_subject_key(&self, subject: Uuid) -> DbResult<Option<Option<Key>>> {
        if let Some(found) = self.subjects().recall(subject) {
            return Ok(Some(found));
        }
        let query = Query { statement: platform::SUBJECT_KEY.clone(), params: crate::params![subject] };
        let Some(row) = self.read_platform(query).await?.into_iter().next() else { return Ok(None) };
        let key = if row.opt_instant(1)?.is_some() {
            None
        } else {
            let plain = self.subjects().key.open(&format!("subject {subject}"), &row.bytes(0)?)?;
            Some(Key::from_bytes(&plain)?)
        };
        self.subjects().remember(subject, key.clone());
        Ok(Some(key))
    }

    /// The data of an event with its personal members opened; those of erased persons read `{"$erased": true}`.
    ///
    /// # Errors
    /// When the stored data is damaged, or sealed under another key.
    pub async fn data(&self, event: &Event) -> DbResult<Json> {
        let mut data = event.json()?;
        let mut sealed = Vec::new();
        find_sealed(&data, &mut String::new(), &mut sealed);
        for (pointer, subject, place_pointer, text) in sealed {
            let opened = match self.find_subject_key(subject).await?.flatten() {
                None => json!({ ERASED: true }),
                Some(key) => {
                    let bytes = STANDARD.decode(text).map_err(|e| DbError::Unfit(e.to_string()))?;
                    let plain = key.open(&place(event.id, &place_pointer), &bytes)?;
                    serde_json::from_slice(&plain).map_err(|e| DbError::Unfit(e.to_string()))?
                }
            };
            if let Some(member) = data.pointer_mut(&pointer) {
                *member = opened;
            }
        }
        Ok(data)
    }

    /// Erases a person from this log, for ever: their key is destroyed.
    ///
    /// # Errors
    /// When the database does not take the write.
    pub async fn erase_subject(&self, subject: Uuid, at: Timestamp, cause: Cause) -> DbResult<()> {
        let event = NewEvent::new(
            at.new_id(),
            "subject.erased",
            format!("subject/{subject}"),
            json!({ "subject": subject }),
        );
        let mut batch = Batch::new(at, cause);
        batch.write(&platform::ERASE_SUBJECT_KEY, crate::params![subject, at]).event(event);
        self.write_platform(batch).await?;
        self.subjects().remember(subject, None);
        Ok(())
    }
}

/// Collects sealed members as (pointer here, subject, pointer at sealing, text).
fn find_sealed(data: &Json, pointer: &mut String, found: &mut Vec<(String, Uuid, String, String)>) {
    let length = pointer.len();
    match data {
        Json::Object(members) => {
            if let (Some(Json::String(text)), Some(Json::String(by)), Some(Json::String(at))) =
                (members.get(SEALED), members.get("by"), members.get("at"))
                && let Ok(subject) = Uuid::parse_str(by)
            {
                return found.push((pointer.clone(), subject, at.clone(), text.clone()));
            }
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                find_sealed(member, pointer, found);
                pointer.truncate(length);
            }
        }
        Json::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{n}"));
                find_sealed(item, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
