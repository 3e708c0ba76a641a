//! The node that all tests share: one that the first test starts and that outlives the last test process by a while.

use super::{Node, VirtualHost};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Seconds for which the node waits for the next test process: it takes as long to start.
const GRACE_S: u32 = 15;

/// Ports of AMQP and HTTP, and the lock that keeps the node alive while this process lives.
static SHARED: Mutex<Option<(u16, u16, File)>> = Mutex::new(None);

/// A virtual host of its own on the shared node, deleted with the value.
///
/// # Errors
/// When there is no node to be had.
pub fn virtual_host(name: &str) -> io::Result<VirtualHost> {
    let (amqp, http) = {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.is_none() {
            *shared = Some(join_or_start()?);
        }
        shared.as_ref().map(|(amqp, http, _)| (*amqp, *http)).unwrap_or_default()
    };
    VirtualHost::make(amqp, http, name)
}

/// One process at a time looks for a living node, or starts it.
fn join_or_start() -> io::Result<(u16, u16, File)> {
    let uid = fs::metadata("/proc/self")?.uid();
    let meeting_place = PathBuf::from(format!("/tmp/archipel-testkit-{uid}"));
    match fs::DirBuilder::new().mode(0o700).create(&meeting_place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if fs::symlink_metadata(&meeting_place)?.uid() != uid {
        return Err(io::Error::other(format!("{} belongs to somebody else", meeting_place.display())));
    }
    let turn = File::create(meeting_place.join("rabbitmq.lock"))?;
    turn.lock()?;
    let pointer = meeting_place.join("rabbitmq");
    if let Some(joined) = join(&pointer) {
        return Ok(joined);
    }
    let node = Node::with_grace(GRACE_S)?;
    let ports = node.ports();
    let (dir, lock) = node.share()?;
    fs::write(&pointer, format!("{}\n{}\n{}\n", dir.display(), ports.amqp, ports.http))?;
    Ok((ports.amqp, ports.http, lock))
}

/// The node that another process started, unless its watcher is already ending it.
fn join(pointer: &Path) -> Option<(u16, u16, File)> {
    let text = fs::read_to_string(pointer).ok()?;
    let mut lines = text.lines();
    let dir = PathBuf::from(lines.next()?);
    let (amqp, http) = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    let lock = File::open(dir.join("alive")).ok()?;
    lock.try_lock_shared().ok()?;
    super::host::answers(http).then_some((amqp, http, lock))
}
