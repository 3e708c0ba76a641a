//! Figures over the events of other modules: added up by day and by place, standing, and things as the last event about
//! each says; whatever comes in whichever order, and after a rebuild.

use super::world::{World, id, marc, person};
use crate::dashboard::verify;
use contracts::dashboard::{Add, Audience, Dashboard, Direction, Kpi, Measure, When};
use kernel::Text;
use serde_json::json;
use std::collections::BTreeMap;
use testkit::on_both_engines;

fn add(event: &str, of: Option<&str>, minus: bool, when: Option<When>) -> Add {
    Add { module: "badges".into(), event: event.into(), of: of.map(str::to_owned), minus, when }
}

fn kpi(id: &str, measure: Measure) -> Kpi {
    Kpi {
        id: id.into(),
        label: Text::new("Ventes", "Sales"),
        unit: "cents".into(),
        measure,
        forms: Vec::new(),
        target: None,
        direction: Direction::Up,
        audience: vec![Audience { role: "shop_manager".into(), scope: "all".into() }],
        link: "/reports".into(),
    }
}

fn shops() -> Dashboard {
    let is = |text: &str| Some(When { at: "/way".into(), is: Some(text.into()), ..When::default() });
    let when = When { at: "/hand".into(), less: Some("/held".into()), at_most: Some(0), ..When::default() };
    Dashboard {
        name: Text::new("Magasins", "Shops"),
        icon: "store".into(),
        kpis: vec![
            kpi(
                "sales",
                Measure::Counted {
                    adds: vec![
                        add("sold", Some("/cents"), false, is("out")),
                        add("sold", Some("/cents"), true, is("back")),
                    ],
                    period: Some("day".into()),
                    by: Some("/shop".into()),
                },
            ),
            kpi(
                "open",
                Measure::Counted {
                    adds: vec![add("placed", None, false, None), add("ended", None, true, None)],
                    period: None,
                    by: None,
                },
            ),
            kpi(
                "out",
                Measure::Holding {
                    module: "badges".into(),
                    event: "shelf".into(),
                    thing: vec!["/shop".into(), "/product".into()],
                    when,
                },
            ),
        ],
    }
}

async fn told(world: &World) -> BTreeMap<String, Option<i64>> {
    let reader = person(21, &["shop_manager"], &[]);
    let figures = world.readers.figures(&reader, kernel::Clock::now(&*world.clock)).await.unwrap();
    figures.into_iter().map(|figure| (figure.id, figure.value)).collect()
}

on_both_engines! {
    async fn any_event_moves_a_figure(kind) {
        let world = World::new(kind).await;
        world.declarations.declare("shops", shops()).unwrap();
        world.follow();
        world.caught_up().await;
        let none = [("shops.open", Some(0)), ("shops.out", Some(0)), ("shops.sales", Some(0))];
        assert_eq!(told(&world).await, none.map(|(id, n)| (id.to_owned(), n)).into());
        let sold = |way: &str, shop: &str, cents: i64| json!({ "event": "sold", "instanceId": id(1), "way": way, "shop": shop, "cents": cents });
        for data in [sold("out", "quai", 500), sold("out", "halle", 70), sold("back", "quai", 120), sold("lost", "quai", 9)] {
            world.emit(1, data).await;
        }
        // The same words of another module are another event.
        world.emit(0, sold("out", "quai", 1_000_000)).await;
        for event in ["placed", "placed", "ended", "placed"] {
            world.emit(1, json!({ "event": event, "instanceId": id(2) })).await;
        }
        for (product, hand, held) in [(1, 0, 0), (2, 3, 3), (3, 3, 1), (1, 4, 0), (2, 3, 3)] {
            world.emit(1, json!({ "event": "shelf", "instanceId": id(3), "shop": "quai", "product": product, "hand": hand, "held": held })).await;
        }
        world.caught_up().await;
        let wanted: BTreeMap<String, Option<i64>> = [
            ("shops.sales/quai", 380), ("shops.sales/halle", 70), ("shops.open", 2), ("shops.out", 1),
        ].map(|(id, n)| (id.to_owned(), Some(n))).into();
        assert_eq!(told(&world).await, wanted);
        assert!(world.readers.figures(&marc(), kernel::Clock::now(&*world.clock)).await.unwrap().iter().all(|f| f.module != "shops"));
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert!(findings.is_empty(), "{findings:?}");
        let (things, findings) = world.flow.verify_projection(crate::dashboard::NAME).await.unwrap();
        assert!(findings.is_empty() && things == 1, "{things} {findings:?}");
        world.rebuilt().await;
        assert_eq!(told(&world).await, wanted);
    }

    async fn a_number_that_is_none_is_parked(kind) {
        let world = World::new(kind).await;
        world.declarations.declare("shops", shops()).unwrap();
        world.follow();
        world.emit(1, json!({ "event": "sold", "instanceId": id(1), "way": "out", "shop": "quai", "cents": "many" })).await;
        world.caught_up().await;
        let letters = world.flow.dead_letters(5).await.unwrap();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0].message.contains("not a whole number"), "{letters:?}");
    }
}

#[test]
fn events_of_others_belong_to_nobody() {
    let mut wrong = shops();
    wrong.kpis[0].audience[0].scope = "team".into();
    assert!(super::world::declarations().declare("shops", wrong).is_err());
}
