//! What an operator does with dead letters: replay a stream, replay a group, drop one after a second step.

use super::groups::groups;
use super::http::reason;
use super::{PATH, REASON};
use crate::console::data::short_stream;
use crate::console::desk::{self, Desk, WRITE};
use crate::console::replays;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use db::Batch;
use flow::DeadLetter;
use kernel::{Error, Lang, Uuid};
use maud::{Markup, html};
use serde_json::json;
use std::sync::Arc;
use web::ui::{self, Confirm, Field, FieldKind, say};
use web::{Ctx, Failure, FormBody};

/// A letter by the id of an address.
pub(super) async fn letter(desk: &Desk, id: &str) -> kernel::Result<DeadLetter> {
    let id = Uuid::try_parse(id).map_err(|_| Error::not_found())?;
    desk.flow.dead_letter(id).await?.ok_or_else(Error::not_found)
}

/// Applies the letter's stream, and lets live pages know.
pub(super) async fn replay_now(desk: &Desk, letter: &DeadLetter) -> kernel::Result<usize> {
    let applied = desk.flow.replay(letter).await;
    replays::tell(desk, letter);
    applied
}

/// The operator's act, for the journal: the consumer's own log has the effects.
pub(super) fn replayed(ctx: &Ctx, letter: &DeadLetter, applied: usize) -> Batch {
    let data = json!({ "letter": letter.id, "consumer": letter.consumer, "source": letter.source,
        "stream": letter.stream, "applied": applied });
    Desk::journal_entry(ctx, "dead_letter.replayed", format!("dead_letter/{}", letter.id), data)
}

/// Gives the letter up, with its reason in the consumer's log.
pub(super) async fn drop_now(desk: &Desk, ctx: &Ctx, letter: &DeadLetter, text: &str) -> Result<(), Failure> {
    let text = reason(text)?;
    desk.flow.drop_letter(letter, text, ctx.cause()).await?;
    replays::tell(desk, letter);
    Ok(())
}

fn done(what: &str, n: usize) -> Response {
    Redirect::to(&format!("{PATH}?done={what}.{n}")).into_response()
}

pub(super) async fn replay(desk: Arc<Desk>, ctx: Ctx, Path(id): Path<String>) -> Result<Response, Failure> {
    desk::act(&ctx, WRITE)?;
    let letter = letter(&desk, &id).await?;
    match replay_now(&desk, &letter).await {
        Ok(applied) => {
            desk.journal()?.write(replayed(&ctx, &letter, applied)).await?;
            Ok(done("replayed", applied))
        }
        // The letter is still there: its own page says what is in its way.
        Err(error) if error.code == "still_poison" => {
            let content = super::one::failed(&desk, &ctx, &letter, &error).await?;
            Ok((StatusCode::CONFLICT, content).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn replay_group(desk: Arc<Desk>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    desk::act(&ctx, WRITE)?;
    let key = form.get("group");
    let group = groups(desk.letters().await?).into_iter().find(|group| group.key() == key);
    let group = group.ok_or_else(Error::not_found)?;
    let heads: Vec<DeadLetter> = group.streams.iter().map(|held| held.head.clone()).collect();
    let data = json!({ "consumer": group.consumer, "cause": group.cause, "streams": heads.len() });
    let entry = Desk::journal_entry(&ctx, "dead_letter.group_replayed", format!("dead_letter/{key}"), data);
    desk.journal()?.write(entry).await?;
    replays::start(&desk, key, heads, ctx.now());
    Ok(Redirect::to(PATH).into_response())
}

pub(super) async fn ask(desk: Arc<Desk>, ctx: Ctx, Path(id): Path<String>) -> Result<Html<String>, Failure> {
    desk::act(&ctx, WRITE)?;
    let letter = letter(&desk, &id).await?;
    Ok(second_step(&desk, &ctx, &letter, "", None).await)
}

pub(super) async fn drop_one(
    desk: Arc<Desk>,
    ctx: Ctx,
    Path(id): Path<String>,
    form: FormBody,
) -> Result<Response, Failure> {
    desk::act(&ctx, WRITE)?;
    let letter = letter(&desk, &id).await?;
    let text = form.get("reason");
    match drop_now(&desk, &ctx, &letter, text).await {
        Ok(()) => Ok(done("dropped", 1)),
        Err(Failure(error)) if !error.fields.is_empty() => {
            let page = second_step(&desk, &ctx, &letter, text, Some(&error)).await;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// The second step: what is lost, and why.
async fn second_step(
    desk: &Desk,
    ctx: &Ctx,
    letter: &DeadLetter,
    text: &str,
    error: Option<&Error>,
) -> Html<String> {
    let lang = ctx.lang;
    let label = say(lang, "Motif", "Reason");
    let hint = say(
        lang,
        "Le journal du consommateur le garde avec votre nom.",
        "The consumer’s log keeps it with your name.",
    );
    let field = Field::new(lang, "reason", label, FieldKind::LongText { max: REASON }).value(text).hint(hint);
    let field = match error.and_then(|error| error.fields.first()) {
        Some(wrong) => field.error(wrong.text.get(lang)),
        None => field,
    };
    let step = Confirm {
        lang,
        title: say(lang, "Écarter cet événement\u{202f}?", "Drop this event?").into(),
        consequence: consequence(lang, letter),
        action: format!("{PATH}/{}/drop", letter.id),
        csrf: ctx.csrf.clone(),
        hidden: Vec::new(),
        fields: vec![field],
        confirm: say(lang, "Écarter l’événement", "Drop the event").into(),
        busy: say(lang, "Écart…", "Dropping…").into(),
        danger: true,
        cancel: format!("{PATH}/{}", letter.id),
    };
    let title = say(lang, "Écarter", "Drop");
    let mut shell = desk.shell(ctx, title, &[(PATH, say(lang, "Lettres mortes", "Dead letters"))]).await;
    shell.has_errors = error.is_some();
    let content: Markup = html! { (ui::confirm(&step)) };
    web::pages::html(shell.page(ui::blocks(content)))
}

fn consequence(lang: Lang, letter: &DeadLetter) -> String {
    let DeadLetter { consumer, kind, position, source, stream, .. } = letter;
    let stream = short_stream(stream);
    match lang {
        Lang::Fr => format!(
            "{consumer} n’appliquera jamais {kind}, position {position} de {source}. L’événement reste dans son journal\u{202f}; ceux qui attendent derrière lui dans {stream} pourront être rejoués."
        ),
        Lang::En => format!(
            "{consumer} will never apply {kind}, position {position} of {source}. The event stays in its log; those that wait behind it in {stream} can then be replayed."
        ),
    }
}
