//! Line charts: how a few things moved over the same periods. Lines differ by their dashes as well as by their colour,
//! every point has its sentence, and the same figures stand in a table.

use super::bars::{axis_step, f1, ticks_of};
use super::format::decimal_trimmed;
use kernel::Lang;
use maud::{Markup, html};

/// One line: a value for each period of its chart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Line {
    /// What it is, for the legend.
    pub name: String,
    /// The values, oldest first.
    pub values: Vec<f64>,
    /// The whole sentence about each value, for its title.
    pub titles: Vec<String>,
}

/// A line chart. Its axis begins at zero.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LineChart {
    /// The conclusion that the chart shows, for those who do not see it.
    pub label: String,
    /// The short names of the periods, oldest first.
    pub periods: Vec<String>,
    /// The lines, at most six.
    pub lines: Vec<Line>,
}

const LEFT: f64 = 44.0;
const RIGHT: f64 = 612.0;
const FOOT: f64 = 176.0;
const TOP: f64 = 8.0;
/// Names below the axis, at most: more would touch.
const NAMES: usize = 13;

/// The dashes of the nth line.
fn dashes(nth: usize) -> &'static str {
    ["none", "7 4", "2 4", "10 3 2 3", "4 2", "1 3"][nth % 6]
}

fn colour(nth: usize) -> String {
    format!("var(--viz-{})", nth % 6 + 1)
}

/// The chart.
#[must_use]
pub fn line_chart(lang: Lang, chart: &LineChart) -> Markup {
    let values = chart.lines.iter().flat_map(|line| &line.values).copied().filter(|v| v.is_finite());
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    let step = axis_step((high - low).max(1.0));
    let (first, last) = ((low / step).floor() * step, (high / step).ceil().max(1.0) * step);
    let y = |value: f64| FOOT - (value - first) / (last - first) * (FOOT - TOP);
    #[expect(clippy::cast_precision_loss, reason = "a hundred periods")]
    let x = |nth: usize| {
        LEFT + 12.0 + (RIGHT - LEFT - 24.0) * nth as f64 / (chart.periods.len().max(2) - 1) as f64
    };
    let every = chart.periods.len().div_ceil(NAMES).max(1);
    html! {
        svg.chart.wide viewBox="0 0 620 200" role="img" aria-label=(chart.label) {
            @for tick in ticks_of(((last - first) / step).round()) {
                @let value = first + tick * step;
                path d=(format!("M{LEFT} {:.1}H{RIGHT}", y(value))) stroke="var(--viz-grid)" {}
                text x="38" y=(f1(y(value) + 4.0)) font-size="11" text-anchor="end" fill="var(--ink-3)" {
                    (decimal_trimmed(lang, value, 1))
                }
            }
            @for (nth, name) in chart.periods.iter().enumerate() {
                @if (chart.periods.len() - 1 - nth).is_multiple_of(every) {
                    text x=(f1(x(nth))) y="194" font-size="11" text-anchor="middle" fill="var(--ink-3)" { (name) }
                }
            }
            @for (nth, line) in chart.lines.iter().enumerate() { (drawn(nth, line, &x, &y)) }
        }
        @if chart.lines.len() > 1 { (legend(chart)) }
    }
}

fn drawn(nth: usize, line: &Line, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> Markup {
    let points = line.values.iter().enumerate().filter(|(_, v)| v.is_finite());
    let path: Vec<String> = points.map(|(at, v)| format!("{:.1} {:.1}", x(at), y(*v))).collect();
    html! {
        @if path.len() > 1 {
            path d=(format!("M{}", path.join(" L"))) fill="none" stroke=(colour(nth)) stroke-width="1.75"
                stroke-linejoin="round" stroke-dasharray=(dashes(nth)) {}
        }
        @for (at, value) in line.values.iter().enumerate() {
            circle cx=(f1(x(at))) cy=(f1(y(*value))) r="2.5" fill=(colour(nth)) {
                @if let Some(title) = line.titles.get(at) { title { (title) } }
            }
        }
    }
}

fn legend(chart: &LineChart) -> Markup {
    html! {
        div.legend.wraps {
            @for (nth, line) in chart.lines.iter().enumerate() {
                span {
                    svg viewBox="0 0 22 10" aria-hidden="true" {
                        path d="M0 5h22" stroke=(colour(nth)) stroke-width="2" stroke-dasharray=(dashes(nth)) {}
                    }
                    (line.name)
                }
            }
        }
    }
}

/// The same figures as a table, a column for each line; `shown` writes a value.
#[must_use]
pub fn line_table(period: &str, chart: &LineChart, shown: impl Fn(f64) -> String) -> Markup {
    html! {
        div.tscroll tabindex="0" role="region" aria-label=(chart.label) {
            table.tbl {
                caption.sr { (chart.label) }
                thead { tr { th scope="col" { (period) } @for line in &chart.lines { th.right scope="col" { (line.name) } } } }
                tbody {
                    @for (at, name) in chart.periods.iter().enumerate() {
                        tr {
                            td { (name) }
                            @for line in &chart.lines {
                                td.right.num { (line.values.get(at).map_or_else(|| "–".to_owned(), |v| shown(*v))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> LineChart {
        let line = |name: &str, values: &[f64]| Line {
            name: name.into(),
            values: values.to_vec(),
            titles: values.iter().map(|v| format!("{name} <{v}>")).collect(),
        };
        LineChart {
            label: "x".into(),
            periods: vec!["1".into(), "2".into(), "3".into()],
            lines: vec![line("a", &[0.0, 50.0, 100.0]), line("b", &[10.0, -20.0, 5.0])],
        }
    }

    #[test]
    fn lines_differ_without_colour_and_every_point_has_its_sentence() {
        let html = line_chart(Lang::Fr, &chart()).into_string();
        assert!(html.contains("stroke-dasharray=\"none\"") && html.contains("stroke-dasharray=\"7 4\""));
        assert_eq!(html.matches("<title>").count(), 6);
        assert!(html.contains("a &lt;50&gt;") && !html.contains("style="), "{html}");
    }

    #[test]
    fn the_axis_holds_zero_and_everything_else() {
        let html = line_chart(Lang::Fr, &chart()).into_string();
        let heights: Vec<f64> =
            html.split("cy=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect();
        assert!(heights.iter().all(|y| (TOP..=FOOT).contains(y)), "{heights:?}");
        assert!(line_chart(Lang::Fr, &LineChart::default()).into_string().contains("<svg"));
    }
}
