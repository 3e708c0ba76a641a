//! Events handed to a consumer again: after a day of the shop, nobody does twice what was done.

use crate::backup::operator;
use crate::commerce::{Caller, SHOP, on_sale, order, order_of, stock, verified};
use crate::world::World;
use archipel::ops::Command;
use flow::Selection;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::on_both_engines;

/// Whoever says that it takes events again. One that is added here is handed everything twice below.
const TAKING: [&str; 8] = [
    "inventory.restock",
    "inventory.saga",
    "inventory.tills",
    "payment.saga",
    "retail.saga",
    "returns.saga",
    "transaction.placed",
    "transaction.saga",
];
/// What readers of everything keep, and the journal of the replays themselves: their logs may grow.
const READERS: [&str; 4] = ["audit", "events", "dashboard", "registry"];

async fn heads(world: &World) -> BTreeMap<String, u64> {
    let mut heads = BTreeMap::new();
    for db in world.system.databases.all() {
        let name = db.id().to_string();
        if !READERS.contains(&name.as_str()) {
            heads.insert(name, db.head().await.unwrap().0);
        }
    }
    heads
}

on_both_engines! {
    async fn whoever_is_handed_everything_again_does_nothing_twice(kind) {
        let world = Arc::new(World::new(kind).await);
        let (chloe, buyer) = (Caller::new(&world, "chloe").await, Caller::new(&world, "client").await);
        let product = on_sale(&chloe, "GIL-150", 5).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let placed = order(&buyer, &order_of(&product, 1, "tok_ok")).await;
            ids.push(placed["id"].as_str().unwrap().to_owned());
        }
        order(&buyer, &order_of(&product, 4, "tok_ok")).await;
        buyer.await_states(&[("reserved", 3), ("cancelled", 1)]).await;
        world.at_rest().await;
        chloe.post(&format!("/api/v1/retail/orders/{}/fulfil", ids[0]), &Json::Null).await;
        buyer.post(&format!("/api/v1/transactions/{}/cancel", ids[1]), &Json::Null).await;
        buyer.await_states(&[("completed", 1), ("reserved", 1), ("cancelled", 2)]).await;
        world.at_rest().await;
        assert_eq!(stock(&chloe).await, (4, 1), "one sold, one promised in {SHOP}");
        let (lags, before) = (world.system.flow.lags().await.unwrap(), heads(&world).await);

        assert_eq!(world.system.flow.taking_again(), TAKING);
        let mut handed = 0;
        for consumer in TAKING {
            let command = Command::EventsReplay { to: consumer.into(), selection: Selection::default() };
            let done = operator(&world.system, command).await.unwrap();
            handed += done["handed"].as_u64().unwrap();
            assert_eq!((&done["applied"], &done["dead_lettered"], &done["coming"]), (&json!(0), &json!(0), &json!(0)), "{done}");
            assert_eq!(done["handed"], done["skipped"], "{done}");
        }
        assert!(handed > 20, "{handed}");
        assert_eq!(heads(&world).await, before);
        let ours = |lags: Vec<flow::Lag>| {
            let ours = lags.into_iter().filter(|lag| TAKING.contains(&lag.consumer.as_str()));
            ours.map(|lag| (lag.consumer, lag.source, lag.position)).collect::<Vec<_>>()
        };
        assert_eq!(ours(world.system.flow.lags().await.unwrap()), ours(lags));
        assert_eq!(stock(&chloe).await, (4, 1));
        for (consumer, code) in [("dashboard", "rebuilt_instead"), ("audit", "not_replayable"), ("nobody", "unknown_consumer")] {
            let command = Command::EventsReplay { to: consumer.into(), selection: Selection::default() };
            let refused = operator(&world.system, command).await.unwrap_err();
            assert!(refused.starts_with(code), "{refused}");
        }
        verified(&world).await;
    }
}
