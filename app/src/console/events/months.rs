//! The page of the months: what is at hand, what is in files, and how far each log has come in.

use super::PATH;
use super::parts::{instant_cell, source_cell};
use crate::console::desk::{self, Desk};
use crate::console::islands::number;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Lang, Timestamp};
use maud::{Markup, Render, html};
use std::sync::Arc;
use system::events::{self, Gap, Partition, PartitionState};
use web::ui::{self, Button, Column, Flash, Icon, Row, Table, Tone, chip, say};
use web::{Api, Ctx, Doc, Failure, Page, Query};

/// Findings that are shown, at most.
const GAPS: u32 = 50;

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (listed, archived, thawed) = (desk.clone(), desk.clone(), desk.clone());
    let path = format!("{PATH}/partitions");
    Api::new()
        .get(
            &path,
            move |ctx: Ctx, query: Query| page(listed.clone(), ctx, query),
            Doc::new("The page of the months of events.").permission(events::READ),
        )
        .post(
            &format!("{path}/{{month}}/archive"),
            move |ctx: Ctx, Path(month): Path<String>| act(archived.clone(), ctx, month, true),
            Doc::new("Moves a month that is over into a file.").permission(events::ARCHIVE),
        )
        .post(
            &format!("{path}/{{month}}/thaw"),
            move |ctx: Ctx, Path(month): Path<String>| act(thawed.clone(), ctx, month, false),
            Doc::new("Reads an archived month back.").permission(events::ARCHIVE),
        )
}

struct Months<'a> {
    desk: &'a Desk,
    lang: Lang,
    now: Timestamp,
    csrf: &'a str,
    may: bool,
    this_month: String,
}

impl Months<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn state(&self, month: &Partition) -> Markup {
        match month.state {
            PartitionState::Open => chip(Tone::Ok, Icon::CircleCheck, self.say("À portée", "At hand")),
            PartitionState::Archived => chip(Tone::Neutral, Icon::Archive, self.say("Archivé", "Archived")),
            PartitionState::Thawing => {
                chip(Tone::Warn, Icon::Hourglass, self.say("Dégel interrompu", "Thaw under way"))
            }
        }
    }

    fn action(&self, month: &Partition) -> Markup {
        let (what, button) = match month.state {
            PartitionState::Open if month.name >= self.this_month => return html! {},
            PartitionState::Open => (
                "archive",
                Button::new(self.say("Archiver", "Archive"))
                    .icon(Icon::Archive)
                    .busy(self.say("Archivage…", "Archiving…")),
            ),
            _ => (
                "thaw",
                Button::new(self.say("Dégeler", "Thaw"))
                    .icon(Icon::RotateCcw)
                    .busy(self.say("Dégel…", "Thawing…")),
            ),
        };
        html! {
            @if self.may {
                (ui::post_button(&format!("{PATH}/partitions/{}/{what}", month.name), self.csrf, &button.small().quiet()))
            }
        }
    }

    fn row(&self, month: &Partition) -> Row {
        let hash: String = month.hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let days =
            |at: Timestamp| ui::format::date_short(self.lang, ui::format::local(at, &self.desk.zone).date());
        Row::new([
            html! { a.t href=(desk::address(PATH, [("from", Some(format!("{}-01", month.name).as_str())), ("to", Some(&ends(month)))])) { (month.name) } },
            self.state(month),
            html! { (number(self.lang, Some(month.events))) },
            html! { (days(month.first_at)) " – " (days(month.last_at)) },
            html! { (hash) "…" },
            html! { @if let Some(bytes) = month.file_bytes { span title=(month.file.as_deref().unwrap_or_default()) { (ui::format::bytes(self.lang, bytes)) } } @else { (ui::missing()) } },
            self.action(month),
        ])
        .id(format!("m{}", month.name))
    }

    fn table(&self, months: &[Partition]) -> Markup {
        let columns = vec![
            Column::new(self.say("Mois", "Month")).nowrap(),
            Column::new(self.say("État", "State")).nowrap(),
            Column::new(self.say("Événements", "Events")).number(),
            Column::new(self.say("Du – au", "From – to")).soft().nowrap().optional(),
            Column::new(self.say("Empreinte", "Hash")).mono().optional(),
            Column::new(self.say("Fichier", "File")).number().soft().optional(),
            Column::unnamed(self.say("Actions", "Actions")).right(),
        ];
        let title = self.say("Mois", "Months");
        let empty = ui::empty(
            self.say("Aucun mois", "No month"),
            self.say("Le premier événement ouvre le premier mois.", "The first event opens the first month."),
            &html! {},
        );
        Table::new(self.lang, title, columns)
            .rows(months.iter().rev().map(|m| self.row(m)))
            .empty(empty)
            .render()
    }

    fn sources(&self, sources: &[(String, u64)]) -> Markup {
        let title = self.say("Journaux suivis", "Logs followed");
        let columns = vec![
            Column::new(self.say("Base", "Database")).nowrap(),
            Column::new(self.say("Lu jusqu’à", "Read up to")).number(),
        ];
        let row = |(source, position): &(String, u64)| {
            Row::new([source_cell(source), html! { (number(self.lang, Some(*position))) }])
        };
        Table::new(self.lang, title, columns).title(title).rows(sources.iter().map(row)).render()
    }

    fn gaps(&self, gaps: &[Gap]) -> Markup {
        let title = self.say("Ruptures à la lecture", "Breaks when read");
        let columns = vec![
            Column::new(self.say("Base", "Database")).nowrap(),
            Column::new(self.say("Position attendue", "Position expected")).number(),
            Column::new(self.say("Constat", "Finding")),
            Column::new(self.say("Vu", "Seen")).number().soft(),
        ];
        let row = |gap: &Gap| {
            Row::new([
                source_cell(&gap.source),
                html! { (number(self.lang, Some(gap.expected))) },
                html! { (gap.message) },
                instant_cell(self.desk, self.lang, gap.at, self.now),
            ])
        };
        html! {
            @if gaps.is_empty() {
                p.small.muted { (self.say("Chaque journal est arrivé sans trou, chaîne vérifiée.", "Every log came in without a gap, its chain checked.")) }
            } @else { (Table::new(self.lang, title, columns).title(title).rows(gaps.iter().map(row))) }
        }
    }
}

/// The last day of a month, as the field for days writes it.
fn ends(month: &Partition) -> String {
    let first = format!("{}-01", month.name).parse::<jiff::civil::Date>();
    first.map_or_else(|_| month.name.clone(), |date| date.last_of_month().to_string())
}

fn flash(ctx: &Ctx, query: &Query) -> Option<Flash> {
    let (what, month) = query.get("done")?.split_once('.')?;
    let words = match what {
        "archive" => say(ctx.lang, "est archivé", "is archived"),
        "thaw" => say(ctx.lang, "est dégelé", "is thawed"),
        _ => return None,
    };
    Some(Flash::done(format!("{month} {words}")))
}

async fn page(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    let permit = desk::act(&ctx, events::READ)?;
    let store = desk.store()?;
    let (all, sources) = (events::partitions(&store).await?, events::sources(&store).await?);
    let gaps = events::gaps(&store, GAPS).await?;
    let today = ctx.now().to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    let months = Months {
        desk: &desk,
        lang: ctx.lang,
        now: ctx.now(),
        csrf: &ctx.csrf,
        may: permit.principal.may(events::ARCHIVE),
        this_month: format!("{:04}-{:02}", today.year(), today.month()),
    };
    let title = months.say("Mois et archives", "Months and archives");
    let mut shell = desk.shell(&ctx, title, &[(PATH, months.say("Événements", "Events"))]).await;
    shell.flash = flash(&ctx, &query);
    let sentence = html! { (months.say(
        "Un mois fini peut être archivé dans un fichier du dossier de données, et dégelé. Les listes nomment les mois qui manquent.",
        "A month that is over can be archived into a file of the data folder, and thawed. Lists name the months that are missing.",
    )) };
    let content = html! {
        (ui::head(title, &sentence, &html! {}))
        (months.table(&all))
        (months.gaps(&gaps))
        (months.sources(&sources))
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}

async fn act(desk: Arc<Desk>, ctx: Ctx, month: String, to_file: bool) -> Result<Response, Failure> {
    desk::act(&ctx, events::ARCHIVE)?;
    let (store, by) = (desk.store()?, (&*ctx.edge.clock, ctx.cause()));
    let (what, month) = if to_file {
        ("archive", events::archive(&store, &desk.known, &month, by).await?)
    } else {
        ("thaw", events::thaw(&store, &desk.known, &month, by).await?)
    };
    Ok(Redirect::to(&format!("{PATH}/partitions?done={what}.{}", month.name)).into_response())
}
