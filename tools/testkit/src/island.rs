//! One database for one test, on the engine that the test runs on.

#![expect(clippy::expect_used, reason = "a test that cannot have its database stops at once")]

use crate::postgres::{Cluster, FreshDatabase, Options as ServerOptions};
use db::databases::{Databases, NewDatabase, Options, Place, Server};
use db::vault::Key;
use db::{Db, OnCommit, Schema};
use kernel::{Clock, DatabaseId, SystemClock, Timestamp};
use std::sync::Arc;

/// The engine that a test runs on; [`on_both_engines!`](crate::on_both_engines) makes one test for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own on the private server.
    Postgres,
}

/// A database of a test, with everything that keeps it alive.
pub struct Island {
    /// The handle.
    pub db: Db,
    /// The process's databases; the test may make more.
    pub databases: Arc<Databases>,
    /// Where a copy of the same database can be attached again, as a restarted process would.
    pub spec: Spec,
    folder: Arc<tempfile::TempDir>,
    kind: Kind,
    server: Option<Arc<FreshDatabase>>,
}

/// What a restarted process knows of a database.
#[derive(Clone)]
pub struct Spec {
    /// Its name.
    pub id: DatabaseId,
    /// What it is made of.
    pub schema: Arc<Schema>,
    /// Where it lives.
    pub place: Place,
    /// Its key.
    pub key: Key,
}

impl Spec {
    fn new_database(&self) -> NewDatabase {
        NewDatabase {
            id: self.id.clone(),
            schema: self.schema.clone(),
            place: self.place.clone(),
            key: self.key.clone(),
            password: None,
        }
    }
}

/// A commit hook that does nothing.
#[must_use]
pub fn quiet() -> OnCommit {
    Arc::new(|_, _| {})
}

/// Now; tests that care for time hold a `TestClock`.
#[must_use]
pub fn now() -> Timestamp {
    SystemClock.now()
}

impl Island {
    /// What [`Handed`] sees, for the process that handed over.
    #[must_use]
    pub fn handed(&self, on_commit: OnCommit) -> Handed {
        let databases = start(&self.folder, self.server.as_deref(), on_commit);
        Handed { databases, place: self.spec.place.clone(), key: self.spec.key.clone() }
    }

    /// Makes an empty database of a schema.
    ///
    /// # Panics
    /// When the engine cannot start or the schema does not run: the test cannot go on.
    pub async fn new(kind: Kind, schema: Schema) -> Self {
        Self::with_hook(kind, schema, quiet()).await
    }

    /// As [`Island::new`], on a server of its own that flushes every commit, as production does: for figures and crash
    /// tests.
    ///
    /// # Panics
    /// As [`Island::new`].
    pub async fn durable(kind: Kind, schema: Schema) -> Self {
        Self::durable_with_hook(kind, schema, quiet()).await
    }

    /// As [`Island::durable`], with a hook that runs after each commit.
    ///
    /// # Panics
    /// As [`Island::new`].
    pub async fn durable_with_hook(kind: Kind, schema: Schema, on_commit: OnCommit) -> Self {
        if kind == Kind::Postgres {
            let start = || Cluster::start(ServerOptions::durable());
            let cluster =
                tokio::task::spawn_blocking(start).await.expect("no panic").expect("a private PostgreSQL");
            let fresh =
                crate::postgres::fresh_database_on(cluster.socket_dir(), "durable").expect("a database");
            // The cluster lives as long as the process that measures.
            std::mem::forget(cluster);
            return Self::on(kind, schema, Some(Arc::new(fresh)), on_commit).await;
        }
        Self::with_hook(kind, schema, on_commit).await
    }

    /// The address of the test's database on its server.
    #[must_use]
    pub fn server_url(&self) -> Option<String> {
        self.server.as_ref().map(|server| server.url())
    }

    /// As [`Island::new`], with a hook that runs after each commit.
    ///
    /// # Panics
    /// As [`Island::new`].
    pub async fn with_hook(kind: Kind, schema: Schema, on_commit: OnCommit) -> Self {
        let server = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Arc::new(fresh().await)),
        };
        Self::on(kind, schema, server, on_commit).await
    }

    async fn on(kind: Kind, schema: Schema, server: Option<Arc<FreshDatabase>>, on_commit: OnCommit) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder for the test"));
        let databases = start(&folder, server.as_deref(), on_commit);
        let id = DatabaseId::main(schema.module().clone());
        let place = match &server {
            None => Place::Sqlite { file: format!("{}.sqlite", id.slug()) },
            Some(server) => Place::Postgres {
                server: "test".into(),
                database: server.name().to_owned(),
                schema: None,
                role: "postgres".into(),
            },
        };
        let key = Key::random().expect("randomness");
        let spec = Spec { id, schema: Arc::new(schema), place, key };
        let db = databases.create(spec.new_database(), now()).await.expect("the database is made");
        Self { db, databases, spec, folder, kind, server }
    }

    /// Another process's view of the same database: its own writer, its own connections. On SQLite only after this
    /// one is closed.
    #[must_use]
    pub fn reopened(&self) -> Self {
        let databases = start(&self.folder, self.server.as_deref(), quiet());
        let db = databases.attach(self.spec.new_database());
        Self {
            db,
            databases,
            spec: self.spec.clone(),
            folder: self.folder.clone(),
            kind: self.kind,
            server: self.server.clone(),
        }
    }

    /// What another process needs to open the same database: variables of its environment.
    ///
    /// # Panics
    /// When the place cannot be written as JSON.
    #[must_use]
    pub fn hand_over(&self) -> Vec<(&'static str, String)> {
        let place = serde_json::to_string(&self.spec.place).expect("a place is JSON");
        let server = self.server.as_ref().map(|server| server.url()).unwrap_or_default();
        let folder = self.folder.path().display().to_string();
        let key = self.spec.key.to_text().to_string();
        vec![(HANDED[0], folder), (HANDED[1], server), (HANDED[2], place), (HANDED[3], key)]
    }

    /// The folder of the test's files.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs SQL behind the product's back, as an intruder would.
    ///
    /// # Panics
    /// When the SQL does not run.
    pub async fn tamper(&self, sql: &str) {
        match (&self.server, &self.spec.place) {
            (Some(server), _) => {
                let (url, sql) = (server.url(), sql.to_owned());
                let run = tokio::task::spawn_blocking(move || crate::postgres::execute(&url, &sql));
                run.await.expect("no panic").expect("the SQL runs");
            }
            (None, Place::Sqlite { file }) => {
                let path = self.folder.path().join(file);
                tamper_file(&path, sql);
            }
            (None, place) => panic!("no server for {place:?}"),
        }
    }
}

/// The variables by which a database is handed to another process.
const HANDED: [&str; 4] =
    ["ARCHIPEL_TEST_FOLDER", "ARCHIPEL_TEST_SERVER", "ARCHIPEL_TEST_PLACE", "ARCHIPEL_TEST_KEY"];

/// A database that another process handed over with [`Island::hand_over`], and how to make others beside it.
pub struct Handed {
    /// The process's databases.
    pub databases: Arc<Databases>,
    place: Place,
    key: Key,
}

impl Handed {
    /// Takes over what the environment names.
    ///
    /// # Panics
    /// When nothing was handed over.
    #[must_use]
    pub fn take(on_commit: OnCommit) -> Self {
        let given = HANDED.map(|name| std::env::var(name).expect("handed over"));
        let options = Options { folder: given[0].clone().into(), max_open: 64, writers: 1, on_commit };
        let databases = Databases::start(options).expect("threads");
        if !given[1].is_empty() {
            databases.add_server("test", Server::new(&given[1]).expect("a good address"));
        }
        let place = serde_json::from_str(&given[2]).expect("a place");
        Self { databases, place, key: Key::parse(&given[3]).expect("a key") }
    }

    /// The database of a schema: the one that was handed over, or a neighbour of another name beside it (on
    /// PostgreSQL a schema of the same database, which must exist).
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self, schema: Schema, neighbour: bool) -> Db {
        let id = DatabaseId::main(schema.module().clone());
        let place = match (&self.place, neighbour) {
            (place, false) => place.clone(),
            (Place::Sqlite { .. }, true) => Place::Sqlite { file: format!("{}.sqlite", id.slug()) },
            (Place::Postgres { server, database, role, .. }, true) => Place::Postgres {
                server: server.clone(),
                database: database.clone(),
                schema: Some(id.slug()),
                role: role.clone(),
            },
        };
        let schema = Arc::new(schema);
        let new = NewDatabase { id, schema, place, key: self.key.clone(), password: None };
        self.databases.create(new, now()).await.expect("the database is made")
    }
}

async fn fresh() -> FreshDatabase {
    let made = tokio::task::spawn_blocking(|| crate::postgres::fresh_database("island"));
    made.await.expect("no panic").expect("a private PostgreSQL")
}

fn start(folder: &tempfile::TempDir, server: Option<&FreshDatabase>, on_commit: OnCommit) -> Arc<Databases> {
    let options = Options { folder: folder.path().to_owned(), max_open: 64, writers: 1, on_commit };
    let databases = Databases::start(options).expect("threads");
    if let Some(server) = server {
        databases.add_server("test", Server::new(&server.url()).expect("a good address"));
    }
    databases
}

/// Makes two tests of one body, `NAME::sqlite` and `NAME::postgres`; the body reads the engine from its argument.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($kind:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every body uses its file's imports")]
            use super::*;
            async fn body($kind: $crate::Kind) $body
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() { Box::pin(body($crate::Kind::Sqlite)).await }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() { Box::pin(body($crate::Kind::Postgres)).await }
        }
    )*};
}

/// A new identifier; tests that care for it make their own.
#[must_use]
pub fn id() -> kernel::Uuid {
    SystemClock.new_id()
}

/// Runs SQL in a SQLite file behind the product's back, as an intruder would.
///
/// # Panics
/// When the file or the SQL is not in order.
pub fn tamper_file(file: &std::path::Path, sql: &str) {
    let connection = rusqlite::Connection::open(file).expect("the file opens");
    connection.execute_batch(sql).expect("the SQL runs");
}

/// A text that a file holds: its table, its column, and the text.
pub type StoredText = (String, String, String);

/// Every text in every table of a SQLite file, a backup of any engine among them.
///
/// # Panics
/// When the file is not in order.
#[must_use]
pub fn texts_of_file(file: &std::path::Path) -> Vec<StoredText> {
    let connection = rusqlite::Connection::open(file).expect("the file opens");
    let mut named =
        connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").expect("tables");
    let tables: Vec<String> =
        named.query_map([], |row| row.get(0)).expect("names").map(|name| name.expect("a name")).collect();
    let mut texts = Vec::new();
    for table in tables {
        let mut all = connection.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
        let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
        let mut rows = all.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for (at, column) in columns.iter().enumerate() {
                if let Ok(rusqlite::types::ValueRef::Text(text)) = row.get_ref(at) {
                    let text = String::from_utf8_lossy(text).into_owned();
                    texts.push((table.clone(), column.clone(), text));
                }
            }
        }
    }
    texts
}
