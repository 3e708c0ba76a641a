//! What an operator decides about an incident, and the incident that somebody opens by hand: each reads, decides, and
//! gives one Batch.

use super::{Action, Decision, Incident, IncidentKind, sql};
use crate::transaction::commands::Act;
use db::{Batch, Db};
use kernel::{Error, Result, Uuid};

/// The longest reason.
const LONGEST: usize = 500;
/// How often a command that met another one is decided again.
const TRIES: usize = 5;

/// An action as it was asked for.
pub(in crate::transaction) struct Asked {
    pub(in crate::transaction) action: Action,
    pub(in crate::transaction) reason: String,
    pub(in crate::transaction) reference: String,
}

/// The incident under an id.
pub(in crate::transaction) async fn find(db: &Db, id: Uuid) -> Result<Incident> {
    let row = db.query_one(&sql::ONE_INCIDENT, db::params![id]).await?;
    row.map(|row| sql::incident(&row)).transpose()?.ok_or_else(Error::not_found)
}

/// The incidents of a transaction.
pub(in crate::transaction) async fn of(db: &Db, ids: serde_json::Value) -> db::DbResult<Vec<Incident>> {
    let rows = db.query(&sql::INCIDENTS_OF, db::params![ids]).await?;
    rows.iter().map(sql::incident).collect()
}

/// Adds an incident after a change to a Batch, with its event.
pub(in crate::transaction) fn write(batch: &mut Batch, after: &Incident, event_id: Uuid, acted: bool) {
    sql::write(batch, after);
    batch.event(after.event(event_id, acted));
}

fn checked(asked: &Asked) -> Result<()> {
    let (fr, en) = ("Indiquez pourquoi.", "Say why.");
    if asked.reason.trim().is_empty() {
        let whole = (
            "Un motif est nécessaire\u{202f}: il reste au journal.",
            "A reason is needed: the log keeps it.",
        );
        return Err(Error::invalid("reason_missing", whole.0, whole.1).field("reason", fr, en));
    }
    if asked.reason.chars().count() > LONGEST || asked.reference.chars().count() > LONGEST {
        let (fr, en) = ("500 caractères au plus.", "500 characters at most.");
        return Err(Error::invalid("reason_too_long", fr, en).field("reason", fr, en));
    }
    if asked.action == Action::Settle && asked.reference.trim().is_empty() {
        let (fr, en) = (
            "Indiquez où cela se retrouve\u{202f}: un virement, un courrier.",
            "Say where it can be looked up: a transfer, a letter.",
        );
        return Err(Error::invalid("reference_missing", fr, en).field("reference", fr, en));
    }
    Ok(())
}

/// Decides about an incident.
pub(in crate::transaction) async fn decide(db: &Db, act: &Act, id: Uuid, asked: &Asked) -> Result<Incident> {
    checked(asked)?;
    for _ in 0..TRIES {
        let before = find(db, id).await?;
        let decision = Decision {
            action: asked.action,
            by: act.cause.actor.to_string(),
            reason: asked.reason.trim().to_owned(),
            reference: asked.reference.trim().to_owned(),
        };
        let Some(after) = before.decided(decision, act.now) else {
            return Err(Error::refused(
                "incident_not_actionable",
                "Cet incident est réglé, ou ne se règle pas ainsi.",
                "This incident is settled, or is not settled this way.",
            ));
        };
        let mut batch = Batch::new(act.now, act.cause.clone());
        write(&mut batch, &after, act.clock.new_id(), true);
        match db.write(batch).await {
            Err(error) if error.is_conflict() => {}
            other => return Ok(other.map(|_| after)?),
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")))
}

/// Opens an incident for an event that cannot be applied, which its opener has seen in the console.
pub(in crate::transaction) async fn open(db: &Db, act: &Act, transaction: Uuid) -> Result<Incident> {
    let known = of(db, crate::reading::list([&transaction])).await?;
    let place = IncidentKind::DeadLetter.of(transaction);
    let known = known.iter().find(|incident| incident.id == place);
    let (subject, round) = ((transaction, None), known.map_or(1, |known| known.round + 1));
    let Some(after) = Incident::opened(IncidentKind::DeadLetter, subject, (0, round), known, act.now) else {
        return known.cloned().ok_or_else(Error::not_found);
    };
    let mut batch = Batch::new(act.now, act.cause.clone());
    write(&mut batch, &after, act.clock.new_id(), false);
    db.write(batch).await?;
    Ok(after)
}
