//! Sentences with answers in them: `{fin}` in a message stands for what was answered to the field `fin`.

/// The names between braces, in order. A brace that encloses no name is plain text.
pub(crate) fn placeholders(text: &str) -> Vec<&str> {
    pieces(text).filter_map(|piece| if let Piece::Name(name) = piece { Some(name) } else { None }).collect()
}

/// The text with each name replaced. What is put in is plain text and never read again for names.
pub(crate) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    pieces(text)
        .map(|piece| match piece {
            Piece::Plain(plain) => plain.to_owned(),
            Piece::Name(name) => value(name).unwrap_or_else(|| "–".to_owned()),
        })
        .collect()
}

enum Piece<'a> {
    Plain(&'a str),
    Name(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = leading_name(rest) {
            rest = &rest[name.len() + 2..];
            return Some(Piece::Name(name));
        }
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..].find('{').map_or(rest.len(), |at| at + first);
        let (plain, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Plain(plain))
    })
}

fn leading_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_other_braces_stay() {
        assert_eq!(placeholders("{fin} avant {debut}, {Pas ceci} {}"), ["fin", "debut"]);
        let filled = fill("{a}{b} {", |name| (name == "a").then(|| "{b}".to_owned()));
        assert_eq!(filled, "{b}– {");
    }
}
