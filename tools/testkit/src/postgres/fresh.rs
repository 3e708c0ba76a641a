//! A database per test, on the shared cluster or on one's own.

use super::cluster::Cluster;
use super::shared::socket_dir;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A database that exists while this value lives.
#[derive(Debug)]
pub struct FreshDatabase {
    name: String,
    socket_dir: PathBuf,
    /// The server, when it is this database's own.
    own: Option<Cluster>,
}

impl FreshDatabase {
    /// A new, empty database of this name on a server that ends with it.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub fn alone(server: Cluster, name: &str) -> io::Result<Self> {
        execute(&server.url("postgres"), &format!("CREATE DATABASE \"{name}\" TEMPLATE template0"))?;
        Ok(Self { name: name.to_owned(), socket_dir: server.socket_dir().to_owned(), own: Some(server) })
    }

    /// A copy of it under the same name, with a server of its own; this one's server is stopped and stays so.
    ///
    /// # Errors
    /// When it has no server of its own, or that cannot be stopped, copied or started.
    pub fn copy(&mut self) -> io::Result<Self> {
        let own = self.own.as_mut().ok_or_else(|| io::Error::other("it shares its server"))?;
        own.stop()?;
        let server = own.copy()?;
        Ok(Self { name: self.name.clone(), socket_dir: server.socket_dir().to_owned(), own: Some(server) })
    }

    /// Its address, as superuser.
    #[must_use]
    pub fn url(&self) -> String {
        super::cluster::url(&self.socket_dir, &self.name)
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        // A server of its own takes it along, and one that was killed by its test has nothing left to drop.
        if self.own.is_none() {
            drop(execute(&self.server(), &format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name)));
        }
    }
}

impl FreshDatabase {
    fn server(&self) -> String {
        super::cluster::url(&self.socket_dir, "postgres")
    }
}

/// A new, empty database on the shared cluster, dropped with the value. The name helps to read the server's log.
///
/// # Errors
/// When there is no server, or it refuses.
pub fn fresh_database(name: &str) -> io::Result<FreshDatabase> {
    fresh_database_on(&socket_dir()?, name)
}

/// The same on the server behind a socket folder.
///
/// # Errors
/// When the server does not answer, or refuses.
pub fn fresh_database_on(socket_dir: &Path, name: &str) -> io::Result<FreshDatabase> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let tail = &word[word.len().saturating_sub(36)..];
    // The process id keeps the databases of a crashed run apart from this one's.
    let name = format!("t_{tail}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let database = FreshDatabase { name, socket_dir: socket_dir.to_owned(), own: None };
    execute(&database.server(), &format!("CREATE DATABASE \"{}\" TEMPLATE template0", database.name))?;
    Ok(database)
}

/// Runs statements on a database from any thread, inside or outside an async runtime.
///
/// # Errors
/// When the server does not answer, or refuses; the text is the server's.
pub fn execute(url: &str, sql: &str) -> io::Result<()> {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    // A thread of its own, because a runtime cannot be entered from within another.
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&url, tokio_postgres::NoTls).await.map_err(io::Error::other)?;
            let connection = tokio::spawn(connection);
            let result = client.batch_execute(&sql).await.map_err(|error| io::Error::other(describe(&error)));
            drop(client);
            drop(connection.await);
            result
        })
    });
    thread.join().map_err(|_| io::Error::other("the connection's thread panicked"))?
}

fn describe(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}
