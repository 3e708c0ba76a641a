//! The measuring itself, on code that could fool it.

use super::*;

#[test]
fn comments_and_strings_are_blanked_and_lines_stay() {
    let code = "let a = \"x // \\\" y\"; // why\nlet b = r#\"\n}\n\"#; /* a /* b */ c */ let c = 'x';\nfn f<'a>() {}\n";
    let blanked = blank(code, true);
    assert_eq!(blanked.lines().count(), code.lines().count());
    assert!(!blanked.contains("why") && !blanked.contains('}') || blanked.contains("{}"));
    assert!(blanked.contains("let c = 'x';") && blanked.contains("fn f<'a>() {}"), "{blanked}");
    assert_eq!(blanked.lines().nth(2), Some(" "));
    assert!(blank(code, false).contains("x // \\\" y") && !blank(code, false).contains("why"));
}

#[test]
fn quotes_as_characters_open_no_string() {
    let code = "match c { '\"' => a, '\\'' => b, 'é' => c, _ => d } // gone\n";
    let blanked = blank(code, true);
    assert!(blanked.contains("_ => d }") && !blanked.contains("gone"), "{blanked}");
}

#[test]
fn tests_are_told_from_the_rest() {
    let code = "\
#[cfg(test)]
mod tests;

fn shipped() {}

#[cfg(test)]
mod more {
    fn helper() {
    }
}

fn shipped_too() {}
";
    let marks = test_lines(code);
    let shipped: Vec<&str> =
        code.lines().zip(marks).filter(|(_, test)| !test).map(|(line, _)| line).collect();
    assert_eq!(shipped, ["", "fn shipped() {}", "", "", "fn shipped_too() {}"]);
}

#[test]
fn functions_are_measured_and_declarations_are_not() {
    let code = "\
trait T {
    fn declared(
        &self,
    ) -> u8;
    fn given(&self) -> u8 {
        1
    }
}
pub(crate) async fn long(
    a: u8,
) {
    let b = a;
    drop(b);
}
const fn short() {}
";
    let found: Vec<(String, usize)> = functions(code).into_iter().map(|f| (f.name, f.lines)).collect();
    let expected = [("given", 3), ("long", 6), ("short", 1)].map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(found, expected);
}
