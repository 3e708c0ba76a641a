//! The writer threads and the checkpointer.
//!
//! A writer takes everything that waits, up to 256 Batches, without delay: the flush in progress is the gathering
//! time. Callers hand over a Batch and wait; a caller that goes away changes nothing.

use super::{File, convert, group, open};
use crate::{Batch, DbError, DbResult, Event, Receipt};
use kernel::planted;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// Batches committed together at most.
const GROUP: usize = 256;
/// Messages that may wait for one thread; beyond it callers wait before they are heard.
const QUEUE: usize = 1024;
/// Bytes of a page.
const PAGE: u64 = 4096;
/// Pages in the WAL beyond which a checkpoint is asked for, for a small database and for a large one: 4 to 32 MB. The
/// longer a WAL, the more often a page in it has changed again before it is copied home.
const WAL_LIMIT: RangeInclusive<u64> = 1024..=8192;
/// A WAL may be as long as this part of its database.
const WAL_SHARE: u64 = 4;
/// Pages in the WAL beyond which the operator is told that a reader holds it: 256 MB.
const WAL_ALARM: u64 = 65_536;

/// A Batch and whoever waits for it.
pub(super) struct Job {
    pub(super) work: Box<Work>,
    answer: oneshot::Sender<Answer>,
}

/// What became of a Batch, and the Batch itself: the caller clears it away, for the writer's time is everybody's.
type Answer = (DbResult<Receipt>, Box<Work>);

impl Job {
    pub(super) fn answer(self, answer: DbResult<Receipt>) {
        drop(self.answer.send((answer, self.work)));
    }
}

/// A Batch as the writer runs it: what can be worked out without the database has been.
pub(super) struct Work {
    pub(super) batch: Batch,
    /// The events as they will be stored, but for position, version and hash.
    pub(super) events: Vec<Event>,
    /// Rows of `state` tables: table, key, deleted.
    pub(super) touched: Vec<(String, String, bool)>,
}

/// Something to run on a writer's connection, or on the error that it could not be opened.
pub(super) type Run = Box<dyn FnOnce(DbResult<&mut Connection>) + Send>;

pub(super) enum Message {
    Write { file: Arc<File>, job: Job },
    Run { file: Arc<File>, run: Run },
    Close { file: Arc<File>, done: oneshot::Sender<()> },
}

/// The threads that write all SQLite files of a process. Dropping the host ends them after their last group.
#[derive(Debug)]
pub struct SqliteHost {
    writers: Vec<mpsc::Sender<Message>>,
}

impl SqliteHost {
    /// Starts the threads: `writers` of them, and one that checkpoints.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(writers: usize) -> std::io::Result<Arc<Self>> {
        let (checkpoints, asked) = std::sync::mpsc::channel();
        thread::Builder::new().name("sqlite-checkpoint".into()).spawn(move || checkpoint_loop(&asked))?;
        let mut senders = Vec::new();
        for n in 0..writers.max(1) {
            let (sender, receiver) = mpsc::channel(QUEUE);
            let checkpoints = checkpoints.clone();
            thread::Builder::new()
                .name(format!("sqlite-writer-{n}"))
                .spawn(move || Writer { connections: HashMap::new(), checkpoints }.run(receiver))?;
            senders.push(sender);
        }
        Ok(Arc::new(Self { writers: senders }))
    }

    pub(super) async fn send(&self, file: &File, message: Message) -> DbResult<()> {
        let mut hasher = DefaultHasher::new();
        file.path.hash(&mut hasher);
        let slot = usize::try_from(hasher.finish() % self.writers.len() as u64).unwrap_or(0);
        self.writers[slot]
            .send(message)
            .await
            .map_err(|_| DbError::Unavailable("the writer has ended".into()))
    }

    pub(super) async fn write(&self, file: &Arc<File>, batch: Batch) -> DbResult<Receipt> {
        let touched = batch.touched()?;
        let events = batch.events.iter().map(|new| Event::from_new(new, &batch, 0, 0)).collect();
        let (answer, answered) = oneshot::channel();
        let job = Job { work: Box::new(Work { batch, events, touched }), answer };
        self.send(file, Message::Write { file: file.clone(), job }).await?;
        let (receipt, _work) = answered.await.map_err(|_| DbError::Unknown("the writer ended".into()))?;
        receipt
    }

    pub(super) async fn close(&self, file: &Arc<File>) {
        let (done, closed) = oneshot::channel();
        if self.send(file, Message::Close { file: file.clone(), done }).await.is_ok() {
            let _ = closed.await;
        }
    }
}

enum Checkpoint {
    Run(Arc<File>),
    Forget(PathBuf, oneshot::Sender<()>),
}

struct Writer {
    connections: HashMap<PathBuf, Connection>,
    checkpoints: std::sync::mpsc::Sender<Checkpoint>,
}

impl Writer {
    fn run(mut self, mut receiver: mpsc::Receiver<Message>) {
        let mut waiting = Vec::with_capacity(GROUP);
        while receiver.blocking_recv_many(&mut waiting, GROUP) > 0 {
            let mut groups: Vec<(Arc<File>, Vec<Job>)> = Vec::new();
            for message in waiting.drain(..) {
                match message {
                    Message::Write { file, job } => {
                        match groups.iter_mut().find(|(f, _)| Arc::ptr_eq(f, &file)) {
                            Some((_, jobs)) => jobs.push(job),
                            None => groups.push((file, vec![job])),
                        }
                    }
                    other => {
                        self.commit_all(&mut groups);
                        self.aside(other);
                    }
                }
            }
            self.commit_all(&mut groups);
        }
    }

    fn commit_all(&mut self, groups: &mut Vec<(Arc<File>, Vec<Job>)>) {
        for (file, jobs) in groups.drain(..) {
            self.commit(&file, jobs);
        }
    }

    fn commit(&mut self, file: &Arc<File>, jobs: Vec<Job>) {
        let failure = file.failure();
        let connection = match failure.map_or_else(|| self.connection(file), Err) {
            Ok(connection) => connection,
            Err(error) => return jobs.into_iter().for_each(|job| job.answer(Err(error.clone()))),
        };
        match group::commit(connection, jobs) {
            Err(DbError::ReadOnly(why) | DbError::Unfit(why)) => {
                tracing::error!(file = %file.path.display(), %why, "the database stops taking writes");
                let _ = file.failed.set(why);
                self.connections.remove(&file.path);
            }
            Err(DbError::DiskFull) => drop(self.connections.remove(&file.path)),
            Ok(()) | Err(_) => {}
        }
        self.finish_checkpoint(file);
        self.ask_for_checkpoint(file);
    }

    /// Copies the little that was written while the checkpointer was at work. Only when nothing is left to copy does
    /// the next commit begin the WAL anew; otherwise it grows for as long as somebody writes.
    fn finish_checkpoint(&self, file: &File) {
        if let Some(connection) = self.connections.get(&file.path)
            && file.nearly_copied.swap(false, Ordering::AcqRel)
            && let Err(error) = passive(connection)
        {
            tracing::warn!(file = %file.path.display(), %error, "checkpoint not finished; it will be tried again");
        }
    }

    fn aside(&mut self, message: Message) {
        match message {
            Message::Run { file, run } => {
                let failure = file.failure();
                run(failure.map_or_else(|| self.connection(&file), Err));
            }
            Message::Close { file, done } => {
                // One after the other: two that leave at once may each leave the WAL to the other.
                self.connections.remove(&file.path);
                let _ = self.checkpoints.send(Checkpoint::Forget(file.path.clone(), done));
            }
            Message::Write { .. } => {}
        }
    }

    fn connection(&mut self, file: &Arc<File>) -> DbResult<&mut Connection> {
        if !self.connections.contains_key(&file.path) {
            let mut connection = open::writer(&file.path)?;
            let watched = file.clone();
            let note = move |_: &mut Wal, pages| {
                watched.wal_pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            };
            connection.wal_hook(Some(note)).map_err(convert::error)?;
            self.connections.insert(file.path.clone(), connection);
        }
        self.connections.get_mut(&file.path).ok_or_else(|| DbError::internal("no connection"))
    }

    fn ask_for_checkpoint(&self, file: &Arc<File>) {
        let pages = file.wal_pages.load(Ordering::Relaxed);
        if pages > WAL_ALARM {
            tracing::warn!(file = %file.path.display(), pages, "the WAL grows: a reader holds an old snapshot");
        }
        if pages > *WAL_LIMIT.start() && pages > wal_limit(file) && file.claim_checkpoint() {
            let _ = self.checkpoints.send(Checkpoint::Run(file.clone()));
        }
    }
}

fn wal_limit(file: &File) -> u64 {
    let pages = std::fs::metadata(&file.path).map_or(0, |found| found.len() / PAGE);
    (pages / WAL_SHARE).clamp(*WAL_LIMIT.start(), *WAL_LIMIT.end())
}

/// Checkpoints off the write path. PASSIVE never waits for the writer; it copies what it can.
fn checkpoint_loop(asked: &std::sync::mpsc::Receiver<Checkpoint>) {
    let mut connections: HashMap<PathBuf, Connection> = HashMap::new();
    while let Ok(message) = asked.recv() {
        match message {
            Checkpoint::Forget(path, done) => {
                drop(connections.remove(&path));
                let _ = done.send(());
            }
            Checkpoint::Run(file) => {
                match checkpoint(&mut connections, &file) {
                    Ok(()) => file.nearly_copied.store(true, Ordering::Release),
                    Err(error) => {
                        tracing::warn!(file = %file.path.display(), %error, "checkpoint failed; it will be tried again");
                    }
                }
                file.checkpointing.store(false, Ordering::Release);
            }
        }
    }
}

fn checkpoint(connections: &mut HashMap<PathBuf, Connection>, file: &File) -> DbResult<()> {
    if !connections.contains_key(&file.path) {
        connections.insert(file.path.clone(), open::writer(&file.path)?);
    }
    let Some(connection) = connections.get(&file.path) else { return Ok(()) };
    passive(connection)
}

fn passive(connection: &Connection) -> DbResult<()> {
    if planted("checkpoint_never_finished") {
        return Ok(());
    }
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(convert::error)
}
