//! What a shop says of an order, on the stream `order/TRANSACTION`, and how folding it gives the row.

use super::model::{ShopOrder, Stage};
use super::till;
use contracts::commerce::{Ended, Line, ORDER_DELIVERED, ORDER_FULFILLED, ORDER_REFUSED, OfTransaction};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use web::Contract;

/// An order moved on, and no other module waits for it: assigned, cancelled.
const ADVANCED: &str = "retail.order.advanced";

/// The event of an order after a change; a new one comes with its lines.
pub(super) fn moved(id: Uuid, o: &ShopOrder, lines: &[Line]) -> NewEvent {
    let of = OfTransaction { transaction_id: o.transaction };
    let (kind, mut data) = match o.stage {
        Stage::Fulfilled => (ORDER_FULFILLED, json!(of)),
        Stage::Delivered => (ORDER_DELIVERED, json!(of)),
        Stage::Refused => {
            (ORDER_REFUSED, json!(Ended { transaction_id: o.transaction, reason: "shop".into() }))
        }
        Stage::Assigned | Stage::Picking | Stage::CancelRequested | Stage::Cancelled => (ADVANCED, json!(of)),
    };
    data["after"] = json!({ "shop": o.shop, "stage": o.stage.word(), "pieces": o.pieces, "assigned_at": o.assigned_at.0, "note": o.note });
    if !lines.is_empty() {
        let line = |line: &Line| json!({ "product_id": line.product_id, "quantity": line.quantity });
        data["lines"] = lines.iter().map(line).collect();
    }
    NewEvent {
        expected: Expected::Version(o.version - 1),
        ..NewEvent::new(id, kind, format!("order/{}", o.transaction), data)
    }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let columns = ["shop", "stage", "pieces", "version", "assigned_at", "note"].map(str::to_owned).to_vec();
    let order = FoldTable { name: "shop_order".into(), key: vec!["transaction_id".into()], columns };
    let line = FoldTable {
        name: "shop_order_line".into(),
        key: ["transaction_id", "product_id"].map(str::to_owned).to_vec(),
        columns: vec!["quantity".into()],
    };
    [order, line].into_iter().chain(till::events::fold_tables()).collect()
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    if !event.stream.starts_with("order/") {
        return till::events::fold(data, rows);
    }
    let (Some(id), Some(after)) = (data["transaction_id"].as_str(), data["after"].as_object()) else {
        return;
    };
    let mut row: std::collections::BTreeMap<String, Json> = after.clone().into_iter().collect();
    for line in data["lines"].as_array().into_iter().flatten() {
        let key = format!("{id}/{}", line["product_id"].as_str().unwrap_or_default());
        rows.insert(("shop_order_line".into(), key), [("quantity".into(), line["quantity"].clone())].into());
    }
    row.insert("version".into(), event.stream_version.into());
    rows.insert(("shop_order".into(), id.to_owned()), row);
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let of =
        json!({ "type": "object", "required": ["transaction_id"], "properties": { "transaction_id": id } });
    let refused = json!({ "type": "object", "required": ["transaction_id", "reason"], "properties": {
        "transaction_id": id, "reason": { "type": "string" } } });
    let contract =
        |kind: &str, schema: &Json| Contract { kind: kind.into(), version: 1, schema: schema.clone() };
    let orders = [
        contract(ORDER_FULFILLED, &of),
        contract(ORDER_DELIVERED, &of),
        contract(ORDER_REFUSED, &refused),
        contract(ADVANCED, &of),
    ];
    orders.into_iter().chain(till::events::contracts()).collect()
}
