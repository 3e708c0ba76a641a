//! Filling in a form: a new request, and a draft that goes on. A failed send keeps everything that was typed.

use super::filling::Filling;
use super::shown::Shown;
use super::{Answer, Two, flash, revision, see_other, told_here};
use crate::commands::{Answers, Command};
use crate::forms::Act;
use crate::host::FormsHost;
use crate::http::parse_id;
use axum::extract::Path;
use axum::response::IntoResponse;
use forms_model::define::Verb;
use kernel::{Error, FieldError, Uuid};
use maud::html;
use std::sync::Arc;
use web::ui::{self, Confirm};
use web::{Ctx, FormBody, Query};

fn to_correct() -> Error {
    Error::invalid("invalid_values", "Des réponses sont à corriger.", "Some answers need to be corrected.")
}

/// Whether the reader sends it, rather than keeping it.
fn sends(body: &FormBody) -> bool {
    body.get("_do") != "draft"
}

/// What is wrong with what was typed, for what the reader wants to do with it: a draft may be incomplete, not unreadable.
fn wrong(filling: &Filling, sends: bool) -> Vec<FieldError> {
    if sends { filling.errors() } else { filling.parsed.errors.clone() }
}

pub(super) async fn blank(host: Arc<FormsHost>, ctx: Ctx, Path(path): Two) -> Answer {
    let filling = Filling::new(&host, &ctx, &path, None).await?;
    let page = filling.page(&ctx, ctx.edge.clock.new_id(), &[], html! {}, None)?;
    Ok(web::pages::html(page).into_response())
}

pub(super) async fn create(host: Arc<FormsHost>, ctx: Ctx, Path(path): Two, body: FormBody) -> Answer {
    let filling = Filling::new(&host, &ctx, &path, Some(&body)).await?;
    let id = body.get("_id").parse().unwrap_or_else(|_| ctx.edge.clock.new_id());
    let submit = sends(&body);
    let errors = wrong(&filling, submit);
    if !errors.is_empty() {
        return filling.failed(&ctx, id, &to_correct(), &errors);
    }
    let (form, values) = (path.1.clone(), filling.parsed.values.clone());
    let command = Command::CreateOnce { id, form, values, submit };
    let outcome = filling.forms.run(&filling.act, &command).await;
    match outcome {
        Ok(done) => Ok(see_other(&after(filling.forms.code(), id, &done.instance.reference, submit))),
        Err(error) => {
            // Sent twice: the first one has made it.
            if let Some(made) =
                filling.forms.instance(id).await?.filter(|i| i.author == filling.act.principal.id)
            {
                return Ok(see_other(&after(filling.forms.code(), id, &made.reference, submit)));
            }
            failed_send(&filling, &ctx, id, error)
        }
    }
}

/// Where to go on after a request was kept or sent.
fn after(module: &str, id: Uuid, number: &str, submit: bool) -> String {
    if submit {
        format!("/{module}/{id}?did=submit&number={number}")
    } else {
        format!("/{module}/{id}/edit?did=draft&number={number}")
    }
}

fn failed_send(filling: &Filling, ctx: &Ctx, id: Uuid, error: Error) -> Answer {
    if !told_here(&error) {
        return Err(error.into());
    }
    let errors = error.fields.clone();
    filling.failed(ctx, id, &error, &errors)
}

pub(super) async fn edit(host: Arc<FormsHost>, ctx: Ctx, Path(path): Two, query: Query) -> Answer {
    let filling = Filling::draft(&host, &ctx, &path, None).await?;
    let page = filling.page(&ctx, Uuid::nil(), &[], html! {}, flash(ctx.lang, &query))?;
    Ok(web::pages::html(page).into_response())
}

pub(super) async fn save(host: Arc<FormsHost>, ctx: Ctx, Path(path): Two, body: FormBody) -> Answer {
    let filling = Filling::draft(&host, &ctx, &path, Some(&body)).await?;
    let id = parse_id(&path.1)?;
    let submit = sends(&body);
    let errors = wrong(&filling, submit);
    if !errors.is_empty() {
        return filling.failed(&ctx, id, &to_correct(), &errors);
    }
    let (answers, revision) = (Answers::All(filling.parsed.values.clone()), revision(&body));
    let command = if submit {
        Command::Act { id, verb: Verb::Submit, comment: None, answers: Some(answers), revision }
    } else {
        Command::Save { id, answers, revision }
    };
    match filling.forms.run(&filling.act, &command).await {
        Ok(done) => Ok(see_other(&after(&path.0, id, &done.instance.reference, submit))),
        Err(error) => failed_send(&filling, &ctx, id, error),
    }
}

pub(super) async fn derive_new(host: Arc<FormsHost>, ctx: Ctx, Path(path): Two, body: FormBody) -> Answer {
    Filling::new(&host, &ctx, &path, Some(&body)).await?.derived(&ctx)
}

pub(super) async fn derive_draft(host: Arc<FormsHost>, ctx: Ctx, Path(path): Two, body: FormBody) -> Answer {
    Filling::draft(&host, &ctx, &path, Some(&body)).await?.derived(&ctx)
}

pub(super) async fn confirm_delete(host: Arc<FormsHost>, ctx: Ctx, Path((module, id)): Two) -> Answer {
    let forms = host.get(&module)?;
    let shown = Shown::read(&forms, &ctx, parse_id(&id)?).await?;
    let step = Confirm {
        lang: ctx.lang,
        title: shown.say("Supprimer ce brouillon\u{202f}?", "Delete this draft?").into(),
        consequence: shown.say("Personne d’autre ne l’a vu.", "Nobody else has seen it.").into(),
        action: format!("/{module}/{id}/delete"),
        csrf: ctx.csrf.clone(),
        hidden: vec![("_revision".into(), shown.instance.revision.to_string())],
        confirm: shown.say("Supprimer le brouillon", "Delete the draft").into(),
        busy: shown.say("Suppression…", "Deleting…").into(),
        danger: true,
        cancel: format!("/{module}/{id}/edit"),
        ..Confirm::default()
    };
    let page =
        web::pages::shell(&ctx, shown.instance.title.get(ctx.lang)).page(ui::blocks(ui::confirm(&step)));
    Ok(web::pages::html(page).into_response())
}

pub(super) async fn delete(
    host: Arc<FormsHost>,
    ctx: Ctx,
    Path((module, id)): Two,
    body: FormBody,
) -> Answer {
    let forms = host.get(&module)?;
    let command = Command::Delete { id: parse_id(&id)?, revision: revision(&body) };
    let done = forms.run(&Act::of(&ctx).await?, &command).await?;
    Ok(see_other(&format!("/{module}?did=delete&number={}", done.instance.reference)))
}
