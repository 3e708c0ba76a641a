//! People: a disc with initials, always beside the name.

use maud::{Markup, html};

/// The size of an avatar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AvatarSize {
    /// 22 px, in a table's row or a line of text.
    Small,
    /// 28 px.
    #[default]
    Normal,
    /// 36 px, on phones.
    Large,
}

/// The disc of a person; the colour comes from the id, so that it stays when the name changes.
#[must_use]
pub fn avatar(id: &str, name: &str, size: AvatarSize) -> Markup {
    let size = match size {
        AvatarSize::Small => " s",
        AvatarSize::Normal => "",
        AvatarSize::Large => " l",
    };
    html! { span class={ "av" (colour(id)) (size) } aria-hidden="true" { (initials(name)) } }
}

/// A person in a row: small disc and name.
#[must_use]
pub fn person(id: &str, name: &str) -> Markup {
    html! { span.row { (avatar(id, name, AvatarSize::Small)) (name) } }
}

/// A person with a second line: a role, a place, a reason.
#[must_use]
pub fn person_with(id: &str, name: &str, line: &str) -> Markup {
    html! {
        span.row.grow {
            (avatar(id, name, AvatarSize::Normal))
            span.grow { b.line { (name) } span.tiny.muted { (line) } }
        }
    }
}

/// FNV-1a over the id: the same disc on every page and every server.
fn colour(id: &str) -> &'static str {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ["", " b", " c", " d", " e"][usize::try_from(hash % 5).unwrap_or(0)]
}

/// The first letters of the first two words.
fn initials(name: &str) -> String {
    let letters: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    if letters.is_empty() { "?".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_two_words() {
        assert_eq!(initials("Léa Morvan"), "LM");
        assert_eq!(initials("Gwenaël Le Roux"), "GL");
        assert_eq!(initials("  éloïse"), "É");
        assert_eq!(initials("🦀 <script>"), "S");
        assert_eq!(initials("\u{202e}"), "?");
    }

    #[test]
    fn the_colour_follows_the_id_not_the_name() {
        let disc = |id, name| avatar(id, name, AvatarSize::Normal).into_string();
        assert_eq!(disc("7", "Léa Morvan").replace("LM", "XX"), disc("7", "X X"));
    }
}
