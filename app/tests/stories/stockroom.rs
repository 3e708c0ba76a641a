//! In the stock room: what comes in, what is counted, what tills sell, what moves between shops; the ledger adds up.

use crate::shopping::{once, product, send, verified};
use crate::world::{Caller, World};
use axum::http::StatusCode;
use contracts::retail::{SALE_RECORDED, SaleKind, SaleLine, SaleRecorded, Tender};
use db::{Batch, NewEvent};
use kernel::{Actor, Cause, Clock, DatabaseId, ModuleCode, TestClock, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use testkit::on_both_engines;

const RECHARGE: &str = "HAM-33017";

async fn at(caller: &Caller<'_>, shop: &str, sku: &str) -> Json {
    caller.get(&format!("/api/v1/stock?shop={shop}&q={sku}")).await.json()["items"][0].clone()
}

/// The sum of the ledger, and its movements, newest first.
async fn ledger(caller: &Caller<'_>, shop: &str, product: &Json) -> (i64, Vec<(String, i64)>) {
    let id = product["id"].as_str().unwrap();
    let rows = caller.get(&format!("/api/v1/stock/movements?product_id={id}&shop={shop}")).await.json();
    let rows: Vec<(String, i64)> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kind"].as_str().unwrap().to_owned(), row["quantity"].as_i64().unwrap()))
        .collect();
    (rows.iter().map(|(_, quantity)| quantity).sum(), rows)
}

/// What a till says, as `retail` writes it.
async fn rings(world: &World, sale: &SaleRecorded) {
    say(world, "retail", SALE_RECORDED, json!(sale)).await;
}

fn sale(world: &World, product: &Json, quantity: u32, restock: Option<bool>) -> SaleRecorded {
    let clock = &world.system.clock;
    let total_cents = i64::from(quantity) * 2990;
    SaleRecorded {
        sale_id: clock.new_id(),
        kind: if restock.is_some() { SaleKind::Return } else { SaleKind::Sale },
        shop: "concarneau".into(),
        till: "1".into(),
        receipt: 1,
        lines: vec![SaleLine {
            product_id: product["id"].as_str().unwrap().parse::<Uuid>().unwrap(),
            quantity,
            unit_price_cents: 2990,
            vat_rate_bp: 2000,
            total_cents,
            restock: restock.unwrap_or_default(),
        }],
        total_cents,
        tenders: vec![Tender { means: "cash".into(), amount_cents: total_cents }],
        returns: None,
        at: clock.now(),
    }
}

on_both_engines! {
    async fn tills_move_the_stock_and_the_ledger_adds_up(kind) {
        let world = World::new(kind).await;
        let chloe = world.as_person("chloe").await;
        let recharge = product(&chloe, RECHARGE).await;
        assert_eq!((&at(&chloe, "concarneau", RECHARGE).await["low"], 4), (&json!(true), 4), "4 of 5 wanted");
        let first = sale(&world, &recharge, 3, None);
        rings(&world, &first).await;
        once(&chloe, "/api/v1/stock?shop=concarneau&q=HAM-33017", |s| s["items"][0]["on_hand"] == 1).await;
        // The same sale again, in another event: booked once. Then more than there is by the books.
        rings(&world, &first).await;
        rings(&world, &sale(&world, &recharge, 4, None)).await;
        let doubted = once(&chloe, "/api/v1/stock?shop=concarneau&q=HAM-33017", |s| s["items"][0]["to_count"] == true).await;
        assert_eq!(doubted["items"][0]["on_hand"], 0);
        rings(&world, &sale(&world, &recharge, 1, Some(false))).await;
        rings(&world, &sale(&world, &recharge, 2, Some(true))).await;
        once(&chloe, "/api/v1/stock?shop=concarneau&q=HAM-33017", |s| s["items"][0]["on_hand"] == 2).await;
        let (sum, rows) = ledger(&chloe, "concarneau", &recharge).await;
        let mut kinds: Vec<_> = rows.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
        kinds.sort_unstable();
        assert_eq!((sum, kinds), (2, vec![("count", 3), ("receipt", 4), ("return", 2), ("sale", -4), ("sale", -3)]));

        let place = json!({ "shop": "concarneau", "product_id": recharge["id"], "counted": 9 });
        let counted = chloe.post("/api/v1/stock/counts", &place).await.json();
        assert_eq!((&counted["on_hand"], &counted["to_count"], &counted["low"]), (&json!(9), &json!(false), &json!(false)));
        assert_eq!(ledger(&chloe, "concarneau", &recharge).await.0, 9);
    }

    async fn goods_move_between_shops_and_what_does_not_come_is_known(kind) {
        let world = World::new(kind).await;
        let (chloe, caisse) = (world.as_person("chloe").await, world.as_person("caisse").await);
        let recharge = product(&chloe, RECHARGE).await;
        let wanted = |quantity: i64| json!({ "from_shop": "lorient", "to_shop": "concarneau",
            "lines": [{ "product_id": recharge["id"], "quantity": quantity }] });
        for wrong in [wanted(0), wanted(-4), json!({ "from_shop": "lorient", "to_shop": "lorient", "lines": [] })] {
            assert_eq!(caisse.post("/api/v1/stock/transfers", &wrong).await.code(), "invalid_values");
        }
        let asked = caisse.post("/api/v1/stock/transfers", &wanted(10)).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text);
        let path = format!("/api/v1/stock/transfers/{}", asked.json()["id"].as_str().unwrap());
        assert_eq!(caisse.post(&format!("{path}/approve"), &Json::Null).await.status, StatusCode::FORBIDDEN);
        assert_eq!(chloe.post(&format!("{path}/ship"), &Json::Null).await.code(), "not_at_this_stage");
        assert_eq!(chloe.post(&format!("{path}/approve"), &Json::Null).await.json()["state"], "approved");
        let shipped = chloe.post(&format!("{path}/ship"), &Json::Null).await.json();
        assert_eq!(shipped["lines"][0]["in_transit"], 10);
        assert_eq!(at(&chloe, "lorient", RECHARGE).await["on_hand"], 8);
        let come = |quantity: i64| json!({ "lines": [{ "product_id": recharge["id"], "quantity": quantity }] });
        assert_eq!(chloe.post(&format!("{path}/receive"), &come(11)).await.code(), "invalid_values");
        let received = chloe.post(&format!("{path}/receive"), &come(9)).await.json();
        assert_eq!((&received["state"], &received["lines"][0]["missing"]), (&json!("received"), &json!(1)));
        assert_eq!(chloe.post(&format!("{path}/receive"), &come(9)).await.code(), "not_at_this_stage");
        let here = at(&chloe, "concarneau", RECHARGE).await;
        assert_eq!((&here["on_hand"], &here["low"]), (&json!(13), &json!(false)), "told that there is more again");
        assert_eq!(ledger(&chloe, "concarneau", &recharge).await.0, 13);
        assert_eq!(ledger(&chloe, "lorient", &recharge).await.0, 8);

        let more = caisse.post("/api/v1/stock/transfers", &wanted(9)).await.json();
        let path = format!("/api/v1/stock/transfers/{}", more["id"].as_str().unwrap());
        chloe.post(&format!("{path}/approve"), &Json::Null).await;
        assert_eq!(chloe.post(&format!("{path}/ship"), &Json::Null).await.code(), "not_enough_stock");
        assert_eq!(at(&chloe, "lorient", RECHARGE).await["on_hand"], 8, "nothing was changed");
        assert_eq!(chloe.post(&format!("{path}/refuse"), &Json::Null).await.json()["state"], "refused");
        verified(&world).await;
    }

    async fn products_are_described_once_and_thresholds_are_the_shops(kind) {
        let world = World::new(kind).await;
        let (chloe, client) = (world.as_person("chloe").await, world.as_person("client").await);
        let gilet = product(&chloe, "PLA-66824").await;
        let mut new = json!({ "sku": "LIV-1", "name": "Carte marine 7067", "price_cents": 2990, "category": "Livres",
            "ean13": "4006381333931", "vat": "reduced" });
        let made = chloe.post("/api/v1/products", &new).await.json();
        assert_eq!((&made["vat_rate_bp"], &made["ean13"]), (&json!(550), &json!("4006381333931")));
        assert_eq!(chloe.post("/api/v1/products", &new).await.code(), "sku_taken");
        new["sku"] = json!("LIV-2");
        assert_eq!(chloe.post("/api/v1/products", &new).await.code(), "ean13_taken");
        for (field, value) in [("ean13", json!("4006381333932")), ("vat", json!("none")), ("price_cents", json!(-1))] {
            let mut wrong = new.clone();
            wrong[field] = value;
            let answer = chloe.post("/api/v1/products", &wrong).await;
            assert_eq!((answer.code().as_str(), &answer.json()["errors"][0]["field"]), ("invalid_values", &json!(format!("/{field}"))));
        }
        assert_eq!(client.post("/api/v1/products", &new).await.status, StatusCode::FORBIDDEN);
        let found = client.get("/api/v1/products?category=Livres&q=carte").await.json();
        assert_eq!(found["items"][0]["sku"], "LIV-1");

        world.at_rest().await;
        let stock = chloe.get("/api/v1/stock?shop=concarneau&q=PLA-66824").await.json();
        let available = stock["items"][0]["available"].clone();
        let at = json!({ "shop": "concarneau", "product_id": gilet["id"], "low_at": available });
        let told = send(&chloe, "PUT", "/api/v1/stock/thresholds", &at).await.json();
        assert_eq!((&told["low"], &told["available"]), (&json!(true), &available));
        let needy = chloe.get("/api/v1/stock?needs=somebody&shop=concarneau").await.json();
        assert!(needy["items"].as_array().unwrap().iter().any(|level| level["product_id"] == gilet["id"]));
        let below = json!({ "shop": "concarneau", "product_id": gilet["id"], "counted": -1 });
        assert_eq!(chloe.post("/api/v1/stock/counts", &below).await.code(), "invalid_values");
        verified(&world).await;
    }

    async fn a_hold_that_is_not_paid_for_is_given_back_and_may_be_confirmed_late(kind) {
        let clock = Arc::new(TestClock::at(Timestamp(1_795_000_000_000_000)));
        let world = World::at(kind, clock.clone()).await;
        let chloe = world.as_person("chloe").await;
        let recharge = product(&chloe, RECHARGE).await;
        let path = "/api/v1/stock?shop=concarneau&q=HAM-33017";
        let id = clock.new_id();
        // What `transaction` would say, without the timer that it would set: nobody ends this order.
        let order = json!({ "transaction_id": id, "shop": "concarneau", "customer_id": id, "total_cents": 8970,
            "payment_method": "tok_refused",
            "lines": [{ "product_id": recharge["id"], "quantity": 3, "unit_price_cents": 2990 }] });
        say(&world, "transaction", "transaction.created", order).await;
        once(&chloe, path, |stock| stock["items"][0]["reserved"] == 3).await;
        clock.advance(19 * 60);
        // Who was signed in that long ago signs in again.
        let chloe = world.as_person("chloe").await;
        // The stock room's log grows: whoever serves timers looks again.
        nudge(&chloe).await;
        assert_eq!(at(&chloe, "concarneau", RECHARGE).await["reserved"], 3, "still within its time");
        clock.advance(2 * 60);
        let chloe = world.as_person("chloe").await;
        nudge(&chloe).await;
        once(&chloe, path, |stock| stock["items"][0]["reserved"] == 0).await;
        say(&world, "payment", "payment.processed", json!({ "transaction_id": id, "amount_cents": 8970 })).await;
        once(&chloe, path, |stock| stock["items"][0]["reserved"] == 3).await;
    }
}

/// An event of a module, as it would write it.
async fn say(world: &World, module: &str, kind: &str, data: Json) {
    let db = world.system.database(&DatabaseId::main(ModuleCode::new(module).unwrap())).unwrap();
    let clock = &world.system.clock;
    let mut batch = Batch::new(clock.now(), Cause::new(&Actor::system("test"), clock.new_id()));
    batch.event(NewEvent::new(clock.new_id(), kind, format!("test/{}", clock.new_id()), data));
    db.write(batch).await.unwrap();
}

async fn nudge(chloe: &Caller<'_>) {
    let taquet = product(chloe, "LEW-46002").await;
    let receipt = json!({ "shop": "concarneau", "product_id": taquet["id"], "quantity": 1 });
    assert_eq!(chloe.post("/api/v1/stock/receipts", &receipt).await.status, StatusCode::CREATED);
}
