//! Lists: filters, pages, and never more than their reader may see.

use super::world::{CAST, World, principal};
use crate::{Filter, Right};
use serde_json::json;
use testkit::on_both_engines;
use web::{Grant, Scope};

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

on_both_engines! {
    async fn a_list_is_what_its_reader_reaches(kind) {
        let world = World::new(kind).await;
        let mut numbers = Numbers(7);
        let mut all = Vec::new();
        for n in 0..24 {
            let who = CAST[usize::try_from(numbers.below(5)).unwrap()].0;
            let submit = numbers.below(3) > 0;
            let mut values = crate::tests::world::answers();
            values["objet"] = json!(format!("Objet {n}"));
            let body = json!({ "form": "DEPENSE", "values": values, "submit": submit });
            let made = world.post(who, "/essai/instances", body).await.ok(201);
            all.push(world.forms.instance(made["id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap());
            world.clock.advance(1);
        }
        for _ in 0..60 {
            let mut reader = principal(CAST[usize::try_from(numbers.below(5)).unwrap()].0);
            let scope = [None, Some(Scope::Own), Some(Scope::Team), Some(Scope::All)][usize::try_from(numbers.below(4)).unwrap()];
            reader.grants = scope.map(|scope| Grant { permission: Right::Read.of("essai"), scope }).into_iter().collect();
            if numbers.below(2) == 0 {
                reader.manages.clear();
            }
            let filter = Filter { mine: numbers.below(4) == 0, kind: ["", "draft", "waiting"][usize::try_from(numbers.below(3)).unwrap()].into(), ..Filter::default() };
            let expected: Vec<_> = all.iter().rev().filter(|i| {
                crate::roles::sees("essai", &reader, i)
                    && (!filter.mine || i.subject == reader.id)
                    && (filter.kind.is_empty() || filter.kind == crate::kind_word(i.kind))
            }).map(|i| i.id).collect();
            let count = world.forms.count_of(&reader, &filter, world.now()).await.unwrap();
            assert_eq!(count, expected.len() as u64, "{reader:?} {filter:?}");
            // Page by page, the same.
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = world.forms.list(&reader, &filter, world.now(), after, 5).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(crate::Forms::place(last));
                found.extend(page.iter().map(|i| i.id));
            }
            assert_eq!(found, expected);
            // The inbox says of one what it says of many.
            let awaiting = world.forms.awaiting(&reader, None, 100).await.unwrap();
            let mut awaits: Vec<_> = all.iter().filter(|i| world.forms.awaits(&reader, i)).map(|i| i.id).collect();
            let mut listed: Vec<_> = awaiting.iter().map(|i| i.id).collect();
            awaits.sort();
            listed.sort();
            assert_eq!(listed, awaits);
        }
    }

    async fn words_are_found_without_accents_and_never_as_patterns(kind) {
        let world = World::new(kind).await;
        world.sent("lea").await;
        let found = |words: &'static str| async {
            let query: String = form_urlencoded::byte_serialize(words.as_bytes()).collect();
            let list = world.get("lea", &format!("/essai/instances?q={query}")).await.ok(200);
            list["items"].as_array().unwrap().len()
        };
        assert_eq!((found("CLE dynamo").await, found("es-2026-0001").await, found("expense").await), (1, 1, 1));
        assert_eq!((found("%").await, found("_").await, found("' OR 1=1 --").await, found("!").await), (0, 0, 0, 0));
    }

    async fn filters_and_cursors_are_checked(kind) {
        let world = World::new(kind).await;
        world.sent("lea").await;
        let count = |path: &'static str| async { world.get("lea", path).await.ok(200)["items"].as_array().unwrap().len() };
        assert_eq!(count("/essai/instances?state=en_attente_chef,valide&form=DEPENSE").await, 1);
        assert_eq!((count("/essai/instances?state=valide").await, count("/essai/instances?form=X").await), (0, 0));
        assert_eq!(world.get("lea", "/essai/instances?kind=what").await.code(422), "bad_parameter");
        assert_eq!(world.get("lea", "/essai/instances?cursor=what").await.code(422), "bad_cursor");
        assert_eq!(world.get("lea", "/essai/instances?limit=0").await.code(422), "bad_parameter");
    }

    async fn the_table_for_spreadsheets_has_the_same_rows(kind) {
        let world = World::new(kind).await;
        let mut values = crate::tests::world::answers();
        values["objet"] = json!("=1+1;\"x\"");
        let body = json!({ "form": "DEPENSE", "values": values, "submit": true });
        world.post("lea", "/essai/instances", body).await.ok(201);
        let csv = world.get("marc", "/essai/instances?format=csv&form=DEPENSE").await.text;
        assert!(csv.starts_with("\u{feff}Numéro;") && csv.lines().count() == 2, "{csv}");
        assert!(csv.contains("Léa Morvan;En attente du responsable") && csv.contains(";\"'=1+1;"), "{csv}");
        assert_eq!(world.get("erwan", "/essai/instances?format=csv").await.text.lines().count(), 1);
    }

    async fn a_module_that_is_away_takes_no_other_with_it(kind) {
        let world = World::new(kind).await;
        world.sent("lea").await;
        // A second module whose database does not know its tables.
        let mut away = crate::tests::world::definition();
        away.module.code = kernel::ModuleCode::new("ailleurs").unwrap();
        away.module.prefix = "ai".into();
        world.host.add(away, world.island.db.clone(), None);
        let mut reader = principal("marc");
        reader.grants.insert(Grant { permission: "ailleurs.instance.decide".into(), scope: Scope::All });
        let page = crate::http::read_inbox(&world.host.all(), &reader, (crate::http::Part::ToDecide, world.now()), None, 10).await;
        assert_eq!((page.items.len(), page.total), (1, 1));
        assert_eq!(page.away.iter().map(|f| f.code()).collect::<Vec<_>>(), ["ailleurs"]);
    }

    async fn a_list_tells_what_entered_a_state_in_the_present_week(kind) {
        let world = World::new(kind).await;
        let body = json!({ "form": "DEPENSE", "values": crate::tests::world::answers(), "submit": true });
        let sent = world.post("lea", "/essai/instances", body).await.ok(201)["id"].as_str().unwrap().to_owned();
        world.step("marc", &sent, "approve", json!({})).await.ok(200);
        world.step("nadia", &sent, "approve", json!({})).await.ok(200);
        world.step("nadia", &sent, "close", json!({})).await.ok(200);
        let listed = async |query: &str| {
            let list = world.get("nadia", &format!("/essai/instances?state=valide&scope=all{query}")).await.ok(200);
            list["items"].as_array().unwrap().len()
        };
        assert_eq!((listed("").await, listed("&entered=week").await, listed("&entered=month").await), (0, 1, 1));
        world.clock.advance(40 * 86_400);
        assert_eq!((listed("&entered=week").await, listed("&entered=month").await), (0, 0));
        let wrong = world.get("nadia", "/essai/instances?entered=decade").await;
        assert_eq!(wrong.status, axum::http::StatusCode::UNPROCESSABLE_ENTITY);
    }
}
