//! Teams: the list, one of them, and the forms to create and change one.

use super::parts::{self, crumb, done, flash};
use crate::auth::commands::Auth;
use crate::auth::http::{id, reaches_team};
use crate::auth::model::TeamDraft;
use crate::auth::on;
use crate::auth::roles::{TEAM_READ, TEAM_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::TeamRow;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::{self, Button, Card, Column, Field, FieldKind, Icon, Row, Table, say};
use web::{Api, Ctx, Doc, Failure, FormBody, Query};

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/teams",
            on!(auth, list, ctx: Ctx, query: Query),
            Doc::new("The teams in reach.").permission(TEAM_READ),
        )
        .get(
            "/teams/new",
            on!(auth, show_new, ctx: Ctx),
            Doc::new("The form to create a team.").permission(TEAM_WRITE),
        )
        .post(
            "/teams/new",
            on!(auth, create, ctx: Ctx, form: FormBody),
            Doc::new("Creates a team.").permission(TEAM_WRITE),
        )
        .get(
            "/teams/{id}",
            on!(auth, show, ctx: Ctx, id: Path<String>, query: Query),
            Doc::new("One team.").permission(TEAM_READ),
        )
        .post(
            "/teams/{id}",
            on!(auth, change, ctx: Ctx, id: Path<String>, form: FormBody),
            Doc::new("Changes a team.").permission(TEAM_WRITE),
        )
}

async fn list(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let (permit, lang) = (ctx.permit(TEAM_READ)?, ctx.lang);
    let snapshot = auth.snapshot().await?;
    let mut teams: Vec<&TeamRow> =
        snapshot.teams.values().filter(|team| reaches_team(&permit.access, team)).collect();
    teams.sort_by(|a, b| a.name.cmp(&b.name));
    let row = |team: &&TeamRow| {
        let members = snapshot.people.people.values().filter(|p| p.team == Some(team.id)).count();
        let manager = team.manager.map(|id| (id, snapshot.people.name(id).to_owned()));
        Row::new([
            ui::subject(Some(Icon::Users), &team.name, &format!("/teams/{}", team.id), ""),
            html! { @if let Some((id, name)) = manager { (ui::person(&id.to_string(), &name)) } @else { (ui::missing()) } },
            html! { (parts::team_name(&snapshot, team.parent)) },
            html! { (members) },
        ])
    };
    let columns = vec![
        Column::new(say(lang, "Équipe", "Team")),
        Column::new(say(lang, "Responsable", "Manager")),
        Column::new(say(lang, "Au-dessus", "Above")).soft().optional(),
        Column::new(say(lang, "Personnes", "People")).number(),
    ];
    let table = Table::new(lang, say(lang, "Équipes", "Teams"), columns).rows(teams.iter().map(row)).empty(
        ui::empty(
            say(lang, "Aucune équipe pour l’instant", "No team yet"),
            say(
                lang,
                "Les équipes et leurs responsables paraîtront ici.",
                "Teams and their managers will show here.",
            ),
            &html! {},
        ),
    );
    let mut frame = shell(&ctx, say(lang, "Équipes", "Teams"));
    frame.count = Some(teams.len().to_string());
    frame.flash = flash(lang, &query);
    if permit.principal.may(TEAM_WRITE) {
        let new = Button::link(say(lang, "Créer une équipe", "Create a team"), "/teams/new").small();
        frame.actions = html! { (new.primary().icon(Icon::Plus)) };
    }
    Ok(page(frame.page(ui::blocks(html! { (table) }))).into_response())
}

fn draft(form: &FormBody) -> Result<TeamDraft> {
    Ok(TeamDraft {
        name: form.get("name").to_owned(),
        manager: parts::chosen(form.get("manager"))?,
        parent: parts::chosen(form.get("parent"))?,
        version: form.get("version").parse().ok(),
    })
}

async fn show_new(auth: Arc<Auth>, ctx: Ctx) -> Result<Response, Failure> {
    ctx.permit(TEAM_WRITE)?;
    let snapshot = auth.snapshot().await?;
    Ok(page(new_page(&ctx, &snapshot, &FormBody::default(), None)).into_response())
}

async fn create(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let (permit, cause, draft) = (ctx.permit(TEAM_WRITE)?, ctx.cause(), draft(&form)?);
    match auth.commit(|| auth.create_team((&permit).into(), draft.clone(), &cause)).await {
        Ok(team) => Ok(done(&format!("/teams/{}", team.id), "team-created")),
        Err(error) => {
            let snapshot = auth.snapshot().await?;
            parts::again(error, |e| new_page(&ctx, &snapshot, &form, Some(e)))
        }
    }
}

async fn show(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(team): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    Ok(page(team_page(&auth, &ctx, id(&team)?, &query, None).await?).into_response())
}

async fn change(
    auth: Arc<Auth>,
    ctx: Ctx,
    Path(team): Path<String>,
    form: FormBody,
) -> Result<Response, Failure> {
    let (permit, cause, draft, team) = (ctx.permit(TEAM_WRITE)?, ctx.cause(), draft(&form)?, id(&team)?);
    match auth.commit(|| auth.change_team((&permit).into(), team, draft.clone(), &cause)).await {
        Ok(_) => Ok(done(&format!("/teams/{team}"), "team-changed")),
        Err(error) => {
            let markup = team_page(&auth, &ctx, team, &Query::default(), Some((&form, &error))).await?;
            parts::again(error, |_| markup)
        }
    }
}

/// The fields of a team in their form.
fn team_form(
    ctx: &Ctx,
    snapshot: &Snapshot,
    action: &str,
    value: impl Fn(&str) -> String,
    error: Option<&Error>,
) -> Markup {
    let lang = ctx.lang;
    let errors = parts::field_errors(lang, error);
    let field = |key: &str, label: &str, kind: FieldKind| {
        parts::with_error(Field::new(lang, key, label, kind).value(value(key)), key, &errors)
    };
    let (people, teams) = (parts::people_answers(snapshot), parts::team_answers(snapshot));
    let version = value("version");
    let body = html! {
        @if !version.is_empty() { input type="hidden" name="version" value=(version); }
        div.stack.wide {
            (ui::error_summary(lang, &errors))
            (parts::problem(lang, error))
            (field("name", say(lang, "Nom", "Name"), FieldKind::Text))
            (field("manager", say(lang, "Responsable", "Manager"), FieldKind::Select(people)).optional()
                .hint(say(lang, "Voit et décide pour l’équipe et celles au-dessous", "Sees and decides for the team and those below")))
            (field("parent", say(lang, "Équipe au-dessus", "Team above"), FieldKind::Select(teams)).optional())
            div { (Button::new(say(lang, "Garder l’équipe", "Keep the team")).primary().busy(say(lang, "Envoi…", "Sending…"))) }
        }
    };
    ui::post_form("team", action, &ctx.csrf, &body)
}

fn new_page(ctx: &Ctx, snapshot: &Snapshot, form: &FormBody, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let title = say(lang, "Créer une équipe", "Create a team");
    let mut frame = shell(ctx, title);
    frame.crumbs = vec![crumb(say(lang, "Équipes", "Teams"), "/teams")];
    frame.has_errors = error.is_some();
    let form = team_form(ctx, snapshot, "/teams/new", |key| form.get(key).to_owned(), error);
    frame.page(ui::blocks(html! { (ui::head(title, &html! {}, &html! {})) (Card::new(title).body(form)) }))
}

async fn team_page(
    auth: &Auth,
    ctx: &Ctx,
    team: Uuid,
    query: &Query,
    typed: Option<(&FormBody, &Error)>,
) -> Result<Markup> {
    let (permit, lang) = (ctx.permit(TEAM_READ)?, ctx.lang);
    let snapshot = auth.snapshot().await?;
    let team = snapshot.teams.get(&team).filter(|team| reaches_team(&permit.access, team));
    let team = team.ok_or_else(Error::not_found)?;
    let some = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let value = |key: &str| match (typed, key) {
        (Some((form, _)), _) => form.get(key).to_owned(),
        (None, "name") => team.name.clone(),
        (None, "manager") => some(team.manager),
        (None, "parent") => some(team.parent),
        (None, _) => team.version.to_string(),
    };
    let mut frame = shell(ctx, team.name.clone());
    frame.crumbs = vec![crumb(say(lang, "Équipes", "Teams"), "/teams")];
    frame.flash = flash(lang, query);
    frame.has_errors = typed.is_some();
    let manager = team.manager.map_or("–", |id| snapshot.people.name(id)).to_owned();
    let facts = [
        (say(lang, "Responsable", "Manager").to_owned(), html! { (manager) }),
        (
            say(lang, "Équipe au-dessus", "Team above").to_owned(),
            html! { (parts::team_name(&snapshot, team.parent)) },
        ),
    ];
    let action = format!("/teams/{}", team.id);
    let error = typed.map(|(_, error)| error);
    let about = if permit.principal.may(TEAM_WRITE) {
        team_form(ctx, &snapshot, &action, value, error)
    } else {
        ui::definitions(&facts)
    };
    Ok(frame.page(ui::blocks(html! {
        (ui::head(&team.name, &html! {}, &html! {}))
        (ui::columns(&members(ctx, &snapshot, team), &html! { (Card::new(say(lang, "L’équipe", "The team")).body(about)) }))
    })))
}

fn members(ctx: &Ctx, snapshot: &Snapshot, team: &TeamRow) -> Markup {
    let lang = ctx.lang;
    let mut people: Vec<_> = snapshot.people.people.values().filter(|p| p.team == Some(team.id)).collect();
    people.sort_by(|a, b| a.name.cmp(&b.name));
    let row = |person: &&web::Person| {
        Row::new([
            ui::subject(None, &person.name, &format!("/people/{}", person.id), &person.email),
            html! { (person.title) },
            parts::access_chip(lang, person.active),
        ])
    };
    let columns = vec![
        Column::new(say(lang, "Personne", "Person")),
        Column::new(say(lang, "Fonction", "Job")).soft().optional(),
        Column::new(say(lang, "Accès", "Access")),
    ];
    let table = Table::new(lang, say(lang, "Personnes de l’équipe", "People of the team"), columns)
        .title(say(lang, "Personnes", "People"))
        .count(people.len().to_string())
        .rows(people.iter().map(row))
        .empty(ui::empty(
            say(lang, "Personne dans cette équipe", "Nobody in this team"),
            say(lang, "On y entre depuis la page d’une personne.", "People join it from their own page."),
            &html! {},
        ));
    html! { (table) }
}
