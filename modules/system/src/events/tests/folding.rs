//! The state of a stream as of any moment, with snapshots and without.

use super::super::{EVERY, state};
use super::*;
use testkit::on_both_engines;

const PATH: &str = "/api/v1/events/streams/talk%2Fa/state";

fn row(state: &Json) -> Json {
    state["rows"][0]["columns"].clone()
}

on_both_engines! {
    async fn a_state_is_had_as_of_any_moment(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        for (query, version, word) in [
            ("", 6, "11.0"), ("?version=1", 1, "9.0"), ("?version=4", 4, "10.0"), ("?version=99", 6, "11.0"),
            ("?at=2026-09-05T10:00:00Z", 3, "9.2"), ("?at=2026-11-01T00:00:00%2B01:00", 5, "10.1"),
        ] {
            let state = world.get(&format!("{PATH}{query}")).await;
            assert_eq!((&state["version"], row(&state)), (&json!(version), json!({ "events": version, "word": word })), "{query}");
        }
        let before = world.get(&format!("{PATH}?at=2026-09-05T09:59:59Z")).await;
        assert_eq!((&before["version"], &before["rows"]), (&json!(0), &json!([])));
        let read = async |path: &str| world.refusal("GET", path, &Json::Null).await;
        assert_eq!(read(&format!("{PATH}?version=1&at=2026-09-05T10:00:00Z")).await.1, "bad_parameter");
        assert_eq!(read("/api/v1/events/streams/nobody/state").await.0, 404);
        world.tell(1, "user/x", ["hello".to_owned()]).await;
        world.caught_up().await;
        assert_eq!(read("/api/v1/events/streams/user%2Fx/state").await.1, "state_unknown");
    }

    async fn snapshots_change_nothing_but_the_work(kind) {
        let world = World::new(kind).await;
        // In pages that begin and end anywhere, so that snapshots are taken across them.
        for part in 0..9 {
            world.tell(0, "talk/a", (0..77).map(|n| format!("{part}.{n}"))).await;
            world.tell(0, "talk/b", [format!("{part}")]).await;
            if part % 2 == 0 { world.caught_up().await; }
        }
        world.caught_up().await;
        let kept = world.store.db.rows_of("event_snapshot", &["stream", "version"]).await.unwrap();
        let mut versions: Vec<u64> = kept.iter().map(|row| row.count(1).unwrap()).collect();
        versions.sort_unstable();
        assert_eq!(versions, (1..=6).map(|n| n * EVERY).collect::<Vec<_>>());
        let folding = world.known.folding("heures").unwrap();
        for version in [1, 99, 100, 101, 250, 399, 400, 693, 1000] {
            let fold = async |snapshots| state(&world.store.db, &folding, ("heures", "talk/a"), version, snapshots).await.unwrap();
            let (with, without) = (fold(true).await, fold(false).await);
            assert_eq!((with.version, &with.rows), (without.version, &without.rows), "{version}");
            assert_eq!((with.from_snapshot, without.from_snapshot), (version.min(600) / EVERY * EVERY, 0));
        }
        assert_eq!(world.get(PATH).await["from_snapshot"], 600);
        assert_eq!(world.places().await, []);
        world.store.tamper("UPDATE event_snapshot SET state = replace(state, '300', '301') WHERE version = 300").await;
        assert_eq!(world.places().await, [("events".to_owned(), "event_snapshot heures talk/a 300".to_owned())]);
        world.known.learn("heures", "newer code", Some(&counting_fold()), &[]);
        assert_eq!(world.get(PATH).await["from_snapshot"], 0, "snapshots of other code are not used");
    }
}
