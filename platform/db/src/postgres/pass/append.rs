//! The end of a pass: positions, hashes, touched rows, commit.

use super::{Done, Doubt, Flight, Meaning, Pass, Trouble, Verdict};
use crate::postgres::job::Job;
use crate::postgres::own::{TouchedRow, portions};
use crate::{DbError, Expected, GENESIS, Hash, Receipt};
use kernel::planted;
use std::collections::{BTreeSet, HashMap};

/// By what a group is recognised after the connection broke during COMMIT.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::postgres) enum Proof {
    /// The hash of its last event, which no other group can have.
    Log { position: u64, hash: Hash },
    /// One of its idempotency rows: actor, key and fingerprint.
    Kept { actor: String, key: String, fingerprint: Hash },
    /// It left nothing to be recognised by.
    None,
}

impl<'a> Pass<'a> {
    /// The lock of the log, its head, and the versions of the streams, each in a statement of its own: the snapshots
    /// of the latter two must be younger than the lock.
    pub(super) fn add_log<'f>(&'f self, flight: &mut Flight<'f>, jobs: &[usize]) {
        let (session, client) = (self.session, self.session.client());
        flight.add(Meaning::Nothing, session.own.lock(client, session.lock));
        flight.add(Meaning::Head, session.own.head(client));
        let mut streams = BTreeSet::new();
        for &job in jobs.iter().filter(|job| self.progress[**job].failed.is_none()) {
            let events = &self.jobs[job].batch.events;
            // A stream that must not exist needs no look: its first version is unique.
            let known = events.iter().filter(|e| self.mode.look_up || e.expected != Expected::Version(0));
            streams.extend(known.map(|e| e.stream.as_str()));
        }
        let streams: Vec<_> = streams.into_iter().collect();
        for portion in portions(&streams) {
            flight.add(Meaning::Streams, session.own.streams(client, portion));
        }
    }

    /// Numbers and chains the events, and commits.
    pub(super) async fn append(mut self, order: Vec<usize>) -> Result<Done, Trouble> {
        let versions = self.versions(&order);
        self.weed(&order)?;
        let (live, failed): (Vec<_>, Vec<_>) =
            order.into_iter().partition(|job| self.progress[*job].failed.is_none());
        let mut done = Done::default();
        self.number(&live, versions, &mut done);
        done.refused.extend(failed.iter().filter_map(|job| Some((*job, self.progress[*job].failed.take()?))));
        if planted("event_in_second_transaction") {
            self.commit_rows_alone().await?;
        }
        if planted("ack_before_commit") {
            for (job, receipt) in &done.receipts {
                self.jobs[*job].answer(Ok(receipt.clone()));
            }
            // As long as a slow disk takes: the kill has to fall in here.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let flight = self.closing(&live, &failed);
        match self.send(flight).await {
            Ok(_) => Ok(done),
            Err(Trouble::Lost(why)) => {
                let proof = proof(self.jobs, &live);
                Err(Trouble::Ambiguous(Box::new(Doubt { why, proof, done })))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// The versions that the events of each job take, counted on in memory from what the lock has shown. A job whose
    /// stream has moved fails.
    fn versions(&mut self, order: &[usize]) -> HashMap<usize, Vec<u64>> {
        let mut current: HashMap<&str, u64> = HashMap::new();
        let (mut taken, mut stale) = (HashMap::new(), Vec::new());
        for &job in order.iter().filter(|job| self.progress[**job].failed.is_none()) {
            let mut mine: HashMap<&str, u64> = HashMap::new();
            let mut versions = Vec::new();
            let moved = self.jobs[job].batch.events.iter().find(|event| {
                let stream = event.stream.as_str();
                let stored = || self.streams.get(stream).copied().unwrap_or(0);
                let version =
                    mine.get(stream).or_else(|| current.get(stream)).copied().unwrap_or_else(stored);
                versions.push(version + 1);
                mine.insert(stream, version + 1);
                matches!(event.expected, Expected::Version(expected) if expected != version)
            });
            match moved {
                Some(event) => stale.push((job, DbError::StreamMoved(event.stream.clone()))),
                None => {
                    current.extend(mine);
                    taken.insert(job, versions);
                }
            }
        }
        for (job, error) in stale {
            self.progress[job].failed = Some(Verdict::Error(error));
        }
        taken
    }

    /// Gives each event its position and hash, and each job its receipt.
    fn number(&mut self, live: &[usize], mut versions: HashMap<usize, Vec<u64>>, done: &mut Done) {
        let (mut position, mut hash) = self.head;
        for &job in live {
            let versions = versions.remove(&job).unwrap_or_default();
            for (event, version) in self.jobs[job].events.iter_mut().zip(versions) {
                position += 1;
                event.position = position;
                event.stream_version = version;
                event.hash = event.chained(if planted("no_previous_hash") { &GENESIS } else { &hash });
                hash = event.hash;
            }
            let rows = std::mem::take(&mut self.progress[job].rows);
            done.receipts.push((job, Receipt { position, rows }));
        }
    }

    /// The last flight: events, touched rows, the keys of those who missed, COMMIT.
    fn closing<'f>(&'f self, live: &[usize], failed: &[usize]) -> Flight<'f> {
        let (session, client) = (self.session, self.session.client());
        let mut flight = Flight::default();
        let events: Vec<_> = live.iter().flat_map(|job| &self.jobs[*job].events).collect();
        for portion in portions(&events) {
            flight.add(Meaning::Log, session.own.append(client, portion));
        }
        for portion in portions(&touched(self.jobs, live)) {
            flight.add(Meaning::Nothing, session.own.touch(client, portion));
        }
        let gone = failed.iter().filter(|job| self.progress[**job].kept);
        let gone: Vec<_> = gone
            .filter_map(|job| self.jobs[*job].kept().map(|(actor, kept)| (actor, kept.key.as_str())))
            .collect();
        if !gone.is_empty() {
            flight.add(Meaning::Nothing, session.own.unkeep(client, &gone));
        }
        flight.add(Meaning::Nothing, session.say("COMMIT"));
        flight
    }

    /// The planted bug: rows in one transaction, their events in another.
    async fn commit_rows_alone(&self) -> Result<(), Trouble> {
        for sql in ["COMMIT", "BEGIN"] {
            let mut flight = Flight::default();
            flight.add(Meaning::Nothing, self.session.say(sql));
            self.send(flight).await?;
        }
        Ok(())
    }
}

/// The rows touched by the group, each at the position of its job's last event.
fn touched<'a>(jobs: &'a [Job], live: &[usize]) -> Vec<TouchedRow<'a>> {
    let of_job = |job: &'a Job| {
        let position = job.events.last().map_or(0, |event| event.position);
        job.touched
            .iter()
            .map(move |(table, key, deleted)| (table.as_str(), key.as_str(), position, *deleted))
    };
    live.iter().flat_map(|&job| of_job(&jobs[job])).collect()
}

fn proof(jobs: &[Job], live: &[usize]) -> Proof {
    if let Some(event) = live.iter().rev().find_map(|job| jobs[*job].events.last()) {
        return Proof::Log { position: event.position, hash: event.hash };
    }
    match live.iter().find_map(|job| jobs[*job].kept()) {
        Some((actor, kept)) => {
            Proof::Kept { actor: actor.to_owned(), key: kept.key.clone(), fingerprint: kept.fingerprint }
        }
        None => Proof::None,
    }
}
