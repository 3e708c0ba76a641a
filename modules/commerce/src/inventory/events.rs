//! What inventory says: of a promise on `reservation/TRANSACTION`, of a level on `stock/SHOP/PRODUCT`, of a product on
//! `product/ID`; and how folding it gives the rows.

use super::model::{Level, Place, Reservation, Stage};
use super::sql::Product;
use contracts::commerce::{
    INVENTORY_RELEASED, INVENTORY_RESERVED, INVENTORY_UNAVAILABLE, InventoryReserved, InventoryUnavailable,
    OfTransaction, PRODUCT_CHANGED, ProductChanged,
};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::{Cause, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use web::Contract;

/// A promise moved on, and no other module waits for it: held, announced, consumed.
const PROMISE_MOVED: &str = "inventory.promise.moved";
/// A level changed.
const STOCK_CHANGED: &str = "inventory.stock.changed";

/// The event of a promise after a change.
pub(super) fn of_reservation(id: Uuid, of: &Reservation, lacking: Vec<Uuid>) -> NewEvent {
    let transaction_id = of.transaction;
    let (kind, said) = match of.stage {
        Stage::Reserved => {
            let said = InventoryReserved { transaction_id, shop: of.shop.clone(), lines: of.lines.clone() };
            (INVENTORY_RESERVED, serde_json::to_value(said))
        }
        Stage::Refused => {
            (INVENTORY_UNAVAILABLE, serde_json::to_value(InventoryUnavailable { transaction_id, lacking }))
        }
        Stage::Released => (INVENTORY_RELEASED, serde_json::to_value(OfTransaction { transaction_id })),
        Stage::Announced | Stage::Held | Stage::Consumed => {
            (PROMISE_MOVED, serde_json::to_value(OfTransaction { transaction_id }))
        }
    };
    let mut data = said.unwrap_or_default();
    data["after"] = json!({ "shop": of.shop, "stage": of.stage.word(), "paid": i64::from(of.paid) });
    // What was promised is told once, with the first event that knows it.
    data["promised"] = json!(of.lines);
    NewEvent {
        expected: Expected::Version(of.version - 1),
        ..NewEvent::new(id, kind, format!("reservation/{transaction_id}"), data)
    }
}

/// A row of the ledger, as its event tells it.
pub(super) struct Movement {
    pub(super) id: Uuid,
    pub(super) kind: &'static str,
    pub(super) quantity: i64,
    pub(super) transaction: Option<Uuid>,
    pub(super) at: Timestamp,
}

/// The event of a level after a change.
pub(super) fn of_level(id: Uuid, place: &Place, level: &Level, movement: Option<&Movement>) -> NewEvent {
    let movement = movement.map(|m| {
        json!({ "id": m.id, "kind": m.kind, "quantity": m.quantity, "transaction_id": m.transaction,
            "at": m.at.0 })
    });
    let (shop, product) = place;
    NewEvent {
        expected: Expected::Version(level.version - 1),
        ..NewEvent::new(
            id,
            STOCK_CHANGED,
            format!("stock/{shop}/{product}"),
            json!({ "shop": shop, "product_id": product, "on_hand": level.on_hand, "reserved": level.reserved,
                "movement": movement }),
        )
    }
}

/// The event of a product after a change.
pub(super) fn of_product(id: Uuid, product: &Product) -> NewEvent {
    let said = ProductChanged {
        product_id: product.id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        price_cents: product.price_cents,
        vat_rate_bp: 2000,
        ean13: None,
        category: String::new(),
    };
    NewEvent {
        expected: Expected::Version(product.version - 1),
        ..NewEvent::new(id, PRODUCT_CHANGED, format!("product/{}", product.id), json!(said))
    }
}

/// Under a cause of its own, where a page answers many.
pub(super) fn under(cause: &Cause, event: NewEvent) -> NewEvent {
    NewEvent { cause: Some(cause.clone()), ..event }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).into()).collect(),
        columns: columns.iter().map(|c| (*c).into()).collect(),
    };
    vec![
        table("products", &["id"], &["sku", "name", "price_cents", "version"]),
        table("stock_level", &["shop", "product_id"], &["on_hand", "reserved", "version"]),
        table("stock_movement", &["id"], &["shop", "product_id", "kind", "quantity", "transaction_id", "at"]),
        table("reservation", &["transaction_id"], &["shop", "stage", "paid", "version"]),
        table("reservation_line", &["transaction_id", "product_id"], &["quantity", "unit_price_cents"]),
    ]
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Columns of a row, as a member of the event says them.
fn columns<const N: usize>(said: &Json, names: [&str; N]) -> std::collections::BTreeMap<String, Json> {
    names.map(|name| (name.to_owned(), said[name].clone())).into()
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let version = Json::from(event.stream_version);
    match event.kind.as_str() {
        PRODUCT_CHANGED => {
            let mut row = columns(data, ["sku", "name", "price_cents"]);
            row.insert("version".into(), version);
            rows.insert(("products".into(), text(&data["product_id"])), row);
        }
        STOCK_CHANGED => {
            let mut row = columns(data, ["on_hand", "reserved"]);
            row.insert("version".into(), version);
            let key = format!("{}/{}", text(&data["shop"]), text(&data["product_id"]));
            rows.insert(("stock_level".into(), key), row);
            let movement = &data["movement"];
            if movement.is_object() {
                let mut row = columns(movement, ["kind", "quantity", "transaction_id", "at"]);
                row.extend(columns(data, ["shop", "product_id"]));
                rows.insert(("stock_movement".into(), text(&movement["id"])), row);
            }
        }
        _ if data["after"].is_object() => {
            let id = text(&data["transaction_id"]);
            let mut row = columns(&data["after"], ["shop", "stage", "paid"]);
            row.insert("version".into(), version);
            rows.insert(("reservation".into(), id.clone()), row);
            for line in data["promised"].as_array().into_iter().flatten() {
                let key = format!("{id}/{}", text(&line["product_id"]));
                let row = columns(line, ["quantity", "unit_price_cents"]);
                rows.insert(("reservation_line".into(), key), row);
            }
        }
        _ => {}
    }
}

/// The contracts of the events.
pub(super) fn contracts() -> Vec<Contract> {
    let id = json!({ "type": "string", "format": "uuid" });
    let word = json!({ "type": "string" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let line = json!({ "type": "object", "required": ["product_id", "quantity", "unit_price_cents"], "properties": {
        "product_id": id, "quantity": { "type": "integer", "minimum": 1 }, "unit_price_cents": count } });
    let lines = json!({ "type": "array", "items": line });
    let object = |members: Json| {
        let required: Vec<&String> =
            members.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        json!({ "type": "object", "required": required, "properties": members })
    };
    let contract = |kind: &str, members| Contract { kind: kind.into(), version: 1, schema: object(members) };
    vec![
        contract(
            PRODUCT_CHANGED,
            json!({ "product_id": id, "sku": word, "name": word, "price_cents": count }),
        ),
        contract(
            STOCK_CHANGED,
            json!({ "shop": word, "product_id": id, "on_hand": count, "reserved": count }),
        ),
        contract(INVENTORY_RESERVED, json!({ "transaction_id": id, "shop": word, "lines": lines })),
        contract(
            INVENTORY_UNAVAILABLE,
            json!({ "transaction_id": id, "lacking": { "type": "array", "items": id } }),
        ),
        contract(INVENTORY_RELEASED, json!({ "transaction_id": id })),
        contract(PROMISE_MOVED, json!({ "transaction_id": id })),
    ]
}
