//! Overtime from a form to the dashboard: Léa declares, Marc and Nadia decide, the figures follow, the audit proves it.

use crate::backup::operator;
use crate::world::{World, once, wanted};
use archipel::ops::Command;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use testkit::on_both_engines;

fn request() -> Json {
    let day = kernel::Clock::now(&kernel::SystemClock).plus_seconds(-2 * 86_400).to_string();
    json!({ "form": "HEURE_SUP", "submit": true, "values": {
        "jour": &day[..10], "debut": "17:00", "fin": "19:30", "compensation": "repos",
        "motif": "<script>alert('x')</script> \u{202e}envers\u{202c} 🏝️ d’urgence" } })
}

async fn backlog(world: &World, name: &str) -> Vec<String> {
    let rows = world.as_person(name).await.get("/api/v1/dashboard/backlog?limit=200").await.json();
    rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["instance"].as_str().unwrap_or_default().to_owned())
        .collect()
}

on_both_engines! {
    async fn overtime_goes_from_a_form_to_the_dashboard(kind) {
        let world = World::new(kind).await;
        let lea = world.as_person("lea").await;
        let made = lea.post_with_key("/api/v1/heures/instances", &request(), "key-1").await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let again = lea.post_with_key("/api/v1/heures/instances", &request(), "key-1").await;
        assert_eq!((again.json()["id"].clone(), again.header("idempotency-replayed")), (made.json()["id"].clone(), "true"));
        let mut other = request();
        other["values"]["fin"] = json!("19:00");
        let reused = lea.post_with_key("/api/v1/heures/instances", &other, "key-1").await;
        assert_eq!(reused.code(), "idempotency_key_reused");

        let id = made.json()["id"].as_str().unwrap().to_owned();
        let path = |verb: &str| format!("/api/v1/heures/instances/{id}/{verb}");
        assert_eq!(lea.post(&path("approve"), &json!({})).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.as_person("erwan").await.get(&path("")[..path("").len() - 1]).await.status, StatusCode::NOT_FOUND);
        let waits = async |name: &str, waits: bool| {
            let backlog = backlog(&world, name).await;
            if backlog.contains(&id) == waits { Ok(()) } else { Err(format!("{name}: {backlog:?}")) }
        };
        once(|| waits("marc", true)).await;
        assert!(!backlog(&world, "lea").await.contains(&id), "nobody decides on their own request");
        let marc = world.as_person("marc").await;
        assert_eq!(marc.post(&path("refuse"), &json!({})).await.code(), "comment_required");
        assert_eq!(marc.post(&path("approve"), &json!({ "revision": 99 })).await.code(), "stale_version");
        let first = marc.post(&path("approve"), &json!({})).await;
        assert_eq!(first.json()["state"], "en_attente_rh", "{}", first.text);
        let second = world.as_person("nadia").await.post(&path("approve"), &json!({})).await;
        assert_eq!(second.json()["state"], "valide", "{}", second.text);
        once(|| waits("nadia", false)).await;
        let report = operator(&world.system, Command::Verify).await.unwrap();
        assert_eq!(report["holds"], true, "{report}");
        world.close().await;
    }

    async fn a_figure_and_the_list_behind_it_agree(kind) {
        let world = World::new(kind).await;
        let mut compared = 0;
        for name in ["lea", "marc", "nadia", "helene"] {
            let caller = world.as_person(name).await;
            let fresh = |figures: &Json| figures["items"].as_array().unwrap().iter().all(|f| f["stale"] == false);
            let figures = once(async || wanted(caller.get("/api/v1/dashboard/kpis").await.json(), fresh)).await;
            for figure in figures["items"].as_array().unwrap() {
                let link = figure["link"].as_str().unwrap();
                let counts = ["standing", "entered"].contains(&figure["kind"].as_str().unwrap());
                let Some((module, query)) = link.trim_start_matches('/').split_once('?').filter(|_| counts) else { continue };
                let list = caller.get(&format!("/api/v1/{module}/instances?{query}&limit=200")).await.json();
                let listed = list["items"].as_array().unwrap().len() as u64;
                assert_eq!(figure["value"].as_u64().unwrap_or(0), listed, "{name}: {figure} behind {link}");
                compared += 1;
            }
        }
        assert!(compared >= 8, "{compared}");
        world.close().await;
    }
}
