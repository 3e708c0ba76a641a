//! `archipel user`.

use crate::ops::{Command, NewUser};
use anyhow::{Context, Result};
use clap::Args;
use std::path::Path;

/// A person to add.
#[derive(Args)]
pub(super) struct Add {
    /// Their address, which is their login
    email: String,
    /// Their name
    #[arg(long)]
    name: Option<String>,
    /// What they do
    #[arg(long, default_value = "")]
    title: String,
    /// The team that they belong to, by its name
    #[arg(long)]
    team: Option<String>,
    /// A role that they hold; may be given several times
    #[arg(long = "role")]
    roles: Vec<String>,
    /// They administer the system
    #[arg(long)]
    admin: bool,
}

impl From<Add> for NewUser {
    fn from(add: Add) -> Self {
        let mut roles = add.roles;
        if add.admin {
            roles.push("admin".into());
        }
        let name = add.name.unwrap_or_else(|| add.email.split('@').next().unwrap_or_default().to_owned());
        Self { email: add.email, name, title: add.title, team: add.team, roles }
    }
}

pub(super) fn import(file: &Path, dry_run: bool) -> Result<Command> {
    let csv = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Command::UserImport { csv, dry_run })
}
