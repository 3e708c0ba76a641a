//! Modules: what runs, what each says to the others, and where it is reached.

use super::desk::{self, Desk, signed};
use super::islands::{self, number};
use axum::Extension;
use axum::extract::Path;
use kernel::{Error, Lang};
use maud::{Markup, Render, html};
use serde_json::Value as Json;
use std::sync::Arc;
use system::registry::{ContractRow, ModuleRow, ModuleState};
use web::ui::{self, Button, Column, Fact, Icon, Row, Table, Tone, chip, say};
use web::{Api, Ctx, Doc, Page};

const PATH: &str = "/console/modules";

/// The OpenAPI document, which is made once all routes are known.
#[derive(Clone)]
pub(super) struct Document(pub(super) Arc<Json>);

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (all, one) = (desk.clone(), desk.clone());
    let doc = |what: &str| Doc::new(what).permission(desk::READ);
    Api::new()
        .get(
            PATH,
            move |ctx: Ctx, document| list(all.clone(), ctx, document),
            doc("The page of the modules."),
        )
        .get(
            "/console/modules/{code}",
            move |ctx: Ctx, path, document| module(one.clone(), ctx, path, document),
            doc("The page of one module."),
        )
}

/// An endpoint of the document.
struct Route<'a> {
    method: String,
    path: String,
    summary: &'a str,
    permission: Option<String>,
    anchor: &'a str,
}

/// The endpoints that belong to a module: those under its code, those that its permissions guard, and for a module
/// with forms those that all of them share.
fn routes<'a>(document: &'a Json, code: &str, contracts: &[ContractRow]) -> Vec<Route<'a>> {
    let has_forms = contracts.iter().any(|c| c.module == code && c.kind == "form.definition.published");
    let named = |text: &str| text.replace("{module}", code);

    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let permission = operation["x-permission"].as_str();
            let segment = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
            let guarded = permission.and_then(|p| p.split('.').next()) == Some(code);
            if segment == code || guarded || (has_forms && segment == "{module}") {
                routes.push(Route {
                    method: method.to_uppercase(),
                    path: named(path),
                    summary: operation["summary"].as_str().unwrap_or_default(),
                    permission: permission.map(named),
                    anchor: operation["operationId"].as_str().unwrap_or_default(),
                });
            }
        }
    }
    routes
}

fn state(lang: Lang, state: ModuleState) -> Markup {
    match state {
        ModuleState::Active => chip(Tone::Ok, Icon::CircleCheck, say(lang, "Actif", "Active")),
        ModuleState::Absent => chip(Tone::Warn, Icon::CircleDashed, say(lang, "Absent", "Absent")),
    }
}

async fn list(desk: Arc<Desk>, ctx: Ctx, Extension(document): Extension<Document>) -> Page {
    desk::see(&ctx)?;
    let lang = ctx.lang;
    let (modules, contracts) = (desk.registry.modules().await?, desk.registry.contracts().await?);
    let islands = desk.islands().await?;
    let count = |n: usize| number(lang, Some(n as u64));
    let row = |module: &ModuleRow| {
        let own = contracts.iter().filter(|c| c.module == module.code).count();
        let bases = islands.iter().filter(|i| i.id.module.as_str() == module.code).count();
        let name = module.name.get(lang);
        Row::new([
            ui::subject(Some(Icon::Boxes), name, &format!("{PATH}/{}", module.code), &module.code),
            html! { (ui::tag(&module.version)) },
            state(lang, module.state),
            html! { (count(bases)) },
            html! { (count(own)) },
            html! { (count(routes(&document.0, &module.code, &contracts).len())) },
            html! { @if module.declared.is_some() { (say(lang, "Déclaration", "Declaration")) } @else { (say(lang, "Programme", "Program")) } },
        ])
        .id(format!("m-{}", module.code))
    };
    let columns = vec![
        Column::new(say(lang, "Module", "Module")),
        Column::new("Version").nowrap(),
        Column::new(say(lang, "État", "State")).nowrap(),
        Column::new(say(lang, "Bases", "Databases")).number().soft().optional(),
        Column::new(say(lang, "Contrats", "Contracts")).number().soft().optional(),
        Column::new(say(lang, "Routes", "Endpoints")).number().soft().optional(),
        Column::new(say(lang, "Fait de", "Made of")).soft().nowrap().optional(),
    ];
    let title = say(lang, "Modules", "Modules");
    let n = signed(modules.len() as u64);
    let sentence = match lang {
        Lang::Fr => format!(
            "{}, chacun sa base. Ils ne se parlent que par événements et par l’API.",
            ui::counted(lang, n, ["module", "modules"], ["module", "modules"])
        ),
        Lang::En => format!(
            "{}, each with its own database. They speak by events and the API only.",
            ui::counted(lang, n, ["module", "modules"], ["module", "modules"])
        ),
    };
    let shell = desk.shell(&ctx, title, &[]).await;
    let table = Table::new(lang, title, columns).rows(modules.iter().map(row));
    let content = html! { (ui::head(title, &html! { (sentence) }, &html! {})) (table) };
    Ok(desk::page(&shell, desk::LIVE, &content))
}

async fn module(
    desk: Arc<Desk>,
    ctx: Ctx,
    Path(code): Path<String>,
    Extension(document): Extension<Document>,
) -> Page {
    desk::see(&ctx)?;
    let lang = ctx.lang;
    let module =
        desk.registry.modules().await?.into_iter().find(|m| m.code == code).ok_or_else(Error::not_found)?;
    let contracts =
        desk.registry.contracts().await?.into_iter().filter(|c| c.module == code).collect::<Vec<_>>();
    let islands = desk.islands().await?;
    let own: Vec<_> = islands.iter().filter(|i| i.id.module.as_str() == code).collect();
    let found = routes(&document.0, &code, &contracts);
    let now = ctx.now();
    let facts = [
        Fact::new("Version", module.version.clone()),
        Fact::new(say(lang, "Contrats", "Contracts"), number(lang, Some(contracts.len() as u64))),
        Fact::new(say(lang, "Routes", "Endpoints"), number(lang, Some(found.len() as u64))),
        Fact::new(say(lang, "Enregistré", "Registered"), desk.instant(lang, module.registered_at, now)),
    ];
    let name = module.name.get(lang).to_owned();
    let mut shell = desk.shell(&ctx, &name, &[(PATH, say(lang, "Modules", "Modules"))]).await;
    shell.actions = html! {
        (Button::link(say(lang, "Documentation de l’API", "API documentation"), format!("/api/v1/docs?q={code}")).small().icon(Icon::FileText))
    };
    let bases = Table::new(
        lang,
        say(lang, "Ses bases", "Its databases"),
        vec![
            Column::new(say(lang, "Base", "Database")).nowrap(),
            Column::new(say(lang, "État", "State")).nowrap(),
        ],
    )
    .title(say(lang, "Ses bases", "Its databases"))
    .rows(own.iter().map(|i| {
        Row::new([
            ui::database_cell(i.dome(), i.id.module.as_str(), &islands::href(&i.id), i.tenant()),
            html! { (islands::state_name(lang, i.word())) },
        ])
    }));
    let sentence = html! { span.row.wrap { (state(lang, module.state)) span.mono.muted { (code) } } };
    let content = html! {
        (ui::head(&name, &sentence, &ui::fact_strip(&facts)))
        (ui::columns(&html! { (contract_table(lang, &contracts)) (route_table(lang, &found)) }, &html! { (bases) }))
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}

fn contract_table(lang: Lang, contracts: &[ContractRow]) -> Markup {
    let title = say(lang, "Contrats de ses événements", "Contracts of its events");
    let columns = vec![
        Column::new(say(lang, "Type", "Type")).nowrap(),
        Column::new("Version").nowrap(),
        Column::new(say(lang, "Membres", "Members")).soft().optional(),
        Column::unnamed(say(lang, "Schéma", "Schema")).right(),
    ];
    let row = |contract: &ContractRow| {
        let href = format!("/api/v1/contracts/{}/{}/{}", contract.module, contract.kind, contract.version);
        let members: Vec<&str> = contract.schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .take(5)
            .collect();
        Row::new([
            html! { a.t href=(format!("/console/events?database={}&type={}", contract.module, contract.kind)) { (contract.kind) } },
            html! { (ui::tag(&format!("v{}", contract.version))) },
            html! { span.mono.tiny { (members.join(", ")) } },
            html! { a.small.nowrap href=(href) { "JSON Schema" } },
        ])
    };
    let nothing = ui::empty(
        say(
            lang,
            "Ce module n’écrit aucun événement sous contrat",
            "This module writes no event under a contract",
        ),
        "",
        &html! {},
    );
    Table::new(lang, title, columns).title(title).rows(contracts.iter().map(row)).empty(nothing).render()
}

fn route_table(lang: Lang, routes: &[Route<'_>]) -> Markup {
    let title = say(lang, "Routes de l’API", "API endpoints");
    let columns = vec![
        Column::new(say(lang, "Méthode", "Method")).nowrap(),
        Column::new(say(lang, "Chemin", "Path")),
        Column::new(say(lang, "Droit", "Permission")).mono().optional(),
    ];
    let row = |route: &Route<'_>| {
        Row::new([
            html! { span.verb.(route.method.to_lowercase()) { (route.method) } },
            html! {
                a.t.mono href=(format!("/api/v1/docs#{}", route.anchor)) { (route.path) }
                span.sub lang="en" { (super::docs::marked(route.summary)) }
            },
            html! { (route.permission.as_deref().unwrap_or("–")) },
        ])
    };
    let nothing = ui::empty(
        say(lang, "Ce module n’a pas de route à lui", "This module has no endpoint of its own"),
        "",
        &html! {},
    );
    Table::new(lang, title, columns).title(title).rows(routes.iter().map(row)).empty(nothing).render()
}
