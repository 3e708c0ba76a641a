//! The event store in the whole system: an order looked back on, months that go into files and come back, also through a
//! backup, and an alert when something was altered.

use crate::backup::operator;
use crate::world::{World, caught_up as read, flags, once, wanted};
use archipel::config::resolve;
use archipel::ops::Command;
use archipel::system::System;
use axum::http::StatusCode;
use kernel::{TestClock, Timestamp};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use testkit::on_both_engines;

async fn holds(system: &Arc<System>) {
    let report = operator(system, Command::Verify).await.unwrap();
    assert_eq!(report["holds"], true, "{report}");
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

on_both_engines! {
    async fn an_order_is_looked_back_on(kind) {
        let world = World::new(kind).await;
        let (chloe, buyer, omar) = (world.as_person("chloe").await, world.as_person("client").await, world.as_person("omar").await);
        let vest = json!({ "sku": "GIL-RETRO", "name": "Gilet 150 N", "price_cents": 12_990 });
        let product = chloe.post("/api/v1/inventory/products", &vest).await.json()["id"].clone();
        chloe.post("/api/v1/inventory/receipts", &json!({ "shop": "quai", "product_id": product, "quantity": 2 })).await;
        let body = json!({ "shop": "quai", "payment_method": "tok_ok", "lines": [{ "product_id": product, "quantity": 1 }] });
        let placed = once(async || {
            let answer = buyer.post("/api/v1/transactions", &body).await;
            if answer.status == StatusCode::CREATED { Ok(answer) } else { Err(answer.text) }
        }).await;
        let id = placed.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/transactions/{id}");
        once(async || wanted(buyer.get(&path).await.json(), |order| order["state"] == "reserved")).await;
        assert!(buyer.post(&format!("{path}/cancel"), &json!({})).await.status.is_success());
        read(&world.system, "events").await;
        let stream = format!("/api/v1/events/streams/transaction%2F{id}");
        let state = async |query: &str| omar.get(&format!("{stream}/state?database=transaction{query}")).await.json();
        let of = |state: &Json| {
            let rows = state["rows"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row["table"] == "transactions").map_or(Json::Null, |row| row["columns"]["state"].clone())
        };
        let events = omar.get(&format!("{stream}?database=transaction")).await.json();
        let first = events["items"][0].clone();
        assert_eq!((&first["type"], &first["stream_version"]), (&json!("transaction.created"), &json!(1)));
        assert_eq!((of(&state("&version=1").await), of(&state("").await)), (json!("created"), json!("cancelled")));
        assert_eq!(of(&state(&format!("&at={}", first["at"].as_str().unwrap())).await), "created");
        assert_eq!(state("&at=2020-01-01T00:00:00Z").await["version"], 0);
        let paid = omar.get("/api/v1/audit?type=payment.processed").await.json();
        assert_eq!(paid["items"][0]["tags"], json!(["FINANCIAL", "PCI-DSS"]));
        holds(&world.system).await;
        world.close().await;
    }

    async fn months_go_into_files_and_come_back_through_a_backup(kind) {
        let clock = Arc::new(TestClock::at(at("2026-08-10T08:00:00Z")));
        let world = World::at(kind, clock.clone()).await;
        read(&world.system, "events").await;
        let month = async |system: &Arc<System>, name: &str| {
            let months = operator(system, Command::EventsPartitions).await.unwrap();
            months.as_array().unwrap().iter().find(|m| m["partition"] == name).cloned().unwrap_or_default()
        };
        let august = month(&world.system, "2026-08").await;
        assert!(august["events"].as_u64().unwrap() > 0, "{august}");
        let early = operator(&world.system, Command::EventsArchive { month: "2026-08".into() }).await.unwrap_err();
        assert!(early.starts_with("partition_under_way"), "{early}");
        clock.set(at("2026-10-01T00:00:00Z"));
        let archived = operator(&world.system, Command::EventsArchive { month: "2026-08".into() }).await.unwrap();
        assert_eq!((&archived["state"], &archived["events"]), (&json!("archived"), &august["events"]));
        read(&world.system, "events").await;
        holds(&world.system).await;
        let dir = world.folder.path().join("backup");
        operator(&world.system, Command::Backup { to: dir.clone() }).await.unwrap();

        let (flags, _folder, _server) = flags(kind).await;
        let manifest = serde_json::from_str(&std::fs::read_to_string(dir.join("backup.json")).unwrap()).unwrap();
        let mut config = resolve(&flags).unwrap();
        config.master_key = Some(std::fs::read_to_string(world.system.folder.path().join("master.key")).unwrap().into());
        System::restore(config, &dir, &manifest, true, &|_| {}).await.unwrap();
        let restored = Arc::new(System::boot_at(resolve(&flags).unwrap(), clock, &|_| {}).await.unwrap());
        read(&restored, "events").await;
        holds(&restored).await;
        let thawed = operator(&restored, Command::EventsThaw { month: "2026-08".into() }).await.unwrap();
        assert_eq!((&thawed["state"], &thawed["events"]), (&json!("open"), &august["events"]));
        read(&restored, "events").await;
        holds(&restored).await;
        restored.close().await;
        world.close().await;
    }

    async fn what_verification_finds_becomes_an_alert(kind) {
        let world = World::new(kind).await;
        let sonia = world.as_person("sonia").await;
        read(&world.system, "audit").await;
        assert_eq!(sonia.get("/api/v1/audit/alerts?open=true").await.json()["items"], json!([]), "the start is no news");
        world.tamper("auth", "UPDATE user_profiles SET title = 'Directrice' WHERE title = 'Mécanicien'").await;
        assert_eq!(operator(&world.system, Command::Verify).await.unwrap()["holds"], false);
        read(&world.system, "audit").await;
        let alerts = sonia.get("/api/v1/audit/alerts?open=true").await.json();
        assert_eq!(alerts["items"][0]["rule"], "verification_failed", "{alerts}");
        let path = format!("/api/v1/audit/alerts/{}/acknowledge", alerts["items"][0]["id"].as_str().unwrap());
        assert_eq!(sonia.post(&path, &json!({})).await.status, StatusCode::OK);
        assert_eq!(sonia.get("/api/v1/audit/alerts?open=true").await.json()["items"], json!([]));
        world.close().await;
    }
}
