//! A part of the events handed to a consumer again: in order, done once, without a cursor that moves.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]
#![expect(missing_docs, reason = "statements of a test")]

use bus::{Bus, Signal};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, DbResult, Expect, Migration, NewEvent, Schema, Table, Write};
use flow::{
    BoxFuture, Consumer, Delivery, Effects, Fault, Flow, Handed, PageFault, Projection, Projector, Selection,
    Sources,
};
use kernel::{Actor, Cause, Clock, DatabaseId, ModuleCode, TestClock, Uuid};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Island, Kind, on_both_engines};

db::statements! {
    ADD = write("INSERT INTO noted (id, stream, n) VALUES (?1, ?2, ?3)");
    NOTED = read("SELECT id FROM noted");
    NUMBERS = read("SELECT n FROM noted ORDER BY n");
    LOSE = write("DELETE FROM noted WHERE stream = ?1");
}

fn schema(code: &str) -> Schema {
    let sql = "CREATE TABLE noted (id {id} NOT NULL PRIMARY KEY, stream {text} NOT NULL, n {int} NOT NULL){strict};";
    let tables = vec![Table::technical("noted")];
    Schema::new(ModuleCode::new(code).unwrap(), tables, vec![Migration::new(1, "noted", sql)], all()).unwrap()
}

/// Notes numbers, each once, and answers each with an event.
#[derive(Default)]
struct Notes {
    /// The number that it cannot apply; 0 for none.
    poison: AtomicU64,
    /// The number for which something is away; 0 for none.
    blocked: AtomicU64,
    /// How often it finds something away before it works.
    away: AtomicU32,
    /// The numbers that it was handed.
    heard: Mutex<Vec<i64>>,
    /// Whether it says that it knows what it has done.
    forgetful: bool,
}

impl Notes {
    async fn page(&self, own: &Db, page: &[Delivery]) -> Result<Effects, PageFault> {
        let away = |at, why: String| PageFault { at, fault: Fault::Transient(why) };
        let rows = own.query(&NOTED, Vec::new()).await.map_err(|e| away(0, e.to_string()))?;
        let known = rows.iter().map(|row| row.uuid(0)).collect::<DbResult<BTreeSet<Uuid>>>().unwrap();
        let mut effects = Effects::default();
        for (at, delivery) in page.iter().enumerate() {
            let n = delivery.data["n"].as_i64().unwrap_or(0);
            if self.away.load(Ordering::SeqCst) > 0 {
                self.away.fetch_sub(1, Ordering::SeqCst);
                return Err(away(at, "not now".into()));
            }
            if n.unsigned_abs() == self.blocked.load(Ordering::SeqCst) {
                return Err(away(at, "not this one".into()));
            }
            if n.unsigned_abs() == self.poison.load(Ordering::SeqCst) {
                let fault = Fault::Poison { cause: "test".into(), message: "poison".into() };
                return Err(PageFault { at, fault });
            }
            self.heard.lock().unwrap().push(n);
            if !known.contains(&delivery.event.id) {
                let params = db::params![delivery.event.id, &delivery.event.stream, n];
                effects.writes.push(Write { statement: ADD.clone(), params, expect: Expect::Rows(1) });
                let told = NewEvent::new(testkit::id(), "noted", delivery.event.stream.clone(), json!({}));
                effects.events.push(NewEvent { cause: Some(delivery.cause("notes")), ..told });
            }
        }
        Ok(effects)
    }
}

/// The notes as a consumer.
struct Noting(Arc<Notes>);

impl Consumer for Noting {
    fn name(&self) -> &str {
        "notes"
    }
    fn sources(&self) -> Sources {
        Sources::Everyone
    }
    fn wants(&self, kind: &str) -> bool {
        kind.starts_with("number")
    }
    fn takes_again(&self) -> bool {
        !self.0.forgetful
    }
    fn handle<'a>(
        &'a self,
        own: &'a Db,
        _: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        Box::pin(self.0.page(own, page))
    }
}

/// A projection of nothing.
struct View;

impl Projector for View {
    fn name(&self) -> &str {
        "view"
    }
    fn version(&self) -> u32 {
        1
    }
    fn sources(&self) -> Sources {
        Sources::Everyone
    }
    fn wants(&self, _: &str) -> bool {
        true
    }
    fn apply(&self, _: u64, _: &Delivery, _: &mut Vec<Write>) -> Result<(), Fault> {
        Ok(())
    }
    fn forget(&self, _: u64) -> Vec<Write> {
        Vec::new()
    }
}

/// Two islands, and a consumer of one that reads the other.
struct World {
    own: Island,
    source: Db,
    flow: Arc<Flow>,
    notes: Arc<Notes>,
    clock: Arc<TestClock>,
}

impl World {
    async fn new(kind: Kind, forgetful: bool) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position })
        });
        let own = Island::with_hook(kind, schema("own"), hook).await;
        let new = NewDatabase {
            id: "source".parse().unwrap(),
            schema: Arc::new(schema("source")),
            place: Place::Sqlite { file: "source.sqlite".into() },
            key: Key::random().unwrap(),
            password: None,
        };
        let source = own.databases.create(new, testkit::now()).await.unwrap();
        let clock = Arc::new(TestClock::at(testkit::now()));
        let flow = Flow::start(own.databases.clone(), bus, clock.clone());
        let notes = Arc::new(Notes { forgetful, ..Notes::default() });
        flow.follow(own.db.clone(), Arc::new(Noting(notes.clone())));
        Self { own, source, flow, notes, clock }
    }

    /// Numbers from 1 on, their streams in turn, a minute between two; applied.
    async fn numbers(&self, count: i64, streams: &[&str]) {
        for n in 1..=count {
            let mut batch = Batch::new(self.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
            let kind = if n % 2 == 0 { "number.even" } else { "number.odd" };
            let stream = streams[usize::try_from(n - 1).unwrap() % streams.len()].to_owned();
            batch.event(NewEvent::new(testkit::id(), kind, stream, json!({ "n": n })));
            self.source.write(batch).await.unwrap();
            self.clock.advance(60);
        }
        self.caught_up().await;
        self.notes.heard.lock().unwrap().clear();
    }

    async fn caught_up(&self) {
        for _ in 0..400 {
            let lags = self.flow.lags().await.unwrap();
            if lags.iter().all(|lag| lag.position == lag.head) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", self.flow.lags().await);
    }

    async fn lose(&self, stream: &str) {
        let mut batch = Batch::new(self.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        batch.write(&LOSE, db::params![stream]);
        self.own.db.write(batch).await.unwrap();
    }

    async fn noted(&self) -> Vec<i64> {
        let rows = self.own.db.query(&NUMBERS, Vec::new()).await.unwrap();
        rows.iter().map(|row| row.int(0).unwrap()).collect()
    }

    async fn again(&self, selection: Selection) -> kernel::Result<Handed> {
        self.flow.again("notes", selection)?.run(|_| {}).await
    }

    fn heard(&self) -> Vec<i64> {
        std::mem::take(&mut self.notes.heard.lock().unwrap())
    }
}

fn stream(name: &str) -> Selection {
    Selection { stream: Some(name.into()), ..Selection::default() }
}

on_both_engines! {
    async fn what_is_selected_comes_again_in_order_and_is_done_once(kind) {
        let world = World::new(kind, false).await;
        let begin = world.clock.now();
        world.numbers(9, &["a", "b", "c"]).await;
        let (lags, head) = (world.flow.lags().await.unwrap(), world.own.db.head().await.unwrap());
        let known = world.again(Selection::default()).await.unwrap();
        assert_eq!((known.handed, known.applied, known.skipped), (9, 0, 9));
        assert_eq!(world.heard(), (1..=9).collect::<Vec<_>>(), "in the order of the log");
        assert_eq!(world.own.db.head().await.unwrap(), head, "nothing was written");

        world.lose("b").await;
        let of_b = world.again(stream("b")).await.unwrap();
        assert_eq!((of_b.handed, of_b.applied, of_b.read, of_b.to_read), (3, 3, 3, 3));
        assert_eq!((world.heard(), world.noted().await), (vec![2, 5, 8], (1..=9).collect()));
        let told = world.own.db.stream("b", 0, 100).await.unwrap();
        assert_eq!(told.len(), 6, "what it says is in its log as ever");
        let first = world.source.log_after(1, 1).await.unwrap().remove(0);
        assert_eq!((told[3].causation_id, told[3].actor.as_str()), (Some(first.id), "system:notes"));

        let minute = |n: i64| Some(begin.plus_seconds(60 * n));
        world.again(Selection { from: minute(3), to: minute(6), ..Selection::default() }).await.unwrap();
        assert_eq!(world.heard(), [4, 5, 6], "from is in it, to is not");
        world.again(Selection { kind: Some("number.even".into()), ..stream("b") }).await.unwrap();
        assert_eq!(world.heard(), [2, 8]);
        let family = world.again(Selection { kind: Some("number.".into()), ..Selection::default() }).await.unwrap();
        let part = world.again(Selection { kind: Some("number".into()), ..Selection::default() }).await.unwrap();
        assert_eq!((family.handed, part.handed, part.read), (9, 0, 9), "a beginning ends with a dot");
        world.caught_up().await;
        assert_eq!(world.flow.lags().await.unwrap(), lags, "no cursor has moved");
        world.flow.stop().await;
    }

    async fn what_cannot_be_applied_again_parks_its_stream(kind) {
        let world = World::new(kind, false).await;
        world.numbers(6, &["a", "b"]).await;
        world.lose("a").await;
        world.lose("b").await;
        world.notes.poison.store(3, Ordering::SeqCst);
        let done = world.again(Selection::default()).await.unwrap();
        assert_eq!((done.handed, done.applied, done.parked, done.held), (6, 4, 2, 0), "3 and 5 behind it");
        assert_eq!(world.noted().await, [1, 2, 4, 6]);
        let letters = world.flow.dead_letters(100).await.unwrap();
        let causes: BTreeSet<_> = letters.iter().map(|l| (l.position, l.cause.as_str())).collect();
        assert_eq!(causes, [(3, "test"), (5, "behind")].into());
        let held = world.again(stream("a")).await.unwrap();
        assert_eq!((held.handed, held.held), (0, 3), "its letters come first");
        world.notes.poison.store(0, Ordering::SeqCst);
        let head = letters.iter().find(|l| l.cause == "test").unwrap();
        assert_eq!(world.flow.replay(head).await.unwrap(), 2);
        assert_eq!(world.noted().await, (1..=6).collect::<Vec<_>>());
        let free = world.again(stream("a")).await.unwrap();
        assert_eq!((free.handed, free.skipped), (3, 3));
        world.flow.stop().await;
    }

    async fn what_is_away_is_waited_for_and_then_told(kind) {
        let world = World::new(kind, false).await;
        world.numbers(250, &["a", "b"]).await;
        world.lose("a").await;
        world.notes.away.store(2, Ordering::SeqCst);
        let told = Mutex::new(Vec::new());
        let again = world.flow.again("notes", Selection::default()).unwrap();
        let twice = world.flow.again("notes", Selection::default()).err().unwrap();
        assert_eq!(twice.code, "replay_under_way");
        let done = again.run(|handed| told.lock().unwrap().push(handed.read)).await.unwrap();
        assert_eq!((done.applied, done.skipped), (125, 125));
        assert_eq!(told.into_inner().unwrap(), [0, 100, 200, 250], "page by page");
        world.notes.away.store(1000, Ordering::SeqCst);
        let failed = world.again(stream("a")).await.unwrap_err();
        assert_eq!(failed.code, "unavailable");
        world.notes.away.store(0, Ordering::SeqCst);
        assert_eq!(world.again(stream("a")).await.unwrap().skipped, 125, "it can be begun again");
        world.flow.stop().await;
    }

    async fn what_a_consumer_has_not_come_to_is_left_to_come(kind) {
        let world = World::new(kind, false).await;
        world.numbers(2, &["a"]).await;
        world.notes.blocked.store(3, Ordering::SeqCst);
        let mut batch = Batch::new(world.clock.now(), Cause::new(&Actor::system("test"), testkit::id()));
        batch.event(NewEvent::new(testkit::id(), "number.odd", "a", json!({ "n": 3 })));
        world.source.write(batch).await.unwrap();
        let done = world.again(Selection::default()).await.unwrap();
        assert_eq!((done.handed, done.skipped, done.coming), (2, 2, 1), "the third comes by itself");
        world.notes.blocked.store(0, Ordering::SeqCst);
        world.caught_up().await;
        assert_eq!(world.noted().await, [1, 2, 3]);
        world.flow.stop().await;
    }

    async fn who_does_not_know_what_it_has_done_is_handed_nothing(kind) {
        let world = World::new(kind, true).await;
        world.flow.follow(world.own.db.clone(), Arc::new(Projection(View)));
        let code = |consumer: &str, selection| world.flow.again(consumer, selection).err().map(|e| e.code);
        assert_eq!(code("notes", Selection::default()), Some("not_replayable"));
        assert_eq!(code("view", Selection::default()), Some("rebuilt_instead"));
        assert_eq!(code("nobody", Selection::default()), Some("unknown_consumer"));
        assert_eq!(world.flow.taking_again(), Vec::<String>::new());
        let world = World::new(kind, false).await;
        let code = |selection| world.flow.again("notes", selection).err().map(|e| e.code);
        let of = |id: &str| Selection { database: Some(id.parse::<DatabaseId>().unwrap()), ..Selection::default() };
        assert_eq!((code(of("own")), code(of("elsewhere"))), (Some("not_a_source"), Some("not_a_source")));
        let now = Some(world.clock.now());
        assert_eq!(code(Selection { from: now, to: now, ..Selection::default() }), Some("empty_period"));
        assert_eq!((code(of("source")), world.flow.taking_again()), (None, vec!["notes".to_owned()]));
        world.flow.stop().await;
    }
}
