//! What a payment says of itself, on the stream `payment/TRANSACTION`, and how folding it gives the rows.
//!
//! Every event carries `after`, the payment that it left behind, and `refund` where one has changed with it.

use super::model::{Account, Change, Payment, Said};
use contracts::commerce::{
    Ended, OfTransaction, PAYMENT_FAILED, PAYMENT_MANUAL, PAYMENT_PROCESSED, PAYMENT_REFUND_REFUSED,
    PAYMENT_REFUNDED, PAYMENT_SETTLED, PaymentManual, PaymentProcessed, PaymentRefunded, PaymentSettled,
    RefundRefused,
};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use web::Contract;

/// A payment moved on, and no other module waits for it: asked, capturing, captured, voiding, giving back.
pub(super) const ADVANCED: &str = "payment.advanced";

fn after(p: &Payment) -> Json {
    json!({ "amount_cents": p.amount_cents, "method": p.method, "stage": p.stage.word(), "attempt": p.attempt,
        "cancelled": i64::from(p.cancelled), "captured_cents": p.captured_cents, "refunded_cents": p.refunded_cents,
        "returning_cents": p.returning_cents, "hand_cents": p.hand_cents })
}

fn refunded(account: &Account, id: Uuid, by_hand: bool) -> PaymentRefunded {
    let refund = account.refunds.get(&id);
    let reason = refund.map(|refund| refund.reason.clone());
    PaymentRefunded {
        transaction_id: account.payment.transaction,
        kind: "refund".into(),
        amount_cents: refund.map_or(0, |refund| refund.amount_cents),
        return_id: (reason.as_deref() == Some("return")).then_some(id),
        reason,
        returned_cents: Some(account.returned_cents()),
        by_hand,
    }
}

/// The type of a change's event, and what it says.
fn said(change: &Change) -> (&'static str, Json) {
    let Change { account, said, .. } = change;
    let (transaction_id, payment) = (account.payment.transaction, &account.payment);
    let cents = |id: &Uuid| account.refunds.get(id).map_or(0, |refund| refund.amount_cents);
    match said {
        Said::Advanced => (ADVANCED, json!(OfTransaction { transaction_id })),
        Said::Processed => (
            PAYMENT_PROCESSED,
            json!(PaymentProcessed { transaction_id, amount_cents: payment.amount_cents }),
        ),
        Said::Failed => (PAYMENT_FAILED, json!(Ended { transaction_id, reason: "payment_refused".into() })),
        Said::Voided { cents } => {
            let said = PaymentRefunded {
                transaction_id,
                kind: "void".into(),
                amount_cents: *cents,
                reason: Some("cancelled".into()),
                return_id: None,
                returned_cents: None,
                by_hand: false,
            };
            (PAYMENT_REFUNDED, json!(said))
        }
        Said::Refunded { refund, by_hand } => (PAYMENT_REFUNDED, json!(refunded(account, *refund, *by_hand))),
        Said::RefundRefused { refund } => {
            (PAYMENT_REFUND_REFUSED, json!(RefundRefused { transaction_id, return_id: *refund }))
        }
        Said::Manual { refund } => {
            let what = if refund.is_some() { "refund" } else { "capture" };
            let amount_cents = refund.as_ref().map_or(payment.amount_cents, cents);
            let (what, version) = (what.to_owned(), payment.version);
            let said = PaymentManual { transaction_id, what, amount_cents, refund_id: *refund, version };
            (PAYMENT_MANUAL, json!(said))
        }
        Said::Settled { by_hand } => (
            PAYMENT_SETTLED,
            json!(PaymentSettled { transaction_id, amount_cents: payment.amount_cents, by_hand: *by_hand }),
        ),
    }
}

/// The event of a payment after a change.
pub(super) fn moved(id: Uuid, change: &Change) -> NewEvent {
    let payment = &change.account.payment;
    let (kind, mut data) = said(change);
    data["after"] = after(payment);
    if let Some(refund) = change.refund.and_then(|id| change.account.refunds.get(&id)) {
        data["refund"] = json!({ "id": refund.id, "transaction_id": payment.transaction,
            "amount_cents": refund.amount_cents, "reason": refund.reason, "state": refund.state.word(),
            "version": refund.version });
    }
    NewEvent {
        expected: Expected::Version(payment.version - 1),
        ..NewEvent::new(id, kind, format!("payment/{}", payment.transaction), data)
    }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &str, columns: &[&str]| FoldTable {
        name: name.into(),
        key: vec![key.into()],
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    let amounts = ["amount_cents", "captured_cents", "refunded_cents", "returning_cents", "hand_cents"];
    let columns = [&amounts[..], &["method", "stage", "attempt", "cancelled", "version"]].concat();
    let of_refund = ["transaction_id", "amount_cents", "reason", "state", "version"];
    vec![table("payment", "transaction_id", &columns), table("payment_refund", "id", &of_refund)]
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let (Some(id), Some(after)) = (data["transaction_id"].as_str(), data["after"].as_object()) else {
        return;
    };
    let mut row: std::collections::BTreeMap<String, Json> = after.clone().into_iter().collect();
    row.insert("version".into(), event.stream_version.into());
    rows.insert(("payment".into(), id.to_owned()), row);
    if let (Some(id), Some(refund)) = (data["refund"]["id"].as_str(), data["refund"].as_object()) {
        rows.insert(("payment_refund".into(), id.to_owned()), refund.clone().into_iter().collect());
    }
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let cents = json!({ "type": "integer", "minimum": 0 });
    let contract = |kind: &str, members: Json, more: Json| {
        let required: Vec<&String> =
            members.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        let mut schema = json!({ "type": "object", "required": required, "properties": members });
        for (name, member) in more.as_object().into_iter().flatten() {
            schema["properties"][name] = member.clone();
        }
        Contract { kind: kind.into(), version: 1, schema }
    };
    let none = || json!({});
    let of_refund = json!({ "reason": { "enum": ["cancelled", "return"] }, "return_id": id,
        "returned_cents": cents, "by_hand": { "type": "boolean" } });
    vec![
        contract(PAYMENT_PROCESSED, json!({ "transaction_id": id, "amount_cents": cents }), none()),
        contract(PAYMENT_FAILED, json!({ "transaction_id": id, "reason": { "type": "string" } }), none()),
        contract(
            PAYMENT_REFUNDED,
            json!({ "transaction_id": id, "kind": { "enum": ["void", "refund"] }, "amount_cents": cents }),
            of_refund,
        ),
        contract(PAYMENT_REFUND_REFUSED, json!({ "transaction_id": id, "return_id": id }), none()),
        contract(
            PAYMENT_MANUAL,
            json!({ "transaction_id": id, "what": { "enum": ["refund", "capture"] }, "amount_cents": cents, "version": cents }),
            json!({ "refund_id": id }),
        ),
        contract(
            PAYMENT_SETTLED,
            json!({ "transaction_id": id, "amount_cents": cents, "by_hand": { "type": "boolean" } }),
            none(),
        ),
        contract(ADVANCED, json!({ "transaction_id": id }), none()),
    ]
}
