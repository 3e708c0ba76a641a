//! The relay to RabbitMQ: events confirmed a second, a quorum queue at the other end, and the order of every stream.

use crate::toy;
use bus::{Broker, Bus, Queues};
use flow::Flow;
use kernel::SystemClock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::rabbitmq::Node;
use testkit::{Island, Kind};

/// Events to send.
const EVENTS: usize = 50_000;

/// Prints the rate of sending and of receiving; fails when a stream is out of order.
pub async fn run(kind: Kind) -> anyhow::Result<()> {
    let node = tokio::task::spawn_blocking(Node::start).await??;
    let island = Island::durable(kind, toy::schema("source")).await;
    // Many streams side by side, as in life.
    for from in 0..EVENTS / 5_000 {
        for stream in 0..100 {
            island.db.write(toy::events(stream, 50, from as u64 * 50)).await?;
        }
    }
    let broker = Broker::new(&node.url())?;
    let queues = Queues { consumer: "bench.reader".into(), keys: ["item.bumped".to_owned()].into() };
    broker.declare(queues.clone()).await?;
    broker.reach().await?;
    let flow = Flow::start(island.databases.clone(), Bus::default(), Arc::new(SystemClock));
    flow.publishes("source".parse::<kernel::DatabaseId>()?.module, ["item.bumped".to_owned()]);
    let start = Instant::now();
    flow.connect(broker.clone(), "bench").await?;
    loop {
        let status = flow.bus_status().await?.expect("a bus");
        if status.relay.iter().all(|lag| lag.position == lag.head) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sent = EVENTS as f64 / start.elapsed().as_secs_f64();
    let mut subscription = broker.subscribe(&queues, 500).await?;
    let (start, mut last) = (Instant::now(), HashMap::new());
    for _ in 0..EVENTS {
        let received = subscription.next().await?;
        let message = received.message.as_ref().map_err(|e| anyhow::anyhow!("{e}"))?;
        let before = last.insert(message.stream.clone(), message.stream_version).unwrap_or(0);
        anyhow::ensure!(message.stream_version == before + 1, "{} is out of order", message.stream);
        subscription.ack(&received).await?;
    }
    let received = EVENTS as f64 / start.elapsed().as_secs_f64();
    println!(
        "relay to a quorum queue, each event confirmed, order kept: {sent:.0} events/s; read back: {received:.0}/s"
    );
    flow.stop().await;
    Ok(())
}
