//! One person on a page: what is known of them, their roles, their access.

use super::new_person::{fields, role_answers};
use super::parts::{self, access_chip};
use crate::auth::commands::Authority;
use crate::auth::roles::{self, PERSON_RESET, PERSON_WRITE, PRIVILEGE_WRITE, ROLE_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::PersonRow;
use kernel::Error;
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Button, Card, Field, FieldKind, Icon, say};
use web::{Ctx, FormBody, Principal};

/// Whom the page is about, and what was typed and wrong.
pub struct Subject<'a> {
    /// The person.
    pub person: PersonRow,
    /// Everybody.
    pub snapshot: Arc<Snapshot>,
    /// The form that was sent, and why it was not taken.
    pub typed: Option<(&'a FormBody, &'a Error)>,
}

/// The page's content.
pub fn content(ctx: &Ctx, reader: &Principal, subject: &Subject<'_>) -> Markup {
    let person = &subject.person;
    let error = subject.typed.map(|(_, error)| error);
    let right = access_chip(ctx.lang, person.active);
    ui::blocks(html! {
        (ui::head(&person.name, &html! { (person.email) }, &right))
        (parts::problem(ctx.lang, error))
        (ui::columns(
            &html! { @if reader.may(PERSON_WRITE) { (form_card(ctx, subject)) } @else { (facts_card(ctx, subject)) } },
            &html! { (roles_card(ctx, reader, subject)) (access_card(ctx, reader, subject)) },
        ))
    })
}

fn facts_card(ctx: &Ctx, subject: &Subject<'_>) -> Markup {
    let (lang, person) = (ctx.lang, &subject.person);
    let manager = subject.snapshot.people.manager_of(person.id).map_or("–", |m| &m.name);
    let facts = [
        (say(lang, "Adresse", "Address"), person.email.as_str()),
        (say(lang, "Fonction", "Job"), if person.title.is_empty() { "–" } else { &person.title }),
        (say(lang, "Équipe", "Team"), parts::team_name(&subject.snapshot, person.team)),
        (say(lang, "Responsable", "Manager"), manager),
    ];
    let facts: Vec<_> = facts.iter().map(|(term, value)| ((*term).to_owned(), html! { (value) })).collect();
    html! { (Card::new(say(lang, "Profil", "Profile")).body(ui::definitions(&facts))) }
}

fn form_card(ctx: &Ctx, subject: &Subject<'_>) -> Markup {
    let (lang, person) = (ctx.lang, &subject.person);
    let typed = subject.typed.filter(|(form, _)| !form.get("version").is_empty());
    let errors = parts::field_errors(lang, typed.map(|(_, error)| error));
    let value = |key: &str| match (typed, key) {
        (Some((form, _)), _) => form.get(key).to_owned(),
        (None, "name") => person.name.clone(),
        (None, "email") => person.email.clone(),
        (None, "title") => person.title.clone(),
        (None, "team") => person.team.map(|id| id.to_string()).unwrap_or_default(),
        (None, _) => person.lang.tag().to_owned(),
    };
    let body = html! {
        input type="hidden" name="version" value=(person.version);
        div.stack.wide {
            (ui::error_summary(lang, &errors))
            (fields(lang, &subject.snapshot, value, &errors))
            div { (Button::new(say(lang, "Garder les changements", "Keep the changes")).primary().busy(say(lang, "Envoi…", "Sending…"))) }
        }
    };
    let form = ui::post_form("person", &format!("/people/{}", person.id), &ctx.csrf, &body);
    html! { (Card::new(say(lang, "Profil", "Profile")).body(form)) }
}

fn roles_card(ctx: &Ctx, reader: &Principal, subject: &Subject<'_>) -> Markup {
    let (lang, person, snapshot) = (ctx.lang, &subject.person, &subject.snapshot);
    let path = format!("/people/{}/roles", person.id);
    let may = |code: &str| {
        reader.may(ROLE_WRITE)
            && reader.id != person.id
            && !roles::is_implicit(code)
            && (!roles::is_privileged(code) || reader.may(PRIVILEGE_WRITE))
    };
    let all = snapshot.people.people.get(&person.id).map_or(&[][..], |p| p.roles.as_slice());
    let line = |code: &String| {
        let take = Button::new(say(lang, "Retirer", "Take")).quiet_danger().small().value("take", code);
        let note = if roles::is_implicit(code) {
            say(lang, "vient de soi", "comes by itself")
        } else if roles::is_privileged(code) {
            say(lang, "droits étendus", "wide permissions")
        } else {
            ""
        };
        html! {
            li {
                span.grow { b { (parts::role_name(snapshot, lang, code)) } @if !note.is_empty() { span.line.small.muted { (note) } } }
                @if may(code) { (ui::post_button(&path, &ctx.csrf, &take)) }
            }
        }
    };
    let open: Vec<_> = ctx
        .permit(ROLE_WRITE)
        .map(|permit| role_answers(snapshot, Authority::Permit(&permit), lang))
        .unwrap_or_default()
        .into_iter()
        .filter(|answer| may(&answer.value) && !all.contains(&answer.value))
        .collect();
    let give = html! {
        div.stack {
            (Field::new(lang, "give", say(lang, "Autre rôle", "Another role"), FieldKind::Select(open.clone())))
            div { (Button::new(say(lang, "Donner ce rôle", "Give this role")).small()) }
        }
    };
    let card = Card::new(say(lang, "Rôles", "Roles"))
        .count(all.len().to_string())
        .flush(html! { ul.slist { @for code in all { (line(code)) } } });
    html! { (card.foot(html! { @if !open.is_empty() { (ui::post_form("roles", &path, &ctx.csrf, &give)) } })) }
}

fn access_card(ctx: &Ctx, reader: &Principal, subject: &Subject<'_>) -> Markup {
    let (lang, person) = (ctx.lang, &subject.person);
    if reader.id == person.id {
        let own = Button::link(say(lang, "Ouvrir mon compte", "Open my account"), "/account").small();
        return html! { (Card::new(say(lang, "Accès", "Access")).body(html! { (own) })) };
    }
    let path = format!("/people/{}/access", person.id);
    let switch = if person.active {
        Button::new(say(lang, "Fermer l’accès", "Close the access")).danger().value("access", "closed")
    } else {
        Button::new(say(lang, "Ouvrir l’accès", "Open the access")).value("access", "open")
    };
    let reset = Button::link(
        say(lang, "Nouveau mot de passe…", "New password…"),
        format!("/people/{}/reset", person.id),
    );
    let note = say(
        lang,
        "Fermer l’accès termine les sessions. Rien n’est effacé.",
        "Closing the access ends the sessions. Nothing is erased.",
    );
    let (writes, resets) = (reader.may(PERSON_WRITE), reader.may(PERSON_RESET));
    html! {
        @if writes || resets {
            (Card::new(say(lang, "Accès", "Access")).body(html! {
                div.row.wrap {
                    @if resets { (reset.icon(Icon::KeyRound)) }
                    @if writes { (ui::post_button(&path, &ctx.csrf, &switch)) }
                }
            }).foot(html! { @if writes { (note) } }))
        }
    }
}
