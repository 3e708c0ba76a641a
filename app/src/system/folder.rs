//! The data folder: its lock, its master key, and the one file that says where the registry is.

use anyhow::{Context, Result, bail};
use db::databases::Place;
use db::vault::Key;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The version of the folder's layout.
pub const FORMAT: u32 = 1;
/// The file that says what the folder is.
const MANIFEST: &str = "archipel.json";

/// What the folder is: the only thing that is known without a database.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the layout.
    pub format: u32,
    /// The public name of the master key, to tell at once when another is given.
    pub master_key: String,
    /// Where the registry lives.
    pub registry: Place,
    /// The registry's key, wrapped by the master key.
    pub registry_key: String,
    /// The password of the registry's role, sealed under its key; on PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_password: Option<Vec<u8>>,
    /// The sample company is to be made and is not whole yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample_due: bool,
}

/// A data folder that this process serves.
pub struct Folder {
    path: PathBuf,
    /// Held as long as the folder is served.
    _lock: File,
}

impl Folder {
    /// Takes the folder, making it when it is not there.
    ///
    /// # Errors
    /// When another process serves it, or its rights do not allow it.
    pub fn take(path: &Path) -> Result<Self> {
        let rights = |what: &str| {
            format!("{what} {}: check its rights, or choose another folder with --data", path.display())
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| rights("cannot make the folder"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path.join("archipel.lock"))
            .with_context(|| rights("cannot write in"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.canonicalize()?, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another process serves {}: stop it first, or choose another folder with --data",
                    path.display()
                )
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| rights("cannot lock")),
        }
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the folder is; `None` when it is new.
    ///
    /// # Errors
    /// When it is newer than this program, or its file is damaged.
    pub fn manifest(&self) -> Result<Option<Manifest>> {
        read_manifest(&self.path)
    }

    /// Writes what the folder is: to another file first, flushed, then renamed.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_vec_pretty(manifest)?;
        write_whole(&self.path.join(MANIFEST), &text)
    }

    /// Keeps a key that was given as the folder's own.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn keep_key(&self, key: &Key) -> Result<()> {
        write_whole(&self.path.join("master.key"), key.to_text().as_bytes())
    }

    /// The master key: the one given, or the folder's own file, made on first use.
    ///
    /// # Errors
    /// When it is not a key, or its file is missing while the folder needs it.
    pub fn master_key(&self, given: Option<&Zeroizing<String>>, manifest: Option<&Manifest>) -> Result<Key> {
        let file = self.path.join("master.key");
        let key = match given {
            Some(text) => Key::parse(text)?,
            None if file.exists() => Key::parse(&Zeroizing::new(fs::read_to_string(&file)?))
                .with_context(|| format!("{} does not hold a key", file.display()))?,
            None if manifest.is_some() => bail!(
                "the master key is missing: put it back as {}, or give it in ARCHIPEL_MASTER_KEY. Without it the sealed data of this folder cannot be read",
                file.display()
            ),
            None => {
                let key = Key::random()?;
                write_whole(&file, key.to_text().as_bytes())?;
                key
            }
        };
        match manifest {
            Some(manifest) if manifest.master_key != key.id() => bail!(
                "the master key does not fit this data folder: it was sealed under key {}, the one given is {}",
                manifest.master_key,
                key.id()
            ),
            _ => Ok(key),
        }
    }
}

/// Reads what a folder is, without taking it.
///
/// # Errors
/// As [`Folder::manifest`].
pub fn read_manifest(folder: &Path) -> Result<Option<Manifest>> {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let format: serde_json::Value = serde_json::from_str(&text)
        .with_context(|| format!("{} is damaged; restore a backup", path.display()))?;
    match format["format"].as_u64() {
        Some(found) if found > u64::from(FORMAT) => bail!(
            "{} was written by a newer program (format {found}, this one knows {FORMAT}): run the newer program",
            folder.display()
        ),
        _ => Ok(Some(
            serde_json::from_value(format).with_context(|| format!("{} is damaged", path.display()))?,
        )),
    }
}

/// Writes a file whole or not at all, readable by its owner only.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
