//! Versions: what is published does not change, and a request keeps the version that it began with.

use super::world::{World, answers, definition};
use crate::{contracts, dashboard, grants, menu, module, schema};
use forms_model::define::StateKind;
use serde_json::json;
use testkit::on_both_engines;

on_both_engines! {
    async fn a_request_keeps_the_version_it_began_with(kind) {
        let world = World::new(kind).await;
        let old = world.sent("lea").await;
        let mut newer = definition();
        newer.forms[0].version = 2;
        newer.forms[0].workflow_version = 2;
        newer.workflows[0].version = 2;
        // One level only: the manager's word is enough.
        newer.workflows[0].transitions.retain(|t| !t.from.contains(&"en_attente_rh".to_owned()) && t.to.as_deref() != Some("en_attente_rh"));
        newer.workflows[0].transitions.push(forms_model::define::Transition {
            verb: forms_model::define::Verb::Approve,
            from: vec!["en_attente_chef".into()],
            to: Some("valide".into()),
            by: definition().workflows[0].transitions[1].by.clone(),
            guard: None,
            comment_required: false,
        });
        world.host.install(newer, world.island.db.clone(), world.now()).await.unwrap();
        let new = world.sent("lea").await;
        let shown = world.get("lea", &format!("/essai/instances/{new}")).await.ok(200);
        assert_eq!((&shown["form_version"], &shown["workflow_version"]), (&json!(2), &json!(2)));
        assert_eq!(world.step("marc", &new, "approve", json!({})).await.ok(200)["state"], "valide");
        assert_eq!(world.step("marc", &old, "approve", json!({})).await.ok(200)["state"], "en_attente_rh");
        world.verified().await;
    }

    async fn a_released_version_changes_its_words_only(kind) {
        let world = World::new(kind).await;
        world.sent("lea").await;
        let mut words = definition();
        words.forms[0].title.fr = "Frais".into();
        world.host.install(words, world.island.db.clone(), world.now()).await.unwrap();
        let mut changed = definition();
        changed.forms[0].fields.remove(0);
        let error = world.host.install(changed, world.island.db.clone(), world.now()).await.unwrap_err();
        assert_eq!(error.code, "definition_changed");
        // What was refused is not in force.
        let body = json!({ "form": "DEPENSE", "values": answers() });
        assert_eq!(world.post("lea", "/essai/instances", body).await.ok(201)["title"]["fr"], "Frais, Clé dynamométrique, 184,90\u{202f}€");
        world.verified().await;
    }
}

#[test]
fn a_definition_becomes_a_module() {
    let host = crate::FormsHost::new();
    let made = module(&host, definition()).unwrap();
    assert_eq!((made.code.as_str(), made.version.as_str()), ("essai", "1.0.0"));
    assert_eq!(menu(&definition()).iter().map(|m| m.href.as_str()).collect::<Vec<_>>(), ["/essai"]);
    let grant = |role: &str, right: &str| {
        let found =
            grants(&definition()).into_iter().find(|g| g.role == role && g.grant.permission.ends_with(right));
        found.map(|g| g.grant.scope)
    };
    assert_eq!((grant("employee", "create"), grant("employee", "decide")), (Some(web::Scope::Own), None));
    assert_eq!(
        (grant("chef", "decide"), grant("rh", "decide")),
        (Some(web::Scope::Team), Some(web::Scope::All))
    );
    assert!(contracts().iter().any(|c| c.kind == "form.workflow.approve" && c.version == 1));
    let figures = serde_json::to_value(dashboard(&definition())).unwrap();
    assert_eq!(figures["kpis"][0]["measure"], json!({ "kind": "standing", "states": ["en_attente_chef"] }));
    assert_eq!(
        figures["kpis"][1]["measure"],
        json!({ "kind": "sum", "states": ["valide"], "of": "montant", "period": "month" })
    );
    assert_eq!(figures["kpis"][0]["audience"], json!([{ "role": "chef", "scope": "team" }]));
    assert_eq!(figures["kpis"][0]["link"], "/essai?state=en_attente_chef&form=DEPENSE&scope={scope}");
}

#[test]
fn equal_prefixes_give_equal_steps() {
    let (one, two) = (schema(&definition()).unwrap(), schema(&definition()).unwrap());
    assert_eq!(one.fingerprint(), two.fingerprint());
    let mut other = definition();
    other.module.prefix = "xx".into();
    assert_ne!(schema(&other).unwrap().fingerprint(), one.fingerprint());
}

#[test]
fn what_comes_next_is_declared() {
    let definition = definition();
    let (form, flow) = (&definition.forms[0], &definition.workflows[0]);
    assert_eq!(definition.workflow_of(form).map(|w| &w.name), Some(&flow.name));
    let waiting = flow.states.iter().filter(|s| s.kind == StateKind::Waiting);
    let who: Vec<_> =
        waiting.map(|s| crate::model::awaits(&definition, flow, &s.name).unwrap().scope).collect();
    assert_eq!(who, ["team", "all"]);
    assert_eq!((crate::model::level(flow, "en_attente_rh"), crate::model::level(flow, "valide")), (2, 0));
}
