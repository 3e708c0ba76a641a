//! What an operator may do, each one function: called by the console's pages, and by the command line through the
//! admin socket or, when nobody serves the folder, directly.

pub mod backup;
mod bus;
pub mod databases;
mod events;
pub mod log;
pub mod modules;
mod people;
pub mod references;
pub(crate) mod replay;
pub mod socket;
mod verify;

pub use databases::DatabaseStatus;
pub use verify::{Report, Verified};

use crate::system::System;
use kernel::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::Arc;
use system::events::Wanted;
use tokio::sync::mpsc;

/// A command of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Every database with its state.
    DbStatus,
    /// Brings every database to its schema's version.
    Migrate,
    /// Proves the promises on live data.
    Verify,
    /// Copies the data folder.
    Backup {
        /// Where to.
        to: PathBuf,
    },
    /// Entries of a log.
    Log {
        /// Which database.
        database: String,
        /// After which position.
        after: u64,
        /// How many, at most, when not following.
        limit: u32,
        /// Whether to go on as the log grows.
        follow: bool,
    },
    /// Adds a module made of declarations.
    ModuleAdd {
        /// The declaration's files, as (path, text).
        files: Vec<(String, String)>,
    },
    /// The months of the event store.
    EventsPartitions,
    /// Moves a month of events into a file.
    EventsArchive {
        /// Which month.
        month: String,
    },
    /// Reads an archived month of events back.
    EventsThaw {
        /// Which month.
        month: String,
    },
    /// Events as lines, oldest first.
    EventsExport {
        /// Which.
        wanted: Wanted,
    },
    /// Hands a part of the events to a consumer again.
    EventsReplay {
        /// To whom.
        to: String,
        /// Which.
        selection: flow::Selection,
    },
    /// Builds a projection anew.
    Rebuild {
        /// The projection's name.
        projection: String,
    },
    /// How far the relay to the broker is.
    BusStatus,
    /// Sends events to the broker again.
    BusRefeed {
        /// From the beginning of every log, not only what a consumer still waits for.
        all: bool,
    },
    /// Adds a person.
    UserAdd(NewUser),
    /// Everybody.
    UserList,
    /// People from a CSV text.
    UserImport {
        /// The text.
        csv: String,
        /// Only says what would be done.
        dry_run: bool,
    },
    /// A new one-time password.
    UserReset {
        /// Whose.
        email: String,
    },
    /// No sign-in any more.
    UserDisable {
        /// Whose.
        email: String,
    },
}

pub use people::NewUser;

/// What a command says on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Say {
    /// What is being done now.
    Progress(String),
    /// A row of the answer.
    Row(Json),
    /// The end of the answer.
    Done(Json),
    /// Why it failed: the code and the sentence.
    Failed {
        /// The stable code.
        code: String,
        /// What happened and what to do.
        message: String,
    },
}

/// Where a command speaks to; a listener that is gone ends the command at its next word.
#[derive(Clone)]
pub struct Voice(mpsc::Sender<Say>);

impl Voice {
    /// A voice and its listener's end.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Say>) {
        let (sender, receiver) = mpsc::channel(64);
        (Self(sender), receiver)
    }

    /// Says what is being done now.
    pub async fn progress(&self, text: impl Into<String>) {
        let _ = self.0.send(Say::Progress(text.into())).await;
    }

    /// Gives a row; `false` when nobody listens any more.
    pub async fn row(&self, row: Json) -> bool {
        self.0.send(Say::Row(row)).await.is_ok()
    }
}

/// Runs a command to its end, and says how it ended.
pub async fn run(system: &Arc<System>, command: Command, voice: Voice) {
    let end = match perform(system, command, &voice).await {
        Ok(answer) => Say::Done(answer),
        Err(error) => {
            tracing::warn!(code = error.code, cause = %error.operator, "a command of the operator failed");
            let message = match error.kind {
                kernel::Kind::Internal | kernel::Kind::Unavailable { .. } => error.operator.clone(),
                _ => error.text(kernel::Lang::En).to_owned(),
            };
            Say::Failed { code: error.code.to_owned(), message }
        }
    };
    let _ = voice.0.send(end).await;
}

async fn perform(system: &Arc<System>, command: Command, voice: &Voice) -> Result<Json> {
    match command {
        Command::DbStatus => databases::status(&databases::Parts::of(system)).await.map(to_json)?,
        Command::Migrate => databases::migrate(system, voice).await,
        Command::Verify => verify::verify(system, voice).await.map(to_json)?,
        Command::Backup { to } => backup::backup(system, &to, voice).await,
        Command::Log { database, after, limit, follow } => {
            log::read(system, &database, after, (!follow).then_some(limit), voice).await
        }
        Command::EventsPartitions => events::months(system).await,
        Command::EventsArchive { month } => events::move_month(system, &month, true, voice).await,
        Command::EventsThaw { month } => events::move_month(system, &month, false, voice).await,
        Command::EventsExport { wanted } => events::export(system, &wanted, voice).await,
        Command::EventsReplay { to, selection } => replay::replay(system, &to, selection, voice).await,
        Command::ModuleAdd { files } => modules::add(system, files, voice).await,
        Command::Rebuild { projection } => databases::rebuild(system, &projection, voice).await,
        Command::BusStatus => bus::status(system, voice).await,
        Command::BusRefeed { all } => bus::refeed(system, all).await,
        Command::UserAdd(new) => people::add(system, new).await,
        Command::UserList => people::list(system).await,
        Command::UserImport { csv, dry_run } => people::import(system, &csv, dry_run).await,
        Command::UserReset { email } => people::reset(system, &email).await,
        Command::UserDisable { email } => people::disable(system, &email).await,
    }
}

fn to_json<T: Serialize>(value: T) -> Result<Json> {
    serde_json::to_value(value).map_err(|e| kernel::Error::internal(e.to_string()))
}
