//! Registering modules, and giving them databases in steps that survive a crash.

use super::model::{ContractRow, DatabaseRow, DatabaseState, ModuleRow};
use super::sql;
use db::databases::{Databases, NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, DbError, DbResult, NewEvent, Schema};
use kernel::{Actor, Cause, Clock, DatabaseId};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The registry: its database, and the master key that wraps the keys of the others.
pub struct Registry {
    db: Db,
    master: Key,
    clock: Arc<dyn Clock>,
}

/// A database that a module wants.
pub struct Wanted {
    /// Which one.
    pub id: DatabaseId,
    /// What it is made of.
    pub schema: Arc<Schema>,
    /// Where it shall live, if it does not live anywhere yet.
    pub place: Place,
}

impl Registry {
    /// The registry on its own database.
    #[must_use]
    pub fn new(db: Db, master: Key, clock: Arc<dyn Clock>) -> Self {
        Self { db, master, clock }
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    fn batch(&self) -> Batch {
        Batch::new(self.clock.now(), Cause::new(&Actor::system("registry"), self.clock.new_id()))
    }

    fn event(&self, kind: &str, stream: String, data: Json) -> NewEvent {
        let id = self.clock.new_id();
        NewEvent::new(id, kind, stream, data)
    }

    /// Makes a module known, or its new version; does nothing when nothing is new.
    ///
    /// # Errors
    /// When the registry takes no writes.
    pub async fn register(&self, module: &ModuleRow) -> DbResult<()> {
        let known = self.modules().await?.into_iter().find(|row| row.code == module.code);
        if known.is_some_and(|k| ModuleRow { registered_at: module.registered_at, ..k } == *module) {
            return Ok(());
        }
        let ModuleRow { code, version, name, state, declared, .. } = module;
        let data = json!({ "code": code, "version": version, "name_fr": name.fr, "name_en": name.en,
            "state": state.word(), "declared": declared });
        let mut batch = self.batch();
        let params = db::params![code, version, &name.fr, &name.en, state.word(), declared.clone(), batch.at];
        batch.write(&sql::PUT_MODULE, params);
        batch.event(self.event("module.registered", format!("module/{code}"), data));
        self.db.write(batch).await.map(drop)
    }

    /// Publishes a contract; a published one never changes.
    ///
    /// # Errors
    /// [`DbError::Schema`] when another schema was published under the same type and version.
    pub async fn publish(&self, contract: &ContractRow) -> DbResult<()> {
        let ContractRow { module, kind, version, schema } = contract;
        let known = self.contracts().await?;
        match known.iter().find(|c| (&c.module, &c.kind, c.version) == (module, kind, *version)) {
            Some(published) if published.schema == *schema => return Ok(()),
            Some(_) => {
                return Err(DbError::Schema(format!(
                    "{module}: the contract of {kind} version {version} was published with another schema; give it a new version"
                )));
            }
            None => {}
        }
        let mut batch = self.batch();
        batch.write(&sql::PUBLISH, db::params![module, kind, *version, schema.clone()]);
        let data = json!({ "module": module, "kind": kind, "version": version, "schema": schema });
        batch.event(self.event("contract.published", format!("contract/{module}/{kind}"), data));
        self.db.write(batch).await.map(drop)
    }

    /// The database that a module wants: attached when it is there and up to date, else reserved, made, migrated. Each
    /// step is recorded before it begins, so that the next start goes on after a crash.
    ///
    /// # Errors
    /// When the place cannot be reached, or what is there is not ours.
    pub async fn ensure(&self, databases: &Arc<Databases>, wanted: Wanted) -> DbResult<Db> {
        let row = match self.database(&wanted.id).await? {
            Some(row) => row,
            None => self.reserve(&wanted).await?,
        };
        let new = self.open(&row, wanted.schema.clone())?;
        let current = row.fingerprint == wanted.schema.fingerprint();
        match row.state {
            DatabaseState::Active | DatabaseState::Readonly if current => Ok(databases.attach(new)),
            DatabaseState::Quarantined | DatabaseState::Archived | DatabaseState::Dropping => {
                Err(DbError::ReadOnly(format!("{} is {}", row.id, row.state.word())))
            }
            DatabaseState::Reserved | DatabaseState::Provisioning => {
                let row = self.change(&row, DatabaseState::Provisioning, &row.fingerprint, 0).await?;
                self.bring_up(databases, new, row).await
            }
            _ => {
                let row =
                    self.change(&row, DatabaseState::Migrating, &row.fingerprint, row.schema_version).await?;
                self.bring_up(databases, new, row).await
            }
        }
    }

    async fn bring_up(&self, databases: &Arc<Databases>, new: NewDatabase, row: DatabaseRow) -> DbResult<Db> {
        let schema = new.schema.clone();
        let db = databases.create(new, self.clock.now()).await?;
        self.change(&row, DatabaseState::Active, &schema.fingerprint(), schema.version()).await?;
        Ok(db)
    }

    async fn reserve(&self, wanted: &Wanted) -> DbResult<DatabaseRow> {
        let key = Key::random()?;
        let wrapped = self.master.wrap(&format!("key of {}", wanted.id), &key)?;
        let password = matches!(wanted.place, Place::Postgres { .. }).then(Key::random).transpose()?;
        let sealed =
            password.map(|p| key.seal(&format!("password of {}", wanted.id), p.to_text().as_bytes()));
        let place = serde_json::to_value(&wanted.place).map_err(|e| DbError::internal(e.to_string()))?;
        let (module, tenant) = (wanted.id.module.as_str(), wanted.id.tenant.as_str());
        let mut batch = self.batch();
        let params = db::params![module, tenant, place.clone(), wrapped, sealed.transpose()?, "", batch.at];
        batch.write(&sql::RESERVE, params);
        let data = json!({ "module": module, "tenant": tenant, "place": place, "schema_version": 0,
            "fingerprint": "", "state": "reserved", "epoch": 1 });
        batch.event(self.event("database.reserved", format!("database/{}", wanted.id), data));
        self.db.write(batch).await?;
        let row = self.database(&wanted.id).await?;
        row.ok_or_else(|| DbError::internal(format!("{} was reserved and is not there", wanted.id)))
    }

    /// Records that a database lives elsewhere now: after a restore.
    ///
    /// # Errors
    /// When the registry takes no writes.
    pub async fn relocate(&self, row: &DatabaseRow, place: Place) -> DbResult<DatabaseRow> {
        let key = self.master.unwrap(&format!("key of {}", row.id), &row.wrapped_key)?;
        let password = super::password(&place)?;
        let sealed =
            password.map(|p| key.seal(&format!("password of {}", row.id), p.as_bytes())).transpose()?;
        let (module, tenant) = (row.id.module.as_str(), row.id.tenant.as_str());
        let json = serde_json::to_value(&place).map_err(|e| DbError::internal(e.to_string()))?;
        let mut batch = self.batch();
        let params = db::params![module, tenant, row.epoch, json.clone(), sealed.clone(), batch.at];
        batch.expect_one(&sql::RELOCATE, params);
        let data = json!({ "module": module, "tenant": tenant, "place": json, "epoch": row.epoch + 1 });
        batch.event(self.event("database.changed", format!("database/{}", row.id), data));
        self.db.write(batch).await?;
        Ok(DatabaseRow { place, sealed_password: sealed, epoch: row.epoch + 1, ..row.clone() })
    }

    /// Unseals what a database needs to be opened.
    ///
    /// # Errors
    /// When it was sealed under another key.
    pub fn open(&self, row: &DatabaseRow, schema: Arc<Schema>) -> DbResult<NewDatabase> {
        let key = self.master.unwrap(&format!("key of {}", row.id), &row.wrapped_key)?;
        let password = match &row.sealed_password {
            None => None,
            Some(sealed) => {
                let plain = key.open(&format!("password of {}", row.id), sealed)?;
                let text = std::str::from_utf8(&plain).map_err(|e| DbError::Unfit(e.to_string()))?;
                Some(Zeroizing::new(text.to_owned()))
            }
        };
        Ok(NewDatabase { id: row.id.clone(), schema, place: row.place.clone(), key, password })
    }

    /// One transition: compare-and-swap on the epoch, with its event.
    async fn change(
        &self,
        row: &DatabaseRow,
        next: DatabaseState,
        fingerprint: &str,
        schema_version: u32,
    ) -> DbResult<DatabaseRow> {
        if !row.state.may_become(next) {
            return Err(DbError::internal(format!(
                "{} is {}, not on the way to {}",
                row.id,
                row.state.word(),
                next.word()
            )));
        }
        let (module, tenant) = (row.id.module.as_str(), row.id.tenant.as_str());
        let mut batch = self.batch();
        let at = batch.at;
        let params = db::params![module, tenant, row.epoch, next.word(), schema_version, fingerprint, at];
        batch.expect_one(&sql::CHANGE, params);
        let data = json!({ "module": module, "tenant": tenant, "state": next.word(), "epoch": row.epoch + 1,
            "schema_version": schema_version, "fingerprint": fingerprint });
        batch.event(self.event("database.changed", format!("database/{}", row.id), data));
        self.db.write(batch).await?;
        let changed = DatabaseRow { state: next, epoch: row.epoch + 1, changed_at: at, ..row.clone() };
        Ok(DatabaseRow { fingerprint: fingerprint.to_owned(), schema_version, ..changed })
    }
}
