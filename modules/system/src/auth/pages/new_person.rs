//! Adding a person; and the page that tells a one-time password, once.

use super::parts::{self, crumb};
use crate::auth::commands::{Auth, Authority, OneTime};
use crate::auth::model::PersonDraft;
use crate::auth::on;
use crate::auth::roles::{self, PERSON_WRITE, PRIVILEGE_WRITE, ROLE_WRITE};
use crate::auth::snapshot::Snapshot;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::format::when_long;
use web::ui::{self, Answer, Button, Card, Field, FieldKind, FormPage, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody};

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/people/new",
            on!(auth, show, ctx: Ctx),
            Doc::new("The form to add a person.").permission(PERSON_WRITE),
        )
        .post(
            "/people/new",
            on!(auth, create, ctx: Ctx, form: FormBody),
            Doc::new("Adds a person.").permission(PERSON_WRITE),
        )
}

async fn show(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    ctx.permit(PERSON_WRITE)?;
    let snapshot = auth.snapshot().await?;
    Ok(page(form_page(&ctx, &snapshot, &FormBody::default(), None)).into_response())
}

/// What a form says of a person.
///
/// # Errors
/// Not found for a team that is no identifier.
pub fn draft(form: &FormBody) -> Result<PersonDraft> {
    Ok(PersonDraft {
        email: form.get("email").to_owned(),
        name: form.get("name").to_owned(),
        title: form.get("title").to_owned(),
        lang: Lang::parse(form.get("lang")).unwrap_or_default(),
        team: parts::chosen(form.get("team"))?,
    })
}

async fn create(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_WRITE)?;
    let (draft, cause, given) = (draft(&form)?, ctx.cause(), form.all("roles"));
    let made = auth.commit(|| auth.create_person((&permit).into(), draft.clone(), given, &cause)).await;
    match made {
        Ok(new) => {
            let one_time = &new.one_time;
            Ok(page(told_page(&ctx, new.person.id, &new.person.name, one_time)).into_response())
        }
        Err(error) => {
            let snapshot = auth.snapshot().await?;
            parts::again(error, |error| form_page(&ctx, &snapshot, &form, Some(error)))
        }
    }
}

/// The fields of a person, filled.
pub fn fields(
    lang: Lang,
    snapshot: &Snapshot,
    value: impl Fn(&str) -> String,
    errors: &[(String, String)],
) -> Markup {
    let field = |key: &str, label: &str, kind: FieldKind| {
        parts::with_error(Field::new(lang, key, label, kind).value(value(key)), key, errors)
    };
    html! {
        (field("name", say(lang, "Nom", "Name"), FieldKind::Text))
        (field("email", say(lang, "Adresse électronique", "Email address"), FieldKind::Email)
            .hint(say(lang, "Elle sert aussi à se connecter", "It also serves to sign in")))
        (field("title", say(lang, "Fonction", "Job"), FieldKind::Text).optional())
        (field("team", say(lang, "Équipe", "Team"), FieldKind::Select(parts::team_answers(snapshot))).optional())
        (field("lang", say(lang, "Langue", "Language"), FieldKind::Select(parts::language_answers())))
    }
}

/// The roles that somebody may give.
pub fn role_answers(snapshot: &Snapshot, by: Authority<'_>, lang: Lang) -> Vec<Answer> {
    let may = |code: &str| {
        by.may(ROLE_WRITE)
            && !roles::is_implicit(code)
            && (!roles::is_privileged(code) || by.may(PRIVILEGE_WRITE))
    };
    let roles = snapshot.roles.iter().filter(|(code, _)| may(code));
    roles.map(|(code, name)| Answer::new(code, name.get(lang))).collect()
}

fn form_page(ctx: &Ctx, snapshot: &Snapshot, form: &FormBody, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let errors = parts::field_errors(lang, error);
    let value = |key: &str| match (key, form.get(key)) {
        ("lang", "") => "fr".to_owned(),
        (_, text) => text.to_owned(),
    };
    let answers =
        ctx.permit(PERSON_WRITE).map(|p| role_answers(snapshot, (&p).into(), lang)).unwrap_or_default();
    let given = Field::new(lang, "roles", say(lang, "Rôles", "Roles"), FieldKind::Checks(answers))
        .values(form.all("roles").to_vec())
        .optional();
    let note = say(
        lang,
        "Vous recevrez un mot de passe à usage unique à lui remettre. À la première connexion, la personne choisit le sien.",
        "You will get a one-time password to hand over. At the first sign-in, the person chooses their own.",
    );
    let title = say(lang, "Ajouter une personne", "Add a person");
    let mut frame = shell(ctx, title);
    frame.crumbs = vec![crumb(say(lang, "Personnes", "People"), "/people")];
    frame.has_errors = error.is_some();
    frame.page(ui::form_page(&FormPage {
        lang,
        action: "/people/new".into(),
        csrf: ctx.csrf.clone(),
        title: title.into(),
        message: parts::problem(lang, error),
        fields: html! {
            (fields(lang, snapshot, value, &errors))
            (parts::with_error(given, "roles", &errors))
        },
        errors,
        aside: html! { (Card::new(say(lang, "Ensuite", "Next")).body(html! { p.small.soft { (note) } })) },
        decide: ui::decision_bar(
            &[
                Button::new(say(lang, "Ajouter la personne", "Add the person")).primary().busy(say(
                    lang,
                    "Envoi…",
                    "Sending…",
                )),
                Button::link(say(lang, "Revenir", "Go back"), "/people").quiet(),
            ],
            &[],
        ),
        ..FormPage::default()
    }))
}

/// The page that tells a one-time password: it is kept nowhere, so it is told once.
pub fn told_page(ctx: &Ctx, person: Uuid, name: &str, one_time: &OneTime) -> Markup {
    let lang = ctx.lang;
    let until = when_long(lang, one_time.valid_until, ctx.now(), &ctx.edge.config.zone);
    let (title, text) = match lang {
        Lang::Fr => (
            format!("Mot de passe à usage unique de {name}"),
            format!(
                "Notez-le maintenant\u{a0}: il ne sera plus montré. Il sert une fois, jusqu’au {until}, à choisir un mot de passe."
            ),
        ),
        Lang::En => (
            format!("One-time password of {name}"),
            format!(
                "Note it now: it will not be shown again. It serves once, until {until}, to choose a password."
            ),
        ),
    };
    let mut frame = shell(ctx, say(lang, "Mot de passe à usage unique", "One-time password"));
    frame.crumbs = vec![crumb(say(lang, "Personnes", "People"), "/people")];
    let onward = Button::link(say(lang, "Voir la personne", "See the person"), format!("/people/{person}"));
    frame.page(ui::blocks(html! {
        (ui::message(Tone::Warn, &title, &html! { (text) }, &html! {}))
        (ui::code_block(&one_time.password))
        div.row { (onward.primary()) }
    }))
}
