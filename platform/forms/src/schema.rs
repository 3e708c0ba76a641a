//! What the database of a module of forms is made of: the same tables for every module, under its own prefix.

use crate::sql::Sql;
use db::{DbResult, Migration, Schema, Statement, Table};
use forms_model::Definition;

/// The tables, by the word after the prefix.
const TABLES: [&str; 6] =
    ["form_instance", "values", "workflow_definition", "workflow_instance", "workflow_event", "counter"];

/// What a module adds of its own: tables, the steps that make them (numbered after those of the forms), statements.
#[derive(Clone, Debug, Default)]
pub struct OwnTables {
    /// Tables.
    pub tables: Vec<Table>,
    /// Steps as (name, DDL), run after the forms' own.
    pub steps: Vec<(String, String)>,
    /// Statements.
    pub statements: Vec<Statement>,
}

/// How many steps make the tables of the forms; a module's own are numbered from the next on.
pub const STEPS: u32 = 1;

/// The tables of the forms under a prefix.
#[must_use]
pub fn tables(prefix: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = TABLES.iter().map(|word| Table::state(format!("{prefix}_{word}"))).collect();
    // Timers belong to the platform. They are named here so that a command that sets one may do so in its one Batch.
    tables.push(Table::technical("timer"));
    tables
}

/// The steps that make them: the same text for every definition with that prefix.
#[must_use]
pub fn migrations(prefix: &str) -> Vec<Migration> {
    vec![Migration::new(1, "forms", include_str!("migrations/1.sql").replace("{P}", prefix))]
}

/// What the databases of a module of forms are made of.
///
/// # Errors
/// When a statement is not acceptable, which a test excludes.
pub fn schema(definition: &Definition) -> DbResult<Schema> {
    schema_with(definition, OwnTables::default())
}

/// As [`schema`], with tables of the module's own.
///
/// # Errors
/// When a statement of the module's own is not acceptable.
pub fn schema_with(definition: &Definition, own: OwnTables) -> DbResult<Schema> {
    let info = &definition.module;
    let mut steps = migrations(&info.prefix);
    for ((name, sql), version) in own.steps.into_iter().zip(STEPS + 1..) {
        steps.push(Migration::new(version, name, sql));
    }
    let statements = Sql::new(&info.prefix).all().into_iter().chain(own.statements).collect();
    let tables = tables(&info.prefix).into_iter().chain(own.tables).collect();
    Schema::new(info.code.clone(), tables, steps, statements)
}
