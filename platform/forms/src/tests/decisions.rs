//! Creating, sending, deciding.

use super::world::{World, answers};
use serde_json::json;
use testkit::on_both_engines;

on_both_engines! {
    async fn every_statement_is_understood(kind) {
        let world = World::new(kind).await;
        assert!(world.island.db.prepare_all().await.unwrap() > 20);
    }

    async fn a_request_goes_through_both_levels(kind) {
        let world = World::new(kind).await;
        let body = json!({ "form": "DEPENSE", "values": answers() });
        let draft = world.post("lea", "/essai/instances", body).await.ok(201);
        assert_eq!((draft["state"].as_str(), draft["reference"].as_str()), (Some("brouillon"), Some("ES-2026-0001")));
        assert_eq!(draft["values"]["montant"], json!({ "amount_cents": 18490, "currency": "EUR" }));
        let id = draft["id"].as_str().unwrap();
        let sent = world.step("lea", id, "submit", json!({ "revision": 1 })).await.ok(200);
        assert_eq!((sent["state"].as_str(), sent["revision"].as_u64()), (Some("en_attente_chef"), Some(2)));
        assert_eq!(sent["due_at"], "2026-11-16T17:00:00Z");
        let inbox = world.get("marc", "/inbox").await.ok(200);
        assert_eq!((inbox["total"].as_u64(), inbox["items"][0]["id"].as_str()), (Some(1), Some(id)));
        assert_eq!(world.get("nadia", "/inbox").await.ok(200)["total"], 0);
        let shown = world.get("marc", &format!("/essai/instances/{id}")).await.ok(200);
        assert_eq!(shown["actions"], json!(["approve", "refuse", "comment"]));
        let passed = world.step("marc", id, "approve", json!({ "revision": 2 })).await.ok(200);
        assert_eq!((passed["state"].as_str(), passed["awaits"]["role"].as_str()), (Some("en_attente_rh"), Some("rh")));
        let granted = world.step("nadia", id, "approve", json!({ "comment": "Bon achat" })).await.ok(200);
        assert_eq!((granted["state"].as_str(), granted["kind"].as_str()), (Some("valide"), Some("approved")));
        let closed = world.step("nadia", id, "close", json!({})).await.ok(200);
        assert!(closed["closed_at"].is_string());
        let history = world.get("lea", &format!("/essai/instances/{id}/history")).await.ok(200);
        let verbs: Vec<_> = history["items"].as_array().unwrap().iter().map(|l| l["verb"].clone()).collect();
        assert_eq!(verbs, ["submit", "approve", "approve", "close"]);
        world.verified().await;
    }
}
