//! The page of one correlation: a lane for each database, and the same as a table.

use super::{Reading, Seen, database, drawing, kind_cell, length};
use crate::console::data::event_block;
use crate::console::desk::{self, Desk};
use crate::console::events::{CORRELATED, correlation};
use crate::console::islands::number;
use axum::extract::Path;
use db::Event;
use flow::{DeadLetter, Lag};
use kernel::{DatabaseId, Error, Lang, Uuid};
use maud::{Markup, Render, html};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use web::ui::{self, Button, Card, Column, Fact, Icon, Row, Table, Tone, chip, say};
use web::{Ctx, Failure, Page, Query};

/// Everything that the page shows.
pub(super) struct Trace {
    pub(super) lang: Lang,
    pub(super) id: Uuid,
    pub(super) events: Vec<(DatabaseId, Event)>,
    pub(super) lags: Vec<Lag>,
    pub(super) letters: Vec<DeadLetter>,
    pub(super) chosen: usize,
}

impl Trace {
    async fn read(desk: &Desk, ctx: &Ctx, id: Uuid, query: &Query) -> Result<Self, Failure> {
        let events = correlation(&desk.databases, id).await?;
        if events.is_empty() {
            return Err(Error::not_found().into());
        }
        let ids: BTreeSet<Uuid> = events.iter().map(|(_, event)| event.id).collect();
        let letters = desk.letters().await?.into_iter().filter(|l| ids.contains(&l.event_id)).collect();
        let sources: BTreeSet<String> = events.iter().map(|(id, _)| id.to_string()).collect();
        let lags = desk.lags().await.into_iter().filter(|lag| sources.contains(&lag.source)).collect();
        let asked = query.get("at");
        let chosen = events.iter().position(|(id, e)| asked == Some(&key(id, e))).unwrap_or(0);
        Ok(Self { lang: ctx.lang, id, events, lags, letters, chosen })
    }

    pub(super) fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    pub(super) fn reading(&self) -> Reading<'_> {
        Reading::new(&self.lags, &self.letters)
    }

    /// Microseconds from the first event to the last.
    pub(super) fn micros(&self) -> i64 {
        let (first, last) = (self.events.first(), self.events.last());
        first.zip(last).map_or(0, |((_, a), (_, b))| b.at.0 - a.at.0)
    }

    pub(super) fn since(&self, event: &Event) -> i64 {
        self.events.first().map_or(0, |(_, first)| event.at.0 - first.at.0)
    }

    pub(super) fn databases(&self) -> Vec<&DatabaseId> {
        let mut seen = Vec::new();
        for (id, _) in &self.events {
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
        seen
    }

    pub(super) fn href(&self, id: &DatabaseId, event: &Event) -> String {
        desk::address(&format!("/console/events/{}", self.id), [("at", Some(key(id, event).as_str()))])
    }

    /// How the whole stands, by its readers.
    fn state(&self) -> Markup {
        let reading = self.reading();
        let all = self.events.iter().flat_map(|(id, event)| reading.of(&id.to_string(), event.position));
        let (mut waiting, mut held) = (0, 0);
        for (_, seen) in all {
            waiting += usize::from(seen == Seen::Waiting);
            held += usize::from(seen == Seen::Held);
        }
        if held > 0 {
            chip(Tone::Bad, Icon::CircleX, self.say("Un lecteur est arrêté", "A reader is held"))
        } else if waiting > 0 {
            chip(Tone::Info, Icon::Hourglass, self.say("Des lecteurs y viennent", "Readers are on their way"))
        } else {
            chip(Tone::Ok, Icon::CircleCheck, self.say("Appliqué partout", "Applied everywhere"))
        }
    }

    fn head(&self, desk: &Desk, ctx: &Ctx) -> Markup {
        let first = self.events.first().map(|(_, event)| event);
        let title = first.map_or("", |event| event.kind.as_str());
        let started = first.map_or_else(String::new, |event| desk.instant(self.lang, event.at, ctx.now()));
        let facts = [
            Fact::new(self.say("Début", "Started"), started),
            Fact::new(
                self.say("Du premier au dernier", "First to last event"),
                length(self.lang, self.micros()),
            ),
            Fact::new(self.say("Bases touchées", "Databases crossed"), self.databases().len().to_string()),
            Fact::new(self.say("Lettres mortes", "Dead letters"), self.letters.len().to_string()),
        ];
        html! {
            (ui::head(title, &html! { span.row.wrap { (self.state()) span.mono.muted { (self.id) } } }, &ui::fact_strip(&facts)))
            @if self.is_cut() {
                (ui::message(
                    Tone::Info,
                    self.say("Cette trace est longue", "This trace is long"),
                    &html! { (self.cut_words()) },
                    &html! {},
                ))
            }
        }
    }

    /// Whether a database may hold more than was read of it.
    fn is_cut(&self) -> bool {
        let mut counts: BTreeMap<&DatabaseId, u32> = BTreeMap::new();
        self.events.iter().for_each(|(id, _)| *counts.entry(id).or_default() += 1);
        counts.values().any(|n| *n >= CORRELATED)
    }

    fn cut_words(&self) -> String {
        match self.lang {
            Lang::Fr => format!("Les {CORRELATED} premiers événements de chaque base sont montrés."),
            Lang::En => format!("The first {CORRELATED} events of each database are shown."),
        }
    }

    fn table(&self) -> Markup {
        let columns = vec![
            Column::new(self.say("Instant", "At")).number().soft(),
            Column::new(self.say("Événement", "Event")).nowrap(),
            Column::new(self.say("Base", "Database")).nowrap(),
            Column::new("Position").number().soft().optional(),
            Column::new(self.say("Lecteurs", "Readers")).right().nowrap(),
        ];
        let reading = self.reading();
        let by_id: BTreeMap<Uuid, &Event> = self.events.iter().map(|(_, event)| (event.id, event)).collect();
        let rows = self.events.iter().enumerate().map(|(at, (id, event))| {
            let cause = event.causation_id.and_then(|cause| by_id.get(&cause));
            Row::new([
                html! { (length(self.lang, self.since(event))) },
                html! {
                    (kind_cell(event, &self.href(id, event)))
                    @if let Some(cause) = cause { span.sub { (ui::labelled(self.lang, "cause", &cause.kind)) } }
                },
                database(id),
                html! { (number(self.lang, Some(event.position))) },
                self.readers(&reading.of(&id.to_string(), event.position)),
            ])
            .id(format!("e-{}-{}", id.slug(), event.position))
            .selected(at == self.chosen)
        });
        let title = self.say("Événements", "Events");
        Table::new(self.lang, title, columns).id("table").rows(rows).render()
    }

    fn readers(&self, seen: &[(&str, Seen)]) -> Markup {
        let applied = seen.iter().filter(|(_, seen)| *seen == Seen::Applied).count();
        let held: Vec<&str> = seen.iter().filter(|(_, s)| *s == Seen::Held).map(|(name, _)| *name).collect();
        let words = match self.lang {
            Lang::Fr => format!("{applied} sur {}", seen.len()),
            Lang::En => format!("{applied} of {}", seen.len()),
        };
        let names: Vec<String> = seen.iter().map(|(name, _)| (*name).to_owned()).collect();
        html! {
            @if seen.is_empty() { (ui::table::missing()) }
            @else if !held.is_empty() {
                a href="/console/dead-letters" { (chip(Tone::Bad, Icon::CircleX, &held.join(", "))) }
            } @else {
                span.row.end title=(names.join(", ")) {
                    (ui::icon(if applied == seen.len() { Icon::Check } else { Icon::Hourglass })) (words)
                }
            }
        }
    }

    fn chosen(&self) -> Markup {
        let Some((id, event)) = self.events.get(self.chosen) else { return html! {} };
        let aside = html! { (ui::tag(&format!("v{}", event.version))) (database(id)) };
        Card::new(&event.kind).id("chosen").aside(aside).flush(event_block(self.lang, event)).render()
    }
}

/// What names an event in an address.
fn key(id: &DatabaseId, event: &Event) -> String {
    format!("{id}.{}", event.position)
}

pub(in crate::console) async fn trace_page(
    desk: Arc<Desk>,
    ctx: Ctx,
    Path(id): Path<String>,
    query: Query,
) -> Page {
    desk::see(&ctx)?;
    let id = Uuid::try_parse(&id).map_err(|_| Error::not_found())?;
    let trace = Trace::read(&desk, &ctx, id, &query).await?;
    let events = trace.say("Événements", "Events");
    let title = trace.say("Corrélation", "Correlation");
    let mut shell = desk.shell(&ctx, title, &[("/console/events", events)]).await;
    let address = format!("{}/console/events/{id}", desk.url);
    let copied = trace.say("Lien copié", "Link copied");
    shell.actions = html! {
        span.needs-js { (Button::new(trace.say("Copier le lien", "Copy link")).small().icon(Icon::Link).copies(address, copied)) }
        (Button::link("JSON", format!("/api/v1/events/correlations/{id}")).small().icon(Icon::Download))
    };
    let content = html! {
        (trace.head(&desk, &ctx))
        (drawing::card(&trace))
        div.cols.beside { (trace.table()) (trace.chosen()) }
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
