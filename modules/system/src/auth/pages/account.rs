//! One's own account: who one is here, the language, the password, the open sessions, the sign-ins.

use super::parts::{self, done, flash};
use super::sign_in::set_language;
use crate::auth::commands::{Auth, Authority};
use crate::auth::http::id;
use crate::auth::model::PersonChange;
use crate::auth::on;
use crate::auth::snapshot::Snapshot;
use crate::auth::sql_sessions::{LoginTry, SessionRow};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Lang, Result, Timestamp};
use maud::{Markup, html};
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::format::when_long;
use web::ui::{self, Button, Card, Column, Field, FieldKind, Icon, Row, Table, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody, Principal, Query, encode_cursor};

/// Lines of the history on the account's page, and on a page of its own.
const LATEST: u32 = 10;
const PAGE: u32 = 50;

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get("/account", on!(auth, show, ctx: Ctx, query: Query), Doc::new("One's own account."))
        .get(
            "/account/logins",
            on!(auth, logins, ctx: Ctx, query: Query),
            Doc::new("The tries to sign in as oneself."),
        )
        .post(
            "/account/language",
            on!(auth, language, ctx: Ctx, form: FormBody),
            Doc::new("Chooses one's language."),
        )
        .post(
            "/account/password",
            on!(auth, password, ctx: Ctx, form: FormBody),
            Doc::new("Changes one's password."),
        )
        .post(
            "/account/sessions/end-others",
            on!(auth, end_others, ctx: Ctx),
            Doc::new("Ends all sessions but this one."),
        )
        .post(
            "/account/sessions/{id}/end",
            on!(auth, end, ctx: Ctx, id: Path<String>),
            Doc::new("Ends one of one's sessions."),
        )
}

/// Everything that the page shows.
struct Account {
    snapshot: Arc<Snapshot>,
    sessions: Vec<SessionRow>,
    logins: Vec<LoginTry>,
    password_since: Option<Timestamp>,
}

async fn read(auth: &Auth, who: &Principal) -> Result<Account> {
    Ok(Account {
        snapshot: auth.snapshot().await?,
        sessions: auth.sessions_of(who.id).await?,
        logins: auth.logins_of(who.id, None, LATEST).await?,
        password_since: auth.password_since(who.id).await?,
    })
}

async fn show(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let account = read(&auth, ctx.principal()?).await?;
    Ok(page(account_page(&ctx, &account, &query, None)?).into_response())
}

async fn language(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let (who, cause) = (ctx.principal()?, ctx.cause());
    let lang = Lang::parse(form.get("lang")).unwrap_or(ctx.lang);
    let change = PersonChange { lang: Some(lang), ..PersonChange::default() };
    auth.commit(|| auth.change_person(Authority::System, who.id, &change, &cause)).await?;
    set_language(&ctx, done("/account", "language"), lang)
}

async fn password(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let who = ctx.principal()?;
    // Whoever sits at an open screen must not be able to try passwords at will.
    ctx.edge.limits.login(&ctx.address.to_string(), &who.email)?;
    let field = |name: &str| form.all(name).first().cloned().unwrap_or_default();
    let (present, chosen) = (field("password"), field("new_password"));
    match auth.change_password(who, &present, &chosen, &ctx.cause()).await {
        Ok(()) => Ok(done("/account", "password")),
        Err(error) => {
            let account = read(&auth, who).await?;
            let markup = account_page(&ctx, &account, &Query::default(), Some(&error))?;
            parts::again(error, |_| markup)
        }
    }
}

async fn end(auth: Arc<Auth>, ctx: Ctx, Path(session): Path<String>) -> Result<Response, Failure> {
    auth.revoke_session(ctx.principal()?, id(&session)?, &ctx.cause()).await?;
    Ok(done("/account", "session"))
}

async fn end_others(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    auth.revoke_others(ctx.principal()?, &ctx.cause()).await?;
    Ok(done("/account", "sessions"))
}

async fn logins(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let who = ctx.principal()?;
    let mut rows = auth.logins_of(who.id, query.cursor()?, PAGE + 1).await?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|line| {
        format!("/account/logins{}", query.with("cursor", Some(&encode_cursor(&(line.at.0, line.id)))))
    });
    let title = say(ctx.lang, "Connexions", "Sign-ins");
    let mut frame = shell(&ctx, title);
    frame.crumbs = vec![parts::crumb(say(ctx.lang, "Mon compte", "My account"), "/account")];
    let table = login_table(&ctx, &rows).pages(None, next);
    Ok(page(frame.page(ui::blocks(html! { (table) }))).into_response())
}

fn account_page(ctx: &Ctx, account: &Account, query: &Query, error: Option<&Error>) -> Result<Markup> {
    let (lang, who) = (ctx.lang, ctx.principal()?);
    let mut frame = shell(ctx, say(lang, "Mon compte", "My account"));
    frame.flash = flash(lang, query);
    frame.has_errors = error.is_some();
    let head = ui::head(
        say(lang, "Mon compte", "My account"),
        &html! { (say(lang, "Qui vous êtes ici, et d’où vous entrez.", "Who you are here, and where you come in from.")) },
        &html! {},
    );
    Ok(frame.page(ui::blocks(html! {
        (head)
        (ui::columns(
            &html! {
                (sessions_card(ctx, who, &account.sessions))
                (login_table(ctx, &account.logins)
                    .title(say(lang, "Dernières connexions", "Latest sign-ins"))
                    .foot(html! { a href="/account/logins" { (say(lang, "Tout l’historique", "All of the history")) } }))
            },
            &html! {
                (profile_card(ctx, who, &account.snapshot))
                (password_card(ctx, account.password_since, error))
            },
        ))
    })))
}

fn profile_card(ctx: &Ctx, who: &Principal, snapshot: &Snapshot) -> Markup {
    let lang = ctx.lang;
    let roles: Vec<String> =
        who.roles.iter().map(|code| parts::role_name(snapshot, lang, code).to_owned()).collect();
    let facts = [
        (say(lang, "Nom", "Name"), who.name.clone()),
        (say(lang, "Adresse", "Address"), who.email.clone()),
        (say(lang, "Fonction", "Job"), if who.title.is_empty() { "–".into() } else { who.title.clone() }),
        (say(lang, "Équipe", "Team"), parts::team_name(snapshot, who.team).to_owned()),
        (say(lang, "Rôles", "Roles"), roles.join(", ")),
    ];
    let facts: Vec<_> = facts.into_iter().map(|(term, value)| (term.to_owned(), html! { (value) })).collect();
    let language = Field::new(
        lang,
        "lang",
        say(lang, "Langue des pages", "Language of pages"),
        FieldKind::Select(parts::language_answers()),
    )
    .value(lang.tag());
    let form = html! { div.stack { (language) (Button::new(say(lang, "Choisir cette langue", "Choose this language")).small()) } };
    let note = say(
        lang,
        "Nom, fonction et équipe sont tenus par les ressources humaines.",
        "Name, job and team are kept by human resources.",
    );
    html! {
        (Card::new(say(lang, "Profil", "Profile")).body(html! {
            div.stack.wide {
                (ui::definitions(&facts))
                (ui::post_form("language", "/account/language", &ctx.csrf, &form))
            }
        }).foot(html! { (note) }))
    }
}

fn password_card(ctx: &Ctx, since: Option<Timestamp>, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let errors = parts::field_errors(lang, error);
    let field = |key: &str, label: &str, token: &str| {
        let field = Field::new(lang, key, label, FieldKind::Password).autocomplete(token);
        parts::with_error(field, key, &errors)
    };
    let zone = &ctx.edge.config.zone;
    let since = since.map(|at| {
        let when = when_long(lang, at, ctx.now(), zone);
        format!("{} {when}", say(lang, "Choisi", "Chosen"))
    });
    let body = html! {
        div.stack.wide {
            (ui::error_summary(lang, &errors))
            (parts::problem(lang, error))
            (field("password", say(lang, "Mot de passe actuel", "Present password"), "current-password"))
            (field("new_password", say(lang, "Nouveau mot de passe", "New password"), "new-password")
                .hint(say(lang, "8 caractères au moins, une phrase par exemple", "At least 8 characters, a phrase for example")))
            div { (Button::new(say(lang, "Changer le mot de passe", "Change the password"))) }
        }
    };
    html! {
        (Card::new(say(lang, "Mot de passe", "Password"))
            .id("password-card")
            .body(ui::post_form("password-form", "/account/password", &ctx.csrf, &body))
            .foot(html! {
                (say(lang, "En changer termine vos autres sessions.", "Changing it ends your other sessions."))
                @if let Some(since) = since { " " (since) "." }
            }))
    }
}

fn sessions_card(ctx: &Ctx, who: &Principal, sessions: &[SessionRow]) -> Markup {
    let lang = ctx.lang;
    let row = |session: &SessionRow| {
        let current = session.id == who.session;
        let seen = when_long(lang, session.last_seen_at, ctx.now(), &ctx.edge.config.zone);
        let last = if current {
            ui::chip(Tone::Accent, Icon::CircleDot, say(lang, "Cette session", "This session"))
        } else {
            html! { span.soft { (seen) } }
        };
        let end = Button::new(say(lang, "Terminer", "End")).quiet().small();
        let end = ui::post_button(&format!("/account/sessions/{}/end", session.id), &ctx.csrf, &end);
        let kind = if session.kind == "web" { Icon::Monitor } else { Icon::Smartphone };
        Row::new([
            html! { span.row { (ui::icon(kind)) b.strong { (device(lang, &session.user_agent)) } } },
            html! { (session.address) },
            last,
            html! { @if !current { (end) } },
        ])
    };
    let others = sessions.iter().filter(|s| s.id != who.session).count();
    let end =
        Button::new(say(lang, "Terminer les autres", "End the others")).small().danger().icon(Icon::LogOut);
    let columns = vec![
        Column::new(say(lang, "Appareil", "Device")),
        Column::new(say(lang, "Adresse", "Address")).soft().optional(),
        Column::new(say(lang, "Dernière activité", "Last active")),
        Column::unnamed(say(lang, "Actions", "Actions")).right(),
    ];
    let table = Table::new(lang, say(lang, "Sessions ouvertes", "Open sessions"), columns)
        .title(say(lang, "Sessions ouvertes", "Open sessions"))
        .count(sessions.len().to_string())
        .controls(
            html! { @if others > 0 { (ui::post_button("/account/sessions/end-others", &ctx.csrf, &end)) } },
        )
        .rows(sessions.iter().map(row));
    html! { (table) }
}

fn login_table(ctx: &Ctx, logins: &[LoginTry]) -> Table {
    let lang = ctx.lang;
    let row = |line: &LoginTry| {
        Row::new([
            html! { (when_long(lang, line.at, ctx.now(), &ctx.edge.config.zone)) },
            outcome(lang, &line.outcome),
            html! { (device(lang, &line.user_agent)) },
            html! { (line.address) },
        ])
    };
    let columns = vec![
        Column::new(say(lang, "Quand", "When")).nowrap(),
        Column::new(say(lang, "Résultat", "Outcome")),
        Column::new(say(lang, "Appareil", "Device")).soft().optional(),
        Column::new(say(lang, "Adresse", "Address")).soft().optional(),
    ];
    Table::new(lang, say(lang, "Connexions", "Sign-ins"), columns).rows(logins.iter().map(row)).empty(
        ui::empty(
            say(lang, "Aucune connexion pour l’instant", "No sign-in yet"),
            say(
                lang,
                "Vos connexions, réussies ou non, paraîtront ici.",
                "Your sign-ins, good or not, will show here.",
            ),
            &html! {},
        ),
    )
}

fn outcome(lang: Lang, word: &str) -> Markup {
    let (tone, icon, text) = match word {
        "signed_in" => (Tone::Ok, Icon::CircleCheck, say(lang, "Connexion", "Signed in")),
        "refresh_reused" => (
            Tone::Bad,
            Icon::TriangleAlert,
            say(lang, "Jeton réutilisé, session terminée", "Token reused, session ended"),
        ),
        "wrong_password" => (Tone::Warn, Icon::CircleX, say(lang, "Mot de passe erroné", "Wrong password")),
        "one_time_over" => (Tone::Warn, Icon::CircleX, say(lang, "Mot de passe périmé", "Password over")),
        _ => (Tone::Warn, Icon::CircleX, say(lang, "Accès fermé", "Access closed")),
    };
    ui::chip(tone, icon, text)
}

/// A program in a few words: the family of the browser and the system. Exact versions help nobody to recognise it.
fn device(lang: Lang, agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if agent.is_empty() => say(lang, "Programme inconnu", "Unknown program").to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_family() {
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
        assert_eq!(device(Lang::Fr, agent), "Firefox, Windows");
        assert_eq!(device(Lang::Fr, "curl/8.5.0"), "curl");
        assert_eq!(device(Lang::En, ""), "Unknown program");
    }
}
