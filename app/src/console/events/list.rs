//! The page of all events: filtered by database, type, stream, days and text, a page at a time, each with its data on
//! demand.

use super::PATH;
use super::parts::{
    actor_cell, away, day_of, event_cell, instant_cell, opened, source_cell, stream_cell, toggle,
};
use crate::console::desk::{self, Desk};
use crate::console::islands::number;
use kernel::{Error, Lang, Timestamp};
use maud::{Markup, Render, html};
use std::sync::Arc;
use system::events::{self, Found, Order, Stored, Wanted};
use web::ui::{self, Button, Column, Icon, Row, Table, say};
use web::{Api, Ctx, Doc, Failure, Page, Query};

/// Rows of a page.
const ROWS: u32 = 50;
/// The parameters that narrow the list.
const FILTERS: [&str; 6] = ["database", "type", "stream", "from", "to", "q"];

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let desk = desk.clone();
    Api::new().get(
        PATH,
        move |ctx: Ctx, query: Query| page(desk.clone(), ctx, query),
        Doc::new("The page of the events.").permission(events::READ),
    )
}

struct List<'a> {
    desk: &'a Desk,
    lang: Lang,
    now: Timestamp,
    query: &'a Query,
    names: Vec<String>,
    wanted: Wanted,
    found: Found,
    may_export: bool,
    may_replay: bool,
}

impl List<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// This page with other parameters; filters that are not named stay.
    fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let kept = FILTERS.iter().filter(|name| !changes.iter().any(|(changed, _)| changed == *name));
        desk::address(PATH, kept.map(|name| (*name, self.query.get(name))).chain(changes.iter().copied()))
    }

    fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| self.query.get(name).is_some())
    }

    fn input(&self, name: &'static str, kind: &'static str, label: &str, hint: &'static str) -> Markup {
        html! {
            label.cfield {
                span { (label) }
                input.in type=(kind) name=(name) value=[self.query.get(name)] placeholder=(hint) maxlength="200" spellcheck="false" autocapitalize="off";
            }
        }
    }

    /// One form, so that it works without scripts.
    fn filters(&self) -> Markup {
        let chosen = self.query.get("database");
        html! {
            form.cfilters role="search" action=(PATH) {
                label.cfield {
                    span { (self.say("Base", "Database")) }
                    span.wrapin {
                        select.in name="database" {
                            option value="" { (self.say("Toutes", "All")) }
                            @for name in &self.names { option value=(name) selected[chosen == Some(name)] { (name) } }
                        }
                        (ui::icon(Icon::ChevronDown))
                    }
                }
                (self.input("type", "text", self.say("Le type commence par", "Type begins with"), "payment."))
                (self.input("stream", "text", self.say("Flux", "Stream"), "transaction/…"))
                (self.input("from", "date", self.say("Du", "From"), ""))
                (self.input("to", "date", self.say("Au", "To"), ""))
                (self.input("q", "search", self.say("Texte", "Text"), ""))
                (Button::new(self.say("Filtrer", "Filter")).icon(Icon::ListFilter))
                @if self.is_filtered() {
                    (Button::link(self.say("Retirer les filtres", "Clear the filters"), PATH).quiet())
                }
            }
        }
    }

    fn nothing(&self) -> Markup {
        let filter: Vec<&str> = FILTERS.iter().filter_map(|name| self.query.get(name)).collect();
        match self.found.next {
            Some(_) => ui::empty(
                self.say(
                    "Rien dans les 50\u{202f}000 derniers événements lus",
                    "Nothing in the 50,000 events read",
                ),
                self.say(
                    "Il y en a de plus anciens\u{a0}: continuez plus bas.",
                    "There are older ones: go on below.",
                ),
                &html! {},
            ),
            None if self.is_filtered() => ui::empty_filtered(self.lang, &filter.join(", "), PATH),
            None => ui::empty(
                self.say("Aucun événement", "No event"),
                self.say(
                    "Les événements de toutes les bases s’afficheront ici.",
                    "The events of every database appear here.",
                ),
                &html! {},
            ),
        }
    }

    fn row(&self, stored: &Stored, open: Option<u64>) -> Row {
        let (event, cursor) = (&stored.event, self.query.get("cursor"));
        let is_open = open == Some(stored.seq);
        let seq = stored.seq.to_string();
        let target = (!is_open).then_some(seq.as_str());
        let href = format!("{}#e{seq}", self.link(&[("cursor", cursor), ("open", target)]));
        let row = Row::new([
            instant_cell(self.desk, self.lang, event.at, self.now),
            event_cell(event),
            source_cell(&stored.source),
            stream_cell(&stored.source, event),
            actor_cell(self.lang, event),
            toggle(self.lang, &href, stored.seq, is_open),
        ]);
        opened(self.lang, row.id(format!("e{seq}")), event, is_open)
    }

    fn table(&self) -> Result<Markup, Failure> {
        let columns = vec![
            Column::new(self.say("Instant", "At")).number().soft(),
            // Long names wrap before their version, so that the table never is wider than its card.
            Column::new(self.say("Événement", "Event")),
            Column::new(self.say("Base", "Database")).nowrap().optional(),
            Column::new(self.say("Flux", "Stream")).mono().optional(),
            Column::new(self.say("Acteur", "Actor")).soft().nowrap().optional(),
            Column::unnamed(self.say("Données", "Data")).right(),
        ];
        let open: Option<u64> = self.query.parsed("open")?;
        let next = self.found.next.map(|next| self.link(&[("cursor", Some(&web::encode_cursor(&next)))]));
        let first = self.query.get("cursor").map(|_| self.link(&[]));
        let title = self.say("Événements", "Events");
        let table = Table::new(self.lang, title, columns)
            .id("events")
            .rows(self.found.events.iter().map(|stored| self.row(stored, open)))
            .pages(first, next)
            .empty(self.nothing());
        Ok(table.render())
    }

    /// Where events are handed to a consumer again: those of the filters, for whoever may begin it.
    fn replay(&self) -> String {
        let filters = FILTERS.iter().filter(|name| **name != "q").map(|name| (*name, self.query.get(name)));
        if self.may_replay {
            desk::address(&format!("{PATH}/replays/new"), filters)
        } else {
            format!("{PATH}/replays")
        }
    }

    fn actions(&self) -> Markup {
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let (from, to) = (instant(self.wanted.from), instant(self.wanted.to));
        // The file takes instants; days are the page's own.
        let filters = FILTERS.iter().map(|name| match *name {
            "from" => (*name, from.as_deref()),
            "to" => (*name, to.as_deref()),
            name => (name, self.query.get(name)),
        });
        let file = desk::address("/api/v1/events.ndjson", filters);
        html! {
            span.row.wrap {
                (Button::link(self.say("Mois et archives", "Months and archives"), format!("{PATH}/partitions")).small().icon(Icon::Archive))
                (Button::link(self.say("Rejouer vers un consommateur", "Replay to a consumer"), self.replay()).small().icon(Icon::RotateCcw))
                @if self.may_export { a.btn.sm href=(file) download { (ui::icon(Icon::Download)) "NDJSON" } }
            }
        }
    }
}

async fn page(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    desk::act(&ctx, events::READ)?;
    let store = desk.store()?;
    let mut names: Vec<String> = desk.databases.all().iter().map(|db| db.id().to_string()).collect();
    names.sort();
    if query.get("database").is_some_and(|asked| !names.iter().any(|name| name == asked)) {
        return Err(Error::not_found().into());
    }
    let zone = &desk.zone;
    let (from, to) = (day_of(&query, "from", zone, false)?, day_of(&query, "to", zone, true)?);
    let text = |name: &str| query.get(name).map(str::to_owned);
    let wanted = Wanted {
        database: text("database"),
        kind: text("type"),
        stream: text("stream"),
        text: text("q"),
        from,
        to,
    };
    let found = events::find(&store, &wanted, Order::Newest, query.cursor()?, ROWS).await?;
    let sources = events::sources(&store).await?;
    let total: u64 = sources.iter().map(|(_, position)| position).sum();
    let may = |permission: &str| ctx.principal().is_ok_and(|who| who.may(permission));
    let (may_export, may_replay) = (may(events::EXPORT), may(desk::REPLAY));
    let (lang, now, query) = (ctx.lang, ctx.now(), &query);
    let list = List { desk: &desk, lang, now, query, names, wanted, found, may_export, may_replay };
    let title = list.say("Événements", "Events");
    let (count, logs) = (number(ctx.lang, Some(total)), sources.len());
    let sentence = match ctx.lang {
        Lang::Fr => format!(
            "{count} événements de {logs} journaux, du plus récent au plus ancien. Les données personnelles restent scellées."
        ),
        Lang::En => format!("{count} events of {logs} logs, newest first. Personal data stays sealed."),
    };
    let shell = desk.shell(&ctx, title, &[]).await;
    let content = html! {
        (ui::head(title, &html! { (sentence) }, &list.actions()))
        (list.filters())
        (away(ctx.lang, &list.found.away))
        (list.table()?)
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
