//! What modules name of each other, where no foreign key can hold it: each reference compared, with what names nothing.

use super::desk::{self, Desk, READ};
use crate::modules::Modules;
use crate::ops::references::{Checked, Reconciled, Standing, reconcile};
use crate::system::System;
use axum::Json;
use db::databases::Databases;
use kernel::{Clock, Lang, Result, Text, Timestamp};
use maud::{Markup, html};
use std::sync::{Arc, Mutex, PoisonError};
use web::ui::{self, Button, Column, Icon, Row, Table, Tone, format, say};
use web::{Api, Ctx, Doc, Failure, MenuGroup, MenuItem, Page};

const PATH: &str = "/console/references";
/// A report that is older is made anew before it is shown, in seconds.
const FRESH_S: i64 = 60;

/// The job, and its last report.
struct Job {
    databases: Arc<Databases>,
    modules: Arc<Mutex<Vec<crate::ops::references::Declared>>>,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<Reconciled>>,
}

impl Job {
    async fn run(&self) -> Result<Reconciled> {
        let declared = self.modules.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let report = reconcile(&self.databases, &declared, &self.clock).await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
        Ok(report)
    }

    /// The last report, or a new one when that is old.
    async fn report(&self, now: Timestamp) -> Result<Reconciled> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match last.filter(|report| now.0 - report.at.0 < FRESH_S * Timestamp::SECOND) {
            Some(report) => Ok(report),
            None => self.run().await,
        }
    }
}

pub(super) fn api(system: &System, desk: &Arc<Desk>) -> Api {
    let Modules { references, .. } = &system.modules;
    let job = Arc::new(Job {
        databases: system.databases.clone(),
        modules: references.clone(),
        clock: system.clock.clone(),
        last: Mutex::default(),
    });
    system.edge.add_menu(vec![MenuItem {
        group: MenuGroup::Console,
        label: Text::new("Références", "References"),
        href: PATH.into(),
        icon: "link".into(),
        permission: Some(READ.into()),
    }]);
    let (told, again, shown) = (job.clone(), job.clone(), (job, desk.clone()));
    Api::new()
        .get(
            "/api/v1/references",
            move |ctx: Ctx| report(told.clone(), ctx),
            Doc::new("What modules name of each other, compared at most a minute ago")
                .permission(READ)
                .answers::<Reconciled>(200),
        )
        .post(
            "/api/v1/references",
            move |ctx: Ctx| compare(again.clone(), ctx),
            Doc::new("Compares now what modules name of each other")
                .permission(READ)
                .answers::<Reconciled>(200),
        )
        .get(
            PATH,
            move |ctx: Ctx| page(shown.0.clone(), shown.1.clone(), ctx),
            Doc::new("The page of the references").permission(READ),
        )
}

async fn report(job: Arc<Job>, ctx: Ctx) -> Result<Json<Reconciled>, Failure> {
    ctx.permit(READ)?;
    Ok(Json(job.report(ctx.now()).await?))
}

async fn compare(job: Arc<Job>, ctx: Ctx) -> Result<Json<Reconciled>, Failure> {
    ctx.permit(READ)?;
    Ok(Json(job.run().await?))
}

fn standing(lang: Lang, checked: &Checked) -> Markup {
    match (checked.standing, checked.strict) {
        (Standing::Holds, _) => ui::chip(Tone::Ok, Icon::CircleCheck, say(lang, "Tient", "Holds")),
        (Standing::Dangling, true) => {
            ui::chip(Tone::Bad, Icon::CircleX, say(lang, "Dans le vide", "Dangling"))
        }
        (Standing::Dangling, false) => ui::chip(
            Tone::Warn,
            Icon::TriangleAlert,
            say(lang, "Inconnues du propriétaire", "Unknown to the owner"),
        ),
        (Standing::OwnerAway, _) => {
            ui::chip(Tone::Neutral, Icon::CircleDashed, say(lang, "Propriétaire absent", "Owner absent"))
        }
    }
}

async fn page(job: Arc<Job>, desk: Arc<Desk>, ctx: Ctx) -> Page {
    desk::see(&ctx)?;
    let (lang, report) = (ctx.lang, job.report(ctx.now()).await?);
    let number = |n: u64| html! { span.num { (format::integer(lang, desk::signed(n))) } };
    let row = |c: &Checked| {
        let row = Row::new([
            html! { b { (c.module) } span.line.small.muted.mono { (c.from) } },
            html! { (c.owner) span.line.small.muted.mono { (c.to) } },
            standing(lang, c),
            number(c.values),
            number(c.missing),
        ])
        .id(format!("r-{}-{}", c.module, c.from.replace('.', "-")));
        if c.examples.is_empty() { row } else { row.open(html! { (ui::mono(&c.examples.join(" "))) }) }
    };
    let columns = vec![
        Column::new(say(lang, "Qui nomme", "Who names")),
        Column::new(say(lang, "Qui est nommé", "Who is named")),
        Column::new(say(lang, "État", "State")).nowrap(),
        Column::new(say(lang, "Valeurs", "Values")).number().optional(),
        Column::new(say(lang, "Sans ligne", "Without a row")).number(),
    ];
    let title = say(lang, "Références", "References");
    let at = desk.instant(lang, report.at, ctx.now());
    let sentence = match lang {
        Lang::Fr => format!("Ce que les modules nomment les uns des autres, comparé à {at}."),
        Lang::En => format!("What modules name of each other, compared at {at}."),
    };
    let empty = ui::empty(
        say(lang, "Aucune référence déclarée", "No reference declared"),
        say(
            lang,
            "Les modules déclarent ici ce qu’ils nomment ailleurs.",
            "Modules declare here what they name elsewhere.",
        ),
        &html! {},
    );
    let table = Table::new(lang, title, columns).rows(report.references.iter().map(row)).empty(empty);
    let fresh = Button::link(say(lang, "Relire la page", "Read the page again"), PATH).icon(Icon::RefreshCw);
    let shell = desk.shell(&ctx, title, &[]).await;
    let content = html! { (ui::head(title, &html! { (sentence) }, &html! { (fresh) })) (table) };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
