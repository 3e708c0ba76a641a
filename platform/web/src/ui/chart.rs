//! Charts, drawn by ourselves as SVG with attributes only. Every chart says its conclusion in its label, every mark
//! has a title, bars start at zero, and the table behind it is one link away.

use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// The colours of series, always in this order: 1 is the subject, 2 what exceeds or is late, 6 the context.
fn series_colour(series: u8) -> String {
    format!("var(--viz-{})", series.clamp(1, 6))
}

/// A share of a whole as a bar, from 0 to 1. The tone warns when the whole is nearly used.
#[must_use]
pub fn meter(label: &str, share: f64, tone: super::Tone) -> Markup {
    let width = if share.is_finite() { share.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    html! {
        svg.meter.(tone.class()) viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=(label) {
            rect width=(format!("{width:.1}")) height="6" {}
        }
    }
}

/// The last twelve periods, without axis; the target is dashed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sparkline {
    /// One value per period, oldest first; twelve by convention.
    pub points: Vec<f64>,
    /// The value aimed at.
    pub target: Option<f64>,
    /// The series' colour, 1 to 6.
    pub series: u8,
}

/// The line under a KPI's figure. It repeats what the words above say, so that screen readers skip it.
#[must_use]
pub fn sparkline(spark: &Sparkline) -> Markup {
    let values = spark.points.iter().copied().chain(spark.target).filter(|v| v.is_finite());
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let height = |v: f64| if high > low { 33.0 - (v - low) / (high - low) * 28.0 } else { 19.0 };
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let step = 200.0 / (spark.points.len().max(2) - 1) as f64;
    let mut x = -step;
    let line: Vec<String> = spark
        .points
        .iter()
        .map(|v| {
            x += step;
            format!("{x:.1} {:.1}", height(*v))
        })
        .collect();
    if line.len() < 2 {
        return html! {};
    }
    let path = format!("M{}", line.join(" L"));
    let colour = series_colour(spark.series);
    html! {
        svg.spark viewBox="0 0 200 36" preserveAspectRatio="none" aria-hidden="true" {
            path.a d=(format!("{path} L200 36 L0 36Z")) fill=(colour) {}
            @if let Some(target) = spark.target { path.t d=(format!("M0 {:.1}H200", height(target))) {} }
            path.l d=(path) stroke=(colour) {}
        }
    }
}

/// Twelve bars for twelve periods, for a row: when did it happen.
#[must_use]
pub fn histogram(label: &str, counts: &[u32], series: u8) -> Markup {
    let most = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
    html! {
        svg.hist viewBox="0 0 80 22" role="img" aria-label=(label) {
            @for (at, count) in counts.iter().enumerate().take(12) {
                @let height = (f64::from(*count) / most * 22.0).max(1.5);
                rect x=(format!("{:.1}", at as f64 * 6.67)) y=(format!("{:.1}", 22.0 - height)) width="5.2"
                    height=(format!("{height:.1}")) rx="1" fill=(series_colour(series))
                    opacity=(if *count == 0 { "0.35" } else { "1" }) {}
            }
        }
    }
}

/// A reader on a log: the dot stands at the end when live, behind it when late. The words follow it.
#[must_use]
pub fn reader(tone: super::Tone, share: f64, text: &str) -> Markup {
    let x = 5.0 + if share.is_finite() { share.clamp(0.0, 1.0) * 20.0 } else { 0.0 };
    html! {
        span.reader.(tone.class()) {
            svg viewBox="0 0 30 10" aria-hidden="true" {
                path d="M1 5h27" stroke="var(--line)" stroke-width="2" stroke-linecap="round" {}
                path d=(format!("M1 5H{x:.1}")) stroke="currentColor" stroke-width="2" stroke-linecap="round" {}
                circle cx=(format!("{x:.1}")) cy="5" r="3.5" fill="currentColor" {}
            }
            span { (text) }
        }
    }
}

/// A day on a line, in minutes since midnight: when somebody was present.
#[derive(Clone, PartialEq, Debug)]
pub struct DayLine {
    /// The conclusion: `Présent de 8 h 02 à 12 h 01 et depuis 13 h 31`.
    pub label: String,
    /// The line's first and last minute.
    pub from_to: (u16, u16),
    /// Presences; an open one ends now.
    pub spans: Vec<(u16, Option<u16>)>,
    /// The present minute, when it is this day.
    pub now: Option<u16>,
    /// The minutes to name below the line, with their names.
    pub ticks: Vec<(u16, String)>,
}

/// The drawing of a day.
#[must_use]
pub fn day_line(day: &DayLine) -> Markup {
    let (from, to) = day.from_to;
    let x = |minute: u16| {
        let share = f64::from(minute.clamp(from, to.max(from)) - from) / f64::from((to.max(from + 1)) - from);
        4.0 + share * 326.0
    };
    let last = day.ticks.len().saturating_sub(1);
    html! {
        svg.dayline viewBox="0 0 334 44" role="img" aria-label=(day.label) {
            path d="M4 14H330" stroke="var(--line)" stroke-width="8" stroke-linecap="round" {}
            @for (start, end) in &day.spans {
                path d=(format!("M{:.1} 14H{:.1}", x(*start), x(end.or(day.now).unwrap_or(to))))
                    stroke="var(--accent)" stroke-width="8" stroke-linecap="round" {}
            }
            @if let Some(now) = day.now {
                circle cx=(format!("{:.1}", x(now))) cy="14" r="8" fill="var(--accent)" stroke="var(--surface)" stroke-width="3" {}
            }
            @for (at, (minute, name)) in day.ticks.iter().enumerate() {
                text x=(format!("{:.1}", x(*minute))) y="40" font-size="11" fill="var(--ink-3)"
                    text-anchor=(if at == 0 { "start" } else if at == last { "end" } else { "middle" }) { (name) }
            }
        }
    }
}

/// The link to the figures behind a chart, for its card's header.
#[must_use]
pub fn table_link(lang: Lang, href: &str) -> Markup {
    html! { a.small href=(href) { (say(lang, "Tableau", "Table")) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Tone;

    #[test]
    fn a_meter_stays_within_its_bounds() {
        assert!(meter("x", 0.165, Tone::Neutral).into_string().contains("width=\"16.5\""));
        assert!(meter("x", 7.0, Tone::Bad).into_string().contains("width=\"100.0\""));
        assert!(meter("x", f64::NAN, Tone::Bad).into_string().contains("width=\"0.0\""));
    }

    #[test]
    fn a_sparkline_spans_its_width() {
        let spark = Sparkline { points: vec![1.0, 3.0, 2.0], target: None, series: 1 };
        let html = sparkline(&spark).into_string();
        assert!(html.contains("d=\"M0.0 33.0 L100.0 5.0 L200.0 19.0\""), "{html}");
        assert_eq!(sparkline(&Sparkline::default()).into_string(), "");
    }

    #[test]
    fn a_flat_line_is_drawn_in_the_middle() {
        let spark = Sparkline { points: vec![2.0, 2.0], target: None, series: 1 };
        assert!(sparkline(&spark).into_string().contains("M0.0 19.0 L200.0 19.0"));
    }

    #[test]
    fn a_day_is_clamped_to_its_line() {
        let day = DayLine {
            label: "<x>".into(),
            from_to: (480, 1050),
            spans: vec![(400, Some(721)), (811, None)],
            now: Some(847),
            ticks: vec![(480, "8 h".into())],
        };
        let html = day_line(&day).into_string();
        assert!(html.contains("M4.0 14H141.8") && html.contains("&lt;x&gt;"), "{html}");
    }
}
