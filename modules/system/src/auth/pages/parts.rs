//! What several of these pages share.

use crate::auth::snapshot::Snapshot;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Error, Kind, Lang, Uuid};
use maud::{Markup, html};
use web::pages::html as page;
use web::ui::{self, Answer, Crumb, Flash, Tone, say};
use web::{Failure, Query};

/// What may have just been done: the word in the address after a redirect, and the sentence that tells it.
const DONE: [(&str, &str, &str); 13] = [
    ("changed", "Personne modifiée", "Person changed"),
    ("disabled", "Accès fermé, sessions terminées", "Access closed, sessions ended"),
    ("enabled", "Accès ouvert", "Access opened"),
    ("role-given", "Rôle donné", "Role given"),
    ("role-taken", "Rôle retiré", "Role taken"),
    ("team-created", "Équipe créée", "Team created"),
    ("team-changed", "Équipe modifiée", "Team changed"),
    ("permission", "Permission modifiée", "Permission changed"),
    ("password", "Mot de passe changé, autres sessions terminées", "Password changed, other sessions ended"),
    ("language", "Langue choisie", "Language chosen"),
    ("session", "Session terminée", "Session ended"),
    ("sessions", "Autres sessions terminées", "Other sessions ended"),
    ("imported", "Personnes importées", "People imported"),
];

/// The sentence about what was just done, from the address.
#[must_use]
pub fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let word = query.get("done")?;
    DONE.iter().find(|(code, ..)| *code == word).map(|(_, fr, en)| Flash::done(say(lang, fr, en)))
}

/// Goes on to a page that tells what was done.
#[must_use]
pub fn done(path: &str, word: &str) -> Response {
    Redirect::to(&format!("{path}?done={word}")).into_response()
}

/// Shows a page again with what was wrong. What the reader may not see, or is our own failure, becomes the general
/// page instead.
///
/// # Errors
/// The error itself, when no form can help.
pub fn again(error: Error, form: impl FnOnce(&Error) -> Markup) -> Result<Response, Failure> {
    let status = match error.kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Conflict | Kind::Refused => StatusCode::CONFLICT,
        Kind::Forbidden if error.code == "privileged_role" => StatusCode::FORBIDDEN,
        _ => return Err(error.into()),
    };
    Ok((status, page(form(&error))).into_response())
}

/// What was wrong, above a form: in words when no field can say it.
#[must_use]
pub fn problem(lang: Lang, error: Option<&Error>) -> Markup {
    html! {
        @if let Some(error) = error.filter(|e| e.fields.is_empty()) {
            (ui::message(Tone::Bad, error.text(lang), &html! {}, &html! {}))
        }
    }
}

/// The errors of fields, for a form's summary.
#[must_use]
pub fn field_errors(lang: Lang, error: Option<&Error>) -> Vec<(String, String)> {
    let fields = error.map_or(&[][..], |e| e.fields.as_slice());
    fields.iter().map(|f| (f.field.clone(), f.text.get(lang).to_owned())).collect()
}

/// A field with its error, when it has one.
pub fn with_error(field: ui::Field, key: &str, errors: &[(String, String)]) -> ui::Field {
    match errors.iter().find(|(name, _)| name == key) {
        Some((_, text)) => field.error(text),
        None => field,
    }
}

/// A step of the path to a page.
#[must_use]
pub fn crumb(label: &str, href: &str) -> Crumb {
    Crumb { label: label.to_owned(), href: Some(href.to_owned()) }
}

/// The teams to choose from, by name.
#[must_use]
pub fn team_answers(snapshot: &Snapshot) -> Vec<Answer> {
    let mut teams: Vec<_> = snapshot.teams.values().collect();
    teams.sort_by(|a, b| a.name.cmp(&b.name));
    teams.into_iter().map(|team| Answer::new(team.id.to_string(), &team.name)).collect()
}

/// The people to choose from, by name: those who may sign in.
#[must_use]
pub fn people_answers(snapshot: &Snapshot) -> Vec<Answer> {
    let mut people: Vec<_> = snapshot.people.people.values().filter(|p| p.active).collect();
    people.sort_by(|a, b| a.name.cmp(&b.name));
    people.into_iter().map(|p| Answer::new(p.id.to_string(), format!("{}, {}", p.name, p.email))).collect()
}

/// The languages to choose from.
#[must_use]
pub fn language_answers() -> Vec<Answer> {
    vec![Answer::new("fr", "Français"), Answer::new("en", "English")]
}

/// A role in words.
#[must_use]
pub fn role_name<'a>(snapshot: &'a Snapshot, lang: Lang, code: &'a str) -> &'a str {
    snapshot.roles.get(code).map_or(code, |name| name.get(lang))
}

/// A team in words; a dash for none.
#[must_use]
pub fn team_name(snapshot: &Snapshot, team: Option<Uuid>) -> &str {
    team.and_then(|id| snapshot.teams.get(&id)).map_or("–", |team| &team.name)
}

/// How far a permission reaches, in words.
#[must_use]
pub fn scope_name(lang: Lang, scope: web::Scope) -> &'static str {
    match scope {
        web::Scope::Own => say(lang, "soi", "self"),
        web::Scope::Team => say(lang, "équipe", "team"),
        web::Scope::All => say(lang, "tout", "all"),
    }
}

/// Whether somebody may sign in, as a chip.
#[must_use]
pub fn access_chip(lang: Lang, active: bool) -> Markup {
    if active {
        ui::chip(Tone::Ok, ui::Icon::CircleCheck, say(lang, "Accès ouvert", "Access open"))
    } else {
        ui::chip(Tone::Neutral, ui::Icon::Lock, say(lang, "Accès fermé", "Access closed"))
    }
}

/// A value chosen from a list of identifiers; nothing chosen is none.
///
/// # Errors
/// Invalid when it is not one, which no form of ours sends.
pub fn chosen(text: &str) -> kernel::Result<Option<Uuid>> {
    if text.is_empty() { Ok(None) } else { crate::auth::http::id(text).map(Some) }
}
