//! A whole database as one SQLite file, whichever engine it lives on: the form of a backup, and the way from one engine
//! to another. The file is made by the same steps as the database, so it is a database of ours itself.

use crate::engine::{Engine, Query};
use crate::sqlite::{SqliteDatabase, create_from_template};
use crate::{Batch, Db, DbError, DbResult, Expect, Receipt, Row, Statement, Value, Write};
use kernel::{Actor, Cause, Timestamp};
use std::path::Path;

/// Rows written together when a file is loaded.
const TOGETHER: usize = 500;

/// A table and its columns, in the order of the file.
struct Columns {
    table: String,
    names: Vec<String>,
}

impl Columns {
    fn select(&self) -> Statement {
        Statement::read(
            format!("export {}", self.table),
            format!("SELECT {} FROM {}", self.names.join(", "), self.table),
        )
    }

    fn insert(&self) -> String {
        let places: Vec<String> = (1..=self.names.len()).map(|n| format!("?{n}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.table, self.names.join(", "), places.join(", "))
    }
}

impl Db {
    /// Writes the whole database, as it stands at one position, into a new SQLite file. Answers that position.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the database cannot be read.
    pub async fn export(&self, target: &Path, at: Timestamp) -> DbResult<u64> {
        if target.exists() {
            return Err(DbError::Unavailable(format!("{} exists already", target.display())));
        }
        let engine = self.engine().await?;
        if let Engine::Sqlite(database) = &*engine {
            database.copy_to(target).await?;
            return self.position_of(target).await;
        }
        let empty = self.sibling(target).await?;
        empty.migrate(self.schema(), at).await?;
        let tables = columns(&empty).await?;
        let queries = tables.iter().map(|t| Query { statement: t.select(), params: Vec::new() }).collect();
        let answers = engine.read(queries).await?;
        for (table, rows) in tables.iter().zip(answers) {
            let insert = Statement::write(format!("import {}", table.table), table.insert());
            for chunk in rows.chunks(TOGETHER) {
                let params = chunk.iter().map(|row| Ok(row.0.clone()));
                fill(&insert, params, at, async |batch| empty.write(batch).await).await?;
            }
        }
        empty.close().await;
        self.position_of(target).await
    }

    async fn position_of(&self, file: &Path) -> DbResult<u64> {
        let file = self.sibling(file).await?;
        let head = Query { statement: crate::platform::HEAD.clone(), params: Vec::new() };
        let rows = file.read(vec![head]).await?.pop().unwrap_or_default();
        file.close().await;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }

    /// Fills this database, which was made by the same steps and is empty, with what a file holds. On SQLite the file
    /// itself becomes the database; use [`place_file`] before it is opened.
    ///
    /// # Errors
    /// When this database holds anything, or a row of the file does not fit.
    pub async fn import(&self, source: &Path, at: Timestamp) -> DbResult<u64> {
        if self.head().await?.0 > 0 {
            return Err(DbError::Unfit(format!("{} is not empty", self.id())));
        }
        let file = self.sibling(source).await?;
        let mut rows = 0;
        for table in columns(&file).await? {
            let kinds = self.column_kinds(&table).await?;
            let select = Query { statement: table.select(), params: Vec::new() };
            let found = file.read(vec![select]).await?.pop().unwrap_or_default();
            let insert = Statement::write(format!("import {}", table.table), table.insert());
            for chunk in found.chunks(TOGETHER) {
                let params = chunk.iter().map(|row| typed(row, &kinds));
                let engine = self.engine().await?;
                fill(&insert, params, at, async |batch| engine.write(batch).await).await?;
                rows += chunk.len() as u64;
            }
        }
        file.close().await;
        Ok(rows)
    }

    /// A file beside this database, opened by the same threads.
    async fn sibling(&self, path: &Path) -> DbResult<SqliteDatabase> {
        SqliteDatabase::open(self.0.host.clone(), path).await
    }

    /// The types of a table's columns on PostgreSQL, in the order of the file.
    async fn column_kinds(&self, table: &Columns) -> DbResult<Vec<String>> {
        let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_name = ?1 AND table_schema = current_schema()";
        let query =
            Query { statement: Statement::read("column kinds", sql), params: crate::params![&table.table] };
        let rows = self.read_platform(query).await?;
        let mut kinds = Vec::new();
        for name in &table.names {
            let kind = rows.iter().find_map(|row| (row.text(0).ok()? == *name).then(|| row.text(1).ok())?);
            kinds.push(
                kind.ok_or_else(|| {
                    DbError::Unfit(format!("{}.{name} is not in this database", table.table))
                })?,
            );
        }
        Ok(kinds)
    }
}

/// Writes rows with one statement, in one Batch.
async fn fill(
    insert: &Statement,
    rows: impl Iterator<Item = DbResult<Vec<Value>>>,
    at: Timestamp,
    write: impl AsyncFnOnce(Batch) -> DbResult<Receipt>,
) -> DbResult<()> {
    let mut batch = Batch::new(at, Cause::new(&Actor::system("restore"), at.new_id()));
    for params in rows {
        batch.writes.push(Write { statement: insert.clone(), params: params?, expect: Expect::Rows(1) });
    }
    write(batch).await.map(drop)
}

/// The tables of a file with their columns, but for what its own steps wrote.
async fn columns(file: &SqliteDatabase) -> DbResult<Vec<Columns>> {
    let query = Query { statement: tables(), params: Vec::new() };
    let mut all: Vec<Columns> = Vec::new();
    for row in file.read(vec![query]).await?.pop().unwrap_or_default() {
        let (table, name) = (row.text(0)?, row.text(1)?);
        match all.last_mut().filter(|last| last.table == table) {
            Some(last) => last.names.push(name),
            None => all.push(Columns { table, names: vec![name] }),
        }
    }
    Ok(all)
}

/// What SQLite keeps loosely, as PostgreSQL wants it.
fn typed(row: &Row, kinds: &[String]) -> DbResult<Vec<Value>> {
    let one = |(n, value): (usize, &Value)| match (kinds.get(n).map_or("", String::as_str), value) {
        (_, Value::Null) => Ok(Value::Null),
        ("uuid", _) => row.uuid(n).map(Value::Uuid),
        ("boolean", _) => row.bool(n).map(Value::Bool),
        ("jsonb", _) => row.json(n).map(Value::Json),
        _ => Ok(value.clone()),
    };
    row.0.iter().enumerate().map(one).collect()
}

/// Makes a file of a backup the file of a database: whole, flushed, or not there.
///
/// # Errors
/// When the disk does not take it.
pub fn place_file(source: &Path, target: &Path) -> DbResult<()> {
    create_from_template(source, target)
        .map_err(|e| DbError::Unavailable(format!("{}: {e}", target.display())))
}

fn tables() -> Statement {
    Statement::read(
        "tables",
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'schema_version' ORDER BY m.name, c.cid",
    )
}
