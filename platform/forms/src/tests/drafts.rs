//! Drafts: kept as they are, changed, thrown away; nobody else's business.

use super::world::{World, answers};
use serde_json::json;
use testkit::on_both_engines;

on_both_engines! {
    async fn a_draft_is_its_authors_alone(kind) {
        let world = World::new(kind).await;
        let draft = world.post("lea", "/essai/instances", json!({ "form": "DEPENSE", "values": {} })).await.ok(201);
        let path = format!("/essai/instances/{}", draft["id"].as_str().unwrap());
        assert_eq!(draft["title"]["fr"], "Dépense");
        for other in ["marc", "nadia"] {
            assert_eq!(world.get(other, &path).await.code(404), "not_found");
            assert_eq!(world.get(other, "/essai/instances").await.ok(200)["items"], json!([]));
        }
        assert_eq!(world.get("lea", "/essai/instances").await.ok(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn answers_change_and_go(kind) {
        let world = World::new(kind).await;
        let draft = world.post("lea", "/essai/instances", json!({ "form": "DEPENSE", "values": answers() })).await.ok(201);
        let path = format!("/essai/instances/{}", draft["id"].as_str().unwrap());
        let change = json!({ "values": { "quantite": 1, "motif": null }, "revision": 1 });
        let changed = world.call("lea", "PATCH", &path, change, "").await.ok(200);
        assert_eq!((&changed["values"]["montant"]["amount_cents"], &changed["revision"]), (&json!(9245), &json!(2)));
        assert!(changed["values"].get("motif").is_none());
        assert_eq!(changed["title"]["fr"], "Dépense, Clé dynamométrique, 92,45\u{202f}€");
        let stale = json!({ "values": { "quantite": 3 }, "revision": 1 });
        let stale = world.call("lea", "PATCH", &path, stale, "").await;
        assert_eq!((stale.code(409), &stale.json()["details"]["revision"]), ("stale_version".to_owned(), &json!(2)));
        let wrong = world.call("lea", "PATCH", &path, json!({ "values": { "quantité": "x", "unite": 3 } }), "").await;
        assert_eq!(wrong.code(422), "invalid_values");
        assert_eq!(wrong.json()["errors"].as_array().unwrap().len(), 2);
        world.verified().await;
    }

    async fn an_incomplete_draft_is_kept_but_not_sent(kind) {
        let world = World::new(kind).await;
        let body = json!({ "form": "DEPENSE", "values": { "objet": "Gants" } });
        let draft = world.post("lea", "/essai/instances", body.clone()).await.ok(201);
        let id = draft["id"].as_str().unwrap();
        let refused = world.step("lea", id, "submit", json!({})).await;
        assert_eq!(refused.code(422), "invalid_values");
        let fields: Vec<_> = refused.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!(fields, ["quantite", "unite", "mode"]);
        let at_once = json!({ "form": "DEPENSE", "values": { "objet": "Gants" }, "submit": true });
        assert_eq!(world.post("lea", "/essai/instances", at_once).await.code(422), "invalid_values");
    }

    async fn a_hidden_answer_is_not_sent(kind) {
        let world = World::new(kind).await;
        let mut values = answers();
        values["quantite"] = json!(1);
        let body = json!({ "form": "DEPENSE", "values": values });
        let draft = world.post("lea", "/essai/instances", body).await.ok(201);
        assert_eq!(draft["values"]["motif"], "L’ancienne est faussée", "a draft keeps it");
        let sent = world.step("lea", draft["id"].as_str().unwrap(), "submit", json!({})).await.ok(200);
        assert!(sent["values"].get("motif").is_none(), "at 92,45 € nobody asks for it");
        world.verified().await;
    }

    async fn a_draft_is_thrown_away_and_its_number_does_not_come_back(kind) {
        let world = World::new(kind).await;
        let draft = world.post("lea", "/essai/instances", json!({ "form": "DEPENSE", "values": answers() })).await.ok(201);
        let path = format!("/essai/instances/{}", draft["id"].as_str().unwrap());
        world.step("lea", draft["id"].as_str().unwrap(), "comment", json!({ "comment": "à revoir" })).await.ok(200);
        world.call("lea", "DELETE", &path, json!(null), "").await.ok(200);
        assert_eq!(world.get("lea", &path).await.code(404), "not_found");
        world.verified().await;
        let sent = world.sent("lea").await;
        let path = format!("/essai/instances/{sent}");
        assert_eq!(world.get("lea", &path).await.ok(200)["reference"], "ES-2026-0002");
        assert_eq!(world.call("lea", "DELETE", &path, json!(null), "").await.code(409), "not_a_draft");
        world.step("marc", &sent, "refuse", json!({ "comment": "Non" })).await.ok(200);
        world.step("lea", &sent, "reopen", json!({})).await.ok(200);
        assert_eq!(world.call("lea", "DELETE", &path, json!(null), "").await.code(409), "was_submitted");
    }

    async fn many_who_begin_at_once_get_a_number_each(kind) {
        let world = World::new(kind).await;
        let begin = || world.post("lea", "/essai/instances", json!({ "form": "DEPENSE", "values": {} }));
        let (a, b, c, d, e) = tokio::join!(begin(), begin(), begin(), begin(), begin());
        let mut numbers: Vec<_> = [a, b, c, d, e].iter().map(|made| made.ok(201)["reference"].to_string()).collect();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 5, "{numbers:?}");
        world.verified().await;
    }
}
