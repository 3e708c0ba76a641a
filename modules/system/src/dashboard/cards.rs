//! Figures as cards, and the weeks of one as bars.

use super::figures::{Figure, POINTS, Point};
use super::model;
use super::queries::{Counts, is_stale};
use contracts::dashboard::Direction;
use flow::Lag;
use jiff::tz::TimeZone;
use kernel::{Lang, Timestamp};
use maud::{Markup, html};
use web::ui::{self, Bar, BarChart, Icon, Kpi, Tone, format, say};

/// Bars of a chart: as many weeks as one can compare at a glance.
const BARS: usize = 8;

/// Cards of one strip.
const STRIP: usize = 4;

/// What cards need to know of their reader and of the present.
pub(super) struct View<'a> {
    pub(super) lang: Lang,
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
    pub(super) lags: &'a [Lag],
}

/// A value in its unit: `7`, `186 h 30`, `184,90 €`, `1,4`.
pub(super) fn value(lang: Lang, figure: &Figure, amount: i64) -> String {
    match figure.unit.as_str() {
        "minutes" => format::duration(lang, amount),
        "cents" => format::money(lang, amount),
        "days" if figure.kind == "delay" =>
        {
            #[expect(clippy::cast_precision_loss, reason = "tenths of days, shown with one digit")]
            format::decimal_trimmed(lang, amount as f64 / 10.0, 1)
        }
        _ => format::integer(lang, amount),
    }
}

fn signed(lang: Lang, figure: &Figure, amount: i64) -> String {
    match figure.unit.as_str() {
        "minutes" => format::signed_duration(lang, amount),
        "cents" => format::signed_money(lang, amount),
        "days" if figure.kind == "delay" =>
        {
            #[expect(clippy::cast_precision_loss, reason = "tenths of days, shown with one digit")]
            format::signed_decimal(lang, amount as f64 / 10.0, 1)
        }
        _ => format::signed(lang, amount),
    }
}

/// The words after a value: its unit, and the target or the period.
fn unit(lang: Lang, figure: &Figure) -> String {
    let days = match figure.value {
        Some(amount) if figure.unit == "days" => {
            let whole = amount / if figure.kind == "delay" { 10 } else { 1 };
            ui::plural(lang, whole, ["jour", "jours"], ["day", "days"])
        }
        _ => "",
    };
    let target = figure
        .target
        .map(|target| format!("{} {}", say(lang, "cible", "target"), value(lang, figure, target)));
    let period = (figure.kind != "standing").then(|| figure.period.present(lang).to_owned());
    match (days, target.or(period)) {
        ("", None) => String::new(),
        ("", Some(rest)) => rest,
        (days, None) => days.to_owned(),
        (days, Some(rest)) => format!("{days}, {rest}"),
    }
}

/// How a figure moved since the period before.
fn moved(card: Kpi, lang: Lang, figure: &Figure) -> Kpi {
    let (Some(now), Some(before)) = (figure.value, figure.previous()) else { return card };
    let since =
        figure.points.iter().rev().nth(1).map(|p| figure.period.name(lang, p.day)).unwrap_or_default();
    let compared = match lang {
        Lang::Fr => {
            format!("par rapport à {}{since}", if figure.period == super::Period::Week { "la " } else { "" })
        }
        Lang::En => format!("compared with {since}"),
    };
    let change = now - before;
    if change == 0 {
        return card.delta(Tone::Neutral, Some(Icon::Minus), say(lang, "Stable", "Unchanged"), compared);
    }
    let tone = match (figure.direction, change > 0) {
        (Direction::Neutral, _) => Tone::Neutral,
        (Direction::Up, true) | (Direction::Down, false) => Tone::Ok,
        (Direction::Up, false) | (Direction::Down, true) => Tone::Bad,
    };
    let icon = if change > 0 { Icon::ArrowUp } else { Icon::ArrowDown };
    card.delta(tone, Some(icon), signed(lang, figure, change), compared)
}

/// The points as they are drawn: a period without a mean keeps the level of the one before.
fn drawn(points: &[Point]) -> Vec<f64> {
    let mut level = points.iter().find_map(|point| point.value).unwrap_or(0);
    let level_of = |point: &Point| {
        level = point.value.unwrap_or(level);
        level
    };
    #[expect(clippy::cast_precision_loss, reason = "a drawing of 200 by 36")]
    points.iter().map(level_of).map(|n| n as f64).collect()
}

/// The card of a figure.
fn card(view: &View<'_>, figure: &Figure) -> Kpi {
    let lang = view.lang;
    let shown = figure.value.map_or_else(|| "–".to_owned(), |amount| value(lang, figure, amount));
    #[expect(clippy::cast_precision_loss, reason = "a drawing of 200 by 36")]
    let target = figure.target.map(|n| n as f64);
    let card = Kpi::new(figure.label.get(lang), shown).unit(unit(lang, figure));
    // A line through one known point would claim that nothing had changed.
    let is_known = figure.points.iter().filter(|point| point.value.is_some()).count() > 1;
    let card = if is_known { card.spark(drawn(&figure.points), target) } else { card };
    let card = card
        .href(&figure.link)
        .id(format!("kpi-{}", figure.id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-")));
    match figure.computed_at {
        Some(at) if is_stale(view.lags, &figure.made_from, view.now) => {
            card.stale(format::when_long(lang, at, view.now, view.zone))
        }
        _ => moved(card, lang, figure),
    }
}

/// What awaits the reader's decision, as the first of their figures.
fn decisions(lang: Lang, counts: &Counts) -> Kpi {
    let card =
        Kpi::new(say(lang, "Décisions à prendre", "Decisions to take"), format::integer(lang, counts.all))
            .href("/inbox")
            .id("kpi-decisions");
    let late = format::integer(lang, counts.late);
    let card = match (counts.late, lang) {
        (0, _) => card,
        (_, Lang::Fr) => card.unit(format!("dont {late} en retard")),
        (_, Lang::En) => card.unit(format!("{late} of them late")),
    };
    let today = format::integer(lang, counts.today);
    match (counts.late, counts.today) {
        (0, 0) => card.delta(Tone::Ok, Some(Icon::Check), say(lang, "Rien ne presse", "Nothing presses"), ""),
        (0, _) => {
            card.delta(Tone::Warn, Some(Icon::Timer), today, say(lang, "pour aujourd’hui", "due today"))
        }
        _ => card.delta(Tone::Bad, Some(Icon::ClockAlert), late, say(lang, "en retard", "late")),
    }
}

/// The home page's strip: the decisions first, for those who take any, then the figures that move before those that
/// stand still. The rest is one link away: a wall of cards says nothing.
pub(super) fn strip(view: &View<'_>, figures: &[Figure], counts: Option<&Counts>) -> Markup {
    let first = counts.map(|counts| decisions(view.lang, counts));
    let room = STRIP - usize::from(first.is_some());
    // What awaits a decision is in the first card already.
    let told = |figure: &Figure| first.is_some() && figure.kind == "standing";
    let still = |figure: &Figure| figure.points.iter().all(|point| point.value.unwrap_or(0) == 0);
    let mut chosen: Vec<&Figure> = figures.iter().collect();
    chosen.sort_by_key(|figure| (told(figure), still(figure)));
    let cards = first.into_iter().chain(chosen.into_iter().take(room).map(|figure| card(view, figure)));
    let cards: Vec<Kpi> = cards.collect();
    html! { @if !cards.is_empty() { (ui::kpis(view.lang, say(view.lang, "Indicateurs", "Figures"), &cards)) } }
}

/// All figures of a module, in strips of two to four.
pub(super) fn strips(view: &View<'_>, label: &str, figures: &[&Figure]) -> Markup {
    let cards: Vec<Kpi> = figures.iter().map(|figure| card(view, figure)).collect();
    let rows = cards.len().div_ceil(STRIP).max(1);
    let each = cards.len().div_ceil(rows).max(1);
    html! { @for strip in cards.chunks(each) { (ui::kpis(view.lang, label, strip)) } }
}

/// A whole value as it is drawn: hours for minutes, euros for cents.
fn scale(figure: &Figure, amount: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing of 312 by 150")]
    let amount = amount as f64;
    match figure.unit.as_str() {
        "minutes" => amount / 60.0,
        "cents" => amount / 100.0,
        "days" if figure.kind == "delay" => amount / 10.0,
        _ => amount,
    }
}

/// The last periods of a figure as bars.
pub(super) fn chart(lang: Lang, figure: &Figure, count: usize) -> BarChart {
    let points = &figure.points[figure.points.len().saturating_sub(count.min(POINTS))..];
    let bar = |(at, point): (usize, &Point)| {
        let amount = point.value.unwrap_or(0);
        let name = ui::capital(&figure.period.name(lang, point.day));
        Bar {
            label: figure.period.short(lang, point.day),
            value: scale(figure, amount.max(0)),
            plan: figure.target.map(|target| scale(figure, target)),
            title: ui::labelled(lang, &name, &value(lang, figure, amount)),
            running: at + 1 == points.len(),
            ..Bar::default()
        }
    };
    let ends = [points.first(), points.last()]
        .map(|p| p.map_or_else(String::new, |p| figure.period.name(lang, p.day)));
    let label = match lang {
        Lang::Fr => format!("{}, de {} à {}", figure.label.fr, ends[0], ends[1]),
        Lang::En => format!("{}, {} to {}", figure.label.en, ends[0], ends[1]),
    };
    let plan = figure.target.map(|_| say(lang, "Cible", "Target").to_owned());
    let legend = plan.map(|plan| [figure.label.get(lang).to_owned(), String::new(), plan]);
    BarChart { label, bars: points.iter().enumerate().map(bar).collect(), legend }
}

/// The figure that is worth a chart: the first sum by week, minutes before all else.
pub(super) fn charted(figures: &[Figure]) -> Option<&Figure> {
    let sums = || figures.iter().filter(|f| f.kind == "sum" && f.period == super::Period::Week);
    sums().find(|f| f.unit == "minutes").or_else(|| sums().next())
}

/// The card of that chart, with the way to its table.
pub(super) fn chart_card(lang: Lang, figure: &Figure) -> Markup {
    let table = format!("/dashboard/figures/{}", model::segment(&figure.id));
    ui::chart_card(lang, figure.label.get(lang), &chart(lang, figure, BARS), &table)
}
