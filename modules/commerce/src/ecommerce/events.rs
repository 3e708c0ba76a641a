//! What the web shop says: of a cart on `cart/ID`, of an order on `order/ID`, of a customer on `customer/ID`; and how
//! folding it gives the rows.

use super::model::{Cart, OrderLine, WebOrder};
use contracts::commerce::Line;
use contracts::ecommerce::{ORDER_PLACED, ORDER_WITHDRAWN, OrderPlaced, OrderWithdrawn};
use db::{Event, Expected, NewEvent};
use flow::{FoldTable, Rows};
use kernel::{Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use web::Contract;

/// A cart holds something else, is of another shop, or was ordered.
const CART_CHANGED: &str = "ecommerce.cart.changed";
/// A customer came, or has seen what became of their orders.
const CUSTOMER_CHANGED: &str = "ecommerce.customer.changed";

/// The event of a cart after a change: all of it, each time.
pub(super) fn of_cart(id: Uuid, c: &Cart) -> NewEvent {
    let line = |(product, line): (&Uuid, &super::model::CartLine)| json!({ "product_id": product, "quantity": line.quantity, "unit_price_cents": line.seen_cents });
    let lines: Vec<Json> = c.lines.iter().map(line).collect();
    let data = json!({ "cart_id": c.id, "customer_id": c.customer, "shop": c.shop,
        "state": super::sql::state_of(c), "order_id": c.order, "lines": lines, "created_at": c.created_at.0,
        "updated_at": c.updated_at.0 });
    NewEvent {
        expected: Expected::Version(c.version - 1),
        ..NewEvent::new(id, CART_CHANGED, format!("cart/{}", c.id), data)
    }
}

/// `ecommerce.order.placed`.
pub(super) fn placed(id: Uuid, o: &WebOrder, lines: &[OrderLine]) -> NewEvent {
    let line = |line: &OrderLine| Line {
        product_id: line.product,
        quantity: line.quantity,
        unit_price_cents: line.unit_price_cents,
    };
    let said = OrderPlaced {
        order_id: o.id,
        shop: o.shop.clone(),
        customer_id: o.customer,
        lines: lines.iter().map(line).collect(),
        total_cents: o.total_cents,
        payment_method: o.payment_method.clone(),
        reroute: o.reroute,
    };
    let mut data = json!(said);
    data["cart_id"] = json!(o.cart);
    for (n, line) in lines.iter().enumerate() {
        data["lines"][n]["sku"] = json!(line.sku);
        data["lines"][n]["name"] = json!(line.name);
        data["lines"][n]["vat_rate_bp"] = json!(line.vat_rate_bp);
    }
    NewEvent {
        expected: Expected::Version(0),
        ..NewEvent::new(id, ORDER_PLACED, format!("order/{}", o.id), data)
    }
}

/// `ecommerce.order.withdrawn`.
pub(super) fn withdrawn(id: Uuid, o: &WebOrder) -> NewEvent {
    let data = json!(OrderWithdrawn { order_id: o.id });
    NewEvent {
        expected: Expected::Version(o.version - 1),
        ..NewEvent::new(id, ORDER_WITHDRAWN, format!("order/{}", o.id), data)
    }
}

/// The event of a customer after a change.
pub(super) fn of_customer(id: Uuid, customer: Uuid, seen_at: Timestamp, version: u64) -> NewEvent {
    let data = json!({ "customer_id": customer, "seen_at": seen_at.0 });
    NewEvent {
        expected: Expected::Version(version - 1),
        ..NewEvent::new(id, CUSTOMER_CHANGED, format!("customer/{customer}"), data)
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
        table("customer", &["id"], &["seen_at", "version"]),
        table(
            "cart",
            &["id"],
            &["customer_id", "shop", "state", "order_id", "version", "created_at", "updated_at"],
        ),
        table("cart_line", &["cart_id", "product_id"], &["quantity", "unit_price_cents"]),
        table(
            "web_order",
            &["id"],
            &[
                "cart_id",
                "customer_id",
                "shop",
                "total_cents",
                "payment_method",
                "reroute",
                "withdrawn",
                "version",
                "placed_at",
            ],
        ),
        table(
            "web_order_line",
            &["order_id", "product_id"],
            &["sku", "name", "quantity", "unit_price_cents", "vat_rate_bp"],
        ),
    ]
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Columns of a row, as a member of the event says them.
fn columns(said: &Json, names: &[&str]) -> BTreeMap<String, Json> {
    names.iter().map(|name| ((*name).to_owned(), said[*name].clone())).collect()
}

/// Applies one event to the rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let version = Json::from(event.stream_version);
    match event.kind.as_str() {
        CUSTOMER_CHANGED => {
            let mut row = columns(data, &["seen_at"]);
            row.insert("version".into(), version);
            rows.insert(("customer".into(), text(&data["customer_id"])), row);
        }
        CART_CHANGED => {
            let id = text(&data["cart_id"]);
            let names = ["customer_id", "shop", "state", "order_id", "created_at", "updated_at"];
            let mut row = columns(data, &names);
            row.insert("version".into(), version);
            // `0` follows `/`: the lines of this cart, and no other.
            let key = |end: char| ("cart_line".to_owned(), format!("{id}{end}"));
            let before: Vec<_> = rows.range(key('/')..key('0')).map(|(key, _)| key.clone()).collect();
            for key in before {
                rows.remove(&key);
            }
            for line in data["lines"].as_array().into_iter().flatten() {
                let key = format!("{id}/{}", text(&line["product_id"]));
                rows.insert(("cart_line".into(), key), columns(line, &["quantity", "unit_price_cents"]));
            }
            rows.insert(("cart".into(), id), row);
        }
        ORDER_PLACED => {
            let id = text(&data["order_id"]);
            let names = ["cart_id", "customer_id", "shop", "total_cents", "payment_method"];
            let mut row = columns(data, &names);
            // Older events do not say, which means no.
            row.insert("reroute".into(), i64::from(data["reroute"].as_bool().unwrap_or(false)).into());
            row.insert("withdrawn".into(), 0.into());
            row.insert("version".into(), version);
            row.insert("placed_at".into(), event.at.0.into());
            for line in data["lines"].as_array().into_iter().flatten() {
                let key = format!("{id}/{}", text(&line["product_id"]));
                let names = ["sku", "name", "quantity", "unit_price_cents", "vat_rate_bp"];
                rows.insert(("web_order_line".into(), key), columns(line, &names));
            }
            rows.insert(("web_order".into(), id), row);
        }
        ORDER_WITHDRAWN => {
            let row = rows.entry(("web_order".into(), text(&data["order_id"]))).or_default();
            row.insert("withdrawn".into(), 1.into());
            row.insert("version".into(), version);
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
    let object = |members: Json| {
        let required: Vec<&String> =
            members.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        json!({ "type": "object", "required": required, "properties": members })
    };
    let contract = |kind: &str, members| Contract { kind: kind.into(), version: 1, schema: object(members) };
    vec![
        contract(
            ORDER_PLACED,
            json!({ "order_id": id, "shop": word, "customer_id": id, "total_cents": count, "payment_method": word,
                "lines": { "type": "array", "items": line, "minItems": 1 } }),
        ),
        contract(ORDER_WITHDRAWN, json!({ "order_id": id })),
        contract(
            CART_CHANGED,
            json!({ "cart_id": id, "customer_id": id, "shop": word, "state": word,
                "lines": { "type": "array", "items": line } }),
        ),
        contract(CUSTOMER_CHANGED, json!({ "customer_id": id, "seen_at": { "type": "integer" } })),
    ]
}
