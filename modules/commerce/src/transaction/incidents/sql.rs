//! Every statement on incidents, and what their rows mean.

use super::{Action, Decision, Incident, IncidentKind, Standing};
use db::{Batch, DbError, DbResult, Row};

/// The columns of an incident, in the order of [`incident`].
const COLUMNS: &str = "id, transaction_id, kind, refund_id, amount_cents, state, action, acted_by, reason, reference, round, opened_at, updated_at, version";

db::statements! {
    ADD_INCIDENT = write(format!("INSERT INTO incident ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")).row("incident", &[1]).keyed();
    MOVE_INCIDENT = write("UPDATE incident SET state = ?3, action = ?4, acted_by = ?5, reason = ?6, reference = ?7, round = ?8, updated_at = ?9, version = ?10 WHERE id = ?1 AND version = ?2").row("incident", &[1]).keyed();
    ONE_INCIDENT = read(format!("SELECT {COLUMNS} FROM incident WHERE id = ?1"));
    INCIDENTS_OF = read(format!("SELECT {COLUMNS} FROM incident WHERE among(transaction_id, ?1) ORDER BY opened_at, id"));
    /// A page, oldest first. Parameters: a state or nothing, which leaves out what is resolved; a kind or nothing; the
    /// place to begin after; rows.
    INCIDENTS = read(format!("SELECT {COLUMNS} FROM incident WHERE (state = ?1 OR (?1 = '' AND state <> 'resolved')) AND (?2 = '' OR kind = ?2) AND (opened_at > ?3 OR (opened_at = ?3 AND id > ?4)) ORDER BY opened_at, id LIMIT ?5"));
}

/// Adds an incident after a change to a Batch.
pub(super) fn write(batch: &mut Batch, i: &Incident) {
    let decided = i.decided.as_ref();
    let (action, by) = (decided.map(|d| d.action.word()), decided.map(|d| d.by.as_str()));
    let (reason, reference) = (decided.map(|d| d.reason.as_str()), decided.map(|d| d.reference.as_str()));
    let state = i.standing.word();
    match i.version {
        1 => {
            let params = db::params![
                i.id,
                i.transaction,
                i.kind.word(),
                i.refund,
                i.amount_cents,
                state,
                action,
                by,
                reason,
                reference,
                i.round,
                i.opened_at,
                i.updated_at,
                i.version
            ];
            batch.expect_one(&ADD_INCIDENT, params)
        }
        version => {
            let params = db::params![
                i.id,
                version - 1,
                state,
                action,
                by,
                reason,
                reference,
                i.round,
                i.updated_at,
                version
            ];
            batch.expect_one(&MOVE_INCIDENT, params)
        }
    };
}

fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> DbResult<T> {
    parse(text).ok_or_else(|| DbError::internal(format!("no word `{text}`")))
}

pub(super) fn incident(row: &Row) -> DbResult<Incident> {
    let action = row.opt_text(6)?.map(|text| word(&text, Action::parse)).transpose()?;
    let text = |column| Ok::<_, DbError>(row.opt_text(column)?.unwrap_or_default());
    let (by, reason, reference) = (text(7)?, text(8)?, text(9)?);
    Ok(Incident {
        id: row.uuid(0)?,
        transaction: row.uuid(1)?,
        kind: word(&row.text(2)?, IncidentKind::parse)?,
        refund: row.opt_uuid(3)?,
        amount_cents: row.int(4)?,
        standing: word(&row.text(5)?, Standing::parse)?,
        decided: action.map(|action| Decision { action, by, reason, reference }),
        round: row.count(10)?,
        opened_at: row.instant(11)?,
        updated_at: row.instant(12)?,
        version: row.count(13)?,
    })
}
