//! The pages of all modules of forms: a list of requests, a form, a request, the inbox. Each is a full address that
//! works without scripts; every action is a form of its own.

mod actions;
mod ahead;
mod fields;
mod filling;
mod form;
mod inbox;
mod list;
mod render;
mod request;
mod shown;

use crate::host::FormsHost;
use crate::http::on;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Lang};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Flash, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody, Query};

/// What a handler of a page answers.
pub(crate) type Answer = Result<Response, Failure>;
type Two = Path<(String, String)>;
type Three = Path<(String, String, String)>;

/// The routes of the pages.
pub(crate) fn api(host: &Arc<FormsHost>) -> Api {
    own(host).merge(drafts(host)).merge(inbox_routes(host))
}

fn own(host: &Arc<FormsHost>) -> Api {
    Api::new()
        .get(
            "/{module}",
            on!(host, list::page, ctx: Ctx, module: Path<String>, query: Query),
            Doc::new("The requests of a module.").permission("{module}.instance.read"),
        )
        .get(
            "/{module}/{id}",
            on!(host, request::page, ctx: Ctx, path: Two, query: Query),
            Doc::new("A request.").permission("{module}.instance.read"),
        )
        .get(
            "/{module}/{id}/{verb}",
            on!(host, request::step, ctx: Ctx, path: Three),
            Doc::new("The second step of an action on a request.").permission("{module}.instance.read"),
        )
        .post(
            "/{module}/{id}/{verb}",
            on!(host, request::act, ctx: Ctx, path: Three, body: FormBody),
            Doc::new("Takes a step on a request.").permission("{module}.instance.read"),
        )
}

fn drafts(host: &Arc<FormsHost>) -> Api {
    let create = || Doc::new("A new request.").permission("{module}.instance.create");
    let edit = || Doc::new("A draft.").permission("{module}.instance.create");
    Api::new()
        .get("/{module}/new/{form}", on!(host, form::blank, ctx: Ctx, path: Two), create())
        .post("/{module}/new/{form}", on!(host, form::create, ctx: Ctx, path: Two, body: FormBody), create())
        .post(
            "/{module}/new/{form}/derive",
            on!(host, form::derive_new, ctx: Ctx, path: Two, body: FormBody),
            Doc::new("What is computed from the answers so far.").permission("{module}.instance.create"),
        )
        .get("/{module}/{id}/edit", on!(host, form::edit, ctx: Ctx, path: Two, query: Query), edit())
        .post("/{module}/{id}/edit", on!(host, form::save, ctx: Ctx, path: Two, body: FormBody), edit())
        .post(
            "/{module}/{id}/derive",
            on!(host, form::derive_draft, ctx: Ctx, path: Two, body: FormBody),
            Doc::new("What is computed from the answers so far.").permission("{module}.instance.create"),
        )
        .get(
            "/{module}/{id}/delete",
            on!(host, form::confirm_delete, ctx: Ctx, path: Two),
            Doc::new("Asks before a draft is thrown away.").permission("{module}.instance.create"),
        )
        .post(
            "/{module}/{id}/delete",
            on!(host, form::delete, ctx: Ctx, path: Two, body: FormBody),
            Doc::new("Throws a draft away.").permission("{module}.instance.create"),
        )
}

fn inbox_routes(host: &Arc<FormsHost>) -> Api {
    Api::new()
        .get(
            "/inbox",
            on!(host, inbox::list, ctx: Ctx, query: Query),
            Doc::new("What awaits the reader's decision."),
        )
        .get(
            "/inbox/live",
            on!(host, inbox::live, ctx: Ctx),
            Doc::new("Tells when a request of any module has changed."),
        )
        .get(
            "/inbox/{module}/{id}",
            on!(host, inbox::page, ctx: Ctx, path: Two, query: Query),
            Doc::new("A request with all that a decision needs.").permission("{module}.instance.read"),
        )
        .get(
            "/inbox/{module}/{id}/{verb}",
            on!(host, inbox::step, ctx: Ctx, path: Three),
            Doc::new("The second step of a decision.").permission("{module}.instance.read"),
        )
        .post(
            "/inbox/{module}/{id}/{verb}",
            on!(host, inbox::act, ctx: Ctx, path: Three, body: FormBody),
            Doc::new("Takes a decision and goes on to the next.").permission("{module}.instance.read"),
        )
}

/// Goes on to another page after a POST.
fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

/// A page with the status of an error: what was typed is on it.
fn with_status(error: &Error, page: Markup) -> Response {
    let status = match error.kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::CONFLICT,
    };
    (status, web::pages::html(page)).into_response()
}

/// Whether an error is told on the page that the reader is on, rather than on a page of its own.
fn told_here(error: &Error) -> bool {
    !matches!(error.kind, Kind::NotFound | Kind::Internal | Kind::Unauthenticated)
}

/// The message above the questions or the facts: what was refused, and for a conflict who was faster.
fn refusal(ctx: &Ctx, people: &web::People, error: &Error) -> Markup {
    let since = error.details.as_ref().and_then(|details| {
        let by = details["by"].as_str()?.parse().ok()?;
        let at = kernel::Timestamp::parse(details["at"].as_str()?)?;
        let when = ui::format::when_long(ctx.lang, at, ctx.now(), &ctx.edge.config.zone);
        let said = say(ctx.lang, "Dernier changement", "Last change");
        Some(ui::labelled(ctx.lang, said, &format!("{}, {when}.", people.name(by))))
    });
    let title = ui::typeset(ctx.lang, error.text(ctx.lang));
    ui::message(Tone::Bad, &title, &html! { @if let Some(since) = since { (since) } }, &html! {})
}

/// What was just done, told once: a word of ours and a number, nothing that others can write.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "draft" => say(lang, "Brouillon enregistré", "Draft saved"),
        "submit" => say(lang, "Demande envoyée", "Request sent"),
        "approve" => say(lang, "Demande approuvée", "Request approved"),
        "refuse" => say(lang, "Demande refusée", "Request refused"),
        "comment" => say(lang, "Commentaire ajouté", "Comment added"),
        "close" => say(lang, "Demande close", "Request closed"),
        "reopen" => say(lang, "Demande rouverte", "Request reopened"),
        "delete" => say(lang, "Brouillon supprimé", "Draft deleted"),
        _ => return None,
    };
    let number = query.get("number").filter(|n| n.len() <= 24 && crate::reference::parse(n).is_some());
    Some(Flash::done(number.map_or_else(|| text.to_owned(), |n| format!("{text}\u{a0}: {n}"))))
}

/// The revision that a form of a page was made from.
fn revision(body: &FormBody) -> Option<u64> {
    body.get("_revision").parse().ok()
}
