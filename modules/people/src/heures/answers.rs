//! What the API reads and answers.

use super::balance::{DeltaRow, anomaly_code};
use super::model::PunchRow;
use super::week::{Week, week_code};
use forms_model::time::{Limit, PunchKind, Warning};
use kernel::{Lang, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In or out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Work begins.
    In,
    /// Work ends.
    Out,
}

impl From<Kind> for PunchKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::In => Self::In,
            Kind::Out => Self::Out,
        }
    }
}

impl From<PunchKind> for Kind {
    fn from(kind: PunchKind) -> Self {
        match kind {
            PunchKind::In => Self::In,
            PunchKind::Out => Self::Out,
        }
    }
}

/// A new punch. An empty object punches now, the opposite of the last one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PunchRequest {
    /// In or out; the opposite of the last punch when missing.
    pub(super) kind: Option<Kind>,
    /// When, if not now: what a device without network, or the person, says.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) at: Option<Timestamp>,
    /// Whose, if not the caller's own; needs the right to correct, and a reason.
    pub(super) person: Option<Uuid>,
    /// Why it is given afterwards.
    pub(super) reason: Option<String>,
}

/// A correction: either `void`, or what was wrong.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectionRequest {
    /// The punch never happened.
    #[serde(default)]
    pub(super) void: bool,
    /// The right kind.
    pub(super) kind: Option<Kind>,
    /// The right time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) at: Option<Timestamp>,
    /// Why; the person reads it.
    pub(super) reason: String,
}

/// Punches made elsewhere: on a terminal, in another program.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportRequest {
    /// At most 1000.
    pub(super) punches: Vec<ImportedPunch>,
}

/// A punch made elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportedPunch {
    /// Whose.
    pub(super) person: Uuid,
    /// In or out.
    pub(super) kind: Kind,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(super) at: Timestamp,
}

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct ImportAnswer {
    /// Punches that are new.
    pub(super) recorded: usize,
    /// Punches left out: the person has one in that minute.
    pub(super) skipped: usize,
}

/// Planned minutes per weekday.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanRequest {
    /// The first day that it holds: `2026-11-16`.
    #[schema(value_type = String, format = Date)]
    pub(super) valid_from: jiff::civil::Date,
    /// Seven numbers of minutes, Monday first.
    pub(super) minutes: [i64; 7],
}

/// A punch, or a correction of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct PunchView {
    pub(super) id: Uuid,
    pub(super) person: Uuid,
    pub(super) team: Option<Uuid>,
    pub(super) kind: Kind,
    #[schema(value_type = String, format = DateTime)]
    pub(super) at: Timestamp,
    /// The IANA zone whose midnight ends the day.
    pub(super) zone: String,
    /// `web`, `api` or `import`.
    pub(super) source: String,
    /// What the device or the person said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) claimed_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub(super) received_at: Timestamp,
    /// `punch`; `replace` and `void` correct another row.
    pub(super) effect: String,
    /// The row that this one corrects.
    pub(super) corrects: Option<Uuid>,
    /// The row that corrects this one; it no longer counts then.
    pub(super) corrected_by: Option<Uuid>,
    pub(super) reason: Option<String>,
    /// `person:UUID` or `system:NAME`.
    pub(super) recorded_by: String,
}

impl PunchView {
    pub(super) fn new(row: &PunchRow, corrected_by: Option<Uuid>) -> Self {
        Self {
            id: row.id,
            person: row.person,
            team: row.team,
            kind: row.kind.into(),
            at: row.at,
            zone: row.zone.clone(),
            source: row.source.word().to_owned(),
            claimed_at: row.claimed_at,
            received_at: row.received_at,
            effect: row.effect.word().to_owned(),
            corrects: row.corrects,
            corrected_by,
            reason: row.reason.clone(),
            recorded_by: row.recorded_by.clone(),
        }
    }
}

/// What one day amounts to, in minutes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct DeltaView {
    pub(super) person: Uuid,
    /// The local day.
    pub(super) day: String,
    pub(super) worked_minutes: i64,
    pub(super) planned_minutes: i64,
    pub(super) delta_minutes: i64,
    /// `missing_in`, `missing_out` or `too_long`.
    pub(super) anomaly: Option<String>,
    /// The punch to look at.
    pub(super) anomaly_punch: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    pub(super) computed_at: Timestamp,
}

impl DeltaView {
    pub(super) fn new(row: &DeltaRow, computed_at: Timestamp) -> Self {
        Self {
            person: row.person,
            day: row.day.to_string(),
            worked_minutes: row.worked_minutes,
            planned_minutes: row.planned_minutes,
            delta_minutes: row.delta_minutes,
            anomaly: row.anomaly.clone(),
            anomaly_punch: row.anomaly_punch,
            computed_at,
        }
    }
}

/// A week, computed from the punches at the moment of asking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct WeekView {
    /// `2026-W47`.
    pub(super) week: String,
    pub(super) person: Uuid,
    pub(super) days: Vec<WeekDay>,
    pub(super) worked_minutes: i64,
    pub(super) planned_minutes: i64,
    pub(super) delta_minutes: i64,
    /// Minutes that bring a premium, lowest band first.
    pub(super) bands: Vec<WeekBand>,
    pub(super) anomalies: Vec<WeekAnomaly>,
    pub(super) warnings: Vec<WeekWarning>,
    /// The entry that no exit follows yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) open_since: Option<Timestamp>,
}

/// A day of a week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct WeekDay {
    pub(super) day: String,
    pub(super) worked_minutes: i64,
    pub(super) planned_minutes: i64,
    pub(super) delta_minutes: i64,
    /// Taken off because no break was punched.
    pub(super) break_minutes: i64,
    /// From and to, in order.
    #[schema(value_type = Vec<Vec<String>>)]
    pub(super) intervals: Vec<[Timestamp; 2]>,
}

/// Minutes within one band.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct WeekBand {
    pub(super) rate_percent: i64,
    pub(super) minutes: i64,
    /// The rest that they are worth when they are not paid.
    pub(super) rest_minutes: i64,
    /// The article.
    pub(super) reference: String,
}

/// Something that does not add up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct WeekAnomaly {
    pub(super) day: String,
    /// `missing_in`, `missing_out` or `too_long`.
    pub(super) code: String,
    /// The punch to look at.
    pub(super) punch: Uuid,
    /// What to do, in the caller's language.
    pub(super) text: String,
}

/// A limit that was passed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct WeekWarning {
    /// The day, or the week's Monday.
    pub(super) day: String,
    pub(super) minutes: i64,
    pub(super) limit_minutes: i64,
    /// The article.
    pub(super) reference: String,
    /// In the caller's language.
    pub(super) text: String,
}

impl WeekView {
    pub(super) fn new(person: Uuid, week: &Week, lang: Lang) -> Self {
        let total = week.sheet.weeks.first();
        let days = week.sheet.days.iter().map(|day| WeekDay {
            day: day.date.to_string(),
            worked_minutes: day.worked_minutes,
            planned_minutes: day.planned_minutes,
            delta_minutes: day.delta_minutes,
            break_minutes: day.break_minutes,
            intervals: day.intervals.iter().map(|interval| [interval.start, interval.end]).collect(),
        });
        let bands = total.into_iter().flat_map(|total| &total.bands).map(|band| WeekBand {
            rate_percent: band.rate_percent,
            minutes: band.minutes,
            rest_minutes: band.rest_minutes,
            reference: band.basis.reference.clone(),
        });
        let anomalies = week.sheet.anomalies.iter().map(|anomaly| WeekAnomaly {
            day: anomaly.date().to_string(),
            code: anomaly_code(anomaly).to_owned(),
            punch: anomaly.punch().id,
            text: anomaly.text().get(lang).to_owned(),
        });
        Self {
            week: week_code(week.monday),
            person,
            days: days.collect(),
            worked_minutes: total.map_or(0, |total| total.worked_minutes),
            planned_minutes: total.map_or(0, |total| total.planned_minutes),
            delta_minutes: total.map_or(0, |total| total.delta_minutes),
            bands: bands.collect(),
            anomalies: anomalies.collect(),
            warnings: week.sheet.warnings.iter().map(|warning| warning_view(warning, lang)).collect(),
            open_since: week.open().map(|punch| punch.at),
        }
    }
}

fn warning_view(warning: &Warning, lang: Lang) -> WeekWarning {
    let (day, minutes, limit): (_, _, &Limit) = match warning {
        Warning::Day { date, minutes, limit } => (date, minutes, limit),
        Warning::Week { monday, minutes, limit } => (monday, minutes, limit),
    };
    WeekWarning {
        day: day.to_string(),
        minutes: *minutes,
        limit_minutes: limit.minutes,
        reference: limit.basis.reference.clone(),
        text: warning.text().get(lang).to_owned(),
    }
}
