//! Just enough of Rust's grammar to measure it: what is a comment, a string, a test, a function. It relies on
//! rustfmt's layout, which another stage checks.

/// The text with the same lines, where comments (and strings, when asked) are spaces. The quotes stay.
pub fn blank(text: &str, strings: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (end, erase) = token(bytes, at, strings);
        if let Some((from, to)) = erase {
            for byte in &mut out[from..to] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end;
    }
    // Only whole characters were erased, or replaced byte by byte with spaces.
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the token that begins here ends, and what of it is to be erased.
fn token(bytes: &[u8], at: usize, strings: bool) -> (usize, Option<(usize, usize)>) {
    let rest = &bytes[at..];
    let previous = at.checked_sub(1).map(|before| bytes[before]);
    let after_word = previous.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if rest.starts_with(b"//") {
        let end = at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        return (end, Some((at, end)));
    }
    if rest.starts_with(b"/*") {
        let end = block_comment_end(bytes, at);
        return (end, Some((at, end)));
    }
    if rest[0] == b'"' {
        let end = string_end(bytes, at + 1);
        return (end, strings.then_some((at + 1, end.saturating_sub(1).max(at + 1))));
    }
    if rest[0] == b'r' && !(after_word && previous != Some(b'b') && previous != Some(b'c')) {
        let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
        if rest.get(1 + hashes) == Some(&b'"') {
            let from = at + hashes + 2;
            let to = raw_string_end(bytes, from, hashes);
            let end = (to + 1 + hashes).min(bytes.len());
            return (end, strings.then_some((from, to)));
        }
    }
    if rest[0] == b'\'' {
        return (character_end(bytes, at), None);
    }
    (at + 1, None)
}

fn block_comment_end(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// After the closing quote.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// At the closing quote.
fn raw_string_end(bytes: &[u8], mut at: usize, hashes: usize) -> usize {
    while at < bytes.len() {
        let tail = &bytes[at + 1..];
        if bytes[at] == b'"' && tail.len() >= hashes && tail[..hashes].iter().all(|byte| *byte == b'#') {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// After a character literal, or after the quote of a lifetime.
fn character_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        let close = bytes[at + 3..].iter().position(|byte| *byte == b'\'');
        return close.map_or(bytes.len(), |close| at + 4 + close);
    }
    // A character has at most four bytes; a lifetime has no quote right behind its first character.
    let close = (at + 2..=at + 5).find(|close| bytes.get(*close) == Some(&b'\''));
    match close {
        Some(close)
            if std::str::from_utf8(&bytes[at + 1..close]).is_ok_and(|text| text.chars().count() == 1) =>
        {
            close + 1
        }
        _ => at + 1,
    }
}

/// Which lines of blanked code belong to an item under `#[cfg(test)]`.
pub fn test_lines(code: &str) -> Vec<bool> {
    let lines: Vec<&str> = code.lines().collect();
    let mut marks = vec![false; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if !lines[at].trim_start().starts_with("#[cfg(test)]") {
            at += 1;
            continue;
        }
        let end = item_end(&lines, at);
        marks[at..=end].fill(true);
        at = end + 1;
    }
    marks
}

/// The last line of the item whose attribute stands on a line.
fn item_end(lines: &[&str], from: usize) -> usize {
    let indent = indent_of(lines[from]);
    let closing = format!("{indent}}}");
    let is_item = |line: &str| !line.trim_start().starts_with("#[") && !line.trim().is_empty();
    let Some(item) = (from + 1..lines.len()).find(|at| is_item(lines[*at])) else { return from };
    (item..lines.len())
        .find(|at| {
            let line = lines[*at].trim_end();
            let first = *at == item && (line.ends_with(';') || line.ends_with('}'));
            first || line == closing || (line == format!("{closing};"))
        })
        .unwrap_or(lines.len() - 1)
}

/// A function: its name, its first line (from 1) and how many lines it has.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// The functions with a body in blanked code.
pub fn functions(code: &str) -> Vec<Function> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let closing = format!("{}}}", indent_of(line));
        for (end, line) in lines.iter().enumerate().skip(at) {
            let line = line.trim_end();
            let declared_only = line.ends_with(';') && !line.contains('{') && is_signature(&lines[at..end]);
            if declared_only {
                break;
            }
            if line == closing || (end == at && line.ends_with('}')) {
                found.push(Function { name: name.to_owned(), line: at + 1, lines: end - at + 1 });
                break;
            }
        }
    }
    found
}

/// Whether no line so far has opened the body.
fn is_signature(lines: &[&str]) -> bool {
    lines.iter().all(|line| !line.trim_end().ends_with('{'))
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    if let Some(after) = rest.strip_prefix("pub") {
        rest = match after.strip_prefix('(') {
            Some(scope) => scope.split_once(')')?.1,
            None => after,
        };
        rest = rest.strip_prefix(' ')?;
    }
    for word in ["default ", "const ", "async ", "unsafe ", "extern \"C\" "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let name = rest.strip_prefix("fn ")?;
    Some(&name[..name.find(|c: char| !c.is_alphanumeric() && c != '_')?])
}

fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

#[cfg(test)]
mod tests;
