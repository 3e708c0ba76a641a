//! Stock under buyers who look at the same time, on both engines.

use super::model::Stage;
use super::saga::Saga;
use super::shelves::{Shelves, Why};
use super::sql;
use contracts::commerce::{Line, TRANSACTION_CREATED, TransactionCreated};
use db::{Batch, Db, Event, GENESIS, Schema};
use flow::{Consumer, Delivery, Effects};
use kernel::{Actor, Cause, Clock, TestClock, Uuid};
use std::sync::Arc;
use testkit::{Island, on_both_engines};

const VEST: Uuid = Uuid::from_u128(1);

fn by(name: &str) -> Cause {
    Cause::new(&Actor::system(name), testkit::id())
}

/// An order of one vest.
fn order(n: u128) -> Delivery {
    let (transaction_id, customer_id) = (Uuid::from_u128(1000 + n), Uuid::from_u128(7));
    let lines = vec![Line { product_id: VEST, quantity: 1, unit_price_cents: 12_990 }];
    let (shop, payment_method) = ("quai".to_owned(), "tok_ok".to_owned());
    let said =
        TransactionCreated { transaction_id, shop, customer_id, lines, total_cents: 12_990, payment_method };
    let data = serde_json::to_value(said).unwrap();
    let event = Event {
        position: u64::try_from(n).unwrap(),
        at: testkit::now(),
        id: testkit::id(),
        kind: TRANSACTION_CREATED.into(),
        version: 1,
        stream: format!("transaction/{transaction_id}"),
        stream_version: 1,
        actor: Actor::system("test").to_string(),
        correlation_id: testkit::id(),
        causation_id: None,
        data: data.to_string(),
        hash: GENESIS,
    };
    Delivery { source: "transaction".parse().unwrap(), event, data }
}

async fn receive(db: &Db, clock: &Arc<dyn Clock>, pieces: i64) {
    let mut shelves = Shelves::load(db, [&VEST], clock).await.unwrap();
    let mut batch = Batch::new(clock.now(), by("test"));
    let why = Why { kind: "receipt", of: None };
    shelves.apply(&mut batch, &("quai".to_owned(), VEST), (pieces, 0), Some(why));
    shelves.close(&mut batch);
    db.write(batch).await.unwrap();
}

on_both_engines! {
    /// Each buyer is served by somebody of their own: all who are not served yet look, then all write. Whoever was
    /// overtaken looks again.
    async fn forty_who_look_at_once_get_the_five_pieces_that_there_are(kind) {
        let schema = crate::inventory::module().unwrap().schema;
        let island = Island::new(kind, Schema::clone(&schema)).await;
        let clock: Arc<dyn Clock> = Arc::new(TestClock::at(testkit::now()));
        receive(&island.db, &clock, 5).await;
        let saga = Saga(clock.clone());
        let mut waiting: Vec<Delivery> = (1..=40).map(order).collect();
        while !waiting.is_empty() {
            let mut decided = Vec::new();
            for order in &waiting {
                decided.push(saga.handle(&island.db, 1, std::slice::from_ref(order)).await.unwrap());
            }
            let mut overtaken = Vec::new();
            for (order, Effects { writes, events }) in waiting.into_iter().zip(decided) {
                let batch = Batch { writes, events, ..Batch::new(clock.now(), by("inventory.saga")) };
                match flow::write(&island.db, batch).await {
                    Ok(_) => {}
                    Err(error) if error.is_conflict() => overtaken.push(order),
                    Err(error) => panic!("{error}"),
                }
            }
            waiting = overtaken;
        }
        let ids = crate::reading::list(&(1..=40).map(|n| Uuid::from_u128(1000 + n)).collect::<Vec<_>>());
        let rows = island.db.query(&sql::RESERVATIONS, db::params![ids]).await.unwrap();
        let held = rows.iter().filter(|row| sql::reservation(row).unwrap().stage == Stage::Held).count();
        assert_eq!((rows.len(), held), (40, 5), "promised, and there are five");
        let level = Shelves::load(&island.db, [&VEST], &clock).await.unwrap().level(&("quai".to_owned(), VEST));
        assert_eq!((level.on_hand, level.reserved), (5, 5));
    }
}
