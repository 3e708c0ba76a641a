//! Whether the reports say what the modules themselves say, to the cent, and if not, why.

use super::{RECONCILIATION, View, count};
use crate::reporting::period::Preset;
use crate::reporting::reconcile::{self, Compared, Line};
use crate::reporting::{Reports, words};
use axum::Extension;
use kernel::Lang;
use maud::{Markup, Render, html};
use web::ui::{self, Column, Icon, Row, Table, Tone};
use web::{Ctx, Page, Query};

pub(super) async fn page(Extension(reports): Extension<Reports>, ctx: Ctx, query: Query) -> Page {
    let view = View::read(reports, ctx, &query, RECONCILIATION, Preset::Month).await?;
    let Reports { db, calls, calendar } = &view.reports;
    let compared =
        reconcile::compare(db, calls, calendar, view.ctx.correlation_id, &view.scope, &view.lags).await?;
    let content = html! {
        (verdict(&view, &compared))
        @for one in &compared { (table(&view, one)) }
    };
    let title = view.say("Rapprochement", "Reconciliation");
    Ok(web::pages::html(view.page(title, &view.filters(false), &content)))
}

/// What a source is called, and how its rows are dated.
fn name(view: &View, source: &str) -> (&'static str, &'static str) {
    match source {
        "transaction" => (
            view.say("Carnet de commandes", "Order book"),
            view.say("Commandes passées sur ces jours", "Orders placed in these days"),
        ),
        _ => (view.say("Caisses", "Tills"), view.say("Tickets de ces jours", "Receipts of these days")),
    }
}

fn verdict(view: &View, compared: &[Compared]) -> Markup {
    let lang = view.lang();
    if let Some(away) = compared.iter().find(|one| one.away.is_some()) {
        let (source, _) = name(view, away.source);
        let title = match lang {
            Lang::Fr => format!("{source}\u{a0}: pas de réponse"),
            Lang::En => format!("{source}: no answer"),
        };
        let text = view.say(
            "Nos chiffres restent affichés\u{a0}; ils seront comparés quand la source répondra.",
            "Our figures stay shown; they are compared when the source answers.",
        );
        let retry = view.href(RECONCILIATION, &view.days(), &view.scope.shop, "");
        return ui::part_away(lang, &title, text, &retry);
    }
    if compared.iter().all(Compared::agrees) {
        let title = view.say(
            "Les rapports et leurs sources disent la même chose, au centime",
            "The reports and their sources say the same, to the cent",
        );
        return ui::message(Tone::Ok, title, &html! {}, &html! {});
    }
    let behind: u64 = compared.iter().map(|one| one.behind).sum();
    let text = match (behind, lang) {
        (0, Lang::Fr) => {
            "Tout est pris en compte\u{a0}: reconstruisez la vue, puis comparez de nouveau.".to_owned()
        }
        (0, Lang::En) => "Everything is taken in: build the view anew, then compare again.".to_owned(),
        (n, Lang::Fr) => format!("Les sources ont {n} événements de plus\u{a0}; ils arrivent."),
        (n, Lang::En) => format!("The sources have {n} more events; they are on their way."),
    };
    let tone = if behind > 0 { Tone::Info } else { Tone::Bad };
    ui::message(tone, view.say("Un écart", "A difference"), &html! { (text) }, &html! {})
}

fn table(view: &View, compared: &Compared) -> Markup {
    let lang = view.lang();
    let (title, dated) = name(view, compared.source);
    let is_away = compared.away.is_some();
    let row = |line: &Line| {
        let theirs = |text: String| {
            html! { @if is_away { (ui::table::missing()) } @else { (text) } }
        };
        let difference = line.ours.cents - line.theirs.cents;
        let state = if is_away {
            ui::chip(Tone::Neutral, Icon::CloudOff, view.say("Source absente", "Source away"))
        } else if line.agrees() {
            ui::chip(Tone::Ok, Icon::Check, &view.money(0))
        } else {
            ui::chip(Tone::Bad, Icon::CircleAlert, &ui::format::signed_money(lang, difference))
        };
        Row::new([
            html! { (words::kind(lang, &line.kind)) span.sub { (words::shop(&line.shop)) } },
            html! { (count(lang, line.ours.count)) },
            theirs(count(lang, line.theirs.count)),
            html! { (view.money(line.ours.cents)) },
            theirs(view.money(line.theirs.cents)),
            state,
        ])
    };
    let columns = vec![
        Column::new(dated),
        Column::new(view.say("Nombre, rapports", "Count, reports")).number().optional(),
        Column::new(view.say("Nombre, source", "Count, source")).number().optional(),
        Column::new(view.say("Rapports", "Reports")).number(),
        Column::new(view.say("Source", "Source")).number(),
        Column::new(view.say("Écart", "Difference")).right(),
    ];
    let nothing = if is_away {
        (view.say("Pas de réponse", "No answer"), "")
    } else {
        (
            view.say("Rien à comparer sur ces jours", "Nothing to compare in these days"),
            view.say("Choisissez une autre période.", "Choose another period."),
        )
    };
    let nothing = ui::empty(nothing.0, nothing.1, &html! {});
    let foot = match (&compared.away, compared.behind) {
        (Some(why), _) => html! { (why) },
        (None, 0) => html! { (view.say("À la même position du journal", "At the same position of the log")) },
        (None, n) => html! {
            (n) " "
            (view.say("événements de la source ne sont pas encore dans les rapports", "events of the source are not in the reports yet"))
        },
    };
    Table::new(lang, title, columns)
        .title(title)
        .rows(compared.lines.iter().map(row))
        .empty(nothing)
        .foot(html! { span.soft { (foot) } })
        .render()
}
