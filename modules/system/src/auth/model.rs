//! What a person and a team must be like: pure checks that turn what somebody typed into a draft, or say what to
//! change.

use kernel::{Error, Lang, Result, Uuid};
use std::collections::BTreeMap;

/// Characters of a password, at least and at most. There are no rules of composition: length is what counts
/// (OWASP ASVS 5.0, 6.2.1 and 6.2.5).
pub const PASSWORD: std::ops::RangeInclusive<usize> = 8..=200;

/// Somebody new, as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PersonDraft {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they do; may be empty.
    pub title: String,
    /// Their language.
    pub lang: Lang,
    /// Their team.
    pub team: Option<Uuid>,
}

/// What is to change about a person; `None` leaves it as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PersonChange {
    /// Another address.
    pub email: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another title.
    pub title: Option<String>,
    /// Another language.
    pub lang: Option<Lang>,
    /// Another team, or none.
    pub team: Option<Option<Uuid>>,
    /// The version that was read; the change is refused when it is no longer the one.
    pub version: Option<u64>,
}

/// A team, as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TeamDraft {
    /// Its name.
    pub name: String,
    /// Who manages it.
    pub manager: Option<Uuid>,
    /// The team above it.
    pub parent: Option<Uuid>,
    /// The version that was read.
    pub version: Option<u64>,
}

/// An address in the form in which it is kept and compared: without surrounding space, in small letters.
#[must_use]
pub fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The name under which tries to sign in are counted: the address, cut to what an address can be, so that a stranger
/// does not fill the memory of the limiter.
#[must_use]
pub fn account_key(email: &str) -> String {
    email.trim().chars().take(254).collect::<String>().to_lowercase()
}

/// Whether a text can be an address: something before and after one `@`, no space, at most 254 characters (RFC 5321
/// 4.5.3.1.3). Whether somebody reads it is known only by writing to it.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let (local, domain) = text.split_once('@').unwrap_or_default();
    plain && text.len() <= 254 && !local.is_empty() && !domain.is_empty() && !domain.contains('@')
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks a person and puts their texts in order.
///
/// # Errors
/// Invalid, with each field to change.
pub fn check_person(mut draft: PersonDraft) -> Result<PersonDraft> {
    draft.email = normal_email(&draft.email);
    draft.name = line(&draft.name);
    draft.title = line(&draft.title);
    let mut error = Error::invalid(
        "invalid_person",
        "Des réponses sont à corriger. Rien n’a été changé.",
        "Some answers need a change. Nothing was changed.",
    );
    if !is_email(&draft.email) {
        error = error.field(
            "email",
            "Indiquez une adresse complète, comme lea@exemple.fr",
            "Give a complete address, such as lea@example.com",
        );
    }
    if draft.name.is_empty() || draft.name.chars().count() > 100 {
        error = error.field(
            "name",
            "Indiquez un nom de 1 à 100 caractères",
            "Give a name of 1 to 100 characters",
        );
    }
    if draft.title.chars().count() > 100 {
        error = error.field("title", "100 caractères au plus", "100 characters at most");
    }
    if error.fields.is_empty() { Ok(draft) } else { Err(error) }
}

/// Checks a team's name and puts it in order.
///
/// # Errors
/// Invalid, with the field to change.
pub fn check_team(mut draft: TeamDraft) -> Result<TeamDraft> {
    draft.name = line(&draft.name);
    if draft.name.is_empty() || draft.name.chars().count() > 100 {
        return Err(invalid_team(
            "name",
            "Indiquez un nom de 1 à 100 caractères",
            "Give a name of 1 to 100 characters",
        ));
    }
    Ok(draft)
}

/// A team that cannot be kept, and the field to change.
#[must_use]
pub fn invalid_team(field: &str, fr: &str, en: &str) -> Error {
    Error::invalid(
        "invalid_team",
        "Des réponses sont à corriger. Rien n’a été changé.",
        "Some answers need a change. Nothing was changed.",
    )
    .field(field, fr, en)
}

/// Whether a team would stand below itself if it were put below `parent`.
#[must_use]
pub fn makes_circle(team: Uuid, parent: Option<Uuid>, parents: &BTreeMap<Uuid, Option<Uuid>>) -> bool {
    let mut above = parent;
    for _ in 0..=parents.len() {
        match above {
            None => return false,
            Some(id) if id == team => return true,
            Some(id) => above = parents.get(&id).copied().flatten(),
        }
    }
    true
}

/// The teams that somebody manages, those below included.
#[must_use]
pub fn managed<'a>(
    person: Uuid,
    teams: impl IntoIterator<Item = (Uuid, Option<Uuid>, Option<Uuid>)> + Clone + 'a,
) -> std::collections::BTreeSet<Uuid> {
    let direct = teams.clone().into_iter().filter(|(_, manager, _)| *manager == Some(person));
    let mut found: std::collections::BTreeSet<Uuid> = direct.map(|(id, _, _)| id).collect();
    loop {
        let below = teams.clone().into_iter().filter(|(id, _, parent)| {
            parent.is_some_and(|parent| found.contains(&parent)) && !found.contains(id)
        });
        let below: Vec<Uuid> = below.map(|(id, _, _)| id).collect();
        if below.is_empty() {
            return found;
        }
        found.extend(below);
    }
}

/// Checks a password that a person chose.
///
/// # Errors
/// Invalid, on the field `field`.
pub fn check_password(field: &str, password: &str, email: &str) -> Result<()> {
    let error = Error::invalid(
        "weak_password",
        "Ce mot de passe ne convient pas. Choisissez-en un autre.",
        "This password does not do. Choose another one.",
    );
    if !PASSWORD.contains(&password.chars().count()) {
        return Err(error.field(
            field,
            "Prenez 8 à 200 caractères, une phrase par exemple",
            "Take 8 to 200 characters, a phrase for example",
        ));
    }
    if normal_email(password) == normal_email(email) {
        return Err(error.field(
            field,
            "Prenez autre chose que votre adresse",
            "Take something else than your address",
        ));
    }
    Ok(())
}

/// A text in the form in which it is searched and sorted: small letters without accents, so that `lea` finds Léa on
/// both engines alike.
#[must_use]
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => key.push('a'),
            'ç' => key.push('c'),
            'è' | 'é' | 'ê' | 'ë' => key.push('e'),
            'ì' | 'í' | 'î' | 'ï' => key.push('i'),
            'ñ' => key.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => key.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => key.push('u'),
            'ý' | 'ÿ' => key.push('y'),
            'œ' => key.push_str("oe"),
            'æ' => key.push_str("ae"),
            '’' => key.push('\''),
            other => key.push(other),
        }
    }
    key
}

/// The pattern of `LIKE … ESCAPE '\'` that finds some words anywhere; what the user types is never a wildcard.
#[must_use]
pub fn like(words: &str) -> String {
    let key = search_key(words.trim());
    let mut pattern = String::from("%");
    for c in key.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(email: &str, name: &str) -> PersonDraft {
        PersonDraft { email: email.into(), name: name.into(), ..PersonDraft::default() }
    }

    #[test]
    fn a_person_is_put_in_order_or_told_what_to_change() {
        let good = check_person(draft(" Lea@Archipel.TEST ", "Léa   Morvan ")).unwrap();
        assert_eq!((good.email.as_str(), good.name.as_str()), ("lea@archipel.test", "Léa Morvan"));
        let bad = check_person(draft("lea", "")).unwrap_err();
        assert_eq!(bad.fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["email", "name"]);
        for wrong in ["a@", "@b", "a b@c", "a@b@c", "a@b\n"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_samples_password_is_allowed_and_the_address_is_not() {
        check_password("password", "archipel", "lea@archipel.test").unwrap();
        assert!(check_password("password", "sept777", "x@y").is_err());
        assert!(check_password("password", "LEA@archipel.test", "lea@archipel.test").is_err());
        assert!(check_password("password", &"é".repeat(201), "x@y").is_err());
    }

    #[test]
    fn searching_ignores_accents_and_takes_wildcards_as_text() {
        assert_eq!(search_key("Éloïse L’Œuf"), "eloise l'oeuf");
        assert_eq!(like("50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(like(""), "%%");
    }

    #[test]
    fn circles_are_seen_and_teams_below_are_managed() {
        let id = |n: u128| Uuid::from_u128(n);
        let parents = BTreeMap::from([(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(2)))]);
        assert!(makes_circle(id(1), Some(id(3)), &parents));
        assert!(makes_circle(id(1), Some(id(1)), &parents));
        assert!(!makes_circle(id(3), Some(id(1)), &parents));
        let teams = [(id(1), Some(id(9)), None), (id(2), None, Some(id(1))), (id(3), None, Some(id(2)))];
        assert_eq!(managed(id(9), teams).len(), 3);
        assert!(managed(id(8), teams).is_empty());
    }
}
