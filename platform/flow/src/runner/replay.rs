//! Replaying and dropping dead letters: in the order of their stream, never touching a cursor.

use super::Flow;
use super::follower::Follower;
use crate::consumer::{Delivery, Fault};
use crate::dead_letter::DeadLetter;
use crate::machinery::{MACHINERY, UNPARK};
use crate::projection;
use db::{Batch, DbResult, NewEvent};
use kernel::{Cause, Clock, DatabaseId, Error, Result};
use serde_json::json;
use std::sync::Arc;

impl Flow {
    /// Applies the events of a parked stream again, in order, each in one Batch with the end of its letter. Answers
    /// how many were applied; stops at the first that fails again.
    ///
    /// # Errors
    /// When the letter is not known, or the event cannot be applied now either.
    pub async fn replay(&self, letter: &DeadLetter) -> Result<usize> {
        let follower = self.of(letter)?;
        let mut memory = follower.turn.lock().await;
        memory.parked.clear();
        let generation = projection::active_generation(&follower.own, &letter.consumer).await?;
        let letters =
            DeadLetter::of_stream(&follower.own, &letter.consumer, &letter.source, &letter.stream).await?;
        let mut applied = 0;
        for letter in letters {
            let delivery = self.delivery(&letter).await?;
            follower.apply_letter(&letter, delivery, generation, &*self.clock).await?;
            applied += 1;
        }
        drop(memory);
        follower.mark_all();
        Ok(applied)
    }

    /// Tries the event of a letter without writing anything: `None` when it could be applied now, else why not.
    ///
    /// # Errors
    /// When the letter is not known, or a database cannot be read.
    pub async fn try_out(&self, letter: &DeadLetter) -> Result<Option<String>> {
        let follower = self.of(letter)?;
        let generation = projection::active_generation(&follower.own, &letter.consumer).await?;
        let delivery = self.delivery(letter).await?;
        let tried = follower.consumer.handle(&follower.own, generation, &[delivery]).await;
        Ok(tried.err().map(|fault| reason(fault.fault)))
    }

    /// The event of a letter, as its log holds it.
    async fn delivery(&self, letter: &DeadLetter) -> Result<Delivery> {
        let source: DatabaseId =
            letter.source.parse().map_err(|e| Error::internal(format!("dead letter: {e}")))?;
        let source = self.databases.get(&source).ok_or_else(Error::not_found)?;
        let events = source.log_after(letter.position - 1, 1).await?;
        let Some(event) = events.into_iter().next() else { return Err(Error::not_found()) };
        let data = source.data(&event).await?;
        Ok(Delivery { source: source.id().clone(), event, data })
    }

    /// Gives one dead letter up, with a reason that the consumer's log keeps.
    ///
    /// # Errors
    /// When the letter is not known, or its database takes no writes.
    pub async fn drop_letter(&self, letter: &DeadLetter, reason: &str, cause: Cause) -> Result<()> {
        let follower = self.of(letter)?;
        let mut memory = follower.turn.lock().await;
        memory.parked.clear();
        let mut batch = Batch::new(self.clock.now(), cause);
        batch.expect_one(&UNPARK, db::params![letter.id]);
        batch.event(NewEvent::new(
            self.clock.new_id(),
            "dead_letter.dropped",
            format!("dead_letter/{}", letter.id),
            json!({ "letter": letter, "reason": reason }),
        ));
        follower.own.write_with(batch, &MACHINERY).await?;
        Ok(())
    }

    /// The dead letters of every consumer's database, newest first, at most `limit` of each.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub async fn dead_letters(&self, limit: u32) -> DbResult<Vec<DeadLetter>> {
        let mut letters = Vec::new();
        for own in self.owners() {
            letters.extend(DeadLetter::list(&own, limit).await?);
        }
        Ok(letters)
    }

    /// One dead letter, wherever it is.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub async fn dead_letter(&self, id: kernel::Uuid) -> DbResult<Option<DeadLetter>> {
        for own in self.owners() {
            if let Some(letter) = DeadLetter::find(&own, id).await? {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    fn owners(&self) -> Vec<db::Db> {
        let mut owners: Vec<db::Db> = self.all().iter().map(|f| f.own.clone()).collect();
        owners.sort_by(|a, b| a.id().cmp(b.id()));
        owners.dedup_by(|a, b| a.id() == b.id());
        owners
    }

    fn of(&self, letter: &DeadLetter) -> Result<Arc<Follower>> {
        self.named(&letter.consumer).ok_or_else(Error::not_found)
    }
}

impl Follower {
    async fn apply_letter(
        &self,
        letter: &DeadLetter,
        delivery: Delivery,
        generation: u64,
        clock: &dyn Clock,
    ) -> Result<()> {
        let effects = match self.consumer.handle(&self.own, generation, &[delivery]).await {
            Ok(effects) => effects,
            Err(fault) => {
                let why = reason(fault.fault);
                return Err(Error::refused(
                    "still_poison",
                    format!("L’événement à la position {} échoue encore : {why}", letter.position),
                    format!("The event at position {} still fails: {why}", letter.position),
                ));
            }
        };
        let mut batch = Batch::new(clock.now(), self.cause(clock));
        batch.expect_one(&UNPARK, db::params![letter.id]);
        batch.writes.extend(effects.writes);
        batch.events = effects.events;
        self.own.write_with(batch, &MACHINERY).await?;
        Ok(())
    }
}

fn reason(fault: Fault) -> String {
    match fault {
        Fault::Transient(why) => why,
        Fault::Poison { message, .. } => message,
    }
}
