//! Databases made on demand: one for each tenant, from a template that is made once, and none that another can enter.

use crate::island::{ITEMS, create, schema};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Db, DbError};
use kernel::DatabaseId;
use std::sync::Arc;
use testkit::{Island, Kind, on_both_engines};

/// Names on a server are shared with whatever else runs there.
fn unique(name: &str) -> String {
    format!("{name}_{}", std::process::id())
}

fn place(kind: Kind, tenant: &str) -> Place {
    match kind {
        Kind::Sqlite => Place::Sqlite { file: format!("toy__{tenant}.sqlite") },
        Kind::Postgres => Place::Postgres {
            server: "test".into(),
            database: unique(&format!("toy__{tenant}_db")),
            schema: None,
            role: unique(&format!("toy__{tenant}")),
        },
    }
}

async fn tenant(island: &Island, kind: Kind, name: &str, at: Place) -> Result<Db, DbError> {
    let new = NewDatabase {
        id: DatabaseId::tenant(schema().module().clone(), name).unwrap(),
        schema: Arc::new(schema()),
        place: at,
        key: Key::random().unwrap(),
        password: (kind == Kind::Postgres).then(|| format!("secret-of-{name}").into()),
    };
    island.databases.create(new, testkit::now()).await
}

/// The template of the toy, as the engine keeps it.
fn template() -> String {
    format!("toy-{}", &schema().fingerprint()[..12])
}

async fn clean(island: &Island, kind: Kind, tenants: &[&str]) {
    island.databases.close().await;
    if kind == Kind::Postgres {
        for name in tenants {
            let Place::Postgres { database, role, .. } = place(kind, name) else { unreachable!() };
            island.tamper(&format!("DROP DATABASE \"{database}\" WITH (FORCE)")).await;
            island.tamper(&format!("DROP ROLE \"{role}\"")).await;
        }
    }
}

on_both_engines! {
    async fn each_tenant_has_its_own_and_the_first_is_no_different(kind) {
        let island = Island::new(kind, schema()).await;
        let names = ["t1", "t2", "t3"];
        for name in names {
            let db = tenant(&island, kind, name, place(kind, name)).await.unwrap();
            db.write(create(testkit::id(), name)).await.unwrap();
            let rows = db.query(&ITEMS, Vec::new()).await.unwrap();
            assert_eq!((rows.len(), rows[0].text(1).unwrap()), (1, name.to_owned()));
            assert_eq!(db.head().await.unwrap().0, 1, "a log of its own, from 1");
        }
        match kind {
            Kind::Sqlite => {
                let file = island.folder().join("templates").join(format!("{}.sqlite", template()));
                assert!(file.exists());
            }
            // Fails when it is not there, or is no template.
            Kind::Postgres => {
                let name = template();
                island.tamper(&format!("DO $$ BEGIN ASSERT (SELECT datistemplate AND NOT datallowconn FROM pg_database WHERE datname = '{name}'); END $$")).await;
            }
        }
        clean(&island, kind, &names).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_cannot_enter_the_database_of_another() {
    let kind = Kind::Postgres;
    let island = Island::new(kind, schema()).await;
    for name in ["in", "out"] {
        tenant(&island, kind, name, place(kind, name)).await.unwrap();
    }
    let (Place::Postgres { database, .. }, Place::Postgres { role, .. }) =
        (place(kind, "in"), place(kind, "out"))
    else {
        unreachable!()
    };
    let url = island.server_url().unwrap();
    let own = island.spec.place.clone();
    let Place::Postgres { database: mine, .. } = own else { unreachable!() };
    let foreign = url.replace(&mine, &database).replace("//postgres@", &format!("//{role}@"));
    assert_ne!(foreign, url);
    let refused = tokio::task::spawn_blocking(move || testkit::postgres::execute(&foreign, "SELECT 1")).await;
    assert!(refused.unwrap().is_err(), "{role} entered {database}");
    clean(&island, kind, &["in", "out"]).await;
}
