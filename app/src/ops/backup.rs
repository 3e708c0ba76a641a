//! A backup: every database as one file, at one consistent cut, with a manifest that says what belongs together. The
//! master key is not in it: who has the backup alone cannot read what is sealed.

use super::Voice;
use crate::system::System;
use aws_lc_rs::digest;
use kernel::{DatabaseId, Error, Kind, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::io::Read;
use std::path::Path;

/// The version of a backup's layout.
pub const FORMAT: u32 = 1;
/// The file that says what a backup is.
pub const MANIFEST: &str = "backup.json";

/// What a backup holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the layout.
    pub format: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// The program that made it.
    pub program: String,
    /// The public name of the master key that it was sealed under.
    pub master_key: String,
    /// The registry's key, wrapped by the master key; the registry holds those of the others.
    pub registry_key: String,
    /// The databases.
    pub databases: Vec<Copied>,
    /// The files of archived months of events.
    #[serde(default)]
    pub archives: Vec<Filed>,
}

/// A file of an archived month in a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// Its name.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// The folder of a backup for the files of archived months.
pub const ARCHIVES: &str = "archives";

/// Copies the files of archived months. Whatever is archived in the copied databases has its file here: files are whole
/// before their rows go.
fn copy_archives(from: Option<&std::path::PathBuf>, to: &Path) -> std::io::Result<Vec<Filed>> {
    let Some(from) = from.filter(|from| from.is_dir()) else { return Ok(Vec::new()) };
    let mut filed = Vec::new();
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".gz") {
            std::fs::copy(from.join(&name), to.join(&name))?;
            let (sha256, bytes) = measure(&to.join(&name))?;
            filed.push(Filed { file: name, sha256, bytes });
        }
    }
    Ok(filed)
}

/// Puts the files of archived months into a new data folder.
///
/// # Errors
/// When one is missing, or is not the one that was copied.
pub fn restore_archives(backup: &Path, manifest: &Manifest, to: &Path) -> std::io::Result<()> {
    for filed in &manifest.archives {
        let file = backup.join(ARCHIVES).join(&filed.file);
        let (sha256, _) = measure(&file)?;
        if sha256 != filed.sha256 || filed.file.contains('/') {
            let why = format!("{} is not the file that the backup wrote", file.display());
            return Err(std::io::Error::other(why));
        }
        std::fs::create_dir_all(to)?;
        std::fs::copy(&file, to.join(&filed.file))?;
    }
    Ok(())
}

/// One database of a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// Which one.
    pub database: DatabaseId,
    /// Its file.
    pub file: String,
    /// The last position of its log.
    pub position: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: u64,
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        Kind::Unavailable { retry_after_s: 60 },
        "backup_failed",
        format!("{} : {error}", path.display()),
        format!("{}: {error}", path.display()),
    )
}

/// Hash and size of a file.
///
/// # Errors
/// When it cannot be read.
pub fn measure(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = std::fs::File::open(path)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        context.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    Ok((context.finish().as_ref().iter().map(|b| format!("{b:02x}")).collect(), bytes))
}

/// Copies every database at one consistent cut.
pub(super) async fn backup(system: &System, to: &Path, voice: &Voice) -> Result<Json> {
    if to.exists() {
        return Err(Error::invalid(
            "backup_exists",
            format!("{} existe déjà ; donnez un dossier nouveau.", to.display()),
            format!("{} exists already; give a new folder.", to.display()),
        ));
    }
    let folder = system.folder.manifest().map_err(|e| Error::internal(e.to_string()))?;
    let folder = folder.ok_or_else(|| Error::internal("the data folder has no manifest"))?;
    std::fs::create_dir_all(to).map_err(|e| cannot(to, &e))?;
    // Consumers wait, writes go on: what one database has consumed is in the log of another, whichever is copied first.
    let held = system.flow.hold().await;
    let mut databases = Vec::new();
    for db in system.databases.all() {
        voice.progress(format!("copying {}", db.id())).await;
        let file = format!("{}.sqlite", db.id().slug());
        let path = to.join(&file);
        let position = db.export(&path, system.clock.now()).await?;
        let (sha256, bytes) = measure(&path).map_err(|e| cannot(&path, &e))?;
        databases.push(Copied { database: db.id().clone(), file, position, sha256, bytes });
    }
    drop(held);
    let kept = to.join(ARCHIVES);
    let archives = copy_archives(system.modules.known.archives(), &kept).map_err(|e| cannot(&kept, &e))?;
    let bytes: u64 = databases.iter().map(|d| d.bytes).sum();
    let count = databases.len();
    let manifest = Manifest {
        format: FORMAT,
        made_at: system.clock.now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        master_key: folder.master_key,
        registry_key: folder.registry_key,
        databases,
        archives,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| Error::internal(e.to_string()))?;
    let path = to.join(MANIFEST);
    std::fs::write(&path, text).map_err(|e| cannot(&path, &e))?;
    Ok(json!({
        "backup": to, "databases": count, "bytes": bytes,
        "warning": format!("The master key ({}) is not in this backup. Keep a copy of it elsewhere: without it the sealed data cannot be read.", manifest.master_key),
    }))
}
