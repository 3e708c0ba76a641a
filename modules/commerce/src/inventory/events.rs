//! What inventory says: of a promise on `reservation/TRANSACTION`, of a level on `stock/SHOP/PRODUCT` and what is wrong
//! with it on `alert/SHOP/PRODUCT`, of a product on `product/ID`, of a transfer on `transfer/ID`; and how folding it gives
//! the rows.

use super::model::{Level, Place, Reservation, Stage};
use super::sql::Product;
use super::transfer::Transfer;
use super::vat;
use contracts::commerce::{
    INVENTORY_RELEASED, INVENTORY_RESERVED, INVENTORY_UNAVAILABLE, InventoryReserved, InventoryUnavailable,
    OfTransaction, PRODUCT_CHANGED, ProductChanged,
};
pub(super) use contracts::inventory::Movement;
use contracts::inventory::{
    STOCK_CHANGED, STOCK_LOW, STOCK_MISCOUNTED, STOCK_RECOVERED, StockAlert, StockChanged, TRANSFER_CHANGED,
};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::{Timestamp, Uuid, planted};
use serde_json::{Value as Json, json};
use web::Contract;

/// A promise moved on, and no other module waits for it: held, announced, consumed.
const PROMISE_MOVED: &str = "inventory.promise.moved";

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
        Stage::Released | Stage::Expired => {
            (INVENTORY_RELEASED, serde_json::to_value(OfTransaction { transaction_id }))
        }
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

/// The event of a level after a change.
pub(super) fn of_level(id: Uuid, place: &Place, level: &Level, movement: Option<Movement>) -> NewEvent {
    let (shop, product_id) = place.clone();
    let Level { on_hand, reserved, low_at, .. } = *level;
    let said = StockChanged { shop: shop.clone(), product_id, on_hand, reserved, movement };
    let mut data = json!(said);
    data["alerts"] =
        json!({ "low_at": low_at, "low": i64::from(level.low), "to_count": i64::from(level.to_count) });
    // The log guards the row a second time: whoever takes the condition away must take this one too.
    let expected = match planted("stock_unguarded") {
        true => Expected::Any,
        false => Expected::Version(level.version - 1),
    };
    NewEvent { expected, ..NewEvent::new(id, STOCK_CHANGED, format!("stock/{shop}/{product_id}"), data) }
}

/// The event of something that somebody should know of a level.
pub(super) fn of_alert(id: Uuid, kind: &str, place: &Place, level: &Level) -> NewEvent {
    let (shop, product_id) = place.clone();
    let stream = format!("alert/{shop}/{product_id}");
    let said = StockAlert { shop, product_id, available: level.free(), low_at: level.low_at };
    NewEvent::new(id, kind, stream, json!(said))
}

/// The event of a product after a change; its rate of VAT is that of the local day.
pub(super) fn of_product(id: Uuid, product: &Product, day: &str) -> NewEvent {
    let said = ProductChanged {
        product_id: product.id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        price_cents: product.price_cents,
        vat_rate_bp: vat::rate_bp(&product.vat, day).unwrap_or(2000),
        ean13: product.ean13.clone(),
        category: product.category.clone(),
    };
    let mut data = json!(said);
    data["vat"] = json!(product.vat);
    NewEvent {
        expected: Expected::Version(product.version - 1),
        ..NewEvent::new(id, PRODUCT_CHANGED, format!("product/{}", product.id), data)
    }
}

/// The event of a transfer after a change: all of it, each time.
pub(super) fn of_transfer(id: Uuid, t: &Transfer) -> NewEvent {
    let line = |line: &super::transfer::TransferLine| json!({ "product_id": line.product, "asked": line.asked, "received": line.received });
    let lines: Vec<Json> = t.lines.iter().map(line).collect();
    let data = json!({ "transfer_id": t.id, "from_shop": t.from, "to_shop": t.to, "state": t.state.word(),
        "requested_by": t.requested_by, "lines": lines, "created_at": t.created_at.0,
        "updated_at": t.updated_at.0 });
    NewEvent {
        expected: Expected::Version(t.version - 1),
        ..NewEvent::new(id, TRANSFER_CHANGED, format!("transfer/{}", t.id), data)
    }
}

/// The state tables that the events account for.
pub(super) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).into()).collect(),
        columns: columns.iter().map(|c| (*c).into()).collect(),
    };
    vec![
        table("products", &["id"], &["sku", "name", "price_cents", "ean13", "category", "vat", "version"]),
        table(
            "stock_level",
            &["shop", "product_id"],
            &["on_hand", "reserved", "low_at", "low", "to_count", "version"],
        ),
        table("stock_movement", &["id"], &["shop", "product_id", "kind", "quantity", "transaction_id", "at"]),
        table("reservation", &["transaction_id"], &["shop", "stage", "paid", "version"]),
        table("reservation_line", &["transaction_id", "product_id"], &["quantity", "unit_price_cents"]),
        table(
            "transfer",
            &["id"],
            &["from_shop", "to_shop", "state", "requested_by", "version", "created_at", "updated_at"],
        ),
        table("transfer_line", &["transfer_id", "product_id"], &["asked", "received"]),
    ]
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Columns of a row, as a member of the event says them.
fn columns<const N: usize>(said: &Json, names: [&str; N]) -> std::collections::BTreeMap<String, Json> {
    names.map(|name| (name.to_owned(), said[name].clone())).into()
}

/// A member, or what it was before events told it.
fn or(value: &Json, otherwise: impl Into<Json>) -> Json {
    if value.is_null() { otherwise.into() } else { value.clone() }
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let version = Json::from(event.stream_version);
    match event.kind.as_str() {
        PRODUCT_CHANGED => {
            let mut row = columns(data, ["sku", "name", "price_cents", "ean13"]);
            row.insert("category".into(), or(&data["category"], ""));
            row.insert("vat".into(), or(&data["vat"], "standard"));
            row.insert("version".into(), version);
            rows.insert(("products".into(), text(&data["product_id"])), row);
        }
        STOCK_CHANGED => fold_level(data, version, rows),
        TRANSFER_CHANGED => {
            let id = text(&data["transfer_id"]);
            let mut row =
                columns(data, ["from_shop", "to_shop", "state", "requested_by", "created_at", "updated_at"]);
            row.insert("version".into(), version);
            for line in data["lines"].as_array().into_iter().flatten() {
                let key = format!("{id}/{}", text(&line["product_id"]));
                rows.insert(("transfer_line".into(), key), columns(line, ["asked", "received"]));
            }
            rows.insert(("transfer".into(), id), row);
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

fn fold_level(data: &Json, version: Json, rows: &mut Rows) {
    let mut row = columns(data, ["on_hand", "reserved"]);
    for column in ["low_at", "low", "to_count"] {
        row.insert(column.into(), or(&data["alerts"][column], 0));
    }
    row.insert("version".into(), version);
    let key = format!("{}/{}", text(&data["shop"]), text(&data["product_id"]));
    rows.insert(("stock_level".into(), key), row);
    let movement = &data["movement"];
    if movement.is_object() {
        let mut row = columns(movement, ["kind", "quantity", "transaction_id"]);
        row.extend(columns(data, ["shop", "product_id"]));
        // The contract writes instants as people read them; the first events wrote them as rows hold them.
        let at = movement["at"].as_str().and_then(Timestamp::parse).map(|at| at.0);
        row.insert("at".into(), at.map_or_else(|| movement["at"].clone(), Json::from));
        rows.insert(("stock_movement".into(), text(&movement["id"])), row);
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
    let alert =
        json!({ "shop": word, "product_id": id, "available": { "type": "integer" }, "low_at": count });
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
        contract(STOCK_LOW, alert.clone()),
        contract(STOCK_RECOVERED, alert.clone()),
        contract(STOCK_MISCOUNTED, alert),
        contract(
            TRANSFER_CHANGED,
            json!({ "transfer_id": id, "from_shop": word, "to_shop": word, "state": word, "lines": { "type": "array" } }),
        ),
    ]
}
