//! The page of one stream: its events by version, and what it comes to as of any moment.

use super::PATH;
use super::parts::{actor_cell, day_of, event_cell, instant_cell, opened, source_cell, stream_href, toggle};
use crate::console::data::block;
use crate::console::desk::{self, Desk};
use axum::response::{IntoResponse, Redirect, Response};
use db::Event;
use jiff::tz::TimeZone;
use kernel::{Error, Lang, Timestamp};
use maud::{Markup, Render, html};
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use system::events::{self, Moment, State, StreamPage};
use web::ui::{self, Button, Card, Column, Icon, Row, Table, Tone, say};
use web::{Api, Ctx, Doc, Failure, Query};

/// Rows of a page.
const ROWS: u32 = 50;
/// Rows of a state that are shown, at most.
const SHOWN: usize = 50;

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let desk = desk.clone();
    Api::new().get(
        &format!("{PATH}/stream"),
        move |ctx: Ctx, query: Query| page(desk.clone(), ctx, query),
        Doc::new("The page of one stream, with its state as of a moment.").permission(events::READ),
    )
}

struct View<'a> {
    desk: &'a Desk,
    lang: Lang,
    now: Timestamp,
    query: &'a Query,
    source: String,
    name: String,
    page: StreamPage,
    moment: Moment,
}

impl View<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// This page with these parameters beside its own.
    fn link(&self, more: &[(&str, Option<&str>)]) -> String {
        let own = [("database", Some(self.source.as_str())), ("name", Some(self.name.as_str()))];
        desk::address(&format!("{PATH}/stream"), own.into_iter().chain(more.iter().copied()))
    }

    fn row(&self, event: &Event, open: Option<u64>) -> Row {
        let version = event.stream_version.to_string();
        let is_open = open == Some(event.stream_version);
        let kept = [
            ("cursor", self.query.get("cursor")),
            ("version", self.query.get("version")),
            ("at", self.query.get("at")),
        ];
        let target = [("open", (!is_open).then_some(version.as_str()))];
        let href = format!("{}#v{version}", self.link(&[&kept[..], &target[..]].concat()));
        let then = self.link(&[("cursor", self.query.get("cursor")), ("version", Some(&version))]);
        let row = Row::new([
            html! { a href=(format!("{then}#state")) { (version) span.sr { " " (self.say("état après cet événement", "state after this event")) } } },
            event_cell(event),
            actor_cell(self.lang, event),
            instant_cell(self.desk, self.lang, event.at, self.now),
            toggle(self.lang, &href, event.stream_version, is_open),
        ]);
        opened(self.lang, row.id(format!("v{version}")), event, is_open)
    }

    fn table(&self, next: Option<u64>) -> Result<Markup, Failure> {
        let columns = vec![
            Column::new("Version").number(),
            Column::new(self.say("Événement", "Event")).nowrap(),
            Column::new(self.say("Acteur", "Actor")).soft().nowrap().optional(),
            Column::new(self.say("Instant", "At")).number().soft(),
            Column::unnamed(self.say("Données", "Data")).right(),
        ];
        let open: Option<u64> = self.query.parsed("open")?;
        let next = next.map(|next| self.link(&[("cursor", Some(&web::encode_cursor(&next)))]));
        let first = self.query.get("cursor").map(|_| self.link(&[]));
        let title = self.say("Événements du flux", "Events of the stream");
        let empty = ui::empty(title, self.say("Ils sont archivés.", "They are archived."), &html! {});
        let rows = self.page.events.iter().map(|event| self.row(event, open));
        Ok(Table::new(self.lang, title, columns)
            .title(title)
            .rows(rows)
            .pages(first, next)
            .empty(empty)
            .render())
    }

    /// The choice of a moment: an instant to type, or a version of the list.
    fn chooser(&self) -> Markup {
        let at = match self.moment {
            Moment::At(at) => Some(ui::format::datetime_field(ui::format::local(at, &self.desk.zone))),
            _ => None,
        };
        html! {
            form.cfilters action=(format!("{PATH}/stream")) {
                input type="hidden" name="database" value=(self.source);
                input type="hidden" name="name" value=(self.name);
                label.cfield {
                    span { (self.say("À l’instant", "As of")) }
                    input.in type="datetime-local" step="1" name="at" value=[at];
                }
                (Button::new(self.say("Voir l’état", "See the state")).icon(Icon::History))
                (Button::link(self.say("Maintenant", "Now"), self.link(&[])).quiet())
            }
        }
    }

    fn state(&self, state: &Result<State, Error>) -> Markup {
        let title = match (self.moment, self.lang) {
            (Moment::Now, Lang::Fr) => "État maintenant".to_owned(),
            (Moment::Now, Lang::En) => "State now".to_owned(),
            (Moment::Version(n), Lang::Fr) => format!("État après {n} événements"),
            (Moment::Version(n), Lang::En) => format!("State after {n} events"),
            (Moment::At(at), lang) => {
                let at = ui::format::datetime_long(lang, at, &self.desk.zone);
                format!("{} {at}", say(lang, "État au", "State as of"))
            }
        };
        let shown = match state {
            Ok(state) => self.rows(state),
            Err(error) => ui::message(Tone::Info, error.text(self.lang), &html! {}, &html! {}),
        };
        Card::new(title).id("state").body(html! { div.stack.wide { (self.chooser()) (shown) } }).render()
    }

    fn rows(&self, state: &State) -> Markup {
        let nothing =
            self.say("Aucune ligne : rien n’a encore eu lieu.", "No row: nothing has happened yet.");
        let words = match self.lang {
            Lang::Fr => {
                format!("Version {}, repliée depuis la version {}.", state.version, state.from_snapshot)
            }
            Lang::En => format!("Version {}, folded from version {}.", state.version, state.from_snapshot),
        };
        html! {
            p.small.muted { (words) }
            @if state.rows.is_empty() { p { (nothing) } }
            @for ((table, key), columns) in state.rows.iter().take(SHOWN) {
                h3.small-title { (table) " " span.mono.muted { (key) } }
                (block(self.lang, &Json::Object(columns.clone().into_iter().collect::<Map<_, _>>())))
            }
            @if state.rows.len() > SHOWN {
                p.small.muted { (self.say("La suite par l’API : …/state", "The rest by the API: …/state")) }
            }
        }
    }

    fn archived(&self) -> Markup {
        let months: Vec<&str> = self.page.away.iter().map(|(month, ..)| month.as_str()).collect();
        html! {
            @if !months.is_empty() {
                (ui::message(
                    Tone::Info,
                    self.say("Une partie de ce flux est archivée", "Part of this stream is archived"),
                    &html! { (months.join(", ")) },
                    &Button::link(self.say("Voir les mois", "See the months"), format!("{PATH}/partitions")).small().render(),
                ))
            }
        }
    }
}

/// The moment that a reader asks for: a version, an instant, or what the field for instants writes, in the house's zone.
fn moment(query: &Query, zone: &TimeZone) -> Result<Moment, Failure> {
    if let Some(version) = query.parsed("version")? {
        return Ok(Moment::Version(version));
    }
    let Some(word) = query.get("at") else { return Ok(Moment::Now) };
    if let Ok(local) = word.parse::<jiff::civil::DateTime>() {
        let at = local.to_zoned(zone.clone()).map_err(|e| Error::internal(e.to_string()))?;
        return Ok(Moment::At(at.timestamp().into()));
    }
    Ok(day_of(query, "at", zone, false)?.map_or(Moment::Now, Moment::At))
}

async fn page(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    desk::act(&ctx, events::READ)?;
    let store = desk.store()?;
    // Streams are found among the events.
    let Some(name) = query.get("name").map(str::to_owned) else {
        return Ok(Redirect::to(PATH).into_response());
    };
    let source = events::source_of(&store, &name, query.get("database")).await?;
    let moment = moment(&query, &desk.zone)?;
    let after = query.cursor::<u64>()?.unwrap_or(0);
    let mut found = events::stream(&store, (&source, &name), after, ROWS + 1).await?;
    let more = found.events.len() > ROWS as usize;
    found.events.truncate(ROWS as usize);
    let next = found.events.last().filter(|_| more).map(|event| event.stream_version);
    let state = events::state_of(&store, &desk.known, (&source, &name), moment).await;
    let (lang, now) = (ctx.lang, ctx.now());
    let view = View { desk: &desk, lang, now, query: &query, source, name, page: found, moment };
    let title = view.say("Flux", "Stream");
    let shell = desk.shell(&ctx, title, &[(PATH, view.say("Événements", "Events"))]).await;
    let json = format!("/api/v1/events/streams/{}?database={}", view.name.replace('/', "%2F"), view.source);
    let right = Button::link("JSON", json).small().icon(Icon::Download);
    let sentence = html! { span.row.wrap { (source_cell(&view.source)) a.mono href=(stream_href(&view.source, &view.name)) { (view.name) } } };
    let content = html! {
        (ui::head(title, &sentence, &html! { (right) }))
        (view.archived())
        div.cols.beside { (view.table(next)?) (view.state(&state)) }
    };
    Ok(desk::page(&shell, &format!("{}?database={}", desk::LIVE, view.source), &content).into_response())
}
