//! Comparing what modules name of each other with what is there.

use contracts::references::Reference;
use db::databases::Databases;
use flow::Finding;
use kernel::{Clock, DatabaseId, ModuleCode, Result, Timestamp};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Values without a row that are told, of each reference.
const TOLD: usize = 20;

/// What a module names of another.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The module that names.
    pub module: ModuleCode,
    /// What it names.
    pub reference: Reference,
}

/// How a reference stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Every value names a row.
    Holds,
    /// Some do not.
    Dangling,
    /// The module that is named, or its table, is not here.
    OwnerAway,
}

/// One reference, compared.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Checked {
    /// The module that names.
    pub module: String,
    /// Its table and column.
    pub from: String,
    /// The module that is named.
    pub owner: String,
    /// Its table and column.
    pub to: String,
    /// Whether a value without a row is an error.
    pub strict: bool,
    /// How it stands.
    pub standing: Standing,
    /// Different values that were compared.
    pub values: u64,
    /// How many name no row.
    pub missing: u64,
    /// The first of them.
    pub examples: Vec<String>,
}

/// All references, compared at one time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reconciled {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Each reference.
    pub references: Vec<Checked>,
}

/// Compares every reference that is declared.
///
/// # Errors
/// When a database cannot be read.
pub async fn reconcile(
    databases: &Databases,
    declared: &[Declared],
    clock: &Arc<dyn Clock>,
) -> Result<Reconciled> {
    let mut references = Vec::new();
    for one in declared {
        references.push(check(databases, one).await?);
    }
    Ok(Reconciled { at: clock.now(), references })
}

async fn check(databases: &Databases, declared: &Declared) -> Result<Checked> {
    let Reference { table, column, module, owner_table, owner_column, strict } = declared.reference.clone();
    let mut checked = Checked {
        module: declared.module.to_string(),
        from: format!("{table}.{column}"),
        owner: module.clone(),
        to: format!("{owner_table}.{owner_column}"),
        strict,
        standing: Standing::OwnerAway,
        values: 0,
        missing: 0,
        examples: Vec::new(),
    };
    let owner = ModuleCode::new(&module).ok().and_then(|code| databases.get(&DatabaseId::main(code)));
    let from = databases.get(&DatabaseId::main(declared.module.clone()));
    let owner = owner.filter(|owner| owner.schema().tables().contains_key(&owner_table));
    let (Some(from), Some(owner)) = (from, owner) else { return Ok(checked) };
    let found = flow::dangling((&from, &table, &column), (&owner, &owner_table, &owner_column)).await?;
    checked.standing = if found.missing.is_empty() { Standing::Holds } else { Standing::Dangling };
    (checked.values, checked.missing) = (found.values, found.missing.len() as u64);
    checked.examples = found.missing.into_iter().take(TOLD).collect();
    Ok(checked)
}

/// What of it is an error, for `verify`.
pub(super) fn findings(report: &Reconciled) -> Vec<Finding> {
    let broken = report.references.iter().filter(|c| c.strict && c.standing == Standing::Dangling);
    broken
        .flat_map(|c| {
            c.examples.iter().map(|value| Finding {
                database: c.module.clone(),
                place: format!("{} {value}", c.from),
                message: format!("names no row of {} ({})", c.owner, c.to),
            })
        })
        .collect()
}
