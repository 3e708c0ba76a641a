//! Where each module's database goes: a file, or a server that the configuration names.

use crate::config::{Config, Placement};
use anyhow::{Context, Result};
use db::databases::{Databases, Place, Server};
use kernel::DatabaseId;

/// The server of every module that has none of its own.
const DEFAULT: &str = "default";

/// Bytes of a name on PostgreSQL, at most (NAMEDATALEN - 1).
const LONGEST_NAME: usize = 63;

/// Makes the servers of the configuration known, and asks the default one whether it lets databases be made.
pub(super) async fn add_servers(databases: &Databases, config: &Config) -> Result<Placement> {
    for (code, url) in &config.databases {
        let server = Server::new(url).with_context(|| format!("databases.{code}"))?;
        databases.add_server(code, server);
    }
    let Some(url) = &config.database else { return Ok(config.placement) };
    let server = Server::new(url).context("database")?;
    let host = server.host().await.context("the PostgreSQL server of --database")?;
    let may = host.can_create_databases().await?;
    databases.add_server(DEFAULT, server);
    if config.placement == Placement::Database && !may {
        tracing::warn!(
            "the role of --database may not create databases: every module gets a schema of one database"
        );
        return Ok(Placement::Schema);
    }
    Ok(config.placement)
}

/// Where a new database goes.
pub(super) fn place(
    config: &Config,
    placement: Placement,
    databases: &Databases,
    id: &DatabaseId,
) -> Result<Place> {
    let slug = id.slug();
    let own = config.databases.contains_key(id.module.as_str()).then(|| id.module.to_string());
    let Some(server) = own.or_else(|| config.database.as_ref().map(|_| DEFAULT.to_owned())) else {
        return Ok(Place::Sqlite { file: format!("databases/{slug}.sqlite") });
    };
    Ok(match placement {
        Placement::Database => Place::Postgres {
            server,
            database: format!("{slug}_db"),
            schema: None,
            role: format!("archipel_{slug}"),
        },
        Placement::Schema => {
            let database = databases.server(&server)?.database().unwrap_or("postgres").to_owned();
            // Roles belong to the whole server: the database's name keeps those of two installations apart.
            let role = format!("{database}_{slug}").chars().take(LONGEST_NAME).collect();
            Place::Postgres { server, database, schema: Some(slug), role }
        }
    })
}
