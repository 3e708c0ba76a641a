//! An event on the wire: CloudEvents 1.0 in structured mode, one JSON object that any AMQP client can read.
//!
//! Structured, because CloudEvents defines no binding for AMQP 0-9-1, and because one object survives being copied
//! from a queue into a file. Attributes that CloudEvents does not know are extensions in lower case; positions are
//! text, because its integers have 32 bits.

use kernel::{DatabaseId, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The content type of a message.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// What `source` begins with; the database follows.
const SOURCE: &str = "archipel:";

/// One entry of a log, on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The event's identifier.
    pub id: Uuid,
    /// The database whose log holds it.
    pub source: DatabaseId,
    /// Its position there.
    pub position: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// Its type.
    pub kind: String,
    /// The version of its contract.
    pub version: u32,
    /// The stream that it belongs to.
    pub stream: String,
    /// Its place in the stream.
    pub stream_version: u64,
    /// Who acted.
    pub actor: String,
    /// One id for everything that follows from one request.
    pub correlation_id: Uuid,
    /// The event that led here.
    pub causation_id: Option<Uuid>,
    /// What happened, as JSON text; personal members sealed.
    pub data: String,
}

/// Why bytes are not a message of ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not an event of ours: {0}")]
pub struct Unreadable(pub String);

/// The attributes, in the order in which they are written; `data` follows.
#[derive(Serialize, Deserialize)]
struct Envelope {
    specversion: String,
    id: Uuid,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: Timestamp,
    datacontenttype: String,
    schemaversion: u32,
    position: String,
    streamversion: String,
    actor: String,
    correlationid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    causationid: Option<Uuid>,
    #[serde(skip_serializing, default)]
    data: Json,
}

impl Message {
    /// The routing key of a type of event: the type itself, which names its service; the types of forms, which are the
    /// same in every module, are put behind their module's code.
    #[must_use]
    pub fn key(source: &DatabaseId, kind: &str) -> String {
        if kind.starts_with("form.") { format!("{}.{kind}", source.module) } else { kind.to_owned() }
    }

    /// The bytes of a message.
    ///
    /// # Errors
    /// When the data is not JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unreadable> {
        let envelope = Envelope {
            specversion: "1.0".into(),
            id: self.id,
            source: format!("{SOURCE}{}", self.source),
            kind: self.kind.clone(),
            subject: self.stream.clone(),
            time: self.at,
            datacontenttype: "application/json".into(),
            schemaversion: self.version,
            position: self.position.to_string(),
            streamversion: self.stream_version.to_string(),
            actor: self.actor.clone(),
            correlationid: self.correlation_id,
            causationid: self.causation_id,
            data: Json::Null,
        };
        let mut bytes = serde_json::to_vec(&envelope).map_err(|e| Unreadable(e.to_string()))?;
        // The data is copied as it was stored and hashed, not read and written anew.
        bytes.pop();
        bytes.extend_from_slice(b",\"data\":");
        bytes.extend_from_slice(self.data.as_bytes());
        bytes.push(b'}');
        Ok(bytes)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are not a CloudEvent of ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let wrong = |what: &str| Unreadable(what.to_owned());
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|e| Unreadable(e.to_string()))?;
        if envelope.specversion != "1.0" {
            return Err(Unreadable(format!("CloudEvents {}", envelope.specversion)));
        }
        let source = envelope.source.strip_prefix(SOURCE).ok_or_else(|| wrong("a foreign source"))?;
        Ok(Self {
            id: envelope.id,
            source: source.parse().map_err(|_| wrong("a foreign source"))?,
            position: envelope.position.parse().map_err(|_| wrong("no position"))?,
            at: envelope.time,
            kind: envelope.kind,
            version: envelope.schemaversion,
            stream: envelope.subject,
            stream_version: envelope.streamversion.parse().map_err(|_| wrong("no streamversion"))?,
            actor: envelope.actor,
            correlation_id: envelope.correlationid,
            causation_id: envelope.causationid,
            data: envelope.data.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: Uuid::from_u128(1),
            source: "transaction".parse().unwrap(),
            position: 1 << 40,
            at: Timestamp(1_700_000_000_123_456),
            kind: "transaction.created".into(),
            version: 1,
            stream: "transaction/0190".into(),
            stream_version: 1,
            actor: "person:0190".into(),
            correlation_id: Uuid::from_u128(2),
            causation_id: None,
            data: r#"{"z":1.50,"a":"é"}"#.into(),
        }
    }

    #[test]
    fn a_message_is_a_cloud_event_that_anybody_can_read() {
        let bytes = message().to_bytes().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(
            text,
            r#"{"specversion":"1.0","id":"00000000-0000-0000-0000-000000000001","source":"archipel:transaction","type":"transaction.created","subject":"transaction/0190","time":"2023-11-14T22:13:20.123456Z","datacontenttype":"application/json","schemaversion":1,"position":"1099511627776","streamversion":"1","actor":"person:0190","correlationid":"00000000-0000-0000-0000-000000000002","data":{"z":1.50,"a":"é"}}"#
        );
        assert_eq!(
            Message::from_bytes(&bytes).unwrap(),
            Message { data: r#"{"z":1.5,"a":"é"}"#.into(), ..message() }
        );
    }

    #[test]
    fn what_is_not_ours_is_refused_with_its_reason() {
        for bytes in [&b"hello"[..], b"{}", br#"{"specversion":"1.0"}"#] {
            assert!(Message::from_bytes(bytes).is_err());
        }
        let foreign =
            String::from_utf8(message().to_bytes().unwrap()).unwrap().replace("archipel:", "https://");
        assert_eq!(Message::from_bytes(foreign.as_bytes()).unwrap_err().0, "a foreign source");
    }

    #[test]
    fn a_routing_key_names_the_service() {
        let heures: DatabaseId = "heures".parse().unwrap();
        assert_eq!(Message::key(&heures, "form.workflow.approve"), "heures.form.workflow.approve");
        assert_eq!(Message::key(&heures, "payment.processed"), "payment.processed");
    }
}
