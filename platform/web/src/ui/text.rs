//! What makes a page in two languages short to write: both versions stand side by side at the place of use, so that
//! a missing one does not compile.

use kernel::Lang;

/// The narrow no-break space (U+202F): before `; ! ? % €` in French, inside numbers, in `8 h 30`.
pub const NNBSP: char = '\u{202f}';
/// The no-break space (U+00A0): before `:` and inside « » in French.
pub const NBSP: char = '\u{a0}';

/// The text in the reader's language; French first, as everywhere.
#[must_use]
pub fn say(lang: Lang, fr: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}

/// The noun in the number that the language asks for: French says « 0 demande », English “0 requests”.
#[must_use]
pub fn plural(lang: Lang, n: i64, fr: [&'static str; 2], en: [&'static str; 2]) -> &'static str {
    match lang {
        Lang::Fr => fr[usize::from(n.unsigned_abs() >= 2)],
        Lang::En => en[usize::from(n.unsigned_abs() != 1)],
    }
}

/// A number with its noun: `3 demandes`, `1,240 events`.
#[must_use]
pub fn counted(lang: Lang, n: i64, fr: [&'static str; 2], en: [&'static str; 2]) -> String {
    format!("{} {}", super::format::integer(lang, n), plural(lang, n, fr, en))
}

/// A number up to ten in letters, in the feminine where French has one; figures above. Begins a sentence.
#[must_use]
pub fn number_word(lang: Lang, n: usize) -> String {
    const FR: [&str; 11] =
        ["Aucune", "Une", "Deux", "Trois", "Quatre", "Cinq", "Six", "Sept", "Huit", "Neuf", "Dix"];
    const EN: [&str; 11] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    let words = match lang {
        Lang::Fr => FR,
        Lang::En => EN,
    };
    words.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// Items in one phrase: `Léa, Marc et Nadia`, `Léa, Marc and Nadia`.
#[must_use]
pub fn enumerated(lang: Lang, items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} {} {last}", head.join(", "), say(lang, "et", "and")),
    }
}

/// A quotation between the language's marks.
#[must_use]
pub fn quoted(lang: Lang, text: &str) -> String {
    match lang {
        Lang::Fr => format!("«{NBSP}{text}{NBSP}»"),
        Lang::En => format!("“{text}”"),
    }
}

/// A label, the language's colon, and what follows it: `État : froid`, `State: cold`.
#[must_use]
pub fn labelled(lang: Lang, label: &str, value: &str) -> String {
    match lang {
        Lang::Fr => format!("{label}{NBSP}: {value}"),
        Lang::En => format!("{label}: {value}"),
    }
}

/// The text with a capital first letter, accents kept, for a date that begins a sentence.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The text with the spaces and apostrophes that French asks for, for words that others wrote with a plain keyboard:
/// declarations of forms, error texts. What people answer is never changed. English is left as it is.
#[must_use]
pub fn typeset(lang: Lang, text: &str) -> String {
    if lang == Lang::En {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    (0..chars.len())
        .map(|i| match (chars[i], at(i + 1)) {
            (' ', ';' | '!' | '?' | '%' | '€') => NNBSP,
            (' ', ':' | '»') => NBSP,
            (' ', _) if i > 0 && at(i - 1) == '«' => NBSP,
            ('\'', next) if i > 0 && at(i - 1).is_alphabetic() && next.is_alphabetic() => '’',
            (other, _) => other,
        })
        .collect()
}

/// The places where a French text breaks the rules of typography: a plain space before `; : ! ? % € »` or after «,
/// and the straight apostrophe between letters. For tests of pages; give it text, not markup.
#[must_use]
pub fn typography_faults(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let wrong = |window: &[char]| match window {
        [' ', ';' | ':' | '!' | '?' | '%' | '€' | '»', ..] | ['«', ' ', ..] => true,
        [a, '\'', b] => a.is_alphabetic() && b.is_alphabetic(),
        _ => false,
    };
    (0..chars.len())
        .filter(|&at| wrong(&chars[at..chars.len().min(at + 3)]))
        .map(|at| chars[at.saturating_sub(12)..chars.len().min(at + 12)].iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_follows_the_language() {
        let words = |lang, n| counted(lang, n, ["demande", "demandes"], ["request", "requests"]);
        assert_eq!(words(Lang::Fr, 0), "0 demande");
        assert_eq!(words(Lang::Fr, 1), "1 demande");
        assert_eq!(words(Lang::Fr, 1200), "1\u{202f}200 demandes");
        assert_eq!(words(Lang::En, 0), "0 requests");
        assert_eq!(words(Lang::En, 1), "1 request");
    }

    #[test]
    fn phrases_follow_the_language() {
        let names = ["Léa".to_owned(), "Marc".to_owned(), "Nadia".to_owned()];
        assert_eq!(enumerated(Lang::Fr, &names), "Léa, Marc et Nadia");
        assert_eq!(enumerated(Lang::En, &names[..2]), "Léa and Marc");
        assert_eq!(quoted(Lang::Fr, "oui"), "«\u{a0}oui\u{a0}»");
        assert_eq!(quoted(Lang::En, "yes"), "“yes”");
        assert_eq!(labelled(Lang::Fr, "État", "froid"), "État\u{a0}: froid");
        assert_eq!(capital("élan"), "Élan");
        assert_eq!(number_word(Lang::Fr, 2), "Deux");
        assert_eq!(number_word(Lang::En, 12), "12");
    }

    #[test]
    fn plain_french_is_typeset() {
        let plain = "Pourquoi ? L'heure « de fin » : 8 % ; 14:02";
        let set = typeset(Lang::Fr, plain);
        assert_eq!(set, "Pourquoi\u{202f}? L’heure «\u{a0}de fin\u{a0}»\u{a0}: 8\u{202f}%\u{202f}; 14:02");
        assert!(typography_faults(&set).is_empty());
        assert_eq!(typeset(Lang::Fr, &set), set);
        assert_eq!(typeset(Lang::En, plain), plain);
    }

    #[test]
    fn french_faults_are_found() {
        assert_eq!(typography_faults("Pourquoi ?").len(), 1);
        assert_eq!(typography_faults("l'heure").len(), 1);
        assert!(typography_faults("Oublié\u{202f}? Motif\u{a0}: l’heure, 14:02").is_empty());
    }
}
