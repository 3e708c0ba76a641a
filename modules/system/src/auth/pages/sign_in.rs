//! Signing in and out, choosing a first password, choosing a language.

use crate::auth::commands::{Auth, Method, Opened, SignedIn, WEB_S};
use crate::auth::http::caller;
use crate::auth::model;
use crate::auth::on;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Error, Kind, Lang};
use maud::{Markup, html};
use std::sync::Arc;
use web::pages::html as page;
use web::ui::{self, Button, Field, FieldKind, Icon, SignIn, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody, Query, safe_next, session_cookie_name};

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get("/login", show_login, Doc::new("The page to sign in.").public())
        .post("/login", on!(auth, login, ctx: Ctx, form: FormBody), Doc::new("Signs in.").public())
        .post(
            "/login/password",
            on!(auth, choose, ctx: Ctx, form: FormBody),
            Doc::new("Chooses a password after a one-time one.").public(),
        )
        .post("/logout", on!(auth, logout, ctx: Ctx), Doc::new("Signs out.").public())
        .get("/language/{lang}", language, Doc::new("Chooses the language of pages.").public())
}

async fn show_login(ctx: Ctx, query: Query) -> Response {
    let next = safe_next(query.get("next").unwrap_or("/")).to_owned();
    if ctx.principal.is_some() {
        return Redirect::to(&next).into_response();
    }
    page(login_page(&ctx, &next, "", None)).into_response()
}

async fn login(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let (email, next) = (form.get("email"), safe_next(form.get("next")));
    // A password keeps its spaces: `FormBody::get` would take those around it.
    let password = form.all("password").first().map_or("", String::as_str);
    let tried = match ctx.edge.limits.login(&ctx.address.to_string(), &model::account_key(email)) {
        Ok(()) => auth.sign_in(&caller(&ctx, Method::Web), email, password).await,
        Err(error) => Err(error),
    };
    match tried {
        Ok(SignedIn::Opened(opened)) => entered(&ctx, opened, next),
        Ok(SignedIn::MustChange { ticket }) => {
            Ok(page(choice_page(&ctx, &ticket, next, None)).into_response())
        }
        Err(error) => refused(&error, |e| login_page(&ctx, next, email, Some(e))),
    }
}

async fn choose(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let (ticket, next) = (form.get("ticket"), safe_next(form.get("next")));
    let chosen = form.all("new_password").first().map_or("", String::as_str);
    match auth.choose_password(&caller(&ctx, Method::Web), ticket, chosen).await {
        Ok(opened) => entered(&ctx, opened, next),
        Err(error) if error.kind == Kind::Unauthenticated => {
            refused(&error, |e| login_page(&ctx, next, "", Some(e)))
        }
        Err(error) => refused(&error, |e| choice_page(&ctx, ticket, next, Some(e))),
    }
}

/// Shows the form again with what was wrong; what is our own failure becomes the general page.
fn refused(error: &Error, form: impl FnOnce(&Error) -> Markup) -> Result<Response, Failure> {
    let status = match error.kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => return Err(error.clone().into()),
    };
    Ok((status, page(form(error))).into_response())
}

/// Sets the session's cookie and goes on.
fn entered(ctx: &Ctx, opened: Opened, next: &str) -> Result<Response, Failure> {
    let Opened::Web(token) = opened else {
        return Err(Error::internal("a browser was given tokens").into());
    };
    let name = session_cookie_name(ctx.edge.config.secure);
    with_cookie(ctx, Redirect::to(next).into_response(), name, &token, WEB_S, true)
}

fn with_cookie(
    ctx: &Ctx,
    mut response: Response,
    name: &str,
    value: &str,
    seconds: i64,
    hidden: bool,
) -> Result<Response, Failure> {
    let secure = if ctx.edge.config.secure { "; Secure" } else { "" };
    let hidden = if hidden { "; HttpOnly" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{hidden}{secure}");
    let cookie = HeaderValue::from_str(&text).map_err(|e| Error::internal(e.to_string()))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn logout(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    if let Some(who) = &ctx.principal {
        auth.sign_out(who, &ctx.cause()).await?;
    }
    let name = session_cookie_name(ctx.edge.config.secure);
    with_cookie(&ctx, Redirect::to("/login").into_response(), name, "", 0, true)
}

async fn language(ctx: Ctx, Path(lang): Path<String>, query: Query) -> Result<Response, Failure> {
    let lang = Lang::parse(&lang).ok_or_else(Error::not_found)?;
    let next = safe_next(query.get("next").unwrap_or("/"));
    set_language(&ctx, Redirect::to(next).into_response(), lang)
}

/// The same answer, with the language kept by the browser.
pub(super) fn set_language(ctx: &Ctx, response: Response, lang: Lang) -> Result<Response, Failure> {
    with_cookie(ctx, response, "lang", lang.tag(), 365 * 86_400, false)
}

fn frame(ctx: &Ctx, title: &str, next: &str, has_errors: bool) -> SignIn {
    let other = if ctx.lang == Lang::Fr { "en" } else { "fr" };
    let back = format!("/login{}", Query::default().with("next", Some(next)));
    SignIn {
        lang: ctx.lang,
        title: title.to_owned(),
        other_language: format!("/language/{other}{}", Query::default().with("next", Some(&back))),
        has_errors,
        ..SignIn::default()
    }
}

fn alert(ctx: &Ctx, error: Option<&Error>) -> Markup {
    html! {
        @if let Some(error) = error {
            (ui::message(Tone::Bad, error.text(ctx.lang), &html! {}, &html! {}))
        }
    }
}

/// The page to sign in. It never says whether an address exists.
fn login_page(ctx: &Ctx, next: &str, email: &str, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let greeting = match lang {
        Lang::Fr => format!("Connectez-vous à {}.", ctx.edge.config.organisation),
        Lang::En => format!("Sign in to {}.", ctx.edge.config.organisation),
    };
    let address =
        Field::new(lang, "email", say(lang, "Adresse électronique", "Email address"), FieldKind::Email)
            .value(email)
            .autocomplete("username");
    let password = Field::new(lang, "password", say(lang, "Mot de passe", "Password"), FieldKind::Password)
        .autocomplete("current-password");
    let button = Button::new(say(lang, "Se connecter", "Sign in")).primary().busy(say(
        lang,
        "Connexion…",
        "Signing in…",
    ));
    frame(ctx, say(lang, "Connexion", "Sign in"), next, error.is_some()).page(&html! {
        form method="post" action="/login" novalidate {
            (ui::csrf_field(&ctx.csrf))
            input type="hidden" name="next" value=(next);
            div { h1.form-title { (say(lang, "Bonjour", "Hello")) } p.soft { (greeting) } }
            (alert(ctx, error))
            (address)
            (password)
            (button)
            p.small.muted {
                (ui::icon(Icon::KeyRound)) " "
                (say(
                    lang,
                    "Mot de passe oublié\u{202f}? L’exploitation vous en donne un pour une fois.",
                    "Forgot your password? An operator gives you one for one time.",
                ))
            }
            p.small.muted {
                (ui::icon(Icon::History)) " "
                (say(
                    lang,
                    "Vos connexions restent visibles dans votre compte.",
                    "Your sign-ins stay visible in your account.",
                ))
            }
        }
    })
}

/// The page that asks for a new password after a one-time one.
fn choice_page(ctx: &Ctx, ticket: &str, next: &str, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let mut chosen = Field::new(
        lang,
        "new_password",
        say(lang, "Nouveau mot de passe", "New password"),
        FieldKind::Password,
    )
    .hint(say(
        lang,
        "8 caractères au moins, une phrase par exemple",
        "At least 8 characters, a phrase for example",
    ))
    .autocomplete("new-password");
    if let Some(field) = error.and_then(|e| e.fields.first()) {
        chosen = chosen.error(field.text.get(lang));
    }
    let button = Button::new(say(lang, "Garder ce mot de passe", "Keep this password")).primary();
    let general = error.filter(|e| e.fields.is_empty());
    let title = say(lang, "Choisissez votre mot de passe", "Choose your password");
    frame(ctx, title, next, error.is_some()).page(&html! {
        form method="post" action="/login/password" novalidate {
            (ui::csrf_field(&ctx.csrf))
            input type="hidden" name="next" value=(next);
            input type="hidden" name="ticket" value=(ticket);
            div {
                h1.form-title { (title) }
                p.soft {
                    (say(
                        lang,
                        "Celui que vous avez reçu n’a servi qu’une fois.",
                        "The one that you were given served once.",
                    ))
                }
            }
            (alert(ctx, general))
            (chosen)
            (button)
        }
    })
}
