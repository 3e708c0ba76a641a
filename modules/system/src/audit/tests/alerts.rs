//! What is critical is told, seen to by somebody, and never repeats what an event says.

use super::*;
use testkit::on_both_engines;

impl World {
    async fn post(&self, path: &str, role: &str) -> (StatusCode, Json) {
        let request =
            Request::builder().method("POST").uri(path).header("authorization", format!("Bearer {role}"));
        let request = request.header("accept", "application/json").body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn rules(&self, query: &str) -> Vec<String> {
        let list = self.json(&format!("/api/v1/audit/alerts{query}")).await;
        let mut rules: Vec<String> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["rule"].as_str().unwrap().to_owned())
            .collect();
        rules.sort();
        rules
    }
}

on_both_engines! {
    async fn a_critical_event_is_told_once_and_seen_to_once(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        assert_eq!(world.rules("").await, Vec::<String>::new());
        // What the start grants to roles is no news; what a person grants is.
        world.emit(1, "permission.granted", json!({ "role": "x", "permission": "y" }), &[]).await;
        world.emit(0, "permission.granted", json!({ "role": "x", "secret": "Samedi" }), &["/secret"]).await;
        world.emit(1, "dead_letter.parked", json!({ "cause": "contradiction" }), &[]).await;
        world.caught_up().await;
        assert_eq!(world.rules("?open=true").await, ["contradiction", "permission_granted"]);
        let alerts = world.json("/api/v1/audit/alerts?rule=permission_granted").await;
        let alert = alerts["items"][0].clone();
        assert_eq!((&alert["source"], &alert["title"]), (&json!("heures"), &json!("Permission accordée à un rôle")));
        assert!(!alerts.to_string().contains("Samedi"), "an alert is a reference");

        let path = format!("/api/v1/audit/alerts/{}/acknowledge", alert["id"].as_str().unwrap());
        assert_eq!(world.post(&path, "employee").await.0, StatusCode::FORBIDDEN);
        let (status, seen) = world.post(&path, "security").await;
        assert_eq!((status, &seen["acknowledged_by"]), (StatusCode::OK, &json!(format!("person:{}", id(SONIA)))));
        let (status, again) = world.post(&path, "security").await;
        assert_eq!((status, &again["code"]), (StatusCode::CONFLICT, &json!("already_acknowledged")));
        assert_eq!(world.post(&format!("/api/v1/audit/alerts/{}/acknowledge", id(1)), "security").await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.rules("?open=true").await, ["contradiction"]);
        world.caught_up().await;
        let told = world.json("/api/v1/audit?type=audit.alert.").await;
        assert_eq!(told["items"].as_array().unwrap().len(), 3, "two raised, one seen to");
        let fold = module().unwrap().fold.unwrap();
        assert_eq!(flow::verify_rows(&world.audit.db, &fold).await.unwrap(), (2, vec![]));
        assert_eq!(world.places().await, []);
        let (_, page) = world.get("/console/audit/alerts", "security").await;
        assert!(page.contains("Deux modules se contredisent") && !page.contains("Permission accordée"), "{page}");
        let (_, page) = world.get("/console/audit/alerts?all=true", "security").await;
        assert!(page.contains("Permission accordée") && page.contains("Sonia Kerbrat"), "{page}");
    }

    async fn failures_to_sign_in_are_told_when_they_repeat(kind) {
        let world = World::new(kind).await;
        for minutes in [0, 40, 6, 6] {
            world.clock.advance(minutes * 60);
            world.emit(1, "user.sign_in_failed", json!({ "reason": "wrong_password" }), &[]).await;
            world.caught_up().await;
            assert_eq!(world.rules("").await.len(), usize::from(world.clock.now() >= Timestamp::parse("2026-11-18T11:52:00Z").unwrap()));
        }
        // The same story is told once.
        world.clock.advance(300);
        world.emit(1, "user.sign_in_failed", json!({ "reason": "wrong_password" }), &[]).await;
        world.caught_up().await;
        assert_eq!(world.rules("").await, ["sign_in_failures"]);
    }

    async fn a_report_counts_by_tag_and_period(kind) {
        let world = World::new(kind).await;
        world.some_life().await;
        world.clock.advance(86_400);
        for event in ["payment.processed", "payment.processed", "transaction.created", "retail.sale.recorded"] {
            world.emit(0, event, json!({}), &[]).await;
        }
        world.caught_up().await;
        let report = world.json("/api/v1/audit/report?tag=PCI-DSS").await;
        let tags = json!(["FINANCIAL", "PCI-DSS"]);
        assert_eq!((&report["events"], &report["items"][0]["tags"]), (&json!(2), &tags), "{report}");
        let count = async |query: &str| world.json(&format!("/api/v1/audit/report?{query}")).await["events"].clone();
        assert_eq!(count("").await, 9);
        assert_eq!(count("tag=financial&from=2026-11-19T00:00:00Z").await, 4);
        assert_eq!(count("tag=gdpr&to=2026-11-19T00:00:00Z").await, 4);
        let (status, csv) = world.get("/api/v1/audit/report.csv?tag=PCI-DSS", "security").await;
        assert_eq!((status, csv.lines().count()), (StatusCode::OK, 2), "{csv}");
        let (status, page) = world.get("/console/audit/report?tag=PCI-DSS", "operator").await;
        assert!(status == StatusCode::OK && page.contains("payment.processed") && !page.contains("user.created"), "{page}");
        assert_eq!(world.get("/api/v1/audit/report", "employee").await.0, StatusCode::FORBIDDEN);
    }
}
