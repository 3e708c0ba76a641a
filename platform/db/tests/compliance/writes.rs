//! A Batch is committed whole or not at all, alone among its neighbours, once per idempotency key.

use crate::island::{self, ADD_LINE, ITEM, ITEMS, LINES, RENAME, batch, create, event, rename, schema};
use db::{Batch, DbError, Expected, Idempotency, Statement};
use kernel::Uuid;
use std::sync::Arc;
use testkit::{Island, on_both_engines};

on_both_engines! {
    async fn a_batch_is_whole_or_nothing(kind) {
        let island = Island::new(kind, schema()).await;
        let id = testkit::id();
        let receipt = island.db.write(create(id, "a")).await.unwrap();
        assert_eq!((receipt.position, receipt.rows), (1, vec![1]));

        let mut bad = rename(id, 1, "b");
        bad.expect_one(&RENAME, db::params![id, 99, "c"]);
        let error = island.db.write(bad).await.unwrap_err();
        assert!(matches!(error, DbError::Missed { expected: 1, found: 0, .. }), "{error}");
        let row = island.db.query_one(&ITEM, db::params![id]).await.unwrap().unwrap();
        assert_eq!((row.text(1).unwrap().as_str(), row.int(2).unwrap()), ("a", 1));
        assert_eq!(island.db.head().await.unwrap().0, 1);
    }

    async fn one_fails_alone_in_a_crowd(kind) {
        let island = Island::new(kind, schema()).await;
        let ids: Vec<Uuid> = (0..200).map(|_| testkit::id()).collect();
        for (n, id) in ids.iter().enumerate() {
            island.db.write(create(*id, &format!("{n:03}"))).await.unwrap();
        }
        island.db.write(create(testkit::id(), "taken")).await.unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for (n, id) in ids.iter().copied().enumerate() {
            let db = island.db.clone();
            // Every tenth is stale, every 25th takes a name that is taken, every 40th appends to a stream that moved.
            let mut batch = rename(id, if n % 10 == 3 { 7 } else { 1 }, &format!("x{n:03}"));
            if n % 25 == 4 {
                batch.write(&island::ADD_ITEM, db::params![testkit::id(), "taken"]);
            }
            if n % 40 == 5 {
                batch.event(event(&format!("item/{id}"), Expected::Version(0)));
            }
            calls.spawn(async move { (n, db.write(batch).await) });
        }
        let mut committed = 0;
        while let Some(outcome) = calls.join_next().await {
            let (n, answer) = outcome.unwrap();
            match answer {
                Ok(_) => {
                    assert!(n % 10 != 3 && n % 25 != 4 && n % 40 != 5, "{n} must fail");
                    committed += 1;
                }
                Err(DbError::Missed { .. }) => assert_eq!(n % 10, 3),
                Err(DbError::Constraint(_)) => assert_eq!(n % 25, 4),
                Err(DbError::StreamMoved(_)) => assert_eq!(n % 40, 5),
                Err(other) => panic!("{n}: {other}"),
            }
        }
        let renamed = island.db.query(&ITEMS, Vec::new()).await.unwrap();
        assert_eq!(renamed.iter().filter(|r| r.int(2).unwrap() == 2).count(), committed);
        assert_eq!(island.db.head().await.unwrap().0, 201 + committed as u64);
        crate::log::chain_holds(&island.db).await;
    }

    async fn two_who_want_the_same_version_cannot_both_have_it(kind) {
        let island = Island::new(kind, schema()).await;
        let id = testkit::id();
        island.db.write(create(id, "start")).await.unwrap();
        for version in 1..=20 {
            let mut calls = tokio::task::JoinSet::new();
            for caller in 0..8 {
                let db = island.db.clone();
                let batch = rename(id, version, &format!("{version}-{caller}"));
                calls.spawn(async move { db.write(batch).await.is_ok() });
            }
            let won = calls.join_all().await.into_iter().filter(|won| *won).count();
            assert_eq!(won, 1, "version {version}");
        }
    }

    async fn a_version_that_is_not_there_yet_is_refused(kind) {
        let island = Island::new(kind, schema()).await;
        let id = testkit::id();
        island.db.write(create(id, "start")).await.unwrap();
        let ahead = Expected::Version(7);
        let mut batch = rename(id, 1, "ahead");
        batch.events.iter_mut().for_each(|event| event.expected = ahead);
        let refused = island.db.write(batch).await.unwrap_err();
        assert!(matches!(refused, DbError::StreamMoved(_)), "{refused}");
        assert_eq!(island.db.head().await.unwrap().0, 1);
    }

    async fn a_key_has_its_effect_once(kind) {
        let island = Island::new(kind, schema()).await;
        let keyed = |name: &str, fingerprint: u8| {
            let mut batch = create(testkit::id(), name);
            let reply = format!("made {name}");
            batch.idempotency =
                Some(Idempotency { key: "k1".into(), fingerprint: [fingerprint; 32], status: 201, reply });
            batch
        };
        island.db.write(keyed("first", 1)).await.unwrap();
        for (name, fingerprint) in [("first", 1), ("other", 2)] {
            match island.db.write(keyed(name, fingerprint)).await {
                Err(DbError::Repeated(stored)) => {
                    assert_eq!((stored.reply.as_str(), stored.status, stored.fingerprint), ("made first", 201, [1; 32]));
                }
                other => panic!("{other:?}"),
            }
        }
        let crowd: Vec<Batch> = (0..40).map(|n| {
            let mut batch = create(testkit::id(), &format!("crowd {n}"));
            let reply = n.to_string();
            batch.idempotency = Some(Idempotency { key: "k2".into(), fingerprint: [0; 32], status: 200, reply });
            batch
        }).collect();
        let mut calls = tokio::task::JoinSet::new();
        for batch in crowd {
            let db = island.db.clone();
            calls.spawn(async move { db.write(batch).await.is_ok() });
        }
        assert_eq!(calls.join_all().await.into_iter().filter(|done| *done).count(), 1);
        assert_eq!(island.db.query(&ITEMS, Vec::new()).await.unwrap().len(), 2);
        let kept = island.db.reply_of("system:test", "k1").await.unwrap().unwrap();
        assert_eq!(kept.reply, "made first");
        assert!(island.db.reply_of("system:other", "k1").await.unwrap().is_none());
    }

    async fn a_caller_that_goes_away_changes_nothing(kind) {
        let island = Island::new(kind, schema()).await;
        for n in 0..50 {
            let (db, id) = (island.db.clone(), testkit::id());
            let write = tokio::spawn(async move { db.write(create(id, &format!("n{n}"))).await });
            if n % 2 == 0 { tokio::task::yield_now().await; }
            write.abort();
        }
        island.db.write(create(testkit::id(), "after")).await.unwrap();
        let items = island.db.query(&ITEMS, Vec::new()).await.unwrap().len() as u64;
        assert_eq!(island.db.head().await.unwrap().0, items, "one event for each row, one row for each event");
    }

    async fn equal_batches_in_a_crowd_are_each_done(kind) {
        let island = Island::new(kind, schema()).await;
        let item = testkit::id();
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..300 {
            let db = island.db.clone();
            let mut batch = batch();
            batch.expect_one(&ADD_LINE, db::params![testkit::id(), item, format!("line {n}")]);
            batch.event(event("one stream for all", Expected::Any));
            calls.spawn(async move { db.write(batch).await.unwrap().position });
        }
        let mut positions = calls.join_all().await;
        positions.sort_unstable();
        assert_eq!(positions, (1..=300).collect::<Vec<u64>>());
        let versions: Vec<u64> = island.db.stream("one stream for all", 0, 1000).await.unwrap()
            .iter().map(|e| e.stream_version).collect();
        assert_eq!(versions, (1..=300).collect::<Vec<u64>>());
        assert_eq!(island.db.query_one(&LINES, Vec::new()).await.unwrap().unwrap().int(0).unwrap(), 300);
    }

    async fn only_registered_statements_run(kind) {
        let island = Island::new(kind, schema()).await;
        let foreign = Statement::read("ITEM", "SELECT id FROM log");
        assert!(matches!(island.db.query(&foreign, Vec::new()).await, Err(DbError::Unregistered(_))));
        assert!(matches!(island.db.query(&RENAME, Vec::new()).await, Err(DbError::Unregistered(_))));
        let mut batch = batch();
        batch.write(&ITEM, db::params![testkit::id()]);
        assert!(matches!(island.db.write(batch).await, Err(DbError::Unregistered(_))));
    }

    async fn a_snapshot_sees_one_moment(kind) {
        let island = Arc::new(Island::new(kind, schema()).await);
        let id = testkit::id();
        island.db.write(create(id, "v1")).await.unwrap();
        let writer = { let db = island.db.clone(); tokio::spawn(async move {
            for version in 1..60 { db.write(rename(id, version, &format!("v{}", version + 1))).await.unwrap(); }
        }) };
        while !writer.is_finished() {
            let query = |s: &Statement| db::Query { statement: s.clone(), params: db::params![id] };
            let answers = island.db.snapshot(vec![query(&ITEM), query(&ITEM)]).await.unwrap();
            assert_eq!(answers[0], answers[1]);
        }
        writer.await.unwrap();
    }
}
