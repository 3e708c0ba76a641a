//! Processes: every step is refused, put off, waited for in vain, repeated after a crash, and undone; a worker that is
//! gone is followed by another, and one that comes back late writes nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]

use db::{Batch, Db, Migration, Schema, Table};
use flow::process::{self, Answer, End, Kind, Outcome, Process, Run, Runner, Step, Way};
use flow::{BoxFuture, Timer};
use kernel::{Actor, Cause, Clock, ModuleCode, TestClock, Timestamp, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use testkit::{Island, on_both_engines};

const STEPS: [Step; 5] = [
    Step { name: "book", kind: Kind::Compensatable },
    Step { name: "hold", kind: Kind::Compensatable },
    Step { name: "charge", kind: Kind::Pivot },
    Step { name: "ship", kind: Kind::Retriable },
    Step { name: "thank", kind: Kind::Retriable },
];
/// The step that asks and waits for an event.
const WAITS: &str = "hold";

/// What goes wrong, at one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// The step will not be done.
    Refused,
    /// It is done at the third try.
    PutOff,
    /// The worker dies after the deed and before it is recorded.
    Crash,
    /// The event that it waits for never comes.
    Silence,
    /// A later step is refused, and the first try to undo this one fails.
    UndoPutOff,
    /// A later step is refused, and the worker dies after it has undone this one.
    UndoCrash,
}

const FAULTS: [Fault; 7] = [
    Fault::None,
    Fault::Refused,
    Fault::PutOff,
    Fault::Crash,
    Fault::Silence,
    Fault::UndoPutOff,
    Fault::UndoCrash,
];

/// Somewhere else: what was done there under which key, and how often it was asked for.
#[derive(Default)]
struct Elsewhere {
    done: BTreeSet<&'static str>,
    asked: BTreeMap<String, u32>,
}

struct Toy {
    fault: Fault,
    at: usize,
    elsewhere: Mutex<Elsewhere>,
}

impl Toy {
    fn here(&self, step: Step) -> bool {
        STEPS[self.at].name == step.name
    }

    /// Whether the pivot is refused so that what lies before it is undone.
    fn turns_back(&self, step: Step) -> bool {
        step.kind == Kind::Pivot && matches!(self.fault, Fault::UndoPutOff | Fault::UndoCrash)
    }

    fn asked(&self, run: &Run, step: Step) -> u32 {
        let mut elsewhere = self.elsewhere.lock().unwrap();
        let times = elsewhere.asked.entry(process::key(run, step)).or_default();
        *times += 1;
        *times
    }

    fn does(&self, run: &Run, step: Step) -> Answer {
        let times = self.asked(run, step);
        match self.fault {
            Fault::Refused if self.here(step) => return Answer::Refused("no".into()),
            Fault::PutOff if self.here(step) && times < 3 => return Answer::Again("later".into()),
            _ if self.turns_back(step) => return Answer::Refused("no".into()),
            _ => {}
        }
        self.elsewhere.lock().unwrap().done.insert(step.name);
        if step.name == WAITS || (self.fault == Fault::Silence && self.here(step)) {
            Answer::Waits { seconds: 600 }
        } else {
            Answer::Done
        }
    }

    fn undoes(&self, run: &Run, step: Step) -> Answer {
        let times = self.asked(run, step);
        if self.fault == Fault::UndoPutOff && self.here(step) && times == 1 {
            return Answer::Again("later".into());
        }
        self.elsewhere.lock().unwrap().done.remove(step.name);
        Answer::Done
    }
}

impl Process for Toy {
    fn name(&self) -> &str {
        "toy"
    }
    fn steps(&self) -> &[Step] {
        &STEPS
    }
    fn act<'a>(&'a self, _: &'a Db, run: &'a Run, step: Step, _: &'a Cause) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { Outcome::of(self.does(run, step)) })
    }
    fn undo<'a>(&'a self, _: &'a Db, run: &'a Run, step: Step, _: &'a Cause) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { Outcome::of(self.undoes(run, step)) })
    }
}

fn schema() -> Schema {
    let tables = ["timer", "process_run", "process_step"].map(Table::technical).to_vec();
    let steps = vec![Migration::new(1, "processes", process::MIGRATION)];
    let statements = [flow::timer_statements(), process::statements()].concat();
    Schema::new(ModuleCode::new("toy").unwrap(), tables, steps, statements).unwrap()
}

struct World {
    db: Db,
    clock: Arc<TestClock>,
    toy: Arc<Toy>,
    id: Uuid,
    crashed: bool,
}

impl World {
    async fn begin(db: &Db, fault: Fault, at: usize) -> Self {
        let clock = Arc::new(TestClock::at(testkit::now()));
        let toy = Arc::new(Toy { fault, at, elsewhere: Mutex::default() });
        let world = Self { db: db.clone(), clock, toy, id: testkit::id(), crashed: false };
        let mut batch = world.batch();
        process::begin(&mut batch, &*world.toy, world.id, &serde_json::json!({}));
        flow::write(db, batch).await.unwrap();
        world
    }

    fn batch(&self) -> Batch {
        Batch::new(self.clock.now(), Cause::new(&Actor::system("test"), self.id))
    }

    fn worker(&self, me: &str) -> Runner<Toy> {
        Runner { process: self.toy.clone(), me: me.into(), clock: self.clock.clone() }
    }

    fn timer(&self) -> Timer {
        let cause = Cause::new(&Actor::system("test"), self.id);
        let (id, name, data) = (self.id, "process".into(), serde_json::json!({ "run": self.id }));
        Timer { id, name, due_at: self.clock.now(), data, cause }
    }

    async fn run(&self) -> process::Standing {
        process::find(&self.db, self.id).await.unwrap().unwrap()
    }

    /// Whether the worker dies before it records what it has just done.
    fn dies(&mut self, run: &Run) -> bool {
        let way = match self.toy.fault {
            Fault::Crash => Way::Forward,
            Fault::UndoCrash => Way::Back,
            _ => return false,
        };
        let dies = !self.crashed && run.at == self.toy.at && run.way == way && !run.waits;
        self.crashed |= dies;
        dies
    }

    /// One look at the run by a worker.
    async fn work(&mut self) {
        let found = self.run().await;
        let now = self.clock.now();
        let Some(run) = self.worker("one").take(&self.db, found, &self.timer(), now).await.unwrap() else {
            return;
        };
        let kept = self.worker("one").work(&self.db, run.clone(), self.batch()).await.unwrap();
        if !self.dies(&run) {
            flow::write(&self.db, kept).await.unwrap();
            return;
        }
        // While its lease lasts nobody else works on the run; afterwards whoever looks takes it and goes on.
        let two = self.worker("two");
        let found = self.run().await;
        assert!(two.take(&self.db, found, &self.timer(), now).await.unwrap().is_none(), "two at once");
        self.clock.advance(61);
        let (found, now) = (self.run().await, self.clock.now());
        let taken = two.take(&self.db, found, &self.timer(), now).await.unwrap().unwrap();
        // The first comes back from the dead, and is refused.
        let late = flow::write(&self.db, kept).await.unwrap_err();
        assert!(late.is_conflict(), "{late}");
        let batch = two.work(&self.db, taken, self.batch()).await.unwrap();
        flow::write(&self.db, batch).await.unwrap();
    }

    /// Works until the run has ended; the event of the step that waits comes, unless it is the fault that it does not.
    async fn play(&mut self) -> (End, Vec<&'static str>) {
        for _ in 0..60 {
            let run = self.run().await.run;
            if let Some(end) = run.end {
                let done = self.toy.elsewhere.lock().unwrap().done.clone();
                return (end, STEPS.iter().map(|s| s.name).filter(|name| done.contains(name)).collect());
            }
            let silent = self.toy.fault == Fault::Silence && run.at == self.toy.at && run.tries < 3;
            if run.waits && !silent {
                let mut batch = self.batch();
                process::go_on(&mut batch, &*self.toy, &run, STEPS[run.at].name, &Answer::Done);
                flow::write(&self.db, batch).await.unwrap();
                continue;
            }
            self.clock.set(run.due_at.max(self.clock.now()));
            self.work().await;
        }
        panic!("{:?} at {}: {:?} goes on for ever", self.toy.fault, self.toy.at, self.run().await);
    }
}

/// How a run with a fault must end.
fn expected(fault: Fault, at: usize) -> End {
    let kind = STEPS[at].kind;
    match fault {
        Fault::None | Fault::PutOff | Fault::Crash => End::Done,
        Fault::Refused if kind == Kind::Retriable => unreachable!("left out"),
        Fault::Refused => End::Undone,
        Fault::Silence if kind == Kind::Compensatable => End::Undone,
        Fault::Silence => End::Done,
        Fault::UndoPutOff | Fault::UndoCrash => End::Undone,
    }
}

on_both_engines! {
    async fn every_step_is_failed_repeated_and_undone(kind) {
        let island = Island::new(kind, schema()).await;
        let mut nodes = 0;
        for (at, step) in STEPS.iter().enumerate() {
            for fault in FAULTS {
                let compensatable = step.kind == Kind::Compensatable;
                let undoes = matches!(fault, Fault::UndoPutOff | Fault::UndoCrash);
                // A retriable step is never refused for good, and only compensatable ones are undone.
                if (fault == Fault::Refused && step.kind == Kind::Retriable) || (undoes && !compensatable) {
                    continue;
                }
                let mut world = World::begin(&island.db, fault, at).await;
                let (end, done) = world.play().await;
                let wanted = expected(fault, at);
                assert_eq!(end, wanted, "{fault:?} at {}", step.name);
                let all: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                let left = if wanted == End::Done { all } else { Vec::new() };
                assert_eq!(done, left, "{fault:?} at {}", step.name);
                nodes += 1;
            }
        }
        assert_eq!(nodes, 27, "every step with every fault that it can have");
        assert!(process::unfinished(&island.db, 10).await.unwrap().is_empty());
    }
}

#[test]
fn nothing_after_the_pivot_goes_back() {
    let now = Timestamp(0);
    for (at, step) in STEPS.iter().enumerate() {
        let run = Run {
            id: Uuid::nil(),
            at,
            way: Way::Forward,
            waits: false,
            end: None,
            tries: 0,
            reason: None,
            data: serde_json::json!({}),
            due_at: now,
            epoch: 1,
            version: 1,
        };
        let after = process::next(&run, &STEPS, &Answer::Refused("no".into()), now);
        let back = step.kind != Kind::Retriable;
        assert_eq!(after.way == Way::Back, back, "{}", step.name);
    }
}
