//! Sending and deciding: who may, who may not, and who was faster.

use super::world::{World, answers, id};
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

    async fn the_events_are_the_contracts(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        world.step("marc", &sent, "approve", json!({ "comment": "OK" })).await.ok(200);
        let stream = world.island.db.stream(&format!("instance/{sent}"), 0, 10).await.unwrap();
        assert_eq!(stream.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["form.workflow.submit", "form.workflow.approve"]);
        let data = world.island.db.data(&stream[1]).await.unwrap();
        assert_eq!((&data["event"], &data["version"], &data["module"]), (&json!("form.workflow.approve"), &json!(1), &json!("essai")));
        assert_eq!((&data["instanceId"], &data["formType"], &data["state"]), (&json!(sent), &json!("DEPENSE"), &json!("en_attente_rh")));
        assert_eq!((&data["by"], &data["at"]), (&json!(id(12)), &json!("2026-11-10T07:02:00Z")));
        let payload = &data["payload"];
        assert_eq!((&payload["from"], &payload["comment"]), (&json!("en_attente_chef"), &json!("OK")));
        assert_eq!((&payload["subject"], &payload["team"]), (&json!(id(11)), &json!(id(1))));
        assert_eq!(payload["awaits"], json!({ "role": "rh", "scope": "all" }));
        assert_eq!(payload["measures"], json!({ "montant": 18490 }));
        assert_eq!((&payload["revision"], &payload["title"]), (&json!(2), &json!("Dépense, Clé dynamométrique, 184,90\u{202f}€")));
        // What was first in the log is sealed: only who it is about opens it.
        let stored = &stream[0].data;
        assert!(!stored.contains("faussée") && !stored.contains("dynamométrique, 184"), "{stored}");
        let opened = world.island.db.data(&stream[0]).await.unwrap();
        assert_eq!(opened["payload"]["values"]["motif"], "L’ancienne est faussée");
    }

    async fn who_may_not_decide(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        assert_eq!(world.step("lea", &sent, "approve", json!({})).await.code(403), "forbidden");
        assert_eq!(world.step("nadia", &sent, "approve", json!({})).await.code(403), "role_required");
        // Erwan does not even see it.
        assert_eq!(world.step("erwan", &sent, "approve", json!({})).await.code(404), "not_found");
        assert_eq!(world.get("erwan", &format!("/essai/instances/{sent}")).await.code(404), "not_found");
        // A manager's own request is their own manager's to decide.
        let own = world.sent("marc").await;
        assert_eq!(world.step("marc", &own, "approve", json!({})).await.code(403), "own_request");
        assert_eq!(world.get("marc", "/inbox").await.ok(200)["total"], 1);
        assert_eq!(world.get("helene", "/inbox").await.ok(200)["total"], 2);
        world.step("helene", &own, "approve", json!({})).await.ok(200);
        // A unknown module, an unknown id and an unknown form.
        assert_eq!(world.get("lea", "/nulle_part/instances").await.code(404), "not_found");
        assert_eq!(world.get("lea", "/essai/instances/x").await.code(404), "not_found");
        let body = json!({ "form": "AUTRE", "values": {} });
        assert_eq!(world.post("lea", "/essai/instances", body).await.code(422), "unknown_form");
    }

    async fn a_refusal_needs_its_reason(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        let bare = world.step("marc", &sent, "refuse", json!({ "comment": "  " })).await;
        assert_eq!(bare.code(422), "comment_required");
        assert_eq!(bare.json()["errors"][0]["field"], "comment");
        let refused = world.step("marc", &sent, "refuse", json!({ "reason": "Trop cher" })).await.ok(200);
        assert_eq!(refused["kind"], "refused");
        assert_eq!(world.step("marc", &sent, "approve", json!({})).await.code(409), "not_allowed_from_state");
        // Its author takes it up again, corrects it, and sends it once more.
        let again = world.step("lea", &sent, "reopen", json!({})).await.ok(200);
        assert_eq!((again["state"].as_str(), again["awaits"].is_null()), (Some("brouillon"), true));
        assert_eq!(world.get("marc", &format!("/essai/instances/{sent}")).await.code(404), "not_found");
        world.step("lea", &sent, "submit", json!({})).await.ok(200);
        world.verified().await;
    }

    async fn a_guard_needs_its_fact(kind) {
        let world = World::new(kind).await;
        let mut values = answers();
        values["quantite"] = json!(10);
        let body = json!({ "form": "DEPENSE", "values": values, "submit": true });
        let made = world.post("lea", "/essai/instances", body).await.ok(201);
        let sent = made["id"].as_str().unwrap();
        world.step("marc", sent, "approve", json!({})).await.ok(200);
        let refused = world.step("nadia", sent, "approve", json!({})).await;
        assert_eq!(refused.code(409), "guard_failed");
        assert_eq!(refused.json()["detail"], "Le montant dépasse le plafond");
    }

    async fn a_stale_decision_says_what_happened(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        world.clock.advance(60);
        world.step("helene", &sent, "comment", json!({ "comment": "Attendez le devis" })).await.ok(200);
        let stale = world.step("marc", &sent, "approve", json!({ "revision": 1 })).await;
        assert_eq!(stale.code(409), "stale_version");
        let details = &stale.json()["details"];
        assert_eq!((&details["revision"], &details["by"], &details["verb"]), (&json!(2), &json!(id(14)), &json!("comment")));
        assert_eq!((&details["state"], &details["at"]), (&json!("en_attente_chef"), &json!("2026-11-10T07:03:00Z")));
        world.step("marc", &sent, "approve", json!({ "revision": 2 })).await.ok(200);
    }

    async fn sent_twice_under_one_key_is_sent_once(kind) {
        let world = World::new(kind).await;
        let body = json!({ "form": "DEPENSE", "values": answers(), "submit": true });
        let first = world.call("lea", "POST", "/essai/instances", body.clone(), "k1").await;
        let second = world.call("lea", "POST", "/essai/instances", body, "k1").await;
        assert_eq!((first.ok(201), second.replayed), (second.ok(201), true));
        let other = json!({ "form": "DEPENSE", "values": {} });
        assert_eq!(world.call("lea", "POST", "/essai/instances", other, "k1").await.code(409), "idempotency_key_reused");
        let path = format!("/essai/instances/{}/approve", first.json()["id"].as_str().unwrap());
        let both = tokio::join!(
            world.call("marc", "POST", &path, json!({}), "k2"),
            world.call("marc", "POST", &path, json!({}), "k2"),
        );
        assert_eq!((both.0.ok(200), both.1.ok(200)["revision"].as_u64()), (both.1.json(), Some(2)));
        assert_eq!(world.get("lea", "/essai/instances").await.ok(200)["items"].as_array().unwrap().len(), 1);
        world.verified().await;
    }

    async fn two_who_decide_at_once_decide_once(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        let (a, b) = tokio::join!(
            world.step("marc", &sent, "approve", json!({})),
            world.step("helene", &sent, "refuse", json!({ "comment": "Non" })),
        );
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert!(statuses[0] == 200 && (statuses[1] == 409 || statuses[1] == 403), "{} {}", a.text, b.text);
        world.verified().await;
    }
}
