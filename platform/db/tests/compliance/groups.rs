//! Two groups of one PostgreSQL database: one that must wait holds up nobody who writes other rows, and the log stays
//! one chain.

use crate::island::{ITEM, create, rename, schema};
use std::time::Duration;
use testkit::{Island, Kind};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// Somebody who works in the database beside the product.
async fn stranger(island: &Island) -> Client {
    let handed = island.hand_over();
    let url = handed.iter().find(|(name, _)| name.ends_with("SERVER")).map(|(_, url)| url.as_str()).unwrap();
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until so many sessions of this database wait for a lock.
async fn waiting(client: &Client, sessions: i64) {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..3000 {
        if client.query_one(count, &[]).await.unwrap().get::<_, i64>(0) == sessions {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

#[tokio::test]
async fn a_group_that_waits_for_a_row_holds_up_nobody_on_other_rows() {
    let island = Island::new(Kind::Postgres, schema()).await;
    let held = testkit::id();
    island.db.write(create(held, "held")).await.unwrap();
    let (holder, watcher) = (stranger(&island).await, stranger(&island).await);
    holder.batch_execute(&format!("BEGIN; SELECT 1 FROM item WHERE id = '{held}' FOR UPDATE")).await.unwrap();

    let db = island.db.clone();
    let first = tokio::spawn(async move { db.write(rename(held, 1, "first")).await });
    waiting(&watcher, 1).await;
    // One more for the row that is held: it must not be taken along beside the first, or it would wait there too.
    let db = island.db.clone();
    let second = tokio::spawn(async move { db.write(rename(held, 2, "second")).await });
    let mut others = JoinSet::new();
    for n in 0..40 {
        let db = island.db.clone();
        others.spawn(async move { db.write(create(testkit::id(), &format!("other {n}"))).await });
    }
    for _ in 0..16 {
        let other = tokio::time::timeout(Duration::from_secs(30), others.join_next()).await;
        other.expect("held up with the first").unwrap().unwrap().unwrap();
    }
    waiting(&watcher, 1).await;
    assert!(!first.is_finished() && !second.is_finished(), "the row is held");

    holder.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert!(others.join_all().await.iter().all(Result::is_ok));
    let row = island.db.query_one(&ITEM, db::params![held]).await.unwrap().unwrap();
    assert_eq!((row.text(1).unwrap().as_str(), row.int(2).unwrap()), ("second", 3));
    assert_eq!(island.db.head().await.unwrap().0, 43, "an event for each write");
    crate::log::chain_holds(&island.db).await;
}
