//! Handing a part of the events to a consumer again, by the command line and by the console: the operator's journal has
//! who began it and what came of it.

use super::Voice;
use crate::system::System;
use db::{Batch, Db, NewEvent};
use flow::{Again, Flow, Handed, Selection};
use kernel::{Actor, Cause, Clock, DatabaseId, Error, Result, Uuid};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::sync::watch;

/// A replay that may begin.
pub(crate) struct Replay {
    pub(crate) id: Uuid,
    pub(crate) consumer: String,
    again: Again,
}

impl Replay {
    /// Prepares a replay.
    ///
    /// # Errors
    /// As [`Flow::again`].
    pub(crate) fn new(flow: &Arc<Flow>, id: Uuid, consumer: &str, selection: Selection) -> Result<Self> {
        Ok(Self { id, consumer: consumer.to_owned(), again: flow.again(consumer, selection)? })
    }

    /// What is handed again.
    pub(crate) fn selection(&self) -> &Selection {
        self.again.selection()
    }

    /// What the journal says of its beginning.
    pub(crate) fn begun(&self) -> NewEvent {
        let data = json!({ "replay": self.id, "consumer": self.consumer, "selection": self.selection() });
        NewEvent::new(self.id, "events.replay_begun", stream(self.id), data)
    }

    /// Does it, and tells the journal how it ended.
    ///
    /// # Errors
    /// As [`Again::run`], and when the journal takes no writes.
    pub(crate) async fn run(
        self,
        journal: &Db,
        clock: &dyn Clock,
        cause: Cause,
        tell: impl Fn(&Handed) + Send + Sync,
    ) -> Result<Handed> {
        let Self { id, consumer, again } = self;
        let last = watch::Sender::new(Handed::default());
        let done = again
            .run(|handed| {
                last.send_replace(*handed);
                tell(handed);
            })
            .await;
        let (handed, failed) = (*last.borrow(), done.as_ref().err().map(|error| error.operator.clone()));
        let data = json!({ "replay": id, "consumer": consumer, "outcome": handed, "failed": failed });
        let ended = NewEvent::new(clock.new_id(), "events.replay_ended", stream(id), data);
        let mut batch = Batch::new(clock.now(), Cause { causation_id: Some(id), ..cause });
        batch.event(ended);
        let noted = journal.write(batch).await;
        done?;
        noted?;
        Ok(handed)
    }
}

fn stream(id: Uuid) -> String {
    format!("replay/{id}")
}

/// Hands events to a consumer again, and says how far it is.
pub(super) async fn replay(
    system: &System,
    consumer: &str,
    selection: Selection,
    voice: &Voice,
) -> Result<Json> {
    let clock = &*system.clock;
    let replay = Replay::new(&system.flow, clock.new_id(), consumer, selection)?;
    let id = DatabaseId::main(system::registry::code()?);
    let journal = system.databases.get(&id).ok_or_else(|| Error::internal("the registry has no database"))?;
    let cause = Cause::new(&Actor::system("command line"), clock.new_id());
    let mut batch = Batch::new(clock.now(), cause.clone());
    batch.event(replay.begun());
    journal.write(batch).await?;
    let (id, (sender, mut heard)) = (replay.id, watch::channel(Handed::default()));
    let run = replay.run(&journal, clock, cause, move |handed| {
        sender.send_replace(*handed);
    });
    let speak = async {
        while heard.changed().await.is_ok() {
            let Handed { read, to_read, handed, applied, .. } = *heard.borrow_and_update();
            let far =
                format!("{read} of {to_read} entries read, {handed} events handed over, {applied} applied");
            voice.progress(far).await;
        }
    };
    let (done, ()) = tokio::join!(run, speak);
    let mut answer = super::to_json(done?)?;
    answer["replay"] = json!(id);
    answer["consumer"] = json!(consumer);
    Ok(answer)
}
