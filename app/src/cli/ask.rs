//! Asking whoever serves the data folder; when nobody does, serving it for one command.

use super::print::{self, Printer};
use crate::config::Config;
use crate::ops::{Command, Say, Voice, run, socket};
use crate::system::System;
use anyhow::{Result, bail};
use std::sync::Arc;

/// Runs a command and prints its answer; `false` when the answer is that something does not hold.
pub(super) async fn ask(config: Config, command: Command, json: bool) -> Result<bool> {
    let mut printer = Printer::new(&command, json);
    if let Some(mut answers) = socket::ask(&config.data, &command).await? {
        while let Some(say) = answers.recv().await {
            if let Some(holds) = printer.hear(say)? {
                return Ok(holds);
            }
        }
        bail!("whoever serves {} ended before the answer did", config.data.display());
    }
    if crate::system::read_manifest(&config.data)?.is_none() {
        bail!(
            "there is no Archipel in {}: start one with `archipel up`, or name its folder with --data",
            config.data.display()
        );
    }
    let system = Arc::new(System::boot(config, &|text| print::progress(text)).await?);
    let (voice, mut listener) = Voice::new();
    let task = {
        let system = system.clone();
        tokio::spawn(async move { run(&system, command, voice).await })
    };
    let mut outcome = None;
    while let Some(say) = listener.recv().await {
        outcome = printer.hear(say).transpose();
        if outcome.is_some() {
            break;
        }
    }
    task.await?;
    system.close().await;
    outcome.unwrap_or_else(|| bail!("the command ended without an answer"))
}

impl Printer {
    /// Prints what is said; the outcome when it is the end.
    fn hear(&mut self, say: Say) -> Result<Option<bool>> {
        match say {
            Say::Progress(text) => print::progress(&text),
            Say::Row(row) => self.row(&row),
            Say::Done(answer) => return Ok(Some(self.done(&answer))),
            Say::Failed { code, message } => bail!("{message} ({code})"),
        }
        Ok(None)
    }
}
