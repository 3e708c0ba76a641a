//! Two islands, a consumer that would show anything applied twice, late or never, and a way of carrying between them.

use bus::{Broker, Bus, Signal};
use db::databases::{NewDatabase, Place};
use db::{Batch, Db, Expect, Migration, NewEvent, Schema, Table, Write};
use flow::{BoxFuture, Consumer, Delivery, Effects, Fault, Flow, PageFault, Sources};
use kernel::{Actor, Cause, Clock, ModuleCode, TestClock};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::rabbitmq::{self, VirtualHost};
use testkit::{Island, Kind};

db::statements! {
    ADD = write("INSERT INTO total (stream, total) VALUES (?1, ?2) ON CONFLICT (stream) DO UPDATE SET total = total.total + excluded.total");
    TOTALS = read("SELECT CAST(sum(total) AS BIGINT) FROM total");
}

/// Who carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    Embedded,
    RabbitMq,
}

pub const BOTH: [Carrier; 2] = [Carrier::Embedded, Carrier::RabbitMq];

pub fn schema(code: &str) -> Schema {
    let sql = "CREATE TABLE total (stream {text} NOT NULL PRIMARY KEY, total {int} NOT NULL){strict};";
    let tables = vec![Table::derived("total")];
    Schema::new(ModuleCode::new(code).unwrap(), tables, vec![Migration::new(1, "totals", sql)], all())
        .unwrap()
}

/// Adds up numbers, and answers each with an event that keeps the order in which they came.
#[derive(Clone, Default)]
pub struct Adder {
    /// Whether poison is poison no more.
    pub mended: Arc<AtomicBool>,
    /// A stream whose events need something that is away.
    pub away: Arc<Mutex<Option<String>>>,
}

impl Consumer for Adder {
    fn name(&self) -> &str {
        "own.adder"
    }
    fn sources(&self) -> Sources {
        Sources::Modules(vec![ModuleCode::new("source").unwrap()])
    }
    fn wants(&self, kind: &str) -> bool {
        ["source.number", "source.negative", "internal"].contains(&kind)
    }
    fn handle<'a>(
        &'a self,
        _own: &'a Db,
        _generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        Box::pin(async move {
            let mut effects = Effects::default();
            for (at, delivery) in page.iter().enumerate() {
                if delivery.data["poison"] == json!(true) && !self.mended.load(Ordering::SeqCst) {
                    let fault = Fault::Poison { cause: "test".into(), message: "poison".into() };
                    return Err(PageFault { at, fault });
                }
                let stream = &delivery.event.stream;
                if self.away.lock().unwrap().as_ref() == Some(stream) {
                    return Err(PageFault { at, fault: Fault::Transient("away".into()) });
                }
                let n = delivery.data["n"].as_i64().unwrap();
                let params = db::params![stream, n];
                effects.writes.push(Write { statement: ADD.clone(), params, expect: Expect::Any });
                effects.events.push(NewEvent {
                    cause: Some(delivery.cause(self.name())),
                    ..NewEvent::new(testkit::id(), "own.echo", format!("echo/{stream}"), json!({ "n": n }))
                });
            }
            Ok(effects)
        })
    }
}

pub struct World {
    pub own: Island,
    pub source: Db,
    pub flow: Arc<Flow>,
    pub bus: Bus,
    pub adder: Adder,
    pub clock: Arc<TestClock>,
    pub host: Option<VirtualHost>,
}

pub fn hook(bus: &Bus) -> db::OnCommit {
    let bus = bus.clone();
    Arc::new(move |database, position| bus.announce(Signal::Log { database: database.clone(), position }))
}

pub async fn virtual_host(name: &'static str) -> VirtualHost {
    tokio::task::spawn_blocking(|| rabbitmq::virtual_host(name)).await.unwrap().unwrap()
}

impl World {
    pub async fn new(kind: Kind, carrier: Carrier) -> Self {
        let host = match carrier {
            Carrier::Embedded => None,
            Carrier::RabbitMq => Some(virtual_host("compliance").await),
        };
        Self::on(kind, host).await
    }

    pub async fn on(kind: Kind, host: Option<VirtualHost>) -> Self {
        let bus = Bus::default();
        let own = Island::with_hook(kind, schema("own"), hook(&bus)).await;
        let place = match &own.spec.place {
            Place::Postgres { server, database, role, .. } => {
                own.tamper("CREATE SCHEMA source").await;
                let (server, database, role) = (server.clone(), database.clone(), role.clone());
                Place::Postgres { server, database, schema: Some("source".into()), role }
            }
            Place::Sqlite { .. } => Place::Sqlite { file: "source.sqlite".into() },
        };
        let new = NewDatabase {
            id: "source".parse().unwrap(),
            schema: Arc::new(schema("source")),
            place,
            key: own.spec.key.clone(),
            password: None,
        };
        let source = own.databases.create(new, testkit::now()).await.unwrap();
        let clock = Arc::new(TestClock::at(testkit::now()));
        let flow = Flow::start(own.databases.clone(), bus.clone(), clock.clone());
        Self { own, source, flow, bus, adder: Adder::default(), clock, host }
    }

    /// Another process in the same databases, not yet following anything.
    pub fn other_flow(&self) -> Arc<Flow> {
        Flow::start(self.own.databases.clone(), self.bus.clone(), self.clock.clone())
    }

    /// Puts this world's consumer to work.
    pub async fn follow(&self) {
        self.put_to_work(&self.flow, "one").await;
    }

    pub async fn put_to_work(&self, flow: &Arc<Flow>, holder: &str) {
        put_to_work(
            flow,
            self.own.db.clone(),
            self.adder.clone(),
            self.host.as_ref().map(VirtualHost::url),
            holder,
        )
        .await;
    }

    pub async fn emit(&self, stream: &str, n: i64) {
        self.emit_as("source.number", stream, json!({ "n": n })).await;
    }

    pub async fn emit_as(&self, kind: &str, stream: &str, data: serde_json::Value) {
        let mut batch = Batch::new(self.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        batch.event(NewEvent::new(testkit::id(), kind, stream.to_owned(), data));
        self.source.write(batch).await.unwrap();
    }

    pub async fn total(&self) -> i64 {
        let row = self.own.db.query_one(&TOTALS, Vec::new()).await.unwrap().unwrap();
        row.opt_int(0).unwrap().unwrap_or(0)
    }

    /// What the consumer has answered, by stream, in its order.
    pub async fn echoes(&self) -> BTreeMap<String, Vec<i64>> {
        let mut echoes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut position = 0;
        loop {
            let page = self.own.db.log_after(position, 500).await.unwrap();
            let Some(last) = page.last() else { return echoes };
            position = last.position;
            for event in page.iter().filter(|event| event.kind == "own.echo") {
                let n = event.json().unwrap()["n"].as_i64().unwrap();
                let stream = event.stream.trim_start_matches("echo/").to_owned();
                echoes.entry(stream).or_default().push(n);
            }
        }
    }

    pub async fn caught_up(&self) {
        self.caught_up_on(&self.flow).await;
    }

    pub async fn caught_up_on(&self, flow: &Flow) {
        let (head, _) = self.source.head().await.unwrap();
        eventually("the consumer catches up", async || {
            let lags = flow.lags().await.unwrap();
            lags.iter().filter(|l| l.source == "source").all(|l| l.position == head)
        })
        .await;
    }

    /// The relay has nothing more to send.
    pub async fn sent(&self) {
        let (head, _) = self.source.head().await.unwrap();
        eventually("the relay has sent everything", async || {
            let status = self.flow.bus_status().await.unwrap().unwrap();
            status.relay.iter().filter(|lag| lag.database == "source").all(|lag| lag.position == head)
        })
        .await;
    }
}

pub async fn put_to_work(flow: &Arc<Flow>, own: Db, adder: Adder, url: Option<String>, holder: &str) {
    let kinds = ["source.number", "source.negative", "source.unwanted"].map(str::to_owned);
    flow.publishes(ModuleCode::new("source").unwrap(), kinds);
    if let Some(url) = &url {
        flow.connect(Broker::new(url).unwrap(), holder).await.unwrap();
    }
    flow.follow(own, Arc::new(adder));
}

/// Waits for a condition, with a bound.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..6000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("within a minute it did not come to hold that {what}");
}
