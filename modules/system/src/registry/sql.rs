//! Every statement of the registry.

use super::model::{ContractRow, DatabaseRow, DatabaseState, ModuleRow, ModuleState};
use db::databases::Place;
use db::{DbError, DbResult, Row};
use kernel::DatabaseId;

db::statements! {
    MODULES = read("SELECT code, version, name_fr, name_en, state, declared, registered_at FROM modules ORDER BY code");
    PUT_MODULE = write("INSERT INTO modules (code, version, name_fr, name_en, state, declared, registered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (code) DO UPDATE SET version = ?2, name_fr = ?3, name_en = ?4, state = ?5, declared = ?6").row("modules", &[1]);
    DATABASES = read("SELECT module, tenant, place, wrapped_key, sealed_password, schema_version, fingerprint, state, epoch, created_at, changed_at FROM databases ORDER BY module, tenant");
    RESERVE = write("INSERT INTO databases (module, tenant, place, wrapped_key, sealed_password, schema_version, fingerprint, state, epoch, created_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 'reserved', 1, ?7, ?7)").row("databases", &[1, 2]);
    CHANGE = write("UPDATE databases SET state = ?4, schema_version = ?5, fingerprint = ?6, epoch = epoch + 1, changed_at = ?7 WHERE module = ?1 AND tenant = ?2 AND epoch = ?3").row("databases", &[1, 2]);
    RELOCATE = write("UPDATE databases SET place = ?4, sealed_password = ?5, epoch = epoch + 1, changed_at = ?6 WHERE module = ?1 AND tenant = ?2 AND epoch = ?3").row("databases", &[1, 2]);
    CONTRACTS = read("SELECT module, kind, version, schema FROM contracts ORDER BY module, kind, version");
    PUBLISH = write("INSERT INTO contracts (module, kind, version, schema) VALUES (?1, ?2, ?3, ?4)").row("contracts", &[1, 2, 3]);
}

pub(super) fn module(row: &Row) -> DbResult<ModuleRow> {
    let declared = row.json(5)?;
    Ok(ModuleRow {
        code: row.text(0)?,
        version: row.text(1)?,
        name: kernel::Text::new(row.text(2)?, row.text(3)?),
        state: ModuleState::parse(&row.text(4)?)
            .ok_or_else(|| DbError::Unfit("unknown state of a module".into()))?,
        declared: (!declared.is_null()).then_some(declared),
        registered_at: row.instant(6)?,
    })
}

pub(super) fn database(row: &Row) -> DbResult<DatabaseRow> {
    let id = format!("{}/{}", row.text(0)?, row.text(1)?);
    let id: DatabaseId = id.parse().map_err(|e| DbError::Unfit(format!("registry: {e}")))?;
    let place: Place = serde_json::from_value(row.json(2)?)
        .map_err(|e| DbError::Unfit(format!("the place of {id}: {e}")))?;
    let sealed = row.0.get(4).filter(|v| **v != db::Value::Null);
    Ok(DatabaseRow {
        place,
        wrapped_key: row.text(3)?,
        sealed_password: sealed.map(|_| row.bytes(4)).transpose()?,
        schema_version: u32::try_from(row.int(5)?).unwrap_or(0),
        fingerprint: row.text(6)?,
        state: DatabaseState::parse(&row.text(7)?)
            .ok_or_else(|| DbError::Unfit(format!("unknown state of {id}: written by a newer program")))?,
        epoch: row.count(8)?,
        created_at: row.instant(9)?,
        changed_at: row.instant(10)?,
        id,
    })
}

pub(super) fn contract(row: &Row) -> DbResult<ContractRow> {
    Ok(ContractRow {
        module: row.text(0)?,
        kind: row.text(1)?,
        version: u32::try_from(row.int(2)?).unwrap_or(0),
        schema: row.json(3)?,
    })
}
