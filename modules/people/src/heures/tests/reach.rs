//! Who sees what: the predicate of a list and the decision on one row agree.

use super::world::{HELENE, LEA, MARC, NADIA, WORKSHOP, World, YANN, YARD, id, local};
use axum::http::StatusCode;
use kernel::Timestamp;
use serde_json::json;
use testkit::on_both_engines;

async fn filled(kind: testkit::Kind) -> World {
    let world = World::new(kind).await;
    for (person, team) in [(LEA, WORKSHOP), (MARC, WORKSHOP), (YANN, YARD), (NADIA, 3), (HELENE, 3)] {
        world.day(person, team, "2026-11-16", &[("08:00", "12:00"), ("13:00", "16:30")]).await;
    }
    world.day(YANN, YARD, "2026-11-17", &[("08:00", "12:00")]).await;
    world
}

on_both_engines! {
    async fn the_predicate_counts_as_the_decision_does(kind) {
        let world = filled(kind).await;
        let always = (Timestamp(0), Timestamp(i64::MAX / 2));
        let owners = world.island.db.rows_of("hs_pointage", &["person_id", "team_id"]).await.unwrap();
        for (who, expected) in [("lea", 4), ("marc", 8), ("yann", 6), ("helene", 18), ("nadia", 22)] {
            let principal = world.principal(who);
            let access = principal.access("heures.punch.read");
            let brute = owners.iter().filter(|row| access.reaches(row.uuid(0).unwrap(), row.opt_uuid(1).unwrap()));
            let counted = world.heures.count(&access, always).await.unwrap();
            assert_eq!((counted, brute.count()), (expected, usize::try_from(expected).unwrap()), "{who}");
            let (_, list) = world.get(who, "/api/v1/heures/punches?limit=200").await;
            assert_eq!(list["items"].as_array().unwrap().len(), usize::try_from(expected).unwrap(), "{who}");
            let nobody = principal.access("heures.nothing.read");
            assert_eq!(world.heures.count(&nobody, always).await.unwrap(), 0);
        }
    }

    async fn what_is_not_ones_own_is_not_there_and_what_one_may_not_do_is_refused(kind) {
        let world = filled(kind).await;
        let (lea, yann) = (id(LEA), id(YANN));
        for path in [
            format!("/api/v1/heures/punches?person={yann}"),
            format!("/api/v1/heures/deltas?person={yann}"),
            format!("/api/v1/heures/weeks/2026-W47?person={yann}"),
            format!("/api/v1/heures/plans/{yann}"),
            format!("/heures/semaine/2026-W47?person={yann}"),
        ] {
            assert_eq!(world.get("lea", &path).await.0, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(world.get("marc", &path).await.0, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(world.get("nadia", &path).await.0, StatusCode::OK, "{path}");
        }
        let body = json!({ "void": true, "reason": "Essai" });
        let (_, mine) = world.get("lea", "/api/v1/heures/punches?limit=1").await;
        let (_, his) = world.get("yann", "/api/v1/heures/punches?limit=1").await;
        let correct = |list: &serde_json::Value| format!("/api/v1/heures/punches/{}/correct", list["items"][0]["id"].as_str().unwrap());
        assert_eq!(world.post("lea", &correct(&mine), body.clone()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(world.post("lea", &correct(&his), body.clone()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(world.post("marc", &correct(&his), body.clone()).await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.post("marc", &correct(&mine), body.clone()).await.0, StatusCode::CREATED);
        let (status, problem) = world.post("marc", &correct(&mine), body.clone()).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("punch_already_corrected")));
        let plan = json!({ "valid_from": "2026-11-16", "minutes": [420, 420, 420, 420, 420, 0, 0] });
        let put = |who| world.send(who, axum::http::Method::PUT, "/api/v1/heures/plans/00000000-0000-0000-0000-00000000000b", Some(plan.clone()), None);
        assert_eq!(lea.to_string(), "00000000-0000-0000-0000-00000000000b");
        assert_eq!(put("lea").await.0, StatusCode::FORBIDDEN);
        assert_eq!(put("marc").await.0, StatusCode::FORBIDDEN);
        assert_eq!(put("nadia").await.0, StatusCode::OK);
        let import = json!({ "punches": [{ "person": lea, "kind": "in", "at": "2026-11-18T07:00:00Z" }] });
        assert_eq!(world.post("marc", "/api/v1/heures/punches/import", import.clone()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(world.post("nadia", "/api/v1/heures/punches/import", import).await.0, StatusCode::OK);
    }

    async fn a_punch_stays_with_the_team_that_the_person_was_in(kind) {
        let world = filled(kind).await;
        // Léa worked in the yard in October: its manager still sees that day, and only that.
        world.day(LEA, YARD, "2026-10-05", &[("08:00", "12:00")]).await;
        let (_, list) = world.get("helene", "/api/v1/heures/deltas?from=2026-10-01&to=2026-10-31").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let (_, list) = world.get("marc", "/api/v1/heures/deltas?from=2026-10-01&to=2026-10-31").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 0);
        assert!(local("2026-10-05 08:00").0 > 0);
    }
}
