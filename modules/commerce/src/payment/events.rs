//! What a payment says of itself, on the stream `payment/TRANSACTION`, and how folding it gives the row.

use super::model::{Payment, Stage};
use contracts::commerce::{
    Ended, OfTransaction, PAYMENT_FAILED, PAYMENT_PROCESSED, PAYMENT_REFUNDED, PaymentProcessed,
    PaymentRefunded,
};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use web::Contract;

/// A payment moved on, and no other module waits for it: asked, capturing, captured, voiding, refunding.
const ADVANCED: &str = "payment.advanced";

/// The event of a payment after a change; so much has gone back, where something has.
pub(super) fn moved(id: Uuid, p: &Payment, back_cents: i64) -> NewEvent {
    let transaction_id = p.transaction;
    let back = |kind: &str| PaymentRefunded { transaction_id, kind: kind.into(), amount_cents: back_cents };
    let (kind, said) = match p.stage {
        Stage::Authorised => {
            (PAYMENT_PROCESSED, json!(PaymentProcessed { transaction_id, amount_cents: p.amount_cents }))
        }
        Stage::Failed => (PAYMENT_FAILED, json!(Ended { transaction_id, reason: "payment_refused".into() })),
        // A tombstone has nothing to give back.
        Stage::Voided if p.version > 1 => (PAYMENT_REFUNDED, json!(back("void"))),
        Stage::Refunded => (PAYMENT_REFUNDED, json!(back("refund"))),
        _ => (ADVANCED, json!(OfTransaction { transaction_id })),
    };
    let mut data = said;
    data["after"] = json!({ "amount_cents": p.amount_cents, "method": p.method, "stage": p.stage.word() });
    NewEvent {
        expected: Expected::Version(p.version - 1),
        ..NewEvent::new(id, kind, format!("payment/{transaction_id}"), data)
    }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let columns = ["amount_cents", "method", "stage", "version"].map(str::to_owned).to_vec();
    vec![FoldTable { name: "payment".into(), key: vec!["transaction_id".into()], columns }]
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let (Some(id), Some(after)) = (data["transaction_id"].as_str(), data["after"].as_object()) else {
        return;
    };
    let mut row: std::collections::BTreeMap<String, Json> = after.clone().into_iter().collect();
    row.insert("version".into(), event.stream_version.into());
    rows.insert(("payment".into(), id.to_owned()), row);
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let cents = json!({ "type": "integer", "minimum": 0 });
    let contract = |kind: &str, members: Json| {
        let required: Vec<&String> =
            members.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        let schema = json!({ "type": "object", "required": required, "properties": members });
        Contract { kind: kind.into(), version: 1, schema }
    };
    vec![
        contract(PAYMENT_PROCESSED, json!({ "transaction_id": id, "amount_cents": cents })),
        contract(PAYMENT_FAILED, json!({ "transaction_id": id, "reason": { "type": "string" } })),
        contract(
            PAYMENT_REFUNDED,
            json!({ "transaction_id": id, "kind": { "enum": ["void", "refund"] }, "amount_cents": cents }),
        ),
        contract(ADVANCED, json!({ "transaction_id": id })),
    ]
}
