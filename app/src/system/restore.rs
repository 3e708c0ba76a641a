//! Putting a backup into a new data folder: the registry first, then every database that it names, each at its place on
//! the engine of today's configuration, under the key that it had.

use super::boot::start as start_databases;
use super::folder::{FORMAT, Folder, Manifest as FolderManifest};
use super::{System, places};
use crate::config::Config;
use crate::modules;
use crate::ops::backup::{Copied, Manifest, restore_archives};
use anyhow::{Context, Result, bail};
use bus::Bus;
use db::databases::{Databases, NewDatabase, Place};
use db::vault::Key;
use db::{Db, Schema, place_file};
use kernel::{Clock, DatabaseId, SystemClock};
use std::path::Path;
use std::sync::Arc;
use system::registry::{self, Registry};

struct Restore<'a> {
    databases: Arc<Databases>,
    backup: &'a Path,
    manifest: &'a Manifest,
}

impl System {
    /// Restores a backup; answers how many rows were written on servers. The folder's own manifest is written last, so
    /// that a restore that was interrupted leaves a folder that nobody takes for whole.
    ///
    /// # Errors
    /// When the master key does not fit, a file is missing, or a place cannot be reached.
    pub async fn restore(
        config: Config,
        backup: &Path,
        manifest: &Manifest,
        keep_key: bool,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<u64> {
        let folder = Folder::take(&config.data)?;
        let master = master(&folder, &config, manifest)?;
        let databases = start_databases(&folder, &config, &Bus::default())?;
        let placement = places::add_servers(&databases, &config).await?;
        let restore = Restore { databases: databases.clone(), backup, manifest };
        progress("registry");
        let id = DatabaseId::main(registry::code()?);
        let key = master.unwrap("key of registry", &manifest.registry_key)?;
        let place = places::place(&config, placement, &databases, &id)?;
        let password = registry::password(&place)?;
        let (db, mut rows) = restore
            .one(&id, Arc::new(registry::schema()?), place.clone(), key.clone(), password.clone())
            .await?;
        let registry = Registry::new(db, master.clone(), Arc::new(SystemClock));
        for row in registry.databases().await? {
            progress(&row.id.to_string());
            let schema = modules::schema_of(&registry, &row.id.module).await?;
            let place = places::place(&config, placement, &databases, &row.id)?;
            let row = registry.relocate(&row, place).await?;
            let new = registry.open(&row, schema)?;
            rows += restore.one(&new.id, new.schema, new.place, new.key, new.password).await?.1;
        }
        databases.close().await;
        restore_archives(backup, manifest, &folder.path().join("archives/events"))
            .context("the files of archived months")?;
        if keep_key {
            folder.keep_key(&master)?;
        }
        folder.write_manifest(&FolderManifest {
            format: FORMAT,
            master_key: master.id(),
            registry: place,
            registry_key: manifest.registry_key.clone(),
            registry_password: password
                .map(|p| key.seal("password of registry", p.as_bytes()))
                .transpose()?,
            sample_due: false,
        })?;
        Ok(rows)
    }
}

fn master(folder: &Folder, config: &Config, manifest: &Manifest) -> Result<Key> {
    let file = folder.path().join("master.key");
    if config.master_key.is_none() && !file.exists() {
        bail!(
            "the backup is sealed under master key {}: give it with --master-key FILE, in ARCHIPEL_MASTER_KEY, or put it at {}",
            manifest.master_key,
            file.display()
        );
    }
    let key = folder.master_key(config.master_key.as_ref(), None)?;
    if key.id() != manifest.master_key {
        bail!(
            "the master key does not fit: the backup was sealed under {}, the one given is {}",
            manifest.master_key,
            key.id()
        );
    }
    Ok(key)
}

impl Restore<'_> {
    fn copied(&self, id: &DatabaseId) -> Result<&Copied> {
        let found = self.manifest.databases.iter().find(|copied| copied.database == *id);
        found.with_context(|| format!("the backup does not hold {id}, which its registry names"))
    }

    async fn one(
        &self,
        id: &DatabaseId,
        schema: Arc<Schema>,
        place: Place,
        key: Key,
        password: Option<zeroize::Zeroizing<String>>,
    ) -> Result<(Db, u64)> {
        let copied = self.copied(id)?;
        let file = self.backup.join(&copied.file);
        let is_file = if let Place::Sqlite { file: target } = &place {
            let target = self.databases.folder().join(target);
            if target.exists() {
                bail!("{} exists already: restore into an empty folder", target.display());
            }
            place_file(&file, &target)?;
            true
        } else {
            false
        };
        let now = SystemClock.now();
        let new = NewDatabase { id: id.clone(), schema, place, key, password };
        let db = self.databases.create(new, now).await.with_context(|| format!("the database of {id}"))?;
        let rows = if is_file {
            0
        } else {
            db.import(&file, now).await.with_context(|| format!("the rows of {id}"))?
        };
        let (position, _) = db.head().await?;
        if position < copied.position {
            bail!("{id} was restored to position {position}, the backup says {}", copied.position);
        }
        Ok((db, rows))
    }
}
