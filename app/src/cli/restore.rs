//! `archipel restore`: a backup into an empty data folder, on the engine that the configuration names.

use super::print;
use crate::config::Config;
use crate::ops::backup::{Copied, FORMAT, MANIFEST, Manifest, measure};
use crate::system::{System, read_manifest};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::Path;
use zeroize::Zeroizing;

/// Restores a backup and says what was restored.
pub(super) async fn restore(mut config: Config, dir: &Path, key: Option<&Path>, json: bool) -> Result<()> {
    let manifest = read(dir)?;
    if read_manifest(&config.data)?.is_some() {
        bail!("{} is in use: restore into a new folder with --data", config.data.display());
    }
    for copied in &manifest.databases {
        print::progress(&format!("checking {}", copied.file));
        check(dir, copied)?;
    }
    if let Some(file) = key {
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        config.master_key = Some(Zeroizing::new(text));
    }
    let kept = config.master_key.is_some() && key.is_some();
    let data = config.data.clone();
    let restored = System::restore(config, dir, &manifest, kept, &|text| print::progress(text)).await?;
    if json {
        print::say(
            &json!({ "data": data, "databases": manifest.databases.len(), "rows": restored }).to_string(),
        );
    } else {
        print::say(&format!("Restored {} databases into {}.", manifest.databases.len(), data.display()));
        print::say("Start it with `archipel up`, then prove it with `archipel verify`.");
    }
    Ok(())
}

fn read(dir: &Path) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} is not a backup: it has no {MANIFEST}", dir.display()))?;
    let manifest: Manifest =
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
    if manifest.format > FORMAT {
        bail!("the backup was made by a newer program (format {}, this one knows {FORMAT})", manifest.format);
    }
    Ok(manifest)
}

fn check(dir: &Path, copied: &Copied) -> Result<()> {
    let path = dir.join(&copied.file);
    let (sha256, _) = measure(&path).with_context(|| format!("reading {}", path.display()))?;
    if sha256 != copied.sha256 {
        bail!("{} was altered since the backup was made: its SHA-256 differs", path.display());
    }
    Ok(())
}
