//! Punches: written once, never changed. A correction is a new set of punches with its own history, not a rewrite.

use jiff::tz::TimeZone;
use kernel::Timestamp;
use uuid::Uuid;

/// One punch at the clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Punch {
    /// Its id: the same punch sent twice has the same.
    pub id: Uuid,
    /// In or out.
    pub kind: PunchKind,
    /// When, in microseconds UTC.
    pub at: Timestamp,
    /// Where: the zone whose midnight cuts the day.
    pub zone: TimeZone,
}

/// In or out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PunchKind {
    /// Work begins.
    In,
    /// Work ends.
    Out,
}

impl PunchKind {
    /// The word in tables and addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// Reads `in` or `out`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "in" => Some(Self::In),
            "out" => Some(Self::Out),
            _ => None,
        }
    }
}

/// The zone's name is not in the IANA database.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a time zone")]
pub struct BadZone(pub String);

impl Punch {
    /// A punch in a zone of the IANA database.
    ///
    /// # Errors
    /// [`BadZone`] when the name is not in it.
    pub fn new(id: Uuid, kind: PunchKind, at: Timestamp, zone: &str) -> Result<Self, BadZone> {
        let zone = TimeZone::get(zone).map_err(|_| BadZone(zone.to_owned()))?;
        Ok(Self { id, kind, at, zone })
    }
}
