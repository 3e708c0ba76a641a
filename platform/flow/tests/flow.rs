//! Following logs: exactly once, in order, parked by stream, rebuilt beside itself, timers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]
#![expect(missing_docs, reason = "statements of a test")]

use bus::{Bus, Signal};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, Migration, NewEvent, Schema, Statement, Table, Write};
use flow::{BoxFuture, Consumer, Delivery, Fault, Flow, Projection, Projector, Sources, Timer, TimerHandler};
use kernel::{Actor, Cause, Clock, DatabaseId, ModuleCode, TestClock, Timestamp, Uuid};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use testkit::{Island, Kind, on_both_engines};

db::statements! {
    SUM = read("SELECT s.total, s.last FROM total s JOIN projection p ON p.name = 'sums' AND p.active = s.generation WHERE s.stream = ?1");
    ADD = write("INSERT INTO total (generation, stream, total, last) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, stream) DO UPDATE SET total = total.total + excluded.total, last = excluded.last");
    FORGET = write("DELETE FROM total WHERE generation = ?1");
    GENERATIONS = read("SELECT count(DISTINCT generation) FROM total");
    FIRED = write("INSERT INTO fired (id) VALUES (?1)");
    FIRES = read("SELECT count(*) FROM fired");
}

fn schema(code: &str) -> Schema {
    let sql = "CREATE TABLE total (generation {int} NOT NULL, stream {text} NOT NULL, total {int} NOT NULL, last {int} NOT NULL, PRIMARY KEY (generation, stream)){strict};
        CREATE TABLE fired (id {id} NOT NULL PRIMARY KEY){strict};";
    let tables = vec![Table::derived("total"), Table::technical("fired")];
    Schema::new(ModuleCode::new(code).unwrap(), tables, vec![Migration::new(1, "totals", sql)], all())
        .unwrap()
}

/// Sums numbers per stream; poison is an event that says so, until the bug is mended.
#[derive(Clone)]
struct Sums {
    version: Arc<AtomicU32>,
    mended: Arc<AtomicBool>,
    away: Arc<AtomicBool>,
}

impl Projector for Sums {
    fn name(&self) -> &str {
        "sums"
    }
    fn version(&self) -> u32 {
        self.version.load(Ordering::SeqCst)
    }
    fn sources(&self) -> Sources {
        Sources::Everyone
    }
    fn wants(&self, kind: &str) -> bool {
        kind == "number"
    }
    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        if delivery.data["poison"] == json!(true) && !self.mended.load(Ordering::SeqCst) {
            return Err(Fault::Poison { cause: "test".into(), message: "poison".into() });
        }
        let n = delivery.data["n"].as_i64().unwrap_or(0);
        if n == 600 && generation > 1 && self.away.load(Ordering::SeqCst) {
            return Err(Fault::Transient("away".into()));
        }
        // The third version of the code counts in tenths.
        let n = if self.version() == 3 { n * 10 } else { n };
        let params = db::params![generation, &delivery.event.stream, n, delivery.event.stream_version];
        writes.push(write(&ADD, params));
        Ok(())
    }
    fn forget(&self, generation: u64) -> Vec<Write> {
        vec![write(&FORGET, db::params![generation])]
    }
}

fn write(statement: &Statement, params: Vec<db::Value>) -> Write {
    Write { statement: statement.clone(), params, expect: db::Expect::Any }
}

/// Two islands, `source` and `own`, a bus between them, and the sums that follow.
struct World {
    own: Island,
    source: Db,
    flow: Arc<Flow>,
    bus: Bus,
    sums: Sums,
    clock: Arc<TestClock>,
}

impl World {
    async fn new(kind: Kind) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position })
        });
        let own = Island::with_hook(kind, schema("own"), hook).await;
        let id: DatabaseId = "source".parse().unwrap();
        let place = Place::Sqlite { file: "source.sqlite".into() };
        let new = NewDatabase {
            id,
            schema: Arc::new(schema("source")),
            place,
            key: Key::random().unwrap(),
            password: None,
        };
        let source = own.databases.create(new, testkit::now()).await.unwrap();
        let clock = Arc::new(TestClock::at(testkit::now()));
        let flow = Flow::start(own.databases.clone(), bus.clone(), clock.clone());
        let sums =
            Sums { version: Arc::new(AtomicU32::new(1)), mended: Arc::default(), away: Arc::default() };
        Self { own, source, flow, bus, sums, clock }
    }

    fn follow(&self) {
        self.flow.follow(self.own.db.clone(), Arc::new(Projection(self.sums.clone())));
    }

    async fn emit(&self, stream: &str, n: i64, poison: bool) {
        let mut batch = Batch::new(self.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        let data = json!({ "n": n, "poison": poison });
        let (id, stream) = (testkit::id(), stream.to_owned());
        batch.event(NewEvent::new(id, "number", stream, data));
        self.source.write(batch).await.unwrap();
    }

    async fn sum(&self, stream: &str) -> Option<i64> {
        self.own.db.query_one(&SUM, db::params![stream]).await.unwrap().map(|r| r.int(0).unwrap())
    }

    async fn caught_up(&self) {
        let (head, _) = self.source.head().await.unwrap();
        eventually(async || {
            let lags = self.flow.lags().await.unwrap();
            lags.iter().filter(|l| l.source == "source").all(|l| l.position == head)
        })
        .await;
    }
}

/// Waits for a condition, with a bound.
async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..2000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come to hold within ten seconds");
}

on_both_engines! {
    async fn each_event_has_its_effect_once(kind) {
        let world = World::new(kind).await;
        for n in 1..=700 { world.emit(&format!("s{}", n % 7), n, false).await; }
        world.follow();
        for n in 701..=1000 { world.emit(&format!("s{}", n % 7), n, false).await; }
        world.caught_up().await;
        let mut total = 0;
        for s in 0..7 { total += world.sum(&format!("s{s}")).await.unwrap(); }
        assert_eq!(total, 1000 * 1001 / 2);
        // A second process with the same cursors applies nothing again.
        world.flow.stop().await;
        let again = Flow::start(world.own.databases.clone(), world.bus.clone(), world.clock.clone());
        again.follow(world.own.db.clone(), Arc::new(Projection(world.sums.clone())));
        world.emit("s1", 5, false).await;
        let before = world.sum("s1").await.unwrap();
        eventually(async || world.sum("s1").await == Some(before + 5) || world.sum("s1").await == Some(before)
            && again.lags().await.unwrap().iter().all(|l| l.position == l.head)).await;
        let mut total = 0;
        for s in 0..7 { total += world.sum(&format!("s{s}")).await.unwrap(); }
        assert_eq!(total, 1000 * 1001 / 2 + 5);
        again.stop().await;
    }

    async fn two_followers_of_one_name_do_not_double(kind) {
        let world = World::new(kind).await;
        world.follow();
        let rival = Flow::start(world.own.databases.clone(), world.bus.clone(), world.clock.clone());
        rival.follow(world.own.db.clone(), Arc::new(Projection(world.sums.clone())));
        for n in 1..=300 { world.emit("one", n, false).await; }
        world.caught_up().await;
        assert_eq!(world.sum("one").await, Some(300 * 301 / 2));
        rival.stop().await;
        world.flow.stop().await;
    }

    async fn poison_parks_its_stream_and_no_other(kind) {
        let world = World::new(kind).await;
        world.follow();
        world.emit("good", 1, false).await;
        world.emit("bad", 10, false).await;
        world.emit("bad", 100, true).await;
        world.emit("bad", 1000, false).await;
        world.emit("good", 2, false).await;
        world.caught_up().await;
        assert_eq!((world.sum("good").await, world.sum("bad").await), (Some(3), Some(10)));
        let letters = world.flow.dead_letters(10).await.unwrap();
        assert_eq!(letters.len(), 2);
        let first = letters.iter().min_by_key(|l| l.position).unwrap();
        assert_eq!((first.cause.as_str(), first.stream.as_str()), ("test", "bad"));
        assert!(world.flow.replay(first).await.is_err(), "still poison");
        world.sums.mended.store(true, Ordering::SeqCst);
        assert_eq!(world.flow.replay(first).await.unwrap(), 2);
        assert_eq!(world.sum("bad").await, Some(1110));
        world.emit("bad", 5, false).await;
        world.caught_up().await;
        assert_eq!(world.sum("bad").await, Some(1115), "the stream goes on");
        assert!(world.flow.dead_letters(10).await.unwrap().is_empty());
        world.flow.stop().await;
    }

    async fn a_dropped_letter_is_remembered(kind) {
        let world = World::new(kind).await;
        world.follow();
        world.emit("bad", 1, true).await;
        world.caught_up().await;
        let letter = world.flow.dead_letters(10).await.unwrap().remove(0);
        let cause = Cause::new(&Actor::system("operator"), testkit::id());
        world.flow.drop_letter(&letter, "typed by mistake", cause).await.unwrap();
        assert!(world.flow.dead_letters(10).await.unwrap().is_empty());
        let kept = world.own.db.log_after(0, 10).await.unwrap();
        assert!(kept.iter().any(|e| e.kind == "dead_letter.dropped" && e.data.contains("typed by mistake")));
        world.flow.stop().await;
    }

    async fn a_projection_is_rebuilt_beside_itself(kind) {
        let world = World::new(kind).await;
        world.follow();
        for n in 1..=50 { world.emit("s", n, false).await; }
        world.caught_up().await;
        let before = world.sum("s").await;
        assert!(world.flow.rebuild("sums").await.unwrap());
        eventually(async || !world.flow.is_building("sums").await.unwrap()).await;
        assert_eq!(world.sum("s").await, before);
        let generations = world.own.db.query_one(&GENERATIONS, Vec::new()).await.unwrap().unwrap();
        assert_eq!(generations.int(0).unwrap(), 1, "the old generation is forgotten");
        // New code rebuilds by itself.
        world.sums.version.store(2, Ordering::SeqCst);
        world.emit("s", 1, false).await;
        world.caught_up().await;
        eventually(async || world.sum("s").await == before.map(|b| b + 1)).await;
        world.flow.stop().await;
    }

    async fn what_other_code_began_to_build_is_built_anew(kind) {
        let world = World::new(kind).await;
        world.follow();
        for n in 1..=600 { world.emit("s", n, false).await; }
        world.caught_up().await;
        world.sums.away.store(true, Ordering::SeqCst);
        world.sums.version.store(2, Ordering::SeqCst);
        world.flow.look_everywhere();
        // Half of it is there, by the second version, when the third comes.
        eventually(async || world.flow.building().await.unwrap().iter().any(|lag| lag.position == 500)).await;
        world.sums.version.store(3, Ordering::SeqCst);
        world.sums.away.store(false, Ordering::SeqCst);
        world.flow.look_everywhere();
        eventually(async || world.sum("s").await == Some(600 * 601 / 2 * 10)).await;
        let generations = world.own.db.query_one(&GENERATIONS, Vec::new()).await.unwrap().unwrap();
        assert_eq!(generations.int(0).unwrap(), 1, "nothing of the other generations is left");
        world.flow.stop().await;
    }

    async fn an_answer_keeps_the_correlation_of_what_it_answers(kind) {
        let world = World::new(kind).await;
        world.flow.follow(world.own.db.clone(), Arc::new(Echo));
        world.emit("a", 1, false).await;
        world.emit("b", 2, false).await;
        let echoes = async || {
            let all = world.own.db.log_after(0, 10).await.unwrap();
            all.into_iter().filter(|event| event.kind == "echo").collect::<Vec<_>>()
        };
        eventually(async || echoes().await.len() == 2).await;
        for (asked, echo) in world.source.log_after(0, 10).await.unwrap().iter().zip(echoes().await) {
            assert_eq!(echo.correlation_id, asked.correlation_id);
            assert_eq!((echo.causation_id, echo.actor.as_str()), (Some(asked.id), "system:echo"));
        }
        world.flow.stop().await;
    }

    async fn a_timer_fires_once_and_not_before(kind) {
        let world = World::new(kind).await;
        let due = world.clock.now().plus_seconds(3600);
        let set = |batch: &mut Batch, id: Uuid| flow::set_timer(batch, id, "deadline", due, json!({ "x": 1 }));
        let (kept, cancelled) = (testkit::id(), testkit::id());
        let mut batch = Batch::new(world.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        set(&mut batch, kept);
        set(&mut batch, cancelled);
        flow::write(&world.own.db, batch).await.unwrap();
        let mut batch = Batch::new(world.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        flow::cancel_timer(&mut batch, cancelled);
        flow::write(&world.own.db, batch).await.unwrap();
        world.flow.serve_timers(vec![(world.own.db.clone(), Arc::new(Fires))]);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let fires = async || world.own.db.query_one(&FIRES, Vec::new()).await.unwrap().unwrap().int(0).unwrap();
        assert_eq!(fires().await, 0);
        world.clock.advance(3601);
        world.bus.announce(Signal::Everything);
        eventually(async || fires().await == 1).await;
        world.bus.announce(Signal::Everything);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(fires().await, 1);
        world.flow.stop().await;
    }

    async fn a_timer_of_which_no_event_tells_fires_when_it_is_due(kind) {
        let world = World::new(kind).await;
        world.flow.serve_timers(vec![(world.own.db.clone(), Arc::new(Fires))]);
        // Long enough for the first look, after which nothing but news ends the sleep in time.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut batch = Batch::new(world.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        flow::set_timer(&mut batch, testkit::id(), "now", world.clock.now(), json!({}));
        flow::write(&world.own.db, batch).await.unwrap();
        let fires = async || world.own.db.query_one(&FIRES, Vec::new()).await.unwrap().unwrap().int(0).unwrap();
        eventually(async || fires().await == 1).await;
        world.flow.stop().await;
    }
}

/// Answers each number with an event of its own.
struct Echo;

impl Consumer for Echo {
    fn name(&self) -> &str {
        "echo"
    }
    fn sources(&self) -> Sources {
        Sources::Everyone
    }
    fn wants(&self, kind: &str) -> bool {
        kind == "number"
    }
    fn handle<'a>(
        &'a self,
        _own: &'a Db,
        _generation: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<flow::Effects, flow::PageFault>> {
        let answer = |delivery: &Delivery| NewEvent {
            cause: Some(delivery.cause("echo")),
            ..NewEvent::new(testkit::id(), "echo", delivery.event.stream.clone(), json!({}))
        };
        let events = page.iter().map(answer).collect();
        Box::pin(async move { Ok(flow::Effects { writes: Vec::new(), events }) })
    }
}

struct Fires;

impl TimerHandler for Fires {
    fn fire<'a>(
        &'a self,
        _db: &'a Db,
        timer: &'a Timer,
        now: Timestamp,
    ) -> BoxFuture<'a, db::DbResult<Batch>> {
        Box::pin(async move {
            let mut batch = Batch::new(now, timer.cause.clone());
            batch.write(&FIRED, db::params![timer.id]);
            Ok(batch)
        })
    }
}
