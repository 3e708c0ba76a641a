//! Values come back as they went in, hostile ones too, the same on both engines.

use crate::island::{ITEMS_AMONG, KEEP, KEPT, NAMED_AMONG, batch, create, schema};
use db::{Row, Value};
use kernel::Uuid;
use serde_json::json;
use testkit::{Island, on_both_engines};

const HOSTILE: &str =
    "<script>alert('x')</script> \"'; DROP TABLE item; -- \u{202e}gnitfel\u{202c} 🏝️👩‍👩‍👧 a\u{0301} ?1 $1 \\";

/// A row with a value of each kind.
pub async fn keep_one_of_each(db: &db::Db) {
    let mut write = batch();
    let bytes = vec![0_u8, 255];
    let params = db::params![
        Uuid::from_u128(7),
        true,
        42,
        2.5,
        HOSTILE,
        json!({ "x": HOSTILE }),
        bytes,
        1_700_000_000_000_000_i64
    ];
    write.expect_one(&KEEP, params);
    db.write(write).await.unwrap();
}

/// And it is as it was written.
pub async fn one_of_each_is_kept(db: &db::Db) {
    let row = db.query_one(&KEPT, db::params![Uuid::from_u128(7)]).await.unwrap().unwrap();
    assert!(row.bool(0).unwrap() && row.int(1).unwrap() == 42);
    assert_eq!((row.text(3).unwrap().as_str(), row.json(4).unwrap()), (HOSTILE, json!({ "x": HOSTILE })));
    assert_eq!(row.bytes(5).unwrap(), vec![0, 255]);
}

on_both_engines! {
    async fn values_come_back_as_they_went_in(kind) {
        let island = Island::new(kind, schema()).await;
        let id = testkit::id();
        let data = json!({ "b": [1, null, HOSTILE], "a": { "é": true } });
        let mut write = batch();
        let params = db::params![id, true, i64::MIN, 2.5, HOSTILE, data.clone(), vec![0_u8, 255], 1_700_000_000_000_000_i64];
        write.expect_one(&KEEP, params);
        island.db.write(write).await.unwrap();
        let row = island.db.query_one(&KEPT, db::params![id]).await.unwrap().unwrap();
        assert!(row.bool(0).unwrap() && row.int(1).unwrap() == i64::MIN);
        assert!((row.float(2).unwrap() - 2.5).abs() < f64::EPSILON);
        assert_eq!((row.text(3).unwrap().as_str(), row.json(4).unwrap()), (HOSTILE, data));
        assert_eq!((row.bytes(5).unwrap(), row.instant(6).unwrap().0), (vec![0, 255], 1_700_000_000_000_000));
        assert_eq!(row.uuid(7).unwrap(), id);
    }

    async fn nothing_comes_back_as_nothing_and_nul_as_a_mark(kind) {
        let island = Island::new(kind, schema()).await;
        let (empty, nul) = (testkit::id(), testkit::id());
        let mut write = batch();
        let null = Value::Null;
        let nulls = |id: Uuid| vec![id.into(), null.clone(), null.clone(), null.clone(), null.clone(), null.clone(), null.clone(), null.clone()];
        write.expect_one(&KEEP, nulls(empty));
        let mut params = nulls(nul);
        params[4] = Value::from("a\0b");
        params[5] = Value::from(json!({ "x": "c\0d" }));
        write.expect_one(&KEEP, params);
        island.db.write(write).await.unwrap();
        let row: Row = island.db.query_one(&KEPT, db::params![empty]).await.unwrap().unwrap();
        assert!(row.0[..7].iter().all(|value| *value == Value::Null), "{row:?}");
        assert!(row.int(1).is_err() && row.opt_int(1).unwrap().is_none());
        let row = island.db.query_one(&KEPT, db::params![nul]).await.unwrap().unwrap();
        assert_eq!((row.text(3).unwrap().as_str(), row.json(4).unwrap()), ("a\u{FFFD}b", json!({ "x": "c\u{FFFD}d" })));
    }

    async fn a_list_of_identifiers_or_texts_selects_among_them(kind) {
        let island = Island::new(kind, schema()).await;
        let ids: Vec<Uuid> = (0..5).map(|_| testkit::id()).collect();
        for (n, id) in ids.iter().enumerate() { island.db.write(create(*id, &format!("n{n}"))).await.unwrap(); }
        let list = json!([ids[1], ids[3], testkit::id()]);
        let names = |rows: Vec<Row>| rows.iter().map(|r| r.text(0).unwrap()).collect::<Vec<_>>();
        assert_eq!(names(island.db.query(&ITEMS_AMONG, db::params![list]).await.unwrap()), ["n1", "n3"]);
        assert!(island.db.query(&ITEMS_AMONG, db::params![json!([])]).await.unwrap().is_empty());
        let list = json!(["n0", "n4", "'; --"]);
        assert_eq!(names(island.db.query(&NAMED_AMONG, db::params![list]).await.unwrap()), ["n0", "n4"]);
    }
}
