//! Due dates: told once, and passed on to those to whom the declaration escalates.

use super::world::World;
use kernel::Timestamp;
use serde_json::json;
use std::time::Duration;
use testkit::on_both_engines;

/// Waits until an instance has so many lines of history.
async fn until_told(world: &World, id: &str, lines: usize) {
    for _ in 0..200 {
        let history = world.get("lea", &format!("/essai/instances/{id}/history")).await.ok(200);
        if history["items"].as_array().unwrap().len() >= lines {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{id} was never told late");
}

on_both_engines! {
    async fn a_due_date_that_passes_is_told_once_and_escalates(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        world.clock.set(Timestamp::parse("2026-11-16T17:00:01Z").unwrap());
        // The timers look again when the log grows.
        let other = world.sent("erwan").await;
        until_told(&world, &sent, 2).await;
        let shown = world.get("nadia", &format!("/essai/instances/{sent}")).await.ok(200);
        assert_eq!(shown["late_at"], "2026-11-16T17:00:01Z");
        assert_eq!(shown["actions"], json!(["approve", "refuse", "comment"]), "human resources may decide now");
        let inbox = world.get("nadia", "/inbox").await.ok(200);
        assert_eq!((&inbox["total"], &inbox["late"], &inbox["items"][0]["id"]), (&json!(1), &json!(1), &json!(sent)));
        assert_eq!(world.get("lea", "/essai/instances?late=1").await.ok(200)["items"].as_array().unwrap().len(), 1);
        // What the system did by itself does not make a reader's page stale.
        let passed = world.step("marc", &sent, "approve", json!({ "revision": 1 })).await.ok(200);
        assert_eq!((passed["late_at"].is_null(), &passed["due_at"]), (true, &json!("2026-11-23T17:00:00Z")));
        let history = world.get("lea", &format!("/essai/instances/{sent}/history")).await.ok(200);
        assert_eq!(history["items"][1]["verb"], "overdue");
        assert!(history["items"][1]["by"].is_null());
        assert_eq!(world.get("helene", &format!("/essai/instances/{other}")).await.ok(200)["late_at"], json!(null));
        world.verified().await;
    }

    async fn a_decision_in_time_leaves_no_timer(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        world.step("marc", &sent, "refuse", json!({ "comment": "Non" })).await.ok(200);
        world.clock.set(Timestamp::parse("2026-12-16T17:00:01Z").unwrap());
        world.sent("erwan").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let history = world.get("lea", &format!("/essai/instances/{sent}/history")).await.ok(200);
        assert_eq!(history["items"].as_array().unwrap().len(), 2);
    }
}
