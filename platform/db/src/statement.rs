//! One text of SQL, known by name, registered once.

use std::borrow::Cow;
use std::sync::Arc;

/// What a statement does to rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// It reads.
    Read,
    /// It writes rows that nobody follows: `derived` and `technical` tables.
    Write,
    /// It writes one row of a `state` table, named by parameters.
    Row {
        /// The table.
        table: Cow<'static, str>,
        /// The parameters (from 1) that make up the row's primary key, in order.
        key: Cow<'static, [usize]>,
        /// Whether the row is gone afterwards.
        deletes: bool,
    },
}

#[derive(Debug)]
struct Inner {
    name: Cow<'static, str>,
    sql: Cow<'static, str>,
    access: Access,
    keyed: bool,
    wakes: bool,
    sqlite: std::sync::OnceLock<String>,
}

/// A statement in the SQL that both engines share: placeholders `?1`, `?2`…, named columns (never `*`),
/// `ON CONFLICT`, `RETURNING`, CTEs, window functions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Statement(Arc<Inner>);

impl Statement {
    fn new(name: Cow<'static, str>, sql: Cow<'static, str>, access: Access) -> Self {
        let sqlite = std::sync::OnceLock::new();
        Self(Arc::new(Inner { name, sql, access, keyed: false, wakes: false, sqlite }))
    }

    /// A statement that reads.
    pub fn read(name: impl Into<Cow<'static, str>>, sql: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), sql.into(), Access::Read)
    }

    /// A statement that writes. Say [`Statement::row`] or [`Statement::deletes`] as well when its table is `state`.
    pub fn write(name: impl Into<Cow<'static, str>>, sql: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), sql.into(), Access::Write)
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let Inner { name, sql, access, keyed, wakes, .. } = &*self.0;
        let (name, sql, access) = (name.clone(), sql.clone(), access.clone());
        let sqlite = std::sync::OnceLock::new();
        let mut inner = Inner { name, sql, access, keyed: *keyed, wakes: *wakes, sqlite };
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// It writes one row of a `state` table whose primary key is made of these parameters (from 1).
    #[must_use]
    pub fn row(self, table: impl Into<Cow<'static, str>>, key: &[usize]) -> Self {
        let (table, key) = (table.into(), key.to_vec().into());
        self.with(|inner| inner.access = Access::Row { table, key, deletes: false })
    }

    /// It deletes one row of a `state` table whose primary key is made of these parameters (from 1).
    #[must_use]
    pub fn deletes(self, table: impl Into<Cow<'static, str>>, key: &[usize]) -> Self {
        let (table, key) = (table.into(), key.to_vec().into());
        self.with(|inner| inner.access = Access::Row { table, key, deletes: true })
    }

    /// It reads and writes nothing but the one row named by its key: the writer may run it before its neighbours
    /// in a group, and fold it with its like into one statement. Only plain `INSERT … VALUES` and
    /// `UPDATE … SET … WHERE` (one table, no subquery, no `RETURNING`) qualify.
    #[must_use]
    pub fn keyed(self) -> Self {
        self.with(|inner| inner.keyed = true)
    }

    /// What it writes is for somebody who waits for news of the database: a Batch with it is told of even when the log
    /// does not grow.
    #[must_use]
    pub fn wakes(self) -> Self {
        self.with(|inner| inner.wakes = true)
    }

    /// The statement's name, unique in its schema.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The text, with `?1` placeholders.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.0.sql
    }

    /// The text as SQLite reads it, written once.
    pub(crate) fn sqlite(&self) -> &str {
        self.0.sqlite.get_or_init(|| crate::schema::Dialect::Sqlite.statement(&self.0.sql))
    }

    /// What it does to rows.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// Whether it touches only the row named by its key.
    #[must_use]
    pub fn is_keyed(&self) -> bool {
        self.0.keyed
    }

    /// Whether somebody waits for what it writes.
    #[must_use]
    pub fn is_waking(&self) -> bool {
        self.0.wakes
    }

    /// Whether two handles are the same statement: the same object, or the same name and text.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.name == other.0.name && self.0.sql == other.0.sql)
    }
}
