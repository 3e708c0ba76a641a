//! The status timeline: what was done by whom, where it stands, and what comes after.

use super::icon::{Icon, icon};
use maud::{Markup, html};

/// How far a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepState {
    /// Done.
    Done,
    /// A remark of somebody, between the steps.
    Comment,
    /// Waits for somebody now.
    Now,
    /// Still to come.
    ToCome,
    /// Ended here with a no.
    Refused,
    /// Done and then undone.
    Undone,
    /// Passed on because nobody decided in time.
    Escalated,
}

impl StepState {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Done | Self::Comment => Some("done"),
            Self::Now => Some("now"),
            Self::ToCome => None,
            Self::Refused => Some("ko"),
            Self::Undone | Self::Escalated => Some("undo"),
        }
    }

    fn icon(self) -> Option<Icon> {
        match self {
            Self::Done => Some(Icon::Check),
            Self::Comment => Some(Icon::MessageSquare),
            Self::Now => Some(Icon::User),
            Self::ToCome => None,
            Self::Refused => Some(Icon::X),
            Self::Undone => Some(Icon::Undo2),
            Self::Escalated => Some(Icon::ArrowUp),
        }
    }
}

/// A step of a timeline.
#[derive(Clone, Debug)]
#[must_use]
pub struct Step {
    state: StepState,
    title: String,
    text: Markup,
    time: Option<(String, String)>,
    chip: Option<Markup>,
    icon: Option<Icon>,
}

impl Step {
    /// A step under its name.
    pub fn new(state: StepState, title: impl Into<String>) -> Self {
        Self { state, title: title.into(), text: html! {}, time: None, chip: None, icon: state.icon() }
    }

    /// Who, or what is to know about it.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        let text: String = text.into();
        self.text = html! { (text) };
        self
    }

    /// When: as it is read, and in RFC 3339 for programs.
    pub fn time(mut self, text: impl Into<String>, rfc3339: impl Into<String>) -> Self {
        self.time = Some((text.into(), rfc3339.into()));
        self
    }

    /// A chip below: its due date.
    pub fn chip(mut self, chip: Markup) -> Self {
        self.chip = Some(chip);
        self
    }

    /// Another icon in the dot.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    fn line(&self) -> Markup {
        html! {
            li class=[self.state.class()] aria-current=[(self.state == StepState::Now).then_some("step")] {
                span.dot { @if let Some(shown) = self.icon { (icon(shown)) } }
                b.soft[self.state == StepState::ToCome] { (self.title) }
                @if !self.text.0.is_empty() { p { (self.text) } }
                @if let Some((text, rfc3339)) = &self.time { time datetime=(rfc3339) { (text) } }
                @if let Some(chip) = &self.chip { div.under { (chip) } }
            }
        }
    }
}

/// The steps, oldest first.
#[must_use]
pub fn timeline(steps: &[Step]) -> Markup {
    html! { ol.tl { @for step in steps { (step.line()) } } }
}

/// How far something long has come: databases that migrate, rows that move.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// The thing.
    pub title: String,
    /// Where it stands, in words.
    pub note: String,
    /// From 0 to 1; none when it cannot be known.
    pub share: Option<f64>,
    /// How far the step is.
    pub state: StepState,
}

/// A list of things under way.
#[must_use]
pub fn progress_list(items: &[Progress]) -> Markup {
    html! {
        ul.progress {
            @for item in items {
                li class=[item.state.class()] {
                    span.dot { @if let Some(shown) = item.state.icon().filter(|_| item.state != StepState::Now) { (icon(shown)) } }
                    span.grow { b { (item.title) } span.line.small.muted { (item.note) } }
                    @if let Some(share) = item.share { (super::meter(&item.note, share, super::Tone::Neutral)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_step_says_so() {
        let steps = [
            Step::new(StepState::Done, "Déposée")
                .text("Léa <Morvan>")
                .time("mar. 10 nov.", "2026-11-10T07:14:00Z"),
            Step::new(StepState::Now, "Votre décision"),
            Step::new(StepState::ToCome, "Validée"),
        ];
        let html = timeline(&steps).into_string();
        assert!(html.contains("<li class=\"now\" aria-current=\"step\">"), "{html}");
        assert!(
            html.contains("datetime=\"2026-11-10T07:14:00Z\"") && html.contains("Léa &lt;Morvan&gt;"),
            "{html}"
        );
    }
}
