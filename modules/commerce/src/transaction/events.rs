//! What a transaction says of itself, on the stream `transaction/ID`, and how folding it gives the rows.
//!
//! Every event carries `after`: the details that it left behind.

use super::model::{Routing, State, Transaction};
use contracts::commerce::{
    Ended, Line, OfTransaction, RECALL_REQUESTED, REROUTE_REQUESTED, Rerouting, TRANSACTION_CANCELLED,
    TRANSACTION_COMPLETED, TRANSACTION_CREATED, TRANSACTION_REROUTED, TransactionCreated,
};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use web::Contract;

/// A change that no other module waits for: paid, reserved, settled, delivered.
pub(super) const ADVANCED: &str = "transaction.advanced";
/// Something was heard that the table of states has no line for.
const UNEXPECTED: &str = "transaction.unexpected";

/// The details beside the state, by column.
fn after(t: &Transaction) -> Json {
    json!({ "state": t.state.word(), "reason": t.reason, "reserved_early": i64::from(t.reserved_early),
        "paid": i64::from(t.paid), "settled": i64::from(t.settled), "delivered": i64::from(t.delivered),
        "returned_cents": t.returned_cents, "updated_at": t.updated_at.0, "shop": t.shop,
        "reroute": i64::from(t.reroute), "round": t.round, "routing": t.routing.word() })
}

fn event(id: Uuid, kind: &str, t: &Transaction, said: impl serde::Serialize) -> NewEvent {
    let mut data = serde_json::to_value(said).unwrap_or_default();
    data["after"] = after(t);
    NewEvent {
        expected: Expected::Version(t.version - 1),
        ..NewEvent::new(id, kind, format!("transaction/{}", t.id), data)
    }
}

/// `transaction.created`.
pub(super) fn created(id: Uuid, t: &Transaction, lines: &[Line], payment_method: &str) -> NewEvent {
    let said = TransactionCreated {
        transaction_id: t.id,
        shop: t.shop.clone(),
        customer_id: t.customer,
        lines: lines.to_vec(),
        total_cents: t.total_cents,
        payment_method: payment_method.to_owned(),
    };
    let mut event = event(id, TRANSACTION_CREATED, t, said);
    // A consumer's page is committed at an instant of its own.
    event.data["after"]["created_at"] = t.created_at.0.into();
    event
}

/// The event of a change.
pub(super) fn moved(id: Uuid, before: &Transaction, t: &Transaction) -> NewEvent {
    let transaction_id = t.id;
    let rerouting = |round| Rerouting { transaction_id, shop: t.shop.clone(), round };
    match t.state {
        State::Cancelled if before.state != State::Cancelled => {
            let reason = t.reason.clone().unwrap_or_default();
            event(id, TRANSACTION_CANCELLED, t, Ended { transaction_id, reason })
        }
        State::Completed if before.state != State::Completed => {
            // Where and how much, for those who count and do not know the order.
            let said = json!({ "transaction_id": transaction_id, "shop": t.shop, "round": t.round,
                "total_cents": t.total_cents });
            event(id, TRANSACTION_COMPLETED, t, said)
        }
        State::Reserved if (before.routing, before.round) != (t.routing, t.round) => match t.routing {
            Routing::Asked => event(id, REROUTE_REQUESTED, t, rerouting(t.round + 1)),
            Routing::Recalled => event(id, RECALL_REQUESTED, t, rerouting(t.round)),
            Routing::Settled => event(id, TRANSACTION_REROUTED, t, rerouting(t.round)),
        },
        _ => event(id, ADVANCED, t, OfTransaction { transaction_id }),
    }
}

/// Something was heard that the table of states has no line for. On a stream of its own, since nothing has changed.
pub(super) fn unexpected(id: Uuid, t: &Transaction, heard: &str) -> NewEvent {
    let data = json!({ "transaction_id": t.id, "state": t.state.word(), "heard": heard });
    NewEvent::new(id, UNEXPECTED, format!("unexpected/{}", t.id), data)
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).into()).collect(),
        columns: columns.iter().map(|c| (*c).into()).collect(),
    };
    let details = [
        "state",
        "reason",
        "reserved_early",
        "paid",
        "settled",
        "delivered",
        "returned_cents",
        "reroute",
        "round",
        "routing",
    ];
    let columns =
        [&["shop", "customer_id", "total_cents", "version", "created_at", "updated_at"], &details[..]];
    vec![
        table("transactions", &["id"], &columns.concat()),
        table("transaction_line", &["transaction_id", "product_id"], &["quantity", "unit_price_cents"]),
        table("incident", &["id"], &super::incidents::COLUMNS),
    ]
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    if super::incidents::fold(data, rows) || event.kind == UNEXPECTED {
        return;
    }
    let Some(id) = data["transaction_id"].as_str() else { return };
    let row = rows.entry(("transactions".into(), id.to_owned())).or_default();
    if event.kind == TRANSACTION_CREATED {
        for column in ["shop", "customer_id", "total_cents"] {
            row.insert(column.into(), data[column].clone());
        }
        row.insert("created_at".into(), event.at.0.into());
        // Older events do not say: no other shop may have it.
        row.extend([("reroute".into(), 0.into()), ("round".into(), 0.into()), ("routing".into(), "".into())]);
    }
    for (column, value) in data["after"].as_object().into_iter().flatten() {
        row.insert(column.clone(), value.clone());
    }
    row.insert("version".into(), event.stream_version.into());
    for line in data["lines"].as_array().into_iter().flatten() {
        let key = format!("{id}/{}", line["product_id"].as_str().unwrap_or_default());
        let columns =
            ["quantity", "unit_price_cents"].map(|column| (column.to_owned(), line[column].clone()));
        rows.insert(("transaction_line".into(), key), columns.into());
    }
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let line = json!({ "type": "object", "required": ["product_id", "quantity", "unit_price_cents"], "properties": {
        "product_id": id, "quantity": { "type": "integer", "minimum": 1 }, "unit_price_cents": count } });
    let of = |more: Json| {
        let mut properties = json!({ "transaction_id": id, "after": { "type": "object" } });
        let mut required = vec![Json::from("transaction_id")];
        for (name, schema) in more.as_object().into_iter().flatten() {
            properties[name] = schema.clone();
            required.push(name.clone().into());
        }
        json!({ "type": "object", "required": required, "properties": properties })
    };
    let created = of(json!({ "shop": { "type": "string" }, "customer_id": id, "total_cents": count,
        "payment_method": { "type": "string" }, "lines": { "type": "array", "items": line, "minItems": 1 } }));
    let contract = |kind: &str, schema| Contract { kind: kind.into(), version: 1, schema };
    let text = json!({ "type": "string" });
    let rerouting = json!({ "shop": text, "round": count });
    let incident = json!({ "incident_id": id, "kind": text, "amount_cents": count });
    let asked = json!({ "incident_id": id, "kind": text, "action": { "enum": ["retry", "settle", "write_off"] },
        "reason": text, "reference": text });
    vec![
        contract(UNEXPECTED, of(json!({ "state": text, "heard": text }))),
        contract(super::incidents::OPENED, of(incident.clone())),
        contract(super::incidents::RESOLVED, of(incident)),
        contract(contracts::commerce::COMPENSATION_REQUESTED, of(asked)),
        contract(TRANSACTION_CREATED, created),
        contract(TRANSACTION_CANCELLED, of(json!({ "reason": { "type": "string" } }))),
        contract(TRANSACTION_COMPLETED, of(json!({}))),
        contract(ADVANCED, of(json!({}))),
        contract(RECALL_REQUESTED, of(rerouting.clone())),
        contract(REROUTE_REQUESTED, of(rerouting.clone())),
        contract(TRANSACTION_REROUTED, of(rerouting)),
    ]
}
