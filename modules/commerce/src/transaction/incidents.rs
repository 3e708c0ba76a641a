//! What is stuck or contradicts itself, why, and what an operator does about it. Pure, but for its events' words.
//!
//! An incident has a place of its own for each thing that it can be about, so that it is opened once however often it
//! is heard of, and opened again when what was done did not help.

pub(super) mod commands;
pub(super) mod http;
pub(super) mod sql;

use contracts::commerce::{COMPENSATION_REQUESTED, CompensationRequested};
use db::NewEvent;
use flow::Rows;
use kernel::{Timestamp, Uuid};
use serde_json::{Value as Json, json};

/// Something is stuck.
pub(super) const OPENED: &str = "transaction.incident.opened";
/// It is no more.
pub(super) const RESOLVED: &str = "transaction.incident.resolved";

/// The columns of an incident that events account for.
pub(super) const COLUMNS: [&str; 13] = [
    "transaction_id",
    "kind",
    "refund_id",
    "amount_cents",
    "state",
    "action",
    "acted_by",
    "reason",
    "reference",
    "round",
    "opened_at",
    "updated_at",
    "version",
];

/// What an incident is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum IncidentKind {
    /// The bank does not give money back.
    Refund,
    /// The bank does not pay for goods that have left.
    Capture,
    /// Goods have left for an order that was cancelled.
    GoodsLeft,
    /// The bank holds or gave back another amount than it should.
    Amount,
    /// An event of the transaction cannot be applied; opened by whoever has seen it in the console.
    DeadLetter,
}

impl IncidentKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Refund, Self::Capture, Self::GoodsLeft, Self::Amount, Self::DeadLetter];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::Capture => "capture",
            Self::GoodsLeft => "goods_left",
            Self::Amount => "amount",
            Self::DeadLetter => "dead_letter",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What can be done about it.
    pub(crate) fn actions(self) -> &'static [Action] {
        match self {
            // What is owed to somebody is never written off.
            Self::Refund => &[Action::Retry, Action::Settle],
            Self::Capture => &[Action::Retry, Action::Settle, Action::WriteOff],
            Self::GoodsLeft | Self::Amount | Self::DeadLetter => &[Action::Settle, Action::WriteOff],
        }
    }

    /// Whether payment answers to what was decided; the others are resolved at once.
    fn is_answered(self) -> bool {
        matches!(self, Self::Refund | Self::Capture)
    }

    /// The place of the incident about something.
    pub(crate) fn of(self, subject: Uuid) -> Uuid {
        Uuid::from_u128(subject.as_u128() ^ (self as u128 + 1))
    }
}

/// What an operator does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// The bank is asked again.
    Retry,
    /// It was put in order another way.
    Settle,
    /// It is lost.
    WriteOff,
}

impl Action {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Settle => "settle",
            Self::WriteOff => "write_off",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Retry, Self::Settle, Self::WriteOff].into_iter().find(|action| action.word() == word)
    }
}

/// Where an incident stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Open,
    /// Something was done; payment has not answered yet.
    Acting,
    Resolved,
}

impl Standing {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acting => "acting",
            Self::Resolved => "resolved",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Acting, Self::Resolved].into_iter().find(|state| state.word() == word)
    }
}

/// What was decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    /// Who decided.
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) reference: String,
}

/// An incident as its row says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Incident {
    pub(crate) id: Uuid,
    pub(crate) transaction: Uuid,
    pub(crate) kind: IncidentKind,
    pub(crate) refund: Option<Uuid>,
    pub(crate) amount_cents: i64,
    pub(crate) standing: Standing,
    pub(crate) decided: Option<Decision>,
    /// The version of what it is about, when it was last said to be stuck or in order: an older word changes nothing.
    pub(crate) round: u64,
    pub(crate) opened_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Counts its changes, from 1; also the version of its stream.
    pub(crate) version: u64,
}

impl Incident {
    /// Opens it, or opens it again; `None` while it is open, or when this was heard before.
    pub(crate) fn opened(
        kind: IncidentKind,
        (transaction, refund): (Uuid, Option<Uuid>),
        (amount_cents, round): (i64, u64),
        known: Option<&Self>,
        now: Timestamp,
    ) -> Option<Self> {
        match known {
            None => Some(Self {
                id: kind.of(refund.unwrap_or(transaction)),
                transaction,
                kind,
                refund,
                amount_cents,
                standing: Standing::Open,
                decided: None,
                round,
                opened_at: now,
                updated_at: now,
                version: 1,
            }),
            // One that is open and stuck again notes that too, or an older word would put it in order.
            Some(known) if known.round >= round => None,
            Some(known) => Some(Self { round, ..known.moved(Standing::Open, now) }),
        }
    }

    fn moved(&self, standing: Standing, now: Timestamp) -> Self {
        Self { standing, updated_at: now, version: self.version + 1, ..self.clone() }
    }

    /// What it was about is in order, as of this version of it; `None` when that is no news. Events of two types may
    /// change places on their way: one that says "stuck", and is older, must not open it again.
    pub(crate) fn resolved(&self, round: u64, now: Timestamp) -> Option<Self> {
        let known = if self.standing == Standing::Resolved { self.round + 1 } else { self.round };
        (round >= known).then(|| Self { round, ..self.moved(Standing::Resolved, now) })
    }

    /// An operator decides; `None` when this cannot be decided about it, or not any more.
    pub(crate) fn decided(&self, decision: Decision, now: Timestamp) -> Option<Self> {
        if self.standing == Standing::Resolved || !self.kind.actions().contains(&decision.action) {
            return None;
        }
        let next = if self.kind.is_answered() { Standing::Acting } else { Standing::Resolved };
        Some(Self { decided: Some(decision), ..self.moved(next, now) })
    }

    fn after(&self) -> Json {
        let decided = self.decided.as_ref();
        json!({ "id": self.id, "transaction_id": self.transaction, "kind": self.kind.word(), "refund_id": self.refund,
            "amount_cents": self.amount_cents, "state": self.standing.word(),
            "action": decided.map(|d| d.action.word()), "acted_by": decided.map(|d| &d.by),
            "reason": decided.map(|d| &d.reason), "reference": decided.map(|d| &d.reference),
            "round": self.round, "opened_at": self.opened_at.0, "updated_at": self.updated_at.0, "version": self.version })
    }

    /// The event of its last change; `acted` when somebody has just decided.
    pub(super) fn event(&self, id: Uuid, acted: bool) -> NewEvent {
        let (kind, said) = match &self.decided {
            Some(decided) if acted => {
                let asked = CompensationRequested {
                    transaction_id: self.transaction,
                    incident_id: self.id,
                    kind: self.kind.word().into(),
                    refund_id: self.refund,
                    action: decided.action.word().into(),
                    reason: decided.reason.clone(),
                    reference: decided.reference.clone(),
                };
                (COMPENSATION_REQUESTED, json!(asked))
            }
            _ => {
                let kind = if self.standing == Standing::Resolved { RESOLVED } else { OPENED };
                let said = json!({ "transaction_id": self.transaction, "incident_id": self.id,
                    "kind": self.kind.word(), "amount_cents": self.amount_cents });
                (kind, said)
            }
        };
        let mut data = said;
        data["incident"] = self.after();
        NewEvent {
            expected: db::Expected::Version(self.version - 1),
            ..NewEvent::new(id, kind, format!("incident/{}", self.id), data)
        }
    }
}

/// Applies an event about an incident to the rows; whether it is one.
pub(super) fn fold(data: &Json, rows: &mut Rows) -> bool {
    let (Some(id), Some(incident)) = (data["incident"]["id"].as_str(), data["incident"].as_object()) else {
        return false;
    };
    let row = incident.iter().filter(|(name, _)| *name != "id").map(|(n, v)| (n.clone(), v.clone()));
    rows.insert(("incident".into(), id.to_owned()), row.collect());
    true
}
