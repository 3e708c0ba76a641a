//! The words of a statement with their places, enough to rewrite one for many rows. Not a parser: what it does not
//! follow is simply not rewritten.

/// A word, a number, a symbol, a quoted text or a placeholder, with its place in the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Open parentheses around it; a parenthesis itself counts as outside.
    pub(super) depth: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Word,
    Symbol(u8),
    Quoted,
    /// `$n`, from 1.
    Placeholder(usize),
}

/// Splits a statement in PostgreSQL's form. `None` for what is not followed: comments, dollar quotes, open ends.
pub(super) fn tokens(sql: &str) -> Option<Vec<Token>> {
    let bytes = sql.as_bytes();
    let (mut tokens, mut at, mut depth) = (Vec::new(), 0, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b'\'' | b'"' => {
                at += 1 + bytes.get(at + 1..)?.iter().position(|b| *b == byte)?;
                Kind::Quoted
            }
            b'$' => {
                let digits = bytes.get(at + 1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
                at += digits;
                Kind::Placeholder(sql.get(start + 1..=at)?.parse().ok().filter(|n| *n > 0)?)
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => return None,
            b'/' if bytes.get(at + 1) == Some(&b'*') => return None,
            b if is_word(b) => {
                at += bytes.get(at + 1..)?.iter().take_while(|b| is_word(**b)).count();
                Kind::Word
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b => Kind::Symbol(b),
        };
        at += 1;
        if kind == Kind::Symbol(b')') {
            depth = depth.checked_sub(1)?;
        }
        tokens.push(Token { kind, start, end: at, depth });
        if kind == Kind::Symbol(b'(') {
            depth += 1;
        }
    }
    (depth == 0).then_some(tokens)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || !byte.is_ascii()
}

/// The text and its tokens, looked at by word.
pub(super) struct Words<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token],
}

impl<'a> Words<'a> {
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|t| t.kind == Kind::Word && self.sql[t.start..t.end].eq_ignore_ascii_case(word))
    }

    pub(super) fn symbol(&self, at: usize, symbol: u8) -> bool {
        self.tokens.get(at).is_some_and(|t| t.kind == Kind::Symbol(symbol))
    }

    /// The plain word at a place.
    pub(super) fn word(&self, at: usize) -> Option<&'a str> {
        self.tokens.get(at).filter(|t| t.kind == Kind::Word).map(|t| &self.sql[t.start..t.end])
    }

    /// Whether a word stands anywhere.
    pub(super) fn has(&self, word: &str) -> bool {
        (0..self.tokens.len()).any(|at| self.is(at, word))
    }

    /// The first place of a word outside of parentheses, from a place on.
    pub(super) fn find(&self, from: usize, word: &str) -> Option<usize> {
        (from..self.tokens.len()).find(|&at| self.tokens[at].depth == 0 && self.is(at, word))
    }

    /// The place of the parenthesis that closes the one at a place.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        let depth = self.tokens.get(open)?.depth;
        (open + 1..self.tokens.len()).find(|&at| self.symbol(at, b')') && self.tokens[at].depth == depth)
    }

    /// Splits the tokens between two places at a symbol of the depth of the first one.
    pub(super) fn split(&self, from: usize, to: usize, symbol: u8) -> Vec<(usize, usize)> {
        let Some(depth) = self.tokens.get(from).map(|t| t.depth) else { return Vec::new() };
        let (mut parts, mut start) = (Vec::new(), from);
        for at in from..to {
            if self.symbol(at, symbol) && self.tokens[at].depth == depth {
                parts.push((start, at));
                start = at + 1;
            }
        }
        parts.push((start, to));
        parts
    }

    /// The number of the placeholder, when a part is that and nothing else.
    pub(super) fn bare(&self, (from, to): (usize, usize)) -> Option<usize> {
        match self.tokens.get(from).map(|t| t.kind) {
            Some(Kind::Placeholder(n)) if to == from + 1 => Some(n),
            _ => None,
        }
    }

    /// The text of a part, each placeholder replaced; `None` when one has no replacement.
    pub(super) fn rewrite(
        &self,
        (from, to): (usize, usize),
        replacement: impl Fn(usize) -> Option<String>,
    ) -> Option<String> {
        let tokens = self.tokens.get(from..to)?;
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return Some(String::new()) };
        let (mut text, mut at) = (String::new(), first.start);
        for token in tokens {
            if let Kind::Placeholder(n) = token.kind {
                text.push_str(&self.sql[at..token.start]);
                text.push_str(&replacement(n)?);
                at = token.end;
            }
        }
        text.push_str(&self.sql[at..last.end]);
        Some(text)
    }
}
