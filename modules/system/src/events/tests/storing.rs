//! Every event is stored once, found by whatever is known of it, and whatever an intruder changes is found.

use super::*;
use testkit::on_both_engines;

on_both_engines! {
    async fn every_event_is_stored_once_as_its_log_has_it(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        world.tell(1, "user/x", ["hello".to_owned()]).await;
        world.caught_up().await;
        let (held, findings) = verify(&world.store.db, &world.logs(), &world.known).await.unwrap();
        assert_eq!((held, findings), (7, vec![]));
        let all = world.get("/api/v1/events").await;
        assert_eq!(words(&all), ["hello", "11.0", "10.1", "10.0", "9.2", "9.1", "9.0"]);
        assert!(all["items"][0]["data"]["name"]["$sealed"].is_string(), "{all}");
        assert!(!all.to_string().contains("Morvan"), "personal members stay sealed");
        let in_the_store = world.store.db.rows_of("event_store", &["data"]).await.unwrap();
        assert!(in_the_store.iter().all(|row| !row.text(0).unwrap().contains("Morvan")));
        let oldest = world.get("/api/v1/events?order=oldest&limit=4").await;
        let seqs: Vec<u64> = oldest["items"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, [1, 2, 3, 4]);
        let next = oldest["next_cursor"].as_str().unwrap();
        let rest = world.get(&format!("/api/v1/events?order=oldest&limit=4&cursor={next}")).await;
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (3, &Json::Null));
    }

    async fn it_is_searched_by_what_is_known(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        world.tell(1, "talk/a", ["Goéland 50%".to_owned()]).await;
        world.caught_up().await;
        let count = async |query: &str| words(&world.get(&format!("/api/v1/events?{query}")).await).len();
        for (query, expected) in [
            ("database=auth", 1), ("database=heures", 6), ("database=badges", 0),
            ("type=word.said", 7), ("type=word.", 7), ("type=wor", 7), ("type=word.sa", 7), ("type=said", 0),
            ("stream=talk/a", 7), ("stream=talk/a&database=auth", 1), ("stream=talk/b", 0),
            ("from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z", 2), ("from=2026-11-18T11:00:01Z", 0),
            ("q=50%25", 1), ("q=10.", 2), ("q=GO", 1), ("q=sealed", 0), ("q=%25%25", 0), ("q=10.&type=word.&database=heures", 2),
        ] {
            assert_eq!(count(query).await, expected, "{query}");
        }
        for bad in ["from=yesterday", "order=x", "limit=0", "database=A", "cursor=x"] {
            assert_eq!(world.ask("GET", &format!("/api/v1/events?{bad}"), "operator", &Json::Null).await.0, 422, "{bad}");
        }
        let (status, lines) = world.ask("GET", "/api/v1/events.ndjson?database=heures", "security", &Json::Null).await;
        assert_eq!((status, lines.lines().count()), (StatusCode::OK, 6), "{lines}");
        let first: Json = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!((&first["data"]["word"], &first["stream_version"]), (&json!("9.0"), &json!(1)));
        world.caught_up().await;
        let noted = world.get("/api/v1/events?type=events.exported").await;
        assert_eq!(noted["items"][0]["data"]["filters"], json!({ "database": "heures" }));
    }

    async fn a_stream_is_read_by_its_versions(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        let page = world.get("/api/v1/events/streams/talk%2Fa?limit=4").await;
        assert_eq!((words(&page), &page["database"]), (["9.0", "9.1", "9.2", "10.0"].map(String::from).to_vec(), &json!("heures")));
        let next = page["next_cursor"].as_str().unwrap();
        let rest = world.get(&format!("/api/v1/events/streams/talk%2Fa?limit=4&cursor={next}")).await;
        assert_eq!((words(&rest), &rest["next_cursor"]), (["10.1", "11.0"].map(String::from).to_vec(), &Json::Null));
        let read = async |path: &str| world.refusal("GET", path, &Json::Null).await;
        assert_eq!(read("/api/v1/events/streams/talk%2Fb").await.0, 404);
        world.tell(1, "talk/a", ["other".to_owned()]).await;
        world.caught_up().await;
        let (status, code, problem) = read("/api/v1/events/streams/talk%2Fa").await;
        assert_eq!((status, code.as_str()), (409, "ambiguous_stream"));
        assert_eq!(problem["details"]["databases"], json!(["auth", "heures"]));
        assert_eq!(words(&world.get("/api/v1/events/streams/talk%2Fa?database=auth").await), ["other"]);
    }

    async fn what_an_intruder_changes_is_found(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        assert_eq!(world.places().await, []);
        world.store.tamper("UPDATE event_store SET hash = (SELECT hash FROM event_store WHERE seq = 1) WHERE seq = 4").await;
        let places = world.places().await;
        assert!(places.contains(&("heures".to_owned(), "log 4".to_owned())), "{places:?}");
        assert!(places.contains(&("events".to_owned(), "event_partition 2026-10".to_owned())), "{places:?}");
        world.store.tamper("DELETE FROM event_store WHERE seq = 2").await;
        let places = world.places().await;
        assert!(places.contains(&("events".to_owned(), "event_store heures 2".to_owned())), "{places:?}");
    }

    async fn an_erased_person_is_erased_here_too(kind) {
        let world = World::new(kind).await;
        world.three_months().await;
        let stored = async || crate::events::one(&world.store.db, "heures", 1).await.unwrap().unwrap().event;
        let opened = async || world.sources[0].data(&stored().await).await.unwrap()["name"].clone();
        assert_eq!(opened().await, "Léa Morvan", "the keys are in the database that wrote it");
        let cause = Cause::new(&Actor::system("test"), id(1));
        world.sources[0].erase_subject(id(7), world.clock.now(), cause).await.unwrap();
        world.caught_up().await;
        assert_eq!(opened().await, json!({ "$erased": true }));
        assert_eq!(world.places().await, [], "and everything verifies still");
    }

    async fn a_log_that_is_not_dense_is_a_finding(kind) {
        let world = World::new(kind).await;
        world.tell(0, "talk/a", ["one".to_owned()]).await;
        world.caught_up().await;
        world.flow.stop().await;
        world.tell(0, "talk/a", ["two".to_owned(), "three".to_owned()]).await;
        let file = world.store.folder().join("heures.sqlite");
        testkit::tamper_file(&file, "DELETE FROM log WHERE position = 2");
        let flow = Flow::start(world.store.databases.clone(), Bus::default(), world.clock.clone());
        let store = crate::events::Store { clock: world.clock.clone(), known: world.known.clone() };
        flow.follow(world.store.db.clone(), Arc::new(store));
        let mut gaps = Json::Null;
        for _ in 0..1000 {
            gaps = world.get("/api/v1/events/sources").await["gaps"].clone();
            if gaps != json!([]) { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!((&gaps[0]["database"], &gaps[0]["expected"], &gaps[0]["found"]), (&json!("heures"), &json!(2), &json!(3)));
        assert!(world.places().await.contains(&("events".to_owned(), "heures log 2".to_owned())));
        flow.stop().await;
    }

    async fn only_those_who_may_do_so(kind) {
        let world = World::new(kind).await;
        let nothing = json!({ "stream": "events/a", "events": [] });
        for (method, path, role, status) in [
            ("GET", "/api/v1/events", "employee", 403), ("GET", "/api/v1/events", "security", 200),
            ("GET", "/api/v1/events.ndjson", "employee", 403), ("GET", "/api/v1/events/partitions", "employee", 403),
            ("POST", "/api/v1/events", "security", 403), ("POST", "/api/v1/events", "admin", 422),
            ("POST", "/api/v1/events/partitions/2026-09/archive", "security", 403),
            ("POST", "/api/v1/events/partitions/2026-09/archive", "admin", 404),
            ("PUT", "/api/v1/events/types/a.b/1", "security", 403),
        ] {
            let body = if method == "PUT" { json!({ "schema": {} }) } else { nothing.clone() };
            assert_eq!(world.ask(method, path, role, &body).await.0, status, "{method} {path} {role}");
        }
    }

    async fn every_statement_is_understood(kind) {
        let world = World::new(kind).await;
        assert!(world.store.db.prepare_all().await.unwrap() > 30);
    }
}
