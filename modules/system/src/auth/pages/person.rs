//! What can be done with one person.

use super::new_person::{draft, told_page};
use super::parts::{self, crumb, done, flash};
use super::person_page::{self, Subject};
use crate::auth::commands::Auth;
use crate::auth::http::id;
use crate::auth::model::{PersonChange, PersonDraft};
use crate::auth::on;
use crate::auth::roles::{PERSON_READ, PERSON_RESET, PERSON_WRITE, ROLE_WRITE};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Lang, Result, Uuid};
use maud::Markup;
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::{self, Confirm, say};
use web::{Api, Ctx, Doc, Failure, FormBody, Query};

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/people/{id}",
            on!(auth, show, ctx: Ctx, id: Path<String>, query: Query),
            Doc::new("One person.").permission(PERSON_READ),
        )
        .post(
            "/people/{id}",
            on!(auth, change, ctx: Ctx, id: Path<String>, form: FormBody),
            Doc::new("Changes a person.").permission(PERSON_WRITE),
        )
        .post(
            "/people/{id}/access",
            on!(auth, access, ctx: Ctx, id: Path<String>, form: FormBody),
            Doc::new("Opens or closes a person's access.").permission(PERSON_WRITE),
        )
        .post(
            "/people/{id}/roles",
            on!(auth, role, ctx: Ctx, id: Path<String>, form: FormBody),
            Doc::new("Gives a person a role, or takes one.").permission(ROLE_WRITE),
        )
        .get(
            "/people/{id}/reset",
            on!(auth, ask_reset, ctx: Ctx, id: Path<String>),
            Doc::new("Asks before a one-time password is given.").permission(PERSON_RESET),
        )
        .post(
            "/people/{id}/reset",
            on!(auth, reset, ctx: Ctx, id: Path<String>),
            Doc::new("Gives a person a one-time password.").permission(PERSON_RESET),
        )
}

/// The person's page, with what was wrong.
async fn render(
    auth: &Auth,
    ctx: &Ctx,
    person: Uuid,
    query: &Query,
    typed: Option<(&FormBody, &Error)>,
) -> Result<Markup> {
    let permit = ctx.permit(PERSON_READ)?;
    let row = auth.person_in_reach((&permit).into(), person).await?;
    let subject = Subject { person: row, snapshot: auth.snapshot().await?, typed };
    let mut frame = shell(ctx, subject.person.name.clone());
    frame.crumbs = vec![crumb(say(ctx.lang, "Personnes", "People"), "/people")];
    frame.flash = flash(ctx.lang, query);
    frame.has_errors = typed.is_some();
    Ok(frame.page(person_page::content(ctx, &permit.principal, &subject)))
}

async fn show(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(person): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    Ok(page(render(&auth, &ctx, id(&person)?, &query, None).await?).into_response())
}

/// After an action: on to the person's page, or the page again with what was wrong.
async fn after<T>(
    (auth, ctx): (&Auth, &Ctx),
    person: Uuid,
    form: &FormBody,
    result: Result<T>,
    word: &str,
) -> Result<Response, Failure> {
    match result {
        Ok(_) => Ok(done(&format!("/people/{person}"), word)),
        Err(error) => {
            let markup = render(auth, ctx, person, &Query::default(), Some((form, &error))).await?;
            parts::again(error, |_| markup)
        }
    }
}

async fn change(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(person): Path<String>,
    form: FormBody,
) -> Result<Response, Failure> {
    let (permit, person, cause) = (ctx.permit(PERSON_WRITE)?, id(&person)?, ctx.cause());
    let PersonDraft { email, name, title, lang, team } = draft(&form)?;
    let change = PersonChange {
        email: Some(email),
        name: Some(name),
        title: Some(title),
        lang: Some(lang),
        team: Some(team),
        version: form.get("version").parse().ok(),
    };
    let result = auth.commit(|| auth.change_person((&permit).into(), person, &change, &cause)).await;
    after((&auth, &ctx), person, &form, result, "changed").await
}

async fn access(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(person): Path<String>,
    form: FormBody,
) -> Result<Response, Failure> {
    let (permit, person, cause) = (ctx.permit(PERSON_WRITE)?, id(&person)?, ctx.cause());
    let open = form.get("access") == "open";
    let result = auth.commit(|| auth.set_active((&permit).into(), person, open, &cause)).await;
    after((&auth, &ctx), person, &form, result, if open { "enabled" } else { "disabled" }).await
}

async fn role(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(person): Path<String>,
    form: FormBody,
) -> Result<Response, Failure> {
    let (permit, person, cause) = (ctx.permit(ROLE_WRITE)?, id(&person)?, ctx.cause());
    let (given, taken) = (form.get("give"), form.get("take"));
    let (result, word) = if taken.is_empty() {
        let give = || auth.grant_role((&permit).into(), person, given, &cause);
        (auth.commit(give).await, "role-given")
    } else {
        let take = || auth.revoke_role((&permit).into(), person, taken, &cause);
        (auth.commit(take).await, "role-taken")
    };
    after((&auth, &ctx), person, &form, result, word).await
}

async fn ask_reset(auth: Arc<Auth>, ctx: Ctx, Path(person): Path<String>) -> Result<Response, Failure> {
    let (permit, lang) = (ctx.permit(PERSON_RESET)?, ctx.lang);
    let row = auth.person_in_reach((&permit).into(), id(&person)?).await?;
    let back = format!("/people/{}", row.id);
    let title = match lang {
        Lang::Fr => format!("Donner un nouveau mot de passe à {}\u{202f}?", row.name),
        Lang::En => format!("Give {} a new password?", row.name),
    };
    let mut frame = shell(&ctx, say(lang, "Nouveau mot de passe", "New password"));
    frame.crumbs = vec![crumb(say(lang, "Personnes", "People"), "/people"), crumb(&row.name, &back)];
    let step = ui::confirm(&Confirm {
        lang,
        title,
        consequence: say(
            lang,
            "Le mot de passe actuel ne servira plus et les sessions ouvertes se terminent.",
            "The present password will not serve any more, and open sessions end.",
        )
        .into(),
        action: format!("{back}/reset"),
        csrf: ctx.csrf.clone(),
        confirm: say(lang, "Donner un mot de passe à usage unique", "Give a one-time password").into(),
        busy: say(lang, "Envoi…", "Sending…").into(),
        danger: true,
        cancel: back,
        ..Confirm::default()
    });
    Ok(page(frame.page(ui::blocks(step))).into_response())
}

async fn reset(auth: Arc<Auth>, ctx: Ctx, Path(person): Path<String>) -> Result<Response, Failure> {
    let (permit, person, cause) = (ctx.permit(PERSON_RESET)?, id(&person)?, ctx.cause());
    match auth.commit(|| auth.reset_password((&permit).into(), person, &cause)).await {
        Ok(one_time) => {
            let name = auth.snapshot().await?.people.name(person).to_owned();
            Ok(page(told_page(&ctx, person, &name, &one_time)).into_response())
        }
        Err(error) => after::<()>((&auth, &ctx), person, &FormBody::default(), Err(error), "reset").await,
    }
}
