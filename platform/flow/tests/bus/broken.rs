//! A broker that dies, one that forgets everything, and a consumer that dies between its commit and its word to the
//! broker.

use super::world::{Adder, World, eventually, hook, put_to_work, schema, virtual_host};
use bus::{Bus, Signal};
use flow::Flow;
use kernel::SystemClock;
use std::sync::Arc;
use std::time::Duration;
use testkit::crash::{self, Victim};
use testkit::rabbitmq::Node;
use testkit::{Handed, Kind};

async fn node() -> Node {
    tokio::task::spawn_blocking(Node::start).await.unwrap().unwrap()
}

async fn doing(node: Node, act: impl FnOnce(&mut Node) -> std::io::Result<()> + Send + 'static) -> Node {
    let mut node = node;
    tokio::task::spawn_blocking(move || {
        act(&mut node).unwrap();
        node
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_in_the_middle_costs_nothing() {
    let node = node().await;
    let host = node.virtual_host("restart").unwrap();
    let world = World::on(Kind::Sqlite, Some(host)).await;
    world.follow().await;
    for n in 1..=100 {
        world.emit(&format!("s{}", n % 5), n).await;
    }
    eventually("some have arrived", async || world.total().await > 0).await;
    let node = doing(node, Node::kill).await;
    for n in 101..=150 {
        world.emit(&format!("s{}", n % 5), n).await;
    }
    let node = doing(node, Node::restart).await;
    for n in 151..=200 {
        world.emit(&format!("s{}", n % 5), n).await;
    }
    world.caught_up().await;
    assert_eq!(world.total().await, 200 * 201 / 2);
    for (stream, echoes) in world.echoes().await {
        assert!(echoes.is_sorted(), "{stream}: {echoes:?}");
    }
    world.flow.stop().await;
    drop(node);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_has_lost_everything_is_fed_again() {
    let node = node().await;
    let host = node.virtual_host("lost").unwrap();
    let world = World::on(Kind::Sqlite, Some(host)).await;
    world.follow().await;
    for n in 1..=50 {
        world.emit("s", n).await;
    }
    world.caught_up().await;
    // Sent and confirmed, and never read: the consumer's stream is held up.
    *world.adder.away.lock().unwrap() = Some("s".into());
    for n in 51..=80 {
        world.emit("s", n).await;
    }
    world.sent().await;
    let again = world.host.as_ref().unwrap();
    let node = doing(node, Node::lose_everything).await;
    again.again().unwrap();
    *world.adder.away.lock().unwrap() = None;
    for n in 81..=90 {
        world.emit("s", n).await;
    }
    world.caught_up().await;
    assert_eq!(world.total().await, 90 * 91 / 2);
    assert_eq!(world.echoes().await["s"].len(), 90, "each once");
    world.flow.stop().await;
    drop(node);
}

/// The child: reads its queue, and dies in the moment after the first commit of an effect.
async fn child() {
    let handed = Handed::take(Arc::new(|database: &kernel::DatabaseId, _| {
        if database.module.as_str() == "own" {
            std::process::abort();
        }
    }));
    let own = handed.database(schema("own"), false).await;
    let _source = handed.database(schema("source"), true).await;
    let flow = Flow::start(handed.databases.clone(), Bus::default(), Arc::new(SystemClock));
    let url = std::env::var("ARCHIPEL_TEST_BUS").unwrap();
    put_to_work(&flow, own, Adder::default(), Some(url), "child").await;
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_killed_between_commit_and_acknowledgement_applies_once() {
    if crash::role().is_some() {
        return child().await;
    }
    let world = World::on(Kind::Sqlite, Some(virtual_host("killed").await)).await;
    for n in 1..=30 {
        world.emit(&format!("s{}", n % 3), n).await;
    }
    let url = world.host.as_ref().unwrap().url();
    let hand_over = world.own.hand_over();
    world.flow.stop().await;
    world.own.databases.close().await;
    let name = "broken::a_consumer_killed_between_commit_and_acknowledgement_applies_once";
    let mut command = crash::reenter(name, "consumer").unwrap();
    command.envs(hand_over).env("ARCHIPEL_TEST_BUS", &url);
    let victim = Victim::spawn(command).unwrap();
    let died = tokio::task::spawn_blocking(move || victim.wait(Duration::from_secs(60)));
    let remains = died.await.unwrap().unwrap();
    assert!(remains.ended_early, "it dies of itself: {}", remains.stderr);
    let bus = Bus::default();
    let handed = world.own.handed(hook(&bus));
    let own = handed.database(schema("own"), false).await;
    let source = handed.database(schema("source"), true).await;
    let flow = Flow::start(handed.databases.clone(), bus.clone(), Arc::new(SystemClock));
    put_to_work(&flow, own.clone(), Adder::default(), Some(url), "child").await;
    bus.announce(Signal::Everything);
    let head = source.head().await.unwrap().0;
    eventually("it catches up", async || flow.lags().await.unwrap().iter().all(|l| l.position == head)).await;
    let echoes = own.log_after(0, 500).await.unwrap();
    let mut numbers: Vec<i64> = echoes.iter().filter_map(|e| e.json().unwrap()["n"].as_i64()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=30).collect::<Vec<_>>(), "each once, whatever was acknowledged");
    flow.stop().await;
}
