//! What lies on the broker: one topic exchange, a queue for each consumer and type, its retry queues, and a place for
//! what nobody can read.
//!
//! ```text
//! business.events ── key ──> CONSUMER:KEY ──> consumer ── later ──> CONSUMER:retry:MS ── ttl ──> CONSUMER:again ──> consumer
//!                                 └── unreadable, or delivered too often ──> business.events.dead
//! ```

use super::BusError;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ExchangeKind};
use std::collections::BTreeSet;

/// The exchange that every event goes to.
pub const EXCHANGE: &str = "business.events";
/// Exchange and queue of what no consumer could read.
pub const DEAD: &str = "business.events.dead";
/// How long an event waits before it is tried again, the first time, the second time, and from then on.
pub const RETRY_AFTER_MS: [u32; 3] = [1_000, 10_000, 60_000];
/// How often a message may be on its way when connections break, before the broker puts it aside: a message that
/// kills its consumer each time would come back for ever.
const DELIVERY_LIMIT: i32 = 1_000;

/// The queues of one consumer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queues {
    /// Its name.
    pub consumer: String,
    /// The routing keys that it wants, a queue for each.
    pub keys: BTreeSet<String>,
}

impl Queues {
    pub(super) fn main(&self, key: &str) -> String {
        format!("{}:{key}", self.consumer)
    }

    pub(super) fn again(&self) -> String {
        format!("{}:again", self.consumer)
    }

    pub(super) fn retry(&self, ms: u32) -> String {
        format!("{}:retry:{ms}", self.consumer)
    }

    /// The queues that are read.
    pub(super) fn read(&self) -> Vec<String> {
        self.keys.iter().map(|key| self.main(key)).chain([self.again()]).collect()
    }
}

/// Declares the exchanges; answers whether ours had to be made: this broker has never heard of us, or has lost
/// everything.
pub(super) async fn exchanges(connection: &Connection, at: &str) -> Result<bool, BusError> {
    let probe = connection.create_channel().await.map_err(|e| BusError::of(at, &e))?;
    let passive = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    // A refusal closes the channel; the next one is new.
    let there =
        probe.exchange_declare(EXCHANGE.into(), ExchangeKind::Topic, passive, FieldTable::default()).await;
    let channel = connection.create_channel().await.map_err(|e| BusError::of(at, &e))?;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    for (name, kind) in [(EXCHANGE, ExchangeKind::Topic), (DEAD, ExchangeKind::Fanout)] {
        channel
            .exchange_declare(name.into(), kind, durable, FieldTable::default())
            .await
            .map_err(|e| BusError::declaring(&format!("the exchange `{name}`"), at, &e))?;
    }
    queue(&channel, DEAD, FieldTable::default(), at).await?;
    bind(&channel, DEAD, DEAD, "", at).await?;
    if there.is_ok() {
        drop(probe.close(200, "done".into()).await);
    }
    drop(channel.close(200, "done".into()).await);
    Ok(there.is_err())
}

/// Declares the queues of a consumer; answers whether one of them had to be made: what was sent before is not in it.
pub(super) async fn queues(connection: &Connection, queues: &Queues, at: &str) -> Result<bool, BusError> {
    let mut made = false;
    for key in &queues.keys {
        made |= !is_there(connection, &queues.main(key), at).await?;
    }
    let channel = connection.create_channel().await.map_err(|e| BusError::of(at, &e))?;
    for name in queues.read() {
        let mut arguments = FieldTable::default();
        arguments.insert("x-dead-letter-exchange".into(), text(DEAD));
        // Set aside only once the dead queue has it, at the price of refusing instead of dropping when full.
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments.insert("x-overflow".into(), text("reject-publish"));
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
        // With several processes one reads at a time, so that the order holds; another takes over.
        arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        queue(&channel, &name, arguments, at).await?;
    }
    for key in &queues.keys {
        bind(&channel, &queues.main(key), EXCHANGE, key, at).await?;
    }
    for ms in RETRY_AFTER_MS {
        let mut arguments = FieldTable::default();
        arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(i32::try_from(ms).unwrap_or(i32::MAX)));
        arguments.insert("x-dead-letter-exchange".into(), text(""));
        arguments.insert("x-dead-letter-routing-key".into(), text(&queues.again()));
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments.insert("x-overflow".into(), text("reject-publish"));
        queue(&channel, &queues.retry(ms), arguments, at).await?;
    }
    drop(channel.close(200, "done".into()).await);
    Ok(made)
}

/// Whether a queue exists; asked on a channel of its own, because the broker closes it with a "no".
async fn is_there(connection: &Connection, name: &str, at: &str) -> Result<bool, BusError> {
    let channel = connection.create_channel().await.map_err(|e| BusError::of(at, &e))?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let there = channel.queue_declare(name.into(), passive, FieldTable::default()).await.is_ok();
    if there {
        drop(channel.close(200, "done".into()).await);
    }
    Ok(there)
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

async fn queue(channel: &Channel, name: &str, mut arguments: FieldTable, at: &str) -> Result<(), BusError> {
    arguments.insert("x-queue-type".into(), text("quorum"));
    channel
        .queue_declare(name.into(), QueueDeclareOptions::durable(), arguments)
        .await
        .map(drop)
        .map_err(|e| BusError::declaring(&format!("the queue `{name}`"), at, &e))
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str, at: &str) -> Result<(), BusError> {
    channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(|e| BusError::of(at, &e))
}
