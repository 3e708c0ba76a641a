//! What a shop says of an order, on the stream `order/TRANSACTION`, and how folding it gives the row.

use super::model::{ShopOrder, Stage};
use contracts::commerce::{Ended, ORDER_DELIVERED, ORDER_FULFILLED, ORDER_REFUSED, OfTransaction};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use web::Contract;

/// An order moved on, and no other module waits for it: assigned, cancelled.
const ADVANCED: &str = "retail.order.advanced";

/// The event of an order after a change.
pub(super) fn moved(id: Uuid, o: &ShopOrder) -> NewEvent {
    let of = OfTransaction { transaction_id: o.transaction };
    let (kind, mut data) = match o.stage {
        Stage::Fulfilled => (ORDER_FULFILLED, json!(of)),
        Stage::Delivered => (ORDER_DELIVERED, json!(of)),
        Stage::Refused => {
            (ORDER_REFUSED, json!(Ended { transaction_id: o.transaction, reason: "shop".into() }))
        }
        Stage::Assigned | Stage::Cancelled => (ADVANCED, json!(of)),
    };
    data["after"] = json!({ "shop": o.shop, "stage": o.stage.word(), "pieces": o.pieces, "assigned_at": o.assigned_at.0 });
    NewEvent {
        expected: Expected::Version(o.version - 1),
        ..NewEvent::new(id, kind, format!("order/{}", o.transaction), data)
    }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let columns = ["shop", "stage", "pieces", "version", "assigned_at"].map(str::to_owned).to_vec();
    vec![FoldTable { name: "shop_order".into(), key: vec!["transaction_id".into()], columns }]
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let (Some(id), Some(after)) = (data["transaction_id"].as_str(), data["after"].as_object()) else {
        return;
    };
    let mut row: std::collections::BTreeMap<String, Json> = after.clone().into_iter().collect();
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
    vec![
        contract(ORDER_FULFILLED, &of),
        contract(ORDER_DELIVERED, &of),
        contract(ORDER_REFUSED, &refused),
        contract(ADVANCED, &of),
    ]
}
