//! Roles: the matrix of what they may do, and one role with its holders.

use super::parts::{self, crumb, done, flash};
use crate::auth::commands::Auth;
use crate::auth::on;
use crate::auth::roles::{self, PERSON_READ, PRIVILEGE_WRITE, ROLE_READ};
use crate::auth::snapshot::{PermissionRow, Snapshot};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Lang, Result};
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::{self, Button, Column, Icon, Row, Table, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody, Principal, Query, Scope};

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get("/roles", on!(auth, matrix, ctx: Ctx), Doc::new("What each role may do.").permission(ROLE_READ))
        .get(
            "/roles/{role}",
            on!(auth, show, ctx: Ctx, role: Path<String>, query: Query),
            Doc::new("One role: what it may do, and who holds it.").permission(ROLE_READ),
        )
        .post(
            "/roles/{role}",
            on!(auth, change, ctx: Ctx, role: Path<String>, form: FormBody),
            Doc::new("Says how far a role reaches under a permission.").permission(PRIVILEGE_WRITE),
        )
}

fn line<'a>(snapshot: &'a Snapshot, role: &str, permission: &str) -> Option<&'a PermissionRow> {
    snapshot.permissions.iter().find(|l| l.role == role && l.permission == permission)
}

/// The reach of a role under a permission, in a cell.
fn reach(lang: Lang, line: Option<&PermissionRow>) -> Markup {
    match line {
        Some(line) if line.granted => ui::tag(parts::scope_name(lang, line.scope)),
        Some(_) => html! { span.muted { (say(lang, "retirée", "taken")) } },
        None => ui::missing(),
    }
}

async fn matrix(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    ctx.permit(ROLE_READ)?;
    let (snapshot, lang) = (auth.snapshot().await?, ctx.lang);
    let permissions: BTreeSet<&str> = snapshot.permissions.iter().map(|l| l.permission.as_str()).collect();
    let roles: Vec<&str> = snapshot.roles.keys().map(String::as_str).collect();
    let columns = vec![
        Column::new(say(lang, "Permission", "Permission")),
        Column::new(say(lang, "Rôles et portée", "Roles and reach")),
    ];
    // One line per permission, its roles in it: ten columns would fit no screen.
    let row = |permission: &&str| {
        let held = roles.iter().filter_map(|role| line(&snapshot, role, permission).filter(|l| l.granted));
        let words = |l: &PermissionRow| {
            let name = parts::role_name(&snapshot, lang, &l.role);
            ui::labelled(lang, name, parts::scope_name(lang, l.scope))
        };
        let tags: Vec<String> = held.map(words).collect();
        Row::new([
            ui::mono(permission),
            html! { span.row.wrap { @for tag in &tags { (ui::tag(tag)) } @if tags.is_empty() { (ui::missing()) } } },
        ])
    };
    let links = html! {
        ul.slist {
            @for role in &roles {
                li {
                    (ui::tile(if roles::is_privileged(role) { Icon::ShieldCheck } else { Icon::Users }))
                    span.grow {
                        a href=(format!("/roles/{role}")) { b { (parts::role_name(&snapshot, lang, role)) } }
                        span.line.small.muted { (note(lang, role)) }
                    }
                    (ui::count(&holders(&snapshot, role).len().to_string()))
                }
            }
        }
    };
    let frame = shell(&ctx, say(lang, "Rôles", "Roles"));
    let table = Table::new(lang, say(lang, "Ce que chaque rôle permet", "What each role allows"), columns)
        .title(say(lang, "Permissions", "Permissions"))
        .rows(permissions.iter().map(row));
    let sentence = say(
        lang,
        "Une permission vaut pour soi, pour les équipes dont on répond, ou pour tout.",
        "A permission holds for oneself, for the teams one answers for, or for all.",
    );
    Ok(page(frame.page(ui::blocks(html! {
        (ui::head(say(lang, "Rôles", "Roles"), &html! { (sentence) }, &html! {}))
        (ui::Card::new(say(lang, "Les rôles", "The roles")).flush(links))
        (table)
    })))
    .into_response())
}

fn note(lang: Lang, role: &str) -> &'static str {
    if roles::is_privileged(role) {
        say(
            lang,
            "Droits étendus\u{a0}: donné par l’administration seule",
            "Wide permissions: given by an administrator only",
        )
    } else if roles::is_implicit(role) {
        say(lang, "Vient de soi, avec l’emploi ou une équipe", "Comes by itself, with the job or a team")
    } else {
        say(lang, "Donné par les ressources humaines", "Given by human resources")
    }
}

fn holders<'a>(snapshot: &'a Snapshot, role: &str) -> Vec<&'a web::Person> {
    let holds = |p: &&web::Person| p.active && p.roles.iter().any(|r| r == role);
    let mut people: Vec<_> = snapshot.people.people.values().filter(holds).collect();
    people.sort_by(|a, b| a.name.cmp(&b.name));
    people
}

async fn show(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(role): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    Ok(page(role_page(&auth, &ctx, &role, &query, None).await?).into_response())
}

async fn change(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(role): Path<String>,
    form: FormBody,
) -> Result<Response, Failure> {
    let (permit, cause) = (ctx.permit(PRIVILEGE_WRITE)?, ctx.cause());
    let (permission, scope) = (form.get("permission"), Scope::parse(form.get("scope")));
    let command = || auth.set_permission((&permit).into(), &role, permission, scope, &cause);
    match auth.commit(command).await {
        Ok(()) => Ok(done(&format!("/roles/{role}"), "permission")),
        Err(error) => {
            let markup = role_page(&auth, &ctx, &role, &Query::default(), Some(&error)).await?;
            parts::again(error, |_| markup)
        }
    }
}

async fn role_page(
    auth: &Auth,
    ctx: &Ctx,
    role: &str,
    query: &Query,
    error: Option<&Error>,
) -> Result<Markup> {
    let (permit, lang) = (ctx.permit(ROLE_READ)?, ctx.lang);
    let snapshot = auth.snapshot().await?;
    let name = snapshot.roles.get(role).ok_or_else(Error::not_found)?.get(lang).to_owned();
    let mut frame = shell(ctx, name.clone());
    frame.crumbs = vec![crumb(say(lang, "Rôles", "Roles"), "/roles")];
    frame.flash = flash(lang, query);
    let problem = error.map(|e| ui::message(Tone::Bad, e.text(lang), &html! {}, &html! {}));
    Ok(frame.page(ui::blocks(html! {
        (ui::head(&name, &html! { (note(lang, role)) "." }, &html! {}))
        @if let Some(problem) = problem { (problem) }
        (ui::columns(
            &permissions_table(ctx, &permit.principal, &snapshot, role),
            &holders_card(ctx, &permit.principal, &snapshot, role),
        ))
    })))
}

fn permissions_table(ctx: &Ctx, reader: &Principal, snapshot: &Snapshot, role: &str) -> Markup {
    let lang = ctx.lang;
    let may = reader.may(PRIVILEGE_WRITE);
    let all: BTreeSet<&str> = snapshot.permissions.iter().map(|l| l.permission.as_str()).collect();
    let shown = all.into_iter().filter(|p| may || line(snapshot, role, p).is_some_and(|l| l.granted));
    let row = |permission: &str| {
        let now = line(snapshot, role, permission);
        let change = html! { @if may { (change_form(ctx, role, permission, now)) } };
        Row::new([ui::mono(permission), reach(lang, now), change])
    };
    let mut columns =
        vec![Column::new(say(lang, "Permission", "Permission")), Column::new(say(lang, "Portée", "Reach"))];
    if may {
        columns.push(Column::new(say(lang, "Changer en", "Change to")));
    }
    let title = say(lang, "Ce que ce rôle permet", "What this role allows");
    let table = Table::new(lang, title, columns).title(title).rows(shown.map(row)).empty(ui::empty(
        say(lang, "Rien de plus", "Nothing more"),
        say(lang, "Ce rôle n’ouvre aucune permission pour l’instant.", "This role opens no permission yet."),
        &html! {},
    ));
    html! { (table) }
}

fn change_form(ctx: &Ctx, role: &str, permission: &str, now: Option<&PermissionRow>) -> Markup {
    let lang = ctx.lang;
    let now = now.filter(|l| l.granted).map(|l| l.scope);
    let choices = [None, Some(Scope::Own), Some(Scope::Team), Some(Scope::All)];
    let word = |scope: Option<Scope>| scope.map_or("", Scope::word);
    let label = |scope: Option<Scope>| {
        scope.map_or(say(lang, "aucune", "none"), |scope| parts::scope_name(lang, scope))
    };
    let button = |scope| Button::new(label(scope)).small().value("scope", word(scope));
    html! {
        form.row.wrap method="post" action=(format!("/roles/{role}"))
            aria-label=(format!("{} {permission}", say(lang, "Portée de", "Reach of"))) {
            (ui::csrf_field(&ctx.csrf))
            input type="hidden" name="permission" value=(permission);
            @for scope in choices { @if scope != now { (button(scope)) } }
        }
    }
}

fn holders_card(ctx: &Ctx, reader: &Principal, snapshot: &Snapshot, role: &str) -> Markup {
    let lang = ctx.lang;
    // Whoever does not read people sees how many hold the role, not who.
    let access = reader.access(PERSON_READ);
    let people = holders(snapshot, role);
    let seen: Vec<_> = people.iter().filter(|p| access.reaches(p.id, p.team)).take(50).collect();
    let list = html! {
        ul.slist {
            @for person in &seen {
                li { span.grow { a href=(format!("/people/{}", person.id)) { (person.name) } span.line.small.muted { (person.title) } } }
            }
        }
    };
    let rest = people.len() - seen.len();
    html! {
        (ui::Card::new(say(lang, "Qui l’a", "Who holds it")).count(people.len().to_string()).flush(list)
            .foot(html! {
                @if rest > 0 {
                    a href=(format!("/people?role={role}")) { (say(lang, "Voir la liste", "See the list")) }
                }
            }))
    }
}
