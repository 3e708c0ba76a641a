//! Chips (an icon and a word for a state), tags (a word), counts. Colour never stands alone.

use super::format::{Due, Urgency};
use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// The meaning that a colour carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tone {
    /// No judgement.
    #[default]
    Neutral,
    /// Concerns the reader.
    Accent,
    /// Under way, with someone else.
    Info,
    /// Done, received, conforming.
    Ok,
    /// Needs attention soon.
    Warn,
    /// Late, refused, broken.
    Bad,
}

impl Tone {
    /// The class that carries the colour; empty for no judgement.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "",
            Self::Accent => "accent",
            Self::Info => "info",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// An icon and a word.
#[must_use]
pub fn chip(tone: Tone, shown: Icon, text: &str) -> Markup {
    html! { span.chip.(tone.class()) { (icon(shown)) (text) } }
}

/// A word in a box: a version, a kind.
#[must_use]
pub fn tag(text: &str) -> Markup {
    html! { span.tag { (text) } }
}

/// A quantity beside a title.
#[must_use]
pub fn count(text: &str) -> Markup {
    html! { span.count { (text) } }
}

/// The states of a thing in a workflow, on a device or in an exchange, with the words that change from one thing to
/// the next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Not sent yet.
    Draft,
    /// The reader has to decide.
    AwaitsYou,
    /// Someone else has to act; the name.
    With(String),
    /// Came to its good end; the word agrees with the thing: `Validée`, `Reçu`.
    Done(String),
    /// Due today; the wording.
    DueSoon(String),
    /// The date has passed; the wording.
    Late(String),
    /// Refused or failed; the word agrees with the thing: `Refusée`.
    Refused(String),
    /// Compensated: `Libéré`, `Remboursé`.
    Undone(String),
    /// Kept on the device until the network is back.
    ToSend,
    /// Without network; since when.
    Offline(String),
    /// Two people gave two values.
    Conflict,
}

/// The chip of a state: always the same colour and icon for the same meaning.
#[must_use]
pub fn state_chip(lang: Lang, state: &State) -> Markup {
    let own = |text: &'static str| text.to_owned();
    let (tone, shown, text) = match state {
        State::Draft => (Tone::Neutral, Icon::CircleDashed, own(say(lang, "Brouillon", "Draft"))),
        State::AwaitsYou => {
            (Tone::Accent, Icon::Hourglass, own(say(lang, "Attend votre décision", "Awaits you")))
        }
        State::With(name) => {
            (Tone::Info, Icon::Hourglass, format!("{} {name}", say(lang, "En cours chez", "With")))
        }
        State::Done(word) => (Tone::Ok, Icon::CircleCheck, word.clone()),
        State::DueSoon(text) => (Tone::Warn, Icon::Timer, text.clone()),
        State::Late(text) => (Tone::Bad, Icon::ClockAlert, text.clone()),
        State::Refused(word) => (Tone::Bad, Icon::CircleX, word.clone()),
        State::Undone(word) => (Tone::Warn, Icon::Undo2, word.clone()),
        State::ToSend => (Tone::Warn, Icon::CloudUpload, own(say(lang, "À envoyer", "To send"))),
        State::Offline(since) => {
            (Tone::Warn, Icon::CloudOff, format!("{} {since}", say(lang, "Hors ligne depuis", "Offline for")))
        }
        State::Conflict => (Tone::Warn, Icon::GitBranch, own(say(lang, "Deux valeurs", "Two values"))),
    };
    chip(tone, shown, &text)
}

/// The chip of a due date: late, today, or later.
#[must_use]
pub fn due_chip(due: &Due) -> Markup {
    match due.urgency {
        Urgency::Late => chip(Tone::Bad, Icon::ClockAlert, &due.text),
        Urgency::Today => chip(Tone::Warn, Icon::Timer, &due.text),
        Urgency::Later => chip(Tone::Neutral, Icon::Calendar, &due.text),
    }
}

/// A due date in a column: a chip when it presses, else the plain day.
#[must_use]
pub fn due_cell(due: &Due) -> Markup {
    match due.urgency {
        Urgency::Later => html! { span.soft.nowrap { (due.text) } },
        _ => due_chip(due),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_an_icon_and_a_word() {
        let states = [
            State::Draft,
            State::AwaitsYou,
            State::With("Marc".into()),
            State::Done("Reçu".into()),
            State::DueSoon("x".into()),
            State::Late("x".into()),
            State::Refused("x".into()),
            State::Undone("x".into()),
            State::ToSend,
            State::Offline("2 min".into()),
            State::Conflict,
        ];
        for state in states {
            let html = state_chip(Lang::Fr, &state).into_string();
            assert!(html.contains("<svg") && !html.ends_with("</svg></span>"), "{html}");
        }
    }

    #[test]
    fn a_due_date_is_a_chip_only_when_it_presses() {
        let later = Due { text: "Lundi 23".into(), urgency: Urgency::Later };
        assert_eq!(due_cell(&later).into_string(), "<span class=\"soft nowrap\">Lundi 23</span>");
        let late = Due { text: "En retard de 2 jours".into(), urgency: Urgency::Late };
        assert!(due_cell(&late).into_string().starts_with("<span class=\"chip bad\">"));
    }
}
