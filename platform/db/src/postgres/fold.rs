//! One statement for many rows: the same text, its parameters as columns of `unnest`.
//!
//! Only statements that declare themselves `keyed` come here, and only plain `INSERT … VALUES` and
//! `UPDATE … SET … WHERE` are rewritten; whatever else stays a statement per row. An `ON CONFLICT` that may skip a
//! row is not folded: an insert cannot say which of its rows it skipped.

use super::words::{Kind, Words, tokens};
use tokio_postgres::types::Type;

/// A statement rewritten for many rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Folded {
    pub(super) sql: String,
    /// Whether it answers the number (from 1) of each row that it touched; otherwise it touches all.
    pub(super) numbered: bool,
}

/// Which row a statement touches, read from its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// The row whose columns of these names equal these parameters (from 1), in the order of the names.
    Row { table: String, columns: Vec<String>, params: Vec<usize> },
    /// A new row.
    Append { table: String },
    /// Not known.
    Unknown,
}

/// Rewrites a statement in PostgreSQL's form; `None` when it is not of the two plain forms.
pub(super) fn fold(sql: &str, types: &[Type]) -> Option<Folded> {
    let tokens = tokens(sql)?;
    let words = Words { sql, tokens: &tokens };
    if types.is_empty() || ["select", "returning", "default"].iter().any(|word| words.has(word)) {
        return None;
    }
    match Insert::read(&words) {
        Some(insert) => insert.fold(&words, types),
        None => Update::read(&words)?.fold(&words, types),
    }
}

/// Reads which row a statement touches.
pub(super) fn reach(sql: &str) -> Reach {
    let Some(tokens) = tokens(sql) else { return Reach::Unknown };
    let words = Words { sql, tokens: &tokens };
    let named = |table: &str, mut key: Vec<(String, usize)>| {
        key.sort();
        let (columns, params) = key.into_iter().unzip();
        Reach::Row { table: table.to_owned(), columns, params }
    };
    if let Some(insert) = Insert::read(&words) {
        return match &insert.conflict {
            None => Reach::Append { table: insert.table.to_owned() },
            Some(conflict) => match insert.key(&words, conflict) {
                Some(key) => named(insert.table, key),
                None => Reach::Unknown,
            },
        };
    }
    match Update::read(&words).and_then(|update| Some((update.table, update.key(&words)?))) {
        Some((table, key)) => named(table, key),
        None => Reach::Unknown,
    }
}

/// `unnest($1::int8[], $2::text[])`
fn columns(types: &[Type]) -> String {
    let arrays: Vec<String> =
        types.iter().enumerate().map(|(i, ty)| format!("${}::{}[]", i + 1, ty.name())).collect();
    format!("unnest({})", arrays.join(", "))
}

/// Names that no module's column has.
fn names(types: &[Type]) -> String {
    (1..=types.len()).map(|n| format!("fold_p{n}")).collect::<Vec<_>>().join(", ")
}

fn column(n: usize, types: &[Type]) -> Option<String> {
    (n <= types.len()).then(|| format!("fold_.fold_p{n}"))
}

struct Conflict<'a> {
    target: Vec<&'a str>,
    /// Whether it may leave a row as it is.
    skips: bool,
}

/// `INSERT INTO table (columns) VALUES (values) [ON CONFLICT …]`
struct Insert<'a> {
    table: &'a str,
    columns: Vec<&'a str>,
    /// The place of `VALUES`.
    values_at: usize,
    values: Vec<(usize, usize)>,
    /// The place after the values.
    tail: usize,
    conflict: Option<Conflict<'a>>,
}

impl<'a> Insert<'a> {
    fn read(words: &Words<'a>) -> Option<Self> {
        let opened = words.is(0, "insert") && words.is(1, "into") && words.symbol(3, b'(');
        let table = words.word(2).filter(|_| opened)?;
        let close = words.closing(3)?;
        let columns =
            words.split(4, close, b',').iter().map(|(from, _)| words.word(*from)).collect::<Option<_>>()?;
        let values_at = close + 1;
        let open = values_at + 1;
        if !words.is(values_at, "values") || !words.symbol(open, b'(') {
            return None;
        }
        let close = words.closing(open)?;
        let values = words.split(open + 1, close, b',');
        let tail = close + 1;
        let conflict = if tail == words.tokens.len() { None } else { Some(Conflict::read(words, tail)?) };
        Some(Self { table, columns, values_at, values, tail, conflict })
    }

    /// The column that a parameter fills by itself.
    fn filled_by(&self, words: &Words<'_>, n: usize) -> Option<&'a str> {
        let at = self.values.iter().position(|part| words.bare(*part) == Some(n))?;
        self.columns.get(at).copied()
    }

    fn key(&self, words: &Words<'_>, conflict: &Conflict<'_>) -> Option<Vec<(String, usize)>> {
        let bare = |target: &&str| {
            let at = self.columns.iter().position(|column| column.eq_ignore_ascii_case(target))?;
            Some((target.to_ascii_lowercase(), words.bare(*self.values.get(at)?)?))
        };
        conflict.target.iter().map(bare).collect::<Option<Vec<_>>>().filter(|key| !key.is_empty())
    }

    fn fold(&self, words: &Words<'_>, types: &[Type]) -> Option<Folded> {
        if self.conflict.as_ref().is_some_and(|c| c.skips) || self.values.len() != self.columns.len() {
            return None;
        }
        let head = words.rewrite((0, self.values_at), |_| None)?;
        let part = |part: &(usize, usize)| words.rewrite(*part, |n| column(n, types));
        let values: Vec<String> = self.values.iter().map(part).collect::<Option<_>>()?;
        // Behind ON CONFLICT only the new row is in sight, as `excluded`.
        let tail = words.rewrite((self.tail, words.tokens.len()), |n| {
            self.filled_by(words, n).map(|column| format!("excluded.{column}"))
        })?;
        let (values, arrays, names) = (values.join(", "), columns(types), names(types));
        let sql = format!("{head} SELECT {values} FROM {arrays} AS fold_({names}) {tail}");
        Some(Folded { sql: sql.trim_end().to_owned(), numbered: false })
    }
}

impl<'a> Conflict<'a> {
    fn read(words: &Words<'a>, at: usize) -> Option<Self> {
        if !words.is(at, "on") || !words.is(at + 1, "conflict") || words.has("returning") {
            return None;
        }
        let (target, after) = if words.symbol(at + 2, b'(') {
            let close = words.closing(at + 2)?;
            let parts = words.split(at + 3, close, b',');
            (parts.iter().map(|(from, _)| words.word(*from)).collect::<Option<_>>()?, close + 1)
        } else {
            (Vec::new(), at + 2)
        };
        let updates = words.is(after, "do") && words.is(after + 1, "update");
        Some(Self { target, skips: !updates || words.find(after, "where").is_some() })
    }
}

/// `UPDATE table SET … WHERE …`
struct Update<'a> {
    table: &'a str,
    where_at: usize,
}

impl<'a> Update<'a> {
    fn read(words: &Words<'a>) -> Option<Self> {
        let table = words.word(1).filter(|_| words.is(0, "update") && words.is(2, "set"))?;
        let where_at = words.find(3, "where")?;
        let joins = (3..words.tokens.len())
            .any(|at| words.tokens[at].depth == 0 && words.is(at, "from") && !words.is(at - 1, "distinct"));
        (!joins && !words.has("returning")).then_some(Self { table, where_at })
    }

    /// The columns compared with a parameter that the statement does not assign: rows that differ in one of them are
    /// different rows, before and after.
    fn key(&self, words: &Words<'_>) -> Option<Vec<(String, usize)>> {
        let assigned = |column: &str| {
            words.split(3, self.where_at, b',').iter().any(|(from, _)| match words.word(*from) {
                Some(word) => word.eq_ignore_ascii_case(column),
                None => true,
            })
        };
        let end = words.tokens.len();
        if words.find(self.where_at, "or").is_some() {
            return None;
        }
        let (mut key, mut from) = (Vec::new(), self.where_at + 1);
        while from < end {
            let to = words.find(from, "and").unwrap_or(end);
            if to == from + 3
                && words.symbol(from + 1, b'=')
                && let (Some(column), Some(Kind::Placeholder(n))) =
                    (words.word(from), words.tokens.get(from + 2).map(|t| t.kind))
                && !assigned(column)
            {
                key.push((column.to_ascii_lowercase(), n));
            }
            from = to + 1;
        }
        Some(key).filter(|key| !key.is_empty())
    }

    fn fold(&self, words: &Words<'_>, types: &[Type]) -> Option<Folded> {
        let part = |part| words.rewrite(part, |n| column(n, types));
        let head = part((0, self.where_at))?;
        let condition = part((self.where_at + 1, words.tokens.len()))?;
        let (arrays, names) = (columns(types), names(types));
        let sql = format!(
            "{head} FROM {arrays} WITH ORDINALITY AS fold_({names}, fold_row) WHERE {condition} RETURNING fold_.fold_row"
        );
        Some(Folded { sql, numbered: true })
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
