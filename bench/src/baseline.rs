//! Baselines: the same statements without Archipel, one transaction each, and bare single-row inserts.

use crate::toy::body;
use db::schema::Dialect;
use db::{Event, GENESIS, Hash};
use kernel::Uuid;
use rusqlite::Connection;
use std::sync::{Arc, Mutex};
use testkit::{Island, Kind};
use tokio_postgres::{Client, NoTls};

/// One caller's own connection.
pub enum Raw {
    /// SQLite has one writer; the connection is shared behind a lock, as a careful program would.
    Sqlite(Arc<Mutex<Connection>>),
    /// PostgreSQL: a connection of its own.
    Postgres(Arc<Client>, Vec<tokio_postgres::Statement>),
}

const STEPS: [&str; 4] = [
    "UPDATE item SET body = ?2 WHERE id = ?1 AND version >= 0",
    "INSERT INTO line (id, item_id, body) VALUES (?1, ?2, ?3)",
    "INSERT INTO idempotency (actor, key, fingerprint, status, reply, at) VALUES ('raw', ?1, ?2, 200, '{}', 0)",
    "INSERT INTO raw_event (id, stream, data) VALUES (?1, ?2, ?3)",
];

const VERSION: &str = "SELECT coalesce(max(stream_version), 0) FROM log WHERE stream = ?1";
const LOG: &str = "INSERT INTO log (position, at, id, type, version, stream, stream_version, actor, correlation_id, data, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const CHANGE: &str =
    "INSERT INTO row_change (position, table_name, row_key, deleted) VALUES (?1, 'item', ?2, FALSE)";
const INSERT: &str = "INSERT INTO bare (id, body) VALUES (?1, ?2)";

/// An event at its place in the log.
fn logged(position: u64, stream: String, stream_version: u64, previous: &Hash) -> Event {
    let mut event = Event {
        position,
        at: testkit::now(),
        id: testkit::id(),
        kind: "item.bumped".into(),
        version: 1,
        stream,
        stream_version,
        actor: "system:bench".into(),
        correlation_id: testkit::id(),
        causation_id: None,
        data: serde_json::json!({ "version": stream_version, "body": body() }).to_string(),
        hash: GENESIS,
    };
    event.hash = event.chained(previous);
    event
}

/// Prepares the baseline's own event table, which has no order.
pub async fn prepare(island: &Island, kind: Kind) {
    let id = if kind == Kind::Sqlite { "BLOB" } else { "uuid" };
    island.tamper(&format!("CREATE TABLE IF NOT EXISTS raw_event (id {id} PRIMARY KEY, stream TEXT NOT NULL, data TEXT NOT NULL)")).await;
}

/// A caller's connection.
pub async fn connect(island: &Island, kind: Kind, shared: Option<&Raw>) -> Raw {
    if let (Kind::Sqlite, Some(Raw::Sqlite(shared))) = (kind, shared) {
        return Raw::Sqlite(shared.clone());
    }
    match kind {
        Kind::Sqlite => {
            let connection = Connection::open(island.folder().join("bench.sqlite")).unwrap();
            connection.execute_batch("PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000").unwrap();
            Raw::Sqlite(Arc::new(Mutex::new(connection)))
        }
        Kind::Postgres => {
            let url = island.server_url().expect("a server");
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
            tokio::spawn(connection);
            let mut steps = Vec::new();
            for sql in STEPS.iter().chain([&INSERT]) {
                steps.push(client.prepare(&Dialect::Postgres.statement(sql)).await.unwrap());
            }
            Raw::Postgres(Arc::new(client), steps)
        }
    }
}

impl Raw {
    /// The command in a transaction of its own.
    pub async fn command(&self, item: Uuid) {
        let (line, key, event) = (testkit::id(), testkit::id().to_string(), testkit::id());
        let stream = format!("item/{item}");
        match self {
            Self::Sqlite(connection) => tokio::task::block_in_place(|| {
                let mut connection = connection.lock().unwrap();
                let transaction = connection.transaction().unwrap();
                let run = |n: usize, params: &[&dyn rusqlite::ToSql]| {
                    transaction.prepare_cached(STEPS[n]).unwrap().execute(params).unwrap();
                };
                run(0, &[item.as_bytes(), &body()]);
                run(1, &[line.as_bytes(), item.as_bytes(), &body()]);
                run(2, &[&key, &vec![0_u8; 32]]);
                run(3, &[event.as_bytes(), &stream, &body()]);
                transaction.commit().unwrap();
            }),
            Self::Postgres(client, steps) => {
                client.batch_execute("BEGIN").await.unwrap();
                client.execute(&steps[0], &[&item, &body()]).await.unwrap();
                client.execute(&steps[1], &[&line, &item, &body()]).await.unwrap();
                client.execute(&steps[2], &[&key, &vec![0_u8; 32]]).await.unwrap();
                client.execute(&steps[3], &[&event, &stream, &body()]).await.unwrap();
                client.batch_execute("COMMIT").await.unwrap();
            }
        }
    }

    /// Many commands in one transaction, by one connection: what group commit can come to at best.
    pub async fn grouped(&self, items: &[Uuid]) {
        match self {
            Self::Sqlite(connection) => tokio::task::block_in_place(|| {
                let mut connection = connection.lock().unwrap();
                let transaction = connection.transaction().unwrap();
                for item in items {
                    let (line, key, event) = (testkit::id(), testkit::id().to_string(), testkit::id());
                    let run = |n: usize, params: &[&dyn rusqlite::ToSql]| {
                        transaction.prepare_cached(STEPS[n]).unwrap().execute(params).unwrap();
                    };
                    run(0, &[item.as_bytes(), &body()]);
                    run(1, &[line.as_bytes(), item.as_bytes(), &body()]);
                    run(2, &[&key, &vec![0_u8; 32]]);
                    run(3, &[event.as_bytes(), &format!("item/{item}"), &body()]);
                }
                transaction.commit().unwrap();
            }),
            Self::Postgres(client, steps) => {
                client.batch_execute("BEGIN").await.unwrap();
                for item in items {
                    let (line, key, event) = (testkit::id(), testkit::id().to_string(), testkit::id());
                    client.execute(&steps[0], &[item, &body()]).await.unwrap();
                    client.execute(&steps[1], &[&line, item, &body()]).await.unwrap();
                    client.execute(&steps[2], &[&key, &vec![0_u8; 32]]).await.unwrap();
                    client.execute(&steps[3], &[&event, &format!("item/{item}"), &body()]).await.unwrap();
                }
                client.batch_execute("COMMIT").await.unwrap();
            }
        }
    }

    /// As [`Raw::grouped`], with everything that a command of ours leaves behind: its place in its stream and in the
    /// chained log, and the row that changed. On SQLite: what the writer itself could come to without callers.
    pub async fn grouped_in_order(&self, items: &[Uuid]) {
        let Self::Sqlite(connection) = self else { return };
        tokio::task::block_in_place(|| {
            let mut connection = connection.lock().unwrap();
            let transaction = connection.transaction().unwrap();
            let last = "SELECT position, hash FROM log ORDER BY position DESC LIMIT 1";
            let (mut position, mut hash): (u64, Hash) =
                transaction.query_row(last, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
            for item in items {
                let (line, key) = (testkit::id(), testkit::id().to_string());
                let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
                    transaction.prepare_cached(sql).unwrap().execute(params).unwrap();
                };
                run(STEPS[2], &[&key, &vec![0_u8; 32]]);
                run(STEPS[0], &[item.as_bytes(), &body()]);
                run(STEPS[1], &[line.as_bytes(), item.as_bytes(), &body()]);
                // Streams of its own: those of the items count what our callers do.
                let stream = format!("raw/{item}");
                let version: u64 =
                    transaction.prepare_cached(VERSION).unwrap().query_row([&stream], |r| r.get(0)).unwrap();
                position += 1;
                let event = logged(position, stream, version + 1, &hash);
                hash = event.hash;
                run(
                    LOG,
                    &[
                        &event.position,
                        &event.at.0,
                        event.id.as_bytes(),
                        &event.kind,
                        &event.version,
                        &event.stream,
                        &event.stream_version,
                        &event.actor,
                        event.correlation_id.as_bytes(),
                        &event.data,
                        &event.hash,
                    ],
                );
                run(CHANGE, &[&position, &item.to_string()]);
            }
            transaction.commit().unwrap();
        });
    }

    /// Holds a snapshot of the whole database open until [`Raw::release`].
    pub async fn hold(&self) {
        match self {
            Self::Sqlite(connection) => {
                let connection = connection.lock().unwrap();
                connection.execute_batch("BEGIN; SELECT count(*) FROM item").unwrap();
            }
            Self::Postgres(client, _) => {
                let hold = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM item";
                client.batch_execute(hold).await.unwrap();
            }
        }
    }

    /// Lets go of the snapshot.
    pub async fn release(&self) {
        match self {
            Self::Sqlite(connection) => connection.lock().unwrap().execute_batch("COMMIT").unwrap(),
            Self::Postgres(client, _) => client.batch_execute("COMMIT").await.unwrap(),
        }
    }

    /// One row, one commit.
    pub async fn insert(&self) {
        let id = testkit::id();
        match self {
            Self::Sqlite(connection) => tokio::task::block_in_place(|| {
                let connection = connection.lock().unwrap();
                let params: [&dyn rusqlite::ToSql; 2] = [id.as_bytes(), &body()];
                connection.prepare_cached(INSERT).unwrap().execute(params.as_slice()).unwrap();
            }),
            Self::Postgres(client, steps) => drop(client.execute(&steps[4], &[&id, &body()]).await.unwrap()),
        }
    }
}
