//! The statements of a writer as its connection knows them: prepared for one row, prepared for many rows when that is
//! worth it, and which row each touches.

use super::connection::Connection;
use super::fold::{self, Folded, Reach};
use super::plan::{Touch, hash};
use super::values;
use crate::schema::Dialect;
use crate::{Access, DbResult, Statement, Value};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use tokio_postgres::Error;

/// Rows from which a statement for many is cheaper than one statement each.
pub(super) const FOLD_FROM: usize = 8;

/// How a statement is sent for many rows.
#[derive(Debug)]
enum Many {
    /// Not at all.
    Never,
    /// Its text is known; nobody has needed it so far.
    Text(Folded),
    /// Prepared, and whether it answers the numbers of the rows that it touched.
    Ready(tokio_postgres::Statement, bool),
}

/// Which row a statement touches.
#[derive(Debug)]
enum Key {
    /// The row of `table` named by these parameters (from 1). Rows named by other columns are not comparable.
    Row {
        table: u64,
        columns: u64,
        params: Vec<usize>,
    },
    Append {
        table: u64,
    },
    Unknown,
}

/// A statement as one connection knows it.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) name: String,
    pub(super) one: tokio_postgres::Statement,
    many: Many,
    key: Key,
}

impl Form {
    /// The statement for many rows, when it is prepared, and whether it answers row numbers.
    pub(super) fn many(&self) -> Option<(&tokio_postgres::Statement, bool)> {
        match &self.many {
            Many::Ready(statement, numbered) => Some((statement, *numbered)),
            Many::Never | Many::Text(_) => None,
        }
    }

    /// Whether nothing is known of the rows that it touches.
    pub(super) fn is_free(&self) -> bool {
        matches!(self.key, Key::Unknown)
    }

    /// The table and the columns by which this statement names a row of it.
    pub(super) fn naming(&self) -> Option<(u64, u64)> {
        match &self.key {
            Key::Row { table, columns, .. } => Some((*table, *columns)),
            Key::Append { .. } | Key::Unknown => None,
        }
    }

    /// What the statement touches with these parameters, which [`values::check`] has seen.
    pub(super) fn touch(&self, params: &[Value]) -> Touch {
        match &self.key {
            Key::Unknown => Touch::Free,
            Key::Append { table } => Touch::Append { table: *table },
            Key::Row { table, columns, params: key } => {
                let mut hasher = DefaultHasher::new();
                (table, columns).hash(&mut hasher);
                for n in key {
                    match params.get(n.wrapping_sub(1)) {
                        Some(value) => hash_value(value, &mut hasher),
                        None => return Touch::Free,
                    }
                }
                Touch::Row { table: *table, row: hasher.finish() }
            }
        }
    }
}

fn hash_value(value: &Value, hasher: &mut impl Hasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Null => {}
        Value::Bool(v) => v.hash(hasher),
        Value::Int(v) => v.hash(hasher),
        Value::Float(v) => v.to_bits().hash(hasher),
        Value::Text(v) => v.hash(hasher),
        Value::Bytes(v) => v.hash(hasher),
        Value::Uuid(v) => v.hash(hasher),
        Value::Json(v) => v.to_string().hash(hasher),
    }
}

fn key(statement: &Statement, sql: &str) -> Key {
    if !statement.is_keyed() {
        return Key::Unknown;
    }
    match statement.access() {
        Access::Row { table, key, .. } => {
            Key::Row { table: hash(table.to_ascii_lowercase()), columns: 0, params: key.to_vec() }
        }
        Access::Read | Access::Write => match fold::reach(sql) {
            Reach::Row { table, columns, params } => {
                Key::Row { table: hash(table.to_ascii_lowercase()), columns: hash(columns), params }
            }
            Reach::Append { table } => Key::Append { table: hash(table.to_ascii_lowercase()) },
            Reach::Unknown => Key::Unknown,
        },
    }
}

/// The forms of one connection, by their text.
#[derive(Debug, Default)]
pub(super) struct Forms {
    list: Vec<Form>,
    by_sql: HashMap<Box<str>, usize>,
    /// Texts that failed when folded and passed row by row: the order of their rows matters after all.
    unfolded: Vec<Box<str>>,
}

impl Forms {
    pub(super) fn get(&self, form: usize) -> &Form {
        &self.list[form]
    }

    /// The form of a statement, prepared now if it was not before.
    pub(super) async fn resolve(
        &mut self,
        connection: &mut Connection,
        statement: &Statement,
    ) -> Result<usize, Error> {
        if let Some(form) = self.by_sql.get(statement.sql()) {
            return Ok(*form);
        }
        let sql = Dialect::Postgres.statement(statement.sql());
        let one = connection.prepare(&sql).await?;
        let key = key(statement, &sql);
        let foldable =
            !matches!(key, Key::Unknown) && !self.unfolded.iter().any(|text| **text == *statement.sql());
        let many = match fold::fold(&sql, one.params()).filter(|_| foldable) {
            Some(folded) => Many::Text(folded),
            None => Many::Never,
        };
        self.list.push(Form { name: statement.name().to_owned(), one, many, key });
        self.by_sql.insert(statement.sql().into(), self.list.len() - 1);
        Ok(self.list.len() - 1)
    }

    /// Prepares the statement for many rows. One that the server does not take is not tried again.
    pub(super) async fn ready(&mut self, connection: &mut Connection, form: usize) -> Result<(), Error> {
        let form = &mut self.list[form];
        let Many::Text(folded) = &form.many else { return Ok(()) };
        match connection.prepare(&folded.sql).await {
            Ok(statement) => form.many = Many::Ready(statement, folded.numbered),
            Err(error) if error.as_db_error().is_some() => {
                tracing::warn!(statement = %form.name, error = %error, "cannot be folded; it runs row by row");
                form.many = Many::Never;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Runs a statement row by row from now on.
    pub(super) fn unfold(&mut self, form: usize) {
        if let Some((text, _)) = self.by_sql.iter().find(|(_, at)| **at == form) {
            self.unfolded.push(text.clone());
        }
        self.list[form].many = Many::Never;
    }

    /// Forgets everything prepared.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.by_sql.clear();
    }

    /// Checks parameters against a form.
    pub(super) fn check(&self, form: usize, params: &[Value]) -> DbResult<()> {
        let form = self.get(form);
        values::check(&form.name, params, form.one.params())
    }
}
