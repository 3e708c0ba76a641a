//! Schemas: every statement is understood, steps run once, newer or changed databases are refused and left alone.

use crate::island::{create, migrations, schema, schema_of};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{DbError, Migration, Schema};
use kernel::{DatabaseId, ModuleCode};
use std::sync::Arc;
use testkit::{Island, Kind, on_both_engines};

fn again(island: &Island, schema: Schema) -> NewDatabase {
    let spec = island.spec.clone();
    NewDatabase { id: spec.id, schema: Arc::new(schema), place: spec.place, key: spec.key, password: None }
}

on_both_engines! {
    async fn every_statement_is_understood(kind) {
        let island = Island::new(kind, schema()).await;
        assert!(island.db.prepare_all().await.unwrap() > 10);
        assert!(island.db.size().await.unwrap() > 0);
    }

    async fn steps_run_once_and_new_ones_are_added(kind) {
        let island = Island::new(kind, schema()).await;
        island.db.write(create(testkit::id(), "old")).await.unwrap();
        assert_eq!(island.db.migrate(testkit::now()).await.unwrap(), Vec::new());
        island.db.close().await;
        let mut steps = migrations();
        steps.push(Migration::new(2, "colour", "ALTER TABLE item ADD COLUMN colour {text};"));
        let newer = island.databases.create(again(&island, schema_of(steps)), testkit::now()).await.unwrap();
        assert_eq!(newer.head().await.unwrap().0, 1);
        newer.close().await;
        let older = island.databases.attach(again(&island, schema()));
        let error = older.migrate(testkit::now()).await.unwrap_err();
        assert!(matches!(&error, DbError::Unfit(why) if why.contains("newer than this program")), "{error}");
    }

    async fn a_changed_step_is_refused(kind) {
        let island = Island::new(kind, schema()).await;
        island.db.close().await;
        let mut steps = migrations();
        steps[0].sql = format!("{}\n", steps[0].sql).into();
        let error = island.databases.attach(again(&island, schema_of(steps))).migrate(testkit::now()).await.unwrap_err();
        assert!(matches!(&error, DbError::Unfit(why) if why.contains("differs")), "{error}");
    }

    async fn a_step_that_fails_leaves_nothing(kind) {
        let island = Island::new(kind, schema()).await;
        island.db.close().await;
        let mut steps = migrations();
        steps.push(Migration::new(2, "bad", "CREATE TABLE half (id {id} NOT NULL){strict}; CREATE TABLE item (id {id}){strict};"));
        assert!(island.databases.attach(again(&island, schema_of(steps))).migrate(testkit::now()).await.is_err());
        let mut steps = migrations();
        steps.push(Migration::new(2, "good", "CREATE TABLE half (id {id} NOT NULL){strict};"));
        island.databases.attach(again(&island, schema_of(steps))).migrate(testkit::now()).await.unwrap();
    }

    async fn the_least_recently_used_closes_first(kind) {
        let island = Island::new(kind, schema()).await;
        island.db.head().await.unwrap();
        assert!(island.db.is_open());
        for n in 0..70 {
            let id = DatabaseId::tenant(ModuleCode::new("toy").unwrap(), &format!("t{n}")).unwrap();
            let place = Place::Sqlite { file: format!("{}.sqlite", id.slug()) };
            let new = NewDatabase { id, schema: Arc::new(schema()), place, key: Key::random().unwrap(), password: None };
            island.databases.create(new, testkit::now()).await.unwrap();
        }
        let open = island.databases.all().iter().filter(|db| db.is_open()).count();
        assert!(open <= 64, "{open} are open");
        assert!(!island.db.is_open());
        assert_eq!(island.db.head().await.unwrap().0, 0, "and opens again when it is used");
    }
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_refused_and_left_alone() {
    let island = Island::new(Kind::Sqlite, schema()).await;
    for (name, content) in [("text.sqlite", b"not a database at all".as_slice()), ("foreign.sqlite", b"")] {
        let path = island.folder().join(name);
        std::fs::write(&path, content).unwrap();
        if content.is_empty() {
            rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
        }
        let before = std::fs::read(&path).unwrap();
        let id = DatabaseId::tenant(ModuleCode::new("toy").unwrap(), "foreign").unwrap();
        let place = Place::Sqlite { file: name.into() };
        let new = NewDatabase {
            id,
            schema: Arc::new(schema()),
            place,
            key: Key::random().unwrap(),
            password: None,
        };
        let error = island.databases.create(new, testkit::now()).await.unwrap_err();
        assert!(matches!(&error, DbError::Unfit(why) if why.contains("not an Archipel database")), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

on_both_engines! {
    async fn a_whole_database_goes_into_one_file_and_back(kind) {
        let island = Island::new(kind, schema()).await;
        for n in 0..20 {
            island.db.write(create(testkit::id(), &format!("n{n}"))).await.unwrap();
        }
        crate::values::keep_one_of_each(&island.db).await;
        let head = island.db.head().await.unwrap();
        let file = island.folder().join("backup.sqlite");
        assert_eq!(island.db.export(&file, testkit::now()).await.unwrap(), head.0);
        assert!(island.db.export(&file, testkit::now()).await.is_err(), "a backup is never written over");

        let back = Island::new(kind, schema()).await;
        match kind {
            Kind::Sqlite => {
                back.db.close().await;
                let Place::Sqlite { file: name } = &back.spec.place else { panic!("a file") };
                db::place_file(&file, &back.folder().join(name)).unwrap();
            }
            Kind::Postgres => assert!(back.db.import(&file, testkit::now()).await.unwrap() > 40),
        }
        assert_eq!(back.db.head().await.unwrap(), head);
        crate::log::chain_holds(&back.db).await;
        crate::values::one_of_each_is_kept(&back.db).await;
        back.db.write(create(testkit::id(), "after")).await.unwrap();
        assert_eq!(back.db.head().await.unwrap().0, head.0 + 1);
    }
}
