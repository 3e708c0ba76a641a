//! The platform's own statements in a group: kept replies, the log, the rows that changed.

use super::connection::Connection;
use super::flight::{Reply, Request};
use crate::{Event, Idempotency};
use kernel::Uuid;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

const KEEP: &str = "
INSERT INTO idempotency (actor, key, fingerprint, status, reply, at)
SELECT k.actor, k.key, k.fingerprint, k.status, k.reply, k.at
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::int8[], $5::text[], $6::int8[])
     AS k(actor, key, fingerprint, status, reply, at)
ON CONFLICT (actor, key) DO NOTHING RETURNING actor, key";
const KEEP_ONE: &str = "
INSERT INTO idempotency (actor, key, fingerprint, status, reply, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (actor, key) DO NOTHING RETURNING actor, key";
const UNKEEP: &str = "
DELETE FROM idempotency AS i USING unnest($1::text[], $2::text[]) AS gone(actor, key)
WHERE i.actor = gone.actor AND i.key = gone.key";
const REPLIES: &str = "
SELECT i.actor, i.key, i.fingerprint, i.status, i.reply
FROM unnest($1::text[], $2::text[]) AS asked(actor, key)
JOIN idempotency AS i ON i.actor = asked.actor AND i.key = asked.key";
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";
const JOINS: &str = "
SELECT set_config('enable_hashjoin', $1, true), set_config('enable_mergejoin', $1, true),
       set_config('enable_seqscan', $1, true)";
const HEAD: &str = "SELECT position, hash FROM log ORDER BY position DESC LIMIT 1";
const HASH_AT: &str = "SELECT hash FROM log WHERE position = $1";
const STREAMS: &str = "
SELECT asked.stream, coalesce((SELECT max(l.stream_version) FROM log AS l WHERE l.stream = asked.stream), 0)
FROM unnest($1::text[]) AS asked(stream)";
const STREAM_ONE: &str = "
SELECT $1::text, coalesce(max(l.stream_version), 0) FROM log AS l WHERE l.stream = $1::text";
const APPEND: &str = "
INSERT INTO log (position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash)
SELECT e.position, e.at, e.id, e.type, e.version, e.stream, e.stream_version, e.actor, e.correlation_id, e.causation_id,
       e.data, e.hash
FROM unnest($1::int8[], $2::int8[], $3::uuid[], $4::text[], $5::int8[], $6::text[], $7::int8[], $8::text[], $9::uuid[],
            $10::uuid[], $11::text[], $12::bytea[])
     AS e(position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash)";
const APPEND_ONE: &str = "
INSERT INTO log (position, at, id, type, version, stream, stream_version, actor, correlation_id, causation_id, data, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const TOUCH: &str = "
INSERT INTO row_change (table_name, row_key, position, deleted)
SELECT r.table_name, r.row_key, r.position, r.deleted
FROM unnest($1::text[], $2::text[], $3::int8[], $4::bool[]) AS r(table_name, row_key, position, deleted)";
const TOUCH_ONE: &str = "
INSERT INTO row_change (table_name, row_key, position, deleted) VALUES ($1, $2, $3, $4)";

/// The platform's statements, prepared on one connection.
#[derive(Debug)]
pub(super) struct Own {
    keep: Statement,
    keep_one: Statement,
    unkeep: Statement,
    replies: Statement,
    lock: Statement,
    joins: Statement,
    head: Statement,
    hash_at: Statement,
    streams: Statement,
    stream_one: Statement,
    append: Statement,
    append_one: Statement,
    touch: Statement,
    touch_one: Statement,
}

/// A row of a `state` table as the log remembers it: table, key, position, deleted.
pub(super) type TouchedRow<'a> = (&'a str, &'a str, u64, bool);

/// Rows in as many statements as are cheapest: a statement over columns costs more than the few rows that it holds.
pub(super) fn portions<T>(rows: &[T]) -> std::slice::Chunks<'_, T> {
    const FEW: usize = 4;
    rows.chunks(if rows.len() < FEW { 1 } else { rows.len() })
}

fn query<'a, const N: usize>(
    client: &'a Client,
    statement: &'a Statement,
    params: [Box<dyn ToSql + Sync + Send + 'a>; N],
) -> Request<'a> {
    Box::pin(async move {
        let params: [&(dyn ToSql + Sync); N] = std::array::from_fn(|i| &*params[i] as &(dyn ToSql + Sync));
        client.query(statement, &params).await.map(Reply::Rows)
    })
}

fn execute<'a, const N: usize>(
    client: &'a Client,
    statement: &'a Statement,
    params: [Box<dyn ToSql + Sync + Send + 'a>; N],
) -> Request<'a> {
    Box::pin(async move {
        let params: [&(dyn ToSql + Sync); N] = std::array::from_fn(|i| &*params[i] as &(dyn ToSql + Sync));
        client.execute(statement, &params).await.map(Reply::Count)
    })
}

fn boxed<'a>(value: impl ToSql + Sync + Send + 'a) -> Box<dyn ToSql + Sync + Send + 'a> {
    Box::new(value)
}

fn column<'a, T, V: ToSql + Sync + Send + 'a>(
    rows: &[T],
    of: impl Fn(&T) -> V,
) -> Box<dyn ToSql + Sync + Send + 'a> {
    boxed(rows.iter().map(of).collect::<Vec<V>>())
}

/// Positions, versions and instants are `bigint`; none comes near its end.
fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Own {
    pub(super) async fn prepare(connection: &mut Connection) -> Result<Self, Error> {
        Ok(Self {
            keep: connection.prepare(KEEP).await?,
            keep_one: connection.prepare(KEEP_ONE).await?,
            unkeep: connection.prepare(UNKEEP).await?,
            replies: connection.prepare(REPLIES).await?,
            lock: connection.prepare(LOCK).await?,
            joins: connection.prepare(JOINS).await?,
            head: connection.prepare(HEAD).await?,
            hash_at: connection.prepare(HASH_AT).await?,
            streams: connection.prepare(STREAMS).await?,
            stream_one: connection.prepare(STREAM_ONE).await?,
            append: connection.prepare(APPEND).await?,
            append_one: connection.prepare(APPEND_ONE).await?,
            touch: connection.prepare(TOUCH).await?,
            touch_one: connection.prepare(TOUCH_ONE).await?,
        })
    }

    /// Inserts the rows of idempotency keys; answers those that were not there. They come in the order of their
    /// keys, the same in every process, so that two do not wait for each other.
    pub(super) fn keep<'a>(
        &'a self,
        client: &'a Client,
        rows: &[(&'a str, &'a Idempotency, i64)],
    ) -> Request<'a> {
        if let [(actor, kept, at)] = *rows {
            let params = [
                boxed(actor),
                boxed(&kept.key),
                boxed(kept.fingerprint.as_slice()),
                boxed(i64::from(kept.status)),
                boxed(&kept.reply),
                boxed(at),
            ];
            return query(client, &self.keep_one, params);
        }
        let params = [
            column(rows, |r| r.0),
            column(rows, |r| r.1.key.as_str()),
            column(rows, |r| r.1.fingerprint.as_slice()),
            column(rows, |r| i64::from(r.1.status)),
            column(rows, |r| r.1.reply.as_str()),
            column(rows, |r| r.2),
        ];
        query(client, &self.keep, params)
    }

    /// Takes rows of idempotency keys back that this transaction has inserted.
    pub(super) fn unkeep<'a>(&'a self, client: &'a Client, keys: &[(&'a str, &'a str)]) -> Request<'a> {
        execute(client, &self.unkeep, [column(keys, |k| k.0), column(keys, |k| k.1)])
    }

    /// The stored replies of keys: actor, key, fingerprint, status, reply.
    pub(super) fn replies<'a>(&'a self, client: &'a Client, keys: &[(&'a str, &'a str)]) -> Request<'a> {
        query(client, &self.replies, [column(keys, |k| k.0), column(keys, |k| k.1)])
    }

    /// Waits for the log; everybody who appends holds this until the end of the transaction.
    pub(super) fn lock<'a>(&'a self, client: &'a Client, key: i64) -> Request<'a> {
        query(client, &self.lock, [boxed(key)])
    }

    /// Whether joins may be made in any way, or only row by row in the order of the left side, for the rest of the
    /// transaction. A folded update must lock its rows in the order in which they were given: two writers that hash
    /// the same rows would lock them in two orders, and deadlock.
    pub(super) fn joins<'a>(&'a self, client: &'a Client, any: bool) -> Request<'a> {
        query(client, &self.joins, [boxed(if any { "on" } else { "off" })])
    }

    /// The last position and hash: a statement of its own, so that its snapshot is younger than the lock.
    pub(super) fn head<'a>(&'a self, client: &'a Client) -> Request<'a> {
        query(client, &self.head, [])
    }

    pub(super) fn hash_at<'a>(&'a self, client: &'a Client, position: u64) -> Request<'a> {
        query(client, &self.hash_at, [boxed(big(position))])
    }

    /// The last versions of streams.
    pub(super) fn streams<'a>(&'a self, client: &'a Client, streams: &[&'a str]) -> Request<'a> {
        if let [stream] = *streams {
            return query(client, &self.stream_one, [boxed(stream)]);
        }
        query(client, &self.streams, [column(streams, |s| *s)])
    }

    pub(super) fn append<'a>(&'a self, client: &'a Client, events: &[&'a Event]) -> Request<'a> {
        if let [event] = *events {
            let params = [
                boxed(big(event.position)),
                boxed(event.at.0),
                boxed(event.id),
                boxed(&event.kind),
                boxed(i64::from(event.version)),
                boxed(&event.stream),
                boxed(big(event.stream_version)),
                boxed(&event.actor),
                boxed(event.correlation_id),
                boxed(event.causation_id),
                boxed(&event.data),
                boxed(event.hash.as_slice()),
            ];
            return execute(client, &self.append_one, params);
        }
        let params = [
            column(events, |e| big(e.position)),
            column(events, |e| e.at.0),
            column::<_, Uuid>(events, |e| e.id),
            column(events, |e| e.kind.as_str()),
            column(events, |e| i64::from(e.version)),
            column(events, |e| e.stream.as_str()),
            column(events, |e| big(e.stream_version)),
            column(events, |e| e.actor.as_str()),
            column::<_, Uuid>(events, |e| e.correlation_id),
            column::<_, Option<Uuid>>(events, |e| e.causation_id),
            column(events, |e| e.data.as_str()),
            column(events, |e| e.hash.as_slice()),
        ];
        execute(client, &self.append, params)
    }

    pub(super) fn touch<'a>(&'a self, client: &'a Client, rows: &[TouchedRow<'a>]) -> Request<'a> {
        if let [(table, key, position, deleted)] = *rows {
            let params = [boxed(table), boxed(key), boxed(big(position)), boxed(deleted)];
            return execute(client, &self.touch_one, params);
        }
        let params =
            [column(rows, |r| r.0), column(rows, |r| r.1), column(rows, |r| big(r.2)), column(rows, |r| r.3)];
        execute(client, &self.touch, params)
    }
}
