//! The registry: which modules there are, and where each of their databases lives.
//!
//! It owns `modules`, `databases` and `contracts`. One row per database: place, sealed credentials, schema version,
//! state, epoch. Every transition is an event and a compare-and-swap on the epoch, so that two processes cannot both
//! believe that they own one. Its own database is the only one that the data folder's `archipel.json` names.
//!
//! Events out: `module.registered`, `database.reserved`, `database.provisioned`, `database.changed`,
//! `contract.published`. Events in: none.

mod commands;
mod model;
mod queries;
mod sql;

pub use commands::{Registry, Wanted};
pub use model::{ContractRow, DatabaseRow, DatabaseState, ModuleRow, ModuleState};

use db::databases::Place;
use db::vault::Key;
use db::{DbResult, Migration, Schema, Table};
use flow::{Fold, FoldTable};
use kernel::{Error, ModuleCode, Result};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The module's code.
pub const CODE: &str = "registry";

/// The module's code, checked.
///
/// # Errors
/// Never in practice: the code is a constant.
pub fn code() -> Result<ModuleCode> {
    ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))
}

/// What the registry's database is made of.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub fn schema() -> DbResult<Schema> {
    let code = ModuleCode::new(CODE).map_err(|e| db::DbError::Schema(e.to_string()))?;
    let tables = vec![Table::state("modules"), Table::state("databases"), Table::state("contracts")];
    let migrations = vec![Migration::new(1, "modules and databases", include_str!("migrations/1.sql"))];
    Schema::new(code, tables, migrations, sql::all())
}

/// A random password for the role of a database on a server; files need none.
///
/// # Errors
/// When the system has no randomness to give.
pub fn password(place: &Place) -> DbResult<Option<Zeroizing<String>>> {
    match place {
        Place::Sqlite { .. } => Ok(None),
        // Letters and digits only: it goes into addresses of other programs unescaped.
        Place::Postgres { .. } => {
            Key::random().map(|k| Some(Zeroizing::new(k.to_text().replace(['/', '+', '='], "x"))))
        }
    }
}

/// How the registry's events make its rows.
#[must_use]
pub fn fold() -> Fold {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).into()).collect(),
        columns: columns.iter().map(|c| (*c).into()).collect(),
    };
    Fold {
        tables: vec![
            table("modules", &["code"], &["version", "name_fr", "name_en", "state", "declared"]),
            table(
                "databases",
                &["module", "tenant"],
                &["place", "schema_version", "fingerprint", "state", "epoch"],
            ),
            table("contracts", &["module", "kind", "version"], &["schema"]),
        ],
        apply: Arc::new(model::fold),
    }
}
