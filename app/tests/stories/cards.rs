//! No card number anywhere: after orders that were paid, refused and withdrawn, every text of every table, every opened
//! event and every exported line is searched for one. The search finds the numbers that are planted for it.

use crate::backup::operator;
use crate::world::{Answer, Caller, World, caught_up, once};
use archipel::ops::{Command, Say, Voice, run};
use axum::http::StatusCode;
use db::{Batch, NewEvent};
use kernel::{Actor, Cause, Clock, DatabaseId, ModuleCode, SystemClock};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use system::events::Wanted;
use testkit::{on_both_engines, texts_of_file};

/// A number that the card schemes publish for tests.
const CARD: &str = "4242 4242 4242 4242";

async fn posted(caller: &Caller<'_>, path: &str, body: &Json) -> Answer {
    // The product comes on sale where orders are taken a moment after it is made.
    once(async || {
        let answer = caller.post(path, body).await;
        if answer.status == StatusCode::UNPROCESSABLE_ENTITY { Err(answer.text) } else { Ok(answer) }
    })
    .await
}

fn order(product: &Json, method: &str) -> Json {
    json!({ "shop": "quai", "payment_method": method, "lines": [{ "product_id": product, "quantity": 1 }] })
}

/// Orders that are paid, refused by the bank, and withdrawn; and one that is paid by a number.
async fn some_trade(world: &World) {
    let (chloe, buyer) = (world.as_person("chloe").await, world.as_person("client").await);
    let vest = json!({ "sku": "GIL-CARTE", "name": "Gilet 150 N", "price_cents": 12_990 });
    let product = chloe.post("/api/v1/inventory/products", &vest).await.json()["id"].clone();
    let receipt = json!({ "shop": "quai", "product_id": product, "quantity": 9 });
    assert!(chloe.post("/api/v1/inventory/receipts", &receipt).await.status.is_success());
    for method in ["tok_ok", "tok_refused", "tok_ok"] {
        let placed = posted(&buyer, "/api/v1/transactions", &order(&product, method)).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.text);
        if method == "tok_ok" {
            let path = format!("/api/v1/transactions/{}/cancel", placed.json()["id"].as_str().unwrap());
            assert!(buyer.post(&path, &json!({})).await.status.is_success());
        }
    }
    let by_number = buyer.post_with_key("/api/v1/transactions", &order(&product, CARD), "by-number").await;
    assert_eq!(by_number.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", by_number.text);
    assert!(
        by_number.text.contains("/payment_method") && !by_number.text.contains(CARD),
        "{}",
        by_number.text
    );
}

fn is_found(text: &str) -> bool {
    match serde_json::from_str::<Json>(text) {
        Ok(data @ (Json::Object(_) | Json::Array(_))) => kernel::holds_card_number(&data),
        _ => kernel::card_number(text).is_some(),
    }
}

/// Where card numbers are: in tables, in logs with their personal members opened, among exported lines.
async fn found(world: &World, round: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let dir = world.folder.path().join(round);
    operator(&world.system, Command::Backup { to: dir.clone() }).await.unwrap();
    let mut searched = 0;
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sqlite") {
            let file = path.file_stem().unwrap().to_string_lossy().into_owned();
            for (table, column, text) in texts_of_file(&path) {
                searched += 1;
                if is_found(&text) {
                    found.insert(format!("{file} {table}.{column}"));
                }
            }
        }
    }
    assert!(searched > 1000, "only {searched} texts were searched");
    for db in world.system.databases.all() {
        for event in db.log_after(0, 1_000_000).await.unwrap() {
            if kernel::holds_card_number(&db.data(&event).await.unwrap()) {
                found.insert(format!("event {}", event.kind));
            }
        }
    }
    let (voice, mut listener) = Voice::new();
    let (system, wanted) = (world.system.clone(), Wanted::default());
    let export = tokio::spawn(async move { run(&system, Command::EventsExport { wanted }, voice).await });
    while let Some(said) = listener.recv().await {
        match said {
            Say::Row(row) if kernel::holds_card_number(&row) => {
                found.insert(format!("exported {}", row["type"].as_str().unwrap_or_default()));
            }
            Say::Failed { message, .. } => panic!("{message}"),
            _ => {}
        }
    }
    export.await.unwrap();
    found
}

on_both_engines! {
    async fn no_card_number_is_kept_anywhere(kind) {
        let world = Arc::new(World::new(kind).await);
        some_trade(&world).await;
        caught_up(&world.system, "events").await;
        assert_eq!(found(&world, "before").await, BTreeSet::new());
        let bank = world.system.database(&DatabaseId::main(ModuleCode::new("bank").unwrap())).unwrap();
        let mut batch = Batch::new(SystemClock.now(), Cause::new(&Actor::system("test"), SystemClock.new_id()));
        batch.event(NewEvent::new(SystemClock.new_id(), "test.planted", "test", json!({ "note": format!("by {CARD}.") })));
        bank.write(batch).await.unwrap();
        world.tamper("transaction", "UPDATE transactions SET reason = 'card 5555555555554444'").await;
        caught_up(&world.system, "events").await;
        let planted = ["bank log.data", "event test.planted", "events event_store.data", "exported test.planted", "transaction transactions.reason"];
        assert_eq!(found(&world, "after").await, planted.map(String::from).into());
    }
}
