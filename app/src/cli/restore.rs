//! Restore.
use crate::config::Config;
use anyhow::{Result, bail};
use std::path::Path;

pub(super) async fn restore(_config: Config, _dir: &Path, _key: Option<&Path>, _json: bool) -> Result<()> {
    bail!("not wired yet")
}
