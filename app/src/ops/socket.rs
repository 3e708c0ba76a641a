//! The admin socket in the data folder: one JSON line asks, JSON lines answer. Only the folder's owner can reach it.

use super::{Command, Say, Voice, run};
use crate::system::System;
use anyhow::{Context, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// Bytes of a question, at most: a module's declaration is the largest.
const QUESTION: u64 = 16 << 20;
/// Bytes that the address of a socket may have (sun_path, with its end).
const ADDRESS: usize = 107;

/// The socket's path.
fn path(folder: &Path) -> PathBuf {
    folder.join("admin.sock")
}

/// A path short enough for an address: through an open handle on its folder when the folder's own is too long.
struct Address {
    path: PathBuf,
    _folder: Option<std::fs::File>,
}

fn address(folder: &Path) -> Result<Address> {
    use std::os::fd::AsRawFd;
    let path = path(folder);
    if path.as_os_str().len() < ADDRESS {
        return Ok(Address { path, _folder: None });
    }
    let handle = std::fs::File::open(folder)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/admin.sock", handle.as_raw_fd()));
    Ok(Address { path, _folder: Some(handle) })
}

/// Answers commands until told to stop. Commands under way when the system stops are ended with it.
///
/// # Errors
/// When the socket cannot be made.
pub async fn serve(system: Arc<System>, mut stop: watch::Receiver<bool>) -> Result<()> {
    let folder = system.folder.path().to_owned();
    // The lock is ours, so a socket that is there belongs to nobody.
    let _ = std::fs::remove_file(path(&folder));
    let address = address(&folder)?;
    let listener = UnixListener::bind(&address.path).context("the admin socket")?;
    std::fs::set_permissions(path(&folder), std::fs::Permissions::from_mode(0o600))?;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let system = system.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(&system, stream).await {
                        tracing::debug!(%error, "an operator's connection ended");
                    }
                });
            }
            _ = stop.wait_for(|stop| *stop) => {
                let _ = std::fs::remove_file(path(&folder));
                return Ok(());
            }
        }
    }
}

async fn answer(system: &Arc<System>, stream: UnixStream) -> Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(QUESTION)).read_line(&mut line).await?;
    let command: Command = serde_json::from_str(&line).context("not a command")?;
    let (voice, mut listener) = Voice::new();
    let system = system.clone();
    tokio::spawn(async move { run(&system, command, voice).await });
    while let Some(say) = listener.recv().await {
        let mut line = serde_json::to_vec(&say)?;
        line.push(b'\n');
        write.write_all(&line).await?;
    }
    Ok(())
}

/// Asks whoever serves a folder; `None` when nobody does.
///
/// # Errors
/// When the connection breaks before it was asked.
pub async fn ask(folder: &Path, command: &Command) -> Result<Option<tokio::sync::mpsc::Receiver<Say>>> {
    let Ok(address) = address(folder) else { return Ok(None) };
    let Ok(stream) = UnixStream::connect(&address.path).await else { return Ok(None) };
    let (read, mut write) = stream.into_split();
    let mut question = serde_json::to_vec(command)?;
    question.push(b'\n');
    write.write_all(&question).await?;
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    tokio::spawn(async move {
        // Half-closing would end the answer with some servers; the writer lives as long as the reader.
        let _write = write;
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let Ok(say) = serde_json::from_str(&line) else { break };
            if sender.send(say).await.is_err() {
                break;
            }
        }
    });
    Ok(Some(receiver))
}
