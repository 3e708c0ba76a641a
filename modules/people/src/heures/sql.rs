//! Every statement on punches, plans and balances, and what their rows mean.

use super::balance::{DeltaRow, PlanRow};
use super::model::{Effect, PunchRow, Source};
use db::{DbError, DbResult, Row, Table, Value};
use forms::OwnTables;
use forms_model::time::PunchKind;
use jiff::civil::Date;
use kernel::{Timestamp, Uuid};

/// Columns of a punch, in the order of [`punch`].
const PUNCH: &str = "p.id, p.person_id, p.team_id, p.seq, p.effect, p.kind, p.at, p.zone, p.source, p.claimed_at, p.received_at, p.corrects, p.reason, p.recorded_by";
/// A punch counts as long as no other row corrects it and it takes none away.
const IN_FORCE: &str =
    "p.effect <> 'void' AND NOT EXISTS (SELECT 1 FROM hs_pointage c WHERE c.corrects = p.id)";
/// Columns of a balance, in the order of [`delta`].
const DELTA: &str = "d.person_id, d.day, d.team_id, d.worked_minutes, d.planned_minutes, d.delta_minutes, d.anomaly, d.anomaly_punch, d.computed_at";

fn reach(table: &str) -> String {
    web::predicate(&format!("{table}.person_id"), &format!("{table}.team_id"), 1)
}

db::statements! {
    /// The version that a person's stream has by its rows.
    HS_VERSION = read("SELECT coalesce((SELECT max(p.seq) FROM hs_pointage p WHERE p.person_id = ?1), 0), coalesce((SELECT max(n.seq) FROM hs_plan n WHERE n.person_id = ?1), 0)");
    /// The last punch in force at or before an instant, one left out.
    HS_BEFORE = read(format!("SELECT {PUNCH} FROM hs_pointage p WHERE p.person_id = ?1 AND p.at <= ?2 AND p.id <> ?3 AND {IN_FORCE} ORDER BY p.at DESC, p.id DESC LIMIT 1"));
    /// The first punch in force after an instant, one left out.
    HS_AFTER = read(format!("SELECT {PUNCH} FROM hs_pointage p WHERE p.person_id = ?1 AND p.at > ?2 AND p.id <> ?3 AND {IN_FORCE} ORDER BY p.at, p.id LIMIT 1"));
    /// The punches in force between two instants, the second not counted.
    HS_BETWEEN = read(format!("SELECT {PUNCH} FROM hs_pointage p WHERE p.person_id = ?1 AND p.at >= ?2 AND p.at < ?3 AND {IN_FORCE} ORDER BY p.at, p.id"));
    /// The punches in force of everybody in reach between two instants. Parameters: the reach; from, to.
    HS_BETWEEN_ALL = read(format!("SELECT {PUNCH} FROM hs_pointage p WHERE {} AND p.at >= ?4 AND p.at < ?5 AND {IN_FORCE} ORDER BY p.person_id, p.at, p.id", reach("p")));
    /// One punch and the row that corrects it.
    HS_PUNCH = read(format!("SELECT {PUNCH}, (SELECT c.id FROM hs_pointage c WHERE c.corrects = p.id) FROM hs_pointage p WHERE p.id = ?1"));
    /// A page of punches, newest first, corrected ones too. Parameters: the reach; everybody, person; from, to; the
    /// place to begin after; rows.
    HS_PUNCHES = read(format!("SELECT {PUNCH}, (SELECT c.id FROM hs_pointage c WHERE c.corrects = p.id) FROM hs_pointage p WHERE {} AND (?4 = 1 OR p.person_id = ?5) AND p.at >= ?6 AND p.at < ?7 AND (p.at < ?8 OR (p.at = ?8 AND p.id < ?9)) ORDER BY p.at DESC, p.id DESC LIMIT ?10", reach("p")));
    /// How many punches are in reach between two instants.
    HS_COUNT = read(format!("SELECT count(p.id) FROM hs_pointage p WHERE {} AND p.at >= ?4 AND p.at < ?5 AND {IN_FORCE}", reach("p")));
    /// The last punch in force of everybody in reach, when it is an entry older than an instant and not older than
    /// another: an exit that was forgotten and that nothing followed.
    HS_FORGOTTEN = read(format!("SELECT {PUNCH} FROM hs_pointage p WHERE {} AND p.kind = 'in' AND p.at >= ?4 AND p.at < ?5 AND {IN_FORCE} AND NOT EXISTS (SELECT 1 FROM hs_pointage n WHERE n.person_id = p.person_id AND n.at > p.at AND n.effect <> 'void' AND NOT EXISTS (SELECT 1 FROM hs_pointage x WHERE x.corrects = n.id)) ORDER BY p.at DESC, p.id DESC LIMIT ?6", reach("p")));
    /// Writes a punch or a correction.
    HS_ADD_PUNCH = write("INSERT INTO hs_pointage (id, person_id, team_id, seq, effect, kind, at, zone, source, claimed_at, received_at, corrects, reason, recorded_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)").row("hs_pointage", &[1]);

    /// The plans of a person.
    HS_PLANS = read("SELECT valid_from, minutes FROM hs_plan WHERE person_id = ?1 ORDER BY valid_from");
    /// Everybody's plans.
    HS_PLANS_ALL = read("SELECT valid_from, minutes, person_id FROM hs_plan ORDER BY person_id, valid_from");
    /// Writes a plan; one from the same day replaces it.
    HS_PUT_PLAN = write("INSERT INTO hs_plan (person_id, valid_from, minutes, seq) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (person_id, valid_from) DO UPDATE SET minutes = ?3, seq = ?4").row("hs_plan", &[1, 2]);

    /// Forgets the balances of a person's days, both counted.
    HS_DROP_DELTAS = write("DELETE FROM hs_delta WHERE person_id = ?1 AND day >= ?2 AND day <= ?3");
    /// Writes a balance.
    HS_ADD_DELTA = write("INSERT INTO hs_delta (person_id, day, team_id, worked_minutes, planned_minutes, delta_minutes, anomaly, anomaly_punch, computed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    /// A page of balances, newest first. Parameters: the reach; everybody, person; from, to (both counted); any day,
    /// only those with something wrong; the place to begin after; rows.
    HS_DELTAS = read(format!("SELECT {DELTA} FROM hs_delta d WHERE {} AND (?4 = 1 OR d.person_id = ?5) AND d.day >= ?6 AND d.day <= ?7 AND (?8 = 1 OR d.anomaly IS NOT NULL) AND (d.day < ?9 OR (d.day = ?9 AND d.person_id > ?10)) ORDER BY d.day DESC, d.person_id LIMIT ?11", reach("d")));
    /// Minutes worked and planned by everybody in reach, per day. Parameters: the reach; from, to (both counted).
    HS_SUMS = read(format!("SELECT d.day, CAST(sum(d.worked_minutes) AS BIGINT), CAST(sum(d.planned_minutes) AS BIGINT) FROM hs_delta d WHERE {} AND d.day >= ?4 AND d.day <= ?5 GROUP BY d.day ORDER BY d.day", reach("d")));
}

/// What the punch clock adds to the tables of the forms.
pub(super) fn own_tables() -> OwnTables {
    let step = ("punches, plans and balances".to_owned(), include_str!("migrations/punches.sql").to_owned());
    OwnTables {
        tables: vec![Table::state("hs_pointage"), Table::state("hs_plan"), Table::derived("hs_delta")],
        steps: vec![step],
        statements: all(),
    }
}

fn unfit(what: &str) -> DbError {
    DbError::Unfit(format!("{what}: written by a newer program"))
}

/// A punch from the columns of [`PUNCH`].
pub(super) fn punch(row: &Row) -> DbResult<PunchRow> {
    Ok(PunchRow {
        id: row.uuid(0)?,
        person: row.uuid(1)?,
        team: row.opt_uuid(2)?,
        seq: row.count(3)?,
        effect: Effect::parse(&row.text(4)?).ok_or_else(|| unfit("effect of a punch"))?,
        kind: PunchKind::parse(&row.text(5)?).ok_or_else(|| unfit("kind of a punch"))?,
        at: row.instant(6)?,
        zone: row.text(7)?,
        source: Source::parse(&row.text(8)?).ok_or_else(|| unfit("source of a punch"))?,
        claimed_at: row.opt_instant(9)?,
        received_at: row.instant(10)?,
        corrects: row.opt_uuid(11)?,
        reason: row.opt_text(12)?,
        recorded_by: row.text(13)?,
    })
}

/// A punch, and the row that corrects it.
pub(super) fn punch_and_correction(row: &Row) -> DbResult<(PunchRow, Option<Uuid>)> {
    Ok((punch(row)?, row.opt_uuid(14)?))
}

/// The parameters of [`HS_ADD_PUNCH`].
pub(super) fn punch_params(row: &PunchRow) -> Vec<Value> {
    db::params![
        row.id,
        row.person,
        row.team,
        row.seq,
        row.effect.word(),
        row.kind.as_str(),
        row.at,
        &row.zone,
        row.source.word(),
        row.claimed_at,
        row.received_at,
        row.corrects,
        row.reason.clone(),
        &row.recorded_by,
    ]
}

/// A stored day.
pub(super) fn day(row: &Row, column: usize) -> DbResult<Date> {
    row.text(column)?.parse().map_err(|e| DbError::Unfit(format!("a stored day: {e}")))
}

/// A plan from its first two columns.
pub(super) fn plan(row: &Row) -> DbResult<PlanRow> {
    let minutes = serde_json::from_value(row.json(1)?).map_err(|e| DbError::Unfit(format!("a plan: {e}")))?;
    Ok(PlanRow { valid_from: day(row, 0)?, minutes })
}

/// A balance from the columns of [`DELTA`], and when it was computed.
pub(super) fn delta(row: &Row) -> DbResult<(DeltaRow, Timestamp)> {
    let delta = DeltaRow {
        person: row.uuid(0)?,
        day: day(row, 1)?,
        team: row.opt_uuid(2)?,
        worked_minutes: row.int(3)?,
        planned_minutes: row.int(4)?,
        delta_minutes: row.int(5)?,
        anomaly: row.opt_text(6)?,
        anomaly_punch: row.opt_uuid(7)?,
    };
    Ok((delta, row.instant(8)?))
}

/// The parameters of [`HS_ADD_DELTA`].
pub(super) fn delta_params(row: &DeltaRow, now: Timestamp) -> Vec<Value> {
    db::params![
        row.person,
        row.day.to_string(),
        row.team,
        row.worked_minutes,
        row.planned_minutes,
        row.delta_minutes,
        row.anomaly.clone(),
        row.anomaly_punch,
        now,
    ]
}
