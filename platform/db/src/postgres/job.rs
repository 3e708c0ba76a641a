//! A Batch on its way through the writer, with what the caller's own task could compute for it.

use crate::{Batch, DbError, DbResult, Event, Idempotency, Receipt};
use std::hash::BuildHasher;
use tokio::sync::oneshot;

/// A Batch and whoever waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) batch: Batch,
    /// The events as they will be stored, but for position, version and hash.
    pub(super) events: Vec<Event>,
    /// Rows of `state` tables: table, key, deleted.
    pub(super) touched: Vec<(String, String, bool)>,
    answer: Option<oneshot::Sender<DbResult<Receipt>>>,
}

impl Job {
    /// Prepares a Batch for the writer, in the task of its caller.
    pub(super) fn new(batch: Batch) -> DbResult<(Self, oneshot::Receiver<DbResult<Receipt>>)> {
        let touched = batch.touched()?;
        let events: Vec<_> = batch.events.iter().map(|new| Event::from_new(new, &batch, 0, 0)).collect();
        let texts = events.iter().flat_map(|e| [&e.kind, &e.stream, &e.data, &e.actor]);
        let texts = texts.chain([&batch.cause.actor]);
        let kept = batch.idempotency.iter().flat_map(|kept| [&kept.key, &kept.reply]);
        let keys = touched.iter().map(|(_, key, _)| key);
        if texts.chain(kept).chain(keys).any(|text| text.contains('\0')) {
            return Err(DbError::internal(
                "a text of the Batch holds a NUL character, which PostgreSQL cannot keep",
            ));
        }
        let (sender, receiver) = oneshot::channel();
        Ok((Self { batch, events, touched, answer: Some(sender) }, receiver))
    }

    /// Tells the caller, once; a caller that went away does not matter.
    pub(super) fn answer(&mut self, answer: DbResult<Receipt>) {
        if let Some(sender) = self.answer.take() {
            let _ = sender.send(answer);
        }
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answer.is_none()
    }

    /// The idempotency key with its actor.
    pub(super) fn kept(&self) -> Option<(&str, &Idempotency)> {
        self.batch.idempotency.as_ref().map(|kept| (self.batch.cause.actor.as_str(), kept))
    }

    /// By what a group is sorted: the first row, or the first stream. Every process sorts alike, so that two which
    /// write the same rows lock them in the same order.
    pub(super) fn place(&self) -> (&str, &str) {
        match (self.touched.first(), self.events.first()) {
            (Some((table, key, _)), _) => (table, key),
            (None, Some(event)) => ("", &event.stream),
            (None, None) => ("", ""),
        }
    }

    /// What it touches, each as a number: rows of state, streams, its idempotency key. Two things may share a number;
    /// then they count as one.
    pub(super) fn marks(&self, hasher: &impl BuildHasher) -> Vec<u64> {
        let rows = self.touched.iter().map(|(table, key, _)| hasher.hash_one((table, key)));
        let streams = self.events.iter().map(|event| hasher.hash_one(&event.stream));
        let key = self.kept().map(|(actor, kept)| hasher.hash_one((actor, &kept.key)));
        rows.chain(streams).chain(key).collect()
    }

    /// How much work it is, roughly.
    pub(super) fn weight(&self) -> usize {
        1 + self.batch.writes.len() + self.events.len()
    }
}
