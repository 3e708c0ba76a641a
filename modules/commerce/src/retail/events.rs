//! What a shop says of an order, on the stream `order/TRANSACTION`, and how folding it gives the row.

use super::model::{ShopOrder, Stage};
use super::till;
use contracts::commerce::{Ended, Line, ORDER_DELIVERED, ORDER_FULFILLED, ORDER_REFUSED, OfTransaction};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::Uuid;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use web::Contract;

/// An order moved on, and no other module waits for it: assigned, cancelled.
const ADVANCED: &str = "retail.order.advanced";

/// A change of an order, and what goes with it.
pub(super) struct Change<'a> {
    /// Where it stood; nothing for a new one.
    pub(super) before: Option<&'a ShopOrder>,
    pub(super) after: &'a ShopOrder,
    /// What it consists of, where that was not known before.
    pub(super) lines: &'a [Line],
    /// The shop gives it back because it took too long.
    pub(super) late: bool,
}

impl Change<'_> {
    /// What a shop had that has given it back, where another one has it now.
    pub(super) fn past(&self) -> Option<&ShopOrder> {
        self.before.filter(|before| before.round != self.after.round)
    }
}

fn row(o: &ShopOrder) -> Json {
    json!({ "shop": o.shop, "stage": o.stage.word(), "pieces": o.pieces, "assigned_at": o.assigned_at.0,
        "note": o.note })
}

/// The event of an order after a change; a new one comes with its lines.
pub(super) fn moved(id: Uuid, change: &Change<'_>) -> NewEvent {
    let (o, lines) = (change.after, change.lines);
    let of = OfTransaction { transaction_id: o.transaction };
    let (kind, mut data) = match o.stage {
        Stage::Fulfilled => (ORDER_FULFILLED, json!(of)),
        Stage::Delivered => (ORDER_DELIVERED, json!(of)),
        // That it is over as well changes nothing for others.
        Stage::Refused if !o.ended => {
            let reason = if change.late { "timeout" } else { "shop" };
            (ORDER_REFUSED, json!(Ended { transaction_id: o.transaction, reason: reason.into() }))
        }
        Stage::Assigned | Stage::Picking | Stage::CancelRequested | Stage::Refused | Stage::Cancelled => {
            (ADVANCED, json!(of))
        }
    };
    (data["shop"], data["round"]) = (json!(o.shop), json!(o.round));
    data["after"] = row(o);
    (data["after"]["round"], data["after"]["ended"]) = (json!(o.round), json!(i64::from(o.ended)));
    if let Some(past) = change.past() {
        data["past"] = row(past);
        data["past"]["round"] = json!(past.round);
    }
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
    let columns = ["shop", "stage", "pieces", "version", "assigned_at", "note", "round", "ended"];
    let columns = columns.map(str::to_owned).to_vec();
    let past = FoldTable {
        name: "shop_order_past".into(),
        key: ["transaction_id", "round"].map(str::to_owned).to_vec(),
        columns: ["shop", "stage", "pieces", "assigned_at", "note"].map(str::to_owned).to_vec(),
    };
    let order = FoldTable { name: "shop_order".into(), key: vec!["transaction_id".into()], columns };
    let line = FoldTable {
        name: "shop_order_line".into(),
        key: ["transaction_id", "product_id"].map(str::to_owned).to_vec(),
        columns: vec!["quantity".into()],
    };
    [order, line, past].into_iter().chain(till::events::fold_tables()).collect()
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    if !event.stream.starts_with("order/") {
        return till::events::fold(data, rows);
    }
    let (Some(id), Some(after)) = (data["transaction_id"].as_str(), data["after"].as_object()) else {
        return;
    };
    // Older events do not say: there was one shop.
    let mut row: BTreeMap<String, Json> = ["round", "ended"].map(|name| (name.to_owned(), 0.into())).into();
    row.extend(after.clone());
    if let Some(past) = data["past"].as_object() {
        let mut past: BTreeMap<String, Json> = past.clone().into_iter().collect();
        let round = past.remove("round").unwrap_or_default();
        rows.insert(("shop_order_past".into(), format!("{id}/{round}")), past);
    }
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
