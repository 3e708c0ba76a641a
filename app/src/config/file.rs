//! `archipel.toml`, read strictly.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file; every key is optional, an unknown one is an error.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) data: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) database: Option<String>,
    pub(super) bus: Option<String>,
    pub(super) placement: Option<String>,
    pub(super) sample: Option<bool>,
    pub(super) tls_cert: Option<String>,
    pub(super) tls_key: Option<String>,
    pub(super) public_url: Option<String>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    pub(super) organisation: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) max_open_databases: Option<usize>,
    pub(super) requests_per_second: Option<u32>,
    #[serde(default)]
    pub(super) databases: BTreeMap<String, Database>,
}

/// `[databases.inventory] url = "…"`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    pub(super) url: String,
}

/// Reads the file that was named, or `archipel.toml` in the current folder when it is there.
pub(super) fn read(named: Option<&Path>) -> Result<File> {
    let path = named.map_or_else(|| PathBuf::from("archipel.toml"), Path::to_owned);
    if !path.exists() {
        if named.is_some() {
            bail!("{} does not exist", path.display());
        }
        return Ok(File::default());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
}
