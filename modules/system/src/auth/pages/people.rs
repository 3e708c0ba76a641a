//! The list of people, and the same as CSV.

use super::parts::{self, access_chip, flash};
use crate::auth::commands::Auth;
use crate::auth::http::people_filter;
use crate::auth::on;
use crate::auth::queries::PeopleFilter;
use crate::auth::roles::{PERSON_READ, PERSON_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::PersonRow;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::{self, Button, Choice, Column, Filter, Icon, Row, Table, say};
use web::{Access, Api, Ctx, Doc, Failure, Query, encode_cursor};

/// People read at once for a file.
const AT_ONCE: u32 = 1000;

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/people",
            on!(auth, list, ctx: Ctx, query: Query),
            Doc::new("The people in reach.").permission(PERSON_READ),
        )
        .get(
            "/people/export",
            on!(auth, export, ctx: Ctx, query: Query),
            Doc::new("The people in reach as CSV, in the form that the import reads.")
                .permission(PERSON_READ),
        )
}

async fn list(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_READ)?;
    let filter = people_filter(&query)?;
    let more = PeopleFilter { limit: filter.limit + 1, ..filter.clone() };
    let mut rows = auth.people_page(&permit.access, &more).await?;
    let next = (rows.len() > filter.limit as usize).then(|| {
        rows.truncate(filter.limit as usize);
        let place = rows.last().map(|(person, name)| (name.clone(), person.id));
        format!("/people{}", query.with("cursor", Some(&encode_cursor(&place))))
    });
    let (snapshot, count) = (auth.snapshot().await?, auth.people_count(&permit.access).await?);
    let lang = ctx.lang;
    let mut frame = shell(&ctx, say(lang, "Personnes", "People"));
    frame.count = Some(ui::format::integer(lang, count));
    frame.flash = flash(lang, &query);
    if permit.principal.may(PERSON_WRITE) {
        let import =
            Button::link(say(lang, "Importer un fichier", "Import a file"), "/people/import").small();
        let new = Button::link(say(lang, "Ajouter une personne", "Add a person"), "/people/new").small();
        frame.actions = html! { (import) (new.primary().icon(Icon::Plus)) };
    }
    let table = table(&ctx, &query, &snapshot, &rows).pages(None, next);
    Ok(page(frame.page(ui::blocks(html! { (search(&ctx, &query)) (table) }))).into_response())
}

fn search(ctx: &Ctx, query: &Query) -> Markup {
    let lang = ctx.lang;
    let label = say(lang, "Nom, fonction ou adresse", "Name, job or address");
    html! {
        form.row role="search" action="/people" {
            @for name in ["team", "role", "active"] {
                @if let Some(value) = query.get(name) { input type="hidden" name=(name) value=(value); }
            }
            span.grow {
                input.in type="search" name="q" value=(query.get("q").unwrap_or_default()) aria-label=(label) placeholder=(label);
            }
            (Button::new(say(lang, "Chercher", "Search")).icon(Icon::Search))
        }
    }
}

fn table(ctx: &Ctx, query: &Query, snapshot: &Snapshot, rows: &[(PersonRow, String)]) -> Table {
    let lang = ctx.lang;
    let row = |(person, _): &(PersonRow, String)| {
        let roles: Vec<&str> =
            snapshot.stored_roles(person.id).iter().map(|r| parts::role_name(snapshot, lang, r)).collect();
        let href = format!("/people/{}", person.id);
        Row::new([
            html! {
                span.row {
                    (ui::avatar(&person.id.to_string(), &person.name, ui::AvatarSize::Small))
                    (ui::subject(None, &person.name, &href, &person.email))
                }
            },
            html! { (person.title) },
            html! { (parts::team_name(snapshot, person.team)) },
            html! { @if roles.is_empty() { (ui::missing()) } @else { (roles.join(", ")) } },
            access_chip(lang, person.active),
        ])
    };
    let columns = vec![
        Column::new(say(lang, "Personne", "Person")),
        Column::new(say(lang, "Fonction", "Job")).soft().optional(),
        Column::new(say(lang, "Équipe", "Team")),
        Column::new(say(lang, "Rôles", "Roles")).soft().optional(),
        Column::new(say(lang, "Accès", "Access")),
    ];
    Table::new(lang, say(lang, "Personnes", "People"), columns)
        .rows(rows.iter().map(row))
        .filters(filters(ctx, query, snapshot))
        .csv(format!("/people/export{}", query.with("cursor", None)))
        .clear("/people")
        .empty(ui::empty(
            say(lang, "Personne ne correspond", "Nobody fits"),
            say(
                lang,
                "Cherchez autre chose, ou retirez un filtre.",
                "Search for something else, or clear a filter.",
            ),
            &html! { (Button::link(say(lang, "Voir tout le monde", "See everybody"), "/people").small()) },
        ))
}

fn filters(ctx: &Ctx, query: &Query, snapshot: &Snapshot) -> Vec<Filter> {
    let lang = ctx.lang;
    let plain = |name: &str, value: Option<&str>| {
        // A filter begins the list anew: the cursor belongs to the old one.
        let text = query.with(name, value);
        let kept: Vec<&str> =
            text.trim_start_matches('?').split('&').filter(|p| !p.starts_with("cursor=")).collect();
        format!("/people?{}", kept.join("&"))
    };
    let filter = |name: &str, label: &str, choices: Vec<(String, String)>| match query.get(name) {
        Some(value) => {
            let shown = choices.iter().find(|(v, _)| v == value).map_or(value, |(_, label)| label);
            Filter::set(label, shown, plain(name, None))
        }
        None => {
            let choice =
                |(value, label): (String, String)| Choice::new(label, plain(name, Some(&value)), false);
            Filter::new(label, choices.into_iter().map(choice).collect())
        }
    };
    let teams = parts::team_answers(snapshot).into_iter().map(|a| (a.value, a.label)).collect();
    let roles = snapshot.roles.iter().map(|(code, name)| (code.clone(), name.get(lang).to_owned())).collect();
    let access = vec![
        ("true".to_owned(), say(lang, "ouvert", "open").to_owned()),
        ("false".to_owned(), say(lang, "fermé", "closed").to_owned()),
    ];
    vec![
        filter("team", say(lang, "Équipe", "Team"), teams),
        filter("role", say(lang, "Rôle", "Role"), roles),
        filter("active", say(lang, "Accès", "Access"), access),
    ]
}

async fn export(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_READ)?;
    let filter = people_filter(&query)?;
    let text = csv_text(&auth, &permit.access, filter).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"people.csv\""),
    ];
    Ok((headers, text).into_response())
}

async fn csv_text(auth: &Auth, reach: &Access, filter: PeopleFilter) -> Result<String> {
    let snapshot = auth.snapshot().await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: csv::Error| Error::internal(e.to_string());
    writer
        .write_record(["email", "name", "title", "team", "manager_email", "roles", "lang", "active"])
        .map_err(failed)?;
    let mut after: Option<(String, Uuid)> = None;
    loop {
        let part = PeopleFilter { limit: AT_ONCE, after: after.clone(), ..filter.clone() };
        let rows = auth.people_page(reach, &part).await?;
        for (person, _) in &rows {
            writer.write_record(record(&snapshot, person)).map_err(failed)?;
        }
        after = rows.last().map(|(person, name)| (name.clone(), person.id));
        if rows.len() < AT_ONCE as usize {
            break;
        }
    }
    let bytes = writer.into_inner().map_err(|e| Error::internal(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| Error::internal(e.to_string()))
}

fn record(snapshot: &Snapshot, person: &PersonRow) -> [String; 8] {
    let team = person.team.and_then(|id| snapshot.teams.get(&id));
    let manager = team.and_then(|t| snapshot.people.people.get(&t.manager?));
    [
        plain(&person.email),
        plain(&person.name),
        plain(&person.title),
        plain(team.map_or("", |t| &t.name)),
        plain(manager.map_or("", |m| &m.email)),
        snapshot.stored_roles(person.id).join(" "),
        person.lang.tag().to_owned(),
        person.active.to_string(),
    ]
}

/// A text that a spreadsheet does not take for a formula.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_spreadsheet_gets_no_formula() {
        assert_eq!(super::plain("=1+1"), "'=1+1");
        assert_eq!(super::plain("Léa"), "Léa");
    }
}
