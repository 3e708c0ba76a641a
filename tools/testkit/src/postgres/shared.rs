//! The cluster that all tests share: the one that `cargo xtask test` started, or one that the first test starts and
//! that outlives the last test process by a few seconds.

use super::cluster::{Cluster, Options, url};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The folder of the socket, and the lock that keeps the cluster alive while this process lives.
static SHARED: Mutex<Option<(PathBuf, Option<File>)>> = Mutex::new(None);

/// The address of the shared cluster's database `postgres`, as superuser. The cluster is the one whose socket folder
/// is in `ARCHIPEL_TEST_PG`; without it, one is started that all test processes of this user share. It does not
/// flush to the disk: a test that needs that starts its own [`Cluster`].
///
/// # Errors
/// When there is no server to be had.
pub fn shared() -> io::Result<String> {
    Ok(url(&socket_dir()?, "postgres"))
}

pub(super) fn socket_dir() -> io::Result<PathBuf> {
    if let Some(dir) = std::env::var_os("ARCHIPEL_TEST_PG").filter(|dir| !dir.is_empty()) {
        return Ok(dir.into());
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((dir, _)) = &*shared {
        return Ok(dir.clone());
    }
    let (dir, lock) = join_or_start()?;
    *shared = Some((dir.clone(), Some(lock)));
    Ok(dir)
}

/// One process at a time looks for a living cluster, or starts it.
fn join_or_start() -> io::Result<(PathBuf, File)> {
    let uid = fs::metadata("/proc/self")?.uid();
    let meeting_place = PathBuf::from(format!("/tmp/archipel-testkit-{uid}"));
    match fs::DirBuilder::new().mode(0o700).create(&meeting_place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if fs::symlink_metadata(&meeting_place)?.uid() != uid {
        return Err(io::Error::other(format!("{} belongs to somebody else", meeting_place.display())));
    }
    let turn = File::create(meeting_place.join("lock"))?;
    turn.lock()?;
    let pointer = meeting_place.join("cluster");
    if let Some(joined) = join(&pointer) {
        return Ok(joined);
    }
    let (dir, lock) = Cluster::start(Options { grace_s: 5, ..Options::default() })?.share()?;
    fs::write(&pointer, dir.display().to_string())?;
    Ok((dir, lock))
}

/// The cluster that another process started, unless its watcher is already ending it.
fn join(pointer: &Path) -> Option<(PathBuf, File)> {
    let dir = PathBuf::from(fs::read_to_string(pointer).ok()?);
    let lock = File::open(dir.join("alive")).ok()?;
    lock.try_lock_shared().ok()?;
    std::os::unix::net::UnixStream::connect(dir.join(".s.PGSQL.5432")).ok()?;
    Some((dir, lock))
}
