//! References between databases: no foreign key holds them, so they are compared. The one who names may be ahead of the
//! one who is named, and either may be written meanwhile: what is missing once is looked at again.

use crate::verify::key_text;
use db::{Db, DbResult, Value};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often what is missing is looked at again, and how long apart.
const LOOKS: u32 = 10;
const APART: Duration = Duration::from_millis(50);

/// What comparing one reference has shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dangling {
    /// Different values that were compared.
    pub values: u64,
    /// Those that name no row of the owner.
    pub missing: BTreeSet<String>,
}

async fn values(db: &Db, table: &str, column: &str) -> DbResult<BTreeSet<String>> {
    let rows = db.rows_of(table, &[column]).await?;
    let values = rows.iter().filter_map(|row| row.0.first()).filter(|value| **value != Value::Null);
    Ok(values.map(key_text).collect())
}

/// Compares the values of a column with those of the column of another database that they name.
///
/// # Errors
/// When one of the two cannot be read, or has no such table.
pub async fn dangling(from: (&Db, &str, &str), to: (&Db, &str, &str)) -> DbResult<Dangling> {
    let mut found = Dangling::default();
    for look in 0..LOOKS {
        let named = values(from.0, from.1, from.2).await?;
        let known = values(to.0, to.1, to.2).await?;
        found.values = named.len() as u64;
        found.missing = named.difference(&known).cloned().collect();
        if found.missing.is_empty() {
            break;
        }
        if look + 1 < LOOKS {
            tokio::time::sleep(APART).await;
        }
    }
    Ok(found)
}
