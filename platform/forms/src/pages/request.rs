//! A request on a page of its own: for who asked, and for whoever may see it.

use super::actions::{self, From};
use super::shown::Shown;
use super::{Answer, Three, Two, flash, refusal, revision, see_other, told_here, with_status};
use crate::commands::Command;
use crate::host::FormsHost;
use crate::http::parse_id;
use axum::extract::Path;
use axum::response::IntoResponse;
use forms_model::define::Verb;
use kernel::Error;
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Button, Card, Crumb, Field, FieldKind, Icon, Shell};
use web::{Ctx, FormBody, Query};

fn shell(ctx: &Ctx, shown: &Shown) -> Shell {
    let mut shell = web::pages::shell(ctx, shown.instance.title.get(ctx.lang));
    let module = shown.forms.definition().module.name.get(ctx.lang).to_owned();
    shell.crumbs = vec![Crumb { label: module, href: Some(format!("/{}", shown.forms.code())) }];
    shell
}

/// The page: facts and answers, beside them the follow-up and a place for a comment.
fn content(ctx: &Ctx, shown: &Shown, message: &Markup, typed: &str) -> Markup {
    let main = html! { (message) (shown.head()) (shown.facts()) };
    html! {
        (shown.bar_form(ctx, From::Request))
        div.fform {
            div.fgrid {
                div.fmain { (main) }
                aside.faside aria-label=(shown.say("Suivi", "Follow-up")) {
                    (Card::new(shown.say("Suivi", "Follow-up")).body(html! { (shown.timeline()) (shown.why_me()) }))
                    @if shown.may(Verb::Comment) { (comment_card(ctx, shown, typed)) }
                }
            }
            (shown.bar(From::Request))
        }
    }
}

fn comment_card(ctx: &Ctx, shown: &Shown, typed: &str) -> Markup {
    let field = Field::new(
        shown.lang,
        "comment",
        shown.say("Votre commentaire", "Your comment"),
        FieldKind::LongText { max: 4_000 },
    );
    let button =
        Button::new(shown.say("Ajouter le commentaire", "Add the comment")).icon(Icon::MessageSquare);
    let inside = html! {
        input type="hidden" name="_revision" value=(shown.instance.revision);
        div.stack.wide { (field.value(typed)) (button.busy(shown.say("Envoi…", "Sending…"))) }
    };
    let action = format!("{}/comment", shown.address(From::Request));
    html! { (Card::new(shown.say("Commenter", "Comment")).body(ui::post_form("comment-form", &action, &ctx.csrf, &inside))) }
}

pub(super) async fn page(host: Arc<FormsHost>, ctx: Ctx, Path((module, id)): Two, query: Query) -> Answer {
    let forms = host.get(&module)?;
    let shown = Shown::read(&forms, &ctx, parse_id(&id)?).await?;
    if shown.is_own_draft() {
        return Ok(see_other(&format!("/{module}/{id}/edit")));
    }
    let mut shell = shell(&ctx, &shown);
    shell.flash = flash(ctx.lang, &query);
    let content = content(&ctx, &shown, &html! {}, "");
    let live = html! { section.panelmain id="request" data-live="/inbox/live" { (content) } };
    Ok(web::pages::html(shell.page(live)).into_response())
}

pub(super) async fn step(host: Arc<FormsHost>, ctx: Ctx, Path((module, id, verb)): Three) -> Answer {
    let forms = host.get(&module)?;
    let (verb, shown) = (actions::verb(&verb)?, Shown::read(&forms, &ctx, parse_id(&id)?).await?);
    let step = shown.second_step(&ctx, verb, From::Request, "", None);
    Ok(web::pages::html(shell(&ctx, &shown).page(ui::blocks(step))).into_response())
}

pub(super) async fn act(
    host: Arc<FormsHost>,
    ctx: Ctx,
    Path((module, id, verb)): Three,
    body: FormBody,
) -> Answer {
    let forms = host.get(&module)?;
    let (verb, id) = (actions::verb(&verb)?, parse_id(&id)?);
    let shown = Shown::read(&forms, &ctx, id).await?;
    let comment = actions::comment(&body);
    let command = Command::Act { id, verb, comment, answers: None, revision: revision(&body) };
    match forms.run(&shown.act, &command).await {
        Ok(done) => {
            let number = &done.instance.reference;
            Ok(see_other(&format!("/{module}/{id}?did={verb}&number={number}")))
        }
        Err(error) if told_here(&error) => Ok(failed(&ctx, &shown, verb, body.get("comment"), &error)),
        Err(error) => Err(error.into()),
    }
}

/// The request again, or its second step, with what was refused; what was typed is still there.
fn failed(ctx: &Ctx, shown: &Shown, verb: Verb, typed: &str, error: &Error) -> axum::response::Response {
    let mut shell = shell(ctx, shown);
    shell.has_errors = true;
    let asks = matches!(verb, Verb::Refuse | Verb::Reopen | Verb::Comment);
    let page = if asks {
        shell.page(ui::blocks(shown.second_step(ctx, verb, From::Request, typed, Some(error))))
    } else {
        shell.page(content(ctx, shown, &refusal(ctx, &shown.act.people, error), typed))
    };
    with_status(error, page)
}
