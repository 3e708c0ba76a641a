//! Sending: many messages on their way, each confirmed by the broker once it has it on its disks.

use super::{BusError, EXCHANGE};
use crate::message::{CONTENT_TYPE, Message};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Connection, PublisherConfirm};

/// A channel with confirms; messages on it keep their order.
pub struct Publisher {
    channel: Channel,
    at: String,
}

/// A message on its way.
pub struct Confirm {
    confirm: PublisherConfirm,
    at: String,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A queue at least has it on its disks.
    Taken,
    /// No queue wanted it.
    Unrouted,
}

impl Publisher {
    pub(super) async fn open(connection: &Connection, at: String) -> Result<Self, BusError> {
        let channel = connection.create_channel().await.map_err(|e| BusError::of(&at, &e))?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(|e| BusError::of(&at, &e))?;
        Ok(Self { channel, at })
    }

    /// Sends a message, without waiting for the broker.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn publish(&self, message: &Message) -> Result<Confirm, BusError> {
        let body = message.to_bytes().map_err(|e| BusError::NotTaken(e.to_string()))?;
        let key = Message::key(&message.source, &message.kind);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let sent = self
            .channel
            .basic_publish(EXCHANGE.into(), key.into(), options, &body, properties(message))
            .await;
        let confirm = sent.map_err(|e| BusError::of(&self.at, &e))?;
        Ok(Confirm { confirm, at: self.at.clone() })
    }
}

/// What brokers and their tools show without reading the body.
pub(super) fn properties(message: &Message) -> BasicProperties {
    BasicProperties::default()
        .with_content_type(CONTENT_TYPE.into())
        .with_delivery_mode(2)
        .with_app_id("archipel".into())
        .with_message_id(message.id.to_string().into())
        .with_correlation_id(message.correlation_id.to_string().into())
        .with_timestamp(message.at.0.max(0).unsigned_abs() / 1_000_000)
        .with_type(message.kind.as_str().into())
}

impl Confirm {
    /// Waits for what the broker says.
    ///
    /// # Errors
    /// When it did not take the message, or the connection was lost before it said: then nobody knows, and the message
    /// is to be sent again.
    pub async fn outcome(self) -> Result<Outcome, BusError> {
        match self.confirm.await.map_err(|e| BusError::of(&self.at, &e))? {
            Confirmation::Ack(None) => Ok(Outcome::Taken),
            Confirmation::Ack(Some(_)) => Ok(Outcome::Unrouted),
            Confirmation::Nack(_) => Err(BusError::NotTaken("it said no".into())),
            Confirmation::NotRequested => Err(BusError::NotTaken("the channel has no confirms".into())),
        }
    }
}
