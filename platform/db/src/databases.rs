//! All databases of a process: where each lives, opened on use, closed by age under one budget.
//!
//! Nothing here is ambient: a handle is had by its name from whoever holds this, and `app` gives each module its own
//! handles only.

mod place;
mod upgrade;

pub use place::{Place, Server};

use crate::db::{OnCommit, Opener};
use crate::engine::Engine;
use crate::sqlite::{SqliteDatabase, SqliteHost};
use crate::vault::Key;
use crate::{Db, DbError, DbResult, Schema};
use kernel::{DatabaseId, Timestamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

/// How a process keeps its databases.
pub struct Options {
    /// The data folder; SQLite files and templates live in it.
    pub folder: PathBuf,
    /// Databases open at once, at most; the one unused for longest closes first.
    pub max_open: usize,
    /// Threads that write SQLite files.
    pub writers: usize,
    /// Called after each commit.
    pub on_commit: OnCommit,
}

/// The databases of a process.
pub struct Databases {
    folder: PathBuf,
    max_open: usize,
    on_commit: OnCommit,
    sqlite: Arc<SqliteHost>,
    servers: RwLock<BTreeMap<String, Arc<Server>>>,
    known: RwLock<BTreeMap<DatabaseId, Db>>,
    closed: AtomicBool,
}

impl std::fmt::Debug for Databases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Databases({})", self.folder.display())
    }
}

impl Databases {
    /// Starts the writer threads; opens nothing yet.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the system gives no thread.
    pub fn start(options: Options) -> DbResult<Arc<Self>> {
        let sqlite = SqliteHost::start(options.writers).map_err(|e| DbError::Unavailable(e.to_string()))?;
        Ok(Arc::new(Self {
            folder: options.folder,
            max_open: options.max_open.max(1),
            on_commit: options.on_commit,
            sqlite,
            servers: RwLock::default(),
            known: RwLock::default(),
            closed: AtomicBool::new(false),
        }))
    }

    /// Makes a PostgreSQL server known under a name that places refer to.
    pub fn add_server(&self, name: &str, server: Server) {
        let mut servers = self.servers.write().unwrap_or_else(PoisonError::into_inner);
        servers.insert(name.to_owned(), Arc::new(server));
    }

    /// A server by its name.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the configuration does not name it.
    pub fn server(&self, name: &str) -> DbResult<Arc<Server>> {
        let servers = self.servers.read().unwrap_or_else(PoisonError::into_inner);
        servers.get(name).cloned().ok_or_else(|| {
            DbError::Unavailable(format!(
                "the server `{name}` is not configured: start with --database URL again"
            ))
        })
    }

    /// Creates what is missing of a database (file, role, database or schema), copies it from its template where there
    /// is one, migrates it and makes it known. A file that the migration changes is copied first. Safe to call again after a crash at any step.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when what is there is not ours; [`DbError::Unavailable`] when the place cannot be reached.
    pub async fn create(self: &Arc<Self>, new: NewDatabase, at: Timestamp) -> DbResult<Db> {
        place::provision(self, &new, at).await?;
        let db = self.attach(new);
        upgrade::keep_copy(self, &db, at).await?;
        db.migrate(at).await?;
        Ok(db)
    }

    /// Makes an existing database known without opening it.
    pub fn attach(self: &Arc<Self>, new: NewDatabase) -> Db {
        let NewDatabase { id, schema, place, key, password } = new;
        let opener = self.opener(place, password);
        let db = Db::new(id.clone(), schema, key, (opener, self.on_commit.clone()), self.sqlite.clone());
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, db.clone());
        db
    }

    fn opener(self: &Arc<Self>, place: Place, password: Option<Zeroizing<String>>) -> Opener {
        let databases = Arc::downgrade(self);
        Arc::new(move || {
            let (databases, place, password) = (databases.clone(), place.clone(), password.clone());
            Box::pin(async move {
                let databases = databases
                    .upgrade()
                    .ok_or_else(|| DbError::Unavailable("the system is stopping".into()))?;
                databases.make_room().await;
                databases.open(&place, password).await
            })
        })
    }

    async fn open(&self, place: &Place, password: Option<Zeroizing<String>>) -> DbResult<Engine> {
        if self.closed.load(Ordering::Acquire) {
            return Err(DbError::Unavailable("the system is stopping".into()));
        }
        match place {
            Place::Sqlite { file } => {
                SqliteDatabase::open(self.sqlite.clone(), &self.folder.join(file)).await.map(Engine::Sqlite)
            }
            Place::Postgres { server, database, schema, role } => {
                let server = self.server(server)?;
                let password = password.as_ref().map(|p| p.as_str());
                server.open(database, schema.as_deref(), role, password).await.map(Engine::Postgres)
            }
        }
    }

    /// Closes the databases that were unused for longest until one more fits under the budget.
    async fn make_room(&self) {
        let mut open: Vec<Db> = self.all().into_iter().filter(Db::is_open).collect();
        open.sort_by_key(Db::last_used);
        let excess = (open.len() + 1).saturating_sub(self.max_open);
        for db in open.into_iter().take(excess) {
            db.close_if_idle().await;
        }
    }

    /// The handle on a database.
    #[must_use]
    pub fn get(&self, id: &DatabaseId) -> Option<Db> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Every known database, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Db> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The folder of files.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    pub(crate) fn sqlite_host(&self) -> &Arc<SqliteHost> {
        &self.sqlite
    }

    /// Finishes every write under way and lets go of every connection, for good: nothing opens again.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for db in self.all() {
            db.close().await;
        }
    }
}

/// A database to create or attach.
pub struct NewDatabase {
    /// Its name.
    pub id: DatabaseId,
    /// What it is made of.
    pub schema: Arc<Schema>,
    /// Where it lives.
    pub place: Place,
    /// The key of its sealed members.
    pub key: Key,
    /// The password of its role, on PostgreSQL.
    pub password: Option<Zeroizing<String>>,
}
