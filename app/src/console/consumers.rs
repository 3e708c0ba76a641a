//! Every consumer on each of its sources: where its dot stands on the log, and what is being built anew.

use super::desk::{self, Desk, READ, REBUILD, signed};
use super::islands::{number, standing};
use super::trace::database;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use flow::Lag;
use kernel::{Error, Lang, Timestamp};
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::ui::{self, Button, Column, Icon, Progress, Row, StepState, Table, say};
use web::{Api, Ctx, Doc, Failure, Page, Query};

const PATH: &str = "/console/consumers";

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (page, rebuilt) = (desk.clone(), desk.clone());
    Api::new()
        .get(
            PATH,
            move |ctx: Ctx, query: Query| list(page.clone(), ctx, query),
            Doc::new("The page of the consumers.").permission(READ),
        )
        .post(
            "/console/consumers/{consumer}/rebuild",
            move |ctx: Ctx, path| rebuild(rebuilt.clone(), ctx, path),
            Doc::new("Builds a projection anew beside the one that serves.").permission(REBUILD),
        )
}

struct Consumers<'a> {
    desk: &'a Desk,
    lang: Lang,
    now: Timestamp,
    csrf: &'a str,
    may_rebuild: bool,
    lags: Vec<Lag>,
    building: BTreeMap<String, Vec<Lag>>,
    held: BTreeMap<String, usize>,
}

impl Consumers<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn sentence(&self) -> String {
        let mut names: Vec<&str> = self.lags.iter().map(|lag| lag.consumer.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let late = self.lags.iter().filter(|lag| lag.position < lag.head).count();
        let consumers = ui::counted(
            self.lang,
            signed(names.len() as u64),
            ["consommateur", "consommateurs"],
            ["consumer", "consumers"],
        );
        let readings = ui::counted(
            self.lang,
            signed(self.lags.len() as u64),
            ["lecture d’un journal", "lectures de journaux"],
            ["reading of a log", "readings of logs"],
        );
        let rest = match (self.lang, late) {
            (Lang::Fr, 0) => "toutes en direct".to_owned(),
            (Lang::En, 0) => "all live".to_owned(),
            (Lang::Fr, late) => format!("{late} en retard"),
            (Lang::En, late) => format!("{late} behind"),
        };
        format!("{consumers}, {readings}, {rest}.")
    }

    /// What is being built, source by source added up.
    fn progress(&self) -> Markup {
        let items: Vec<Progress> =
            self.building.iter().map(|(name, lags)| self.one_building(name, lags)).collect();
        html! {
            @if !items.is_empty() {
                (ui::Card::new(self.say("En reconstruction", "Being rebuilt")).body(ui::progress_list(&items)))
            }
        }
    }

    fn one_building(&self, name: &str, lags: &[Lag]) -> Progress {
        let (done, all): (u64, u64) =
            lags.iter().fold((0, 0), |(done, all), lag| (done + lag.position, all + lag.head));
        let (done_words, all_words) = (number(self.lang, Some(done)), number(self.lang, Some(all)));
        let note = match self.lang {
            Lang::Fr => format!("{done_words} événements sur {all_words}\u{202f}; l’ancienne version sert"),
            Lang::En => format!("{done_words} of {all_words} events; the old one serves"),
        };
        #[expect(clippy::cast_precision_loss, reason = "a share of a drawn bar")]
        let share = done as f64 / all.max(1) as f64;
        Progress { title: name.to_owned(), note, share: Some(share), state: StepState::Now }
    }

    fn table(&self) -> Markup {
        let columns = vec![
            Column::new(self.say("Consommateur", "Consumer")).nowrap(),
            Column::new(self.say("Source", "Source")).nowrap(),
            Column::new(self.say("Lecture", "Reading")).nowrap(),
            Column::new("Position").number().optional(),
            Column::new(self.say("Fin du journal", "Log’s end")).number().soft().optional(),
            Column::new(self.say("Avancé", "Moved")).number().soft().optional(),
            Column::unnamed(self.say("Actions", "Actions")).right(),
        ];
        let mut previous = "";
        let mut rows = Vec::new();
        for lag in &self.lags {
            rows.push(self.row(lag, previous != lag.consumer));
            previous = &lag.consumer;
        }
        let title = self.say("Consommateurs", "Consumers");
        let nobody = ui::empty(
            self.say("Aucun consommateur", "No consumers"),
            self.say(
                "Les modules qui suivent des journaux s’afficheront ici.",
                "Modules that follow logs appear here.",
            ),
            &html! {},
        );
        Table::new(self.lang, title, columns).rows(rows).empty(nobody).render()
    }

    fn row(&self, lag: &Lag, is_first: bool) -> Row {
        let (tone, share, words) = standing(self.lang, lag);
        let moved =
            lag.updated_at.map_or_else(|| "–".to_owned(), |at| self.desk.instant(self.lang, at, self.now));
        let source = lag.source.parse().map_or_else(|_| html! { (lag.source) }, |id| database(&id));
        Row::new([
            self.name(lag, is_first),
            source,
            ui::reader(tone, share, &words),
            html! { (number(self.lang, Some(lag.position))) },
            html! { (number(self.lang, Some(lag.head))) },
            html! { (moved) },
            html! { @if is_first { (self.action(&lag.consumer)) } },
        ])
        .id(format!("c-{}-{}", lag.consumer, lag.source.replace('/', "-")))
    }

    fn name(&self, lag: &Lag, is_first: bool) -> Markup {
        let held = self.held.get(&lag.consumer).copied().unwrap_or(0);
        html! {
            @if is_first {
                span.t.strong { (lag.consumer) }
                @if lag.own != lag.consumer { " " span.muted { (self.say("dans", "in")) " " (lag.own) } }
                @if held > 0 {
                    " " a href="/console/dead-letters" {
                        (ui::chip(ui::Tone::Warn, Icon::MailWarning, &number(self.lang, Some(held as u64))))
                        span.sr { (self.say("lettres mortes", "dead letters")) }
                    }
                }
            } @else { span.sr { (lag.consumer) } }
        }
    }

    fn action(&self, consumer: &str) -> Markup {
        let is_building = self.building.contains_key(consumer);
        html! {
            @if self.desk.flow.is_projection(consumer) && self.may_rebuild && !is_building {
                (ui::post_button(
                    &format!("{PATH}/{consumer}/rebuild"),
                    self.csrf,
                    &Button::new(self.say("Reconstruire", "Rebuild")).small().quiet().icon(Icon::RotateCcw).busy(self.say("Début…", "Beginning…")),
                ))
            } @else if is_building {
                (ui::chip(ui::Tone::Info, Icon::Hourglass, self.say("En reconstruction", "Rebuilding")))
            }
        }
    }
}

async fn list(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    desk::see(&ctx)?;
    let mut lags = desk.flow.lags().await?;
    lags.sort_by(|a, b| (&a.consumer, &a.source).cmp(&(&b.consumer, &b.source)));
    let mut building: BTreeMap<String, Vec<Lag>> = BTreeMap::new();
    for lag in desk.flow.building().await? {
        building.entry(lag.consumer.clone()).or_default().push(lag);
    }
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    desk.letters().await?.into_iter().for_each(|letter| *held.entry(letter.consumer).or_default() += 1);
    let page = Consumers {
        desk: &desk,
        lang: ctx.lang,
        now: ctx.now(),
        csrf: &ctx.csrf,
        may_rebuild: ctx.principal()?.may(REBUILD),
        lags,
        building,
        held,
    };
    let title = page.say("Consommateurs", "Consumers");
    let mut shell = desk.shell(&ctx, title, &[]).await;
    shell.flash = desk::flash(&ctx, &query);
    let content = html! {
        (ui::head(title, &html! { (page.sentence()) }, &html! {})) (page.progress()) (page.table())
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}

async fn rebuild(desk: Arc<Desk>, ctx: Ctx, Path(consumer): Path<String>) -> Result<Response, Failure> {
    desk::act(&ctx, REBUILD)?;
    if !desk.flow.rebuild(&consumer).await? {
        return Err(Error::not_found().into());
    }
    let batch = Desk::journal_entry(
        &ctx,
        "projection.rebuild_begun",
        format!("projection/{consumer}"),
        serde_json::json!({ "projection": consumer }),
    );
    desk.journal()?.write(batch).await?;
    Ok(Redirect::to(&format!("{PATH}?done=rebuilding.1")).into_response())
}
