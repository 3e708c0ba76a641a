//! One parsed expression.

use super::rewrite;
use cel::IdedExpr;
use cel::common::ast::SourceInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest expression that a declaration may hold, in characters.
pub const MAX_EXPRESSION_CHARS: usize = 1_000;

/// How deep brackets and conditions may nest.
const MAX_DEPTH: u16 = 24;

/// The parser takes up to 180 kB of stack per level in an unoptimised build: more than a task's thread has for 24 of
/// them. Sources with brackets are parsed on a thread of their own.
const PARSER_STACK_BYTES: usize = 16 << 20;

/// Brackets and conditions that may be parsed on the caller's stack.
const SHALLOW: usize = 2;

/// A parsed expression. Two expressions are equal when their sources are; in JSON it is its source.
#[derive(Clone)]
pub struct Expression {
    source: String,
    tree: Arc<IdedExpr>,
    reads: BTreeSet<String>,
}

/// Why a text is not an expression.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message} (character {offset})")]
pub struct ParseError {
    /// Where, in characters from the start of the expression.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// [`ParseError`] when it is longer than [`MAX_EXPRESSION_CHARS`], is not CEL, nests comprehensions, or names a
    /// date that does not exist.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        let (tree, _) = parse_tree(source)?;
        let mut reads = BTreeSet::new();
        rewrite::collect_reads(&tree, &mut Vec::new(), &mut reads);
        let tree = Arc::new(rewrite::prepare(tree)?);
        Ok(Self { source: source.to_owned(), tree, reads })
    }

    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of the variables it reads: fields and facts.
    #[must_use]
    pub fn reads(&self) -> &BTreeSet<String> {
        &self.reads
    }

    pub(super) fn tree(&self) -> &IdedExpr {
        &self.tree
    }
}

/// The tree as written, with the place of each node.
pub(super) fn parse_tree(source: &str) -> Result<(IdedExpr, SourceInfo), ParseError> {
    let length = source.chars().count();
    if length > MAX_EXPRESSION_CHARS {
        let message = format!("the expression has {length} characters");
        return Err(ParseError { offset: MAX_EXPRESSION_CHARS, message });
    }
    if source.trim().is_empty() {
        return Err(ParseError { offset: 0, message: "the expression is empty".to_owned() });
    }
    let (tree, info) = if source.matches(['(', '[', '{', '?']).count() <= SHALLOW {
        parse_here(source)?
    } else {
        parse_apart(source)?
    };
    rewrite::limit_chain(&tree)?;
    rewrite::limit_comprehensions(&tree, 0)?;
    Ok((tree, info))
}

fn parse_here(source: &str) -> Result<(IdedExpr, SourceInfo), ParseError> {
    let parser = cel::parser::Parser::default().max_recursion_depth(MAX_DEPTH);
    parser.parse_with_source_info(source).map_err(|errors| first_error(source, &errors))
}

fn parse_apart(source: &str) -> Result<(IdedExpr, SourceInfo), ParseError> {
    let failed = |message: &str| ParseError { offset: 0, message: message.to_owned() };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(PARSER_STACK_BYTES);
        let parsing = builder.spawn_scoped(scope, || parse_here(source));
        let parsing = parsing.map_err(|_| failed("no thread to parse the expression on; try again"))?;
        parsing.join().unwrap_or_else(|_| Err(failed("the parser failed on this expression")))
    })
}

fn first_error(source: &str, errors: &cel::ParseErrors) -> ParseError {
    let Some(error) = errors.errors.first() else {
        return ParseError { offset: 0, message: "this is not an expression".to_owned() };
    };
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
    let before: usize = source.split_inclusive('\n').take(line - 1).map(|text| text.chars().count()).sum();
    let message = if error.msg.contains("Recursion") {
        format!("brackets or conditions nest deeper than {MAX_DEPTH}")
    } else {
        error.msg.clone()
    };
    ParseError { offset: before + column - 1, message }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expression({:?})", self.source)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
