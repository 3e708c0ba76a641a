//! The drawing of a trace: a lane for each database with its events, then a lane for each reader with what it has
//! applied. Marks of one lane never lie on each other; names stand where there is room, and the table below has all.

use super::page::Trace;
use super::{Seen, length};
use kernel::{DatabaseId, Uuid};
use maud::{Markup, html};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Lanes drawn, at most; the table has the rest.
const LANES: usize = 24;
const LEFT: f64 = 168.0;
const RIGHT: f64 = 968.0;
const TOP: f64 = 52.0;
const LANE: f64 = 36.0;
/// The least room between two marks of a lane.
const GAP: f64 = 13.0;
/// About the width of a letter at 12 px.
const LETTER: f64 = 6.7;

/// An event with its place in the drawing.
struct Mark<'a> {
    nth: usize,
    id: &'a DatabaseId,
    event: &'a db::Event,
    x: f64,
    y: f64,
}

/// The card of the drawing.
pub(super) fn card(trace: &Trace) -> Markup {
    let marks = place(trace);
    let lanes = trace.databases();
    let drawn = lanes.len().min(LANES);
    let readers = readers(trace);
    #[expect(clippy::cast_precision_loss, reason = "a few dozen lanes")]
    let height = TOP + LANE * (drawn + readers.len().min(LANES)) as f64;
    let label = trace.say(
        "Le chemin des événements à travers les bases\u{202f}; le tableau plus bas dit la même chose",
        "The path of the events through the databases; the table below says the same",
    );
    html! {
        section.card aria-label=(trace.say("Chronologie", "Timeline")) {
            div.trace tabindex="0" role="group" aria-label=(trace.say("Chronologie, défile", "Timeline, scrolls")) {
                svg viewBox=(format!("0 0 990 {height:.0}")) role="group" aria-label=(label) {
                    (axis(trace, height))
                    @for (at, id) in lanes.iter().take(LANES).enumerate() { (lane(at, &id.to_string(), true)) }
                    @for (at, name) in readers.iter().take(LANES).enumerate() { (lane(drawn + at, name, false)) }
                    (causes(&marks))
                    (applied(trace, &marks, &readers, drawn))
                    @for (mark, name) in marks.iter().zip(names(&marks)) { (drawn_mark(trace, mark, name)) }
                }
            }
            (legend(trace))
        }
    }
}

fn lane_y(at: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few dozen lanes")]
    let y = TOP + LANE * at as f64;
    y
}

/// Where every event stands: by its time, pushed to the right by its neighbour in the lane.
fn place(trace: &Trace) -> Vec<Mark<'_>> {
    let (lanes, micros) = (trace.databases(), trace.micros().max(1));
    let mut marks: Vec<Mark<'_>> = Vec::new();
    for (at, lane) in lanes.iter().take(LANES).enumerate() {
        let own: Vec<_> = trace.events.iter().enumerate().filter(|(_, (id, _))| id == *lane).collect();
        #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
        let (gap, scale) = (GAP.min((RIGHT - LEFT) / own.len().max(1) as f64), |since: i64| {
            LEFT + since as f64 / micros as f64 * (RIGHT - LEFT)
        });
        let mut places: Vec<f64> = own.iter().map(|(_, (_, event))| scale(trace.since(event))).collect();
        apart(&mut places, gap);
        let lane = own.into_iter().zip(places).map(|((nth, (id, event)), x)| Mark {
            nth,
            id,
            event,
            x,
            y: lane_y(at),
        });
        marks.extend(lane);
    }
    marks.sort_by_key(|mark| mark.nth);
    marks
}

/// Moves places apart by at least a gap, to the right and then, from the right edge, to the left.
fn apart(places: &mut [f64], gap: f64) {
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + gap);
    }
    let mut edge = RIGHT;
    for place in places.iter_mut().rev() {
        *place = place.min(edge);
        edge = *place - gap;
    }
}

fn axis(trace: &Trace, height: f64) -> Markup {
    let micros = trace.micros().max(1);
    let step = step(micros);
    html! {
        @for tick in (0..=micros / step).map(|n| n * step) {
            @let x = LEFT + (RIGHT - LEFT) * tick as f64 / micros as f64;
            path d=(format!("M{x:.1} 24V{:.0}", height - 10.0)) stroke="var(--viz-grid)" {}
            text x=(format!("{x:.1}")) y="14" font-size="11" fill="var(--ink-3)" text-anchor="middle" { (length(trace.lang, tick)) }
        }
    }
}

/// A round step that gives eight ticks at most.
fn step(micros: i64) -> i64 {
    let mut step = 1_i64;
    loop {
        for round in [1, 2, 5] {
            if micros / step.saturating_mul(round) <= 8 {
                return step.saturating_mul(round);
            }
        }
        step = step.saturating_mul(10);
    }
}

fn lane(at: usize, name: &str, database: bool) -> Markup {
    let y = lane_y(at);
    let short: String = if name.chars().count() > 17 {
        name.chars().take(16).chain(['…']).collect()
    } else {
        name.to_owned()
    };
    html! {
        @if database {
            path d=(format!("M20.6 {:.1}a5 5 0 0 1 10 0z", y + 1.5)) fill="var(--accent)" {}
            path d=(format!("M17 {:.1}h17", y + 5.0)) stroke="var(--accent)" stroke-width="1.5" stroke-linecap="round" {}
        } @else {
            path d=(format!("M17 {y:.1}h17")) stroke="var(--ink-3)" stroke-width="1.5" stroke-linecap="round" opacity=".5" {}
            circle cx="30" cy=(format!("{y:.1}")) r="3" fill="var(--ink-3)" {}
        }
        text x="44" y=(format!("{:.1}", y + 4.5)) font-size="13" font-weight="500" fill=(if database { "var(--ink)" } else { "var(--ink-2)" }) {
            title { (name) } (short)
        }
        path d=(format!("M{LEFT} {y:.1}H{:.0}", RIGHT + 14.0)) stroke="var(--line)" stroke-width="1.5" {}
    }
}

/// Dashed lines from each event to those that it caused.
fn causes(marks: &[Mark<'_>]) -> Markup {
    let by_id: BTreeMap<Uuid, &Mark<'_>> = marks.iter().map(|mark| (mark.event.id, mark)).collect();
    let pairs = marks.iter().filter_map(|mark| Some((by_id.get(&mark.event.causation_id?)?, mark)));
    html! {
        @for (from, to) in pairs {
            @let middle = f64::midpoint(from.x, to.x);
            path d=(format!("M{:.1} {:.1}C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}", from.x, from.y, from.y, to.y, to.x, to.y))
                fill="none" stroke="var(--ink-3)" stroke-width="1.25" stroke-dasharray="3 3" {}
        }
    }
}

/// The readers of these databases, by name.
fn readers(trace: &Trace) -> Vec<String> {
    let mut names: Vec<String> = trace.lags.iter().map(|lag| lag.consumer.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn applied(trace: &Trace, marks: &[Mark<'_>], readers: &[String], below: usize) -> Markup {
    let reading = trace.reading();
    html! {
        @for mark in marks {
            @for (name, seen) in reading.of(&mark.id.to_string(), mark.event.position) {
                @if let Some(at) = readers.iter().take(LANES).position(|reader| reader == name) {
                    @let (x, y) = (format!("{:.1}", mark.x), format!("{:.1}", lane_y(below + at)));
                    @match seen {
                        Seen::Applied => circle cx=(x) cy=(y) r="3" fill="var(--viz-6)" {},
                        Seen::Waiting => circle cx=(x) cy=(y) r="3" fill="var(--surface)" stroke="var(--ink-3)" {},
                        Seen::Held => path d=(format!("M{:.1} {:.1}l8 8m0 -8l-8 8", mark.x - 4.0, lane_y(below + at) - 4.0))
                            stroke="var(--bad)" stroke-width="2" stroke-linecap="round" {},
                    }
                }
            }
        }
    }
}

fn drawn_mark(trace: &Trace, mark: &Mark<'_>, name: Option<(f64, &'static str)>) -> Markup {
    let chosen = mark.nth == trace.chosen;
    let (x, y) = (format!("{:.1}", mark.x), format!("{:.1}", mark.y));
    let held = trace.letters.iter().any(|letter| letter.event_id == mark.event.id);
    let colour = if held { "var(--bad)" } else { "var(--accent)" };
    html! {
        a href=(trace.href(mark.id, mark.event)) {
            title { (mark.event.kind) ", " (length(trace.lang, trace.since(mark.event))) }
            @if chosen { circle cx=(x) cy=(y) r="10" fill=(colour) opacity=".25" {} }
            circle cx=(x) cy=(y) r="5.5" fill=(colour) stroke="var(--surface)" stroke-width="2" {}
            @if let Some((from, anchor)) = name {
                text x=(format!("{from:.1}")) y=(format!("{:.1}", mark.y + 4.0)) font-size="12"
                    font-weight=(if chosen { "600" } else { "500" }) text-anchor=(anchor) fill="var(--ink)"
                    stroke="var(--surface)" stroke-width="5" stroke-linejoin="round" paint-order="stroke" { (mark.event.kind) }
            }
        }
    }
}

/// Where each mark's name stands: after it, before it, or nowhere when its lane has no room.
fn names(marks: &[Mark<'_>]) -> Vec<Option<(f64, &'static str)>> {
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by(|a, b| {
        (marks[*a].id, marks[*a].x).partial_cmp(&(marks[*b].id, marks[*b].x)).unwrap_or(Ordering::Equal)
    });
    let mut names = vec![None; marks.len()];
    let mut free = LEFT;
    for (at, nth) in order.iter().copied().enumerate() {
        let mark = &marks[nth];
        let in_lane =
            |other: Option<&usize>| other.map(|other| &marks[*other]).filter(|other| other.id == mark.id);
        let next = in_lane(order.get(at + 1)).map_or(RIGHT + 14.0, |next| next.x - 8.0);
        if in_lane(at.checked_sub(1).and_then(|before| order.get(before))).is_none() {
            free = LEFT - 8.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "letters of a name")]
        let width = mark.event.kind.chars().count() as f64 * LETTER + 12.0;
        if mark.x + width <= next {
            names[nth] = Some((mark.x + 10.0, "start"));
            free = mark.x + width;
        } else {
            if mark.x - width >= free {
                names[nth] = Some((mark.x - 10.0, "end"));
            }
            free = mark.x + 8.0;
        }
    }
    names
}

fn legend(trace: &Trace) -> Markup {
    html! {
        div.more.row {
            span.legend.wraps {
                span { svg viewBox="0 0 12 12" aria-hidden="true" { circle cx="6" cy="6" r="5" fill="var(--accent)" {} } (trace.say("Événement dans le journal", "Event in the log")) }
                span { svg viewBox="0 0 22 12" aria-hidden="true" { path d="M0 6h22" stroke="var(--ink-3)" stroke-dasharray="3 3" {} } (trace.say("A causé", "Caused")) }
                span { svg viewBox="0 0 12 12" aria-hidden="true" { circle cx="6" cy="6" r="3.5" fill="var(--viz-6)" {} } (trace.say("Appliqué par un lecteur", "Applied by a reader")) }
                span { svg viewBox="0 0 12 12" aria-hidden="true" { circle cx="6" cy="6" r="3.5" fill="var(--surface)" stroke="var(--ink-3)" {} } (trace.say("Pas encore", "Not yet")) }
                span { svg viewBox="0 0 12 12" aria-hidden="true" { path d="M2 2l8 8m0 -8l-8 8" stroke="var(--bad)" stroke-width="2" {} } (trace.say("Retenu", "Held")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_keep_their_distance_within_the_drawing() {
        let mut places = vec![LEFT, LEFT, RIGHT, RIGHT, RIGHT];
        apart(&mut places, GAP);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= GAP - 0.01), "{places:?}");
        assert!(places.iter().all(|place| (LEFT..=RIGHT).contains(place)), "{places:?}");
    }

    #[test]
    fn the_axis_has_eight_ticks_at_most() {
        for micros in [1, 7, 999, 302_000, 86_400_000_000, i64::MAX] {
            assert!(micros / step(micros) <= 8, "{micros}");
        }
    }
}
