//! Reads of the registry.

use super::commands::Registry;
use super::model::{ContractRow, DatabaseRow, ModuleRow};
use super::sql;
use db::DbResult;
use kernel::DatabaseId;

impl Registry {
    /// Every module, by code.
    ///
    /// # Errors
    /// When the registry's database cannot be read, like every read here.
    pub async fn modules(&self) -> DbResult<Vec<ModuleRow>> {
        self.db().query(&sql::MODULES, Vec::new()).await?.iter().map(sql::module).collect()
    }

    /// Every database, by module and tenant.
    #[expect(clippy::missing_errors_doc, reason = "as Registry::modules")]
    pub async fn databases(&self) -> DbResult<Vec<DatabaseRow>> {
        self.db().query(&sql::DATABASES, Vec::new()).await?.iter().map(sql::database).collect()
    }

    /// One database.
    #[expect(clippy::missing_errors_doc, reason = "as Registry::modules")]
    pub async fn database(&self, id: &DatabaseId) -> DbResult<Option<DatabaseRow>> {
        Ok(self.databases().await?.into_iter().find(|row| row.id == *id))
    }

    /// Every contract, by module, type and version.
    #[expect(clippy::missing_errors_doc, reason = "as Registry::modules")]
    pub async fn contracts(&self) -> DbResult<Vec<ContractRow>> {
        self.db().query(&sql::CONTRACTS, Vec::new()).await?.iter().map(sql::contract).collect()
    }
}
