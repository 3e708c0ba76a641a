//! What others see on the broker: messages that nobody wants, messages that nobody can read, and errors for people.

use super::world::{Carrier, World, eventually, virtual_host};
use bus::{Broker, BusError, DEAD, Message};
use serde_json::{Value as Json, json};
use testkit::Kind;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_wants_is_known_and_in_nobodys_way() {
    let world = World::new(Kind::Sqlite, Carrier::RabbitMq).await;
    world.follow().await;
    for n in 1..=3 {
        world.emit_as("source.unwanted", "s", json!({ "n": n })).await;
    }
    world.emit("s", 1).await;
    world.caught_up().await;
    world.sent().await;
    let status = world.flow.bus_status().await.unwrap().unwrap();
    assert!(status.unrouted["source.unwanted"] >= 3, "{status:?}");
    assert!(status.connected_to.unwrap().starts_with("127.0.0.1:"));
    world.flow.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_put_aside() {
    let world = World::new(Kind::Sqlite, Carrier::RabbitMq).await;
    world.follow().await;
    world.emit("s", 1).await;
    world.caught_up().await;
    let host = world.host.as_ref().unwrap();
    host.publish("source.number", "hello").unwrap();
    host.publish("source.number", &String::from_utf8(foreign().to_bytes().unwrap()).unwrap()).unwrap();
    world.emit("s", 2).await;
    world.caught_up().await;
    eventually("both lie in the dead queue", async || host.messages(DEAD).unwrap() == Some(2)).await;
    assert_eq!(world.total().await, 3);
    world.flow.stop().await;
}

fn foreign() -> Message {
    Message {
        id: testkit::id(),
        source: "elsewhere".parse().unwrap(),
        position: 1,
        at: testkit::now(),
        kind: "source.number".into(),
        version: 1,
        stream: "s".into(),
        stream_version: 1,
        actor: "system:test".into(),
        correlation_id: testkit::id(),
        causation_id: None,
        data: r#"{"n":7}"#.into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_queue_is_made_again_and_nothing_is_missed() {
    let world = World::new(Kind::Sqlite, Carrier::RabbitMq).await;
    world.follow().await;
    world.emit("s", 1).await;
    world.caught_up().await;
    world.host.as_ref().unwrap().delete_queue("own.adder:source.number").unwrap();
    for n in 2..=5 {
        world.emit("s", n).await;
    }
    world.caught_up().await;
    assert_eq!(world.echoes().await["s"], [1, 2, 3, 4, 5]);
    world.flow.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_broker_is_said_so_that_one_can_mend_it() {
    let host = virtual_host("errors").await;
    let reach = async |url: &str| Broker::new(url).unwrap().reach().await.unwrap_err();
    let refused = reach(&host.url_with("wrong")).await;
    assert!(matches!(refused, BusError::Refused { .. }) && refused.needs_a_person(), "{refused:?}");
    assert!(!refused.to_string().contains("wrong@") && refused.to_string().contains("--bus"), "{refused}");
    let nowhere = reach(&host.url().replace("/t_errors", "/no_such_host_")).await;
    assert!(nowhere.needs_a_person(), "{nowhere:?}");
    let away = reach("amqp://guest:guest@127.0.0.1:1/x").await;
    assert!(matches!(away, BusError::Away { .. }) && !away.needs_a_person(), "{away:?}");
    host.exchange("business.events", "fanout", true).unwrap();
    let other = reach(&host.url()).await;
    assert!(matches!(other, BusError::Topology { .. }), "{other:?}");
    assert!(other.to_string().contains("the exchange `business.events`"), "{other}");
}

/// The address that answers is found, wherever it stands in the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_is_taken_when_one_is_away() {
    let host = virtual_host("failover").await;
    let broker = Broker::new(&format!("amqp://guest:guest@127.0.0.1:1/x, {}", host.url())).unwrap();
    broker.reach().await.unwrap();
    assert!(broker.connected_to().unwrap().contains("/t_failover"));
    broker.close().await;
}

/// A client that knows AMQP and JSON and nothing of us.
const READER: &str = r#"
import json, sys, pika
c = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
ch = c.channel()
ch.queue_declare("outside", durable=True)
ch.queue_bind("outside", "business.events", "source.*")
print("ready", flush=True)
for method, properties, body in ch.consume("outside", inactivity_timeout=30):
    event = json.loads(body)
    print(json.dumps([method.routing_key, properties.content_type, properties.message_id == event["id"], event["specversion"],
        event["type"], event["source"], event["subject"], event["data"]]), flush=True)
    ch.basic_ack(method.delivery_tag)
    break
c.close()
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_in_another_language_reads_what_is_sent() {
    let world = World::new(Kind::Sqlite, Carrier::RabbitMq).await;
    world.follow().await;
    let url = world.host.as_ref().unwrap().url();
    let mut reader = tokio::process::Command::new("/usr/bin/python3")
        .args(["-c", READER, &url])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut lines = BufReader::new(reader.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("ready"));
    world.emit_as("source.unwanted", "s/1", json!({ "price": 1.50, "name": "Gilet à 150 N" })).await;
    let seen: Json = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(
        seen,
        json!(["source.unwanted", "application/cloudevents+json", true, "1.0", "source.unwanted",
            "archipel:source", "s/1", { "price": 1.5, "name": "Gilet à 150 N" }])
    );
    reader.wait().await.unwrap();
    world.flow.stop().await;
}
