//! The punch clock through its API.

use super::world::{LEA, WORKSHOP, World, id};
use axum::http::{Method, StatusCode};
use serde_json::json;
use testkit::on_both_engines;

const PUNCHES: &str = "/api/v1/heures/punches";

on_both_engines! {
    async fn a_day_at_the_clock(kind) {
        let world = World::new(kind).await;
        let (status, first) = world.post("lea", PUNCHES, json!({})).await;
        assert_eq!((status, &first["kind"], &first["at"]), (StatusCode::CREATED, &json!("in"), &json!("2026-11-18T13:07:42Z")));
        assert_eq!((&first["claimed_at"], &first["source"]), (&json!(null), &json!("api")));
        let (status, problem) = world.post("lea", PUNCHES, json!({})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("punched_twice")));
        world.clock.advance(3 * 3600);
        let (_, second) = world.post("lea", PUNCHES, json!({})).await;
        assert_eq!(second["kind"], "out");
        let (_, week) = world.get("lea", "/api/v1/heures/weeks/2026-W47").await;
        assert_eq!((&week["worked_minutes"], &week["planned_minutes"]), (&json!(180), &json!(2100)));
        assert_eq!(week["days"][2]["intervals"], json!([["2026-11-18T13:07:42Z", "2026-11-18T16:07:42Z"]]));
        let (_, deltas) = world.get("lea", "/api/v1/heures/deltas").await;
        assert_eq!(deltas["items"][0]["delta_minutes"], -240);
        world.verify().await;
    }

    async fn a_key_punches_once(kind) {
        let world = World::new(kind).await;
        let send = || world.send("lea", Method::POST, PUNCHES, Some(json!({ "kind": "in" })), Some("k-1"));
        let (status, first) = send().await;
        world.clock.advance(3600);
        assert_eq!((status, send().await), (StatusCode::CREATED, (StatusCode::CREATED, first)));
        let (_, list) = world.get("lea", PUNCHES).await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    async fn lists_page_to_their_end_and_files_hold_everything(kind) {
        let world = World::new(kind).await;
        for day in ["2026-11-16", "2026-11-17"] {
            world.day(LEA, WORKSHOP, day, &[("08:00", "12:00"), ("13:00", "16:30")]).await;
        }
        let (mut path, mut seen) = (format!("{PUNCHES}?limit=3"), Vec::new());
        loop {
            let (_, page) = world.get("lea", &path).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|i| i["at"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("{PUNCHES}?limit=3&cursor={cursor}");
        }
        let mut sorted = seen.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        assert_eq!((seen.len(), &seen), (8, &sorted));
        let (_, page) = world.get("lea", "/api/v1/heures/deltas?limit=1").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let (_, rest) = world.get("lea", &format!("/api/v1/heures/deltas?limit=1&cursor={cursor}")).await;
        assert_eq!((&rest["items"][0]["day"], &rest["next_cursor"]), (&json!("2026-11-16"), &json!(null)));
        let (_, csv) = world.text("lea", Method::GET, "/api/v1/heures/deltas?format=csv", None, None).await;
        let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[1], "Léa Morvan;2026-11-17;450;420;30;");
        let (_, csv) = world.text("lea", Method::GET, &format!("{PUNCHES}?format=csv"), None, None).await;
        assert_eq!(csv.lines().count(), 9);
    }

    async fn a_correction_stands_beside_the_punch(kind) {
        let world = World::new(kind).await;
        world.day(LEA, WORKSHOP, "2026-11-16", &[("08:00", "12:00")]).await;
        let (_, list) = world.get("marc", &format!("{PUNCHES}?person={}", id(LEA))).await;
        let exit = list["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("{PUNCHES}/{exit}/correct");
        let (status, problem) = world.post("marc", &path, json!({ "at": "2026-11-16T11:30:00Z", "reason": " " })).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason_missing")));
        let body = json!({ "at": "2026-11-16T11:30:00Z", "reason": "Sorti à 12 h 30, vu avec Léa" });
        let (status, row) = world.post("marc", &path, body).await;
        assert_eq!((status, &row["effect"], &row["corrects"]), (StatusCode::CREATED, &json!("replace"), &json!(exit)));
        let (_, list) = world.get("lea", PUNCHES).await;
        assert_eq!(list["items"].as_array().unwrap().len(), 3);
        assert_eq!(list["items"][1]["corrected_by"], row["id"]);
        let (_, deltas) = world.get("lea", "/api/v1/heures/deltas").await;
        assert_eq!(deltas["items"][0]["worked_minutes"], 270);
        let (status, _) = world.post("marc", &format!("{PUNCHES}/nonsense/correct"), json!({ "reason": "x" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        world.verify().await;
    }

    async fn nobody_corrects_their_own(kind) {
        let world = World::new(kind).await;
        let (_, punch) = world.post("marc", PUNCHES, json!({})).await;
        let path = format!("{PUNCHES}/{}/correct", punch["id"].as_str().unwrap());
        let (status, problem) = world.post("marc", &path, json!({ "void": true, "reason": "Essai" })).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("own_punch")));
        assert_eq!(world.post("helene", &path, json!({ "void": true, "reason": "Essai" })).await.0, StatusCode::CREATED);
    }

    async fn a_plan_changes_what_is_expected_of_its_days(kind) {
        let world = World::new(kind).await;
        for day in ["2026-11-09", "2026-11-16"] {
            world.day(LEA, WORKSHOP, day, &[("08:00", "12:00")]).await;
        }
        let path = format!("/api/v1/heures/plans/{}", id(LEA));
        let plan = json!({ "valid_from": "2026-11-10", "minutes": [240, 240, 240, 240, 240, 0, 0] });
        let (status, _) = world.send("nadia", Method::PUT, &path, Some(plan.clone()), None).await;
        assert_eq!(status, StatusCode::OK);
        let (_, deltas) = world.get("lea", "/api/v1/heures/deltas").await;
        assert_eq!((&deltas["items"][0]["delta_minutes"], &deltas["items"][1]["delta_minutes"]), (&json!(0), &json!(-180)));
        assert_eq!(world.get("lea", &path).await.1, json!([plan]));
        let bad = json!({ "valid_from": "2026-11-10", "minutes": [1441, 0, 0, 0, 0, 0, 0] });
        let (status, problem) = world.send("nadia", Method::PUT, &path, Some(bad), None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("bad_plan")));
        world.verify().await;
    }

    async fn every_statement_is_understood(kind) {
        let world = World::new(kind).await;
        assert!(world.island.db.prepare_all().await.unwrap() > 10);
    }

    async fn every_endpoint_names_its_permission(kind) {
        let world = World::new(kind).await;
        let grants = crate::heures::grants();
        for endpoint in world.endpoints() {
            let known = grants.iter().any(|grant| Some(grant.grant.permission.as_str()) == endpoint.permission());
            assert!(known, "{} {}: {:?}", endpoint.method, endpoint.path, endpoint.permission());
        }
    }
}
