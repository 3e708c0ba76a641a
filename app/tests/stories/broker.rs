//! The story of the last five pieces, its events carried by RabbitMQ: killed and started again in the middle, or emptied.

use crate::commerce::{Caller, PRICE, SHOP, book, held, on_sale, order, order_of, stock, verified};
use crate::world::World;
use serde_json::Value as Json;
use std::io;
use std::sync::Arc;
use testkit::Kind;
use testkit::rabbitmq::{Node, virtual_host};
use tokio::task::JoinSet;

/// Forty buyers for five pieces; between the first and the second twenty something happens.
async fn forty_buyers<F: AsyncFnOnce()>(world: &Arc<World>, meanwhile: F) {
    let (chloe, buyer) = (Caller::new(world, "chloe").await, Caller::new(world, "client").await);
    let product = on_sale(&chloe, "GIL-150", 5).await;
    order(&buyer, &order_of(&product, 1, "tok_ok")).await;
    let mut buyers = JoinSet::new();
    let more = |buyers: &mut JoinSet<Json>, n: usize| {
        for _ in 0..n {
            let (buyer, body) = (buyer.clone(), order_of(&product, 1, "tok_ok"));
            buyers.spawn(async move { order(&buyer, &body).await });
        }
    };
    more(&mut buyers, 19);
    meanwhile().await;
    more(&mut buyers, 20);
    buyers.join_all().await;
    world.at_rest().await;
    buyer.await_states(&[("reserved", 5), ("cancelled", 35)]).await;
    assert_eq!(stock(&chloe).await, (5, 5));
    let open = chloe.get(&format!("/api/v1/retail/shops/{SHOP}/orders")).await;
    let orders = open["items"].as_array().unwrap().iter();
    let ids: Vec<String> = orders.map(|o| o["transaction_id"].as_str().unwrap().to_owned()).collect();
    for id in &ids[..3] {
        chloe.post(&format!("/api/v1/retail/orders/{id}/fulfil"), &Json::Null).await;
    }
    chloe.post(&format!("/api/v1/retail/orders/{}/refuse", ids[3]), &Json::Null).await;
    buyer.post(&format!("/api/v1/transactions/{}/cancel", ids[4]), &Json::Null).await;
    buyer.await_states(&[("completed", 3), ("cancelled", 37)]).await;
    world.at_rest().await;
    let book = book(world).await;
    assert_eq!((stock(&chloe).await, held(&book)), ((2, 0), (3 * PRICE, 3 * PRICE)), "{book:?}");
    verified(world).await;
}

async fn with_a_node_that(happens: fn(&mut Node) -> io::Result<()>) {
    let node = tokio::task::spawn_blocking(Node::start).await.unwrap().unwrap();
    let world = Arc::new(World::carried_by(Kind::Sqlite, node.url()).await);
    let mut kept = None;
    forty_buyers(&world, async || {
        let done = tokio::task::spawn_blocking(move || {
            let mut node = node;
            happens(&mut node).map(|()| node)
        });
        kept = Some(done.await.unwrap().unwrap());
    })
    .await;
    let status = world.system.flow.bus_status().await.unwrap().unwrap();
    assert!(
        status.relay.iter().any(|lag| lag.database == "transaction" && lag.position == lag.head),
        "{status:?}"
    );
    world.system.close().await;
    drop(kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_buyers_over_a_broker_that_is_killed_in_the_middle() {
    let killed = |node: &mut Node| node.kill().and_then(|()| node.restart());
    Box::pin(with_a_node_that(killed)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_buyers_over_a_broker_that_loses_everything() {
    Box::pin(with_a_node_that(Node::lose_everything)).await;
}

/// PostgreSQL, and a broker in peace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_buyers_over_a_broker_on_postgresql() {
    let host = tokio::task::spawn_blocking(|| virtual_host("buyers")).await.unwrap().unwrap();
    let world = Arc::new(World::carried_by(Kind::Postgres, host.url()).await);
    Box::pin(forty_buyers(&world, async || ())).await;
    world.system.close().await;
}
