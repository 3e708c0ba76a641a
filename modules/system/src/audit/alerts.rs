//! Alerts: raised in the Batch that notes the event, acknowledged by a person, both told by events of the audit's own
//! log. An alert is a reference: it holds no word of what the event says.

use super::rules::{self, Often};
use super::sql;
use db::{Batch, Db, DbResult, Event, Expect, NewEvent, Row, Write};
use flow::{Delivery, Effects, FoldTable, Rows};
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use web::Contract;

/// The event that tells of a new alert.
pub(super) const RAISED: &str = "audit.alert.raised";
/// The event that tells who has seen to one.
pub(super) const ACKNOWLEDGED: &str = "audit.alert.acknowledged";

/// Something that somebody must look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// The alert.
    pub id: Uuid,
    /// The rule that raised it.
    pub rule: String,
    /// The database whose log holds the event.
    pub source: String,
    /// Its position there.
    pub position: u64,
    /// The event.
    pub event_id: Uuid,
    /// Its type.
    pub kind: String,
    /// Its stream.
    pub stream: String,
    /// Who acted.
    pub actor: String,
    /// When it happened.
    pub at: Timestamp,
    /// One id for everything that followed from one request.
    pub correlation_id: Uuid,
    /// When the alert was raised.
    pub raised_at: Timestamp,
    /// When somebody saw to it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who.
    pub acknowledged_by: Option<String>,
}

impl Alert {
    fn data(&self) -> Json {
        json!({ "alert": self.id, "rule": self.rule, "source": self.source, "position": self.position,
            "event_id": self.event_id, "type": self.kind, "stream": self.stream, "actor": self.actor,
            "at": self.at.0, "correlation_id": self.correlation_id, "raised_at": self.raised_at.0 })
    }
}

/// Adds to a page's effects the alerts that its events call for.
pub(super) async fn raise(
    own: &Db,
    clock: &dyn Clock,
    page: &[Delivery],
    effects: &mut Effects,
) -> DbResult<()> {
    let mut raised: Vec<Alert> = Vec::new();
    for (n, delivery) in page.iter().enumerate() {
        let Some((rule, often)) = rules::fitting(delivery) else { continue };
        let event = &delivery.event;
        let alert = Alert {
            id: clock.new_id(),
            rule: rule.code.to_owned(),
            source: delivery.source.to_string(),
            position: event.position,
            event_id: event.id,
            kind: event.kind.clone(),
            stream: event.stream.clone(),
            actor: event.actor.clone(),
            at: event.at,
            correlation_id: event.correlation_id,
            raised_at: clock.now(),
            acknowledged_at: None,
            acknowledged_by: None,
        };
        if let Some(often) = often
            && !is_often(own, &alert, often, page.get(..n).unwrap_or_default(), &raised).await?
        {
            continue;
        }
        effects.writes.push(Write {
            statement: sql::RAISE.clone(),
            params: sql::alert_params(&alert),
            expect: Expect::Rows(1),
        });
        effects.events.push(NewEvent {
            cause: Some(delivery.cause(super::NAME)),
            ..NewEvent::new(clock.new_id(), RAISED, format!("alert/{}", alert.id), alert.data())
        });
        raised.push(alert);
    }
    Ok(())
}

/// Whether the same has happened to the same stream often enough, and was not told in the same time.
async fn is_often(
    own: &Db,
    new: &Alert,
    often: Often,
    page: &[Delivery],
    raised: &[Alert],
) -> DbResult<bool> {
    let since = new.at.plus_seconds(-often.within_s);
    let same = |alert: &&Alert| alert.rule == new.rule && alert.stream == new.stream && alert.at > since;
    if raised.iter().any(|alert| same(&alert)) {
        return Ok(false);
    }
    let told = own.query_one(&sql::TOLD, db::params![&new.rule, &new.source, &new.stream, since]).await?;
    if told.is_some() {
        return Ok(false);
    }
    let params = db::params![&new.kind, &new.source, &new.stream, since];
    let before = own.query_one(&sql::HOW_OFTEN, params).await?.map_or(Ok(0), |row| row.count(0))?;
    let alike =
        |d: &&Delivery| d.event.kind == new.kind && d.event.stream == new.stream && d.event.at > since;
    Ok(before + page.iter().filter(alike).count() as u64 + 1 >= often.times)
}

/// The Batch that acknowledges an alert.
///
/// # Errors
/// Not found; refused when somebody has seen to it already.
pub(super) async fn acknowledge(db: &Db, id: Uuid, (clock, cause): (&dyn Clock, Cause)) -> Result<Batch> {
    let row = db.query_one(&sql::ALERT, db::params![id]).await?;
    let alert = row.as_ref().map(sql::alert).transpose()?.ok_or_else(Error::not_found)?;
    if alert.acknowledged_at.is_some() {
        let (fr, en) = ("Quelqu’un s’en est déjà occupé.", "Somebody has seen to it already.");
        return Err(Error::refused("already_acknowledged", fr, en));
    }
    let (now, by) = (clock.now(), cause.actor.clone());
    let mut batch = Batch::new(now, cause);
    batch.expect_one(&sql::ACKNOWLEDGE, db::params![id, now, &by]);
    let data = json!({ "alert": id, "acknowledged_at": now.0, "acknowledged_by": by });
    batch.event(NewEvent::new(clock.new_id(), ACKNOWLEDGED, format!("alert/{id}"), data));
    Ok(batch)
}

/// How many alerts nobody has seen to.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_alerts(db: &Db) -> DbResult<u64> {
    db.query_one(&sql::OPEN_ALERTS, Vec::new()).await?.map_or(Ok(0), |row: Row| row.count(0))
}

/// The alerts, newest first; those that nobody has seen to, or all.
pub(super) async fn list(
    db: &Db,
    (open, rule): (bool, &str),
    before: Option<(i64, Uuid)>,
    limit: u32,
) -> DbResult<Vec<Alert>> {
    let (at, id) = before.unwrap_or((i64::MAX, Uuid::max()));
    let params = db::params![i64::from(open), rule, at, id, limit];
    db.query(&sql::ALERTS, params).await?.iter().map(sql::alert).collect()
}

/// The table that the events account for.
pub(super) fn fold_table() -> FoldTable {
    let columns = [
        "rule",
        "source",
        "position",
        "event_id",
        "type",
        "stream",
        "actor",
        "at",
        "correlation_id",
        "raised_at",
        "acknowledged_at",
        "acknowledged_by",
    ];
    FoldTable {
        name: "audit_alert".into(),
        key: vec!["id".into()],
        columns: columns.map(String::from).to_vec(),
    }
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    if ![RAISED, ACKNOWLEDGED].contains(&event.kind.as_str()) {
        return;
    }
    let key = data["alert"].as_str().unwrap_or_default().to_owned();
    let row = rows.entry(("audit_alert".into(), key)).or_default();
    for (name, value) in data.as_object().into_iter().flatten().filter(|(name, _)| *name != "alert") {
        row.insert(name.clone(), value.clone());
    }
    for name in ["acknowledged_at", "acknowledged_by"] {
        row.entry(name.into()).or_insert(Json::Null);
    }
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let (text, id) = (json!({ "type": "string" }), json!({ "type": "string", "format": "uuid" }));
    let instant = json!({ "type": "integer", "description": "Microseconds since 1970, UTC." });
    let of = |kind: &str, properties: Json| {
        let required: Vec<&String> =
            properties.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        let schema = json!({ "type": "object", "required": required, "properties": properties });
        Contract { kind: kind.into(), version: 1, schema }
    };
    vec![
        of(
            RAISED,
            json!({ "alert": id, "rule": text, "source": text, "position": { "type": "integer", "minimum": 1 },
                "event_id": id, "type": text, "stream": text, "actor": text, "at": instant, "correlation_id": id,
                "raised_at": instant }),
        ),
        of(ACKNOWLEDGED, json!({ "alert": id, "acknowledged_at": instant, "acknowledged_by": text })),
    ]
}
