//! `archipel events`.

use crate::ops::Command;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use flow::Selection;
use kernel::{DatabaseId, Timestamp};
use system::events::Wanted;

/// What is done with the event store.
#[derive(Subcommand)]
pub(super) enum Events {
    /// The months: how many events each holds, and whether they are at hand
    #[command(after_help = "Examples:\n  archipel events partitions\n  archipel events partitions --json")]
    Partitions,
    /// Move a month that is over into a file of the data folder
    #[command(after_help = "Examples:\n  archipel events archive 2026-08")]
    Archive {
        /// The month: 2026-08
        month: String,
    },
    /// Read an archived month back
    #[command(after_help = "Examples:\n  archipel events thaw 2026-08")]
    Thaw {
        /// The month: 2026-08
        month: String,
    },
    /// Print events as lines of JSON, oldest first
    #[command(
        after_help = "Examples:\n  archipel events export > events.ndjson\n  archipel events export --type payment. --from 2026-11-01 --to 2026-12-01\n  archipel events export --stream transaction/0193… | jq .data"
    )]
    Export(Export),
    /// Hand a part of the events to a consumer again, log after log, oldest first
    ///
    /// Its checkpoint stays where it is. What it has done already it does not do twice; what it cannot apply becomes a
    /// dead letter. A projection is rebuilt instead: archipel db rebuild
    #[command(
        after_help = "Examples:\n  archipel events replay --to transaction.placed --stream order/0193…\n  archipel events replay --to inventory.tills --of retail --from 2026-11-01 --until 2026-12-01\n  archipel events replay --to payment.saga --type transaction. --json"
    )]
    Replay(Replay),
}

/// To whom, and which events.
#[derive(Args)]
pub(super) struct Replay {
    /// The consumer that gets them
    #[arg(long, value_name = "CONSUMER")]
    to: String,
    /// Of this database's log only
    #[arg(id = "of", long = "of", value_name = "DATABASE")]
    database: Option<DatabaseId>,
    /// Of this type, or of types that begin so where it ends with a dot
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Of this stream only
    #[arg(long)]
    stream: Option<String>,
    /// Not before this day or instant (UTC, RFC 3339)
    #[arg(long)]
    from: Option<String>,
    /// Before this day or instant
    #[arg(long)]
    until: Option<String>,
}

/// Which events.
#[derive(Args)]
pub(super) struct Export {
    /// Of this database only
    #[arg(id = "of", long = "of", value_name = "DATABASE")]
    database: Option<String>,
    /// Of this type, or of types that begin so
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Of this stream only
    #[arg(long)]
    stream: Option<String>,
    /// Not before this day or instant (UTC, RFC 3339)
    #[arg(long)]
    from: Option<String>,
    /// Before this day or instant
    #[arg(long)]
    to: Option<String>,
}

fn instant(text: Option<&String>) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let day = format!("{text}T00:00:00Z");
    let read = Timestamp::parse(text).or_else(|| Timestamp::parse(&day));
    read.map(Some)
        .with_context(|| format!("`{text}` is no day and no instant: 2026-11-01 or 2026-11-01T08:00:00Z"))
}

impl Events {
    /// The command for whoever serves the folder.
    pub(super) fn command(self) -> Result<Command> {
        Ok(match self {
            Self::Replay(Replay { to, database, kind, stream, from, until }) => {
                let (from, until) = (instant(from.as_ref())?, instant(until.as_ref())?);
                Command::EventsReplay { to, selection: Selection { database, kind, stream, from, to: until } }
            }
            Self::Partitions => Command::EventsPartitions,
            Self::Archive { month } => Command::EventsArchive { month },
            Self::Thaw { month } => Command::EventsThaw { month },
            Self::Export(Export { database, kind, stream, from, to }) => Command::EventsExport {
                wanted: Wanted {
                    database,
                    kind,
                    stream,
                    from: instant(from.as_ref())?,
                    to: instant(to.as_ref())?,
                    text: None,
                },
            },
        })
    }
}
