//! Files under check: positions, and the report that gathers what is wrong.

use super::Diagnostic;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Everything wrong so far, and where each declared thing stands, for checks that look at several files.
#[derive(Default)]
pub(super) struct Report {
    found: RefCell<Vec<Diagnostic>>,
    places: RefCell<BTreeMap<String, Place>>,
    unreadable: Cell<bool>,
}

/// Where something stands in a file.
#[derive(Clone, Debug)]
pub(super) struct Place {
    file: String,
    line: usize,
    column: usize,
    /// Whether characters of the value stand one after the other from here on: no escapes, one line.
    plain: bool,
}

impl Report {
    fn push(
        &self,
        file: &str,
        line: usize,
        column: usize,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let (file, what, expected) = (file.to_owned(), what.into(), expected.into());
        self.found.borrow_mut().push(Diagnostic { file, line, column, what, expected });
    }

    /// Something wrong with a file as a whole.
    pub(super) fn at_start(&self, file: &str, what: impl Into<String>, expected: impl Into<String>) {
        self.push(file, 1, 1, what, expected);
    }

    /// A file that cannot be read: references to what it declares cannot be judged.
    pub(super) fn unreadable(
        &self,
        file: &str,
        line: usize,
        column: usize,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.unreadable.set(true);
        self.push(file, line, column, what, expected);
    }

    pub(super) fn has_unreadable(&self) -> bool {
        self.unreadable.get()
    }

    /// Something wrong with a thing whose place was noted; with the file's first line otherwise.
    pub(super) fn at(&self, key: &str, what: impl Into<String>, expected: impl Into<String>) {
        self.within(key, 0, what, expected);
    }

    /// Something wrong `offset` characters into an expression whose place was noted.
    pub(super) fn within(
        &self,
        key: &str,
        offset: usize,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let place = self.places.borrow().get(key).cloned();
        match place {
            Some(place) => {
                let column = place.column + if place.plain { offset } else { 0 };
                self.push(&place.file, place.line, column, what, expected);
            }
            None => self.push("module.toml", 1, 1, format!("{key}: {}", what.into()), expected),
        }
    }

    pub(super) fn has_place(&self, key: &str) -> bool {
        self.places.borrow().contains_key(key)
    }

    /// Nothing, or all that was found, in order and without repetition.
    pub(super) fn finish(self) -> Result<(), Vec<Diagnostic>> {
        let mut found = self.found.into_inner();
        found.sort();
        found.dedup();
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// One file.
pub(super) struct SourceFile<'a> {
    path: &'a str,
    text: &'a str,
    report: &'a Report,
}

impl<'a> SourceFile<'a> {
    pub(super) fn new(path: &'a str, text: &'a str, report: &'a Report) -> Self {
        Self { path, text, report }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    pub(super) fn error(&self, offset: usize, what: impl Into<String>, expected: impl Into<String>) {
        let (line, column) = self.position(offset);
        self.report.push(self.path, line, column, what, expected);
    }

    /// Remembers where a thing stands.
    pub(super) fn note(&self, key: String, offset: usize) {
        self.note_place(key, offset, false);
    }

    /// Remembers where the text of a string begins: after its quote.
    pub(super) fn note_text(&self, key: String, span: std::ops::Range<usize>, value: &str) {
        let (offset, plain) = self.text_start(span, value);
        self.note_place(key, offset, plain);
    }

    /// The byte where the text of a string begins, and whether its characters follow one by one.
    pub(super) fn text_start(&self, span: std::ops::Range<usize>, value: &str) -> (usize, bool) {
        let plain = self.text.get(span.start + 1..span.end.saturating_sub(1)) == Some(value);
        (span.start + usize::from(plain), plain)
    }

    fn note_place(&self, key: String, offset: usize, plain: bool) {
        let (line, column) = self.position(offset);
        let place = Place { file: self.path.to_owned(), line, column, plain };
        self.report.places.borrow_mut().entry(key).or_insert(place);
    }

    pub(super) fn is_noted(&self, key: &str) -> bool {
        self.report.has_place(key)
    }
}
