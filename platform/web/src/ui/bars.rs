//! Bar charts: a value per period, what exceeds the plan on top of it, the plan as a line; and the scale that shows
//! where an amount falls between thresholds.

use super::chart::table_link;
use super::format::decimal_trimmed;
use kernel::Lang;
use maud::{Markup, html};

/// One period.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bar {
    /// The period's short name below the bar.
    pub label: String,
    /// The value.
    pub value: f64,
    /// What exceeds, drawn on top in the second colour; zero when nothing does.
    pub extra: f64,
    /// The value planned, drawn as a line.
    pub plan: Option<f64>,
    /// The whole sentence about this period, for its title.
    pub title: String,
    /// The period is not over: drawn lighter, its name bold.
    pub running: bool,
    /// A short value above the bar, where there is no axis.
    pub caption: String,
}

/// A bar chart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BarChart {
    /// The conclusion that the chart shows, for those who do not see it.
    pub label: String,
    /// The periods, oldest first.
    pub bars: Vec<Bar>,
    /// The names of value, excess and plan for the legend; none for one series.
    pub legend: Option<[String; 3]>,
}

const WIDTH: f64 = 312.0;
const LEFT: f64 = 34.0;
const FOOT: f64 = 126.0;
const TOP: f64 = 8.0;

/// The chart with an axis: values of many periods side by side.
#[must_use]
pub fn bar_chart(lang: Lang, chart: &BarChart) -> Markup {
    let highest =
        chart.bars.iter().map(|b| (b.value + b.extra).max(b.plan.unwrap_or(0.0))).fold(0.0, f64::max);
    let step = axis_step(highest);
    let ticks = (highest / step).ceil().max(1.0);
    let y = |value: f64| FOOT - value / (ticks * step) * (FOOT - TOP);
    #[expect(clippy::cast_precision_loss, reason = "a dozen bars")]
    let pitch = (WIDTH - LEFT) / chart.bars.len().max(1) as f64;
    html! {
        svg.chart viewBox="0 0 312 150" role="img" aria-label=(chart.label) {
            @for tick in ticks_of(ticks) {
                @let at = y(tick * step);
                path d=(format!("M34 {at:.1}H312")) stroke="var(--viz-grid)" {}
                text x="28" y=(format!("{:.1}", at + 4.0)) font-size="11" text-anchor="end" fill="var(--ink-3)" {
                    (decimal_trimmed(lang, tick * step, 1))
                }
            }
            @for (nth, bar) in chart.bars.iter().enumerate() {
                (drawn(bar, LEFT + pitch * (nth as f64 + 0.5), (pitch * 0.53).min(28.0), &y))
            }
        }
        @if let Some(legend) = &chart.legend { (legend_of(legend)) }
    }
}

fn drawn(bar: &Bar, middle: f64, width: f64, y: &impl Fn(f64) -> f64) -> Markup {
    let left = middle - width / 2.0;
    let (weight, ink) = if bar.running { ("600", "var(--ink-2)") } else { ("400", "var(--ink-3)") };
    let top = y(bar.value);
    html! {
        g {
            title { (bar.title) }
            rect x=(f1(left)) y=(f1(top)) width=(f1(width)) height=(f1(FOOT - top)) fill="var(--viz-1)"
                opacity=(if bar.running { "0.55" } else { "1" }) {}
            @if bar.extra > 0.0 {
                @let high = (top - y(bar.value + bar.extra)).max(2.5);
                rect x=(f1(left)) y=(f1(top - 1.5 - high)) width=(f1(width)) height=(f1(high)) fill="var(--viz-2)" {}
            }
            @if let Some(plan) = bar.plan {
                path d=(format!("M{:.1} {:.1}h{:.1}", left - 4.0, y(plan), width + 8.0))
                    stroke="var(--ink)" stroke-width="1.5" {}
            }
        }
        text x=(f1(middle)) y="144" font-size="11" text-anchor="middle" fill=(ink) font-weight=(weight) { (bar.label) }
    }
}

/// The chart without axis: a few days, each with its value above.
#[must_use]
pub fn day_bars(chart: &BarChart) -> Markup {
    let highest = chart.bars.iter().map(|b| b.value).fold(0.1, f64::max);
    html! {
        svg.chart.days viewBox=(format!("0 0 {} 92", (chart.bars.len() * 46).max(46))) role="img" aria-label=(chart.label) {
            @for (nth, bar) in chart.bars.iter().enumerate() {
                @let x = 2.0 + nth as f64 * 46.0;
                @let height = (bar.value / highest * 56.0).max(2.0);
                g {
                    title { (bar.title) }
                    rect x=(f1(x)) y=(f1(70.0 - height)) width="34" height=(f1(height)) rx="2" fill="var(--viz-1)"
                        opacity=(if bar.running { "0.4" } else { "1" }) {}
                }
                text x=(f1(x + 17.0)) y="86" text-anchor="middle" font-size="11" fill="var(--ink-3)" { (bar.label) }
                text x=(f1(x + 17.0)) y=(f1(66.0 - height)) text-anchor="middle" font-size="10" fill="var(--ink-2)" {
                    (bar.caption)
                }
            }
        }
    }
}

pub(super) fn f1(value: f64) -> String {
    format!("{value:.1}")
}

fn legend_of([value, extra, plan]: &[String; 3]) -> Markup {
    html! {
        div.legend {
            span { i {} (value) }
            @if !extra.is_empty() { span { i.two {} (extra) } }
            @if !plan.is_empty() {
                span {
                    svg viewBox="0 0 14 10" aria-hidden="true" { path d="M0 5h14" stroke="var(--ink)" stroke-width="2" {} }
                    (plan)
                }
            }
        }
    }
}

/// A step of 1, 2 or 5 times a power of ten that gives about four lines.
pub(super) fn axis_step(highest: f64) -> f64 {
    let raw = (highest / 4.0).max(0.25);
    let power = 10_f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= raw).unwrap_or(raw)
}

pub(super) fn ticks_of(ticks: f64) -> impl Iterator<Item = f64> {
    (0..=20_u8).map(f64::from).take_while(move |tick| *tick <= ticks)
}

/// The chart in a card with the link to its table.
#[must_use]
pub fn chart_card(lang: Lang, title: &str, chart: &BarChart, table: &str) -> Markup {
    html! { (super::Card::new(title).aside(table_link(lang, table)).body(bar_chart(lang, chart))) }
}

/// Where an amount falls between thresholds: what was before, what is added, and what each zone means.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scale {
    /// The conclusion: `36 h avant la demande, 38 h 30 après`.
    pub label: String,
    /// The first and last value of the scale.
    pub from_to: (f64, f64),
    /// What was there before.
    pub before: f64,
    /// What is added, and its name above it.
    pub added: (f64, String),
    /// Thresholds with their names below: `(35, "35 h")`.
    pub ticks: Vec<(f64, String)>,
    /// Zones between two values with their name above; the second colour warns.
    pub zones: Vec<(f64, f64, String, bool)>,
}

/// The drawing of a scale, for the "why" panel.
#[must_use]
pub fn scale(scale: &Scale) -> Markup {
    let (from, to) = scale.from_to;
    let x = |value: f64| ((value - from) / (to - from).max(f64::EPSILON)).clamp(0.0, 1.0) * 412.0;
    let block = |start: f64, end: f64, fill: &str, opacity: &str| {
        let width = (x(end) - x(start)).max(0.0);
        html! { rect x=(f1(x(start))) y="18" width=(f1(width)) height="12" fill=(fill) opacity=(opacity) {} }
    };
    let (added, name) = &scale.added;
    let end = scale.before + added;
    html! {
        svg.scale viewBox="0 0 412 58" role="img" aria-label=(scale.label) {
            (block(from, to, "var(--hover)", "1"))
            @for (start, stop, _, warns) in &scale.zones {
                (block(*start, *stop, if *warns { "var(--warn-soft)" } else { "var(--accent-soft)" }, "1"))
            }
            (block(from, scale.before, "var(--viz-6)", ".55"))
            (block(scale.before, end, "var(--viz-1)", "1"))
            g font-size="11" fill="var(--ink-3)" {
                @for (value, label) in &scale.ticks {
                    path d=(format!("M{:.1} 14v20", x(*value))) stroke="var(--control)" {}
                    text x=(f1(x(*value))) y="48" text-anchor="middle" { (label) }
                }
                @for (start, stop, label, _) in &scale.zones {
                    text x=(f1(f64::midpoint(x(start.max(end)), x(*stop)))) y="11" text-anchor="middle" { (label) }
                }
            }
            text x=(f1(f64::midpoint(x(scale.before), x(end)))) y="11" font-size="11" font-weight="600"
                text-anchor="middle" fill="var(--ink)" { (name) }
        }
    }
}

/// The same figures as a table, for the page behind the link of a chart.
#[must_use]
pub fn chart_table(lang: Lang, period: &str, value: &str, chart: &BarChart) -> Markup {
    html! {
        table.tbl {
            caption.sr { (chart.label) }
            thead { tr { th scope="col" { (period) } th.right scope="col" { (value) } } }
            tbody {
                @for bar in &chart.bars {
                    tr { td { (bar.label) } td.right.num { (decimal_trimmed(lang, bar.value + bar.extra, 2)) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_round_steps() {
        for (highest, step) in [(364.0, 100.0), (7.5, 2.0), (0.0, 0.5), (48.0, 20.0), (1.0, 0.5)] {
            assert!((axis_step(highest) - step).abs() < 1e-9, "{highest} {}", axis_step(highest));
        }
    }

    #[test]
    fn every_bar_has_its_sentence() {
        let bar = Bar { label: "47".into(), value: 186.0, title: "Semaine 47 <b>".into(), ..Bar::default() };
        let chart = BarChart { label: "x".into(), bars: vec![bar], legend: None };
        let html = bar_chart(Lang::Fr, &chart).into_string();
        assert!(html.contains("<title>Semaine 47 &lt;b&gt;</title>"), "{html}");
        assert!(!html.contains("style="));
    }
}
