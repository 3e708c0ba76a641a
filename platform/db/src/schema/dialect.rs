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
const TYPES: [(&str, &str, &str); 10] = [
    ("{id}", "BLOB", "uuid"),
    ("{instant}", "INTEGER", "bigint"),
    ("{int}", "INTEGER", "bigint"),
    ("{bool}", "INTEGER", "boolean"),
    ("{text}", "TEXT", "text"),
    ("{json}", "TEXT", "jsonb"),
    ("{bytes}", "BLOB", "bytea"),
    ("{real}", "REAL", "double precision"),
    ("{strict}", " STRICT", ""),
    // A table that is only ever reached by its key: one tree instead of two.
    ("{keyed}", " STRICT, WITHOUT ROWID", ""),
];

impl Dialect {
    /// DDL with the logical types replaced by the engine's own. `{strict}` closes a table. `{written_once TABLE};` makes
    /// the engine itself refuse to change or delete a row of a table: against a mistake, for whoever owns the table can
    /// take the trigger away.
    #[must_use]
    pub fn ddl(self, sql: &str) -> String {
        let sql = TYPES.iter().fold(sql.to_owned(), |text, (logical, sqlite, postgres)| {
            text.replace(logical, if self == Self::Sqlite { sqlite } else { postgres })
        });
        let mut parts = sql.split("{written_once ");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (table, rest) = part.split_once('}').unwrap_or((part, ""));
            text.push_str(&self.written_once(table));
            text.push_str(rest);
        }
        text
    }

    fn written_once(self, table: &str) -> String {
        let why = format!("rows of {table} are written once");
        match self {
            Self::Sqlite => ["UPDATE", "DELETE"].map(|verb| {
                let name = format!("{table}_no_{}", verb.to_lowercase());
                format!("CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END")
            })
            .join(";\n"),
            Self::Postgres => format!(
                "CREATE FUNCTION {table}_written_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{why}'; END $$;\nCREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_written_once()"
            ),
        }
    }

    /// A statement as the engine reads it.
    ///
    /// - `?1` stays on SQLite and becomes `$1` on PostgreSQL, outside of quoted text. (On SQLite `$1` would be a *named*
    ///   parameter, numbered by first appearance.)
    /// - `among(column, ?3)`: whether an identifier column holds one of the identifiers in a JSON array;
    ///   `among_text(column, ?3)` for a column of text.
    #[must_use]
    pub fn statement(self, sql: &str) -> String {
        let sql = self.among(sql);
        if self == Self::Sqlite {
            return sql;
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

    /// Rewrites `among(column, list)` for identifiers and `among_text(column, list)` for texts.
    fn among(self, sql: &str) -> String {
        let mut text = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some((before, after)) = rest.split_once("among") {
            text.push_str(before);
            let (is_text, after) = after.strip_prefix("_text").map_or((false, after), |after| (true, after));
            let Some((arguments, tail)) = after.strip_prefix('(').and_then(|a| a.split_once(')')) else {
                text.push_str("among");
                rest = after;
                continue;
            };
            let (column, list) = arguments.split_once(',').unwrap_or((arguments, "NULL"));
            text.push_str(&self.among_list(column.trim(), list.trim(), is_text));
            rest = tail;
        }
        text.push_str(rest);
        text
    }

    fn among_list(self, column: &str, list: &str, is_text: bool) -> String {
        match self {
            Self::Sqlite => {
                let item = if is_text { "value" } else { "unhex(replace(value, '-', ''))" };
                format!("{column} IN (SELECT {item} FROM json_each({list}))")
            }
            Self::Postgres => {
                let item = if is_text { "item" } else { "item::uuid" };
                format!(
                    "{column} = ANY (ARRAY(SELECT {item} FROM jsonb_array_elements_text({list}::jsonb) AS item))"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect::{Postgres, Sqlite};

    #[test]
    fn placeholders_are_the_engines_own_and_quotes_are_left_alone() {
        assert_eq!(Postgres.statement("SELECT '?1', ?1, ?12"), "SELECT '?1', $1, $12");
        assert_eq!(Sqlite.statement("SELECT ?1"), "SELECT ?1");
    }

    #[test]
    fn what_is_written_once_is_guarded_by_the_engine() {
        let sql = "CREATE TABLE a (id {id}){strict};\n{written_once a};\nCREATE INDEX b ON a (id);";
        let sqlite = Sqlite.ddl(sql);
        assert!(sqlite.contains("BEFORE UPDATE ON a BEGIN") && sqlite.contains("BEFORE DELETE ON a BEGIN"));
        let postgres = Postgres.ddl(sql);
        assert!(postgres.contains("BEFORE UPDATE OR DELETE OR TRUNCATE ON a FOR EACH STATEMENT"));
        assert!([sqlite, postgres].iter().all(|text| text.ends_with(";\nCREATE INDEX b ON a (id);")));
    }

    #[test]
    fn among_reads_a_json_array() {
        let sql = "SELECT 1 FROM t WHERE among(team_id, ?3) AND x = ?1";
        assert!(Postgres.statement(sql).contains("jsonb_array_elements_text($3::jsonb)"));
        assert!(Sqlite.statement(sql).ends_with("json_each(?3)) AND x = ?1"));
    }
}
