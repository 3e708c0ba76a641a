//! What a module's database is made of: tables and their classes, migrations, statements. Checked when the module is
//! registered, so that a statement that names another module's table never reaches a database.

mod check;
mod dialect;

pub use dialect::Dialect;

use crate::{Access, DbError, DbResult, Statement};
use aws_lc_rs::digest;
use kernel::ModuleCode;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Who follows the rows of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableClass {
    /// Followed: the log knows the position at which each row last changed.
    State,
    /// Rebuildable from events: views, KPIs.
    Derived,
    /// The machinery's own: sessions, cursors, inboxes.
    Technical,
}

/// A table that a module owns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its name, beginning with the module's prefix or one of the seeds' names.
    pub name: Cow<'static, str>,
    /// Who follows its rows.
    pub class: TableClass,
}

impl Table {
    /// A table followed by the log.
    pub fn state(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), class: TableClass::State }
    }
    /// A table that can be rebuilt.
    pub fn derived(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), class: TableClass::Derived }
    }
    /// A table of the machinery.
    pub fn technical(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), class: TableClass::Technical }
    }
}

/// A step of a schema: immutable once released, run in one transaction with its version row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migration {
    /// From 1, without gaps.
    pub version: u32,
    /// What it does, in a few words.
    pub name: Cow<'static, str>,
    /// DDL with types in braces: `{id} {instant} {int} {bool} {text} {json} {bytes} {real}`, each `CREATE TABLE` closed
    /// by `){strict}`; see [`Dialect::ddl`].
    pub sql: Cow<'static, str>,
}

impl Migration {
    /// A step from its parts.
    pub fn new(version: u32, name: impl Into<Cow<'static, str>>, sql: impl Into<Cow<'static, str>>) -> Self {
        Self { version, name: name.into(), sql: sql.into() }
    }

    /// SHA-256 of the step's text, in hexadecimal: a released step never changes.
    #[must_use]
    pub fn checksum(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.sql.as_bytes());
        hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Everything that a database of a module consists of.
#[derive(Clone, Debug)]
pub struct Schema {
    module: ModuleCode,
    tables: BTreeMap<String, TableClass>,
    migrations: Vec<Migration>,
    statements: HashMap<String, Statement>,
}

impl Schema {
    /// Puts a schema together and checks it: migrations numbered from 1, statement names unique, every statement on
    /// the module's own tables, writes on `state` tables saying which row they touch.
    ///
    /// # Errors
    /// [`DbError::Schema`] naming the first statement or step that is not acceptable, and why.
    pub fn new(
        module: ModuleCode,
        tables: Vec<Table>,
        migrations: Vec<Migration>,
        statements: Vec<Statement>,
    ) -> DbResult<Self> {
        let tables = tables.into_iter().map(|t| (t.name.into_owned(), t.class)).collect();
        let mut schema = Self { module, tables, migrations: Vec::new(), statements: HashMap::new() };
        for (migration, version) in migrations.into_iter().zip(1..) {
            if migration.version != version {
                return Err(DbError::Schema(format!(
                    "migration `{}` of {} has version {}, expected {version}",
                    migration.name, schema.module, migration.version
                )));
            }
            schema.migrations.push(migration);
        }
        for statement in statements {
            schema.register(statement)?;
        }
        Ok(schema)
    }

    fn register(&mut self, statement: Statement) -> DbResult<()> {
        check::statement(&statement, &self.tables).map_err(|why| {
            DbError::Schema(format!("{}: statement `{}` {why}", self.module, statement.name()))
        })?;
        match self.statements.insert(statement.name().to_owned(), statement) {
            Some(old) => {
                Err(DbError::Schema(format!("{}: two statements are called `{}`", self.module, old.name())))
            }
            None => Ok(()),
        }
    }

    /// The module that owns databases of this schema.
    #[must_use]
    pub fn module(&self) -> &ModuleCode {
        &self.module
    }

    /// The tables and their classes, by name.
    #[must_use]
    pub fn tables(&self) -> &BTreeMap<String, TableClass> {
        &self.tables
    }

    /// The steps, in order.
    #[must_use]
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// The registered statements, in no order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.statements.values()
    }

    /// The version of the last step; 0 when there is none.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.migrations.last().map_or(0, |m| m.version)
    }

    /// SHA-256 over the checksums of all steps and of the platform's, in hexadecimal: two databases with the same
    /// fingerprint were made by the same steps.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for migration in crate::platform::migrations().iter().chain(&self.migrations) {
            context.update(migration.checksum().as_bytes());
        }
        context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks that a statement is registered here, and that it reads or writes as the caller intends.
    ///
    /// # Errors
    /// [`DbError::Unregistered`] otherwise.
    pub fn admit(&self, statement: &Statement, writes: bool) -> DbResult<()> {
        match self.statements.get(statement.name()) {
            Some(known) if known.same(statement) && writes == (*known.access() != Access::Read) => Ok(()),
            _ => Err(DbError::Unregistered(statement.name().to_owned())),
        }
    }
}
