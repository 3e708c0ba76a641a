//! What is said of shops and tills, on the streams `shop/CODE` and `till/SHOP/CODE`; and how folding it gives the rows.

use contracts::retail::SALE_RECORDED;
use flow::{FoldTable, Rows};
use serde_json::{Value as Json, json};
use web::Contract;

/// A shop has a name and an address.
pub(crate) const SHOP_CHANGED: &str = "retail.shop.changed";
/// A till stands in a shop.
pub(crate) const TILL_ADDED: &str = "retail.till.added";
/// A session has begun, with a float.
pub(crate) const TILL_OPENED: &str = "retail.till.opened";
/// A session was closed; the hash of its closing is an anchor outside of the till's rows.
pub(crate) const TILL_CLOSED: &str = "retail.till.closed";
/// Something else was done that the law wants to be noted: a copy was printed.
pub(crate) const TILL_NOTED: &str = "retail.till.noted";

/// The state tables that the events account for.
pub(crate) fn fold_tables() -> Vec<FoldTable> {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|&k| k.into()).collect(),
        columns: columns.iter().map(|&c| c.into()).collect(),
    };
    let heads = [
        "receipts",
        "receipt_hash",
        "closings",
        "closing_hash",
        "notes",
        "note_hash",
        "sold_cents",
        "returned_cents",
        "session_id",
        "version",
    ];
    let session = ["shop", "till", "opened_by", "float_cents", "opened_at", "closed_at", "closing"];
    let record = ["id", "kind", "about", "total_cents", "at", "content", "previous", "hash"];
    vec![
        table("shops", &["code"], &["name", "address", "version"]),
        table("tills", &["shop", "code"], &heads),
        table("till_session", &["id"], &session),
        table("till_record", &["shop", "till", "chain", "number"], &record),
        table("sale_line", &["sale_id", "line"], &["quantity", "returned"]),
    ]
}

/// Applies one event: it tells every row that it wrote.
pub(crate) fn fold(data: &Json, rows: &mut Rows) {
    for (table, told) in data["after"].as_object().into_iter().flatten() {
        for (key, row) in told.as_object().into_iter().flatten() {
            let columns = row.as_object().cloned().unwrap_or_default();
            rows.insert((table.clone(), key.clone()), columns.into_iter().collect());
        }
    }
}

/// The contracts of the events.
pub(crate) fn contracts() -> Vec<Contract> {
    let (id, word) = (json!({ "type": "string", "format": "uuid" }), json!({ "type": "string" }));
    let (count, flag) = (json!({ "type": "integer", "minimum": 0 }), json!({ "type": "boolean" }));
    let line = object(&json!({
        "product_id": id, "quantity": { "type": "integer", "minimum": 1 }, "unit_price_cents": count,
        "vat_rate_bp": count, "total_cents": count, "restock": flag }));
    let tender = object(&json!({ "means": { "enum": ["cash", "card", "voucher"] }, "amount_cents": count }));
    let place = json!({ "shop": word, "till": word });
    let with = |more: Json| {
        let mut members = place.clone();
        for (name, schema) in more.as_object().into_iter().flatten() {
            members[name] = schema.clone();
        }
        object(&members)
    };
    let contract = |kind: &str, schema| Contract { kind: kind.into(), version: 1, schema };
    let mut sale = with(json!({
        "sale_id": id, "kind": { "enum": ["sale", "return"] },
        "receipt": { "type": "integer", "minimum": 1 }, "lines": { "type": "array", "items": line },
        "total_cents": count, "tenders": { "type": "array", "items": tender },
        "at": { "type": "string", "format": "date-time" } }));
    sale["properties"]["returns"] = json!({ "type": ["string", "null"], "format": "uuid" });
    vec![
        contract(SALE_RECORDED, sale),
        contract(SHOP_CHANGED, object(&json!({ "shop": word, "name": word, "address": word }))),
        contract(TILL_ADDED, with(json!({}))),
        contract(TILL_OPENED, with(json!({ "session_id": id, "float_cents": count }))),
        contract(
            TILL_CLOSED,
            with(
                json!({ "session_id": id, "closing": count, "hash": word, "net_cents": { "type": "integer" } }),
            ),
        ),
        contract(TILL_NOTED, with(json!({ "what": word }))),
    ]
}

/// An object all of whose members are there.
fn object(members: &Json) -> Json {
    let required: Vec<&String> = members.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    json!({ "type": "object", "required": required, "properties": members })
}
