//! Months go into files and come back; what is missing meanwhile is named.

use super::*;
use testkit::on_both_engines;

const MONTHS: &str = "/api/v1/events/partitions";

async fn act(world: &World, month: &str, what: &str) -> (u16, String, Json) {
    world.refusal("POST", &format!("{MONTHS}/{month}/{what}"), &Json::Null).await
}

on_both_engines! {
    async fn a_month_is_archived_and_thawed(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        let before = world.get(MONTHS).await;
        let months: Vec<(&str, u64)> = before["items"].as_array().unwrap().iter()
            .map(|m| (m["partition"].as_str().unwrap(), m["events"].as_u64().unwrap())).collect();
        assert_eq!(months, [("2026-09", 3), ("2026-10", 2), ("2026-11", 1)]);
        let (status, _, archived) = act(&world, "2026-09", "archive").await;
        assert_eq!((status, &archived["state"], &archived["hash"]), (200, &json!("archived"), &before["items"][0]["hash"]));
        world.caught_up().await;

        let list = world.get("/api/v1/events?type=word.said").await;
        assert_eq!((words(&list).len(), &list["archived"][0]["partition"]), (3, &json!("2026-09")));
        assert_eq!(world.get("/api/v1/events?from=2026-10-01T00:00:00Z").await["archived"], json!([]));
        let stream = world.get("/api/v1/events/streams/talk%2Fa").await;
        assert_eq!((words(&stream).len(), &stream["archived"]), (3, &json!([{ "partition": "2026-09", "first_version": 1, "last_version": 3 }])));
        for path in ["/api/v1/events.ndjson", "/api/v1/events/streams/talk%2Fa/state", "/api/v1/events/streams/talk%2Fa/state?at=2026-09-30T00:00:00Z"] {
            let (status, code, problem) = world.refusal("GET", path, &Json::Null).await;
            assert_eq!((status, code.as_str(), &problem["details"]["partitions"]), (409, "period_archived", &json!(["2026-09"])), "{path}");
        }
        assert_eq!(world.places().await, [], "the file has what the log has");

        let (status, _, thawed) = act(&world, "2026-09", "thaw").await;
        assert_eq!((status, &thawed["state"], &thawed["file"]), (200, &json!("open"), &Json::Null));
        assert_eq!(world.get(MONTHS).await["items"][0]["hash"], before["items"][0]["hash"]);
        assert_eq!(world.get("/api/v1/events/streams/talk%2Fa/state").await["version"], 6);
        world.caught_up().await;
        let acts = world.get("/api/v1/events?type=events.partition.").await;
        let kinds: Vec<&str> = acts["items"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["events.partition.thawed", "events.partition.archived"]);
        assert_eq!(world.places().await, []);
    }

    async fn what_is_not_over_or_not_there_is_refused(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        assert_eq!(act(&world, "2026-11", "archive").await.1, "partition_under_way");
        assert_eq!(act(&world, "2026-08", "archive").await.0, 404);
        assert_eq!(act(&world, "2026-09", "thaw").await.1, "partition_state");
        assert_eq!(act(&world, "2026-09", "archive").await.0, 200);
        assert_eq!(act(&world, "2026-09", "archive").await.1, "partition_state");
    }

    async fn a_late_event_of_an_archived_month_goes_under_the_next(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        act(&world, "2026-09", "archive").await;
        world.clock.set(at("2026-09-20T10:00:00Z"));
        world.tell(0, "talk/a", ["late".to_owned()]).await;
        world.caught_up().await;
        let months = world.get(MONTHS).await;
        assert_eq!(months["items"][1]["events"], 3, "{months}");
        assert_eq!(words(&world.get("/api/v1/events?to=2026-10-01T00:00:00Z&type=word.said").await), ["late"]);
        assert_eq!(world.places().await, []);
    }

    async fn a_file_that_was_altered_is_found_and_not_thawed(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        act(&world, "2026-09", "archive").await;
        let file = world.known.archives().unwrap().join("events-2026-09.ndjson.gz");
        let mut bytes = std::fs::read(&file).unwrap();
        let last = bytes.len() - 12;
        bytes[last] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let places = world.places().await;
        assert_eq!(places[0], ("events".to_owned(), "event_partition 2026-09".to_owned()), "{places:?}");
        assert_eq!(act(&world, "2026-09", "thaw").await.1, "archive_failed");
        assert_eq!(world.get("/api/v1/events").await["archived"][0]["partition"], "2026-09", "it counts as archived still");
        bytes[last] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(act(&world, "2026-09", "thaw").await.0, 200, "a thaw that was broken off is begun again");
        assert_eq!(world.places().await, []);
    }
}
