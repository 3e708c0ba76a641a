//! What differs between the engines in SQL text: types in DDL, and placeholders.

/// An engine's way of writing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// SQLite, STRICT tables.
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres,
}

/// A logical type, SQLite's word and PostgreSQL's.
const TYPES: [(&str, &str, &str); 9] = [
    ("{id}", "BLOB", "uuid"),
    ("{instant}", "INTEGER", "bigint"),
    ("{int}", "INTEGER", "bigint"),
    ("{bool}", "INTEGER", "boolean"),
    ("{text}", "TEXT", "text"),
    ("{json}", "TEXT", "jsonb"),
    ("{bytes}", "BLOB", "bytea"),
    ("{real}", "REAL", "double precision"),
    ("{strict}", " STRICT", ""),
];

impl Dialect {
    /// DDL with the logical types replaced by the engine's own. `{strict}` closes a table.
    #[must_use]
    pub fn ddl(self, sql: &str) -> String {
        TYPES.iter().fold(sql.to_owned(), |text, (logical, sqlite, postgres)| {
            text.replace(logical, if self == Self::Sqlite { sqlite } else { postgres })
        })
    }

    /// A statement with the engine's placeholders: `?1` stays on SQLite and becomes `$1` on PostgreSQL, outside of
    /// quoted text. (On SQLite `$1` would be a *named* parameter, numbered by first appearance.)
    #[must_use]
    pub fn statement(self, sql: &str) -> String {
        if self == Self::Sqlite {
            return sql.to_owned();
        }
        let mut quoted = None;
        sql.chars()
            .map(|c| {
                match quoted {
                    Some(open) if c == open => quoted = None,
                    None if c == '\'' || c == '"' => quoted = Some(c),
                    _ => {}
                }
                if c == '?' && quoted.is_none() { '$' } else { c }
            })
            .collect()
    }
}
