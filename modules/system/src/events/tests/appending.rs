//! Appending to the store's own streams: expected versions, keys, contracts, and what is refused.

use super::*;
use testkit::on_both_engines;

const PATH: &str = "/api/v1/events";

fn schema_of_counts() -> Json {
    json!({ "type": "object", "required": ["visitors"], "additionalProperties": false, "properties": {
        "visitors": { "type": "integer", "minimum": 0 }, "word": { "type": "string", "maxLength": 40 } } })
}

async fn declared(world: &World) {
    let body = json!({ "schema": schema_of_counts() });
    let (status, text) =
        world.ask("PUT", "/api/v1/events/types/shop.footfall.counted/1", "operator", &body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
}

fn counts(stream: &str, expected: Option<u64>, visitors: &[i64]) -> Json {
    let event = |n: &i64| json!({ "type": "shop.footfall.counted", "data": { "visitors": n } });
    let events: Vec<Json> = visitors.iter().map(event).collect();
    match expected {
        Some(version) => json!({ "stream": stream, "expected_version": version, "events": events }),
        None => json!({ "stream": stream, "events": events }),
    }
}

on_both_engines! {
    async fn two_who_expect_the_same_version_cannot_both_append(kind) {
        let world = World::new(kind).await;
        declared(&world).await;
        let first = world.ask("POST", PATH, "operator", &counts("events/quai", Some(0), &[3, 4])).await;
        assert_eq!((first.0, first.1.as_str()), (StatusCode::CREATED, r#"{"stream":"events/quai","version":2}"#));
        let (status, code, problem) = world.refusal("POST", PATH, &counts("events/quai", Some(1), &[5])).await;
        assert_eq!((status, code.as_str()), (409, "wrong_expected_version"));
        assert_eq!(problem["details"], json!({ "expected_version": 1, "actual_version": 2 }));
        assert_eq!(world.refusal("POST", PATH, &counts("events/quai", Some(9), &[5])).await.2["details"]["actual_version"], 2);
        let mut racers = tokio::task::JoinSet::new();
        let world = Arc::new(world);
        for n in 0..8 {
            let world = world.clone();
            racers.spawn(async move { world.ask("POST", PATH, "operator", &counts("events/quai", Some(2), &[n])).await.0 });
        }
        let won = racers.join_all().await;
        assert_eq!(won.iter().filter(|s| **s == StatusCode::CREATED).count(), 1, "{won:?}");
        assert!(won.iter().all(|s| [StatusCode::CREATED, StatusCode::CONFLICT].contains(s)), "{won:?}");
        let read = world.get("/api/v1/events/streams/events%2Fquai").await;
        assert_eq!(read["items"].as_array().unwrap().len(), 3, "read at once, from the log");
        world.caught_up().await;
        assert_eq!(world.get("/api/v1/events?stream=events/quai").await["items"].as_array().unwrap().len(), 3);
        assert_eq!(world.places().await, []);
    }

    async fn the_same_key_appends_once(kind) {
        let world = World::new(kind).await;
        declared(&world).await;
        let body = counts("events/quai", None, &[3]);
        let first = world.ask_with("POST", PATH, "operator", &body, Some("k1")).await;
        assert_eq!(world.ask_with("POST", PATH, "operator", &body, Some("k1")).await, first);
        let other = world.ask_with("POST", PATH, "operator", &counts("events/quai", None, &[4]), Some("k1")).await;
        assert!(other.0 == StatusCode::CONFLICT && other.1.contains("idempotency_key_reused"), "{other:?}");
        assert_eq!(world.store.db.stream_version("events/quai").await.unwrap(), 1);
    }

    async fn what_cannot_be_appended_changes_nothing(kind) {
        let world = World::new(kind).await;
        declared(&world).await;
        let with = |change: &dyn Fn(&mut Json)| { let mut body = counts("events/quai", None, &[1]); change(&mut body); body };
        let many: Vec<i64> = (0..101).collect();
        for (body, code) in [
            (counts("talk/a", None, &[1]), "event_refused"),
            (counts("partition/2026-09", None, &[1]), "event_refused"),
            (counts("events/quai", None, &[]), "event_refused"),
            (counts("events/quai", None, &many), "event_refused"),
            (counts("events/quai", None, &[1, -1]), "event_refused"),
            (with(&|b| b["events"][0]["data"]["word"] = json!("4242 4242 4242 4242")), "event_refused"),
            (with(&|b| b["events"][0]["data"]["word"] = json!("x".repeat(70_000))), "event_refused"),
            (with(&|b| b["events"][0]["type"] = json!("shop.footfall.lost")), "unknown_event_type"),
            (with(&|b| b["events"][0]["type"] = json!("word.said")), "unknown_event_type"),
            (with(&|b| b["events"][0]["version"] = json!(2)), "unknown_event_version"),
            (with(&|b| b["other"] = json!(2)), "malformed_body"),
        ] {
            let (status, found, problem) = world.refusal("POST", PATH, &body).await;
            assert_eq!((status, found.as_str()), (422, code), "{problem}");
        }
        let before = world.store.db.head().await.unwrap().0;
        assert_eq!(before, 1, "the declaration, and nothing else");
    }

    async fn a_declared_version_does_not_change(kind) {
        let world = World::new(kind).await;
        declared(&world).await;
        declared(&world).await;
        let path = "/api/v1/events/types/shop.footfall.counted";
        let other = json!({ "schema": { "type": "object" } });
        assert_eq!(world.refusal("PUT", &format!("{path}/1"), &other).await.1, "event_type_taken");
        assert_eq!(world.refusal("PUT", &format!("{path}/3"), &other).await.1, "unknown_event_version");
        assert_eq!(world.refusal("PUT", &format!("{path}/2"), &other).await.0, 200);
        assert_eq!(world.refusal("PUT", "/api/v1/events/types/events.exported/1", &other).await.1, "event_type_taken");
        assert_eq!(world.refusal("PUT", "/api/v1/events/types/shop/1", &other).await.1, "bad_event_type");
        let clever = json!({ "schema": { "type": "object", "oneOf": [] } });
        assert_eq!(world.refusal("PUT", "/api/v1/events/types/a.b/1", &clever).await.1, "bad_event_type");
        let types = world.get("/api/v1/events/types").await;
        assert_eq!(types["items"].as_array().unwrap().len(), 2);
        let (compared, findings) = flow::verify_rows(&world.store.db, &crate::events::fold()).await.unwrap();
        assert_eq!((compared, findings), (2, vec![]));
    }
}
