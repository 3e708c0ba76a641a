//! Receiving: the queues of one consumer, read together; nothing is gone before it is acknowledged.

use super::publisher::properties;
use super::{BusError, Queues, RETRY_AFTER_MS};
use crate::message::{Message, Unreadable};
use futures_util::StreamExt;
use futures_util::stream::{self, SelectAll, Stream};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, BasicRejectOptions,
    ConfirmSelectOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Confirmation, Connection};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// What one queue delivers.
type Deliveries = Pin<Box<dyn Stream<Item = Option<lapin::Result<Delivery>>> + Send + Sync>>;

/// How often a message has been put off, as a header.
const ATTEMPT: &str = "x-archipel-attempt";

/// The queues of a consumer, being read.
pub struct Subscription {
    channel: Channel,
    queues: Queues,
    /// Each ends with `None` when its queue is gone, so that the others do not go on as if nothing were missing.
    deliveries: SelectAll<Deliveries>,
    at: String,
}

/// A message, delivered and not yet acknowledged.
#[derive(Debug)]
pub struct Received {
    /// What it says.
    pub message: Result<Message, Unreadable>,
    /// How often it has been put off; 0 when it comes straight from the exchange.
    pub attempt: usize,
    tag: u64,
}

impl Subscription {
    pub(super) async fn open(
        connection: &Connection,
        queues: Queues,
        prefetch: u16,
        at: String,
    ) -> Result<Self, BusError> {
        let of = |e: &lapin::Error| BusError::of(&at, e);
        let channel = connection.create_channel().await.map_err(|e| of(&e))?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(|e| of(&e))?;
        channel.basic_qos(prefetch, BasicQosOptions::default()).await.map_err(|e| of(&e))?;
        let mut deliveries = SelectAll::new();
        for name in queues.read() {
            let options = BasicConsumeOptions::default();
            let consuming =
                channel.basic_consume(name.as_str().into(), name.into(), options, FieldTable::default());
            let consumer = consuming.await.map_err(|e| of(&e))?;
            let consumer = consumer.map(Some).chain(stream::once(async { None }));
            deliveries.push(Box::pin(consumer) as Deliveries);
        }
        Ok(Self { channel, queues, deliveries, at })
    }

    /// The next message.
    ///
    /// # Errors
    /// When the connection, the channel or a queue is gone: what was not acknowledged comes again on a new
    /// subscription.
    pub async fn next(&mut self) -> Result<Received, BusError> {
        let next = self.deliveries.next().await;
        self.received(next.flatten())
    }

    /// The next message when it is already here.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn ready(&mut self) -> Result<Option<Received>, BusError> {
        let next = poll_fn(|context| match self.deliveries.poll_next_unpin(context) {
            Poll::Ready(next) => Poll::Ready(Some(next)),
            Poll::Pending => Poll::Ready(None),
        });
        match next.await {
            None => Ok(None),
            Some(next) => self.received(next.flatten()).map(Some),
        }
    }

    fn received(&self, next: Option<lapin::Result<Delivery>>) -> Result<Received, BusError> {
        let gone = || BusError::Away { at: self.at.clone(), why: "the subscription has ended".into() };
        let delivery = next.ok_or_else(gone)?.map_err(|e| BusError::of(&self.at, &e))?;
        let headers = delivery.properties.headers().as_ref();
        let attempt = match headers.and_then(|headers| headers.inner().get(ATTEMPT)) {
            Some(AMQPValue::LongInt(attempt)) => usize::try_from(*attempt).unwrap_or(0),
            _ => 0,
        };
        let message = Message::from_bytes(&delivery.data);
        Ok(Received { message, attempt, tag: delivery.delivery_tag })
    }

    /// Says that a message is done.
    ///
    /// # Errors
    /// When the connection is gone; the message comes again.
    pub async fn ack(&self, received: &Received) -> Result<(), BusError> {
        let acked = self.channel.basic_ack(received.tag, BasicAckOptions::default()).await;
        acked.map_err(|e| BusError::of(&self.at, &e))
    }

    /// Puts a message aside for people: it goes to the dead queue.
    ///
    /// # Errors
    /// When the connection is gone; the message comes again.
    pub async fn reject(&self, received: &Received) -> Result<(), BusError> {
        let rejected = self.channel.basic_reject(received.tag, BasicRejectOptions { requeue: false }).await;
        rejected.map_err(|e| BusError::of(&self.at, &e))
    }

    /// Puts a message off: it comes again after the delay of this attempt (0 is the first).
    ///
    /// # Errors
    /// When the broker did not take it; then it is still ours, and comes again by itself.
    pub async fn later(&self, received: &Received, attempt: usize) -> Result<(), BusError> {
        let Ok(message) = &received.message else { return self.reject(received).await };
        let ms = RETRY_AFTER_MS[attempt.min(RETRY_AFTER_MS.len() - 1)];
        let mut headers = FieldTable::default();
        let next = i32::try_from(attempt + 1).unwrap_or(i32::MAX);
        headers.insert(ATTEMPT.into(), AMQPValue::LongInt(next));
        let body = message.to_bytes().map_err(|e| BusError::NotTaken(e.to_string()))?;
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let queue = self.queues.retry(ms);
        let properties = properties(message).with_headers(headers);
        let sent = self.channel.basic_publish("".into(), queue.into(), options, &body, properties).await;
        let confirm = sent.map_err(|e| BusError::of(&self.at, &e))?;
        match confirm.await.map_err(|e| BusError::of(&self.at, &e))? {
            Confirmation::Ack(None) => self.ack(received).await,
            _ => Err(BusError::NotTaken("the retry queue is not there".into())),
        }
    }
}
