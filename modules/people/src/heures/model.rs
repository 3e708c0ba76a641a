//! Punches as rows, and the decisions on them: what is recorded, and what is refused. Pure: the present, the rows
//! around and the rules are handed in.

use forms_model::time::{PunchKind, TimeRules, rules_on};
use jiff::tz::TimeZone;
use kernel::{Error, Timestamp, Uuid};

/// Seconds by which a device's clock may run ahead of the server's.
pub(super) const SKEW_S: i64 = 120;
/// Days after which a person can no longer give a punch of their own: then somebody who may correct it does.
pub(super) const LATE_DAYS: i64 = 7;
/// Characters of a reason, at most.
pub(super) const REASON_LENGTH: usize = 500;
/// A shift no longer than this when no rules say, in minutes; as in `forms_model::time`.
const LONGEST_SHIFT: i64 = 16 * 60;
/// Microseconds in a minute.
pub(super) const MINUTE: i64 = 60 * Timestamp::SECOND;
/// Microseconds in a day of clocks that do not change.
pub(super) const DAY: i64 = 24 * 60 * MINUTE;

/// What a row does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// Somebody punched.
    Punch,
    /// It stands in the place of another row.
    Replace,
    /// It takes another row away.
    Void,
}

impl Effect {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Punch => "punch",
            Self::Replace => "replace",
            Self::Void => "void",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Punch, Self::Replace, Self::Void].into_iter().find(|effect| effect.word() == word)
    }
}

/// Where a punch came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// The page of the punch clock.
    Web,
    /// A program, or a terminal on the wall.
    Api,
    /// A file of punches made elsewhere.
    Import,
}

impl Source {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Import => "import",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Web, Self::Api, Self::Import].into_iter().find(|source| source.word() == word)
    }
}

/// A row of `hs_pointage`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PunchRow {
    pub(super) id: Uuid,
    pub(super) person: Uuid,
    pub(super) team: Option<Uuid>,
    /// The version of the person's stream that it made.
    pub(super) seq: u64,
    pub(super) effect: Effect,
    pub(super) kind: PunchKind,
    pub(super) at: Timestamp,
    pub(super) zone: String,
    pub(super) source: Source,
    /// What the device or the person said; none when the server's clock gave the time.
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) received_at: Timestamp,
    pub(super) corrects: Option<Uuid>,
    pub(super) reason: Option<String>,
    /// `person:UUID` or `system:NAME`.
    pub(super) recorded_by: String,
}

/// A punch that somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NewPunch {
    pub(super) person: Uuid,
    pub(super) team: Option<Uuid>,
    /// The opposite of the last one when it is not said.
    pub(super) kind: Option<PunchKind>,
    /// Now when it is not said.
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) reason: Option<String>,
    pub(super) source: Source,
    /// Somebody who may correct records it for the person.
    pub(super) for_other: bool,
}

/// What a correction does to a punch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// It never happened.
    Void,
    /// It was of another kind, or at another time.
    Replace {
        /// The right kind, when it was wrong.
        kind: Option<PunchKind>,
        /// The right time, when it was wrong.
        at: Option<Timestamp>,
    },
}

/// The punches in force just before (or at) an instant and after it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Neighbours {
    pub(super) before: Option<PunchRow>,
    pub(super) after: Option<PunchRow>,
}

impl Neighbours {
    /// Whether a punch stands less than a minute away: a button pressed twice, a message sent twice.
    fn are_close_to(&self, at: Timestamp) -> bool {
        self.before.iter().chain(&self.after).any(|punch| (punch.at.0 - at.0).abs() < MINUTE)
    }
}

/// Why something is not recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// Another punch of the person stands less than a minute away.
    PunchedTwice,
    /// The time has not come yet.
    InFuture,
    /// Too long ago for the person's own word.
    TooLate,
    /// A correction says why.
    ReasonMissing,
    /// The reason is longer than its column.
    ReasonTooLong,
    /// Nobody corrects their own punches.
    OwnPunch,
    /// The punch was corrected or taken away already.
    AlreadyCorrected,
    /// The correction leaves everything as it is.
    NothingChanges,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PunchedTwice => Self::refused(
                "punched_twice",
                "Un pointage existe déjà à moins d’une minute. Il est enregistré\u{202f}; rien d’autre n’est à faire.",
                "There is a punch less than a minute away already. It is recorded; there is nothing else to do.",
            ),
            Refusal::InFuture => Self::invalid(
                "punch_in_future",
                "L’heure indiquée n’est pas encore venue. Réglez l’horloge de l’appareil, ou corrigez l’heure.",
                "The time given has not come yet. Set the device’s clock, or correct the time.",
            )
            .field("at", "Indiquez une heure passée", "Give a time in the past"),
            Refusal::TooLate => Self::invalid(
                "punch_too_late",
                format!("Ce pointage remonte à plus de {LATE_DAYS}\u{a0}jours. Demandez à votre responsable de l’ajouter."),
                format!("This punch is more than {LATE_DAYS} days ago. Ask your manager to add it."),
            )
            .field("at", "Demandez à votre responsable", "Ask your manager"),
            Refusal::ReasonMissing => Self::invalid(
                "reason_missing",
                "Indiquez le motif de la correction\u{a0}: la personne le lira.",
                "Give the reason for the correction: the person will read it.",
            )
            .field("reason", "Indiquez le motif", "Give the reason"),
            Refusal::ReasonTooLong => Self::invalid(
                "reason_too_long",
                format!("Le motif dépasse {REASON_LENGTH} caractères. Raccourcissez-le."),
                format!("The reason is longer than {REASON_LENGTH} characters. Make it shorter."),
            )
            .field("reason", "Raccourcissez le motif", "Make the reason shorter"),
            Refusal::OwnPunch => Self::refused(
                "own_punch",
                "Personne ne corrige ses propres pointages. Demandez-le à votre responsable.",
                "Nobody corrects their own punches. Ask your manager.",
            ),
            Refusal::AlreadyCorrected => Self::refused(
                "punch_already_corrected",
                "Ce pointage a déjà été corrigé. Relisez la journée, puis corrigez le pointage en vigueur.",
                "This punch was corrected already. Read the day again, then correct the punch in force.",
            ),
            Refusal::NothingChanges => Self::invalid(
                "nothing_changes",
                "La correction ne change rien. Indiquez une autre heure ou un autre sens.",
                "The correction changes nothing. Give another time or kind.",
            ),
        }
    }
}

/// What the next punch is when nobody says: the opposite of the last one, but an entry after an entry so old that
/// its exit was forgotten.
pub(super) fn next_kind(last: Option<&PunchRow>, at: Timestamp, rules: &[TimeRules]) -> PunchKind {
    match last {
        Some(last) if last.kind == PunchKind::In && !is_forgotten(last, at, rules) => PunchKind::Out,
        _ => PunchKind::In,
    }
}

/// Whether an entry is too old to be a shift under way.
pub(super) fn is_forgotten(entry: &PunchRow, now: Timestamp, rules: &[TimeRules]) -> bool {
    let zone = TimeZone::get(&entry.zone).unwrap_or(TimeZone::UTC);
    let longest =
        rules_on(rules, entry.at.to_jiff().to_zoned(zone).date()).map_or(LONGEST_SHIFT, |r| r.longest_shift);
    now.0 - entry.at.0 > longest * MINUTE
}

/// Kind and instant of a new punch, or why there is none.
pub(super) fn decide_punch(
    new: &NewPunch,
    around: &Neighbours,
    now: Timestamp,
    rules: &[TimeRules],
) -> Result<(PunchKind, Timestamp), Refusal> {
    let at = settled(new.claimed_at.unwrap_or(now), now)?;
    if new.for_other {
        reason(new.reason.as_deref())?;
    } else if now.0 - at.0 > LATE_DAYS * DAY {
        return Err(Refusal::TooLate);
    } else if let Some(text) = &new.reason {
        short(text)?;
    }
    if around.are_close_to(at) {
        return Err(Refusal::PunchedTwice);
    }
    Ok((new.kind.unwrap_or_else(|| next_kind(around.before.as_ref(), at, rules)), at))
}

/// Effect, kind and instant of a correction, or why there is none. `around` stands at the new instant, without the
/// corrected punch.
pub(super) fn decide_correction(
    old: &PunchRow,
    change: &Change,
    why: &str,
    around: &Neighbours,
    now: Timestamp,
) -> Result<(Effect, PunchKind, Timestamp), Refusal> {
    reason(Some(why))?;
    match change {
        Change::Void => Ok((Effect::Void, old.kind, old.at)),
        Change::Replace { kind, at } => {
            let (kind, at) = (kind.unwrap_or(old.kind), settled(at.unwrap_or(old.at), now)?);
            if (kind, at) == (old.kind, old.at) {
                return Err(Refusal::NothingChanges);
            }
            if around.are_close_to(at) {
                return Err(Refusal::PunchedTwice);
            }
            Ok((Effect::Replace, kind, at))
        }
    }
}

/// A claimed time as it counts: a clock slightly ahead is set back to the present.
fn settled(at: Timestamp, now: Timestamp) -> Result<Timestamp, Refusal> {
    if at > now.plus_seconds(SKEW_S) { Err(Refusal::InFuture) } else { Ok(at.min(now)) }
}

fn reason(text: Option<&str>) -> Result<(), Refusal> {
    match text.map(str::trim) {
        None | Some("") => Err(Refusal::ReasonMissing),
        Some(text) => short(text),
    }
}

fn short(text: &str) -> Result<(), Refusal> {
    if text.chars().count() > REASON_LENGTH { Err(Refusal::ReasonTooLong) } else { Ok(()) }
}
