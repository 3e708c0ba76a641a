//! Habits that the compiler does not hold: every shipped file says what it owns, nothing is left to do later, nothing from
//! outside may panic the process, no test is switched off.

use super::source::Source;

/// What shipped code never holds, with the reason.
const NEVER: [(&str, &str); 3] = [
    ("todo!(", "unfinished work does not land"),
    ("unimplemented!(", "unfinished work does not land"),
    (".unwrap()", "nothing from outside may panic the process: return an error"),
];

/// Finds files without a header, and what must not be in shipped code.
pub fn check(sources: &[Source], findings: &mut Vec<String>) {
    for source in sources {
        if !source.all_test && !has_header(&source.text) {
            findings
                .push(format!("{}: must begin with `//!`: what it owns, and its invariants", source.path));
        }
        // A benchmark that cannot go on stops: nobody is served by it.
        let measures = source.path.starts_with("bench/");
        for (line, code) in source.production_lines().filter(|_| !measures) {
            if is_constant(code) {
                continue; // evaluated by the compiler: it cannot panic in the process
            }
            for (pattern, why) in NEVER.iter().filter(|(pattern, _)| code.contains(pattern)) {
                findings.push(format!("{}:{line}: `{pattern}`: {why}", source.path));
            }
        }
        for (index, code) in source.code.lines().enumerate() {
            if code.trim_start().starts_with("#[ignore") {
                let line = index + 1;
                findings.push(format!("{}:{line}: a test that does not run proves nothing", source.path));
            }
        }
    }
}

fn is_constant(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("pub ").unwrap_or(line);
    line.starts_with("const ") && !line.starts_with("const fn ")
}

/// A `//!` with words, before anything else but attributes of the file.
fn has_header(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty() || line.starts_with("#!"));
    lines.next().and_then(|line| line.strip_prefix("//!")).is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let mut findings = Vec::new();
        check(&[Source::new(path, text.to_owned())], &mut findings);
        findings
    }

    #[test]
    fn shipped_code_is_held_to_it_and_tests_are_not() {
        let bad = "//! Owns x.\nfn f() {\n    g().unwrap();\n    todo!()\n}\n";
        assert_eq!(findings("platform/db/src/a.rs", bad).len(), 2);
        assert_eq!(findings("platform/db/src/a/tests.rs", bad), Vec::<String>::new());
        let good = "//! Owns x.\n// never .unwrap()\nfn f() -> &str {\n    \"todo!()\"\n}\n#[cfg(test)]\nmod tests {\n    fn g() {\n        h().unwrap();\n    }\n}\n";
        assert_eq!(findings("platform/db/src/a.rs", good), Vec::<String>::new());
    }

    #[test]
    fn a_header_is_words_and_ignored_tests_are_found_anywhere() {
        assert_eq!(findings("app/src/main.rs", "//! \nfn main() {}\n").len(), 1);
        assert_eq!(findings("app/src/main.rs", "fn main() {}\n").len(), 1);
        let ignored = "//! Stories.\n#[test]\n#[ignore = \"slow\"]\nfn f() {}\n";
        assert_eq!(findings("app/tests/story.rs", ignored).len(), 1);
    }
}
