//! What the pages of commerce have in common: addresses, answers after a form, names of shops, numbers of orders, words
//! for returns.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Lang, Uuid};
use maud::{Markup, html};
use web::ui::{self, Icon, Tone, say};

/// An address with those parameters that have a value.
pub(crate) fn link(path: &str, query: &[(&str, &str)]) -> String {
    let set: Vec<_> = query.iter().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() {
        return path.to_owned();
    }
    let pairs = set.into_iter().map(|(name, value)| (*name, *value));
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// Goes on to another page after a POST.
pub(crate) fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

/// A page with the status of an error: what was typed is on it.
pub(crate) fn with_status(error: &Error, page: Markup) -> Response {
    let invalid = error.kind == Kind::Invalid;
    let status = if invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    (status, web::pages::html(page)).into_response()
}

/// Whether an error is told on the page that the reader is on.
pub(crate) fn told_here(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Refused | Kind::Conflict)
}

/// An error above the page's content, with what is wrong at its fields.
pub(crate) fn error_message(lang: Lang, error: &Error) -> Markup {
    let fields: Vec<&str> = error.fields.iter().map(|fault| fault.text.get(lang)).collect();
    ui::message(Tone::Bad, error.text(lang), &html! { (fields.join(" ")) }, &html! {})
}

/// What is wrong, at its questions, as a form's page takes it.
pub(crate) fn field_errors(lang: Lang, error: Option<&Error>) -> Vec<(String, String)> {
    let faults = error.iter().flat_map(|error| &error.fields);
    faults.map(|fault| (fault.field.clone(), fault.text.get(lang).to_owned())).collect()
}

/// The number by which people call an order or a return: the end of its id, where ids of the same moment differ.
pub(crate) fn number(id: Uuid) -> String {
    let text = id.simple().to_string().to_uppercase();
    text[text.len() - 8..].to_owned()
}

/// Where a return stands, by the word of its state.
pub(crate) fn return_word(lang: Lang, state: &str) -> &'static str {
    match state {
        "asked" => say(lang, "Demandé", "Asked for"),
        "approved" => say(lang, "Accepté", "Accepted"),
        "refused" => say(lang, "Refusé", "Refused"),
        _ => say(lang, "Remboursé", "Refunded"),
    }
}

/// The chip of a return.
pub(crate) fn return_chip(lang: Lang, state: &str) -> Markup {
    let (tone, icon) = match state {
        "asked" => (Tone::Accent, Icon::Hourglass),
        "approved" => (Tone::Info, Icon::Undo2),
        "refused" => (Tone::Bad, Icon::CircleX),
        _ => (Tone::Ok, Icon::CircleCheck),
    };
    ui::chip(tone, icon, return_word(lang, state))
}

/// The name of a shop, as far as its code tells it.
pub(crate) fn shop_name(code: &str) -> String {
    ui::capital(code)
}

/// A small search form above a table or a list, with parameters that it keeps.
pub(crate) fn search(lang: Lang, path: &str, words: &str, kept: &[(&str, &str)]) -> Markup {
    let word = say(lang, "Rechercher", "Search");
    html! {
        form.find role="search" action=(path) {
            (ui::icon::icon(Icon::Search))
            @for (name, value) in kept.iter().filter(|(_, value)| !value.is_empty()) {
                input type="hidden" name=(name) value=(value);
            }
            input type="search" name="q" value=(words) placeholder=(word) aria-label=(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_what_is_set() {
        assert_eq!(link("/shop", &[("category", ""), ("q", "")]), "/shop");
        assert_eq!(
            link("/shop", &[("category", "Sécurité"), ("q", "")]),
            "/shop?category=S%C3%A9curit%C3%A9"
        );
    }
}
