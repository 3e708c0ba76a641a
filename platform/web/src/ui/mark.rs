//! The three signs that carry meaning: the mark, the dome on a line (a database and its state), and the dot on a
//! line (a reader on a log). Shapes differ, so that the state is not said by colour alone; the word always follows.

use super::format;
use super::text::{NNBSP, say};
use kernel::{Lang, Timestamp};
use maud::{Markup, PreEscaped, html};

const MARK: &str = r#"<g fill="currentColor"><path d="M7.5 20a6.5 6.5 0 0 1 13 0z"/><path d="M22.5 20a3.75 3.75 0 0 1 7.5 0z"/><path d="M2 20a1.9 1.9 0 0 1 3.8 0z"/><rect x="2" y="22.4" width="28" height="2.4" rx="1.2"/><rect x="8" y="27" width="16" height="2" rx="1" opacity=".45"/></g>"#;

/// The product's mark: three domes on one line, for the databases and their log.
#[must_use]
pub fn mark() -> Markup {
    html! { svg.mark viewBox="0 0 32 32" role="img" aria-label="Archipel" { (PreEscaped(MARK)) } }
}

/// The state of a database as its dome shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dome {
    /// Open and taking writes: full.
    Active,
    /// Closed, opened on first use: outline.
    Cold,
    /// Being copied to another host or engine: half full.
    Moving,
    /// Its schema is changing: outline with a dot.
    Migrating,
    /// Reads only: full with a mast.
    ReadOnly,
    /// Writes stopped because something does not add up: full and crossed.
    Quarantined,
    /// Kept in the archive only: the line alone.
    Archived,
}

impl Dome {
    /// Every state, in the order of the design.
    pub const ALL: [Dome; 7] = [
        Dome::Active,
        Dome::Cold,
        Dome::Moving,
        Dome::Migrating,
        Dome::ReadOnly,
        Dome::Quarantined,
        Dome::Archived,
    ];

    /// The word that must follow the dome.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Active => say(lang, "Active", "Active"),
            Self::Cold => say(lang, "Froide", "Cold"),
            Self::Moving => say(lang, "En déplacement", "Moving"),
            Self::Migrating => say(lang, "En migration", "Migrating"),
            Self::ReadOnly => say(lang, "Lecture seule", "Read-only"),
            Self::Quarantined => say(lang, "En quarantaine", "Quarantined"),
            Self::Archived => say(lang, "Archivée", "Archived"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Active => "isl",
            Self::Cold | Self::Archived => "isl cold",
            Self::Moving | Self::Migrating => "isl info",
            Self::ReadOnly => "isl warn",
            Self::Quarantined => "isl bad",
        }
    }

    fn shapes(self) -> &'static str {
        match self {
            Self::Active => r#"<path d="M3 11a5 5 0 0 1 10 0z" fill="currentColor"/>"#,
            Self::Cold => {
                r#"<path d="M3.6 10.6a4.4 4.4 0 0 1 8.8 0z" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round"/>"#
            }
            Self::Moving => {
                r#"<path d="M3 11a5 5 0 0 1 5-5v5z" fill="currentColor"/><path d="M8 6.6a4.4 4.4 0 0 1 4.4 4" stroke="currentColor" stroke-width="1.3" stroke-dasharray="1.6 1.4"/>"#
            }
            Self::Migrating => {
                r#"<path d="M3.6 10.6a4.4 4.4 0 0 1 8.8 0z" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round"/><circle cx="8" cy="8.9" r="1.4" fill="currentColor"/>"#
            }
            Self::ReadOnly => {
                r#"<path d="M3 11a5 5 0 0 1 10 0z" fill="currentColor"/><path d="M8 2v2.4" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>"#
            }
            Self::Quarantined => {
                r#"<path d="M3 11a5 5 0 0 1 10 0z" fill="currentColor"/><path d="M4.2 1.8l7.6 7.6M11.8 1.8L4.2 9.4" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>"#
            }
            Self::Archived => "",
        }
    }
}

/// The dome of a database; the word or the name follows it.
#[must_use]
pub fn dome(state: Dome) -> Markup {
    html! {
        svg class=(state.class()) viewBox="0 0 16 16" fill="none" aria-hidden="true" {
            (PreEscaped(state.shapes()))
            path d="M1.5 13.25h13" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" {}
        }
    }
}

/// The dome with its word.
#[must_use]
pub fn dome_word(lang: Lang, state: Dome) -> Markup {
    html! { span.row.small { (dome(state)) (state.word(lang)) } }
}

/// How fresh the figures of a page are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// Everything up to this position is in the figures.
    UpToDate {
        /// The last position of the log that the figures contain.
        position: i64,
        /// When it was taken in.
        at: Timestamp,
        /// The present, so that the age can be said.
        now: Timestamp,
    },
    /// The reader stands this many events behind the log's end.
    Behind(i64),
    /// The source does not answer; the figures are those of a moment, written as the reader would say it.
    Away(String),
    /// A line of its own, for a page whose source is not one log.
    Live(String),
}

/// The freshness mark: a dot at the end of its line when up to date, behind the end when late.
#[must_use]
pub fn freshness(lang: Lang, fresh: &Freshness) -> Markup {
    let (late, at, text) = match fresh {
        Freshness::UpToDate { position, at, now } => (false, 21, up_to_date(lang, *position, *at, *now)),
        Freshness::Behind(events) => (true, 13, behind(lang, *events)),
        Freshness::Away(when) => (true, 4, away(lang, when)),
        Freshness::Live(text) => (false, 21, text.clone()),
    };
    html! {
        span.fresh.late[late] {
            svg viewBox="0 0 26 8" aria-hidden="true" {
                path d="M1 4h18" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" opacity=".4" {}
                circle cx=(at) cy="4" r="3" fill="currentColor" {}
            }
            (text)
        }
    }
}

fn up_to_date(lang: Lang, position: i64, at: Timestamp, now: Timestamp) -> String {
    let (position, age) = (format::integer(lang, position), format::age(lang, at, now));
    match lang {
        Lang::Fr => format!("À jour à la position {position}, {age}"),
        Lang::En => format!("Up to date at position {position}, {age}"),
    }
}

fn behind(lang: Lang, events: i64) -> String {
    let count = super::text::counted(lang, events, ["événement", "événements"], ["event", "events"]);
    match lang {
        Lang::Fr => format!("En retard de {count}"),
        Lang::En => format!("Behind by {count}"),
    }
}

fn away(lang: Lang, when: &str) -> String {
    match lang {
        Lang::Fr => format!("Source muette{NNBSP}; chiffres de {when}"),
        Lang::En => format!("Source away; figures of {when}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_says_position_and_age() {
        let now = Timestamp(10_000_000);
        let fresh = Freshness::UpToDate { position: 48_213, at: Timestamp(9_600_000), now };
        let fr = freshness(Lang::Fr, &fresh).into_string();
        assert!(fr.contains("À jour à la position 48\u{202f}213, il y a 0,4\u{202f}s"), "{fr}");
        let en = freshness(Lang::En, &Freshness::Behind(1240)).into_string();
        assert!(en.contains("class=\"fresh late\"") && en.contains("Behind by 1,240 events"), "{en}");
    }

    #[test]
    fn every_dome_differs_in_shape_not_only_in_colour() {
        let shapes: std::collections::BTreeSet<_> = Dome::ALL.iter().map(|d| d.shapes()).collect();
        assert_eq!(shapes.len(), Dome::ALL.len());
    }
}
