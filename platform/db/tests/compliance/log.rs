//! The log: dense positions in commit order, a chain over the stored bytes, the rows that changed, reopening.

use crate::island::{ITEM, REMOVE, batch, create, event, rename, schema};
use db::{Db, Expected, GENESIS, RowChange};
use testkit::{Island, on_both_engines};

/// Walks the whole log.
pub async fn chain_holds(db: &Db) {
    let (head, last) = db.head().await.unwrap();
    let (mut position, mut hash) = (0, GENESIS);
    while position < head {
        for event in db.log_after(position, 100).await.unwrap() {
            event.follows(position, &hash).unwrap();
            (position, hash) = (event.position, event.hash);
        }
    }
    assert_eq!((position, hash), (head, last));
}

on_both_engines! {
    async fn positions_are_dense_and_the_chain_holds(kind) {
        let island = Island::new(kind, schema()).await;
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..16 {
            let db = island.db.clone();
            callers.spawn(async move {
                for n in 0..25 {
                    let id = testkit::id();
                    let mut batch = create(id, &format!("{caller}-{n}"));
                    for _ in 0..(n % 3) { batch.event(event(&format!("item/{id}"), Expected::Any)); }
                    let receipt = db.write(batch).await.unwrap();
                    let seen = db.log_after(receipt.position - 1, 1).await.unwrap();
                    assert_eq!(seen[0].stream, format!("item/{id}"), "what was acknowledged can be read");
                }
            });
        }
        callers.join_all().await;
        assert_eq!(island.db.head().await.unwrap().0, 16 * (25 + 24));
        chain_holds(&island.db).await;
    }

    async fn a_changed_byte_breaks_the_chain_at_its_place(kind) {
        let island = Island::new(kind, schema()).await;
        for n in 0..10 { island.db.write(create(testkit::id(), &n.to_string())).await.unwrap(); }
        island.tamper("UPDATE log SET data = replace(data, 'item', 'itfm') WHERE position = 4").await;
        let events = island.db.log_after(0, 100).await.unwrap();
        let mut hash = GENESIS;
        let broken = events.iter().find(|e| { let bad = e.follows(e.position - 1, &hash).is_err(); hash = e.hash; bad });
        assert_eq!(broken.map(|e| e.position), Some(4));
    }

    async fn the_log_knows_which_rows_changed_last_where(kind) {
        let island = Island::new(kind, schema()).await;
        let (a, b) = (testkit::id(), testkit::id());
        island.db.write(create(a, "a")).await.unwrap();
        island.db.write(create(b, "b")).await.unwrap();
        island.db.write(rename(a, 1, "a2")).await.unwrap();
        let change = |id: kernel::Uuid, position, deleted| RowChange {
            table: "item".into(), key: id.to_string(), position, deleted,
        };
        let rows = island.db.row_changes_after(0, 10).await.unwrap();
        assert_eq!(rows, vec![change(a, 1, false), change(b, 2, false), change(a, 3, false)]);
        assert_eq!(island.db.row_changes_after(1, 1).await.unwrap(), vec![change(b, 2, false)]);
        let mut silent = batch();
        silent.write(&REMOVE, db::params![b]);
        island.db.write(silent).await.unwrap();
        assert_eq!(island.db.row_changes_after(3, 10).await.unwrap(), vec![change(b, 4, true)]);
        let last = &island.db.log_after(3, 1).await.unwrap()[0];
        assert_eq!(last.kind, "rows.changed", "a change of state without an event of its own takes a place too");
    }

    async fn what_was_written_is_there_after_reopening(kind) {
        let island = Island::new(kind, schema()).await;
        let id = testkit::id();
        island.db.write(create(id, "kept")).await.unwrap();
        island.db.close().await;
        assert!(!island.db.is_open());
        let again = island.reopened();
        let row = again.db.query_one(&ITEM, db::params![id]).await.unwrap().unwrap();
        assert_eq!(row.text(1).unwrap(), "kept");
        again.db.write(rename(id, 1, "renamed")).await.unwrap();
        chain_holds(&again.db).await;
        again.db.close().await;
        island.db.write(rename(id, 2, "again")).await.unwrap();
        assert_eq!(island.db.head().await.unwrap().0, 3);
    }

    async fn one_correlation_is_read_together(kind) {
        let island = Island::new(kind, schema()).await;
        let wanted = create(testkit::id(), "x");
        let correlation = wanted.cause.correlation_id;
        island.db.write(create(testkit::id(), "y")).await.unwrap();
        island.db.write(wanted).await.unwrap();
        let found = island.db.correlated(correlation, 10).await.unwrap();
        assert_eq!(found.iter().map(|e| e.position).collect::<Vec<_>>(), vec![2]);
    }
}
