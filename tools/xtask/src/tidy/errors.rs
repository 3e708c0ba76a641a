//! Every error code that a user can meet has a page in `docs/errors/`.

use super::source::Source;
use std::collections::BTreeMap;
use std::path::Path;

/// Finds codes without a page.
pub fn check(root: &Path, sources: &[Source], findings: &mut Vec<String>) {
    let mut codes: BTreeMap<&str, String> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("tools/")) {
        for (offset, code) in codes_in(&source.uncommented) {
            if !source.is_test_at(offset) {
                codes.entry(code).or_insert_with(|| source.path.clone());
            }
        }
    }
    for (code, path) in codes {
        if !root.join(format!("docs/errors/{code}.md")).exists() {
            findings.push(format!("{path}: the error `{code}` has no page docs/errors/{code}.md"));
        }
    }
}

/// The codes in a text, with their places: `invalid("code"`, `refused("code"`, and `Kind::Any, "code"`.
fn codes_in(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for call in ["invalid(", "refused("] {
        for (at, _) in text.match_indices(call) {
            let before = text[..at].chars().next_back();
            let whole_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let literal = literal_at(&text[at + call.len()..]);
            found.extend(literal.filter(|_| whole_word).map(|code| (at, code)));
        }
    }
    for (at, kind) in text.match_indices("Kind::") {
        let rest = text[at + kind.len()..].trim_start_matches(|c: char| c.is_alphanumeric()).trim_start();
        let rest = match rest.strip_prefix('{') {
            Some(fields) => fields.split_once('}').map_or("", |(_, rest)| rest),
            None => rest,
        };
        let literal = rest.trim_start().strip_prefix(',').and_then(literal_at);
        found.extend(literal.map(|code| (at, code)));
    }
    found
}

/// The text of a string literal that comes next, when it looks like a code.
fn literal_at(text: &str) -> Option<&str> {
    let (code, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let fits =
        !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    fits.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_each_form() {
        let text = "Error::invalid(\"a_b\", x)\nrefused(\n  \"week_closed\", y)\nSelf::new(\n Kind::TooMany { retry_after_s: 3 },\n \"slow\")\nKind::NotFound, \"gone\"\nis_invalid(\"no\")\ninvalid(\"Not a code\")\nKind::Invalid => \"other\"";
        let codes: Vec<&str> = codes_in(text).into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes, ["a_b", "week_closed", "slow", "gone"]);
    }

    #[test]
    fn a_code_without_a_page_is_told() {
        let source =
            Source::new("platform/web/src/a.rs", "Error::invalid(\"never_documented\", x)".to_owned());
        let mut findings = Vec::new();
        check(Path::new("."), &[source], &mut findings);
        assert!(findings[0].contains("docs/errors/never_documented.md"), "{findings:?}");
    }
}
