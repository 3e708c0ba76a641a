//! What a return says of itself, and how folding it gives the rows.

use super::model::Return;
use contracts::commerce::{
    RETURN_REFUND_REQUESTED, RETURN_RESTOCKED, ReturnRefundRequested, ReturnRestocked,
};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use web::Contract;

/// A customer asks.
const REQUESTED: &str = "returns.requested";
/// The shop has accepted.
pub(super) const APPROVED: &str = "returns.approved";
/// It was refused, by the shop or because the money cannot be given back.
pub(super) const REFUSED: &str = "returns.refused";
/// Money and goods are back.
pub(super) const CLOSED: &str = "returns.closed";
/// The customer may send the goods.
pub(super) const ACCEPTED: &str = "returns.accepted";
/// They may not, after all.
pub(super) const WITHDRAWN: &str = "returns.withdrawn";

/// The first event of a return, after so many others of the same order.
pub(super) fn requested(id: Uuid, r: &Return, before: u64) -> NewEvent {
    let line = |line: &super::model::SentBack| {
        json!({ "product_id": line.product, "quantity": line.quantity,
            "unit_price_cents": line.unit_price_cents, "restock": i64::from(line.restock) })
    };
    let lines: Vec<Json> = r.lines.iter().map(line).collect();
    let data = json!({ "transaction_id": r.transaction, "return_id": r.id, "customer_id": r.customer, "shop": r.shop,
        "reason": r.reason, "amount_cents": r.amount_cents, "lines": lines, "after": after(r) });
    NewEvent {
        expected: Expected::Version(before),
        ..NewEvent::new(id, REQUESTED, format!("returns-of/{}", r.transaction), data)
    }
}

fn after(r: &Return) -> Json {
    json!({ "state": r.state.word(), "refusal": r.refusal, "version": r.version, "updated_at": r.updated_at.0 })
}

fn on_stream(id: Uuid, kind: &str, return_id: Uuid, data: Json) -> NewEvent {
    NewEvent::new(id, kind, format!("return/{return_id}"), data)
}

/// The event of a return after a change of its state.
pub(super) fn moved(id: Uuid, kind: &str, r: &Return) -> NewEvent {
    let data = json!({ "transaction_id": r.transaction, "return_id": r.id, "reason": r.refusal.clone().unwrap_or_default(),
        "after": after(r) });
    on_stream(id, kind, r.id, data)
}

/// An event of the process that changes no row.
pub(super) fn noted(id: Uuid, kind: &str, r: &Return) -> NewEvent {
    on_stream(id, kind, r.id, json!({ "transaction_id": r.transaction, "return_id": r.id }))
}

/// `returns.refund.requested`.
pub(super) fn refund(id: Uuid, r: &Return) -> NewEvent {
    let said = ReturnRefundRequested {
        transaction_id: r.transaction,
        return_id: r.id,
        amount_cents: r.amount_cents,
    };
    on_stream(id, RETURN_REFUND_REQUESTED, r.id, json!(said))
}

/// `returns.goods.restocked`.
pub(super) fn restock(id: Uuid, r: &Return) -> NewEvent {
    let said = ReturnRestocked {
        transaction_id: r.transaction,
        return_id: r.id,
        shop: r.shop.clone(),
        lines: r.lines.iter().map(Into::into).collect(),
    };
    on_stream(id, RETURN_RESTOCKED, r.id, json!(said))
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).into()).collect(),
        columns: columns.iter().map(|c| (*c).into()).collect(),
    };
    let asked = ["transaction_id", "customer_id", "shop", "reason", "amount_cents", "created_at"];
    let columns = [&asked[..], &["state", "refusal", "version", "updated_at"]].concat();
    let of_line = ["quantity", "unit_price_cents", "restock"];
    vec![
        table("return_request", &["id"], &columns),
        table("return_line", &["return_id", "product_id"], &of_line),
    ]
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let (Some(id), Some(after)) = (data["return_id"].as_str(), data["after"].as_object()) else { return };
    let row = rows.entry(("return_request".into(), id.to_owned())).or_default();
    if event.kind == REQUESTED {
        for column in ["transaction_id", "customer_id", "shop", "reason", "amount_cents"] {
            row.insert(column.into(), data[column].clone());
        }
        row.insert("created_at".into(), event.at.0.into());
    }
    for (column, value) in after {
        row.insert(column.clone(), value.clone());
    }
    for line in data["lines"].as_array().into_iter().flatten() {
        let key = format!("{id}/{}", line["product_id"].as_str().unwrap_or_default());
        let columns = ["quantity", "unit_price_cents", "restock"];
        let columns = columns.map(|column| (column.to_owned(), line[column].clone()));
        rows.insert(("return_line".into(), key), columns.into());
    }
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let cents = json!({ "type": "integer", "minimum": 1 });
    let text = json!({ "type": "string" });
    let lines = |more: Json| {
        let mut properties = json!({ "product_id": id, "quantity": { "type": "integer", "minimum": 1 } });
        for (name, schema) in more.as_object().into_iter().flatten() {
            properties[name] = schema.clone();
        }
        json!({ "type": "array", "minItems": 1, "items": { "type": "object",
            "required": ["product_id", "quantity"], "properties": properties } })
    };
    let of = |kind: &str, more: Json| {
        let mut properties = json!({ "transaction_id": id, "return_id": id });
        let mut required = vec![Json::from("transaction_id"), Json::from("return_id")];
        for (name, schema) in more.as_object().into_iter().flatten() {
            properties[name] = schema.clone();
            required.push(name.clone().into());
        }
        let schema = json!({ "type": "object", "required": required, "properties": properties });
        Contract { kind: kind.into(), version: 1, schema }
    };
    let restocked = lines(json!({ "restock": { "type": "boolean" } }));
    vec![
        of(
            REQUESTED,
            json!({ "customer_id": id, "shop": text, "reason": text, "amount_cents": cents,
                "lines": lines(json!({ "unit_price_cents": { "type": "integer", "minimum": 0 } })) }),
        ),
        of(APPROVED, json!({})),
        of(REFUSED, json!({ "reason": text })),
        of(CLOSED, json!({})),
        of(ACCEPTED, json!({})),
        of(WITHDRAWN, json!({})),
        of(RETURN_REFUND_REQUESTED, json!({ "amount_cents": cents })),
        of(RETURN_RESTOCKED, json!({ "shop": text, "lines": restocked })),
    ]
}
