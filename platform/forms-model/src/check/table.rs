//! Reading one TOML table: each accessor knows its key, reports a wrong type where it stands, and lets the reading
//! go on; [`Table::finish`] refuses the keys that nobody asked for.

use super::source::SourceFile;
use crate::expr::Expression;
use crate::nearest::nearest;
use kernel::Text;
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The longest label, hint or message, in characters.
const MAX_TEXT_CHARS: usize = 1_000;

/// A table under reading.
pub(super) struct Table<'a> {
    pub(super) source: &'a SourceFile<'a>,
    table: &'a DeTable<'a>,
    /// What it is, for messages: "a field".
    what: &'static str,
    /// Where to report what is missing.
    start: usize,
    asked: RefCell<Vec<&'static str>>,
}

/// A text with its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

type Node<'a> = &'a Spanned<DeValue<'a>>;

impl<'a> Table<'a> {
    pub(super) fn root(source: &'a SourceFile<'a>, table: &'a DeTable<'a>) -> Self {
        Self { source, table, what: "the file", start: 0, asked: RefCell::default() }
    }

    /// The table behind a value, or a report that there is none.
    pub(super) fn of(source: &'a SourceFile<'a>, node: Node<'a>, what: &'static str) -> Option<Self> {
        let start = node.span().start;
        match node.get_ref() {
            DeValue::Table(table) => Some(Self { source, table, what, start, asked: RefCell::default() }),
            other => {
                source.error(start, format!("{what} is {}", kind(other)), "a table");
                None
            }
        }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn error(&self, what: impl Into<String>, expected: impl Into<String>) {
        self.source.error(self.start, what, expected);
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    pub(super) fn missing(&self, key: &str, expected: &str) {
        self.error(format!("{} has no `{key}`", self.what), format!("`{key} = {expected}`"));
    }

    fn wrong(&self, key: &str, node: Node<'_>, expected: &str) {
        let what = format!("`{key}` is {}", kind(node.get_ref()));
        self.source.error(node.span().start, what, expected.to_owned());
    }

    /// A text, if it is there.
    pub(super) fn word(&self, key: &'static str) -> Option<Word> {
        let node = self.get(key)?;
        match node.get_ref() {
            DeValue::String(value) => Some(Word { value: value.to_string(), span: node.span() }),
            _ => {
                self.wrong(key, node, "a text in quotes");
                None
            }
        }
    }

    /// A text that must be there and not be empty; empty after the report.
    pub(super) fn need_word(&self, key: &'static str) -> Word {
        if self.table.get(key).is_none() {
            self.asked.borrow_mut().push(key);
            self.missing(key, "\"…\"");
        }
        let word = self.word(key).unwrap_or_default();
        if word.value.trim().is_empty() && !word.span.is_empty() {
            self.source.error(word.span.start, format!("`{key}` is empty"), "a text");
        }
        word
    }

    /// A text of a closed list, if it is there.
    pub(super) fn one_of<T>(
        &self,
        key: &'static str,
        words: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let word = self.word(key)?;
        let found = parse(&word.value);
        if found.is_none() {
            self.unknown_word(key, &word, words);
        }
        found
    }

    pub(super) fn unknown_word(&self, key: &str, word: &Word, words: &[&str]) {
        let list = words.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
        let expected = match nearest(&word.value, words) {
            Some(close) => format!("one of {list}; did you mean `{close}`?"),
            None => format!("one of {list}"),
        };
        self.source.error(word.span.start, format!("`{}` is not a known `{key}`", word.value), expected);
    }

    /// An integer within bounds, if it is there.
    pub(super) fn integer(&self, key: &'static str, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let node = self.get(key)?;
        let value = match node.get_ref() {
            DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix()).ok(),
            _ => None,
        };
        match value {
            Some(value) if bounds.contains(&value) => Some(value),
            _ => {
                let expected = format!("an integer from {} to {}", bounds.start(), bounds.end());
                match value {
                    Some(value) => {
                        self.source.error(node.span().start, format!("`{key}` is {value}"), expected)
                    }
                    None => self.wrong(key, node, &expected),
                }
                None
            }
        }
    }

    /// An integer that must be there; the lower bound after the report.
    pub(super) fn need_integer(&self, key: &'static str, bounds: std::ops::RangeInclusive<i64>) -> i64 {
        if self.table.get(key).is_none() {
            self.asked.borrow_mut().push(key);
            self.missing(key, "an integer");
        }
        let lowest = *bounds.start();
        self.integer(key, bounds).unwrap_or(lowest)
    }

    /// A version: an integer from 1.
    pub(super) fn need_version(&self) -> u32 {
        u32::try_from(self.need_integer("version", 1..=1_000_000)).unwrap_or(1)
    }

    /// `true` or `false`; the default when it is not there.
    pub(super) fn flag(&self, key: &'static str, default: bool) -> bool {
        let Some(node) = self.get(key) else { return default };
        match node.get_ref() {
            DeValue::Boolean(value) => *value,
            _ => {
                self.wrong(key, node, "`true` or `false`");
                default
            }
        }
    }

    /// A table, if it is there.
    pub(super) fn table(&self, key: &'static str, what: &'static str) -> Option<Self> {
        Self::of(self.source, self.get(key)?, what)
    }

    /// The tables of an array of tables; none when the key is not there.
    pub(super) fn tables(&self, key: &'static str, what: &'static str, most: usize) -> Vec<Self> {
        self.list(key, most, "an array of tables")
            .into_iter()
            .filter_map(|node| Self::of(self.source, node, what))
            .collect()
    }

    /// The texts of an array; none when the key is not there.
    pub(super) fn words(&self, key: &'static str, most: usize) -> Vec<Word> {
        let as_word = |node: Node<'a>| match node.get_ref() {
            DeValue::String(value) => Some(Word { value: value.to_string(), span: node.span() }),
            _ => {
                self.wrong(key, node, "a text in quotes");
                None
            }
        };
        self.list(key, most, "an array of texts").into_iter().filter_map(as_word).collect()
    }

    /// One text or an array of texts.
    pub(super) fn word_or_words(&self, key: &'static str, most: usize) -> Vec<Word> {
        match self.table.get(key).map(Spanned::get_ref) {
            Some(DeValue::String(_)) => self.word(key).into_iter().collect(),
            _ => self.words(key, most),
        }
    }

    fn list(&self, key: &'static str, most: usize, expected: &str) -> Vec<Node<'a>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        match node.get_ref() {
            DeValue::Array(items) if items.len() > most => {
                self.source.error(
                    node.span().start,
                    format!("`{key}` has {} entries", items.len()),
                    format!("at most {most}"),
                );
                items.iter().take(most).collect()
            }
            DeValue::Array(items) => items.iter().collect(),
            _ => {
                self.wrong(key, node, expected);
                Vec::new()
            }
        }
    }

    /// A table `{ fr = "…", en = "…" }`, if it is there.
    pub(super) fn text(&self, key: &'static str) -> Option<Text> {
        let table = self.table(key, key)?;
        let text = table.both();
        table.finish();
        Some(text)
    }

    /// A text in both languages that must be there; empty after the report.
    pub(super) fn need_text(&self, key: &'static str) -> Text {
        if self.table.get(key).is_none() {
            self.asked.borrow_mut().push(key);
            self.missing(key, "{ fr = \"…\", en = \"…\" }");
        }
        self.text(key).unwrap_or_default()
    }

    /// The `fr` and `en` of this very table.
    pub(super) fn both(&self) -> Text {
        let (fr, en) = (self.need_word("fr"), self.need_word("en"));
        for word in [&fr, &en] {
            let length = word.value.chars().count();
            if length > MAX_TEXT_CHARS {
                let expected = format!("at most {MAX_TEXT_CHARS}");
                self.source.error(word.span.start, format!("the text has {length} characters"), expected);
            }
        }
        Text::new(fr.value, en.value)
    }

    /// A CEL expression, if it is there; its place is noted under the name.
    pub(super) fn expression(&self, key: &'static str, place: String) -> Option<Expression> {
        let word = self.word(key)?;
        self.parse_expression(&word, place)
    }

    pub(super) fn parse_expression(&self, word: &Word, place: String) -> Option<Expression> {
        match Expression::parse(&word.value) {
            Ok(expression) => {
                self.source.note_text(place, word.span.clone(), &word.value);
                Some(expression)
            }
            Err(error) => {
                let (start, plain) = self.source.text_start(word.span.clone(), &word.value);
                let bytes: usize = word.value.chars().take(error.offset).map(char::len_utf8).sum();
                self.source.error(start + if plain { bytes } else { 0 }, error.message, "a CEL expression");
                None
            }
        }
    }

    /// Refuses the keys that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !asked.contains(&name) {
                let expected = match nearest(name, &asked) {
                    Some(close) => format!("a known key; did you mean `{close}`?"),
                    None => {
                        let mut known = asked.clone();
                        known.sort_unstable();
                        known.dedup();
                        format!("one of {}", known.join(", "))
                    }
                };
                self.source.error(key.span().start, format!("{} has no key `{name}`", self.what), expected);
            }
        }
    }
}

/// A value's type, for messages.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
