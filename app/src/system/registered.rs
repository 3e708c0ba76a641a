//! The registry's own database: the only one that the data folder itself names.

use super::folder::{FORMAT, Folder, Manifest};
use super::places;
use crate::config::{Config, Placement};
use anyhow::{Context, Result};
use db::databases::{Databases, NewDatabase, Place};
use db::vault::Key;
use kernel::{Clock, DatabaseId};
use std::sync::Arc;
use system::registry::{self, Registry};
use zeroize::Zeroizing;

/// Opens the registry, making it on the first start. A crash before the folder's manifest is written leaves a folder
/// that the next start begins anew.
pub(super) async fn open(
    folder: &Folder,
    config: &Config,
    placement: Placement,
    databases: &Arc<Databases>,
    clock: Arc<dyn Clock>,
) -> Result<Registry> {
    let manifest = folder.manifest()?;
    let master = folder.master_key(config.master_key.as_ref(), manifest.as_ref())?;
    let id = DatabaseId::main(registry::code()?);
    let manifest = match manifest {
        Some(manifest) => manifest,
        None => {
            let place = places::place(config, placement, databases, &id)?;
            let manifest = Manifest { sample_due: config.sample_allowed(), ..first(&master, place)? };
            folder.write_manifest(&manifest)?;
            manifest
        }
    };
    let key = master.unwrap("key of registry", &manifest.registry_key)?;
    let password = match &manifest.registry_password {
        None => None,
        Some(sealed) => {
            let plain = key.open("password of registry", sealed)?;
            Some(Zeroizing::new(
                String::from_utf8(plain.to_vec()).context("the registry's password is not text")?,
            ))
        }
    };
    let schema = Arc::new(registry::schema()?);
    let new = NewDatabase { id, schema, place: manifest.registry, key, password };
    let db = databases.create(new, clock.now()).await.context("the registry's database")?;
    Ok(Registry::new(db, master, clock))
}

fn first(master: &Key, place: Place) -> Result<Manifest> {
    let key = Key::random()?;
    let password =
        registry::password(&place)?.map(|p| key.seal("password of registry", p.as_bytes())).transpose()?;
    Ok(Manifest {
        format: FORMAT,
        master_key: master.id(),
        registry_key: master.wrap("key of registry", &key)?,
        registry: place,
        registry_password: password,
        sample_due: false,
    })
}
