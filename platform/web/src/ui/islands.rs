//! The drawing of the sign-in page: databases as domes on the lines of their logs. It is the only picture in the
//! product, and it shows what the product is made of.

use super::format::integer;
use kernel::Lang;
use maud::{Markup, html};

/// Where an island lies: line, left edge of the dome, radius, on which side its name stands, its colour.
const PLACES: [(u32, u32, u32, bool, &str); 6] = [
    (530, 106, 84, true, "#5CC5D4"),
    (400, 498, 62, false, "#4BAFBD"),
    (304, 284, 46, true, "#3F9AA9"),
    (232, 556, 34, false, "#378C9B"),
    (176, 170, 26, true, "#31808F"),
    (132, 450, 20, false, "#2C7583"),
];

/// The islands, the largest nearest. Names and positions are drawn where they are given.
#[must_use]
pub(super) fn drawing(lang: Lang, islands: &[(String, i64)]) -> Markup {
    html! {
        svg viewBox="0 0 740 640" preserveAspectRatio="xMidYMid slice" {
            @for y in [100, 114, 622] { path d=(format!("M0 {y}H740")) stroke="#fff" stroke-opacity=".08" {} }
            @for (nth, place) in PLACES.iter().enumerate() { (island(lang, nth, *place, islands.get(nth))) }
        }
    }
}

fn island(
    lang: Lang,
    nth: usize,
    place: (u32, u32, u32, bool, &str),
    named: Option<&(String, i64)>,
) -> Markup {
    let (y, left, radius, name_after, colour) = place;
    let dot = f64::from(radius) / 40.0 + 1.2;
    let foot = y - radius / 8;
    let (x, anchor) = if name_after { (left + 2 * radius + 14, "start") } else { (left - 14, "end") };
    html! {
        path d=(format!("M0 {y}H740")) stroke="#BFE9EF" stroke-opacity=".28" stroke-width=(1.2 + f64::from(radius) / 70.0) {}
        @for x in events(nth, left, radius) {
            circle cx=(x) cy=(y) r=(format!("{dot:.1}")) fill="#BFE9EF" fill-opacity=".85" {}
        }
        path d=(format!("M{left} {foot}a{radius} {radius} 0 0 1 {} 0z", 2 * radius)) fill=(colour) {}
        @if let Some((name, position)) = named {
            text x=(x) y=(foot - 9) text-anchor=(anchor) font-size="14" fill="#E6F3F5" font-weight="600" {
                (name) " " tspan fill="#A9CBD2" font-weight="400" { (integer(lang, *position)) }
            }
        }
    }
}

/// The events on a line: uneven, the same on every visit, and none under the dome.
fn events(nth: usize, left: u32, radius: u32) -> Vec<u32> {
    let steps = [13, 35, 19, 12, 31, 17, 24, 11, 38, 16, 21, 34, 10, 27];
    let mut x = 8;
    let mut out = Vec::new();
    for step in steps.iter().cycle().skip(nth * 3).take(60) {
        x += step + radius / 8;
        if x > 738 {
            break;
        }
        if x + 8 < left || x > left + 2 * radius + 8 {
            out.push(x);
        }
    }
    out
}
