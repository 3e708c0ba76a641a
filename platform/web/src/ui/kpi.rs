//! KPI cards: a figure with its unit or target, how it moved, and the last twelve periods. The whole card leads to
//! the same number.

use super::chart::{Sparkline, meter, sparkline};
use super::chip::Tone;
use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// How much the figure can be trusted right now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum Trust {
    #[default]
    Normal,
    Stale(String),
    Away {
        source: String,
        retry: String,
    },
    Hidden(u32),
}

/// One figure of a page.
#[derive(Clone, PartialEq, Debug, Default)]
#[must_use]
pub struct Kpi {
    label: String,
    value: String,
    unit: String,
    dome: Option<super::Dome>,
    delta: Option<(Tone, Option<Icon>, String, String)>,
    spark: Option<Sparkline>,
    meter: Option<(String, f64, Tone)>,
    href: Option<String>,
    id: Option<String>,
    trust: Trust,
}

impl Kpi {
    /// A figure under its name, already formatted.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), ..Self::default() }
    }

    /// What the figure counts or is measured against: `sur 350 h`.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// How it moved or stands, in words: the strong part, then the rest. The tone judges, the icon points.
    pub fn delta(
        mut self,
        tone: Tone,
        icon: Option<Icon>,
        strong: impl Into<String>,
        rest: impl Into<String>,
    ) -> Self {
        self.delta = Some((tone, icon, strong.into(), rest.into()));
        self
    }

    /// The last twelve periods, with the target if there is one.
    pub fn spark(mut self, points: Vec<f64>, target: Option<f64>) -> Self {
        self.spark = Some(Sparkline { points, target, series: 1 });
        self
    }

    /// Draws the sparkline in another series' colour: 2 for what exceeds or is late.
    pub fn series(mut self, series: u8) -> Self {
        if let Some(spark) = &mut self.spark {
            spark.series = series;
        }
        self
    }

    /// A share of a whole instead of a sparkline, with its label.
    pub fn meter(mut self, label: impl Into<String>, share: f64, tone: Tone) -> Self {
        self.meter = Some((label.into(), share, tone));
        self
    }

    /// Where the same number is shown in detail.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// A name by which live updates find the card.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A dome before the label, for figures about databases.
    pub fn dome(mut self, dome: super::Dome) -> Self {
        self.dome = Some(dome);
        self
    }

    /// The figure is old: still shown, with the time it was true.
    pub fn stale(mut self, when: impl Into<String>) -> Self {
        self.trust = Trust::Stale(when.into());
        self
    }

    /// The source does not answer; a link tries again.
    pub fn away(mut self, source: impl Into<String>, retry: impl Into<String>) -> Self {
        self.trust = Trust::Away { source: source.into(), retry: retry.into() };
        self
    }

    /// The group is so small that the figure would show a person: hidden under this many people.
    pub fn hidden(mut self, fewer_than: u32) -> Self {
        self.trust = Trust::Hidden(fewer_than);
        self
    }

    fn card(&self, lang: Lang) -> Markup {
        match (&self.trust, &self.href) {
            (Trust::Normal | Trust::Stale(_), Some(href)) => {
                html! { a.kpi id=[self.id.as_ref()] href=(href) { (self.inside(lang)) } }
            }
            _ => html! { div.kpi id=[self.id.as_ref()] { (self.inside(lang)) } },
        }
    }

    fn inside(&self, lang: Lang) -> Markup {
        let label = html! { span.l { @if let Some(dome) = self.dome { (super::dome(dome)) } (self.label) } };
        match &self.trust {
            Trust::Normal => html! { (label) (self.figure(false)) (self.movement()) (self.drawing(1)) },
            Trust::Stale(when) => html! {
                (label) (self.figure(true))
                (line(Tone::Warn, Some(Icon::ClockAlert), &stale_words(lang, when), ""))
                (self.drawing(6))
            },
            Trust::Away { source, retry } => html! {
                (label) span.v.old { "–" }
                (line(Tone::Bad, Some(Icon::CircleX), source, say(lang, "ne répond pas", "does not answer")))
                span.foot {
                    (super::Button::link(say(lang, "Réessayer", "Try again"), retry).small().icon(Icon::RefreshCw))
                }
            },
            Trust::Hidden(fewer) => html! {
                (label) span.v.old { "–" }
                (line(
                    Tone::Neutral,
                    Some(Icon::Users),
                    say(lang, "Groupe trop petit", "Group too small"),
                    &hidden_words(lang, *fewer),
                ))
            },
        }
    }

    fn figure(&self, old: bool) -> Markup {
        html! {
            span.v.old[old] { span data-figure { (self.value) } @if !self.unit.is_empty() { " " small { (self.unit) } } }
        }
    }

    fn movement(&self) -> Markup {
        html! { @if let Some((tone, icon, strong, rest)) = &self.delta { (line(*tone, *icon, strong, rest)) } }
    }

    fn drawing(&self, series: u8) -> Markup {
        html! {
            @if let Some((label, share, tone)) = &self.meter { (meter(label, *share, *tone)) }
            @if let Some(spark) = &self.spark {
                (sparkline(&Sparkline { series: if series == 6 { 6 } else { spark.series }, ..spark.clone() }))
            }
        }
    }
}

fn line(tone: Tone, shown: Option<Icon>, strong: &str, rest: &str) -> Markup {
    html! {
        span.d.(tone.class()) {
            @if let Some(shown) = shown { (icon(shown)) }
            span { @if !strong.is_empty() { b { (strong) } } @if !rest.is_empty() { " " (rest) } }
        }
    }
}

fn stale_words(lang: Lang, when: &str) -> String {
    match lang {
        Lang::Fr => format!("Chiffre de {when}"),
        Lang::En => format!("Figure of {when}"),
    }
}

fn hidden_words(lang: Lang, fewer: u32) -> String {
    match lang {
        Lang::Fr => format!("moins de {fewer} personnes"),
        Lang::En => format!("fewer than {fewer} people"),
    }
}

/// A strip of two to four figures.
#[must_use]
pub fn kpis(lang: Lang, label: &str, list: &[Kpi]) -> Markup {
    html! { section.kpis aria-label=(label) { @for kpi in list { (kpi.card(lang)) } } }
}

/// The strip's shape before its figures are there.
#[must_use]
pub fn kpis_loading(lang: Lang, label: &str, cards: usize) -> Markup {
    html! {
        section.kpis aria-label=(label) aria-busy="true" {
            @for at in 0..cards {
                div.kpi {
                    @if at == 0 { span.sr { (say(lang, "Chargement", "Loading")) } }
                    span.sk.w50 {} span.sk.fig {} span.sk.w70 {} span.sk.graph {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kpi: Kpi) -> String {
        kpis(Lang::Fr, "Indicateurs", &[kpi]).into_string()
    }

    #[test]
    fn the_whole_card_leads_to_the_number() {
        let kpi = Kpi::new("Décisions à prendre", "7").unit("dont 2 en retard").href("/inbox");
        let html =
            one(kpi.delta(Tone::Bad, Some(Icon::ArrowUp), "+\u{202f}2", "par rapport à la semaine 46"));
        assert!(html.contains("<a class=\"kpi\" href=\"/inbox\">"), "{html}");
        assert!(html.contains("<span data-figure>7</span> <small>dont 2 en retard</small>"), "{html}");
    }

    #[test]
    fn a_stale_figure_stays_and_says_its_time() {
        let html = one(Kpi::new("Commandes", "64").stale("13\u{202f}h\u{202f}41"));
        assert!(html.contains("64") && html.contains("Chiffre de 13\u{202f}h\u{202f}41"), "{html}");
    }

    #[test]
    fn a_hidden_figure_is_not_in_the_page() {
        let html = one(Kpi::new("Absences", "17391").spark(vec![1.0, 2.0], None).href("/x").hidden(5));
        assert!(
            !html.contains("17391") && !html.contains("class=\"spark\"") && !html.contains("href"),
            "{html}"
        );
        assert!(html.contains("moins de 5 personnes"));
    }
}
