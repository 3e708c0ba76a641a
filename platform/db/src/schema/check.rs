//! The check of a statement at registration: which tables it names, and whether it says what it touches.
//!
//! It reads words, not grammar: a table is what follows FROM, JOIN, INTO, UPDATE or a comma in a FROM list. What it
//! cannot follow it refuses, so a statement that passes names no foreign table.

use super::TableClass;
use crate::{Access, Statement};
use std::collections::{BTreeMap, BTreeSet};

#[derive(PartialEq, Debug)]
enum Token {
    Word(String),
    Symbol(char),
    Placeholder,
}

/// Splits SQL into words, symbols and placeholders; quoted text disappears, comments are refused.
fn tokens(sql: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' => while rest.next().ok_or("has an open quote")? != '\'' {},
            '"' => return Err("quotes a name; use plain names".into()),
            '-' if rest.peek() == Some(&'-') => return Err("holds a comment".into()),
            '/' if rest.peek() == Some(&'*') => return Err("holds a comment".into()),
            ';' => return Err("holds more than one statement".into()),
            '?' => {
                if !rest.peek().is_some_and(char::is_ascii_digit) {
                    return Err("has a placeholder without a number".into());
                }
                while rest.next_if(char::is_ascii_digit).is_some() {}
                tokens.push(Token::Placeholder);
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(next) = rest.next_if(|n| n.is_alphanumeric() || *n == '_' || *n == '.') {
                    word.push(next);
                }
                tokens.push(Token::Word(word.to_lowercase()));
            }
            c if c.is_whitespace() => {}
            c => tokens.push(Token::Symbol(c)),
        }
    }
    Ok(tokens)
}

/// The names given to common table expressions: `WITH a AS (`, `, b AS (`.
fn expressions(tokens: &[Token]) -> BTreeSet<&str> {
    let named = tokens.windows(3).filter_map(|w| match w {
        [Token::Word(name), Token::Word(word), Token::Symbol('(')] if word == "as" => Some(name.as_str()),
        _ => None,
    });
    named.collect()
}

/// The tables that a statement names, and the one that it writes.
fn tables(tokens: &[Token]) -> Result<(BTreeSet<&str>, Option<&str>), String> {
    const ENDS_FROM: [&str; 9] =
        ["where", "group", "order", "limit", "having", "union", "returning", "on", "select"];
    let (mut names, mut written) = (BTreeSet::new(), None);
    let (mut depth, mut from_at) = (0_i32, None);
    for (i, token) in tokens.iter().enumerate() {
        let previous = i.checked_sub(1).and_then(|p| tokens.get(p));
        let opens = match token {
            Token::Symbol('(') => {
                depth += 1;
                false
            }
            Token::Symbol(')') => {
                depth -= 1;
                if from_at.is_some_and(|at| depth < at) {
                    from_at = None;
                }
                false
            }
            Token::Symbol(',') => from_at == Some(depth),
            Token::Word(word) if ENDS_FROM.contains(&word.as_str()) => {
                from_at = None;
                false
            }
            Token::Word(word) if word == "from" => {
                let distinct = matches!(previous, Some(Token::Word(w)) if w == "distinct");
                if !distinct {
                    from_at = Some(depth);
                }
                !distinct
            }
            Token::Word(word) if word == "update" => !matches!(previous, Some(Token::Word(w)) if w == "do"),
            Token::Word(word) => matches!(word.as_str(), "join" | "into"),
            _ => false,
        };
        if !opens {
            continue;
        }
        match tokens.get(i + 1) {
            Some(Token::Word(name)) => {
                if matches!(token, Token::Word(w) if w == "from" || w == "join")
                    && tokens.get(i + 2) == Some(&Token::Symbol('('))
                {
                    return Err(format!("calls `{name}` as a table"));
                }
                let deletes = matches!(previous, Some(Token::Word(w)) if w == "delete");
                if deletes || matches!(token, Token::Word(w) if w == "into" || w == "update") {
                    written = Some(name.as_str());
                }
                names.insert(name.as_str());
            }
            Some(Token::Symbol('(')) => {}
            _ => return Err("has no table where one must stand".into()),
        }
    }
    Ok((names, written))
}

/// Tables of the platform that a module may read: the pointer to the generation of its projections.
const READABLE: [&str; 1] = ["projection"];

/// Checks one statement against the tables that its module owns.
pub(super) fn statement(statement: &Statement, owned: &BTreeMap<String, TableClass>) -> Result<(), String> {
    let tokens = tokens(statement.sql())?;
    if tokens
        .windows(2)
        .any(|w| matches!(w, [Token::Word(a), Token::Symbol('*')] if a == "select" || a == "returning"))
    {
        return Err("selects `*`; name the columns".into());
    }
    let expressions = expressions(&tokens);
    let (named, written) = tables(&tokens)?;
    if let Some(foreign) = named.iter().find(|n| {
        let readable = READABLE.contains(n) && written != Some(**n);
        !owned.contains_key(**n) && !expressions.contains(**n) && !readable
    }) {
        return Err(format!("names the table `{foreign}`, which its module does not own"));
    }
    match (statement.access(), written) {
        (Access::Read, Some(table)) => Err(format!("is declared to read but writes `{table}`")),
        (Access::Read, None) => Ok(()),
        (_, None) => Err("is declared to write but writes no table".into()),
        (Access::Write, Some(table)) if owned.get(table) == Some(&TableClass::State) => {
            Err(format!("writes the state table `{table}` without saying which row it touches"))
        }
        (Access::Row { table: declared, .. }, Some(table)) if declared != table => {
            Err(format!("says that it touches `{declared}` but writes `{table}`"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned() -> BTreeMap<String, TableClass> {
        [("item".to_owned(), TableClass::State), ("view".to_owned(), TableClass::Derived)].into()
    }

    fn verdict(s: Statement) -> Result<(), String> {
        statement(&s, &owned())
    }

    #[test]
    fn own_tables_pass() {
        verdict(Statement::read(
            "a",
            "SELECT i.id FROM item AS i JOIN view v ON v.id = i.id WHERE i.x = 'FROM other'",
        ))
        .unwrap();
        verdict(Statement::read(
            "b",
            "WITH n AS (SELECT id FROM item) SELECT id FROM n ORDER BY id, id LIMIT ?1",
        ))
        .unwrap();
        verdict(Statement::read("c", "SELECT id FROM item WHERE a IS DISTINCT FROM b")).unwrap();
        verdict(Statement::write(
            "d",
            "INSERT INTO view (id) VALUES (?1) ON CONFLICT (id) DO UPDATE SET id = ?1",
        ))
        .unwrap();
        verdict(Statement::write("e", "UPDATE item SET x = ?2 WHERE id = ?1").row("item", &[1])).unwrap();
    }

    #[test]
    fn foreign_tables_are_refused_wherever_they_stand() {
        for sql in [
            "SELECT id FROM other",
            "SELECT id FROM item, other WHERE 1 = 1",
            "SELECT id FROM item JOIN other ON 1 = 1",
            "SELECT id FROM item WHERE id IN (SELECT id FROM other)",
            "SELECT id FROM other.item",
            "SELECT x FROM json_each('[]')",
            "SELECT id FROM log",
        ] {
            assert!(verdict(Statement::read("x", sql)).is_err(), "{sql}");
        }
        assert!(verdict(Statement::write("x", "DELETE FROM other")).is_err());
        assert!(verdict(Statement::read("x", "SELECT 1; DROP TABLE item")).is_err());
        assert!(verdict(Statement::read("x", "SELECT 1 -- FROM item")).is_err());
    }

    #[test]
    fn a_state_table_is_written_only_with_its_row() {
        assert!(verdict(Statement::write("x", "UPDATE item SET x = ?1")).is_err());
        assert!(verdict(Statement::write("x", "UPDATE item SET x = ?1").row("view", &[1])).is_err());
        assert!(verdict(Statement::read("x", "DELETE FROM view")).is_err());
        assert!(verdict(Statement::read("x", "SELECT * FROM item")).is_err());
    }
}
