//! What the pages of events share: the store, rows of events with their data on demand, what is archived.

use super::PATH;
use crate::console::data::{actor, event_block, short_stream};
use crate::console::desk::{self, Desk};
use crate::console::islands::number;
use crate::console::trace::database;
use db::{Db, Event};
use jiff::tz::TimeZone;
use kernel::{DatabaseId, Error, Lang, Timestamp};
use maud::{Markup, Render, html};
use system::events::{self, Partition};
use web::ui::{self, Icon, Row, Tone, say};
use web::{Failure, Query};

impl Desk {
    /// The event store's database.
    pub(super) fn store(&self) -> Result<Db, Failure> {
        let code = kernel::ModuleCode::new(events::CODE).map_err(|e| Error::internal(e.to_string()))?;
        let id = DatabaseId::main(code);
        self.databases.get(&id).ok_or_else(|| Error::internal("the event store has no database").into())
    }
}

/// The address of a stream's page.
pub(super) fn stream_href(source: &str, stream: &str) -> String {
    desk::address(&format!("{PATH}/stream"), [("database", Some(source)), ("name", Some(stream))])
}

/// The cell of an event: its type leads to its trace, its stream to the stream's page.
pub(super) fn event_cell(event: &Event) -> Markup {
    html! {
        a.t href=(format!("{PATH}/{}", event.correlation_id)) { (event.kind) } " " span.muted { "v" (event.version) }
    }
}

/// The cell of a stream.
pub(super) fn stream_cell(source: &str, event: &Event) -> Markup {
    html! {
        a href=(stream_href(source, &event.stream)) title=(event.stream) { (short_stream(&event.stream)) }
        " " span.muted { "v" (event.stream_version) }
    }
}

/// The cell of a database, by its name.
pub(super) fn source_cell(source: &str) -> Markup {
    source.parse().map_or_else(|_| html! { (source) }, |id: DatabaseId| database(&id))
}

/// The cell of an actor.
pub(super) fn actor_cell(lang: Lang, event: &Event) -> Markup {
    html! { span title=(event.actor) { (actor(lang, &event.actor)) } }
}

/// The cell of an instant.
pub(super) fn instant_cell(desk: &Desk, lang: Lang, at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) { (desk.instant(lang, at, now)) } }
}

/// The link that opens or closes an event's data.
pub(super) fn toggle(lang: Lang, href: &str, n: u64, open: bool) -> Markup {
    let (word, shown) = if open {
        (say(lang, "Replier", "Close"), Icon::ChevronDown)
    } else {
        (say(lang, "Données", "Data"), Icon::ChevronRight)
    };
    html! {
        a.btn.quiet.sm.toggle href=(href) aria-expanded=(open) { (ui::icon(shown)) span.bl { (word) } span.sr { " " (n) } }
    }
}

/// A row with its data below when it is open.
pub(super) fn opened(lang: Lang, row: Row, event: &Event, open: bool) -> Row {
    if open { row.selected(true).open(event_block(lang, event)) } else { row }
}

/// Says which months are in files, so that nobody takes what is missing for what never was.
pub(super) fn away(lang: Lang, months: &[Partition]) -> Markup {
    let events: u64 = months.iter().map(|month| month.events).sum();
    let names: Vec<&str> = months.iter().map(|month| month.name.as_str()).collect();
    let count = number(lang, Some(events));
    let words = match lang {
        Lang::Fr => format!("{count} événements de {} ne sont pas dans cette liste.", names.join(", ")),
        Lang::En => format!("{count} events of {} are not in this list.", names.join(", ")),
    };
    html! {
        @if !months.is_empty() {
            (ui::message(
                Tone::Info,
                say(lang, "Une partie de la période est archivée", "Part of the period is archived"),
                &html! { (words) },
                &ui::Button::link(say(lang, "Voir les mois", "See the months"), format!("{PATH}/partitions")).small().render(),
            ))
        }
    }
}

/// A parameter that is a day, as an instant: see [`day`].
pub(super) fn day_of(
    query: &Query,
    name: &str,
    zone: &TimeZone,
    after: bool,
) -> Result<Option<Timestamp>, Failure> {
    match query.get(name).and_then(|word| day(word, zone, after)) {
        None => events::instant(query, name),
        found => Ok(found),
    }
}

/// A day as an instant: its beginning in the house's zone, or that of the day after.
pub(super) fn day(word: &str, zone: &TimeZone, after: bool) -> Option<Timestamp> {
    let date = word.trim().parse::<jiff::civil::Date>().ok()?;
    let date = if after { date.tomorrow().unwrap_or(date) } else { date };
    date.to_zoned(zone.clone()).ok().map(|start| start.timestamp().into())
}
