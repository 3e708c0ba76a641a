//! What people do to instances. A command reads, decides in pure code, and gives one Batch with rows, event and timer;
//! whoever called commits it, with an idempotency key where there is one. Two commands that meet on the revision, or on
//! the version of the stream `instance/ID`, which is the same number, decide again a few times.

mod act;
mod create;
mod draft;

use crate::events::{self, Speaker};
use crate::forms::{Act, Forms};
use crate::model::{Change, Instance};
use crate::versions::Pinned;
use crate::{model, rows};
use db::{Batch, DbError, DbResult};
use forms_model::define::Verb;
use forms_model::values::Values;
use kernel::{Error, Result, Timestamp, Uuid};
use std::future::Future;

/// How often a command is decided, at most.
const TRIES: u32 = 4;

/// How far in the past a command is one that is written down afterwards, and how long its due date then waits.
const AFTERWARDS_S: i64 = 60;

/// Answers that come with a command.
#[derive(Clone, PartialEq, Debug)]
pub enum Answers {
    /// All of them: what is not there is not given.
    All(Values),
    /// Some of them: the keys that were sent, and the values of those that are given.
    Some(Vec<String>, Values),
}

impl Answers {
    /// The answers after these came over those before.
    fn over(&self, before: &Values) -> Values {
        match self {
            Self::All(values) => values.clone(),
            Self::Some(keys, values) => {
                let mut merged = before.clone();
                merged.retain(|key, _| !keys.contains(key));
                merged.extend(values.clone());
                merged
            }
        }
    }
}

/// Everything that can be asked of a module of forms.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Begins an instance: a draft, or sent at once.
    Create {
        /// The form's code.
        form: String,
        /// The answers.
        values: Values,
        /// Sent at once.
        submit: bool,
    },
    /// Begins an instance under an id that the page has given it: sent twice, it is there once.
    CreateOnce {
        /// The instance.
        id: Uuid,
        /// The form's code.
        form: String,
        /// The answers.
        values: Values,
        /// Sent at once.
        submit: bool,
    },
    /// Changes the answers of a draft.
    Save {
        /// The instance.
        id: Uuid,
        /// The answers.
        answers: Answers,
        /// The revision that the author read, when they say.
        revision: Option<u64>,
    },
    /// Takes a step of the workflow.
    Act {
        /// The instance.
        id: Uuid,
        /// What to do.
        verb: Verb,
        /// The words with it.
        comment: Option<String>,
        /// Answers that come with a submit.
        answers: Option<Answers>,
        /// The revision that the person read, when they say.
        revision: Option<u64>,
    },
    /// Throws a draft away.
    Delete {
        /// The instance.
        id: Uuid,
        /// The revision that the author read, when they say.
        revision: Option<u64>,
    },
}

/// What a command did.
#[derive(Clone, PartialEq, Debug)]
pub struct Done {
    /// The instance after it; before it, when it is gone.
    pub instance: Instance,
    /// Its answers.
    pub values: Values,
}

/// Whether deciding again can help.
fn again(error: &DbError) -> bool {
    error.is_conflict() || matches!(error, DbError::Constraint(_))
}

impl Forms {
    /// Decides and commits; `commit` gets the Batch and what to tell, and may add an idempotency key.
    ///
    /// # Errors
    /// Not found, forbidden, what the workflow refuses, answers to correct; a conflict when others are always faster.
    pub async fn execute<T, F>(
        &self,
        act: &Act,
        command: &Command,
        commit: impl Fn(Batch, Done) -> F,
    ) -> Result<T>
    where
        F: Future<Output = DbResult<T>>,
    {
        self.publish(act.now).await?;
        let mut tries = 0;
        loop {
            let (batch, done) = Box::pin(self.decide(act, command)).await?;
            tries += 1;
            match commit(batch, done).await {
                Err(error) if again(&error) && tries < TRIES => {
                    if matches!(error, DbError::Constraint(_)) {
                        self.forget_numbers().await;
                    }
                }
                Err(DbError::Constraint(cause)) => return Err(Error::conflict(cause)),
                other => return Ok(other?),
            }
        }
    }

    /// Decides and commits, for pages and programs of the house.
    ///
    /// # Errors
    /// As [`Forms::execute`].
    pub async fn run(&self, act: &Act, command: &Command) -> Result<Done> {
        self.execute(act, command, |batch, done| async move { self.db.write(batch).await.map(|_| done) })
            .await
    }

    async fn decide(&self, act: &Act, command: &Command) -> Result<(Batch, Done)> {
        match command {
            Command::Create { form, values, submit } => {
                self.create(act, act.clock.new_id(), form, values, *submit).await
            }
            Command::CreateOnce { id, form, values, submit } => {
                self.create(act, *id, form, values, *submit).await
            }
            Command::Save { id, answers, revision } => self.save(act, *id, answers, *revision).await,
            Command::Act { id, verb, comment, answers, revision } => {
                let comment = comment.as_deref();
                self.act(act, (*id, *verb), comment, answers.as_ref(), *revision).await
            }
            Command::Delete { id, revision } => self.delete(act, *id, *revision).await,
        }
    }

    /// Adds rows, event and timer of a change to a Batch.
    pub(crate) fn add(&self, batch: &mut Batch, by: String, pinned: &Pinned, change: &Change) -> Result<()> {
        let (form, workflow) = (pinned.form()?, pinned.workflow()?);
        rows::write(&self.sql, batch, change, workflow);
        let values = change.values.as_ref().unwrap_or(&change.old_values);
        let speaker = Speaker {
            module: &self.definition.module.code,
            definition: &self.definition,
            form,
            values,
            level: model::level(workflow, &change.after.state),
            by,
            at: batch.at,
        };
        batch.event(events::of_change(&speaker, change));
        Ok(())
    }

    /// Sets the timer of a due date that came or moved, and cancels that of one that went. What is written down
    /// afterwards, such as an import of last month's requests, is looked at once the rest of it is there.
    fn set_timer(&self, act: &Act, batch: &mut Batch, change: &Change) {
        let present = act.clock.now();
        let earliest = if batch.at < present.plus_seconds(-AFTERWARDS_S) {
            present.plus_seconds(AFTERWARDS_S)
        } else {
            Timestamp(i64::MIN)
        };
        let wanted = |i: &Instance| i.due_at.filter(|_| i.late_at.is_none());
        let (before, after) = (change.before.as_ref().and_then(wanted), wanted(&change.after));
        let id = change.after.id;
        match (before, after) {
            (before, Some(due)) if before != Some(due) => {
                let at = due.max(earliest);
                flow::set_timer(batch, id, crate::due::TIMER, at, serde_json::json!({ "instance": id }));
            }
            (Some(_), None) => flow::cancel_timer(batch, id),
            _ => {}
        }
    }

    /// Refuses a command decided on a revision that has passed, and says what happened since. What the system did by
    /// itself since then is no reason.
    async fn check_revision(&self, instance: &Instance, read: Option<u64>) -> Result<()> {
        let Some(read) = read.filter(|read| *read != instance.revision) else { return Ok(()) };
        let since: Vec<_> = self.history(instance.id).await?.into_iter().filter(|l| l.seq > read).collect();
        let told = u64::try_from(since.len()).unwrap_or(0);
        let only_system = since.iter().all(|line| line.by.is_none());
        if read < instance.revision && only_system && told == instance.revision - read {
            return Ok(());
        }
        let last = since.last();
        let by = last.and_then(|line| line.by).unwrap_or(instance.author);
        Err(Error::conflict(format!("revision {read} was read, {} is there", instance.revision))
            .with_details(
                serde_json::json!({ "state": instance.state, "revision": instance.revision, "by": by,
                "at": instance.updated_at, "verb": last.map_or("save", |line| line.verb.as_str()) }),
            ))
    }
}
