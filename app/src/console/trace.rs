//! Rows of events, and the page of one correlation: who caused what across the databases, and which readers have it.

mod drawing;
mod page;

pub(super) use page::trace_page;

use super::data::{actor, short_stream};
use super::desk::Desk;
use super::islands::{self, number};
use db::Event;
use flow::{DeadLetter, Lag};
use kernel::{DatabaseId, Lang, Timestamp};
use maud::{Markup, html};
use std::collections::BTreeSet;
use web::ui::{self, Column, Dome, Row, Table, say};

/// Events as a table, each leading to its correlation; those of several databases name theirs.
pub(super) fn event_rows(
    desk: &Desk,
    lang: Lang,
    title: &str,
    events: &[(&DatabaseId, &Event)],
    now: Timestamp,
    mixed: bool,
) -> Table {
    let mut columns = vec![
        Column::new("Position").number().soft(),
        Column::new(say(lang, "Événement", "Event")).nowrap(),
        Column::new(say(lang, "Flux", "Stream")).mono().nowrap().optional(),
        Column::new(say(lang, "Acteur", "Actor")).soft().nowrap().optional(),
        Column::new(say(lang, "Instant", "At")).number().soft(),
    ];
    if mixed {
        // The database takes the place of the stream, which there is no room for.
        columns[2] = Column::new(say(lang, "Base", "Database")).nowrap().optional();
    }
    let row = |(id, event): &(&DatabaseId, &Event)| {
        let mut cells = vec![
            html! { (number(lang, Some(event.position))) },
            kind_cell(event, &format!("/console/events/{}", event.correlation_id)),
            html! { span title=(event.stream) { (short_stream(&event.stream)) } },
            html! { span title=(event.actor) { (actor(lang, &event.actor)) } },
            html! { time datetime=(event.at) { (desk.instant(lang, event.at, now)) } },
        ];
        if mixed {
            cells[2] = database(id);
        }
        let name = if mixed {
            format!("e-{}-{}", id.slug(), event.position)
        } else {
            format!("e{}", event.position)
        };
        Row::new(cells).id(name)
    };
    Table::new(lang, title, columns).rows(events.iter().map(row))
}

/// The type with its version, leading somewhere.
fn kind_cell(event: &Event, href: &str) -> Markup {
    html! { a.t href=(href) { (event.kind) } " " span.muted { "v" (event.version) } }
}

/// A database in a cell.
pub(super) fn database(id: &DatabaseId) -> Markup {
    let tenant = if id.tenant == kernel::MAIN_TENANT { "" } else { id.tenant.as_str() };
    ui::database_cell(Dome::Active, id.module.as_str(), &islands::href(id), tenant)
}

/// What the readers of a log have made of one event.
pub(super) struct Reading<'a> {
    lags: &'a [Lag],
    held: BTreeSet<(&'a str, &'a str, u64)>,
}

/// Where one reader stands with one event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// Its effects are there.
    Applied,
    /// The reader has not come to it yet.
    Waiting,
    /// It is a dead letter.
    Held,
}

impl<'a> Reading<'a> {
    pub(super) fn new(lags: &'a [Lag], letters: &'a [DeadLetter]) -> Self {
        let held = letters.iter().map(|l| (l.consumer.as_str(), l.source.as_str(), l.position)).collect();
        Self { lags, held }
    }

    /// Every reader of a database with where it stands at a position.
    pub(super) fn of(&self, source: &str, position: u64) -> Vec<(&'a str, Seen)> {
        let readers = self.lags.iter().filter(|lag| lag.source == source);
        let seen = |lag: &'a Lag| {
            let seen = if self.held.contains(&(lag.consumer.as_str(), source, position)) {
                Seen::Held
            } else if position <= lag.position {
                Seen::Applied
            } else {
                Seen::Waiting
            };
            (lag.consumer.as_str(), seen)
        };
        readers.map(seen).collect()
    }
}

/// A length of time to the finest unit that means something: `250 µs`, `34 ms`, `3,1 s`.
pub(super) fn length(lang: Lang, micros: i64) -> String {
    match micros {
        0 => "0\u{202f}ms".to_owned(),
        1..1000 => format!("{micros}\u{202f}µs"),
        1000..1_000_000 => {
            #[expect(clippy::cast_precision_loss, reason = "below a second")]
            let millis = micros as f64 / 1000.0;
            format!("{}\u{202f}ms", ui::format::decimal_trimmed(lang, millis, usize::from(millis < 10.0)))
        }
        _ => ui::format::span(lang, micros),
    }
}
