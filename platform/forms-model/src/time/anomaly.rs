//! What does not add up, and what goes beyond a limit. Both are told to the person and the manager; neither changes a
//! minute.

use super::{Limit, MINUTE, Punch};
use jiff::civil::Date;
use kernel::Text;

/// Punches that make no interval. They count for nothing until somebody corrects them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Anomaly {
    /// An entry that another entry follows: the exit between them is missing.
    MissingOut(Punch),
    /// An exit without an entry before it.
    MissingIn(Punch),
    /// An entry and an exit too far apart to be one shift: two punches are probably missing between them.
    TooLong(Punch, Punch),
}

impl Anomaly {
    /// The punch to look at first.
    #[must_use]
    pub fn punch(&self) -> &Punch {
        match self {
            Self::MissingOut(punch) | Self::MissingIn(punch) | Self::TooLong(punch, _) => punch,
        }
    }

    /// The local day it shows on.
    #[must_use]
    pub fn date(&self) -> Date {
        let punch = self.punch();
        punch.at.to_jiff().to_zoned(punch.zone.clone()).date()
    }

    /// What is wrong and what to do, for the person.
    #[must_use]
    pub fn text(&self) -> Text {
        let (fr, en) = (clock(self.punch(), "\u{a0}h\u{a0}"), clock(self.punch(), ":"));
        match self {
            Self::MissingOut(_) => Text::new(
                format!("Il manque la sortie après l’entrée de {fr}. Indiquez-la."),
                format!("The exit after the entry at {en} is missing. Give it."),
            ),
            Self::MissingIn(_) => Text::new(
                format!("Il manque l’entrée avant la sortie de {fr}. Indiquez-la."),
                format!("The entry before the exit at {en} is missing. Give it."),
            ),
            Self::TooLong(start, end) => {
                let hours = (end.at.0 - start.at.0) / (60 * MINUTE);
                Text::new(
                    format!(
                        "{hours}\u{a0}heures séparent l’entrée de {fr} et la sortie suivante. Indiquez les pointages oubliés."
                    ),
                    format!(
                        "{hours} hours lie between the entry at {en} and the next exit. Give the forgotten punches."
                    ),
                )
            }
        }
    }
}

fn clock(punch: &Punch, mark: &str) -> String {
    let local = punch.at.to_jiff().to_zoned(punch.zone.clone());
    format!("{}{mark}{:02}", local.hour(), local.minute())
}

/// A limit that was passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Warning {
    /// More in a day than allowed.
    Day {
        /// The day.
        date: Date,
        /// Minutes worked.
        minutes: i64,
        /// The limit and who set it.
        limit: Limit,
    },
    /// More in an ISO week than allowed.
    Week {
        /// Its Monday.
        monday: Date,
        /// Minutes worked.
        minutes: i64,
        /// The limit and who set it.
        limit: Limit,
    },
}

impl Warning {
    /// What was passed, for the person.
    #[must_use]
    pub fn text(&self) -> Text {
        let (minutes, limit, fr, en) = match self {
            Self::Day { minutes, limit, .. } => (minutes, limit, "journée", "day"),
            Self::Week { minutes, limit, .. } => (minutes, limit, "semaine", "week"),
        };
        let (worked, most) = (hours(*minutes), hours(limit.minutes));
        let reference = &limit.basis.reference;
        Text::new(
            format!("{worked} dans la {fr}, au-delà du maximum de {most} ({reference})"),
            format!("{worked} in the {en}, beyond the most of {most} ({reference})"),
        )
    }
}

fn hours(minutes: i64) -> String {
    match minutes % 60 {
        0 => format!("{}\u{a0}h", minutes / 60),
        rest => format!("{}\u{a0}h\u{a0}{rest:02}", minutes / 60),
    }
}
