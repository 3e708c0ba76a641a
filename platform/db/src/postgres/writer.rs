//! The writer of one database: a task that owns a connection and commits what waits, in groups.
//!
//! Nobody cancels it. It takes everything that waits, up to 256 Batches, without delay: the group in progress is the
//! gathering time. While much waits, a second group runs its statements on a connection of its own beside the first,
//! on other rows, and waits for the log only when it is its turn to append. Without work it gives its connections
//! back. If it ends, its queue ends with it, so that nobody waits for an answer that cannot come.

use super::job::Job;
use super::options::PgOptions;
use super::slot::Slot;
use crate::{Batch, DbError, DbResult, Receipt};
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};

/// Batches committed together at most.
const GROUP: usize = 256;
/// Writes and events committed together at most, so that a few huge Batches do not make one endless transaction.
const WEIGHT: usize = 20_000;
/// Batches that may wait; beyond it callers wait before they are heard.
const QUEUE: usize = 1024;
/// Groups on their way at once at most. They commit one after the other: a third would only wait.
const SLOTS: usize = 2;
/// Batches that must wait before a second group is worth its round trips.
const SECOND: usize = 16;

/// The way to a database's writer.
#[derive(Debug)]
pub(super) struct Writer {
    options: Arc<PgOptions>,
    running: Mutex<Running>,
}

#[derive(Debug)]
enum Running {
    /// Nobody has written yet.
    No,
    Yes(mpsc::Sender<Job>, JoinHandle<()>),
    Closed,
}

impl Writer {
    pub(super) fn new(options: Arc<PgOptions>) -> Self {
        Self { options, running: Mutex::new(Running::No) }
    }

    /// The queue of the running task; starts it when it has not been started, or has ended by a panic.
    fn queue(&self) -> DbResult<mpsc::Sender<Job>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match &*running {
            Running::Closed => return Err(DbError::Unavailable("the database is closed".into())),
            Running::Yes(queue, _) if !queue.is_closed() => return Ok(queue.clone()),
            Running::Yes(..) => tracing::error!("the writer had ended; it starts again"),
            Running::No => {}
        }
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = tokio::spawn(Task::new(self.options.clone()).run(receiver));
        *running = Running::Yes(sender.clone(), task);
        Ok(sender)
    }

    /// Hands a Batch over and waits for its answer. Dropping the future afterwards changes nothing.
    pub(super) async fn write(&self, batch: Batch) -> DbResult<Receipt> {
        let (job, answer) = Job::new(batch)?;
        let queue = self.queue()?;
        queue.send(job).await.map_err(|_| DbError::Unavailable("the writer has ended; try again".into()))?;
        drop(queue);
        answer.await.map_err(|_| DbError::Unknown("the writer ended while it held the Batch".into()))?
    }

    /// Lets the task finish what was handed over, and waits for it.
    pub(super) async fn close(&self) {
        let running = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *running, Running::Closed)
        };
        if let Running::Yes(queue, task) = running {
            drop(queue);
            if task.await.is_err() {
                tracing::error!("the writer had ended by a panic");
            }
        }
    }
}

struct Task {
    options: Arc<PgOptions>,
    /// Those that are not at work.
    slots: Vec<Slot>,
    running: JoinSet<Slot>,
    /// What each group on its way touches.
    touched: HashMap<Id, HashSet<u64>>,
    hasher: RandomState,
    /// Taken from the queue and not yet on its way.
    waiting: VecDeque<Job>,
    /// How many must wait before a second group is gathered.
    second: usize,
}

impl Task {
    fn new(options: Arc<PgOptions>) -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Slot::new(options.clone())).collect(),
            options,
            running: JoinSet::new(),
            touched: HashMap::new(),
            hasher: RandomState::new(),
            waiting: VecDeque::new(),
            second: SECOND,
        }
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut taken = Vec::with_capacity(GROUP);
        let mut open = true;
        while open || !self.waiting.is_empty() || !self.running.is_empty() {
            let (busy, room) = (!self.running.is_empty(), self.waiting.len() < GROUP * SLOTS);
            let idle = !busy && self.slots.iter().any(Slot::is_connected);
            tokio::select! {
                biased;
                Some(landed) = self.running.join_next_with_id(), if busy => self.landed(landed),
                count = queue.recv_many(&mut taken, GROUP), if open && room => open = count > 0,
                () = tokio::time::sleep(self.options.idle_timeout), if idle => {
                    self.slots.iter_mut().for_each(Slot::disconnect);
                }
            }
            self.waiting.extend(taken.drain(..));
            self.launch();
        }
        for slot in self.slots {
            slot.close().await;
        }
    }

    /// Sends a group on its way when none is, and a second beside it when enough waits and the server has
    /// connections to spare.
    fn launch(&mut self) {
        let beside = !self.running.is_empty();
        if self.waiting.len() < if beside { self.second } else { 1 } {
            return;
        }
        let Some(at) = self.slots.iter().position(Slot::is_connected).or(self.slots.len().checked_sub(1))
        else {
            return;
        };
        if beside && !self.slots[at].is_connected() && !self.options.budget.is_roomy() {
            return;
        }
        let (jobs, touched) = self.next_group();
        if jobs.is_empty() {
            self.second = self.waiting.len() + SECOND;
            return;
        }
        let slot = self.slots.swap_remove(at);
        let id = self.running.spawn(slot.commit(jobs)).id();
        self.touched.insert(id, touched);
    }

    /// A group has its answers. One that ended by a panic leaves its callers without; its slot is made anew.
    fn landed(&mut self, landed: Result<(Id, Slot), JoinError>) {
        let (id, slot) = match landed {
            Ok(landed) => landed,
            Err(error) => {
                tracing::error!(%error, "a group ended without its answers");
                (error.id(), Slot::new(self.options.clone()))
            }
        };
        self.touched.remove(&id);
        self.slots.push(slot);
        self.second = SECOND;
    }

    /// The next group, and what it touches. Left for later is what touches the same as the group beside it, so that
    /// the two never wait for each other; and of two jobs with the same idempotency key the second, so that it finds
    /// the stored reply, or takes the place of a first that failed.
    fn next_group(&mut self) -> (Vec<Job>, HashSet<u64>) {
        let mut group: Vec<Job> = Vec::new();
        let (mut keys, mut touched) = (HashSet::new(), HashSet::new());
        let mut later = VecDeque::new();
        let mut weight = 0;
        while let Some(job) = self.waiting.pop_front() {
            let fits = group.is_empty() || group.len() < GROUP && weight + job.weight() <= WEIGHT;
            let marks = job.marks(&self.hasher);
            let apart = self.touched.values().all(|other| marks.iter().all(|mark| !other.contains(mark)));
            let key = job.kept().map(|kept| self.hasher.hash_one((kept.0, &kept.1.key)));
            if fits && apart && key.is_none_or(|key| keys.insert(key)) {
                weight += job.weight();
                touched.extend(marks);
                group.push(job);
            } else {
                later.push_back(job);
            }
        }
        self.waiting = later;
        group.sort_by(|a, b| a.place().cmp(&b.place()));
        (group, touched)
    }
}
